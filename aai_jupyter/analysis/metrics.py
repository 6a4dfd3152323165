"""Conversation metrics: talk time, gaps and overlaps.

Plain functions on any frame with ``start`` and ``end`` (words, utterances, sentences, ...), in whatever unit
the frame is; results are always in seconds. Everything is computed on columns, never row by row.

References
----------
.. [1] Sacks, Schegloff & Jefferson (1974). A simplest systematics for the organization of turn-taking for
   conversation. Language 50(4), 696-735. (turn, pause, gap, overlap)
.. [2] Heldner & Edlund (2010). Pauses, gaps and overlaps in conversations. Journal of Phonetics 38(4),
   555-568. (the classes of silence and overlap computed by `gaps`)
.. [3] de Ruiter, Mitterer & Enfield (2006). Projecting the end of a speaker's turn. Language 82(3), 515-535.
   (floor-transfer offset)
.. [4] Jefferson (1989). Notes on a possible metric which provides for a 'standard maximum' silence of
   approximately one second in conversation. (the default of ``max_pause``)
.. [5] de Jong & Bosker (2013). Choosing a threshold for silent pauses to measure second language fluency.
   DiSS 2013, 17-20. (0.25 s, the default of ``min_pause``)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from aai_jupyter.analysis.spans import Spans, Units, running_max, stable_order, units_of
from aai_jupyter.errors import UsageError

KINDS = ("pause", "gap", "overlap", "backchannel")


def talk_time(
    df: pd.DataFrame,
    *,
    max_pause: float = 1.0,
    units: Units | None = None,
    by: str | Sequence[str] = (),
) -> pd.DataFrame:
    """How much each speaker talks.

    A speaker's *time* is the union of the rows' intervals (a moment covered twice counts once) plus the
    silences shorter than `max_pause` inside a turn, so that words and utterances give nearly the same
    figure. A *turn* is a run of utterances of one speaker in order of start [1]_.

    Parameters
    ----------
    df : DataFrame
        Words, utterances or any other frame with ``start`` and ``end``.
    max_pause : float, default 1.0
        Seconds. A longer silence inside a turn is not talk [4]_.
    units : {"s", "ms", "timedelta"}, optional
        Unit of the frame; known from its dtype unless you say.
    by : str or sequence of str, optional
        Further columns of the frame (``"team"``) that tell rows apart; they stand first in the result.
        ``share`` is of the time within each combination of their values.

    Returns
    -------
    DataFrame
        One row for each speaker (and recording, when the frame spans several), columns

        ========================  ========  ==================================================
        ``speaker``               category  missing when nobody was told apart
        ``time``                  float64   s, as above
        ``share``                 float64   time / sum of time over the recording's speakers
        ``turns``                 int64     number of turns
        ``words``                 int64     number of words
        ``words_per_minute``      float64   60 * words / time
        ``mean_turn``             float64   s, mean of (end of last row - start of first row)
        ``longest_turn``          float64   s
        ========================  ========  ==================================================

    Examples
    --------
    >>> df = pd.DataFrame({"speaker": ["A", "B"], "start": [0.0, 3.0], "end": [3.0, 4.0], "n_words": [9, 2]})
    >>> talk_time(df)[["speaker", "time", "share", "words_per_minute"]]
      speaker  time  share  words_per_minute
    0       A   3.0   0.75             180.0
    1       B   1.0   0.25             120.0
    """
    if by:
        return by_columns(
            df, by, lambda part: talk_time(part, max_pause=max_pause, units=units or units_of(df))
        )
    spans = Spans.of(df, units)
    rows, talk = talk_seconds(spans, max_pause)
    group, n = spans.group[rows], spans.n_groups
    # bincount forgets the dtype of its weights when there are none
    time = np.bincount(group, talk, minlength=n).astype(np.float64)
    words = np.bincount(group, spans.words[rows], minlength=n)

    turn_start, turn_end, turn_group = _turn_spans(spans)
    length = turn_end - turn_start
    turns = np.bincount(turn_group, minlength=n)
    total = np.bincount(turn_group, length, minlength=n).astype(np.float64)
    longest = np.zeros(n)
    np.maximum.at(longest, turn_group, length)

    here = np.flatnonzero(turns)
    recording, speaker = np.divmod(here, len(spans.speakers) + 1)
    whole = np.bincount(recording, time[here]) if len(here) else np.zeros(0)
    return spans.keyed(
        recording,
        {
            "speaker": spans.speaker_of(speaker),
            "time": time[here],
            "share": ratio(time[here], whole[recording]),
            "turns": turns[here].astype(np.int64),
            "words": np.rint(words[here]).astype(np.int64),
            "words_per_minute": ratio(60 * words[here], time[here]),
            "mean_turn": ratio(total[here], turns[here]),
            "longest_turn": longest[here],
        },
    )


def by_columns(
    df: pd.DataFrame, by: str | Sequence[str], measure: Callable[[pd.DataFrame], pd.DataFrame]
) -> pd.DataFrame:
    """Measure the rows of each combination of some columns' values, which stand first in the result."""
    names = [by] if isinstance(by, str) else list(by)
    if missing := [name for name in names if name not in df]:
        raise UsageError(f"The frame has no column {missing[0]}.", hint=f"It has: {', '.join(map(str, df))}.")
    parts = []
    for values, part in df.groupby(names, sort=False, observed=True, dropna=False):
        found = measure(part)
        for place, (name, value) in enumerate(zip(names, values, strict=True)):
            if name not in found:
                repeated = pd.Series([value] * len(found), index=found.index).astype(df[name].dtype)
                found.insert(place, name, repeated)
        parts.append(found)
    return pd.concat(parts, ignore_index=True) if parts else measure(df)


