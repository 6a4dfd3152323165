"""Speech for which recognition found no words: where it is, and the warning that says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aai_jupyter.local.models.audio_decoding import RATE
from aai_jupyter.local.models.voice_activity import FRAME, Span
from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.text.readable_numbers import clock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SHORTEST = 0.5
"""Seconds of voice in a stretch, from which on it should have had words."""
_VOICED = 0.5
_TOLD_SECONDS, _TOLD_SHARE = 3.0, 0.1


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
    """Return the stretches of speech in which no word lies.

    Examples
    --------
    >>> import numpy as np
    >>> said = [RecognisedWord("Go.", 100, 600, 0.9)]
    >>> without_words([(0, 16_000), (32_000, 48_000)], said, np.ones(94, np.float32), 0.0)
    [(32000, 48000)]
    """
    found = []
    for span in spans:
        start, stop = (1000 * (edge / RATE + offset) for edge in span)
        heard = any(word.start < stop and word.end > start for word in words)
        if not heard and voiced_seconds(span, probabilities) >= _SHORTEST:
            found.append(span)
    return found


def told(
    missing: Sequence[Span], spans: Sequence[Span], probabilities: NDArray[np.float32], offset: float
) -> Iterator[str]:
    """Yield a warning when much of the speech has no words."""
    silent = sum(voiced_seconds(span, probabilities) for span in missing)
    whole = sum(voiced_seconds(span, probabilities) for span in spans)
    if silent >= _TOLD_SECONDS and silent >= _TOLD_SHARE * whole:
        longest = max(missing, key=lambda span: span[1] - span[0])
        begin, end = (clock(edge / RATE + offset) for edge in longest)
        yield (
            f"No words were found in {silent:.0f} of {whole:.0f} seconds that sound like speech, "
            f"the longest from {begin} to {end}: listen there."
        )
