"""Silence and overlap agree with a reference that counts every millisecond."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.client.response_rows import Utterance, Word
from aai_jupyter.tables.intervals import filled, gaps
from aai_jupyter.tables.speech import assign, columns_of

INTERVALS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 25)).map(lambda pair: (pair[0], pair[0] + pair[1])),
    max_size=12,
)


@given(INTERVALS)
def test_gap_and_overlap_count_milliseconds(intervals: list[tuple[int, int]]) -> None:
    order = sorted(range(len(intervals)), key=lambda i: intervals[i][0])
    expected: dict[int, tuple[int, int]] = {}
    covered: set[int] = set()
    reach = 0
    for i in order:
        start, end = intervals[i]
        overlap = len(covered & set(range(start, end)))
        expected[i] = (max(0, start - reach), overlap)
        covered |= set(range(start, end))
        reach = max(reach, end)
    starts = np.array([s for s, _ in intervals], dtype=float)
    ends = np.array([e for _, e in intervals], dtype=float)
    gap, overlap_found = gaps(starts, ends)
    assert [(g, o) for g, o in zip(gap, overlap_found, strict=True)] == [
        expected[i] for i in range(len(intervals))
    ]
    assert gap.sum() == reach - len({ms for s, e in intervals for ms in range(s, e)})


def test_a_missing_time_leaves_only_its_own_row_unknown() -> None:
    gap, overlap = gaps(np.array([0, np.nan, 10.0]), np.array([5, 7.0, 12]))
    assert gap[[0, 2]].tolist() == [0, 5]
    assert np.isnan(gap[1])
    assert overlap[[0, 2]].tolist() == [0, 0]


def test_filled_takes_the_time_before() -> None:
    assert filled(np.array([np.nan, 3, np.nan, 5])).tolist() == [0, 3, 3, 5]


@given(
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from("AB"), st.integers(0, 40)), min_size=1, max_size=12)
)
def test_words_find_their_utterance_when_people_talk_at_once(turns: list[tuple[int, str, int]]) -> None:
    """Utterances of one speaker follow each other; those of different speakers may overlap at will."""
    clocks = {"A": 0, "B": 0}
    said, words = [], []
    for number, (count, speaker, pause) in enumerate(turns):
        first = clocks[speaker] + pause + 1
        for i in range(count):
            words.append((first + 10 * i, speaker, number))
        clocks[speaker] = first + 10 * count
        said.append(Utterance(text="", start=first, end=clocks[speaker], speaker=speaker))
    words.sort()
    rows = [Word(text="w", start=start, end=start + 9, speaker=speaker) for start, speaker, _ in words]
    assert assign(columns_of(rows), columns_of(said)).tolist() == [number for *_, number in words]
