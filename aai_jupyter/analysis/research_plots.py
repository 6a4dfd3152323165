"""Pictures of codes, keywords, latencies, sentiment and overlap with matplotlib, on the Axes they are given.

Colours are those of speakers, which stay apart for colour-blind readers. A new figure has no background of
its own and grey letters, so that it is read on a dark page as on a light one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from aai_jupyter.analysis.delivery import sentiment
from aai_jupyter.analysis.plots import letters_of, new_axes, plain, time_axis
from aai_jupyter.analysis.spans import Spans, Units, seconds, units_of
from aai_jupyter.analysis.turn_taking import latency
from aai_jupyter.analysis.wording import kwic
from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.tables.any_frame import as_pandas
from aai_jupyter.text.colours import NEUTRAL, ink, speaker_colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_codes(
    df: pd.DataFrame, ax: Axes | None = None, *, by: str = "code", units: Units | None = None
) -> Axes:
    """Codes over time: a row for each code, a bar for each passage.

    Parameters
    ----------
    df : DataFrame
        Of ``t.codes``, or any with ``start``, ``end`` and the column `by`.
    ax : matplotlib Axes, optional
        Where to draw; a new figure unless you say.
    by : str, default "code"
        What makes a row: ``"code"``, ``"coder"``, ``"speaker"``.
    units : {"s", "ms", "timedelta"}, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> df = pd.DataFrame({"code": ["trust", "fear"], "start": [0.0, 3.0], "end": [3.0, 4.0]})
    >>> [label.get_text() for label in plot_codes(df).get_yticklabels()]
    ['trust', 'fear']
    """
    df = as_pandas(df)
    start, end, names = _rows(df, by, units)
    made: Axes = _bars(ax, list(dict.fromkeys(names)), names, start, end)
    return made


def plot_dispersion(
    df: pd.DataFrame, words: str | Sequence[str], ax: Axes | None = None, *, units: Units | None = None
) -> Axes:
    """Where words are said: a row for each, a line for each place (lexical dispersion plot).

    Parameters
    ----------
    df : DataFrame
        Words (or utterances) of one recording.
    words : str or sequence of str
        Words or phrases; case and punctuation do not count.
    ax, units : optional
        As in `plot_codes`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> df = pd.DataFrame({"text": ["so", "we", "so"], "start": [0.0, 1.0, 2.0], "end": [1.0, 2.0, 3.0]})
    >>> len(plot_dispersion(df, ["so", "we"]).collections)
    2
    """
    df = as_pandas(df)
    wanted = [words] if isinstance(words, str) else list(words)
    if not wanted:
        raise OptionError("There are no words to look for.", hint='plot_dispersion(df, ["refund", "trust"])')
    unit = units or units_of(df)
    ax = new_axes(ax, height=0.9 + 0.4 * len(wanted))
    for row, phrase in enumerate(wanted):
        found = kwic(df, phrase)
        places = seconds(found["start"], unit) if len(found) else np.empty(0)
        ax.vlines(places, row - 0.35, row + 0.35, color=speaker_colour(row), linewidth=1.5)
    last = seconds(df["end"], unit)
    ax.set_xlim(0, float(np.nanmax(last)) if len(last) else 1)
    ax.set_yticks(range(len(wanted)), [plain(one) for one in wanted])
    ax.set_ylim(len(wanted) - 0.5, -0.5)
    time_axis(ax)
    return ax


def plot_latency(
    df: pd.DataFrame, ax: Axes | None = None, *, units: Units | None = None, fewest: int = 1
) -> Axes:
    """Response latencies as a matrix: the median offset with which one speaker follows another, in seconds.

    Parameters
    ----------
    df : DataFrame
        Utterances or words; see `latency` for what is measured.
    fewest : int, default 1
        Transfers that a cell needs.
    ax, units : optional
        As in `plot_codes`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> df = pd.DataFrame({"speaker": ["A", "B"], "start": [0.0, 1.5], "end": [1.0, 4.0]})
    >>> plot_latency(df).texts[0].get_text()
    '0.50\\n1×'
    """
    df = as_pandas(df)
    table = latency(df, units=units)
    table = table[table["transfers"] >= fewest]
    names = list(dict.fromkeys([*table["from_speaker"].astype(str), *table["to_speaker"].astype(str)]))
    cells = np.full((len(names), len(names)), np.nan)
    ax = new_axes(ax, height=1.2 + 0.5 * max(len(names), 1))
    for row in table.itertuples(index=False):
        cells[names.index(str(row.from_speaker)), names.index(str(row.to_speaker))] = row.median
    most = float(np.nanmax(np.abs(cells))) if len(table) else 1.0
    if not names:
        return ax
    picture = ax.imshow(cells, cmap="cividis", vmin=-most, vmax=most, aspect="auto")
    for row in table.itertuples(index=False):
        y, x = names.index(str(row.from_speaker)), names.index(str(row.to_speaker))
        shade = "#{:02x}{:02x}{:02x}".format(*picture.cmap(picture.norm(row.median), bytes=True)[:3])
        text = f"{row.median:.2f}\n{row.transfers}×"
        ax.text(x, y, text, ha="center", va="center", color=ink(shade), fontsize=9)
    ax.set_xticks(range(len(names)), [plain(name) for name in names])
    ax.set_yticks(range(len(names)), [plain(name) for name in names])
    ax.set_xlabel("who answers")
    ax.set_ylabel("after whom")
    return ax


def plot_sentiment(
    df: pd.DataFrame, ax: Axes | None = None, *, window: float = 60.0, units: Units | None = None
) -> Axes:
    """Sentiment over time: mean of -1 (negative), 0 and 1 (positive) in windows, a line for each speaker.

    Parameters
    ----------
    df : DataFrame
        Of ``t.sentiments``.
    window : float, default 60
        Seconds.
    ax, units : optional
        As in `plot_codes`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> df = pd.DataFrame({"speaker": ["A"], "start": [0.0], "end": [9.0], "sentiment": ["POSITIVE"]})
    >>> plot_sentiment(df).get_ylabel()
    'sentiment'
    """
    df = as_pandas(df)
    table = sentiment(df, window, units=units)
    ax = new_axes(ax)
    for number, (name, rows) in enumerate(table.groupby("speaker", observed=True, sort=False, dropna=False)):
        middle = (rows["start"] + rows["end"]) / 2
        label = "" if name != name else plain(str(name))
        ax.plot(middle, rows["mean"], color=speaker_colour(number), marker=".", label=label)
    ax.axhline(0, color=NEUTRAL, linewidth=0.8)
    ax.set_ylim(-1.05, 1.05)
    ax.set_ylabel("sentiment")
    time_axis(ax)
    if len(table):
        ax.legend(frameon=False, labelcolor=letters_of(ax))
    return ax


def plot_overlap(
    df: pd.DataFrame, ax: Axes | None = None, *, window: float = 60.0, units: Units | None = None
) -> Axes:
    """Share of time in which several people speak, in windows.

    Parameters
    ----------
    df : DataFrame
        Of ``t.overlap()``; or utterances with channels, whose own overlap is taken.
    window : float, default 60
        Seconds.
    ax, units : optional
        As in `plot_codes`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> df = pd.DataFrame({"start": [10.0], "end": [25.0]})
    >>> df.attrs["measured_from"] = "sound"
    >>> [round(float(bar.get_height()), 2) for bar in plot_overlap(df).patches]
    [0.25]
    """
    df = as_pandas(df)
    if not window > 0:
        raise OptionError(f"window is {window}; it must be more than 0 seconds.")
    spans = Spans.of(df, units)
    start, end = spans.start, spans.end
    if df.attrs.get("measured_from") != "sound":
        start, end = _shared(start, end)
    last = float(spans.end.max()) if len(spans.end) else 0.0
    count = max(1, int(np.ceil(last / window)))
    edges = np.arange(count + 1) * window
    inside = np.minimum(end[:, None], edges[1:]) - np.maximum(start[:, None], edges[:-1])
    share = np.maximum(inside, 0).sum(0) / window if len(end) else np.zeros(count)
    ax = new_axes(ax)
    ax.bar(edges[:-1], share, width=window * 0.9, align="edge", color=speaker_colour(0))
    ax.set_ylim(0, max(0.05, float(share.max()) * 1.1))
    ax.set_ylabel("share of overlap")
    time_axis(ax)
    return ax


def _shared(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the stretches in which at least two of some intervals hold."""
    times = np.concatenate([start, end])
    steps = np.concatenate([np.ones(len(start)), -np.ones(len(end))])
    order = np.lexsort((steps, times))
    depth = np.cumsum(steps[order])
    inside = np.flatnonzero(depth[:-1] >= 2)
    return times[order][inside], times[order][inside + 1]


def _rows(df: pd.DataFrame, by: str, units: Units | None) -> tuple[np.ndarray, np.ndarray, list[str]]:
    for name in ("start", "end", by):
        if name not in df:
            raise UsageError(f"The frame has no column {name}.")
    unit = units or units_of(df)
    names = ["–" if value is None or value != value else str(value) for value in df[by].astype(object)]
    return seconds(df["start"], unit), seconds(df["end"], unit), names


def _bars(ax: Axes | None, rows: list[str], names: list[str], start: np.ndarray, end: np.ndarray) -> Axes:
    ax = new_axes(ax, height=0.9 + 0.4 * max(len(rows), 1))
    whose = np.array([rows.index(name) for name in names], dtype=np.int64)
    for row in range(len(rows)):
        own = whose == row
        bars = list(zip(start[own], np.maximum(end[own] - start[own], 0.1), strict=True))
        ax.broken_barh(bars, (row - 0.35, 0.7), facecolors=speaker_colour(row), linewidth=0)
    ax.set_yticks(range(len(rows)), [plain(name) for name in rows])
    ax.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    time_axis(ax)
    return ax
