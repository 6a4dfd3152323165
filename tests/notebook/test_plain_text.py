"""What agents, pipelines and terminals read: ``text/plain`` of every result has at most 2,000 characters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

import aai_jupyter as aai
from aai_jupyter.asking.answer import Answer
from aai_jupyter.jobs.erasure_receipt import ErasureReceipt
from aai_jupyter.notebook.views.frame_display import register
from aai_jupyter.notebook.views.small_table import SmallTable
from aai_jupyter.text.bounded_text import MOST
from tests.edits.test_edits import dialogue

TURNS = [("AB"[n % 2], f"Turn {n} of a long talk about a refund, {'very ' * 20}long.") for n in range(200)]


def receipt() -> ErasureReceipt:
    made = ErasureReceipt(dry_run=True)
    made.exports += [f"/home/ann/exports/{n}.srt" for n in range(300)]
    made.unreached += [f"{n}: it is open elsewhere" for n in range(300)]
    return made


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    """Of each kind one that has far more to say."""
    talk = aai.Transcript.from_json(json.dumps(dialogue(*TURNS)), source="talk.wav")
    short = [{**dialogue(*TURNS[:3]), "id": f"00000000-0000-4000-8000-{n:012}"} for n in range(100)]
    calls = aai.TranscriptSet(
        aai.Transcript.from_json(json.dumps(one), source=f"calls/{n}.wav") for n, one in enumerate(short)
    )
    return {
        "transcript": talk,
        "transcripts": calls,
        "words": talk.words,
        "utterances": talk.utterances.head(60),
        "words of all": calls.words,
        "search": talk.words.aai.search("refund"),
        "texts": talk.utterances["text"].head(60),
        "codebook": aai.codebook({f"code {n}": "what it means " * 9 for n in range(60)}),
        "comparison": aai.compare(talk, talk),
        "answer": Answer("Why?", "Because it was said so. " * 900, "model-1", turns=[], seconds=1.0),
        "settings": aai.settings,
        "tracks": aai.tracks(**{f"speaker_{n}": b"RIFF" for n in range(3)}),
        "table": SmallTable(["id", "file"], [[str(n), f"calls/{n}.wav"] for n in range(300)]),
        "receipt": receipt(),
    }


@pytest.fixture(scope="module")
def shell() -> Iterator[InteractiveShell]:
    shell = InteractiveShell()
    undo = register(shell)
    yield shell
    undo()


def test_plain_text_is_short(results: dict[str, Any], shell: InteractiveShell) -> None:
    sizes = {}
    for name, result in results.items():
        data, _ = shell.display_formatter.format(result)
        sizes[name] = len(data["text/plain"])
    assert {name: size for name, size in sizes.items() if not 0 < size <= MOST} == {}
    assert len(repr(results["receipt"])) > MOST  # print() shows all


def test_frames_of_others_are_shown_as_they_are(shell: InteractiveShell) -> None:
    frame = pd.DataFrame({f"column {n}": ["some text"] * 60 for n in range(12)})
    data, _ = shell.display_formatter.format(frame)
    assert data["text/plain"] == repr(frame)
    assert len(repr(frame)) > MOST


def test_a_short_frame_has_as_many_rows_as_fit(results: dict[str, Any], shell: InteractiveShell) -> None:
    data, _ = shell.display_formatter.format(results["utterances"])
    assert "[60 rows" in data["text/plain"]
    assert len(data["text/plain"].splitlines()) > 10


def test_a_small_table_that_is_too_wide_loses_its_spaces_before_its_rows() -> None:
    rows = [["home", "x" * 120, "variable"], *([f"setting_{n}", "", "default"] for n in range(14))]
    table = SmallTable(["setting", "value", "from"], rows, "Local engine.")
    text = table._repr_mimebundle_()["text/plain"]
    assert len(repr(table)) > MOST > len(text)
    assert "\nsetting_13  –  default\nLocal engine." in text
