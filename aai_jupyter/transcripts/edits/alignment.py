"""Times for edited text: unchanged words keep theirs, new words share the time that is free.

A correction of one word (`operations.set_word`) calls `spread`; new text for a turn (`set_turn_text`) calls
`realign`, which matches words first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from aai_jupyter.tables.search import normal


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
        Words are what white space separates.
    end : float
        End of the turn in milliseconds: the room for words added at its end.

    Notes
    -----
    Words are matched without case and punctuation (:func:`aai_jupyter.tables.search.normal`) by
    :class:`difflib.SequenceMatcher`. Replaced words share the time of those they replace, in proportion to
    their letters (one to one when there are as many); added words share the pause where they stand, which
    may have no length. Starts and ends never go backwards where those of ``old`` do not.

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


def _matched(old: Sequence[TimedWord], first: int, last: int, new: list[str], end: float) -> list[TimedWord]:
    matcher = SequenceMatcher(
        None, [_key(word.text) for word in old[first:last]], [_key(text) for text in new], autojunk=False
    )
    found: list[TimedWord] = []
    for tag, i, j, a, b in matcher.get_opcodes():
        block, texts = old[first + i : first + j], new[a:b]
        if tag == "insert":
            found += _inserted(old, first + i, texts, end)
        elif tag != "delete" and len(block) == len(texts):
            found += [
                word if word.text == text else word._replace(text=text, confidence=_NAN)
                for word, text in zip(block, texts, strict=True)
            ]
        elif tag != "delete":
            found += spread(texts, block[0].start, block[-1].end, block[0].order)
    return found


def _key(text: str) -> str:
    return normal(text) or text  # a dash or a sign is compared as it is


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
