"""Frames as a notebook shows them: short ids in the display, whole ones in the frame."""

from __future__ import annotations

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from aai_jupyter import Transcript, TranscriptSet
from aai_jupyter.notebook.views.frame_display import register, short_ids, with_short_ids

IDS = ["b7c1f0e2-0000-4000-8000-000000000001", "c8d2a1f3-0000-4000-8000-000000000002"]


def word(number: int) -> dict:
    return {"text": f"w{number}", "start": number, "end": number + 1}


@pytest.fixture
def words() -> pd.DataFrame:
    return TranscriptSet(
        Transcript.from_json({"id": id, "words": [word(n)]}, source=f"c/{n}.wav") for n, id in enumerate(IDS)
    ).words


def test_ids_are_short_in_displays_only(words: pd.DataFrame):
    shell = InteractiveShell()
    undo = register(shell)
    data, _ = shell.display_formatter.format(words)
    for text in data.values():
        assert IDS[0] not in text
    assert IDS[0][:8] in data["text/html"]
    assert words["transcript_id"].tolist() == IDS
    undo()
    assert IDS[0] in shell.display_formatter.format(words)[0]["text/html"]


def test_ids_of_what_a_search_has_found_are_short(words: pd.DataFrame):
    hits = words.aai.search("w1")
    assert hits.columns[0] == "file"
    assert list(hits)[-2:] == ["source", "transcript_id"]
    for found in (hits, hits.drop(columns="file").astype({"transcript_id": object})):
        shown = with_short_ids(found)
        assert shown["transcript_id"].tolist() == [f"{IDS[1][:8]}…"]
        assert found["transcript_id"].tolist() == [IDS[1]]


def test_another_extension_that_shows_frames_has_its_way(words: pd.DataFrame):
    for first in (True, False):
        shell = InteractiveShell()
        html = shell.display_formatter.formatters["text/html"]
        if first:
            html.for_type(pd.DataFrame, lambda frame: "theirs")
        undo = register(shell)
        if not first:
            html.for_type(pd.DataFrame, lambda frame: "theirs")
        assert shell.display_formatter.format(words)[0]["text/html"] == "theirs"
        undo()
        assert shell.display_formatter.format(words)[0]["text/html"] == "theirs"


def test_where_the_id_is_what_one_came_for_it_stays_whole():
    for frame in (
        pd.DataFrame({"transcript_id": pd.Categorical(IDS)}),
        pd.DataFrame({"file": ["a", "b"], "transcript_id": IDS}),
        pd.DataFrame({"x": [1]}),
        pd.DataFrame([[1, 2]], columns=["file", "file"]),
    ):
        assert with_short_ids(frame) is frame


def test_short_ids_differ():
    assert len(set(short_ids(IDS))) == 2
    assert short_ids([]) == []
    assert short_ids(["same", "same", "s"]) == ["same", "same", "s"]
