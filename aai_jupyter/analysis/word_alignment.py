"""Words of two transcripts, aligned by the fewest edits: counts, and which word stands for which.

References
----------
.. [1] Levenshtein (1966). Binary codes capable of correcting deletions, insertions, and reversals. (edits)
.. [2] Morris, Maier & Green (2004). From WER and RIL to MER and WIL: improved evaluation measures for
   connected speech recognition. Interspeech. (match error rate)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from aai_jupyter.analysis.extras import compare_extra
from aai_jupyter.text.tokenization import key


@dataclass(frozen=True)
class ScoredWords:
    """Words of one transcript as they are compared.

    Attributes
    ----------
    text : list of str
        In order of start, none with white space in it.
    start, end : array
        Seconds, NaN where there is none.
    speaker : list of str or None
    transcript_id, source, language : str or None
    """

    text: list[str]
    start: np.ndarray
    end: np.ndarray
    speaker: list[str | None]
    transcript_id: str | None = None
    source: str | None = None
    language: str | None = None

    @classmethod
    def of_text(cls, text: Sequence[str], language: str | None = None) -> ScoredWords:
        """Return words without times and speakers."""
        nothing = np.full(len(text), np.nan)
        return cls([*text], nothing, nothing, [None] * len(text), language=language)

    @cached_property
    def joined(self) -> str:
        """The words with one space between."""
        return " ".join(self.text)

    @cached_property
    def keys(self) -> list[str]:
        """The words without case and punctuation around them; a sign alone is kept."""
        return [key(word) or word for word in self.text]

    @property
    def has_speakers(self) -> bool:
        """Whether anybody is told apart."""
        return any(who is not None for who in self.speaker)


@dataclass(frozen=True)
class EditCounts:
    """Counts of an alignment, and the edits at each word of the reference.

    Attributes
    ----------
    hits, substitutions, deletions, insertions : int
    at : array of int
        Edits at each reference word; what was inserted counts at the word before it, at the first for what
        stands before all.
    """

    hits: int
    substitutions: int
    deletions: int
    insertions: int
    at: np.ndarray

    @classmethod
    def of(cls, reference: Sequence[Any], hypothesis: Sequence[Any]) -> EditCounts:
        """Align two sequences.

        Examples
        --------
        >>> found = EditCounts.of("one small step".split(), "one big small stop".split())
        >>> found.substitutions, found.insertions, found.at.tolist()
        (1, 1, [1, 0, 1])
        """
        hits = substitutions = deletions = insertions = 0
        at = np.zeros(len(reference), dtype=np.int64)
        for kind, i, j, a, b in aligned(reference, hypothesis):
            if kind == "equal":
                hits += j - i
            elif kind == "replace":
                substitutions += j - i
                at[i:j] += 1
            elif kind == "delete":
                deletions += j - i
                at[i:j] += 1
            else:
                insertions += b - a
                if len(at):
                    at[max(i - 1, 0)] += b - a
        return cls(hits, substitutions, deletions, insertions, at)

    @property
    def words(self) -> int:
        """Words of the reference."""
        return self.hits + self.substitutions + self.deletions

    @property
    def errors(self) -> int:
        """Substitutions, deletions and insertions."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def wer(self) -> float:
        """Word error rate: (S + D + I) / (H + S + D) [1]_; the insertions for an empty reference (jiwer)."""
        return self.errors / self.words if self.words else float(self.insertions)

    @property
    def mer(self) -> float:
        """Match error rate: (S + D + I) / (H + S + D + I), 0 to 1 [2]_."""
        whole = self.words + self.insertions
        return self.errors / whole if whole else 0.0

    def blocks(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Return edits and words of each block of consecutive reference words, for a bootstrap."""
        if not len(self.at):
            return np.array([self.insertions]), np.array([0])
        first = np.arange(0, len(self.at), size)
        return np.add.reduceat(self.at, first), np.diff(np.r_[first, len(self.at)])


def aligned(reference: Sequence[Any], hypothesis: Sequence[Any]) -> list[tuple[str, int, int, int, int]]:
    """Return the operations of the fewest edits: kind, and the stretch of either sequence."""
    one, two = _numbered(reference, hypothesis)
    found = compare_extra("rapidfuzz.distance.Levenshtein").opcodes(one, two)
    return [(op.tag, op.src_start, op.src_end, op.dest_start, op.dest_end) for op in found]


def distance(reference: Sequence[Any], hypothesis: Sequence[Any]) -> int:
    """Return the fewest edits between two sequences."""
    one, two = _numbered(reference, hypothesis)
    found: int = compare_extra("rapidfuzz.distance.Levenshtein").distance(one, two)
    return found


def _numbered(*sequences: Sequence[Any]) -> list[str]:
    """Write each word as one character, so that equal words are equal and no two others are."""
    codes: dict[Any, str] = {}
    found = []
    for sequence in sequences:
        # Half surrogates are left out; there are over a million characters otherwise.
        for word in sequence:
            if word not in codes:
                number = len(codes)
                codes[word] = chr(number if number < 0xD800 else number + 0x800)
        found.append("".join([codes[word] for word in sequence]))
    return found


def diff_rows(reference: ScoredWords, hypothesis: ScoredWords) -> list[tuple[str, int | None, int | None]]:
    """Return one row a word: ``equal``, ``spelling``, ``substitute``, ``delete`` or ``insert``, and indices.

    Words are aligned without case and punctuation: ``spelling`` is the same word written in another way.
    """
    rows: list[tuple[str, int | None, int | None]] = []
    for kind, i, j, a, b in aligned(reference.keys, hypothesis.keys):
        if kind == "equal":
            for n, m in zip(range(i, j), range(a, b), strict=True):
                rows.append(("equal" if reference.text[n] == hypothesis.text[m] else "spelling", n, m))
        elif kind == "replace":
            rows += [("substitute", n, m) for n, m in zip(range(i, j), range(a, b), strict=True)]
        elif kind == "delete":
            rows += [("delete", n, None) for n in range(i, j)]
        else:
            rows += [("insert", None, m) for m in range(a, b)]
    return rows
