"""Joins of frames with tables of events, by the moment at which something was said."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd

from aai_jupyter.analysis.spans import seconds, units_of
from aai_jupyter.errors import OptionError

Direction = Literal["backward", "forward", "nearest"]
How = Literal["left", "inner"]
_MISSING = np.iinfo(np.int64).min


def join_events(
    df: pd.DataFrame,
    events: pd.DataFrame,
    *,
    on: Hashable = "at",
    until: Hashable | None = None,
    by: Hashable | Sequence[Hashable] = (),
    direction: Direction = "backward",
    tolerance: float | timedelta | None = None,
    how: How = "left",
    suffix: str = "_event",
) -> pd.DataFrame:
    """Join rows with the events of their moment.

    Without ``until`` each row gets one event: the last that began at or before the row did, the first after
    it, or the nearest (as of). With it events last, and each row is given once for every event that it
    overlaps. Events are matched by true time, whatever time zones say and when clocks were set.

    Parameters
    ----------
    df : DataFrame
        With ``at``, the moment of each row; and for events that last, ``duration`` or ``end`` of each row,
        without which it is a moment.
    events : DataFrame
    on : column
        Of events: when they are, or begin. With a time zone.
    until : column, optional
        Of events: when they end; NaT for those that have not. An event ends before that moment.
    by : column or sequence of columns
        Columns of both that must be equal, such as ``"agent"``.
    direction : {"backward", "forward", "nearest"}
    tolerance : float or timedelta, optional
        Most distance of an event that does not last, in seconds.
    how : {"left", "inner"}
        Whether rows without an event stay.
    suffix : str
        Of columns of events whose names the frame has already.

    Returns
    -------
    DataFrame
        The rows in their order, and the columns of their events.

    Raises
    ------
    OptionError
        A column is missing, or has no time zone.

    Examples
    --------
    >>> at = pd.to_datetime(["2024-05-01 10:00", "2024-05-01 11:00"], utc=True)
    >>> calls = pd.DataFrame({"text": ["Hello.", "Bye."], "at": at})
    >>> releases = pd.DataFrame({"at": at[:1] - pd.Timedelta("1min"), "version": ["2.0"]})
    >>> join_events(calls, releases)["version"].tolist()
    ['2.0', '2.0']
    """
    keys = [by] if isinstance(by, str) or not isinstance(by, Sequence) else list(by)
    _check(df, events, on, until, keys)
    begins, starts = _micros(df["at"], "at"), _micros(events[on], on)
    if keys:
        rows_by, events_by = _codes(df, events, keys)
    else:
        rows_by, events_by = np.zeros(len(df), np.int64), np.zeros(len(events), np.int64)
    if until is None:
        rows, found = _as_of(begins, rows_by, starts, events_by, direction, _limit(tolerance))
    else:
        ends = _ends(df, begins)
        stops = _micros(events[until], until)
        stops[stops == _MISSING] = np.iinfo(np.int64).max
        rows, found = overlaps(begins, ends, rows_by, starts, stops, events_by)
    if how == "left":
        alone = np.setdiff1d(np.arange(len(df)), rows)
        rows = np.concatenate([rows, alone])
        found = np.concatenate([found, np.full(len(alone), -1)])
    order = np.lexsort((found, rows))
    return _joined(df, events, rows[order], found[order], [*keys], suffix)


def _check(df: pd.DataFrame, events: pd.DataFrame, on: Any, until: Any, keys: list[Any]) -> None:
    if "at" not in df:
        raise OptionError(
            "The frame has no column at: it is not known when its recordings were made.",
            hint='aai.transcribe(..., recorded_at="tags"), or a column of the manifest.',
        )
    for name in (on, *([] if until is None else [until]), *keys):
        if name not in events:
            raise OptionError(f"The events have no column {name!r}.", hint=f"They have {list(events)[:12]}.")
    for name in keys:
        if name not in df:
            raise OptionError(f"The frame has no column {name!r} to match events by.")


def _micros(column: pd.Series, name: Any) -> np.ndarray:
    """Return true microseconds since 1970; `_MISSING` for NaT."""
    if not isinstance(column.dtype, pd.DatetimeTZDtype):
        raise OptionError(
            f"The column {name!r} has no time zone.",
            hint=f'df["{name}"].dt.tz_localize("Europe/Berlin"), or pd.to_datetime(..., utc=True)',
        )
    found: np.ndarray = pd.DatetimeIndex(column).as_unit("us").asi8.copy()
    return found


def _ends(df: pd.DataFrame, begins: np.ndarray) -> np.ndarray:
    """End of each row: its begin and how long it lasts."""
    if "start" in df and "end" in df:
        units = units_of(df)
        lasts = np.asarray(seconds(df["end"], units)) - np.asarray(seconds(df["start"], units))
    elif "duration" in df:
        given = df["duration"]
        lasts = given.dt.total_seconds() if pd.api.types.is_timedelta64_dtype(given) else given
        lasts = np.asarray(lasts, dtype=np.float64)
    else:
        return begins
    micros = np.rint(np.nan_to_num(lasts) * 1e6).astype(np.int64)
    return np.where(begins == _MISSING, _MISSING, begins + np.maximum(micros, 0))


def _limit(tolerance: float | timedelta | None) -> int | None:
    if tolerance is None:
        return None
    return round((tolerance.total_seconds() if isinstance(tolerance, timedelta) else tolerance) * 1e6)


def _codes(df: pd.DataFrame, events: pd.DataFrame, keys: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Number the values of the columns of both; a missing one, which equals none, is -1."""
    codes = np.zeros(len(df) + len(events), np.int64)
    missing = np.zeros(len(codes), bool)
    for key in keys:
        both = pd.concat([df[key].astype(object), events[key].astype(object)], ignore_index=True)
        one, names = pd.factorize(both)
        missing |= one < 0
        codes = codes * (len(names) + 1) + one
        codes = np.unique(codes, return_inverse=True)[1].astype(np.int64)
    codes[missing] = -1
    return codes[: len(df)], codes[len(df) :]


