"""Rates of a pair of transcripts: of words, of characters, and with who said them.

References
----------
.. [1] Watanabe et al. (2020). CHiME-6 challenge: tackling multispeaker speech recognition for unsegmented
   recordings. CHiME. (cpWER: concatenated minimum-permutation word error rate)
.. [2] El Shafey, Soltau & Shafran (2019). Joint speech recognition and speaker diarization via sequence
   transduction. Interspeech. (WDER: word diarization error rate)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aai_jupyter.analysis.assignment import best_pairs
from aai_jupyter.analysis.extras import compare_extra
from aai_jupyter.analysis.normalisers import Normaliser
from aai_jupyter.analysis.word_alignment import EditCounts, ScoredWords, aligned, distance


@dataclass(frozen=True)
class Rates:
    """Error rates of a transcript against its reference, under one way to write words.

    Attributes
    ----------
    reference, hypothesis : ScoredWords
    normaliser : Normaliser or None
        None: verbatim.
    """

    reference: ScoredWords
    hypothesis: ScoredWords
    normaliser: Normaliser | None = None

    @property
    def name(self) -> str:
        """Name of the normaliser; ``verbatim`` without one."""
        return "verbatim" if self.normaliser is None else self.normaliser.name

    @property
    def note(self) -> str:
        """What the normaliser does and leaves alone."""
        if self.normaliser is None:
            return "Every difference in writing counts: case, punctuation, numbers as words or digits."
        return self.normaliser.note

    def _written(self, words: Sequence[str]) -> list[str]:
        return [*words] if self.normaliser is None else self.normaliser.words(" ".join(words))

    @cached_property
    def _pair(self) -> tuple[list[str], list[str]]:
        return self._written(self.reference.text), self._written(self.hypothesis.text)

    @cached_property
    def counts(self) -> EditCounts:
        """Hits, substitutions, deletions and insertions of words."""
        return EditCounts.of(*self._pair)

    @property
    def wer(self) -> float:
        """Word error rate: (S + D + I) / words of the reference. 0 is perfect, above 1 is possible."""
        return self.counts.wer

    @property
    def mer(self) -> float:
        """Match error rate: (S + D + I) / (words of the reference + I), 0 to 1."""
        return self.counts.mer

    @cached_property
    def characters(self) -> tuple[int, int]:
        """Edits of characters, spaces counting as such, and characters of the reference."""
        said, heard = (" ".join(words) for words in self._pair)
        found: int = compare_extra("rapidfuzz.distance.Levenshtein").distance(said, heard)
        return found, len(said)

    @property
    def cer(self) -> float:
        """Character error rate: edits / characters of the reference, spaces counting as characters."""
        errors, whole = self.characters
        return errors / whole if whole else float(errors)

    @cached_property
    def _by_speaker(self) -> tuple[int, dict[str | None, str | None]]:
        """Errors of cpWER, and the speaker of the reference for each of the hypothesis."""
        said, heard = _streams(self.reference), _streams(self.hypothesis)
        names, labels = [*said], [*heard]
        size = max(len(names), len(labels))
        streams = [self._written(said[name]) for name in names] + [[]] * (size - len(names))
        others = [self._written(heard[name]) for name in labels] + [[]] * (size - len(labels))
        cost = np.array([[distance(one, two) for two in others] for one in streams]).reshape(size, size)
        rows, columns = best_pairs(-cost)
        pairs = zip(rows.tolist(), columns.tolist(), strict=True)
        named = {labels[b]: names[a] if a < len(names) else None for a, b in pairs if b < len(labels)}
        return int(cost[rows, columns].sum()), named

    @property
    def speaker_errors(self) -> int:
        """Errors of `cpwer`."""
        return self._by_speaker[0]

    @property
    def speakers(self) -> dict[str | None, str | None]:
        """Speaker of the hypothesis -> speaker of the reference, under the naming with the fewest errors."""
        return self._by_speaker[1]

    @property
    def cpwer(self) -> float:
        """Concatenated minimum-permutation word error rate [1]_; NaN when nobody is told apart.

        The words of each speaker are joined; speakers are named so that the errors are fewest; a word of the
        wrong speaker is a deletion and an insertion. Errors / words of the reference.
        """
        if not (self.reference.has_speakers and self.hypothesis.has_speakers):
            return float("nan")
        whole = sum(len(self._written(words)) for words in _streams(self.reference).values())
        return self.speaker_errors / whole if whole else float(self.speaker_errors)

    @cached_property
    def attribution(self) -> tuple[int, int]:
        """Words with the wrong speaker and words that stand for one of the reference, as in `wder`."""
        who, whom = _coded(self.reference.speaker), _coded(self.hypothesis.speaker)
        table = np.zeros((max(whom, default=-1) + 1, max(who, default=-1) + 1), dtype=np.int64)
        for kind, i, j, a, b in aligned(self.reference.keys, self.hypothesis.keys):
            if kind in ("equal", "replace"):
                np.add.at(table, (whom[a:b], who[i:j]), 1)
        rows, columns = best_pairs(table)
        return int(table.sum() - table[rows, columns].sum()), int(table.sum())

    @property
    def wder(self) -> float:
        """Word diarization error rate [2]_; NaN when nobody is told apart.

        Of the words that stand for a word of the reference (right or wrong), the share with the wrong
        speaker, under the naming that makes it smallest. Words are aligned without case and punctuation.
        """
        if not (self.reference.has_speakers and self.hypothesis.has_speakers):
            return float("nan")
        wrong, whole = self.attribution
        return wrong / whole if whole else float("nan")


def _streams(words: ScoredWords) -> dict[str | None, list[str]]:
    found: dict[str | None, list[str]] = {}
    for text, who in zip(words.text, words.speaker, strict=True):
        found.setdefault(who, []).append(text)
    return found


def _coded(names: Sequence[str | None]) -> list[int]:
    codes = {name: code for code, name in enumerate(dict.fromkeys(names))}
    return [codes[name] for name in names]
