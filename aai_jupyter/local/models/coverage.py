"""Speech for which recognition found no words: where it is, and the warnings that say so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from aai_jupyter.local.models.audio_decoding import RATE
from aai_jupyter.local.models.voice_activity import FRAME, Span
from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.text.readable_numbers import clock, shorten

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SHORTEST = 0.5
"""Seconds of voice in a stretch, from which on it should have had words."""
_SHORTEST_BESIDE = 1.0
"""The same beside words in one stretch: their edges are not sure."""
_EDGE_MS = 100
_LOOP_GAP_MS = 2000
_VOICED = 0.5
_TOLD_SECONDS, _TOLD_SHARE, _TOLD_LONG = 3.0, 0.1, 5.0


def voiced_seconds(span: Span, probabilities: NDArray[np.float32]) -> float:
    """Return how long somebody speaks in a stretch."""
    inside = probabilities[span[0] // FRAME : -(-span[1] // FRAME)]
    return float((inside >= _VOICED).sum()) * FRAME / RATE


def without_words(
    spans: Sequence[Span],
    words: Sequence[RecognisedWord],
    probabilities: NDArray[np.float32],
    offset: float,
) -> list[Span]:
    """Return where somebody speaks and no word lies: whole stretches of speech, and parts of them.

    Parameters
    ----------
    spans : sequence of Span
        Stretches of speech, in order.
    words : sequence of RecognisedWord
        In order of time.

    Examples
    --------
    >>> import numpy as np
    >>> said = [RecognisedWord("Go.", 100, 600, 0.9)]
    >>> without_words([(0, 16_000), (32_000, 48_000)], said, np.ones(94, np.float32), 0.0)
    [(32000, 48000)]
    """
    found = []
    for span in spans:
        for part in _between(span, words, offset):
            shortest = _SHORTEST if part == span else _SHORTEST_BESIDE
            if voiced_seconds(part, probabilities) >= shortest:
                found.append(part)
    return found


def _between(span: Span, words: Sequence[RecognisedWord], offset: float) -> Iterator[Span]:
    """Yield the parts of a stretch in which no word lies."""
    begin = span[0]
    for word in words:
        start, stop = (
            round((edge / 1000 - offset) * RATE) for edge in (word.start - _EDGE_MS, word.end + _EDGE_MS)
        )
        if stop <= begin:
            continue
        if start >= span[1]:
            break
        if start > begin:
            yield begin, start
        begin = stop
    if begin < span[1]:
        yield begin, span[1]


def told(
    missing: Sequence[Span], spans: Sequence[Span], probabilities: NDArray[np.float32], offset: float
) -> Iterator[str]:
    """Yield a warning when much of the speech, or a long stretch of it, has no words."""
    silent = sum(voiced_seconds(span, probabilities) for span in missing)
    whole = sum(voiced_seconds(span, probabilities) for span in spans)
    longest = max(missing, key=lambda span: voiced_seconds(span, probabilities), default=(0, 0))
    long = voiced_seconds(longest, probabilities) >= _TOLD_LONG
    if long or (silent >= _TOLD_SECONDS and silent >= _TOLD_SHARE * whole):
        begin, end = (clock(edge / RATE + offset) for edge in longest)
        yield (
            f"No words were found in {silent:.0f} of {whole:.0f} seconds that sound like speech, "
            f"the longest from {begin} to {end}: listen there."
        )


def loops_told(
    loops: Sequence[RecognisedWord],
    words: Sequence[RecognisedWord],
    probabilities: NDArray[np.float32],
    offset: float,
) -> Iterator[str]:
    """Yield a warning for each loop that was cut and in whose time no words were found after all.

    Loops next to each other are one.
    """
    for loop in _joined(loops):
        span = round((loop.start / 1000 - offset) * RATE), round((loop.end / 1000 - offset) * RATE)
        empty = sum(voiced_seconds(part, probabilities) for part in _between(span, words, offset))
        if empty < voiced_seconds(span, probabilities) / 2 or span[1] - span[0] < RATE:
            continue
        begin, end = (clock(edge / 1000) for edge in (loop.start, loop.end))
        yield (
            f'"{shorten(loop.text, 60)[0]}" was heard over and over from {begin} to {end}, '
            "which a decoder in a loop writes; it was left out: listen there."
        )


def _joined(loops: Sequence[RecognisedWord]) -> Iterator[RecognisedWord]:
    before: RecognisedWord | None = None
    for loop in sorted(loops, key=lambda loop: loop.start):
        if before is not None and loop.start - before.end <= _LOOP_GAP_MS:
            before = replace(before, end=max(before.end, loop.end))
            continue
        if before is not None:
            yield before
        before = loop
    if before is not None:
        yield before
