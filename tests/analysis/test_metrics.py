"""Metrics against definitions worked out by hand, and against naive loops on random conversations."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.analysis import gaps, pace, talk_time
from aai_jupyter.errors import UsageError
from tests.analysis.samples import frames
from tests.examples import examples

TALK = ["speaker", "time", "share", "turns", "words", "words_per_minute", "mean_turn", "longest_turn"]
GAPS = ["start", "end", "duration", "kind", "from_speaker", "to_speaker", "offset"]
PACE = ["start", "end", "words", "time", "words_per_minute"]


def rows(*spans: tuple[str | None, float, float], **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame(spans, columns=["speaker", "start", "end"])
    frame["speaker"] = frame["speaker"].astype("category")
    return frame.astype({"start": float, "end": float}).assign(**columns)


def test_talk_time_of_a_dialogue():
    table = talk_time(rows(("A", 0, 3), ("B", 3, 4), ("A", 4, 5), n_words=[9, 2, 3]))
    assert table["speaker"].tolist() == ["A", "B"]
    assert table["time"].tolist() == [4, 1]
    assert table["share"].tolist() == [0.8, 0.2]
    assert table["turns"].tolist() == [2, 1]
    assert table["words"].tolist() == [12, 2]
    assert table["words_per_minute"].tolist() == [180, 120]
    assert table["mean_turn"].tolist() == [2, 1]
    assert table["longest_turn"].tolist() == [3, 1]


def test_words_and_utterances_give_the_same_talk_time():
    words, utterances = frames(
        [("A", 0, 4, "one two three four"), ("B", 4.5, 6, "five six"), ("A", 5.5, 9, "seven eight")]
    )
    pd.testing.assert_frame_equal(talk_time(words), talk_time(utterances))


def test_a_long_silence_inside_a_turn_is_not_talk_and_a_short_one_is():
    table = talk_time(rows(("A", 0, 1), ("A", 1.5, 2), ("A", 5, 6)))
    assert table["time"].item() == 3.0
    assert table["turns"].item() == 1
    assert table["longest_turn"].item() == 6.0


def test_a_listener_s_silence_is_never_talk():
    assert talk_time(rows(("A", 0, 1), ("B", 1.1, 1.3), ("A", 1.4, 2)))["time"].tolist() == [
        1.6,
        pytest.approx(0.2),
    ]


def test_interleaved_words_of_two_channels_belong_to_their_utterances():
    words = rows(
        ("1", 0, 1), ("2", 0.5, 1.5), ("1", 1, 2), ("2", 1.5, 2.5), utterance=[0, 1, 0, 1], word=range(4)
    )
    assert talk_time(words)["turns"].tolist() == [1, 1]
    assert gaps(words)["kind"].tolist() == ["overlap"]


def test_channels_stand_in_for_missing_speakers():
    frame = rows((None, 0, 1), (None, 1, 2)).assign(channel=pd.Categorical(["1", "2"]))
    assert talk_time(frame)["speaker"].tolist() == ["1", "2"]


def test_gaps_names_each_kind():
    table = gaps(
        rows(
            ("A", 0, 2),
            ("B", 2.5, 5),
            ("A", 4.5, 8),
            ("B", 6, 6.4),
            ("A", 9, 10),
            ("B", 9.1, 9.9),
            ("B", 10.25, 11),
        ),
        max_backchannel=0.5,
    )
    assert table["kind"].tolist() == ["gap", "overlap", "backchannel", "pause", "overlap", "gap"]
    assert table["from_speaker"].tolist() == ["A", "B", "A", "A", "A", "A"]
    assert table["to_speaker"].tolist() == ["B", "A", "B", "A", "B", "B"]
    np.testing.assert_allclose(table["offset"], [0.5, -0.5, np.nan, np.nan, np.nan, 0.25], atol=1e-12)
    np.testing.assert_allclose(table["duration"], [0.5, 0.5, 0.4, 1.0, 0.8, 0.25], atol=1e-12)


def test_short_silences_of_one_speaker_are_not_pauses():
    frame = rows(("A", 0, 1), ("A", 1.2, 2), ("A", 2.4, 3))
    assert gaps(frame)["duration"].tolist() == [pytest.approx(0.4)]
    assert len(gaps(frame, min_pause=0.1)) == 2


def test_pace_counts_words_by_their_midpoints_and_divides_by_talk():
    words = rows(("A", 0, 1), ("A", 1, 2), ("B", 2, 3), ("A", 6, 7), word=range(4))
    table = pace(words, window=4, step=4)
    assert table["start"].tolist() == [0, 4]
    assert table["words"].tolist() == [3, 1]
    assert table["words_per_minute"].tolist() == [60, 60]
    by = pace(words, window=4, step=4, by_speaker=True)
    assert by["speaker"].tolist() == ["A", "A", "B", "B"]
    assert by["words"].tolist() == [2, 1, 1, 0]
    assert np.isnan(by["words_per_minute"].iloc[3])


def test_pace_spreads_the_words_of_an_utterance():
    table = pace(rows(("A", 0, 120), n_words=[240]), window=30, step=30)
    assert table["words"].tolist() == [60] * 4


@pytest.mark.parametrize("bad", [{"window": 0}, {"window": -1}, {"window": float("nan")}, {"step": 0}])
def test_pace_refuses_windows_without_length(bad):
    with pytest.raises(UsageError, match="not a length"):
        pace(rows(("A", 0, 1)), **bad)


@pytest.mark.parametrize(("function", "columns"), [(talk_time, TALK), (gaps, GAPS), (pace, PACE)])
def test_columns_and_dtypes_do_not_depend_on_what_was_said(function, columns):
    some = function(rows(("A", 0, 1), ("B", 2, 3), n_words=[3, 4]))
    for frame in (
        rows(("A", 0, 1), n_words=[3]).iloc[:0],
        rows(("A", 0, 1), n_words=[3]),
        rows((None, 0, 1), (None, 2, 3), n_words=[3, 4]),
        rows(("A", 0, 1), ("B", 2, 3), n_words=[3, 4]).drop(columns="speaker"),
        rows(("A", 0, 1), ("B", np.nan, 3), n_words=[3, 4]),
        pd.DataFrame({"start": [], "end": [], "text": pd.Series([], dtype="string")}),
    ):
        result = function(frame)
        assert result.columns.tolist() == columns
        kinds = [d.kind if isinstance(d, np.dtype) else "category" for d in result.dtypes]
        assert kinds == [d.kind if isinstance(d, np.dtype) else "category" for d in some.dtypes]


def test_recordings_are_told_apart():
    one = rows(("A", 0, 1), ("B", 1, 2), n_words=[1, 2])
    both = pd.concat([one, one.assign(start=one["start"] + 0.5)], ignore_index=True)
    both["transcript_id"] = pd.Categorical(["x", "x", "y", "y"])
    assert "transcript_id" not in talk_time(both.iloc[:2])
    for function in (talk_time, gaps, lambda df: pace(df, window=1, step=1)):
        table = function(both)
        assert table.columns[-1] == "transcript_id"
        own = function(both.iloc[:2])
        first = table[table["transcript_id"] == "x"].drop(columns="transcript_id").reset_index(drop=True)
        pd.testing.assert_frame_equal(first, own)
    with_source = both.assign(source=pd.Categorical(["x.mp3"] * 2 + ["y.mp3"] * 2), file="talk.mp3")
    columns = talk_time(with_source.iloc[:2]).columns.tolist()
    assert (columns[0], columns[-2:]) == ("file", ["source", "transcript_id"])


@pytest.mark.parametrize("function", [talk_time, gaps, lambda df, by: pace(df, window=1, by=by)])
def test_columns_of_ones_own_are_kept(function):
    frame = rows(("A", 0, 1), ("B", 1.5, 2), ("A", 3, 4), ("B", 4.5, 5), n_words=[1, 2, 3, 4])
    frame["team"], frame["day"] = ["red", "red", "blue", "blue"], pd.Categorical(["mon", "mon", "tue", "tue"])
    found = function(frame, by=["team", "day"])
    assert found.columns[:2].tolist() == ["team", "day"]
    assert set(found["team"]) == {"red", "blue"}
    assert found["day"].dtype == frame["day"].dtype
    with pytest.raises(UsageError, match="no column squad"):
        function(frame, by="squad")


# Random conversations in whole milliseconds: zero lengths, overlaps, missing speakers, several recordings.
spans = st.lists(
    st.tuples(
        st.sampled_from(["x", "y"]),
        st.sampled_from(["A", "B", "C", None]),
        st.integers(0, 20_000),
        st.integers(0, 4_000),
    ),
    max_size=30,
)


def conversation(raw: list[tuple[str, str | None, int, int]]) -> pd.DataFrame:
    frame = pd.DataFrame(raw, columns=["source", "speaker", "start", "length"])
    frame["end"] = frame["start"] + frame["length"]
    frame["speaker"] = pd.Categorical(frame["speaker"], categories=["A", "B", "C"])
    frame["n_words"] = frame["length"] // 300
    return frame.drop(columns="length").astype({"start": "int64", "end": "int64", "n_words": "int64"})


def in_units(frame: pd.DataFrame, units: str) -> pd.DataFrame:
    if units == "ms":
        return frame
    made = frame.copy()
    for name in ("start", "end"):
        made[name] = pd.to_timedelta(frame[name], unit="ms") if units == "timedelta" else frame[name] / 1000
    return made


@examples(10)
@given(spans)
def test_the_unit_of_the_frame_changes_no_answer(raw):
    frame = conversation(raw)
    for function in (talk_time, gaps, lambda df: pace(df, 2.0, by_speaker=True)):
        expected = function(frame)
        for units in ("s", "timedelta"):
            pd.testing.assert_frame_equal(function(in_units(frame, units)), expected)


@examples(10)
@given(spans)
def test_row_order_changes_no_answer(raw):
    frame = conversation(raw).drop_duplicates(["source", "start"])
    shuffled = frame.iloc[::-1]
    for function in (talk_time, gaps):
        keys = ["source", "speaker"] if function is talk_time else ["source", "start", "end"]
        one, two = (
            function(f).sort_values(keys, kind="stable").reset_index(drop=True) for f in (frame, shuffled)
        )
        pd.testing.assert_frame_equal(one, two, check_categorical=False)


def _covered(intervals: list[tuple[int, int]]) -> int:
    """Milliseconds covered, counted one by one."""
    return len(set(itertools.chain.from_iterable(range(a, b) for a, b in intervals)))


@examples(10)
@given(spans)
def test_talk_time_equals_milliseconds_counted_one_by_one(raw):
    frame = conversation(raw)
    table = talk_time(frame, max_pause=0)
    assert len(table) == frame[["source", "speaker"]].drop_duplicates().shape[0]
    for _, row in table.iterrows():
        mine = frame[frame["source"] == row["source"]].sort_values("start", kind="stable")
        own = mine["speaker"].isna() if pd.isna(row["speaker"]) else mine["speaker"] == row["speaker"]
        assert row["time"] * 1000 == pytest.approx(
            _covered(list(mine.loc[own, ["start", "end"]].itertuples(index=False)))
        )
        assert row["words"] == mine.loc[own, "n_words"].sum()
        codes = mine["speaker"].cat.codes.to_numpy()
        code = -1 if pd.isna(row["speaker"]) else mine["speaker"].cat.categories.get_loc(row["speaker"])
        assert row["turns"] == sum(who == code for who, _ in itertools.groupby(codes))
    for _, part in table.groupby("source"):
        assert part["share"].sum() == pytest.approx(1) or part["time"].sum() == 0


def _naive_gaps(frame: pd.DataFrame, min_pause: int, max_backchannel: int) -> list[tuple]:
    found = []
    for source in dict.fromkeys(frame["source"]):
        spurts = []
        part = frame[frame["source"] == source]
        for who in part["speaker"].cat.codes.unique():
            mine = sorted(
                part.loc[part["speaker"].cat.codes == who, ["start", "end"]].itertuples(index=False)
            )
            joined: list[list[int]] = []
            for start, end in mine:
                if joined and start - joined[-1][1] < min_pause:
                    joined[-1][1] = max(joined[-1][1], end)
                else:
                    joined.append([start, end])
            spurts += [(start, end, who) for start, end in joined]
        spurts.sort(key=lambda spurt: spurt[0])
        for number, (start, end, who) in enumerate(spurts[1:], 1):
            floor_end, floor = None, None
            for _, other_end, other in spurts[:number]:  # the first of those that end last holds the floor
                if floor_end is None or other_end > floor_end:
                    floor_end, floor = other_end, other
            if start >= floor_end:
                kind = "pause" if who == floor else "gap"
                offset = None if who == floor else start - floor_end
                found.append((source, floor_end, start, kind, floor, who, offset))
            else:
                inside = end <= floor_end
                kind = "backchannel" if inside and end - start <= max_backchannel else "overlap"
                found.append(
                    (
                        source,
                        start,
                        min(end, floor_end),
                        kind,
                        floor,
                        who,
                        None if inside else start - floor_end,
                    )
                )
    return found


@examples(10)
@given(spans.filter(lambda raw: len({(s, t) for s, _, t, _ in raw}) == len(raw)))
def test_gaps_equal_a_loop_over_talkspurts(raw):
    frame = conversation(raw)
    table = gaps(frame, min_pause=0.25, max_backchannel=1.0)
    expected = _naive_gaps(frame, 250, 1000)
    got = (
        [
            (
                row.source,
                round(row.start * 1000),
                round(row.end * 1000),
                row.kind,
                a,
                b,
                None if np.isnan(row.offset) else round(row.offset * 1000),
            )
            for row, a, b in zip(
                table.itertuples(),
                table["from_speaker"].cat.codes,
                table["to_speaker"].cat.codes,
                strict=True,
            )
        ]
        if len(table)
        else []
    )
    assert sorted(got, key=repr) == sorted(expected, key=repr)


@examples(10)
@given(spans)
def test_windows_side_by_side_hold_every_word_and_second_once(raw):
    frame = conversation([row for row in raw if row[0] == "x"])
    table = pace(frame, window=3.0, step=3.0)
    total = talk_time(frame)
    assert table["time"].sum() == pytest.approx(total["time"].sum())
    assert table["words"].sum() == total["words"].sum()
    assert (table["end"] - table["start"] == 3).all()
