"""Plots with matplotlib: functions of a frame that draw on the Axes they are given and return it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aai_jupyter.analysis.metrics import talk_time
from aai_jupyter.analysis.rate import pace
from aai_jupyter.analysis.spans import Spans, Units, recordings_of
from aai_jupyter.analysis.timeline_svg import Timeline, ticks, timeline_of
from aai_jupyter.errors import MissingDependencyError
from aai_jupyter.tables.any_frame import as_pandas
from aai_jupyter.text.colours import NEUTRAL, speaker_colour
from aai_jupyter.text.readable_numbers import clock
from aai_jupyter.text.sanitize import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_UNKNOWN = "speaker unknown"
_DARKER = "#7f7f7f"


def timeline(df: pd.DataFrame, ax: Axes | None = None, *, units: Units | None = None) -> Axes | Timeline:
    """Who spoke when: a row for each speaker, a bar for each row of the frame.

    Parameters
    ----------
    df : DataFrame
        Any frame with ``start`` and ``end``; utterances give the calmest picture. Of several recordings there
        is a row for each speaker of each.
    ax : matplotlib Axes, optional
        Where to draw. Without it the picture is inline SVG, which needs no library and follows the page's
        theme. Web sites that drop inline SVG from notebooks (GitHub does) show the one drawn with `ax`.
    units : {"s", "ms", "timedelta"}, optional
        Unit of the frame; known from its dtype unless you say.

    Returns
    -------
    Axes or Timeline
        `ax`, or an object that shows itself in a notebook and has ``.save("timeline.svg")``.

    Examples
    --------
    >>> df = pd.DataFrame({"speaker": ["A", "B"], "start": [0.0, 3.0], "end": [3.0, 4.0]})
    >>> timeline(df)
    <Timeline: save it with .save('timeline.svg')>
    """
    if ax is None:
        return timeline_of(df, units)
    spans = Spans.of(df, units)
    rows = np.unique(spans.group)
    titles = spans.names
    names = []
    for place, group in enumerate(rows):
        recording, code = divmod(int(group), len(spans.speakers) + 1)
        own = spans.group == group
        bars = list(zip(spans.start[own], spans.end[own] - spans.start[own], strict=True))
        ax.broken_barh(bars, (place - 0.35, 0.7), facecolors=_shade(spans, code), linewidth=0)
        who = _name(spans, code)
        names.append(f"{plain(titles[recording])} · {who}" if len(titles) > 1 else who)
    ax.set_yticks(range(len(rows)), names)
    ax.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    time_axis(ax)
    return ax


def plot_talk_time(df: pd.DataFrame, ax: Axes | None = None, *, units: Units | None = None) -> Axes:
    """Talk time of each speaker as horizontal bars, with share and words per minute.

    Parameters
    ----------
    df : DataFrame
        Words or utterances. Of several recordings there is a bar for each, divided among its speakers.
    ax : matplotlib Axes, optional
        Where to draw; a new figure unless you say.
    units : {"s", "ms", "timedelta"}, optional
        Unit of the frame; known from its dtype unless you say.

    Returns
    -------
    Axes

    Raises
    ------
    MissingDependencyError
        matplotlib is not installed.

    Examples
    --------
    >>> df = pd.DataFrame({"speaker": ["A", "B"], "start": [0.0, 3.0], "end": [3.0, 4.0], "n_words": [9, 2]})
    >>> plot_talk_time(df).get_xlabel()
    'talk time'
    """
    df = as_pandas(df)
    spans = Spans.of(df, units)
    table = talk_time(df, units=units)
    if len(spans.recordings) > 1:
        return _talk_time_of_each(spans, table, ax)
    codes = np.where(table["speaker"].cat.codes < 0, len(spans.speakers), table["speaker"].cat.codes)
    ax = new_axes(ax, height=0.9 + 0.45 * max(len(table), 1))
    bars = ax.barh(
        range(len(table)), table["time"], height=0.7, color=[_shade(spans, code) for code in codes]
    )
    notes = [
        f"{share:.0%}" + (f" · {rate:.0f} words/min" if np.isfinite(rate) and rate > 0 else "")
        for share, rate in zip(table["share"], table["words_per_minute"], strict=True)
    ]
    ax.bar_label(bars, notes, padding=4, color=letters_of(ax))
    ax.margins(x=0.35)
    ax.set_yticks(range(len(table)), [_name(spans, code) for code in codes])
    ax.set_ylim(max(len(table), 1) - 0.5, -0.5)
    time_axis(ax, "talk time")
    return ax


def _talk_time_of_each(spans: Spans, table: pd.DataFrame, ax: Axes | None) -> Axes:
    recordings, names = recordings_of(table)
    ax = new_axes(ax, height=0.9 + 0.3 * len(names))
    speakers = table["speaker"].cat.codes.to_numpy()
    left = np.zeros(len(names))
    for code in sorted(set(speakers.tolist()), key=lambda code: code if code >= 0 else len(spans.speakers)):
        own = speakers == code
        time = np.bincount(recordings[own], table["time"][own], minlength=len(names))
        shade, label = _shade(spans, int(code)), _name(spans, int(code))
        ax.barh(range(len(names)), time, left=left, height=0.7, color=shade, label=label)
        left += time
    ax.set_yticks(range(len(names)), [plain(name) for name in names])
    ax.set_ylim(len(names) - 0.5, -0.5)
    if len(set(speakers.tolist())) > 1:
        ax.legend(frameon=False, labelcolor=letters_of(ax), loc="upper left", bbox_to_anchor=(1, 1))
    time_axis(ax, "talk time")
    return ax


def plot_pace(
    df: pd.DataFrame,
    ax: Axes | None = None,
    *,
    window: float = 60.0,
    step: float | None = None,
    by_speaker: bool = True,
    units: Units | None = None,
) -> Axes:
    """Words per minute over time, a line for each speaker.

    Parameters
    ----------
    df : DataFrame
        Words (or utterances). Of several recordings there is a line for each, of all of its speakers.
    ax : matplotlib Axes, optional
        Where to draw; a new figure unless you say.
    window, step, by_speaker, units
        As in `aai_jupyter.analysis.pace`. A value is drawn at the middle of its window.

    Returns
    -------
    Axes

    Raises
    ------
    MissingDependencyError
        matplotlib is not installed.

    Examples
    --------
    >>> df = pd.DataFrame({"start": [0.0, 60.0], "end": [60.0, 120.0], "n_words": [150, 180]})
    >>> plot_pace(df, window=30).get_ylabel()
    'words per minute'
    """
    df = as_pandas(df)
    spans = Spans.of(df, units)
    several = len(spans.recordings) > 1
    table = pace(df, window, step=step, by_speaker=by_speaker and not several, units=units)
    ax = new_axes(ax)
    if several:
        codes, names = recordings_of(table)
        lines = [(speaker_colour(place), plain(name)) for place, name in enumerate(names)]
    elif by_speaker:
        codes = table["speaker"].cat.codes.replace(-1, len(spans.speakers)).to_numpy()
        lines = [(_shade(spans, code), _name(spans, code)) for code in range(len(spans.speakers) + 1)]
    else:
        codes, lines = np.zeros(len(table), dtype=int), [(_shade(spans, -1), "")]
    for code in np.unique(codes).tolist():
        rows = table[codes == code]
        middle = (rows["start"] + rows["end"]) / 2
        shade, label = lines[code]
        # A marker keeps a value visible whose neighbours are missing.
        ax.plot(middle, rows["words_per_minute"], color=shade, label=label, marker=".")
    ax.set_ylim(bottom=0)
    ax.set_ylabel("words per minute")
    time_axis(ax)
    if len(table) and (several or (by_speaker and len(spans.speakers))):
        ax.legend(frameon=False, labelcolor=letters_of(ax))
    return ax


def new_axes(ax: Axes | None, height: float = 3.0) -> Any:
    """Return the Axes, or those of a new figure: without a background, to be read on dark pages, too."""
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot

        from aai_jupyter.analysis.quiet_axes import QuietAxes
    except ImportError as missing:
        raise MissingDependencyError(
            "This picture needs matplotlib.", hint='pip install "aai-jupyter[plots]"'
        ) from missing
    names = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    # Notebooks lay a dark page under a picture all of whose tick labels are light, and a white one under dark
    # ones (matplotlib_inline's needs_background). This grey is read on both, and so are its two neighbours:
    # one counts as light, the other as dark, and the page stays as it is.
    grey: Any = dict.fromkeys(names, NEUTRAL) | {"ytick.color": _DARKER}
    with pyplot.rc_context(grey):
        figure = pyplot.figure(figsize=(8, height), layout="constrained", facecolor="none")
        made = figure.add_subplot(axes_class=QuietAxes)
    made.set_facecolor("none")
    return made


def letters_of(ax: Any) -> Any:
    """Return the colour of an axis's letters, for others beside them."""
    return ax.xaxis.label.get_color()


def _name(spans: Spans, code: int) -> str:
    return plain(one_line(spans.speakers[code])) if 0 <= code < len(spans.speakers) else _UNKNOWN


def plain(name: str) -> str:
    """Return a name as matplotlib draws it: it would read ``$...$`` as a formula."""
    return name.replace("$", r"\$")


def _shade(spans: Spans, code: int) -> str:
    return speaker_colour(code if code < len(spans.speakers) else -1)


def time_axis(ax: Any, label: str = "time") -> None:
    """Make the horizontal axis one of times."""
    from matplotlib.ticker import Locator

    class RoundTimes(Locator):
        """Ticks at whole minutes or hours rather than at 3:20, 6:40, 10:00."""

        def __call__(self) -> list[float]:
            return self.tick_values(*ax.get_xlim())

        def tick_values(self, vmin: float, vmax: float) -> list[float]:
            low, high = sorted((vmin, vmax))
            return ticks(max(low, 0.0), max(high, 0.0))

    ax.xaxis.set_major_locator(RoundTimes())
    ax.xaxis.set_major_formatter(lambda value, _: clock(value))
    ax.set_xlabel(label)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