def gaps(
    df: pd.DataFrame,
    *,
    min_pause: float = 0.25,
    max_backchannel: float = 1.0,
    units: Units | None = None,
    by: str | Sequence[str] = (),
) -> pd.DataFrame:
    """Every pause, gap and overlap, in order.

    Rows of one speaker less than `min_pause` apart are joined to talkspurts. Talkspurts are taken in order of
    start; the *floor* is with the one that ended last so far. For the floor holder's end ``e`` and the next
    talkspurt ``[s, t]``, following [2]_:

    ===============  ======================================================================================
    ``pause``        ``s >= e``, same speaker: silence inside a turn
    ``gap``          ``s >= e``, another speaker: silence between turns
    ``overlap``      ``s < e``, another speaker, ``t > e``: the floor is taken during talk. Also talk inside
                     the holder's talkspurt that lasts longer than `max_backchannel`; the floor stays then.
    ``backchannel``  ``s < t <= e``, another speaker, ``t - s <= max_backchannel``: "mm-hm"
    ===============  ======================================================================================

    Parameters
    ----------
    df : DataFrame
        Words show pauses inside utterances, utterances do not.
    min_pause : float, default 0.25
        Seconds; shorter silences of one speaker belong to articulation [5]_.
    max_backchannel : float, default 1.0
        Seconds.
    units : {"s", "ms", "timedelta"}, optional
        Unit of the frame; known from its dtype unless you say.
    by : str or sequence of str, optional
        As in `talk_time`.

    Returns
    -------
    DataFrame
        ``start``, ``end``, ``duration`` (float64, s: the silence, or the time when both talk), ``kind``
        (category of `KINDS`), ``from_speaker``, ``to_speaker`` (category), ``offset`` (float64, s: the
        floor-transfer offset ``s - e`` [3]_, negative for overlaps, NaN when the floor did not change).

    Examples
    --------
    >>> df = pd.DataFrame({"speaker": ["A", "B", "A"], "start": [0.0, 2.5, 4.5], "end": [2.0, 5.0, 6.0]})
    >>> gaps(df)[["kind", "from_speaker", "to_speaker", "offset"]]
          kind from_speaker to_speaker  offset
    0      gap            A          B     0.5
    1  overlap            B          A    -0.5
    """
    if by:
        unit = units or units_of(df)
        return by_columns(
            df,
            by,
            lambda part: gaps(part, min_pause=min_pause, max_backchannel=max_backchannel, units=unit),
        )
    spans = Spans.of(df, units)
    start, end, group = _talkspurts(spans, min_pause)
    recording, speaker = np.divmod(group, len(spans.speakers) + 1)
    order = np.lexsort((start, recording))
    start, end, recording, speaker = start[order], end[order], recording[order], speaker[order]

    latest = running_max(end, recording)
    opens = np.r_[True, (latest[1:] > latest[:-1]) | (recording[1:] != recording[:-1])][: len(start)]
    holder = np.maximum.accumulate(np.where(opens, np.arange(len(start)), 0))
    now = np.flatnonzero(recording[1:] == recording[:-1]) + 1
    floor = holder[now - 1]

    offset = difference(start[now], end[floor])
    silent, same = offset >= 0, speaker[now] == speaker[floor]
    inside = ~silent & (end[now] <= end[floor])
    brief = inside & (difference(end[now], start[now]) <= max_backchannel)
    kind = np.select([silent & same, silent, brief], [0, 1, 3], default=2)
    since = np.where(silent, end[floor], start[now])
    until = np.where(silent, start[now], np.minimum(end[now], end[floor]))
    return spans.keyed(
        recording[now],
        {
            "start": since,
            "end": until,
            "duration": difference(until, since),
            "kind": pd.Categorical.from_codes(kind, categories=pd.Index(KINDS)),
            "from_speaker": spans.speaker_of(speaker[floor]),
            "to_speaker": spans.speaker_of(speaker[now]),
            "offset": np.where(same | inside, np.nan, offset),
        },
    )


