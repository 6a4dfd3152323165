"""Frames of polars and Arrow wherever one of pandas is taken: the same comes out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import aai_jupyter as aai
from aai_jupyter import analysis
from aai_jupyter.tables.any_frame import as_pandas
from tests.asking.recordings import transcript

mpl.use("agg")
polars = pytest.importorskip("polars")
pyarrow = pytest.importorskip("pyarrow")

LIBRARIES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "polars": lambda frame: polars.DataFrame(frame.to_dict("list")),
    "Arrow": lambda frame: pyarrow.table(frame.to_dict("list")),
}


@pytest.fixture(params=sorted(LIBRARIES))
def other(request: pytest.FixtureRequest) -> Callable[[pd.DataFrame], Any]:
    return LIBRARIES[request.param]


CODES = pd.DataFrame(
    {
        "start": [0.0, 0.0, 2.0, 4.0],
        "end": [1.0, 1.0, 3.0, 5.0],
        "code": ["x", "x", "y", "x"],
        "coder": ["Ann", "Ben", "Ann", "Ben"],
    }
)
TURNS = pd.DataFrame(
    {
        "start": [0.0, 2.0, 2.5],
        "end": [2.2, 2.4, 4.0],
        "speaker": ["A", "B", "A"],
        "text": ["Hello there.", "Hi!", "Are you well?"],
        "sentiment": ["POSITIVE", "NEUTRAL", "NEGATIVE"],
        "code": ["x", "y", "x"],
    }
)


def test_values_stay(other: Callable[[pd.DataFrame], Any]) -> None:
    frame = pd.DataFrame({"n": [1, 2], "x": [0.5, 1.5], "text": ["a", "b"]})
    found = as_pandas(other(frame))
    assert found.to_dict("list") == frame.to_dict("list")
    assert as_pandas({"a": 1}) == {"a": 1}


@pytest.mark.parametrize("unit", ["turn", "time"])
def test_agreement(other: Callable[[pd.DataFrame], Any], unit: str) -> None:
    ours, theirs = (aai.agreement(frame, unit=unit).frame for frame in (CODES, other(CODES)))
    pd.testing.assert_frame_equal(ours, theirs)


def test_codes_names_terms_and_rows(other: Callable[[pd.DataFrame], Any], tmp_path: Path) -> None:
    t = transcript([("A", 0.0, 5.0, "one two three four five six")])
    assert len(t.code(other(CODES[["start", "end", "code"]]), coder="me")) == len(
        transcript([("A", 0.0, 5.0, "one two three four five six")]).code(
            CODES[["start", "end", "code"]], coder="me"
        )
    )
    book = pd.DataFrame({"name": ["trust"], "definition": ["Says so."]})
    assert aai.codebook(other(book)).codes == aai.codebook(book).codes
    names = pd.DataFrame({"found": ["two"], "proposal": ["P01"]})
    view = t.pseudonymised(other(names), key=tmp_path / "study.key")
    assert view.text == "one P01 three four five six"
    terms = pd.DataFrame({"heard": ["two"], "meant": ["too"]})
    assert len(aai.glossary.apply(other(terms), aai.TranscriptSet([t]))) == 1
    assert aai.load(other(TURNS)).text == aai.load(TURNS).text


@pytest.mark.parametrize("clip", [False, True])
def test_between_gives_a_frame_of_the_same_library(other: Callable[[pd.DataFrame], Any], clip: bool) -> None:
    given = other(TURNS)
    found = analysis.between(given, 1.0, 2.3, clip=clip)
    assert type(found) is type(given)
    expected = analysis.between(TURNS, 1.0, 2.3, clip=clip)
    assert as_pandas(found).to_dict("list") == expected.to_dict("list")


def test_search_gives_a_frame_of_the_same_library(other: Callable[[pd.DataFrame], Any]) -> None:
    given = other(TURNS)
    for pattern in ("you", "nothing"):
        found = analysis.search(given, pattern)
        assert type(found) is type(given)
        assert as_pandas(found).to_dict("list") == analysis.search(TURNS, pattern).to_dict("list")
    truth = [{"speaker": "Ann", "start": 0, "end": 4}]
    assert analysis.speaker_agreement(given, truth) == analysis.speaker_agreement(TURNS, truth)


@pytest.mark.parametrize(
    "draw",
    [
        analysis.plot_talk_time,
        analysis.plot_pace,
        analysis.plot_codes,
        analysis.plot_overlap,
        analysis.plot_sentiment,
        lambda frame: analysis.plot_dispersion(frame, ["hello"]),
        lambda frame: analysis.chart(frame, "codes"),
    ],
)
def test_pictures(other: Callable[[pd.DataFrame], Any], draw: Callable[[Any], Any]) -> None:
    assert type(draw(other(TURNS))) is type(draw(TURNS))


def test_codes_without_a_time_are_not_compared_by_time() -> None:
    more = pd.concat([CODES, CODES.iloc[:1].assign(start=np.nan)], ignore_index=True)
    assert aai.agreement(more, unit="time")["alpha_u"] == aai.agreement(CODES, unit="time")["alpha_u"]
