"""Chunks of a turn, recognised while it is spoken, so that little is left to do when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aai_jupyter.local.models.word_matching import keys
from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.local.streaming.turn_detection import Stretch

_SEAM_MS, _LEAST_MS = 60, 20
_AT_SEAM = 3
"""Words that may be at a seam: spoken ones are not shorter than 60 ms."""


@dataclass
class ChunkResult:
    """Recognised words of a part of a turn."""

    words: list[RecognisedWord]
    language: str
    confidence: float | None


@dataclass
class _Piece:
    start: int
    stop: int
    work: asyncio.Future[ChunkResult]


@dataclass
class Attempt:
    """Speculative recognition of the whole turn up to its last speech, in case that it is over."""

    heard_to: int
    last: asyncio.Future[ChunkResult] | None
    whole: asyncio.Future[ChunkResult]

    @property
    def text_ends(self) -> str:
        """The last word, when it is known; else nothing."""
        if not self.whole.done() or self.whole.cancelled() or self.whole.exception() is not None:
            return ""
        words = self.whole.result().words
        return words[-1].text if words else ""

    def cancel(self) -> None:
        self.whole.cancel()
        if self.last is not None:
            self.last.cancel()


class TurnChunks:
    """The parts of the current turn that were submitted to recognition."""

    def __init__(self) -> None:
        self._all: list[_Piece] = []

    def start(self, turn: Stretch) -> int:
        """Start of the audio that has not been submitted yet."""
        return self._all[-1].stop if self._all else turn.start

    def add(self, start: int, stop: int, work: asyncio.Future[ChunkResult]) -> None:
        self._all.append(_Piece(start, stop, work))

    def known(self, turn: Stretch) -> tuple[list[RecognisedWord], int]:
        """Return words of the first chunks that are recognised, and where the rest begins."""
        words: list[RecognisedWord] = []
        for piece in self._all:
            work = piece.work
            if not work.done() or work.cancelled() or work.exception() is not None:
                return words, piece.start
            words += work.result().words
        return words, self.start(turn)

    def cut(self, at: int) -> None:
        """Forget the parts that reach beyond this sample."""
        while self._all and self._all[-1].stop > at:
            self._all.pop().work.cancel()

    def works(self) -> list[asyncio.Future[ChunkResult]]:
        return [piece.work for piece in self._all]

    def cancel(self) -> None:
        for piece in self._all:
            piece.work.cancel()


async def _joined(works: Sequence[asyncio.Future[ChunkResult]]) -> ChunkResult:
    # Shielded: a breath that was taken for the end takes back the attempt, not the pieces.
    parts = [await asyncio.shield(work) for work in works]
    words = [word for part in parts for word in part.words]
    return ChunkResult(words, parts[-1].language, parts[-1].confidence)


def joined(works: Sequence[asyncio.Future[ChunkResult]]) -> asyncio.Future[ChunkResult]:
    """Concatenate results."""
    return asyncio.get_running_loop().create_task(_joined(works))


def within(words: Sequence[RecognisedWord], start: int, end: int) -> list[RecognisedWord]:
    """Return words that lie mostly between two moments (ms), or nearly so: none may be lost at the seam.

    Whisper stretches first words back over what was said before, so one that ends well within is kept, too.
    Times are moved between the two.

    >>> words = [RecognisedWord("mine", 800, 980, 0.9), RecognisedWord("yours", 1060, 1400, 0.9)]
    >>> [word.text for word in within(words, 0, 1000)]
    ['mine']
    """
    found = []
    for word in words:
        middle = (word.start + word.end) / 2
        begun = middle >= start - _SEAM_MS or word.end >= start + 2 * _SEAM_MS
        if begun and middle <= end + _SEAM_MS:
            found.append(word)
    for word in found:
        word.start = min(max(word.start, start), max(end - _LEAST_MS, start))
        word.end = max(min(word.end, end), word.start + _LEAST_MS)
    return found


def not_again(before: Sequence[RecognisedWord], words: list[RecognisedWord]) -> list[RecognisedWord]:
    """Return words without the first ones if the turn before ended with them, at the same time.

    >>> words = [RecognisedWord("yes", 1000, 1100, 0.9), RecognisedWord("so", 1100, 1300, 0.9)]
    >>> [word.text for word in not_again([RecognisedWord("Yes.", 900, 1050, 0.9)], words)]
    ['so']
    """
    if not before or not words or words[0].start >= before[-1].end + _SEAM_MS:
        return words
    last, first = ([keys(word.text) for word in part] for part in (before[-_AT_SEAM:], words[:_AT_SEAM]))
    again = next((n for n in range(len(first), 0, -1) if last[-n:] == first[:n]), 0)
    return words[again:]
