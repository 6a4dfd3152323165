"""Workbooks of any frame, as openpyxl reads them back."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

import aai_jupyter as aai
from aai_jupyter import Transcript, TranscriptSet
from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.interchange.writers.workbook import CELL_CHARS, sheet_titles
from tests.examples import examples
from tests.interchange.writers.spoken import call

openpyxl = pytest.importorskip("openpyxl")


def sheet(path: Path, name: str | None = None) -> list[list[Any]]:
    book = openpyxl.load_workbook(str(path))
    found = book[name] if name else book.worksheets[0]
    return [[cell.value for cell in row] for row in found.iter_rows()]


def kinds(path: Path) -> list[str]:
    return [cell.data_type for cell in next(openpyxl.load_workbook(str(path)).worksheets[0].iter_rows(2, 2))]


def test_values_of_every_kind(tmp_path):
    row = {
        "formula": "=1+1",
        "at": "@SUM(A1)",
        "zone": pd.Timestamp("2026-11-30 12:00", tz="Europe/Berlin"),
        "naive": pd.Timestamp("2026-11-30 12:00:01.5"),
        "length": pd.Timedelta(seconds=90.25),
        "missing": pd.NaT,
        "nan": np.nan,
        "whole": np.int64(7),
        "long": 2**60,
        "rate": 0.5,
        "endless": np.inf,
        "yes": True,
        "list": [1, "b"],
        "dict": {"a": {1}},
        "bell": "a\x07b",
        "none": None,
    }
    frame = pd.DataFrame([row])
    assert aai.to_excel(frame, tmp_path / "a.xlsx") == tmp_path / "a.xlsx"
    head, values = sheet(tmp_path / "a.xlsx")
    found = dict(zip(head, values, strict=True))
    assert found == {
        **{"formula": "=1+1", "at": "@SUM(A1)", "zone": datetime(2026, 11, 30, 11)},
        **{"naive": datetime(2026, 11, 30, 12, 0, 1, 500_000), "length": timedelta(seconds=90.25)},
        **{"missing": None, "nan": None, "whole": 7, "long": str(2**60), "rate": 0.5, "endless": "inf"},
        **{"yes": True, "list": '[1, "b"]', "dict": '{"a": [1]}', "bell": "a\ufffdb", "none": None},
    }
    assert "f" not in kinds(tmp_path / "a.xlsx")


def test_every_frame_of_a_transcript_and_of_a_set(tmp_path):
    t = call()
    calls = TranscriptSet([t, Transcript.from_json({"id": "b", "words": []}, source="x/b.wav")])
    frames = {name: calls.frame(name, units="timedelta") for name in ("words", "utterances", "chapters")}
    frames |= {"recordings": calls.recordings, "failed": calls.failed, "talk": calls.words.aai.talk_time()}
    aai.to_excel(frames, tmp_path / "all.xlsx")
    assert openpyxl.load_workbook(str(tmp_path / "all.xlsx")).sheetnames == list(frames)
    head, *rows = sheet(tmp_path / "all.xlsx", "words")
    assert (head[0], len(rows)) == ("file", len(t.words))
    assert rows[0][head.index("start")] == t.frame("words", units="timedelta")["start"].iloc[0]
    assert sheet(tmp_path / "all.xlsx", "chapters")[0] == list(calls.chapters)
    t.utterances.aai.to_excel(tmp_path / "one.xlsx")
    assert [row[2] for row in sheet(tmp_path / "one.xlsx")[1:]] == t.utterances["text"].tolist()


def test_an_index_that_says_something_is_kept(tmp_path):
    frame = pd.DataFrame({"team": ["a", "a", "b"], "day": [1, 2, 1], "n": [1, 2, 3]})
    aai.to_excel(frame.groupby(["team", "day"]).agg({"n": ["sum", "max"]}), tmp_path / "g.xlsx")
    assert sheet(tmp_path / "g.xlsx")[:2] == [["team", "day", "n sum", "n max"], ["a", 1, 1, 1]]
    aai.to_excel(frame[frame["n"] != 2], tmp_path / "i.xlsx")
    assert sheet(tmp_path / "i.xlsx")[0] == ["team", "day", "n"]
    aai.to_excel(frame.set_axis([*"xyz"]), tmp_path / "n.xlsx")
    assert sheet(tmp_path / "n.xlsx")[:2] == [["index_0", "team", "day", "n"], ["x", "a", 1, 1]]


def test_chosen_frames_of_an_export(tmp_path):
    call().export(tmp_path / "a.xlsx", frame=["sentences", "chapters"])
    book = openpyxl.load_workbook(str(tmp_path / "a.xlsx"))
    assert book.sheetnames == ["sentences", "chapters", "provenance"]


@pytest.mark.parametrize(
    ("frames", "name", "error", "said"),
    [
        (pd.DataFrame({"a": [1]}), "a.csv", UsageError, "ends in .xlsx"),
        (pd.DataFrame({"a": [1]}), "no/such/folder/a.xlsx", UsageError, "Cannot save"),
        ({}, "a.xlsx", UsageError, "no frame"),
        ({"a": [1]}, "a.xlsx", UsageError, "not a DataFrame"),
        (pd.DataFrame({"a": ["x" * (CELL_CHARS + 1)]}), "a.xlsx", OptionError, "too long for a cell"),
        (pd.DataFrame(index=range(1_048_576)), "a.xlsx", OptionError, "too long for a sheet"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path, frames, name, error, said):
    with pytest.raises(error, match=said) as caught:
        aai.to_excel(frames, tmp_path / name)
    assert caught.value.hint or said == "no frame"
    assert list(tmp_path.iterdir()) == []


TEXTS = st.text(max_size=12) | st.from_regex(r"[=+\-@][A-Z]{1,3}\(.*\)", fullmatch=True)


@examples(8, HealthCheck.function_scoped_fixture)
@given(texts=st.lists(TEXTS, min_size=1, max_size=5), names=st.lists(TEXTS, min_size=1, max_size=4))
def test_any_text_under_any_sheet_name_is_read_back_as_text(tmp_path, texts, names):
    titles = sheet_titles(names)
    assert len({title.casefold() for title in titles}) == len(names)
    assert all(0 < len(title) <= 31 for title in titles)
    aai.to_excel({title: pd.DataFrame({"t": ["x", *texts]}) for title in titles}, tmp_path / "t.xlsx")
    found = openpyxl.load_workbook(str(tmp_path / "t.xlsx")).worksheets[-1]
    assert {cell.data_type for row in found.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
