"""``df.aai``: the metrics as methods of any frame with times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from aai_jupyter.analysis.charts import chart
from aai_jupyter.analysis.event_joins import join_events
from aai_jupyter.analysis.metrics import gaps, talk_time
from aai_jupyter.analysis.plots import plot_pace, plot_talk_time, timeline
from aai_jupyter.analysis.rate import pace
from aai_jupyter.analysis.research_plots import (
    plot_codes,
    plot_dispersion,
    plot_latency,
    plot_overlap,
    plot_sentiment,
)
from aai_jupyter.analysis.selection import between, search
from aai_jupyter.analysis.spans import Units, seconds, units_of
from aai_jupyter.transcripts import upward
from aai_jupyter.transcripts.accessor_measures import Measures

if TYPE_CHECKING:
    from pathlib import Path

    import altair
    from matplotlib.axes import Axes

    from aai_jupyter.analysis.timeline_svg import Timeline
    from aai_jupyter.asking.answer import Answer
    from aai_jupyter.asking.answers import Answers
    from aai_jupyter.asking.ask_plan import Plan
    from aai_jupyter.widgets.player.player import Player

NAME = "aai"


class AaiAccessor(Measures):
    """Conversation metrics, search and pictures on a frame with ``start`` and ``end``.

    Works on the frames of a transcript and on your own; ``hasattr(df, "aai")`` is False on frames without
    times. Each method is also a function in `aai_jupyter.analysis`, whose documentation it shares.

    Raises
    ------
    AttributeError
        ``start`` or ``end`` is missing, or is not a time.

    Examples
    --------
    >>> df = pd.DataFrame({"start": [0.0, 3.0], "end": [3.0, 4.0], "text": ["Yes.", "No."]})
    >>> df.aai.search("no")[["start", "match"]]
       start match
    0    3.0    No
    """

    def __init__(self, df: pd.DataFrame) -> None:
        missing = [name for name in ("start", "end") if name not in df]
        if missing:
            raise AttributeError(
                f"df.aai needs the columns start and end; missing: {', '.join(missing)}. "
                "Frames such as transcript.words and transcript.utterances have them."
            )
        for name in ("start", "end"):
            column = df[name]
            if not isinstance(column, pd.Series):
                raise AttributeError(f"df.aai needs one column {name!r}; this frame has several.")
            if not _is_time(column):
                raise AttributeError(
                    f"df.aai needs times in column {name!r}, not {column.dtype}: float seconds, "
                    "integer milliseconds or timedelta."
                )
        self._df = df

    @property
    def units(self) -> Units:
        """Unit of ``start`` and ``end``: "s", "ms" or "timedelta"."""
        return units_of(self._df)

    @property
    def duration(self) -> float:
        """Seconds from the first start to the last end; 0 for an empty frame."""
        first, last = (seconds(self._df[name], self.units) for name in ("start", "end"))
        span = pd.Series(last).max() - pd.Series(first).min()
        return float(span) if pd.notna(span) else 0.0

    def talk_time(
        self, *, max_pause: float = 1.0, units: Units | None = None, by: str | Sequence[str] = ()
    ) -> pd.DataFrame:
        return talk_time(self._df, max_pause=max_pause, units=units, by=by)

    def gaps(
        self,
        *,
        min_pause: float = 0.25,
        max_backchannel: float = 1.0,
        units: Units | None = None,
        by: str | Sequence[str] = (),
    ) -> pd.DataFrame:
        return gaps(self._df, min_pause=min_pause, max_backchannel=max_backchannel, units=units, by=by)

    def pace(
        self,
        window: float = 60.0,
        *,
        step: float | None = None,
        by_speaker: bool = False,
        max_pause: float = 1.0,
        units: Units | None = None,
        by: str | Sequence[str] = (),
    ) -> pd.DataFrame:
        return pace(
            self._df, window, step=step, by_speaker=by_speaker, max_pause=max_pause, units=units, by=by
        )

    def between(
        self, t0: Any = None, t1: Any = None, *, clip: bool = False, units: Units | None = None
    ) -> pd.DataFrame:
        return between(self._df, t0, t1, clip=clip, units=units)

    def search(
        self, pattern: str, *, regex: bool = False, case: bool = False, context: int = 40
    ) -> pd.DataFrame:
        if "text" not in self._df:
            raise AttributeError("df.aai.search needs a column text.")
        return search(self._df, pattern, regex=regex, case=case, context=context)

    def join_events(self, events: pd.DataFrame, **how: Any) -> pd.DataFrame:
        return join_events(self._df, events, **how)

    def play(self, of: Any = None, *, margin: float | None = None) -> Player:
        """Play the rows one after the other, of one recording or of many.

        Parameters
        ----------
        of : Transcript or TranscriptSet, optional
            Whose rows they are. Needed only for transcripts that are not kept on this machine.
        margin : float, optional
            Seconds of sound and text before and after each row. By default 1 for what a search has found, as
            a phrase alone is too short to be understood, and 0 for other rows.

        Returns
        -------
        Player
            Its ``selection`` gives rows of this frame.

        Raises
        ------
        UsageError
            There are no rows, or it is not known of which transcript they are.

        Examples
        --------
        >>> t.utterances.query("speaker == 'B'").aai.play()  # doctest: +SKIP
        >>> t.words.aai.search("refund").aai.play(margin=3)  # doctest: +SKIP
        """
        return upward.play(self._df, of, margin)

    def prosody(self, of: Any = None, *, floor: float = 75.0, ceiling: float = 500.0) -> pd.DataFrame:
        """Measure pitch, loudness and rate of each row, from the sound.

        Parameters
        ----------
        of : Transcript, TranscriptSet or list, optional
            Whose rows they are; known by ``transcript_id`` where the transcript is kept here.
        floor, ceiling : float, default 75 and 500
            Hertz within which the pitch is looked for. 60 to 300 suits low voices, 100 to 600 high ones.

        Returns
        -------
        DataFrame
            These rows with ``f0_median``, ``f0_low`` and ``f0_high`` (hertz; 10th and 90th percentile),
            ``f0_range`` (semitones between those), ``voiced`` (share of the time), ``intensity`` (decibels
            below full scale, mean power) and ``words_per_second``. NaN where there is no voice.

        Raises
        ------
        UsageError, OptionError
            The sound is not here, or a column or the range is missing.

        Notes
        -----
        Pitch is found by the autocorrelation method of Praat (Boersma 1993), a value every 10 ms, each row by
        itself; the range in semitones does not depend on how high a voice is. Known error: of two people at
        once one is measured, or neither; a creaking voice may come an octave too low. No emotion is read from
        a voice.

        Examples
        --------
        >>> t.utterances.aai.prosody(t).groupby("speaker")["f0_median"].median()  # doctest: +SKIP
        """
        return upward.prosody(self._df, of, floor=floor, ceiling=ceiling)

    def ask(self, question: str, **options: Any) -> Answer | Answers | Plan:
        """Ask a language model about these rows; options of :func:`aai_jupyter.ask`.

        Examples
        --------
        >>> t.utterances.aai.between(60, 120).aai.ask("What was agreed?")  # doctest: +SKIP
        """
        return upward.ask(question, self._df, **options)

    def to_excel(self, path: str | Path) -> Path:
        """Write the frame to an Excel workbook: no text is a formula, times are as Excel has them.

        :func:`aai_jupyter.to_excel` does the same for frames without times, and for several sheets.

        Examples
        --------
        >>> calls.utterances.aai.to_excel("calls.xlsx")  # doctest: +SKIP
        """
        return upward.workbook(self._df, path)

    def timeline(self, ax: Axes | None = None, *, units: Units | None = None) -> Axes | Timeline:
        return timeline(self._df, ax, units=units)

    def plot_talk_time(self, ax: Axes | None = None, *, units: Units | None = None) -> Axes:
        return plot_talk_time(self._df, ax, units=units)

    def plot_pace(
        self,
        ax: Axes | None = None,
        *,
        window: float = 60.0,
        step: float | None = None,
        by_speaker: bool = True,
        units: Units | None = None,
    ) -> Axes:
        return plot_pace(self._df, ax, window=window, step=step, by_speaker=by_speaker, units=units)

    def plot_codes(self, ax: Axes | None = None, *, by: str = "code", units: Units | None = None) -> Axes:
        return plot_codes(self._df, ax, by=by, units=units)

    def plot_dispersion(
        self, words: str | Sequence[str], ax: Axes | None = None, *, units: Units | None = None
    ) -> Axes:
        return plot_dispersion(self._df, words, ax, units=units)

    def plot_latency(self, ax: Axes | None = None, *, units: Units | None = None, fewest: int = 1) -> Axes:
        return plot_latency(self._df, ax, units=units, fewest=fewest)

    def plot_sentiment(
        self, ax: Axes | None = None, *, window: float = 60.0, units: Units | None = None
    ) -> Axes:
        return plot_sentiment(self._df, ax, window=window, units=units)

    def plot_overlap(
        self, ax: Axes | None = None, *, window: float = 60.0, units: Units | None = None
    ) -> Axes:
        return plot_overlap(self._df, ax, window=window, units=units)

    def chart(self, kind: str = "timeline", *, units: Units | None = None, **options: Any) -> altair.Chart:
        return chart(self._df, kind, units=units, **options)


_PICTURES = (
    *(timeline, plot_talk_time, plot_pace, chart, plot_codes, plot_dispersion),
    *(plot_latency, plot_sentiment, plot_overlap),
)
for _function in (talk_time, gaps, pace, between, search, join_events, *_PICTURES):
    getattr(AaiAccessor, _function.__name__).__doc__ = _function.__doc__


def _is_time(column: pd.Series) -> bool:
    kind = column.dtype
    if pd.api.types.is_bool_dtype(kind):
        return False
    # An empty or all-missing column says nothing about its type.
    return (
        pd.api.types.is_numeric_dtype(kind)
        or pd.api.types.is_timedelta64_dtype(kind)
        or not column.notna().any()
    )


def register() -> None:
    """Register ``df.aai`` with pandas, once: a second registration (on reload) would warn."""
    known = pd.DataFrame.__dict__.get(NAME)
    owner = getattr(getattr(known, "_accessor", None), "__module__", None)
    if owner != __name__:
        pd.api.extensions.register_dataframe_accessor(NAME)(AaiAccessor)


register()
