"""Pictures of codes, words, latencies, sentiment and overlap: what they show, with nothing kept behind."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib import pyplot

from aai_jupyter import analysis
from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.text.colours import NEUTRAL, SPEAKER_COLOURS

mpl.use("agg")
TURNS = pd.DataFrame(
    {
        "speaker": ["A", "B", "A", "B"],
        "start": [0.0, 4.0, 7.0, 12.0],
        "end": [3.5, 7.5, 11.0, 14.0],
        "text": ["We trust you.", "Trust me, then.", "I do trust.", "So be it."],
        "n_words": [3, 3, 3, 3],
        "sentiment": ["POSITIVE", "NEUTRAL", "POSITIVE", "NEGATIVE"],
        "code": ["trust", "trust", "fear", "trust"],
    }
)
EMPTY = TURNS.iloc[:0]
DRAWN: dict[str, Any] = {
    "codes": analysis.plot_codes,
    "dispersion": lambda df, ax=None: analysis.plot_dispersion(df, ["trust", "nowhere"], ax),
    "latency": analysis.plot_latency,
    "sentiment": lambda df, ax=None: analysis.plot_sentiment(df, ax, window=5),
    "overlap": lambda df, ax=None: analysis.plot_overlap(df, ax, window=5),
}


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("frame", [TURNS, EMPTY])
def test_what_is_given_is_drawn_on_and_nothing_else_changes(name: str, frame: pd.DataFrame) -> None:
    before = dict(mpl.rcParams)
    _, ax = pyplot.subplots()
    count = len(pyplot.get_fignums())
    assert DRAWN[name](frame, ax=ax) is ax
    assert len(pyplot.get_fignums()) == count
    own = DRAWN[name](frame)
    assert own.figure.get_facecolor()[3] == 0, "no background: the page's"
    assert mpl.colors.to_hex(own.xaxis.label.get_color()) == NEUTRAL
    own.figure.canvas.draw()
    assert dict(mpl.rcParams) == before
    pyplot.close("all")


def test_codes_have_rows_and_colours_of_their_own() -> None:
    ax = analysis.plot_codes(TURNS)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["trust", "fear"]
    assert [mpl.colors.to_hex(bars.get_facecolor()[0]) for bars in ax.collections] == list(
        SPEAKER_COLOURS[:2]
    )
    assert [len(bars.get_paths()) for bars in ax.collections] == [3, 1]
    with pytest.raises(UsageError, match="coder"):
        analysis.plot_codes(TURNS, by="coder")


def test_words_are_where_they_were_said() -> None:
    words = pd.DataFrame(
        {"text": ["we", "Trust,", "trust"], "start": [0.0, 2.0, 5.0], "end": [1.0, 3.0, 6.0]}
    )
    ax: Any = analysis.plot_dispersion(words, "trust")
    assert sorted(segment[0][0] for segment in ax.collections[0].get_segments()) == [2.0, 5.0]
    with pytest.raises(OptionError):
        analysis.plot_dispersion(words, [])


def test_overlap_is_a_share_of_each_window() -> None:
    ax: Any = analysis.plot_overlap(TURNS, window=10)
    assert [round(bar.get_height(), 3) for bar in ax.patches] == [0.05, 0.0]
    heard = pd.DataFrame({"start": [1.0], "end": [6.0]})
    heard.attrs["measured_from"] = "sound"
    ax = analysis.plot_overlap(heard, window=10)
    assert [round(bar.get_height(), 3) for bar in ax.patches] == [0.5]


@pytest.mark.parametrize("kind", ["timeline", "talk_time", "pace", "codes", "dispersion", "latency"])
def test_charts_are_valid_and_without_background(kind: str) -> None:
    pytest.importorskip("altair")
    options = {"words": ["trust"]} if kind == "dispersion" else {}
    made = analysis.chart(TURNS, kind, **options).to_dict()  # checked against the schema of Vega-Lite
    assert made["config"]["background"] == "transparent"
    assert made["datasets"]
    rows = next(iter(made["datasets"].values()))
    assert rows
    analysis.chart(EMPTY, kind, **options).to_dict()


def test_charts_that_are_none() -> None:
    pytest.importorskip("altair")
    for kind, options in (("pie", {}), ("pace", {"words": "x"}), ("dispersion", {})):
        with pytest.raises(OptionError):
            analysis.chart(TURNS, kind, **options)