def _ranked(*times: np.ndarray) -> tuple[int, list[np.ndarray]]:
    """Return the ranks of moments among all, so that key and moment fit into one number."""
    unique, ranks = np.unique(np.concatenate(times), return_inverse=True)
    bounds = np.cumsum([len(one) for one in times])[:-1]
    return len(unique) + 1, np.split(ranks.astype(np.int64), bounds)


def _as_of(
    begins: np.ndarray,
    rows_by: np.ndarray,
    starts: np.ndarray,
    events_by: np.ndarray,
    direction: Direction,
    limit: int | None,
) -> tuple[np.ndarray, np.ndarray]:
    if direction not in ("backward", "forward", "nearest"):
        raise OptionError(f"direction is backward, forward or nearest, not {direction!r}.")
    rows = np.flatnonzero((begins != _MISSING) & (rows_by >= 0))
    usable = np.flatnonzero((starts != _MISSING) & (events_by >= 0))
    if not len(usable) or not len(rows):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    width, (mine, theirs) = _ranked(begins[rows], starts[usable])
    places = events_by[usable] * width + theirs
    order = np.argsort(places, kind="stable")
    places, usable = places[order], usable[order]
    wanted = rows_by[rows] * width + mine
    before = np.searchsorted(places, wanted, side="right") - 1
    after = np.searchsorted(places, wanted, side="left")

    def distance(place: np.ndarray) -> np.ndarray:
        """Of the event at a place from the row; infinite for one of another key, or none."""
        inside = (place >= 0) & (place < len(places))
        event = usable[np.clip(place, 0, len(places) - 1)]
        same = inside & (events_by[event] == rows_by[rows])
        gap = np.abs(starts[event] - begins[rows]).astype(np.float64)
        found: np.ndarray = np.where(same, gap, np.inf)
        return found

    if direction == "nearest":
        chosen = np.where(distance(after) < distance(before), after, before)
    else:
        chosen = before if direction == "backward" else after
    far = distance(chosen)
    taken = np.isfinite(far) & (far <= (np.inf if limit is None else limit))
    return rows[taken], usable[chosen[taken]]


def overlaps(
    begins: np.ndarray,
    ends: np.ndarray,
    rows_by: np.ndarray,
    starts: np.ndarray,
    stops: np.ndarray,
    events_by: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return all pairs of a row [begin, end) and an event [start, stop) of one key that overlap.

    A row or an event that lasts no time is the moment of its begin. Of each pair, one begins while the other
    lasts: those where the event begins in the row, and those where the row begins in the event, are found
    apart, each by two binary searches, and no pair is both.
    """
    rows = np.flatnonzero((begins != _MISSING) & (rows_by >= 0))
    usable = np.flatnonzero((starts != _MISSING) & (events_by >= 0) & (stops >= starts))
    last = np.iinfo(np.int64).max
    until_rows = np.maximum(ends[rows], begins[rows] + 1)
    until = np.where(stops[usable] == last, last, np.maximum(stops[usable], starts[usable] + 1))
    width, (b, e, s, t) = _ranked(begins[rows], until_rows, starts[usable], until)
    mine, theirs = rows_by[rows] * width, events_by[usable] * width
    # The event begins in the row: begin <= start < end.
    order = np.argsort(theirs + s, kind="stable")
    places = (theirs + s)[order]
    first, end = np.searchsorted(places, mine + b), np.searchsorted(places, mine + e)
    row, place = _expanded(first, end)
    pairs = [(rows[row], usable[order[place]])]
    # The row begins in the event, later than it: start < begin < stop.
    order = np.argsort(mine + b, kind="stable")
    places = (mine + b)[order]
    first = np.searchsorted(places, theirs + s, side="right")
    event, place = _expanded(first, np.searchsorted(places, theirs + t))
    pairs.append((rows[order[place]], usable[event]))
    return np.concatenate([one for one, _ in pairs]), np.concatenate([two for _, two in pairs])


def _expanded(first: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each number with every place from its first to before its end."""
    counts = np.maximum(end - first, 0)
    owner = np.repeat(np.arange(len(first)), counts)
    begin = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) - begin[owner] + first[owner]


def _joined(
    df: pd.DataFrame,
    events: pd.DataFrame,
    rows: np.ndarray,
    found: np.ndarray,
    keys: list[Any],
    suffix: str,
) -> pd.DataFrame:
    left = df.take(rows).reset_index(drop=True)
    right = events.drop(columns=keys).reset_index(drop=True)
    right = right.rename(columns={name: f"{name}{suffix}" for name in right if name in df})
    clash = [name for name in right if name in df]
    if clash:
        raise OptionError(f"Both have the column {clash[0]!r}.", hint="Give another suffix=.")
    taken = right.reindex(np.where(found < 0, -1, found)) if len(right) else right.reindex(found)
    taken.index = left.index
    joined = pd.concat([left, taken], axis=1)
    joined.attrs = dict(df.attrs)
    return joined
