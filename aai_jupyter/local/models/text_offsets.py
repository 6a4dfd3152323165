"""Mapping of character offsets in a text to its words."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class FoundText:
    """Words ``[first, last)`` of one kind ("person_name")."""

    first: int
    last: int
    kind: str


class TextOfWords:
    """Words joined by spaces, with their offsets.

    Examples
    --------
    >>> text = TextOfWords(["Ask", "Ann", "Lee."])
    >>> text.words(4, 11)
    (1, 3)
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.text = " ".join(texts)
        self._starts: list[int] = []
        at = 0
        for text in texts:
            self._starts.append(at)
            at += len(text) + 1

    def words(self, start: int, end: int) -> tuple[int, int]:
        """Return the words ``[first, last)`` that hold the characters ``[start, end)``."""
        return bisect_right(self._starts, start) - 1, bisect_right(self._starts, end - 1)


def without_overlap(found: Iterable[FoundText]) -> list[FoundText]:
    """Sort by position; where two overlap, the earlier given wins.

    >>> without_overlap([FoundText(2, 4, "date"), FoundText(3, 5, "time"), FoundText(0, 1, "url")])
    [FoundText(first=0, last=1, kind='url'), FoundText(first=2, last=4, kind='date')]
    """
    taken: set[int] = set()
    kept = []
    for one in found:
        places = range(one.first, one.last)
        if places and taken.isdisjoint(places):
            taken.update(places)
            kept.append(one)
    return sorted(kept)
