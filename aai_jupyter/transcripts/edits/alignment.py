"""Times for edited text: unchanged words keep theirs, new words share the time that is free.

A correction of one word (`operations.set_word`) calls `spread`; new text for a turn (`set_turn_text`) calls
`realign`, which matches words first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import groupby, pairwise
from typing import NamedTuple
from unicodedata import normalize

from aai_jupyter.text.tokenization import clusters, is_unspaced, is_word, key, split


class TimedWord(NamedTuple):
    """A word of an edited turn.

    Attributes
    ----------
    text : str
    start, end : float
        Whole milliseconds, NaN when unknown.
    confidence : float
        0 to 1 as the service gave it; 1 when a person has accepted the word; NaN when a person typed it.
    order : float
        Where it stands among all words of the recording: the number of an original word. Added words have
        that of a neighbour; within a turn the turn's own order decides.
    """

    text: str
    start: float
    end: float
    confidence: float
    order: float


_NAN = float("nan")


def spread(
    texts: Sequence[str], start: float, end: float, order: float = 0.0, confidence: float = _NAN
) -> list[TimedWord]:
    """Distribute words over an interval, each as long as its letters.

    Examples
    --------
    >>> [(word.start, word.end) for word in spread(["a", "bcd"], 100, 500)]
    [(100, 200), (200, 500)]
    """
    if math.isnan(start) or math.isnan(end):
        known = end if math.isnan(start) else start
        return [TimedWord(text, known, known, confidence, order) for text in texts]
    end = max(start, end)
    sizes = [max(1, len(text)) for text in texts]
    total, before, found = sum(sizes), 0, []
    for text, size in zip(texts, sizes, strict=True):
        first = start + (end - start) * before // total
        before += size
        found.append(TimedWord(text, first, start + (end - start) * before // total, confidence, order))
    return found


def realign(old: Sequence[TimedWord], text: str, end: float = _NAN) -> list[TimedWord]:
    """Return the words of ``text``, with the times of ``old`` where they are the same.

    Parameters
    ----------
    old : sequence of TimedWord
        At least one.
    text : str
        Words are what white space separates; in scripts without spaces, what stands where an old word stood.
    end : float
        End of the turn in milliseconds: the room for words added at its end.

    Notes
    -----
    Words, and in scripts without spaces characters, are matched without case and punctuation
    (:func:`aai_jupyter.text.tokenization.key`) by :class:`difflib.SequenceMatcher`. Replaced words share the
    time of those they replace, in proportion to their letters (one to one when there are as many); added
    words share the pause where they stand, which may have no length. Starts and ends never go
    backwards where those of ``old`` do not.

    Examples
    --------
    >>> old = [TimedWord("I", 0, 100, 0.9, 0), TimedWord("wont", 100, 400, 0.4, 1)]
    >>> old.append(TimedWord("it.", 500, 700, 0.9, 2))
    >>> [(w.text, w.start, w.end, w.confidence) for w in realign(old, "I want it.")]
    [('I', 0, 100, 0.9), ('want', 100, 400, nan), ('it.', 500, 700, 0.9)]
    """
    new = text.split()
    head = 0
    while head < min(len(old), len(new)) and old[head].text == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail].text == new[-1 - tail]:
        tail += 1
    middle = _matched(old, head, len(old) - tail, new[head : len(new) - tail], end)
    return [*old[:head], *middle, *old[len(old) - tail :]]


class _EditPiece(NamedTuple):
    """What is matched: a word, or in scripts without spaces a character."""

    text: str
    spaced: bool  # white space stands before it
    word: int = -1  # of an old piece: its word


def _pieces(text: str, marks_apart: bool, word: int = -1) -> list[_EditPiece]:
    return [
        _EditPiece(piece, number == 0, word)
        for chunk in text.split()
        for number, piece in enumerate(_marks_apart(chunk) if marks_apart else split(chunk))
    ]


def _marks_apart(chunk: str) -> list[str]:
    """Split as :func:`split` does, and punctuation from its letters: where it had words of its own."""
    if not any(map(is_unspaced, chunk)):
        return [chunk]
    return [
        "".join(run)
        for piece in split(chunk)
        for _, run in groupby(clusters(piece), key=lambda part: is_word(part[0]))
    ]


def _matched(old: Sequence[TimedWord], first: int, last: int, text: list[str], end: float) -> list[TimedWord]:
    """Return words for a stretch of text that stands for ``old[first:last]``."""
    apart = any(map(_is_unspaced, old)) and not all(any(map(is_word, word.text)) for word in old)
    before = [piece for word in range(first, last) for piece in _pieces(old[word].text, apart, word)]
    now = [piece for chunk in text for piece in _pieces(chunk, apart)]
    one_each = any(not piece.spaced for piece in now) and _one_each(old)
    found: list[TimedWord] = []
    for (i, a), (j, b) in pairwise(_cuts(before, now)):
        place = before[i].word if i < len(before) else last
        pieces = now[a:b]
        if i == j:
            found += _inserted(old, place, _words(pieces, len(pieces) if one_each else 1), end)
        elif pieces:
            block = old[place : before[j - 1].word + 1]
            most = sum(map(_is_unspaced, block))
            found += _replaced(block, _words(pieces, len(pieces) if one_each and most > 1 else max(1, most)))
    return found


def _one_each(old: Sequence[TimedWord]) -> bool:
    """Tell whether the words of a script without spaces are single characters here."""
    sizes = [len(split(word.text)) for word in old if _is_unspaced(word)]
    return bool(sizes) and 5 * sum(sizes) <= 6 * len(sizes)


def _is_unspaced(word: TimedWord) -> bool:
    return any(map(is_unspaced, word.text))


def _cuts(before: list[_EditPiece], now: list[_EditPiece]) -> list[tuple[int, int]]:
    """Return where both texts can be parted: at the start of an old word, and of what stands for it."""
    head = 0
    while head < min(len(before), len(now)) and before[head].text == now[head].text:
        head += 1
    tail = 0
    while tail < min(len(before), len(now)) - head and before[-1 - tail].text == now[-1 - tail].text:
        tail += 1
    matcher = SequenceMatcher(
        None,
        [_key(piece.text) for piece in before[head : len(before) - tail]],
        [_key(piece.text) for piece in now[head : len(now) - tail]],
        autojunk=False,
    )
    points = [(place, place) for place in range(head)]
    for _, i, j, a, b in matcher.get_opcodes():
        steps = j - i if j - i == b - a else 1  # as many as before: one for one
        points += [(i + head + step, a + head + step) for step in range(steps)]
    points += [(len(before) - place, len(now) - place) for place in range(tail, -1, -1)]
    return [point for point in dict.fromkeys(points) if _parts(before, now, *point)]


def _parts(before: list[_EditPiece], now: list[_EditPiece], i: int, a: int) -> bool:
    if i in (0, len(before)) and a in (0, len(now)):
        return True
    inside = 0 < i < len(before) and before[i].word == before[i - 1].word
    spaced = a in (0, len(now)) or now[a].spaced
    # What had a space between it, and has none now, was made one word.
    return not inside and (
        spaced or any(is_unspaced(piece.text[0]) for piece in before[max(0, i - 1) : i + 1])
    )


def _replaced(block: Sequence[TimedWord], texts: list[str]) -> list[TimedWord]:
    """Return words for texts that stand for some words."""
    if len(block) > 1:
        return spread(texts, block[0].start, block[-1].end, block[0].order)
    (word,) = block
    if normalize("NFC", " ".join(texts)) == normalize("NFC", " ".join(word.text.split())):
        return [word]
    if len(texts) == 1:
        return [word._replace(text=texts[0], confidence=_NAN)]
    return spread(texts, word.start, word.end, word.order)


def _words(pieces: list[_EditPiece], most: int) -> list[str]:
    """Join pieces without white space between them to about `most` words."""
    found: list[str] = []
    group = -1
    for number, piece in enumerate(pieces):
        now = number * most // len(pieces)
        if piece.spaced or now != group:
            found.append(piece.text)
        else:
            found[-1] += piece.text
        group = now
    return found


def _key(text: str) -> str:
    return key(text) or text  # a dash or a sign is compared as it is


def _inserted(old: Sequence[TimedWord], place: int, texts: list[str], end: float) -> list[TimedWord]:
    """Return words inserted before ``old[place]``, in the pause there."""
    if place == 0:
        begin = old[0].start
        return spread(texts, begin, begin, old[0].order)
    before = old[place - 1]
    start = before.start if math.isnan(before.end) else before.end
    limit = old[place].start if place < len(old) else end
    if not math.isnan(limit):
        # Where words overlap there is no pause: the start of the next word is all the room there is.
        start = max(before.start, min(start, limit)) if place < len(old) else start
        return spread(texts, start, max(start, limit), before.order)
    return spread(texts, start, start, before.order)
