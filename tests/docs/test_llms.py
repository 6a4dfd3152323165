"""``llms.txt``: what it tells agents is so. Its code runs, on results that are made beforehand."""

from __future__ import annotations

import inspect
import os
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import aai_jupyter as aai
from aai_jupyter.asking.answer_schema import Schema
from aai_jupyter.asking.prompt_turns import turns_of
from aai_jupyter.asking.schema_forms import schema_of
from aai_jupyter.client.options.transcript_request import build_request
from aai_jupyter.notebook.magics.registry import SPECS
from aai_jupyter.transcripts.live_transcript import LiveTranscript
from tests.edits.test_edits import dialogue

FILE = Path(aai.__file__).parent / "data" / "llms.txt"
TEXT = FILE.read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", TEXT, re.M | re.S)


def _checked(name: str, given: dict[str, Any], found: Any) -> Any:
    own = set(inspect.signature(getattr(aai, name)).parameters)
    build_request({key: value for key, value in given.items() if key not in own})
    return found


def test_its_code_runs(in_folder: Path) -> None:
    raw = dialogue(("A", "It was the worst of times."), ("B", "The family had been long settled."))
    talk = aai.Transcript.from_json(raw, source="two_readers.flac")
    plain = aai.Answer("q", "They read [1].", "m", turns=turns_of(talk))
    schema = schema_of("event: str, quote: str")
    rows = aai.Answer("q", "", "m", schema=schema, rows=[{"event": "a", "quote": "b"}], turns=turns_of(talk))
    stand_ins = {
        "transcribe": lambda source, **given: _checked(
            "transcribe", given, aai.TranscriptSet([talk]) if isinstance(source, list) else talk
        ),
        "ask": lambda question, about, schema=None: plain if schema is None else rows,
        "stream": lambda source: LiveTranscript(),
    }
    module = SimpleNamespace(**{name: getattr(aai, name) for name in aai.__all__} | stand_ins)
    names = {"aai": module}
    for block in BLOCKS:
        exec(compile(block.replace("import aai_jupyter as aai", ""), str(FILE), "exec"), names)
    assert os.path.exists("talk.aai")


def test_every_name_in_it_exists() -> None:
    assert BLOCKS
    for name in set(re.findall(r"(?<!\.)\baai\.(\w+)", TEXT)):
        assert hasattr(aai, name), name
    for name in set(re.findall(r"%(\w+)", TEXT)) - {"load_ext"}:
        assert name in SPECS, name
    for name in re.findall(r"`aai-jupyter (\w+)`", TEXT):
        assert f'"{name}"' in (Path(aai.__file__).parent / "cli.py").read_text("utf-8")
    assert isinstance(Schema, type)


@pytest.mark.parametrize("option", ["speaker_labels", "language_code", "sentiment_analysis", "redact_pii"])
def test_the_options_it_names_are_options(option: str) -> None:
    from aai_jupyter.client.options.option_table import OPTIONS

    assert option in TEXT
    assert option in OPTIONS
