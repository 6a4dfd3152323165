"""The same pictures as Altair charts: they scale, tell their values under the pointer, and can be combined.

Without a background and with grey letters, they are read on light and dark pages; colours are those of
speakers.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pandas as pd

from aai_jupyter.analysis.metrics import talk_time
from aai_jupyter.analysis.rate import pace
from aai_jupyter.analysis.spans import Units, seconds, units_of
from aai_jupyter.analysis.turn_taking import latency
from aai_jupyter.analysis.wording import kwic
from aai_jupyter.errors import MissingDependencyError, OptionError, UsageError
from aai_jupyter.tables.any_frame import as_pandas
from aai_jupyter.text.colours import NEUTRAL, SPEAKER_COLOURS

if TYPE_CHECKING:
    import altair

_CLOCK = "floor(datum.value / 60) + ':' + (datum.value % 60 < 10 ? '0' : '') + floor(datum.value % 60)"
_KINDS = ("timeline", "talk_time", "pace", "codes", "dispersion", "latency")


def chart(
    df: pd.DataFrame, kind: str = "timeline", *, units: Units | None = None, **options: Any
) -> altair.Chart:
    """Return a picture of a frame as an Altair chart.

    Parameters
    ----------
    df : DataFrame
        Utterances or words; of ``t.codes`` for ``"codes"``.
    kind : {"timeline", "talk_time", "pace", "codes", "dispersion", "latency"}
    units : {"s", "ms", "timedelta"}, optional
        Unit of the frame; known from its dtype unless you say.
    **options
        ``words`` of ``"dispersion"``; ``window`` of ``"pace"``.

    Returns
    -------
    altair.Chart

    Raises
    ------
    MissingDependencyError
        Altair is not installed.
    OptionError, UsageError
        There is no such picture, option or column.

    Examples
    --------
    >>> df = pd.DataFrame({"speaker": ["A", "B"], "start": [0.0, 3.0], "end": [3.0, 4.0]})
    >>> chart(df, "timeline").mark  # doctest: +SKIP
    'bar'
    """
    df = as_pandas(df)
    makers: dict[str, Any] = {
        "timeline": _timeline,
        "talk_time": _talk_time,
        "pace": _pace,
        "codes": _codes,
        "dispersion": _dispersion,
        "latency": _latency,
    }
    if kind not in makers:
        raise OptionError(f"There is no chart {kind!r}.", hint=f"There are {', '.join(_KINDS)}.")
    known = {"dispersion": {"words"}, "pace": {"window"}}.get(kind, set())
    if wrong := sorted({*options} - known):
        raise OptionError(f"The chart {kind!r} has no option {wrong[0]!r}.")
    if kind == "dispersion" and not options.get("words"):
        raise OptionError("There are no words to look for.", hint='chart(df, "dispersion", words=["refund"])')
    made: altair.Chart = _styled(makers[kind](_altair(), df, units or units_of(df), **options))
    return made


def _altair() -> Any:
    try:
        return import_module("altair")
    except ImportError as missing:
        raise MissingDependencyError(
            "This picture needs Altair.", hint='pip install "aai-jupyter[plots]"'
        ) from missing


def _styled(made: Any) -> Any:
    grey = {"labelColor": NEUTRAL, "titleColor": NEUTRAL, "domainColor": NEUTRAL, "tickColor": NEUTRAL}
    return (
        made.configure(background="transparent")
        .configure_view(stroke=None)
        .configure_axis(grid=False, **grey)
        .configure_legend(labelColor=NEUTRAL, titleColor=NEUTRAL)
    )


def _bars(alt: Any, df: pd.DataFrame, units: Units, column: str) -> Any:
    for name in ("start", "end", column):
        if name not in df:
            raise UsageError(f"The frame has no column {name}.")
    data = pd.DataFrame(
        {
            column: df[column].astype(object).where(df[column].notna(), "–").astype(str),
            "start": seconds(df["start"], units),
            "end": seconds(df["end"], units),
            "text": df["text"].astype(object).astype(str).str.slice(0, 120) if "text" in df else "",
        }
    )
    rows = list(dict.fromkeys(data[column]))
    return (
        alt.Chart(data)
        .mark_bar()
        .encode(
            x=alt.X("start:Q", title="time", axis=alt.Axis(labelExpr=_CLOCK)),
            x2="end:Q",
            y=alt.Y(f"{column}:N", sort=rows, title=None),
            color=_colour(alt, column, rows),
            tooltip=[column, "start", "end", "text"],
        )
    )


def _colour(alt: Any, column: str, names: Sequence[str]) -> Any:
    shades = [SPEAKER_COLOURS[number % len(SPEAKER_COLOURS)] for number in range(len(names))]
    return alt.Color(f"{column}:N", scale=alt.Scale(domain=list(names), range=shades), legend=None)


def _timeline(alt: Any, df: pd.DataFrame, units: Units) -> Any:
    return _bars(alt, df, units, "speaker")


def _codes(alt: Any, df: pd.DataFrame, units: Units) -> Any:
    return _bars(alt, df, units, "code")


def _talk_time(alt: Any, df: pd.DataFrame, units: Units) -> Any:
    data = talk_time(df, units=units)
    data = data.assign(speaker=data["speaker"].astype(object).astype(str))[["speaker", "time", "share"]]
    names = data["speaker"].tolist()
    return (
        alt.Chart(data)
        .mark_bar()
        .encode(
            x=alt.X("time:Q", title="talk time", axis=alt.Axis(labelExpr=_CLOCK)),
            y=alt.Y("speaker:N", sort=names, title=None),
            color=_colour(alt, "speaker", names),
            tooltip=["speaker", "time", alt.Tooltip("share:Q", format=".0%")],
        )
    )


def _pace(alt: Any, df: pd.DataFrame, units: Units, window: float = 60.0) -> Any:
    table = pace(df, window, by_speaker=True, units=units)
    data = pd.DataFrame(
        {
            "speaker": table["speaker"].astype(object).astype(str),
            "time": (table["start"] + table["end"]) / 2,
            "words_per_minute": table["words_per_minute"],
        }
    )
    names = list(dict.fromkeys(data["speaker"]))
    colour = _colour(alt, "speaker", names)
    return (
        alt.Chart(data)
        .mark_line(point=True)
        .encode(
            x=alt.X("time:Q", axis=alt.Axis(labelExpr=_CLOCK)),
            y=alt.Y("words_per_minute:Q", title="words per minute"),
            color=colour,
            strokeDash=alt.StrokeDash("speaker:N", title=None),
            tooltip=["speaker", "time", "words_per_minute"],
        )
    )


def _dispersion(alt: Any, df: pd.DataFrame, units: Units, words: str | Sequence[str]) -> Any:
    wanted = [words] if isinstance(words, str) else list(words)
    parts = [kwic(df, word).assign(word=word) for word in wanted]
    found = pd.concat(parts) if parts else pd.DataFrame()
    data = pd.DataFrame(
        {
            "word": found["word"],
            "time": seconds(found["start"], units),
            "around": [
                f"{left} [{match}] {right}"
                for left, match, right in found[["left", "match", "right"]]
                .astype(str)
                .itertuples(index=False)
            ],
        }
    )
    return (
        alt.Chart(data)
        .mark_tick(thickness=2)
        .encode(
            x=alt.X("time:Q", axis=alt.Axis(labelExpr=_CLOCK)),
            y=alt.Y("word:N", sort=wanted, title=None),
            color=_colour(alt, "word", wanted),
            tooltip=["word", "time", "around"],
        )
    )


def _latency(alt: Any, df: pd.DataFrame, units: Units) -> Any:
    table = latency(df, units=units)
    data = table.assign(
        from_speaker=table["from_speaker"].astype(object).astype(str),
        to_speaker=table["to_speaker"].astype(object).astype(str),
    )
    return (
        alt.Chart(data[["from_speaker", "to_speaker", "median", "transfers"]])
        .mark_rect()
        .encode(
            x=alt.X("to_speaker:N", title="who answers"),
            y=alt.Y("from_speaker:N", title="after whom"),
            color=alt.Color("median:Q", scale=alt.Scale(scheme="cividis", domainMid=0), title="median (s)"),
            tooltip=["from_speaker", "to_speaker", alt.Tooltip("median:Q", format=".2f"), "transfers"],
        )
    )
