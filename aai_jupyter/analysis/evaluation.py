"""A corpus of transcripts against references: rates over all words, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from aai_jupyter.analysis.bootstrap import ratio_interval
from aai_jupyter.analysis.comparison import Comparison, speaker_errors
from aai_jupyter.analysis.error_rates import Rates
from aai_jupyter.text.html_tags import SMALL, box, tag
from aai_jupyter.text.public_class import public
from aai_jupyter.text.sanitize import escape

FEWEST = 8
"""Recordings from which they are what a bootstrap draws; of fewer, blocks of words are."""
BLOCK = 50
"""Words of a block: longer than errors hang together."""

Counts = Callable[[Comparison], tuple[float, float]]


@public
@dataclass(eq=False)
class Evaluation:
    """Transcripts compared with their references, over all words: sums over sums, not a mean of rates.

    Attributes
    ----------
    comparisons : list of Comparison
    draws, seed : int
        Of the bootstrap behind the intervals.

    Examples
    --------
    >>> import aai_jupyter as aai
    >>> found = aai.evaluate(["one small stop", "for all"], ["one small step", "for all"])
    >>> found.wer, found.rates["unit"][0]
    (0.2, 'blocks of 50 words')
    """

    comparisons: list[Comparison]
    draws: int = 2000
    seed: int = 0

    @property
    def wer(self) -> float:
        """Word error rate over the corpus, verbatim."""
        return self._rate(lambda one: _words(one.verbatim))

    @property
    def mer(self) -> float:
        """Match error rate over the corpus, verbatim."""
        return self._rate(lambda one: _matched(one.verbatim))

    @property
    def cer(self) -> float:
        """Character error rate over the corpus, verbatim."""
        return self._rate(lambda one: one.verbatim.characters)

    @property
    def cpwer(self) -> float:
        """Speaker-attributed word error rate over the corpus, verbatim; NaN without speakers."""
        return self._rate(lambda one: _attributed(one.verbatim))

    @property
    def wder(self) -> float:
        """Word diarization error rate over the corpus; NaN without speakers."""
        return self._rate(_wrong_speaker)

    @property
    def normalized(self) -> float:
        """Word error rate over the corpus after each language's normaliser; `files` names it."""
        return self._rate(lambda one: _words(one.normalized))

    def _rate(self, counts: Counts) -> float:
        part, whole = np.array([counts(one) for one in self.comparisons]).reshape(-1, 2).sum(axis=0)
        return float(part / whole) if whole else float("nan")

    @property
    def rates(self) -> pd.DataFrame:
        """One row a rate: ``rate``, ``value``, ``low``, ``high`` (95 %), ``unit``.

        ``unit`` is what the bootstrap draws: recordings, or, of fewer than eight, blocks of 50 words of the
        reference, which say nothing about other recordings. Rates that depend on who spoke have intervals
        over recordings only.
        """
        measures: dict[str, tuple[Counts, Callable[[Comparison], Rates] | None]] = {
            "wer": (lambda one: _words(one.verbatim), lambda one: one.verbatim),
            "wer_normalized": (lambda one: _words(one.normalized), lambda one: one.normalized),
            "mer": (lambda one: _matched(one.verbatim), None),
            "cer": (lambda one: one.verbatim.characters, None),
            "cpwer": (lambda one: _attributed(one.verbatim), None),
            "wder": (_wrong_speaker, None),
        }
        many = len(self.comparisons) >= FEWEST
        rows: list[dict[str, Any]] = []
        for name, (counts, rates) in measures.items():
            low, high, unit = float("nan"), float("nan"), "recordings"
            if many:
                pairs = np.array([counts(one) for one in self.comparisons])
                low, high = ratio_interval(pairs[:, 0], pairs[:, 1], draws=self.draws, seed=self.seed)
            elif rates is not None:
                blocks = [rates(one).counts.blocks(BLOCK) for one in self.comparisons]
                part, whole = (np.concatenate(column) for column in zip(*blocks, strict=True))
                low, high = ratio_interval(part, whole, draws=self.draws, seed=self.seed)
                unit = f"blocks of {BLOCK} words"
            rows.append({"rate": name, "value": self._rate(counts), "low": low, "high": high, "unit": unit})
        return pd.DataFrame(rows)

    @property
    def files(self) -> pd.DataFrame:
        """One row a recording: rates, counts, the normaliser by name, and an interval of the verbatim WER."""
        rows = []
        for one in self.comparisons:
            counts = one.verbatim.counts
            low, high = ratio_interval(*counts.blocks(BLOCK), draws=self.draws, seed=self.seed)
            rows.append(
                {
                    "source": one.hypothesis.source,
                    "transcript_id": one.hypothesis.transcript_id,
                    "words": counts.words,
                    "wer": one.wer,
                    "low": low,
                    "high": high,
                    "wer_normalized": one.normalized.wer,
                    "normalizer": one.normalized.name,
                    "mer": one.mer,
                    "cer": one.cer,
                    "cpwer": one.cpwer,
                    "wder": one.wder,
                    "substitutions": counts.substitutions,
                    "deletions": counts.deletions,
                    "insertions": counts.insertions,
                }
            )
        return pd.DataFrame(rows)

    @property
    def speakers(self) -> pd.DataFrame:
        """One row a speaker of the reference; columns as in :attr:`Comparison.by_speaker`."""
        return speaker_errors(self.comparisons)

    @property
    def diff(self) -> pd.DataFrame:
        """The words of all recordings, as :attr:`Comparison.diff`; ``.aai.play()`` plays any rows of it."""
        parts = [one.diff for one in self.comparisons]
        if not parts:
            return Comparison.empty().diff
        for part in parts:
            for name in ("source", "transcript_id", "speaker", "reference_speaker"):
                part[name] = part[name].astype(object)
        found = pd.concat(parts, ignore_index=True)
        for name in ("source", "transcript_id", "speaker", "reference_speaker"):
            found[name] = found[name].astype("category")
        found.attrs = {"units": "s"}
        return found

    @property
    def notes(self) -> list[str]:
        """What the normalisers leave alone, each sentence once."""
        return list(dict.fromkeys(one.normalized.note for one in self.comparisons))

    def __repr__(self) -> str:
        count = len(self.comparisons)
        return f"<Evaluation of {count} transcripts: WER {self.wer:.1%}, {self.normalized:.1%} normalised>"

    def _repr_html_(self) -> str:
        rows = self.rates
        head = tag("tr", *(tag("th", escape(name)) for name in ("rate", "value", "95 %", "bootstrap of")))
        body = [
            tag(
                "tr",
                tag("td", escape(row.rate)),
                tag("td", escape(_percent(row.value))),
                tag("td", escape(f"{_percent(row.low)} to {_percent(row.high)}")),
                tag("td", escape(row.unit)),
            )
            for row in rows.itertuples(index=False)
        ]
        table = tag("table", tag("thead", head), tag("tbody", *body))
        notes = tag("div", escape(" ".join(self.notes)), style=SMALL)
        return box("div", tag("div", escape(repr(self)[1:-1])), table, notes)


def _percent(value: Any) -> str:
    return "–" if value != value else f"{value:.1%}"


def _words(rates: Rates) -> tuple[float, float]:
    return rates.counts.errors, rates.counts.words


def _matched(rates: Rates) -> tuple[float, float]:
    return rates.counts.errors, rates.counts.words + rates.counts.insertions


def _attributed(rates: Rates) -> tuple[float, float]:
    if rates.cpwer != rates.cpwer:
        return 0.0, 0.0
    return rates.speaker_errors, len(rates.reference.text) if rates.normaliser is None else rates.counts.words


def _wrong_speaker(one: Comparison) -> tuple[float, float]:
    return (0.0, 0.0) if one.wder != one.wder else one.verbatim.attribution
