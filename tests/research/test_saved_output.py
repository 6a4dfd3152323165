"""What a saved notebook keeps of the words: every display of transcripts and answers goes by the setting."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from IPython.core.interactiveshell import InteractiveShell

import aai_jupyter as aai
from aai_jupyter.notebook.views.frame_display import _html, register
from aai_jupyter.runtime.saved_output import saved_frame
from aai_jupyter.transcripts.transcript_set import TranscriptSet
from tests.asking.recordings import transcript

SECRET = "Xylophone"
T = transcript([("A", 0.0, 2.0, f"The {SECRET} is here."), ("B", 2.0, 3.0, "So it is.")])


@pytest.fixture(params=["summary", "none"])
def setting(request: pytest.FixtureRequest) -> str:
    aai.settings.saved_output = request.param  # every test begins without
    return str(request.param)


def shown() -> dict[str, Any]:
    """Displays of things with words."""
    t = T
    other = t.original
    other.edit.set_word(0, "Another")
    live = aai.compare(other, t)
    return {
        "transcript": t._repr_mimebundle_()[0],
        "html": t._repr_html_(),
        "set": TranscriptSet([t])._repr_mimebundle_()[0],
        "set html": TranscriptSet([t])._repr_html_(),
        "player": t.player()._static_form(),
        "playlist": t.utterances.aai.play(t)._static_form(),
        "comparison": live._repr_html_(),
        "frame": _html(t.words),
        "utterances": _html(t.utterances),
    }


def test_displays_have_the_words_by_default() -> None:
    without = {name for name, one in shown().items() if SECRET not in json.dumps(one)}
    assert without == {"set", "set html"}  # they show recordings


def test_no_word_is_left(setting: str) -> None:
    found = shown()
    assert {name: SECRET in json.dumps(one) for name, one in found.items()} == dict.fromkeys(found, False)
    assert ("7 words" in found["transcript"]["text/plain"]) == (setting == "summary")


def test_a_frame_keeps_numbers_and_categories() -> None:
    aai.settings.saved_output = "summary"
    masked = saved_frame(T.words)
    assert masked["text"].tolist() == ["…"] * 7
    assert masked["start"].tolist() == T.words["start"].tolist()
    assert masked["speaker"].tolist() == T.words["speaker"].tolist()
    assert T.words["text"].iloc[1] == SECRET


def test_frames_of_a_shell_go_by_it(setting: str) -> None:
    frame = pd.DataFrame({"text": [SECRET], "n": [7]})
    shown: list[Any] = [
        frame,
        frame.set_index("text"),
        frame.assign(m=0).set_index(["text", "m"]),
        frame.assign(text=[[SECRET]]),
        frame["text"],
        frame["text"].value_counts(),
        frame.groupby("text")["n"].sum(),
        frame.astype({"text": "category"}),
        frame.astype({"text": "category"})["text"],
        frame.astype({"text": "category"}).groupby("text", observed=True)["n"].sum(),
        pd.crosstab(frame["n"], frame["text"]),
        frame.style.highlight_max(subset=["n"]),
        pl.from_pandas(frame),
        pl.from_pandas(frame)["text"],
        pa.Table.from_pandas(frame),
        pa.Table.from_pandas(frame)["text"],
        duckdb.from_df(frame),
    ]
    shell = InteractiveShell.instance()
    undo = register(shell)
    try:
        made = [shell.display_formatter.format(one)[0] for one in shown]
    finally:
        undo()
        InteractiveShell.clear_instance()
    assert SECRET not in json.dumps(made)
    assert all(("7" in one["text/plain"]) == (setting == "summary") for one in (made[0], made[6]))


def test_other_tables_are_shown_as_ever_by_default() -> None:
    frame = pd.DataFrame({"text": [SECRET], "n": [7]})
    shown: list[Any] = [
        frame.style, pl.from_pandas(frame), pa.Table.from_pandas(frame), duckdb.from_df(frame)
    ]  # fmt: skip
    shell = InteractiveShell.instance()
    own = [shell.display_formatter.format(one)[0] for one in shown]
    undo = register(shell)
    try:
        made = [shell.display_formatter.format(one)[0] for one in shown]
    finally:
        undo()
        InteractiveShell.clear_instance()
    assert [one.keys() for one in made] == [one.keys() for one in own]
    assert made[1:] == own[1:]  # a style has a new name for its cells each time
    assert SECRET in made[0]["text/html"]
