"""Words per minute over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from aai_jupyter.analysis.metrics import by_columns, ratio, talk_seconds
from aai_jupyter.analysis.spans import Spans, Units, units_of
from aai_jupyter.errors import UsageError

MAX_WINDOWS = 5_000_000
"""Of one recording: ten hours have as many at 7 ms. Times that are wrong by far would fill the memory."""


def pace(
    df: pd.DataFrame,
    window: float = 60.0,
    *,
    step: float | None = None,
    by_speaker: bool = False,
    max_pause: float = 1.0,
    units: Units | None = None,
    by: str | Sequence[str] = (),
) -> pd.DataFrame:
    """Words per minute over sliding windows.

    A word counts in the windows that contain its midpoint; a row of several words is split evenly. The rate
    is ``60 * words / time``, where *time* is the talk inside the window as in `talk_time` (summed over
    speakers), so that listening does not slow a speaker down.

    Parameters
    ----------
    df : DataFrame
        Words give exact places; utterances give an average over each utterance.
    window : float, default 60
        Seconds.
    step : float, optional
        Seconds from one window to the next; a quarter of the window unless you say.
    by_speaker : bool, default False
        One series for each speaker.
    max_pause : float, default 1.0
        Seconds, as in `talk_time`.
    units : {"s", "ms", "timedelta"}, optional
        Unit of the frame; known from its dtype unless you say.
    by : str or sequence of str, optional
        As in `talk_time`.

    Returns
    -------
    DataFrame
        (``speaker``,) ``start``, ``end`` (float64, s), ``words`` (int64), ``time`` (float64, s),
        ``words_per_minute`` (float64; NaN where less than a twentieth of the window is talk). Windows start
        at multiples of `step`; the first one holds the first row, the last one reaches the end of the last
        row.

    Raises
    ------
    UsageError
        `window` or `step` is not positive.

    Examples
    --------
    >>> df = pd.DataFrame({"start": [0.0, 1.0, 2.0], "end": [1.0, 2.0, 3.0], "text": ["one", "two", "three"]})
    >>> pace(df, window=3)
       start  end  words  time  words_per_minute
    0    0.0  3.0      3   3.0              60.0
    """
    step = window / 4 if step is None else step
    for name, value in (("window", window), ("step", step)):
        if not (np.isfinite(value) and value > 0):
            raise UsageError(f"{name}={value!r} is not a length in seconds.", hint=f"Give {name} > 0.")
    if by:
        how: dict[str, Any] = {"step": step, "by_speaker": by_speaker, "max_pause": max_pause}
        return by_columns(df, by, lambda part: pace(part, window, units=units or units_of(df), **how))
    spans = Spans.of(df, units)
    rows, talk = talk_seconds(spans, max_pause)
    group = spans.group[rows]
    # Each row adds `talk` seconds that end at its own end; a bridged pause is part of the row that ends it.
    talk_start, talk_end = spans.end[rows] - talk, spans.end[rows]
    midpoint, mid_group = _word_midpoints(spans, rows)

    edges = np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if len(group) else np.zeros(0, dtype=int)
    bounds = np.r_[edges, len(group)]
    word_bounds = np.asarray(np.searchsorted(mid_group, np.r_[group[edges], spans.n_groups]))
    begins, ends = _recording_bounds(spans)
    parts: dict[str, list[np.ndarray]] = {"group": [], "at": [], "words": [], "time": []}
    for i, code in enumerate(group[edges].tolist()):  # over speakers, not rows
        own = slice(bounds[i], bounds[i + 1])
        recording = code // (len(spans.speakers) + 1)
        first, last = np.floor(begins[recording] / step) * step, ends[recording]
        count = max(1, int(np.ceil((last - first - window) / step - 1e-9)) + 1)
        if count > MAX_WINDOWS:
            raise UsageError(
                f"{count} windows between {first:g} s and {last:g} s are too many.",
                hint="Give a longer step.",
            )
        at = first + step * np.arange(count)
        places = midpoint[word_bounds[i] : word_bounds[i + 1]]
        if not bool(np.all(places[1:] >= places[:-1])):
            places = np.sort(places)
        parts["group"].append(np.full(len(at), code))
        parts["at"].append(at)
        parts["words"].append(np.searchsorted(places, at + window) - np.searchsorted(places, at))
        upto = _covered(talk_start[own], talk_end[own])
        parts["time"].append(upto(at + window) - upto(at))
    return _pace_frame(spans, parts, window, by_speaker)


def _pace_frame(spans: Spans, parts: dict[str, list[Any]], window: float, by_speaker: bool) -> pd.DataFrame:
    empty = {"group": np.int64, "at": np.float64, "words": np.int64, "time": np.float64}
    group, at, words, time = (
        np.concatenate(parts[name]) if parts[name] else np.zeros(0, dtype=kind)
        for name, kind in empty.items()
    )
    recording, speaker = np.divmod(group, len(spans.speakers) + 1)
    if not by_speaker and len(group):
        # All speakers of a recording have the same windows: add them up.
        order = np.lexsort((at, recording))
        first = np.r_[True, (np.diff(at[order]) != 0) | (np.diff(recording[order]) != 0)]
        starts = np.flatnonzero(first)
        words, time = np.add.reduceat(words[order], starts), np.add.reduceat(time[order], starts)
        at, recording = at[order][starts], recording[order][starts]
    rate = np.where(time >= window / 20, ratio(60.0 * words, time), np.nan)
    who = {"speaker": spans.speaker_of(speaker)} if by_speaker else {}
    values = {"start": at, "end": at + window, "words": words, "time": time, "words_per_minute": rate}
    return spans.keyed(recording, {**who, **values})


def _word_midpoints(spans: Spans, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return midpoint in seconds and group of each word, in the order of `rows`."""
    start, end, group = spans.start[rows], spans.end[rows], spans.group[rows]
    count = np.rint(spans.words[rows]).astype(np.int64)
    if bool(np.all(count == 1)):
        return (start + end) / 2, group
    source = np.repeat(np.arange(len(rows)), count)
    nth = np.arange(len(source)) - np.repeat(np.cumsum(count) - count, count)
    return start[source] + (end - start)[source] * (nth + 0.5) / count[source], group[source]


def _recording_bounds(spans: Spans) -> tuple[np.ndarray, np.ndarray]:
    """Return first start and last end of each recording."""
    n = len(spans.recordings)
    begins, ends = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(begins, spans.recording, spans.start)
    np.maximum.at(ends, spans.recording, spans.end)
    return begins, ends


def _covered(start: np.ndarray, end: np.ndarray) -> Any:
    """Return a function: t -> seconds of the disjoint intervals that lie before t."""
    length = end - start
    kept = length > 0
    start, end, length = start[kept], end[kept], length[kept]
    before = np.cumsum(length) - length
    moments = np.stack([start, end], axis=1).ravel()
    sums = np.stack([before, before + length], axis=1).ravel()
    if len(moments) == 0:
        return np.zeros_like
    return lambda at: np.interp(at, moments, sums)
