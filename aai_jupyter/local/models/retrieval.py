"""Passage retrieval for a question: by meaning (sentence embeddings) and by words (BM25)."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aai_jupyter.text.tokenization import tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aai_jupyter.embedding.sentence_vectors import Embedder

K1, B = 1.2, 0.75
"""Of BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009)."""
MEANING, WORDS = 0.75, 0.25
"""Shares of the two scores."""
MIN_COSINE = 0.25
"""Below it a passage does not speak of the question. Chosen by hand between questions that the
recordings of the tests answer, and others; ``tests/asking/test_local_questions.py`` holds it there."""
MIN_COSINE_ALONE = 0.35
"""The same for a passage that shares no word with the question: much is near in meaning alone."""
MIN_COVERAGE = 0.3
"""Share of the question's words, weighed by rarity, that a passage must have to count by words alone."""
MIN_SAID = 0.5
"""The same for a passage that a yes is taken from: most of the words are said, not their meaning guessed."""
NEAR_BEST = 0.8
"""Passages whose score is at least this share of the best one's are given too."""

_DENIAL = re.compile(r"\b(?:not|no|never|nobody|none|without|cannot)\b|n['’]t\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?…。？！])[\"'”’)]*\s+")
# Words that say nothing about what is asked.
_EMPTY = frozenset(
    """
    a about an and any are as at be been being but by can could did do does for from had has have
    he her his how i if in into is it its me my of on or our say says said she should so some tell
    that the their them then there they this to was we were what when where which who whom whose
    why will with would you your
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage: which, its best sentence, and its score (0 to 1)."""

    index: int
    sentence: str
    score: float


def sentences(text: str) -> list[str]:
    """Split a passage after sentences."""
    return [part.strip() for part in _SENTENCE.split(text) if part.strip()]


def terms(text: str) -> list[str]:
    """Return words that count, in lower case and without the commonest English endings."""
    words = (word.removesuffix("'s") for word in tokens(text))
    return [_stem(word) for word in words if word not in _EMPTY]


def _stem(word: str) -> str:
    for ending in ("ies", "ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word


class Index:
    """Index of the passages of one text.

    Parameters
    ----------
    passages : sequence of str
    embedder : Embedder, optional
        Without it passages are found by their words alone.

    Examples
    --------
    >>> index = Index(["The survey is delayed until March.", "I found the manual."])
    >>> [(hit.index, hit.sentence) for hit in index.search("Why is the survey delayed?")]
    [(0, 'The survey is delayed until March.')]
    >>> index.search("Who won the match?")
    []
    """

    def __init__(self, passages: Sequence[str], embedder: Embedder | None = None) -> None:
        self._embedder = embedder
        self._units: list[str] = []
        self._owner: list[int] = []
        for index, passage in enumerate(passages):
            parts = sentences(passage)
            # A short answer ("Agreed. I will.") makes sense only in its turn, so the whole turn counts too.
            for unit in dict.fromkeys([*parts, passage.strip()] if len(parts) > 1 else parts):
                self._units.append(unit)
                self._owner.append(index)
        self._passages = list(passages)
        self._terms = [Counter(terms(unit)) for unit in self._units]
        self._sizes = np.array([sum(count.values()) for count in self._terms], dtype=float)
        self._found_in = Counter(term for count in self._terms for term in count)
        self._vectors = embedder.vectors(self._units) if embedder and self._units else None

    def search(self, question: str, *, most: int = 3, must: str | None = None) -> list[Hit]:
        """Return passages that answer (and contain ``must``), best first; empty when none does."""
        if not self._units:
            return []
        words = self._bm25(question)
        covered = self._coverage(question)
        if self._embedder is not None and self._vectors is not None:
            cosine = self._vectors @ self._embedder.vectors([question])[0]
            top = max(float(cosine.max()), 0.0)
            score = MEANING * cosine + WORDS * words / max(float(words.max()), 1e-9) * top
            good = self._near(cosine, covered)
        else:
            score, good = words / max(float(words.max()), 1e-9) * covered, covered >= MIN_COVERAGE
        if must is not None:
            good &= self._speaks_of(must)
        score = np.where(good, score, -1.0)
        best = float(score.max())
        if best <= 0:
            return []
        hits: dict[int, Hit] = {}
        for unit in np.argsort(-score, kind="stable").tolist():
            if score[unit] < NEAR_BEST * best or len(hits) >= most:
                break
            owner = self._owner[unit]
            hits.setdefault(owner, Hit(owner, self._units[unit], float(score[unit])))
        return list(hits.values())

    def mentions(self, topic: str) -> bool:
        """Tell whether a passage says a topic in its own words, and does not deny it."""
        if not self._units:
            return False
        said = self._speaks_of(topic) & (self._coverage(topic) >= MIN_SAID)
        return any(not _DENIAL.search(self._units[place]) for place in np.flatnonzero(said))

    def _speaks_of(self, topic: str) -> NDArray[np.bool_]:
        if self._embedder is not None and self._vectors is not None:
            return self._near(self._vectors @ self._embedder.vectors([topic])[0], self._coverage(topic))
        return self._coverage(topic) >= MIN_COVERAGE

    @staticmethod
    def _near(cosine: NDArray[np.float32], covered: NDArray[np.float64]) -> NDArray[np.bool_]:
        return cosine >= np.where(covered > 0, MIN_COSINE, MIN_COSINE_ALONE)

    def _bm25(self, question: str) -> NDArray[np.float64]:
        count, mean = len(self._units), max(float(self._sizes.mean()), 1e-9)
        score = np.zeros(count)
        for term in dict.fromkeys(terms(question)):
            weight = self._rarity(term)
            for place, found in enumerate(self._terms):
                if times := found.get(term):
                    norm = K1 * (1 - B + B * self._sizes[place] / mean)
                    score[place] += weight * times * (K1 + 1) / (times + norm)
        return score

    def _coverage(self, question: str) -> NDArray[np.float64]:
        asked = {term: self._rarity(term) for term in terms(question)}
        whole = sum(asked.values())
        if not whole:
            return np.zeros(len(self._units))
        found = [sum(w for term, w in asked.items() if term in count) / whole for count in self._terms]
        return np.array(found)

    def _rarity(self, term: str) -> float:
        found = self._found_in[term]
        return math.log(1 + (len(self._units) - found + 0.5) / (found + 0.5))
