"""The sequence of turns: longest monologues, interactivity, entropy.

References
----------
.. [1] Shannon (1948). A mathematical theory of communication. Bell System Technical Journal 27. (entropy)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from aai_jupyter.analysis.frame_columns import Units
from aai_jupyter.analysis.intervals_of_rates import count_interval
from aai_jupyter.analysis.metrics import ratio
from aai_jupyter.analysis.spans import Spans

By = str | Sequence[str]


def monologues(df: Any, *, max_backchannel: float = 1.0, units: Units | None = None, by: By = ()) -> Any:
    """Return the longest monologue of each speaker.

    A monologue is a run of turns of one speaker in which nobody else has a turn longer than `max_backchannel`
    ("mm-hm" does not end it). Its length is end of the last turn - start of the first.

    Parameters
    ----------
    df : DataFrame
        Utterances or words; of pandas, polars, Arrow, ...
    max_backchannel : float, default 1.0
        Seconds.
    units : {"s", "ms", "timedelta"}, optional
    by : str or sequence of str, optional
        Columns that tell rows apart; they stand first in the result.

    Returns
    -------
    DataFrame
        ``speaker``, ``start``, ``end``, ``duration`` (s), ``words``; of the library that `df` is of.

    Notes
    -----
    Known error: a speaker label that changes for one word cuts a monologue in two.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"speaker": ["A", "B", "A"], "start": [0.0, 9.0, 10.0], "end": [9.0, 9.5, 15.0]})
    >>> monologues(df)[["speaker", "duration"]].values.tolist()
    [['A', 15.0], ['B', 0.5]]
    """
    spans = Spans.of(df, units, by=by)
    start, end, group, words = turn_columns(spans)
    recording = group // (len(spans.speakers) + 1)
    long = end - start > max_backchannel
    holder = np.maximum.accumulate(np.where(long, np.arange(len(start)), -1)) if len(start) else group
    # A short turn inside another's floor is no run of its own; before any long one it is.
    inside = ~long & (holder >= 0) & (group != group[np.maximum(holder, 0)])
    inside &= recording == recording[np.maximum(holder, 0)] if len(start) else inside
    main = np.flatnonzero(~inside)
    own = group[main]
    run = np.cumsum(np.r_[True, own[1:] != own[:-1]][: len(main)]) - 1
    alone = np.flatnonzero(inside)
    runs = np.r_[run, (run[-1] + 1 if len(run) else 0) + np.arange(len(alone))]
    rows = np.r_[main, alone]
    n = int(runs.max()) + 1 if len(runs) else 0
    first, last, said = np.full(n, np.inf), np.full(n, -np.inf), np.zeros(n)
    np.minimum.at(first, runs, start[rows])
    np.maximum.at(last, runs, end[rows])
    np.add.at(said, runs, words[rows])
    whose = np.zeros(n, dtype=np.int64)
    whose[runs] = group[rows]
    length = last - first
    order = np.lexsort((-length, whose))
    best = order[np.r_[True, whose[order][1:] != whose[order][:-1]][: len(order)]]
    place, speaker = np.divmod(whose[best], len(spans.speakers) + 1)
    columns = {
        "speaker": spans.speaker_of(speaker),
        "start": first[best],
        "end": last[best],
        "duration": length[best],
        "words": np.rint(said[best]).astype(np.int64),
    }
    return spans.keyed(place, columns, units="s")


def interactivity(df: Any, *, units: Units | None = None, by: By = ()) -> Any:
    """Return how often the speaker changes: turns that change the speaker, for each minute.

    ``60 * switches / (last end - first start)``, with the 95 % interval of a count of independent events.

    Parameters
    ----------
    df : DataFrame
    units, by : optional
        As in `monologues`.

    Returns
    -------
    DataFrame
        One row a recording: ``turns``, ``switches``, ``time`` (s), ``per_minute``, ``low``, ``high``.

    Notes
    -----
    Known error: follows that of the speaker labels; a ghost speaker adds two switches.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"speaker": ["A", "B", "A"], "start": [0.0, 20.0, 40.0], "end": [20.0, 40.0, 60.0]})
    >>> interactivity(df)["per_minute"].tolist()
    [2.0]
    """
    spans = Spans.of(df, units, by=by)
    _, _, group, _ = turn_columns(spans)
    recording = group // (len(spans.speakers) + 1)
    n = len(spans.first)
    turns = np.bincount(recording, minlength=n)[:n]
    switches = np.maximum(turns - 1, 0)
    time = recording_lengths(spans)
    low, high = count_interval(switches, time / 60)
    columns = {
        "turns": turns.astype(np.int64),
        "switches": switches.astype(np.int64),
        "time": time,
        "per_minute": ratio(60.0 * switches, time),
        "low": low,
        "high": high,
    }
    return spans.keyed(np.arange(n), columns)


def turn_entropy(df: Any, *, units: Units | None = None, by: By = ()) -> Any:
    """Return how even and how predictable turn-taking is.

    ``entropy`` is that of the speakers' shares of turns, ``-sum(p log2 p)`` bits (Shannon 1948); ``evenness``
    the same over ``log2`` of the number of speakers (1: all have as many turns); ``next_entropy`` that of the
    next speaker when the present one is known, ``sum(p_i H_i)``: 0 when two take turns.

    Parameters
    ----------
    df : DataFrame
    units, by : optional
        As in `monologues`.

    Returns
    -------
    DataFrame
        One row a recording: ``speakers``, ``turns``, ``entropy``, ``evenness``, ``next_entropy``.

    Notes
    -----
    Known error: entropies of few turns are too low (by about (k - 1) / (2 n ln 2) bits for k speakers and n
    turns), and a ghost speaker raises them.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"speaker": list("ABAB"), "start": [0, 1, 2, 3.0], "end": [1, 2, 3, 4.0]})
    >>> turn_entropy(df)[["entropy", "evenness", "next_entropy"]].values.tolist()
    [[1.0, 1.0, 0.0]]
    """
    spans = Spans.of(df, units, by=by)
    _, _, group, _ = turn_columns(spans)
    size, n = len(spans.speakers) + 1, len(spans.first)
    recording = group // size
    turns = np.bincount(recording, minlength=n)[:n]
    kinds, counts = np.unique(group, return_counts=True)
    where = kinds // size
    share = counts / np.maximum(turns[where], 1)
    entropy = np.bincount(where, -share * np.log2(share), minlength=n)[:n] + 0.0
    speakers = np.bincount(where, minlength=n)[:n]
    same = recording[1:] == recording[:-1]
    one, two = group[:-1][same], group[1:][same]
    pairs, seen = np.unique(one * size + two % size, return_counts=True)
    before = pairs // size
    known, place = np.unique(before, return_inverse=True)
    leaving = np.bincount(place, seen, minlength=len(known)).astype(np.float64)
    follow = seen / leaving[place]
    total = np.bincount(known // size, leaving, minlength=n)[:n]
    weight = seen / np.maximum(total[before // size], 1)
    after = np.bincount(before // size, -weight * np.log2(follow), minlength=n)[:n]
    columns = {
        "speakers": speakers.astype(np.int64),
        "turns": turns.astype(np.int64),
        "entropy": entropy,
        "evenness": ratio(entropy, np.log2(np.maximum(speakers, 1))),
        "next_entropy": np.where(turns > 1, after + 0.0, np.nan),
    }
    return spans.keyed(np.arange(n), columns)


def turn_columns(spans: Spans) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return start, end, group and words of each turn, in order."""
    if not len(spans.turn):
        nothing = np.zeros(0)
        return nothing, nothing, np.zeros(0, dtype=np.int64), nothing
    n = int(spans.turn.max()) + 1
    start, end = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(start, spans.turn, spans.start)
    np.maximum.at(end, spans.turn, spans.end)
    group = np.zeros(n, dtype=np.int64)
    group[spans.turn] = spans.group
    return start, end, group, np.bincount(spans.turn, spans.words, minlength=n)


def recording_lengths(spans: Spans) -> np.ndarray:
    """Return last end - first start of each recording; 0 for one without times."""
    n = len(spans.first)
    start, end = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(start, spans.recording, spans.start)
    np.maximum.at(end, spans.recording, spans.end)
    there = np.isfinite(start)
    found: np.ndarray = np.subtract(end, start, out=np.zeros(n), where=there)
    return found
