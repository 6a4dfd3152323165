"""The audit trail names what was done, and runs again to the same numbers."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

import aai_jupyter as aai
from aai_jupyter.asking.answer import Answer, CallCost
from aai_jupyter.asking.answers import Answers
from aai_jupyter.client.gateway.chat_completion import Usage
from aai_jupyter.errors import OptionError
from aai_jupyter.runtime.process import runtime
from aai_jupyter.transcripts.restore import restored_by_id
from aai_jupyter.transcripts.transcript_set import TranscriptSet
from tests.asking.recordings import transcript

TURNS = [("A", 0.0, 4.0, "We trusted the | doctor."), ("B", 5.0, 9.0, "I was `afraid`.")]


def study() -> TranscriptSet:
    calls = TranscriptSet(
        [transcript(TURNS, id=name, source=f"{name}.mp3", speaker_labels=True) for name in ("one", "two")]
    )
    calls[0].edit.set_word(1, "believed")
    calls.code(calls.utterances.assign(code="trust"), coder="Ann")
    calls.code(calls.utterances.iloc[:2].assign(code="trust"), coder="Ben")
    return calls


def asked() -> Answers:
    cost = CallCost("smart", Usage(100, 20), Decimal("0.0123"), 1.0)
    found = Answers(
        "Was there ```trust```?",
        None,
        [{"source": "one.mp3"}],
        [Answer("q", "Yes.", "smart", calls=[cost])],
        model="smart",
    )
    found.seconds = 1.0
    return found


@pytest.mark.parametrize("suffix", [".md", ".qmd", ".html"])
def test_a_trail_names_what_was_done(tmp_path: Path, suffix: str):
    calls = study()
    book = aai.codebook({"trust": "Says whom they trust."})
    agreement = aai.agreement(calls.codes, of=calls, coders=["Ann", "Ben"])
    person = aai.evaluate(calls.codes.query("coder == 'Ann'"), calls.codes.query("coder == 'Ben'"), of=calls)
    path = calls.trail(tmp_path / f"methods{suffix}", of=[asked(), agreement, person], codebook=book)
    text = path.read_text()
    plain = text.replace("\\", "")
    for fact in (
        "one.mp3",
        "set word",
        "speaker_labels",
        "Says whom they trust.",
        "alpha",
        "precision_low",
        "Ann",
        "Was there",
    ):
        assert fact in plain, fact
    assert aai.__version__ in plain
    assert ("{python}" in text) == (suffix == ".qmd")
    assert "<script" not in text
    if suffix == ".md":
        rows = [line for line in text.splitlines() if line.startswith("| one.mp3")]
        assert len(rows[0].replace("\\|", "").split("|")) == 10  # no cell was broken
        assert "````text" in text  # the question has a fence of its own


def test_a_trail_runs_again_to_the_same_numbers(tmp_path: Path):
    for one in study():
        runtime().store.keep("test", one.id, one.raw_bytes, one.source)
    calls = TranscriptSet([restored_by_id(name, runtime().store) for name in ("one", "two")])
    calls[0].edit.set_word(1, "believed")
    calls.code(calls.utterances.assign(code="trust"), coder="Ann")
    text = calls.trail(tmp_path / "methods.qmd").read_text()
    (code,) = re.findall(r"```\{python\}\n(.*?)\n```", text, re.DOTALL)
    exec(compile(code, "methods.qmd", "exec"), {})
    calls[0].edit.set_word(0, "They")
    with pytest.raises(AssertionError):
        exec(compile(code, "methods.qmd", "exec"), {})


def test_another_suffix_is_refused(tmp_path: Path):
    with pytest.raises(OptionError, match=r"\.docx"):
        study().trail(tmp_path / "methods.docx")
    assert json.dumps(list(tmp_path.iterdir())) == "[]"
