"""Joins with events: equal to a plain loop over all pairs, across changes of clocks, and quickly enough."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aai_jupyter as aai
from aai_jupyter.analysis.event_joins import join_events

T0 = pd.Timestamp("2024-03-31 00:00", tz="UTC")
LAST = 10**9
keys = st.sampled_from(["a", "b", None])
rows = st.lists(st.tuples(st.none() | st.integers(0, 12), st.integers(0, 5), keys), max_size=12)


def moments(values: list[int | None]) -> pd.Series:
    found = [pd.NaT if value is None else T0 + pd.Timedelta(value, "s") for value in values]
    return pd.Series(pd.DatetimeIndex(found, dtype="datetime64[us, UTC]"))


def calls(given: list[Any]) -> pd.DataFrame:
    frame = pd.DataFrame({"at": moments([one[0] for one in given])})
    frame["duration"] = pd.Series([one[1] for one in given], dtype="float64")
    frame["agent"] = pd.Series([one[2] for one in given], dtype="object")
    return frame


def events(given: list[Any], *, end: bool) -> pd.DataFrame:
    frame = pd.DataFrame({"at": moments([one[0] for one in given])})
    stops = [None if one[0] is None or one[1] == 5 else one[0] + one[1] for one in given]
    if end:
        frame["until"] = moments(stops)
    frame["agent"] = pd.Series([one[2] for one in given], dtype="object")
    frame["n"] = pd.Series(range(len(given)), dtype="float64")
    return frame


def same(one: Any, other: Any, by: bool) -> bool:
    return not by or (one is not None and one == other)


@given(rows, rows, st.booleans())
def test_intervals_are_all_pairs_that_overlap(left: list[Any], right: list[Any], by: bool) -> None:
    wanted = []
    for i, (begin, lasts, who) in enumerate(left):
        for j, (start, runs, whose) in enumerate(right):
            if begin is None or start is None or not same(who, whose, by):
                continue
            end = begin + max(lasts, 1e-6)
            stop = LAST if runs == 5 else start + max(runs, 1e-6)
            if begin < stop and start < end:
                wanted.append((i, j))
    frame = calls(left).assign(i=range(len(left)))
    found = join_events(
        frame, events(right, end=True), until="until", by=["agent"] if by else (), how="inner"
    )
    assert list(zip(found.i, found.n.astype(int), strict=True)) == wanted


@given(rows, rows, st.booleans(), st.sampled_from(["backward", "forward", "nearest"]))
def test_as_of_is_the_last_the_first_or_the_nearest(
    left: list[Any], right: list[Any], by: bool, direction: Any
) -> None:
    frame, others = calls(left), events(right, end=False)
    found = join_events(frame, others, by="agent" if by else (), direction=direction, tolerance=3)
    assert len(found) == len(frame)
    for (begin, _, who), n in zip(left, found.n.tolist(), strict=True):
        near = [
            abs(start - begin)
            for start, _, whose in right
            if begin is not None
            and start is not None
            and same(who, whose, by)
            and (direction == "nearest" or (start <= begin if direction == "backward" else start >= begin))
            and abs(start - begin) <= 3
        ]
        assert (n != n) == (not near)
        if near:
            assert abs(right[int(n)][0] - begin) == min(near)


def test_true_time_decides_when_clocks_are_set() -> None:
    zone = "Europe/Berlin"
    at = pd.Series(pd.to_datetime(["2024-10-27 00:30", "2024-10-27 01:30"], utc=True)).dt.tz_convert(zone)
    assert at.dt.strftime("%H:%M").tolist() == ["02:30", "02:30"]  # twice in a night
    frame = pd.DataFrame({"at": at, "text": ["before", "after"]})
    shifts = pd.DataFrame(
        {
            "at": pd.to_datetime(["2024-10-26 22:00", "2024-10-27 01:00"], utc=True),
            "until": pd.to_datetime(["2024-10-27 01:00", None], utc=True),
            "text": ["night", "morning"],
        }
    )
    assert join_events(frame, shifts).text_event.tolist() == ["night", "morning"]
    assert join_events(frame, shifts, until="until").text_event.tolist() == ["night", "morning"]


def test_columns_keep_their_types_and_frames_have_it(tmp_path: Any) -> None:
    frame = pd.DataFrame({"start": [0.0], "end": [2.0], "at": [T0]})
    deploys = pd.DataFrame({"when": [T0], "kind": pd.Categorical(["x"], categories=["y", "x"])})
    found = frame.aai.join_events(deploys, on="when")
    assert found.kind.dtype == deploys.kind.dtype
    assert found["when"].dtype == deploys["when"].dtype
    none = frame.aai.join_events(deploys[:0], on="when")
    assert (len(none), none.kind.isna().all()) == (1, True)
    with pytest.raises(aai.OptionError, match="no time zone"):
        frame.aai.join_events(deploys.assign(when=deploys.when.dt.tz_localize(None)), on="when")
    with pytest.raises(aai.OptionError, match="no column at"):
        frame.drop(columns="at").aai.join_events(deploys, on="when")
    assert np.isfinite(found.start).all()
