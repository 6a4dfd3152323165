"""Rows by time and by what was said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.analysis import between, search
from aai_jupyter.errors import UsageError
from tests.analysis.samples import frames

TURNS = [
    ("A", 0.0, 6.0, "It was the best of times, it was the worst of times,"),
    ("B", 7.0, 9.0, "times it was not. A refund?"),
    ("A", 10.0, 12.0, "Refunds, times three: full refund (now)."),
]


@pytest.fixture
def words() -> pd.DataFrame:
    return frames(TURNS)[0]


@pytest.fixture
def utterances() -> pd.DataFrame:
    return frames(TURNS)[1]


def test_between_takes_rows_that_overlap(utterances):
    assert between(utterances, 5.9, 7.1)["speaker"].tolist() == ["A", "B"]
    assert between(utterances, 6.0, 7.0).empty
    assert between(utterances, 9.5)["start"].tolist() == [10.0]
    assert between(utterances, t1="0:07.5").index.tolist() == [0, 1]


def test_between_clips_times_and_durations(utterances):
    cut = between(utterances, 1, 8, clip=True)
    assert cut[["start", "end", "duration"]].to_numpy().tolist() == [[1, 6, 5], [7, 8, 1]]
    assert cut.dtypes.equals(utterances.dtypes)
    assert utterances["start"].iloc[0] == 0.0


@pytest.mark.parametrize("units", ["s", "ms", "timedelta"])
def test_between_speaks_the_unit_of_the_frame(utterances, units):
    frame = utterances.copy()
    for name in ("start", "end", "duration"):
        ms = (frame[name] * 1000).round().astype("int64")
        frame[name] = {"s": frame[name], "ms": ms, "timedelta": pd.to_timedelta(ms, unit="ms")}[units]
    number = {"s": 6.5, "ms": 6500, "timedelta": 6.5}[units]
    for moment in (number, "0:06.5", pd.Timedelta(seconds=6.5), np.timedelta64(6500, "ms")):
        cut = between(frame, moment, "8", clip=True)
        assert cut.index.tolist() == [1]
        assert cut.dtypes.equals(frame.dtypes)
    assert str(between(frame, None, "0:01", clip=True)["end"].iloc[0]) == str(
        frame["end"].iloc[0] / 6 if units != "ms" else 1000
    )


def test_between_keeps_missing_times_out_and_refuses_nonsense(utterances):
    utterances.loc[1, "end"] = np.nan
    assert between(utterances).index.tolist() == [0, 2]
    with pytest.raises(UsageError, match="after"):
        between(utterances, 5, 1)
    with pytest.raises(UsageError, match="not a time"):
        between(utterances, "soon")


def test_search_finds_phrases_across_words_and_their_punctuation(words):
    hits = search(words, "TIMES IT was")
    assert hits["match"].tolist() == ["times, it was", "times it was"]
    assert hits["speaker"].tolist() == ["A", "B"]
    first = words[(words["text"] == "times,")].iloc[0]
    assert hits["start"].iloc[0] == first["start"]
    assert hits["end"].iloc[0] == words.loc[first.name + 2, "end"]
    assert hits["row"].iloc[0] == first.name


def test_search_never_crosses_turns(words):
    assert search(words, "not. A refund? Refunds").empty
    assert search(words, "times, times").empty


def test_search_in_utterances_gives_a_row_for_each_match(utterances):
    hits = search(utterances, "refund")
    assert hits["match"].tolist() == ["refund", "Refund", "refund"]
    assert hits["start"].tolist() == [7.0, 10.0, 10.0]
    assert "full refund (now)." in hits["context"].iloc[1]


def test_search_takes_text_as_it_is_unless_told(words):
    assert search(words, "(now)")["match"].tolist() == ["(now)"]
    assert search(words, ".*").empty
    assert len(search(words, r"\brefunds?\b", regex=True)) == 3
    assert len(search(words, "Refund", case=True)) == 1


@pytest.mark.parametrize("pattern", ["", "  ", None])
def test_search_refuses_nothing(words, pattern):
    with pytest.raises(UsageError, match="nothing to search"):
        search(words, pattern)


def test_search_refuses_a_broken_expression(words):
    with pytest.raises(UsageError, match="regular expression"):
        search(words, "(", regex=True)


def test_search_without_spaces_between_words():
    words = frames([("A", 0, 3, "東京 都 に 行く")])[0]
    assert search(words, "東京都に")["end"].tolist() == [pytest.approx(2.25)]


def test_search_keeps_columns_when_nothing_is_found(words):
    nothing, empty = search(words, "zebra"), search(words.iloc[:0], "zebra")
    assert nothing.dtypes.equals(search(words, "refund").dtypes)
    assert empty.columns.equals(nothing.columns)


def test_context_is_short_and_of_the_same_turn(words):
    context = search(words, "best", context=12)["context"].iloc[0]
    assert context == "It was the best of times,…"


@given(st.lists(st.text("ab.,", min_size=1, max_size=4), min_size=1, max_size=12), st.data())
def test_every_run_of_words_is_found_where_it_is(tokens, data):
    words = frames([("A", 0.0, float(len(tokens)), " ".join(tokens))])[0]
    first = data.draw(st.integers(0, len(tokens) - 1))
    last = data.draw(st.integers(first, len(tokens) - 1))
    phrase = " ".join(tokens[first : last + 1])
    hits = search(words, phrase, case=True)
    assert ((hits["start"] <= words["start"].iloc[first] + 1e-9) | (hits["end"] > hits["start"])).all()
    assert len(hits) >= 1