def difference(later: np.ndarray, earlier: np.ndarray) -> np.ndarray:
    """Return seconds between, to the microsecond: 2.865 - 1.865 is 1, on this side of every threshold."""
    found: np.ndarray = np.round(later - earlier, 6)
    return found


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divide element by element, NaN instead of a division by zero."""
    found: np.ndarray = np.divide(part, whole, out=np.full(len(part), np.nan), where=np.asarray(whole) > 0)
    return found


def talk_seconds(spans: Spans, max_pause: float) -> tuple[np.ndarray, np.ndarray]:
    """Return rows by recording and speaker, and the seconds that each adds to its speaker's talk time."""
    rows = stable_order(spans.group, spans.n_groups)
    group, start, end, turn = spans.group[rows], spans.start[rows], spans.end[rows], spans.turn[rows]
    if len(rows) == 0:
        return rows, np.zeros(0)
    before = np.r_[-np.inf, running_max(end, group)[:-1]]
    goes_on = np.r_[False, group[1:] == group[:-1]]
    before = np.where(goes_on, before, -np.inf)
    silence = difference(start, before)
    same_turn = goes_on & np.r_[False, turn[1:] == turn[:-1]]
    bridged = np.where(same_turn & (silence > 0) & (silence < max_pause), before, np.maximum(start, before))
    return rows, np.maximum(end - bridged, 0)


def _talkspurts(spans: Spans, min_pause: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return start, end and group of each speaker's rows, joined across pauses under `min_pause`."""
    rows = stable_order(spans.group, spans.n_groups)
    group, start = spans.group[rows], spans.start[rows]
    if len(rows) == 0:
        return start, start, group
    latest = running_max(spans.end[rows], group)
    fresh = np.r_[True, (group[1:] != group[:-1]) | (difference(start[1:], latest[:-1]) >= max(min_pause, 0))]
    first = np.flatnonzero(fresh)
    last = np.r_[first[1:], len(rows)] - 1
    return start[first], latest[last], group[first]


def _turn_spans(spans: Spans) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return start, end and group of each turn."""
    if len(spans.turn) == 0:
        return spans.start, spans.end, spans.group
    n = int(spans.turn.max()) + 1
    # Rows are sorted by start, so the first row of a turn has its earliest start.
    _, first = np.unique(spans.turn, return_index=True)
    end = np.full(n, -np.inf)
    np.maximum.at(end, spans.turn, spans.end)
    return spans.start[first], end, spans.group[first]
