"""A second try at speech in which no words were found: each stretch is decoded by itself.

What is said again and again, with pauses between that were taken out, looks to Whisper like a loop, and it
writes it once; a window that went wrong ends before its speech does. Apart from each other such stretches are
mostly heard. What is not sure of itself there is left out: it may be laughter or music.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from aai_jupyter.local.models import speech_chunks, voice_activity
from aai_jupyter.local.models.audio_decoding import RATE, Audio
from aai_jupyter.local.models.coverage import voiced_seconds
from aai_jupyter.local.models.decoded_words import is_credit
from aai_jupyter.local.models.voice_activity import FRAME, Span
from aai_jupyter.local.models.words import RecognisedWord

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from aai_jupyter.local.models.word_model import WordModel

_LONGEST = 14.0
"""Seconds heard at once; longer stretches are cut where speech is least likely."""
_BREATH = 0.3
_CONTEXT = 3.0
_LEAST_SCORE = -0.7
_SURE = 0.55
"""Mean confidence of words from which on they are believed."""
_NO_SPEECH = 0.6
_SHARE, _SECONDS = 1.0, 60.0
"""Of a recording's speech so much is tried again, and never less than so many seconds: no second is heard
more than twice on the whole."""


class SecondTry:
    """Decodes stretches without words, until they are too many.

    Parameters
    ----------
    speech : float
        Seconds of speech in the recording.
    """

    def __init__(self, model: WordModel, audio: Audio, speech: float, check: Callable[[], None]) -> None:
        self._model, self._audio, self._check = model, audio, check
        self._left = max(_SECONDS, _SHARE * speech)

    def words(
        self,
        missing: Sequence[Span],
        probabilities: NDArray[np.float32],
        language: str,
        *,
        channel: int = 0,
        prompt: str | None = None,
    ) -> list[RecognisedWord]:
        """Return the words that are sure, by the clock of the source."""
        found: list[RecognisedWord] = []
        for start, stop in (part for span in missing for part in _parts(span, probabilities)):
            seconds = (stop - start) / RATE
            if seconds > self._left:
                break
            self._left -= seconds
            self._check()
            said = self._model.turn_words(
                self._audio.read(start, stop, channel),
                language,
                prompt=prompt,
                context=_CONTEXT,
                least=_LEAST_SCORE,
                most_silent=_NO_SPEECH,
            )
            if said and _is_sure(said):
                speech_chunks.move_back(said, [(start, stop)], self._audio.offset)
                found += said
        return found


def _parts(span: Span, probabilities: NDArray[np.float32]) -> Iterator[Span]:
    """Yield the parts of a stretch that are heard at once, each with speech."""
    first = span[0] // FRAME
    inside = probabilities[first : -(-span[1] // FRAME)]
    for start, stop in voice_activity.spans(
        inside, span[1] - first * FRAME, min_silence=_BREATH, pad=speech_chunks.PAD, longest=_LONGEST
    ):
        part = max(start + first * FRAME, span[0]), stop + first * FRAME
        if voiced_seconds(part, probabilities) > 0:
            yield part


def _is_sure(words: Sequence[RecognisedWord]) -> bool:
    sure = sum(word.confidence for word in words) / len(words)
    return sure >= _SURE and not is_credit(" ".join(word.text for word in words))
