"""Splitting of long speech into chunks for a recogniser, and mapping of word times back.

A long file is recognised in pieces of a few minutes of speech. Pauses are taken out before, as
Whisper invents text on silence, and each word is moved back to where it was said.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aai_jupyter.local.models.audio_decoding import RATE, Audio
from aai_jupyter.local.models.voice_activity import FRAME, Span
from aai_jupyter.local.models.words import RecognisedWord

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PIECE_SECONDS = 300.0
"""Speech recognised in one call: 19 MB of samples, and the longest wait of another job for the model."""
PAUSE, PAD = 0.5, 0.25
"""Seconds: pauses from this length on are taken out but for their edges; Whisper invents words for them."""
_WINDOW = 30 * RATE
_VOICED = 0.3
_SHORTEST_WORD_MS = 60


def runs(speech: Sequence[Span], seconds: float = PIECE_SECONDS) -> Iterator[list[Span]]:
    """Group stretches of speech into runs of at most `seconds` of speech (or one stretch).

    >>> [len(piece) for piece in runs([(0, 16000), (32000, 48000), (64000, 80000)], 2)]
    [2, 1]
    """
    piece: list[Span] = []
    total = 0
    for start, stop in speech:
        if piece and total + stop - start > seconds * RATE:
            yield piece
            piece, total = [], 0
        piece.append((start, stop))
        total += stop - start
    if piece:
        yield piece


def gathered(audio: Audio, piece: Sequence[Span], channel: int = 0) -> NDArray[np.float32]:
    """Return the samples of a chunk, one interval after the other."""
    import numpy as np

    return np.concatenate([audio.read(start, stop, channel) for start, stop in piece])


def move_back(words: Sequence[RecognisedWord], piece: Sequence[Span], offset: float) -> None:
    """Map times in gathered speech to times of the source; each word stays in one interval.

    Whisper lets a word begin where the one before ended, so the first word after a pause often begins
    in the stretch before. A word on both sides of a cut belongs to the later one when a comma or the
    end of a sentence comes before it, else where more of it lies outside the padding.

    Examples
    --------
    >>> words = [RecognisedWord("darkness.", 200, 700, 0.9), RecognisedWord("He", 700, 1350, 0.9)]
    >>> move_back(words, [(0, 16_000), (64_000, 80_000)], 0.0)
    >>> [(word.start, word.end) for word in words]
    [(200, 700), (4000, 4350)]
    """
    ends: list[int] = []
    for start, stop in piece:
        ends.append((ends[-1] if ends else 0) + stop - start)
    for number, word in enumerate(words):
        first, last = (
            min(bisect_right(ends, edge * RATE // 1000), len(piece) - 1) for edge in (word.start, word.end)
        )
        index = first
        if last > first:
            edge = 1000 * ends[first] / RATE
            before, after = edge - word.start, word.end - edge
            opens = number > 0 and not words[number - 1].text[-1].isalnum() and after >= 100
            here, there = max(before - 1000 * PAD, 0), max(after - 1000 * PAD, 0)
            index = last if opens or (there, after) > (here, before) else first
        start, stop = piece[index]
        shift = start - (ends[index - 1] if index else 0)
        low, high = (round(1000 * (edge / RATE + offset)) for edge in (start, stop))
        ms = round(1000 * (shift / RATE + offset))
        word.start = min(max(word.start + ms, low), high)
        word.end = min(max(word.end + ms, word.start), high)


def language_samples(
    audio: Audio, speech: Sequence[Span], channel: int = 0, count: int = 3
) -> Iterator[NDArray[np.float32]]:
    """Yield up to `count` windows of 30 s of speech, spread over the audio."""
    windows = list(runs([cut for span in speech for cut in _windows(span)], 30.0))
    picked = {round(i * (len(windows) - 1) / max(count - 1, 1)) for i in range(count)} if windows else set()
    for index in sorted(picked):
        yield gathered(audio, windows[index], channel)[:_WINDOW]


def _windows(span: Span) -> Iterator[Span]:
    for start in range(span[0], span[1], _WINDOW):
        yield start, min(start + _WINDOW, span[1])


def tighten(words: Sequence[RecognisedWord], probabilities: NDArray[np.float32], offset: float) -> None:
    """Trim silence from the edges of words: next to a pause, Whisper stretches them into it.

    A word that holds a pause of 0.3 s or more is cut down to its longest voiced part.
    """
    import numpy as np

    voiced = probabilities >= _VOICED
    frame_ms = 1000 * FRAME / RATE
    for word in words:
        first = int((word.start - 1000 * offset) / frame_ms)
        last = math.ceil((word.end - 1000 * offset) / frame_ms)
        inside = voiced[max(first, 0) : last]
        if inside.all() or not inside.any():
            continue
        edges = np.flatnonzero(np.diff(np.concatenate(([False], inside, [False])).astype(np.int8)))
        runs = edges.reshape(-1, 2)
        begin, end = int(runs[0, 0]), int(runs[-1, 1])
        if len(runs) > 1 and ((runs[1:, 0] - runs[:-1, 1]) * frame_ms >= 300).any():
            begin, end = (int(edge) for edge in runs[np.argmax(runs[:, 1] - runs[:, 0])])
        low = round((max(first, 0) + begin) * frame_ms + 1000 * offset)
        high = round((max(first, 0) + end) * frame_ms + 1000 * offset)
        start, stop = max(word.start, low), min(word.end, high)
        if stop - start >= _SHORTEST_WORD_MS:
            word.start, word.end = start, stop
