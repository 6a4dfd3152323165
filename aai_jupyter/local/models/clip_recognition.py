"""Recognition of a short clip, in memory."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING

from aai_jupyter.local.models import speech_chunks, text_shaping, voice_activity
from aai_jupyter.local.models.audio_decoding import RATE, Audio
from aai_jupyter.local.models.failures import Unsupported
from aai_jupyter.local.models.language import whisper_code
from aai_jupyter.local.models.live_models import LiveModels, SessionLanguage
from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.weights.find_weights import model_id

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PIECE = 22.0
"""Seconds of speech heard in one go: with the silence behind it, no more than Whisper's 30 s."""
_CONTEXT = 8.0


def check_languages(models: LiveModels, name: str, codes: list[str]) -> None:
    """Refuse languages that a model does not know.

    Raises
    ------
    Unsupported
    """
    strange = [code for code in codes if name.endswith(".en") and whisper_code(code) != "en"]
    if strange:
        raise Unsupported(
            "language_codes", f"language_codes: {model_id(name)} knows English only, not {strange[0]!r}."
        )


def clip_words(
    models: LiveModels, name: str, samples: NDArray[np.int16], codes: list[str], prompt: str | None
) -> list[RecognisedWord]:
    """Return words of a clip, without fillers where they are English. Runs in a worker thread.

    Parameters
    ----------
    name : str
        The model.
    samples : ndarray of int16
        16 kHz, mono.
    codes : list of str
        Languages to choose between; none: any.
    prompt : str, optional
    """
    whisper = models.load(name)
    audio = Audio([io.BytesIO(samples.tobytes())], len(samples), 0.0, len(samples) / RATE)
    voiced = voice_activity.speech_probabilities(audio)
    stretches = voice_activity.spans(
        voiced, len(samples), min_silence=speech_chunks.PAUSE, pad=speech_chunks.PAD, longest=_PIECE
    )
    language = SessionLanguage(codes, detect=not codes, english=not whisper.multilingual)
    words: list[RecognisedWord] = []
    code = "en"
    for piece in speech_chunks.runs(stretches, _PIECE):
        sound = speech_chunks.gathered(audio, piece)
        known = language.known(whisper, finished=True)
        chosen = partial(language.choose, seconds=len(sound) / RATE, finished=True)
        found = whisper.turn_words(sound, known or chosen, prompt=prompt, context=_CONTEXT)
        code = language.code or "en"
        if found is None:  # looks wrong after a short listen: as for a recording, then
            found = whisper.words(sound, code, prompt=prompt)
        speech_chunks.move_back(found, piece, 0.0)
        words += text_shaping.without_fillers(found) if code == "en" else found
    speech_chunks.tighten(words, voiced, 0.0)
    return words
