"""Diarization and Jaccard error rates of speaker turns.

References
----------
.. [1] NIST (2009). The 2009 (RT-09) Rich Transcription Meeting Recognition Evaluation Plan. (DER; collar)
.. [2] Ryant et al. (2019). Second DIHARD Challenge Evaluation Plan 1.1. (JER)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aai_jupyter.analysis.assignment import best_pairs
from aai_jupyter.analysis.spans import Spans, Units
from aai_jupyter.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

TIE = 1e-7
"""Seconds that decide between namings which are equally good: who is inside two others' talk."""


@dataclass(frozen=True)
class DiarizationErrors:
    """Seconds of speech under the wrong speaker, by kind.

    Attributes
    ----------
    total : float
        Speech of the reference, counted for each speaker.
    missed, false_alarm, confusion, correct : float
    jer : float
        Jaccard error rate.
    speakers : dict
        Speaker of the hypothesis -> speaker of the reference.
    collar : float
        Seconds left out on *each* side of every boundary of the reference.
    """

    total: float
    missed: float
    false_alarm: float
    confusion: float
    correct: float
    jer: float
    speakers: dict[str, str]
    collar: float

    @property
    def der(self) -> float:
        """Diarization error rate: (missed + false alarm + confusion) / total; NaN without speech."""
        wrong = self.missed + self.false_alarm + self.confusion
        return wrong / self.total if self.total else float("nan")


def diarization_errors(
    hypothesis: pd.DataFrame,
    reference: pd.DataFrame,
    *,
    collar: float = 0.0,
    skip_overlap: bool = False,
    units: Units | None = None,
) -> DiarizationErrors:
    """Compare who spoke when.

    At each moment ``n`` speakers of the reference and ``m`` of the hypothesis talk, ``k`` of them the same
    under the best one-to-one naming: ``max(0, n - m)`` is missed, ``max(0, m - n)`` false alarm and
    ``min(n, m) - k`` confusion [1]_. A moment that one speaker has twice counts once. The Jaccard error rate
    is the mean over the reference's speakers of ``1 - |both| / |either|``, 1 for a speaker without a
    counterpart [2]_. Where several namings are equally good, the one with the smaller Jaccard error counts.

    Parameters
    ----------
    hypothesis, reference : DataFrame
        Rows with ``start``, ``end`` and ``speaker`` of one recording: utterances, or words. Rows without a
        speaker are one more speaker.
    collar : float, default 0
        Seconds that do not count on each side of every start and end in the reference, as NIST's tools have
        it: 0.25 takes half a second out at each boundary. pyannote.metrics takes the whole width: its
        ``collar=0.5`` is 0.25 here.
    skip_overlap : bool, default False
        Leave out moments when several speakers of the reference talk.
    units : {"s", "ms", "timedelta"}, optional

    Returns
    -------
    DiarizationErrors

    Examples
    --------
    >>> import pandas as pd
    >>> said = pd.DataFrame({"speaker": ["A", "B"], "start": [0.0, 6.0], "end": [6.0, 10.0]})
    >>> heard = pd.DataFrame({"speaker": ["x", "y"], "start": [0.0, 5.0], "end": [5.0, 10.0]})
    >>> diarization_errors(heard, said).der
    0.1
    """
    if not (np.isfinite(collar) and collar >= 0):
        raise UsageError(f"collar={collar!r} is no length in seconds.", hint="Give 0 or more.")
    said, heard = Spans.of(reference, units), Spans.of(hypothesis, units)
    for spans in (said, heard):
        if spans.n_recordings > 1:
            raise UsageError("The rows are of several recordings.", hint="Compare one recording at a time.")
    edges = [said.start, said.end, heard.start, heard.end]
    marks = np.concatenate([said.start, said.end])
    if collar:
        edges += [marks - collar, marks + collar]
    moments = np.unique(np.concatenate(edges))
    if len(moments) < 2:
        return DiarizationErrors(0.0, 0.0, 0.0, 0.0, 0.0, float("nan"), {}, collar)
    length = np.diff(moments)
    ours, theirs = _talking(heard, moments), _talking(said, moments)
    first = min(spans.start.min() for spans in (said, heard) if len(spans.start))
    last = max(spans.end.max() for spans in (said, heard) if len(spans.end))
    counts = (moments[:-1] >= first) & (moments[1:] <= last)
    if collar:
        counts &= ~_covered(marks - collar, marks + collar, moments)
    if skip_overlap:
        counts &= theirs.sum(axis=0) < 2
    weight = np.where(counts, length, 0.0)

    both = (ours * weight) @ theirs.T
    own, other = theirs @ weight, ours @ weight
    either = own + other[:, None] - both
    jaccard = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    rows, columns = best_pairs(both + TIE * jaccard)
    kept = both[rows, columns] > 0
    rows, columns = rows[kept], columns[kept]
    n, m = theirs.sum(axis=0), ours.sum(axis=0)
    k = (ours[rows] * theirs[columns]).sum(axis=0)
    spoke = own > 0
    error = np.ones(len(own))
    error[columns] = 1 - jaccard[rows, columns]
    names, labels = _names(said), _names(heard)
    return DiarizationErrors(
        total=float(n @ weight),
        missed=float(np.maximum(n - m, 0) @ weight),
        false_alarm=float(np.maximum(m - n, 0) @ weight),
        confusion=float((np.minimum(n, m) - k) @ weight),
        correct=float(k @ weight),
        jer=float(error[spoke].mean()) if spoke.any() else float("nan"),
        speakers={labels[a]: names[b] for a, b in zip(rows.tolist(), columns.tolist(), strict=True)},
        collar=collar,
    )


def _names(spans: Spans) -> list[str]:
    return [*map(str, spans.speakers), ""]


def _talking(spans: Spans, moments: np.ndarray) -> np.ndarray:
    """Return which speaker (row) talks in which stretch between moments, as 0 and 1."""
    edges = np.zeros((len(spans.speakers) + 1, len(moments)), dtype=np.int64)
    np.add.at(edges, (spans.speaker, np.searchsorted(moments, spans.start)), 1)
    np.add.at(edges, (spans.speaker, np.searchsorted(moments, spans.end)), -1)
    found: np.ndarray = (np.cumsum(edges, axis=1)[:, :-1] > 0).astype(np.float64)
    return found


def _covered(start: np.ndarray, end: np.ndarray, moments: np.ndarray) -> np.ndarray:
    edges = np.zeros(len(moments), dtype=np.int64)
    np.add.at(edges, np.searchsorted(moments, start), 1)
    np.add.at(edges, np.searchsorted(moments, end), -1)
    found: np.ndarray = np.cumsum(edges)[:-1] > 0
    return found
