"""Turn-taking: patience, response latency, overlaps, silence.

References
----------
.. [1] Heldner & Edlund (2010). Pauses, gaps and overlaps in conversations. Journal of Phonetics 38(4).
.. [2] Stivers et al. (2009). Universals and cultural variation in turn-taking in conversation. PNAS 106(26).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from aai_jupyter.analysis.frame_columns import Coded, FrameColumns, Units, group_codes
from aai_jupyter.analysis.intervals_of_rates import count_interval, median_interval
from aai_jupyter.analysis.metrics import ratio, transitions
from aai_jupyter.analysis.spans import Spans
from aai_jupyter.analysis.turn_sequence import recording_lengths

By = str | Sequence[str]
LINEAR = "one mixed channel: no overlap can be seen"


class LinearTranscriptWarning(UserWarning):
    """A measure needs speech at the same time, which a transcript of one mixed channel cannot carry."""


def measured_from(spans: Spans) -> str:
    """Return what overlaps are seen in: channels, times that overlap, or nothing (a linear transcript).

    Recognisers put the words of one mixed channel one after the other: there an overlap is not 0, it is
    unknown.
    """
    columns: FrameColumns = spans.columns
    if "channel" in columns and bool((columns.labels("channel").codes >= 0).any()):
        return "channels"
    if len(spans.start) < 2:
        return "times"
    new = spans.recording[1:] != spans.recording[:-1]
    lifted = spans.end + spans.recording * (float(np.max(spans.end)) + 1.0)
    reach = np.maximum.accumulate(lifted)[:-1] - spans.recording[1:] * (float(np.max(spans.end)) + 1.0)
    overlapping = ~new & (spans.start[1:] < reach - 1e-6)
    several = len(np.unique(spans.speaker)) > 1
    return LINEAR if several and not bool(overlapping.any()) else "times"


def _told(spans: Spans, what: str) -> str:
    found = measured_from(spans)
    if found == LINEAR:
        warnings.warn(
            f"{what} is missing, not 0: this transcript is of {found}. Use channels, or one track a speaker.",
            LinearTranscriptWarning,
            stacklevel=3,
        )
    return found


def patience(df: Any, *, units: Units | None = None, by: By = ()) -> Any:
    """Return how long each speaker waits before taking the floor after another.

    Of the gaps (silence between turns of different speakers; Heldner & Edlund 2010) that the speaker ends:
    their median and its interval, and the mean. Talk that begins before the other ends counts in neither.

    Parameters
    ----------
    df : DataFrame
        Utterances or words; of pandas, polars, Arrow, ...
    units : {"s", "ms", "timedelta"}, optional
    by : str or sequence of str, optional
        Columns that tell rows apart; they stand first in the result.

    Returns
    -------
    DataFrame
        ``speaker``, ``gaps``, ``median``, ``low``, ``high``, ``mean`` (s).

    Notes
    -----
    Known error: that of the word times, which recognisers give to about 0.1 s; medians of many gaps are
    steadier than single ones. The usual median is 0.2 s (Stivers et al. 2009).

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"speaker": ["A", "B", "A"], "start": [0.0, 2.5, 5.0], "end": [2.0, 4.0, 6.0]})
    >>> patience(df)[["speaker", "median"]].values.tolist()
    [['B', 0.5], ['A', 1.0]]
    """
    spans = Spans.of(df, units, by=by)
    recording, found = transitions(spans, 0.25, 1.0)
    gaps = np.flatnonzero(found["kind"].codes == 1)
    return _offsets(spans, recording[gaps], found["offset"][gaps], speaker=found["to_speaker"].codes[gaps])


def latency(df: Any, *, units: Units | None = None, by: By = ()) -> Any:
    """Return the response latency of each speaker to each other one, as a matrix in rows.

    The floor-transfer offset: start of the answer - end of what it answers, negative when it overlaps (de
    Ruiter et al. 2006). Median with its interval, and the mean; the usual median is 0.2 s (Stivers et al.
    2009).

    Parameters
    ----------
    df : DataFrame
    units, by : optional
        As in `patience`.

    Returns
    -------
    DataFrame
        ``from_speaker``, ``to_speaker``, ``transfers``, ``median``, ``low``, ``high``, ``mean`` (s). Its
        ``attrs["measured_from"]`` says what overlaps were seen in: on one mixed channel there are none, and
        the median is too high.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"speaker": ["A", "B"], "start": [0.0, 1.5], "end": [2.0, 4.0]})
    >>> latency(df)[["from_speaker", "to_speaker", "median"]].values.tolist()
    [['A', 'B', -0.5]]
    """
    spans = Spans.of(df, units, by=by)
    recording, found = transitions(spans, 0.25, 1.0)
    moved = np.flatnonzero(~np.isnan(found["offset"]))
    return _offsets(
        spans,
        recording[moved],
        found["offset"][moved],
        from_speaker=found["from_speaker"].codes[moved],
        to_speaker=found["to_speaker"].codes[moved],
        measured_from=measured_from(spans),
    )


def overlaps(df: Any, *, max_backchannel: float = 1.0, units: Units | None = None, by: By = ()) -> Any:
    """Return talk at the same time, split into backchannels and overlaps that take the floor.

    The classes are those of `gaps`: ``backchannel`` is talk of at most `max_backchannel` within another's
    (``backchannels``, ``backchannel_time``), everything else is overlap. Rates are for each minute of the
    recording, with the interval of a count. Whether an overlap is an interruption is not measured: annotators
    agree on that with a kappa of about a third.

    Parameters
    ----------
    df : DataFrame
        Utterances or words with channels, or with times that overlap.
    max_backchannel : float, default 1.0
        Seconds.
    units, by : optional
        As in `patience`.

    Returns
    -------
    DataFrame
        One row for each pair ``from_speaker`` (has the floor), ``to_speaker`` (comes in): ``overlaps``,
        ``overlap_time`` (s), ``backchannels``, ``backchannel_time`` (s), ``per_minute``, ``low``, ``high``.
        A transcript of one mixed channel gives no rows and a warning, not zeros.

    Warns
    -----
    LinearTranscriptWarning
        The transcript cannot carry overlap: ``attrs["measured_from"]`` says so, too.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"speaker": ["A", "B"], "start": [0.0, 8.0], "end": [10.0, 60.0]})
    >>> overlaps(df)[["to_speaker", "overlaps", "overlap_time"]].values.tolist()
    [['B', 1, 2.0]]
    """
    spans = Spans.of(df, units, by=by)
    told = _told(spans, "Overlap")
    recording, found = transitions(spans, 0.25, max_backchannel)
    kind = found["kind"].codes
    here = np.flatnonzero(kind >= 2)
    one, two = found["from_speaker"].codes[here], found["to_speaker"].codes[here]
    group, first = group_codes(
        [
            Coded(recording[here], range(spans.n_recordings)),
            Coded(one, spans.speakers),
            Coded(two, spans.speakers),
        ]
    )
    n = len(first)
    brief = kind[here] == 3
    counts = np.bincount(group, ~brief, minlength=n)[:n]
    lengths = found["duration"][here]
    place = recording[here][first]
    time = recording_lengths(spans)[place] if n else np.zeros(0)
    low, high = count_interval(counts, time / 60)
    columns = {
        "from_speaker": Coded(one[first], spans.speakers),
        "to_speaker": Coded(two[first], spans.speakers),
        "overlaps": counts.astype(np.int64),
        "overlap_time": np.bincount(group, lengths * ~brief, minlength=n)[:n].astype(np.float64),
        "backchannels": np.bincount(group, brief, minlength=n)[:n].astype(np.int64),
        "backchannel_time": np.bincount(group, lengths * brief, minlength=n)[:n].astype(np.float64),
        "per_minute": ratio(60.0 * counts, time),
        "low": low,
        "high": high,
    }
    return spans.keyed(place, columns, measured_from=told)


def silence(df: Any, threshold: float = 1.0, *, units: Units | None = None, by: By = ()) -> Any:
    """Return silences longer than a threshold, over all speakers.

    A silence is time in which nobody has a row, between the first start and the last end.

    Parameters
    ----------
    df : DataFrame
        Words show silences within utterances.
    threshold : float, default 1.0
        Seconds (Jefferson 1989: the "standard maximum" of conversation).
    units, by : optional
        As in `patience`.

    Returns
    -------
    DataFrame
        One row a recording: ``silences``, ``silence`` (s), ``share`` of the time, ``longest`` (s), ``time``
        (s), ``per_minute``, ``low``, ``high``.

    Notes
    -----
    Known error: music and noise count as silence, as they have no words.

    Examples
    --------
    >>> import pandas as pd
    >>> silence(pd.DataFrame({"start": [0.0, 4.0], "end": [2.0, 8.0]}))[["silence", "share"]].values.tolist()
    [[2.0, 0.25]]
    """
    spans = Spans.of(df, units, by=by)
    n = len(spans.first)
    long, total, longest = np.zeros(n), np.zeros(n), np.zeros(n)
    if len(spans.start) > 1:
        lift = spans.recording * (float(spans.end.max() - min(spans.start.min(), 0)) + 1.0)
        reach = np.maximum.accumulate(spans.end + lift)[:-1] - lift[1:]
        same = spans.recording[1:] == spans.recording[:-1]
        quiet = np.where(same, np.round(spans.start[1:] - reach, 6), 0)
        kept = quiet > threshold
        place = spans.recording[1:][kept]
        np.add.at(long, place, 1)
        np.add.at(total, place, quiet[kept])
        np.maximum.at(longest, place, quiet[kept])
    time = recording_lengths(spans)
    low, high = count_interval(long, time / 60)
    columns = {
        "silences": long.astype(np.int64),
        "silence": total,
        "share": ratio(total, time),
        "longest": longest,
        "time": time,
        "per_minute": ratio(60.0 * long, time),
        "low": low,
        "high": high,
    }
    return spans.keyed(np.arange(n), columns)


def _offsets(
    spans: Spans,
    recording: np.ndarray,
    offset: np.ndarray,
    measured_from: str | None = None,
    **who: np.ndarray,
) -> Any:
    """Return medians of offsets for each combination of recording and speakers."""
    names = [Coded(codes, spans.speakers) for codes in who.values()]
    group, first = group_codes([Coded(recording, range(spans.n_recordings)), *names])
    order = np.argsort(group, kind="stable")
    edges = np.searchsorted(group[order], np.arange(len(first) + 1))
    values = [offset[order[a:b]] for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)]
    medians = np.array([median_interval(part) for part in values], dtype=np.float64).reshape(-1, 3)
    count = "gaps" if "speaker" in who else "transfers"
    columns: dict[str, Any] = {name: Coded(codes[first], spans.speakers) for name, codes in who.items()}
    columns |= {
        count: np.diff(edges).astype(np.int64),
        "median": medians[:, 0],
        "low": medians[:, 1],
        "high": medians[:, 2],
        "mean": np.array([part.mean() for part in values], dtype=np.float64),
    }
    attrs = {} if measured_from is None else {"measured_from": measured_from}
    return spans.keyed(recording[first], columns, **attrs)
