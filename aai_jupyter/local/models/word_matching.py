"""Matching of a typed text with recognised words: which typed word is which heard one.

Words that occur once in both texts, three in a row, cut long texts into short ones; within those the fewest
edits are looked for (Levenshtein), as a changed word stands for the word that it replaces. So ten hours take
seconds, and memory stays small.
"""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

MOST_CELLS = 400_000_000
"""Pairs of words compared at once, a bit for each: 50 MB. Two hours of speech are some 20,000 words."""


class Block(NamedTuple):
    """Typed units ``[a, b)`` and heard units ``[c, d)``: the same words when ``equal``, else what differs."""

    equal: bool
    a: int
    b: int
    c: int
    d: int


def keys(word: str) -> list[str]:
    """Return what is compared of a word: no case, no marks; letters of scripts without spaces one by one.

    Examples
    --------
    >>> keys("Don't,"), keys("你好。"), keys("-")
    (['dont'], ['你', '好'], [])
    """
    bare = [letter for letter in unicodedata.normalize("NFKC", word).casefold() if letter.isalnum()]
    if any("\u0e00" <= letter <= "\u0eff" or "\u2e80" <= letter <= "\u9fff" for letter in bare):
        return bare
    return ["".join(bare)] if bare else []


def blocks(typed: Sequence[str], heard: Sequence[str]) -> list[Block]:
    """Return how a typed text becomes the heard one, in order, covering both.

    Examples
    --------
    >>> blocks("a b c d".split(), "a x c d e".split())[1]
    Block(equal=False, a=1, b=2, c=1, d=2)
    """
    found: list[Block] = []
    a = c = 0
    for b, d in [*_anchors(typed, heard), (len(typed), len(heard))]:
        found += _short(typed, heard, a, b, c, d)
        a, c = b, d
    return _merged(found)


def _merged(parts: Sequence[Block]) -> list[Block]:
    found: list[Block] = []
    for part in parts:
        if found and found[-1].equal == part.equal:
            found[-1] = found[-1]._replace(b=part.b, d=part.d)
        else:
            found.append(part)
    return found


def _anchors(typed: Sequence[str], heard: Sequence[str]) -> list[tuple[int, int]]:
    """Return places at which both texts are cut: rare words, in the same order in both."""
    if len(typed) * len(heard) <= MOST_CELLS:
        return []
    once, again = _single(typed), _single(heard)
    pairs = sorted((place, again[gram]) for gram, place in once.items() if gram in again)
    # The longest run of places that go forward in both.
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(tails, place)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [place]
        ends[length : length + 1] = [number]
    chosen = []
    number = ends[-1] if ends else -1
    while number >= 0:
        chosen.append(pairs[number])
        number = before[number]
    return chosen[::-1]


def _single(words: Sequence[str]) -> dict[tuple[str, ...], int]:
    """Return the triples of words that occur once, with their places."""
    seen: dict[tuple[str, ...], int] = {}
    for place in range(len(words) - 2):
        gram = (words[place], words[place + 1], words[place + 2])
        seen[gram] = -1 if gram in seen else place
    return {gram: place for gram, place in seen.items() if place >= 0}


def _short(typed: Sequence[str], heard: Sequence[str], a: int, b: int, c: int, d: int) -> list[Block]:
    from rapidfuzz.distance import Levenshtein

    pieces = math.isqrt((b - a) * (d - c) // MOST_CELLS) + 1
    found = []
    for k in range(pieces):  # without any anchor both texts are followed at one pace
        a1, b1 = (a + (b - a) * n // pieces for n in (k, k + 1))
        c1, d1 = (c + (d - c) * n // pieces for n in (k, k + 1))
        for op in Levenshtein.opcodes(list(typed[a1:b1]), list(heard[c1:d1])):
            found.append(
                Block(
                    op.tag == "equal",
                    a1 + op.src_start,
                    a1 + op.src_end,
                    c1 + op.dest_start,
                    c1 + op.dest_end,
                )
            )
    return found
