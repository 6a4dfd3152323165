"""Error rate without a reference: a stratified sample of words, judged by ear, and an interval.

References
----------
.. [1] Cochran (1977). Sampling Techniques, 3rd ed. Wiley. (stratified estimates, 5.3; Neyman allocation, 5.5)
.. [2] Wilson (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209.
.. [3] Franco, Little, Louis & Slud (2019). Comparative study of confidence intervals for proportions in
   complex sample surveys. Journal of Survey Statistics and Methodology 7(3), 334. (effective sample size)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from aai_jupyter.errors import UsageError
from aai_jupyter.text.public_class import public

STRATA = 4
"""Strata of confidence; words without one are a further stratum."""
FEWEST = 2
"""Words of a stratum, so that it has a variance."""


@public
@dataclass(frozen=True)
class AuditEstimate:
    """What the words that were judged say about all words.

    Attributes
    ----------
    rate : float
        Errors (wrong words, and words missed before them) for each written word.
    low, high : float
        95 % interval.
    judged, words : int
        Words that were judged, and of the whole.
    """

    rate: float
    low: float
    high: float
    judged: int
    words: int


@public
@dataclass(eq=False)
class Audit:
    """A sample of words to be judged by ear.

    Attributes
    ----------
    frame : DataFrame
        One row a sampled word, in an order that may be left off anywhere: its recording, times, text,
        confidence, ``stratum``, and to be filled in: ``wrong`` (True or False) and ``missed`` (words that
        were said before it and are not there; 0 unless you say).
    sizes : Series
        Words of the whole in each stratum.

    Examples
    --------
    >>> words = pd.DataFrame({"text": ["a"] * 1000, "start": range(1000), "end": range(1, 1001),
    ...                       "confidence": [0.9, 0.99] * 500})
    >>> audit = Audit.of(words, 100)
    >>> audit.frame["wrong"] = [n % 10 == 0 for n in range(100)]
    >>> found = audit.estimate
    >>> found.judged, found.words, 0.05 < found.low < 0.1 < found.high < 0.2
    (100, 1000, True)
    """

    frame: pd.DataFrame
    sizes: pd.Series
    transcripts: Any = field(default=None, repr=False)
    look: Callable[[pd.DataFrame], Sequence[bool | None]] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, words: pd.DataFrame, n: int, *, seed: int = 0, **more: Any) -> Audit:
        """Draw a sample of a words frame; see `draw`."""
        return cls(*draw(words, n, seed=seed), **more)

    def play(self, *, margin: float = 1.5) -> Any:
        """Play the words that are not judged yet, each with the seconds around it."""
        self._take_edits()
        waiting = self.frame[self.frame["wrong"].isna()]
        return waiting.aai.play(self.transcripts, margin=margin)

    def _take_edits(self) -> None:
        """Judge words by what was done to them in the player: accepted is right, another text is wrong."""
        if self.look is None:
            return
        found = pd.array(list(self.look(self.frame)), dtype="boolean")
        self.frame["wrong"] = (
            self.frame["wrong"].astype("boolean").fillna(pd.Series(found, index=self.frame.index))
        )

    @property
    def estimate(self) -> AuditEstimate:
        """Errors for each written word, from the words judged so far.

        The stratified estimate ``sum(W_h * mean_h)``, ``W_h`` being a stratum's share of all words (Cochran
        1977, 5.3); the interval is Wilson's at the effective sample size ``p (1 - p) / variance`` (Franco et
        al. 2019), with the finite population correction. A word error rate counts words that were said, not
        written: it differs by as much as inserted and missed words do.
        """
        self._take_edits()
        done = self.frame[self.frame["wrong"].notna()]
        errors = done["wrong"].astype(float) + done["missed"].fillna(0).astype(float)
        return _estimate(errors.to_numpy(), done["stratum"].to_numpy(), self.sizes)

    def __repr__(self) -> str:
        found = self.estimate
        if not found.judged:
            return f"<Audit of {len(self.frame)} words of {found.words}: none judged>"
        return (
            f"<Audit of {len(self.frame)} words of {found.words}, {found.judged} judged: "
            f"{found.rate:.1%} errors, 95 % from {found.low:.1%} to {found.high:.1%}>"
        )


def draw(words: pd.DataFrame, n: int, *, seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    """Return a sample of words, stratified by confidence, and the sizes of the strata.

    Strata are quarters of the words by confidence, sampled in proportion to ``N_h * sqrt(p (1 - p))``
    with ``p`` one minus their mean confidence (Neyman [1]_): where errors are likely more words are heard.
    """
    if n < 1:
        raise UsageError(f"A sample of {n} words says nothing.", hint="calls.audit(200)")
    if not len(words):
        raise UsageError("There are no words to judge.")
    stratum = _strata(words)
    sizes = pd.Series(stratum).value_counts().sort_index()
    random = np.random.default_rng(seed)
    wanted = _allocated(words, stratum, sizes, min(n, len(words)))
    picked = [
        random.choice(np.flatnonzero(stratum == name), size=count, replace=False)
        for name, count in wanted.items()
    ]
    rows = np.concatenate(picked) if picked else np.zeros(0, dtype=np.int64)
    # Interleaved: a walk that is left off early has heard of every stratum.
    place = np.concatenate([(np.arange(len(part)) + random.random(len(part))) / len(part) for part in picked])
    rows = rows[np.argsort(place)]
    found = words.iloc[rows].assign(
        stratum=stratum[rows],
        wrong=pd.array([pd.NA] * len(rows), dtype="boolean"),
        missed=pd.array([pd.NA] * len(rows), dtype="Int64"),
    )
    return found.reset_index(drop=True), sizes


def _strata(words: pd.DataFrame) -> np.ndarray:
    confidence = (
        words["confidence"].to_numpy(dtype=np.float64, na_value=np.nan)
        if "confidence" in words
        else np.full(len(words), np.nan)
    )
    known = ~np.isnan(confidence)
    found = np.zeros(len(words), dtype=np.int64)
    if known.any():
        edges = np.unique(np.quantile(confidence[known], np.arange(1, STRATA) / STRATA))
        found[known] = 1 + np.searchsorted(edges, confidence[known], side="left")
    return found


def _allocated(words: pd.DataFrame, stratum: np.ndarray, sizes: pd.Series, n: int) -> dict[int, int]:
    guess = pd.Series(0.1, index=sizes.index)
    if "confidence" in words:
        means = words["confidence"].groupby(stratum).mean()
        guess = (1 - means).clip(0.02, 0.5).reindex(sizes.index).fillna(0.1)
    weight = sizes * np.sqrt(guess * (1 - guess))
    share = (weight / weight.sum() * n).to_numpy(dtype=np.float64)
    limit = sizes.to_numpy()
    counts = np.minimum(np.maximum(np.floor(share).astype(np.int64), np.minimum(FEWEST, limit)), limit)
    while counts.sum() < n:  # what rounding has left goes where it is missed most
        counts[np.argmax(np.where(counts < limit, share - counts, -np.inf))] += 1
    return dict(zip(sizes.index.tolist(), counts.tolist(), strict=True))


def _estimate(errors: np.ndarray, stratum: np.ndarray, sizes: pd.Series) -> AuditEstimate:
    words, judged = int(sizes.sum()), len(errors)
    nothing = float("nan")
    if not judged:
        return AuditEstimate(nothing, nothing, nothing, 0, words)
    names = sizes.index.to_numpy()
    here = [errors[stratum == name] for name in names]
    # A stratum nobody has heard of yet counts with the nearest one that was heard.
    heard = [place for place, one in enumerate(here) if len(one)]
    whole = np.zeros(len(names))
    for place, size in enumerate(sizes.to_numpy()):
        whole[min(heard, key=lambda other: abs(other - place))] += size
    overall = float(errors.mean())
    rate = variance = 0.0
    for place in heard:
        own, share = here[place], whole[place] / words
        rate += share * own.mean()
        # One more word with the mean of all: a stratum without errors is not known to be without.
        mean = (own.sum() + overall) / (len(own) + 1)
        spread = (
            np.square(own - mean).sum() + np.square(overall - mean) + overall * max(1 - overall, 0)
        ) / len(own)
        variance += share**2 * (1 - len(own) / whole[place]) * spread / len(own)
    if judged >= words:
        return AuditEstimate(float(rate), float(rate), float(rate), judged, words)
    z = NormalDist().inv_cdf(0.975)
    p = min(max(rate, 0.5 / judged), 1 - 0.5 / judged)
    effective = p * (1 - p) / variance if variance > 0 else judged
    middle = (rate + z * z / (2 * effective)) / (1 + z * z / effective)
    half = (
        z / (1 + z * z / effective) * sqrt(max(rate * (1 - rate), 0) / effective + z * z / (4 * effective**2))
    )
    return AuditEstimate(float(rate), float(max(middle - half, 0.0)), float(middle + half), judged, words)
