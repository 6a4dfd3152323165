"""Models for real-time speech: voice activity, recognition, speakers."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import EngineError
from aai_jupyter.local.models import speech_chunks
from aai_jupyter.local.models.audio_decoding import RATE
from aai_jupyter.local.models.compute_device import CPU, ComputeDevice
from aai_jupyter.local.models.language import whisper_code
from aai_jupyter.local.models.speaker_assignment import speaker_name
from aai_jupyter.local.models.speaker_change import HEARD, speaker_change
from aai_jupyter.local.models.speaker_models import embed, mel_frames
from aai_jupyter.local.models.voice_activity import FRAME
from aai_jupyter.local.models.word_model import WordModel, load_word_model
from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.weights.find_weights import MODELS, find_weights, model_id

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CONTEXT = 64
_SURE = 0.6
_ENOUGH = 5.0
"""Seconds of finished speech after which an agreed language is not asked again."""
_LEAST = 1e-3
"""What a language has at least of a stretch: one odd stretch must not rule it out for good."""
_PRIOR, _CAPTION_PRIOR = 1.0, 2.5
"""What English is ahead, as a log probability, while next to nothing was said; captions are heard again."""


class VoiceDetector:
    """Silero VAD on streamed audio; its state is carried from call to call."""

    def __init__(self) -> None:
        import numpy as np
        from faster_whisper.vad import get_vad_model

        self._session = get_vad_model().session
        self._h = np.zeros((1, 1, 128), np.float32)
        self._c = np.zeros((1, 1, 128), np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)

    def probabilities(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the probability of speech for each 32 ms, float32 of shape (samples / 512,).

        Parameters
        ----------
        samples : ndarray of float32
            16 kHz; a multiple of 512.
        """
        import numpy as np

        frames = samples.reshape(-1, FRAME)
        before = np.concatenate([self._context[None], frames[:-1, -_CONTEXT:]])
        found, self._h, self._c = self._session.run(
            None, {"input": np.concatenate([before, frames], 1), "h": self._h, "c": self._c}
        )
        self._context = frames[-1, -_CONTEXT:].copy()
        return np.asarray(found, np.float32).reshape(-1)


class LiveModels:
    """Whisper for turns, and a lighter Whisper for captions where it is installed.

    Parameters
    ----------
    model : str
        Of finished turns: ``"base"``, ``"tiny.en"`` or a folder.
    home : Path
    device : ComputeDevice, optional
        The CPU when left out.
    """

    def __init__(self, model: str, home: Path, device: ComputeDevice = CPU) -> None:
        self.model, self.home, self._device = model, home, device
        try:
            find_weights("tiny.en", home)
        except EngineError:
            self._light: str | None = None
        else:
            self._light = "tiny.en"
        self._warming = threading.Lock()
        self._warm: set[str] = set()

    @property
    def ids(self) -> dict[str, str]:
        """Id that a request may name -> name of the model here."""
        return {model_id(name): name for name in dict.fromkeys((*MODELS, self.model))}

    def chosen(self, asked: str | None) -> str:
        """Return the model that a session runs on."""
        return self.ids.get(asked or "", self.model)

    def load(self, name: str) -> WordModel:
        """Return the model, loaded once.

        Raises
        ------
        EngineError
            Its weights are not installed.
        """
        return load_word_model(name, self.home, self._device)

    def for_captions(self, name: str, language: str) -> WordModel:
        """Return the model of partial turns."""
        model = self.load(name)
        english = (
            language == "en" and "en" in model.languages
        )  # a model of one other language is told "en", too
        return self.load(self._light) if self._light and english else model

    def speaker_change(self, samples: NDArray[np.float32], since: int) -> int | None:
        """Return where somebody else began to speak; see `speaker_change.speaker_change`."""
        return speaker_change(samples, since)

    def warm_up(self, name: str) -> None:
        """Load what a session needs, and run it once in a process: the first call is slow.

        Raises
        ------
        EngineError
        """
        import numpy as np

        with self._warming:
            if name not in self._warm:
                quiet = np.zeros(RATE, np.float32)
                for model in {self.load(name), self.for_captions(name, "en")}:
                    model.turn_words(quiet, "en", context=1.0, beam=1)
                self.speaker_change(np.zeros(HEARD, np.float32), 0)
                self._warm.add(name)


class SessionLanguage:
    """The language of a session: requested, or told by the evidence of its first stretches of speech.

    A second of speech often sounds like another language. So what the model thinks of each finished stretch
    is summed up (log probabilities, weighed by seconds), and until there are :data:`_ENOUGH` seconds that
    agree it is asked again at each. Captions ask, too; their sound is heard again, and leaves no evidence.
    """

    def __init__(self, codes: list[str], *, detect: bool, english: bool) -> None:
        self.codes = [whisper_code(code) for code in codes if code != "multi"]
        self._detect = detect
        self.english = english
        self.code = "en" if english else self.codes[0] if len(self.codes) == 1 else None
        self.confidence: float | None = None
        self._fixed = english or (len(self.codes) == 1 and not detect)
        self._evidence: dict[str, float] = {}
        self._heard = 0.0

    def known(self, model: WordModel, *, finished: bool) -> str | None:
        """Return the language when nothing need be asked of the sound; else None."""
        if not model.multilingual or self._fixed:
            return self.code or "en"
        agreed = self._heard >= _ENOUGH and (self.confidence or 0) >= _SURE
        return self.code if agreed and not (self._detect and finished) else None

    def choose(self, found: Mapping[str, float], seconds: float, *, finished: bool) -> str:
        """Return the language, after what the model thinks of so many seconds; in a worker thread."""
        if self._detect and self._heard >= _ENOUGH:
            return self._follow(found)
        weight = min(seconds, _ENOUGH)
        sums = {
            code: self._evidence.get(code, 0.0) + weight * math.log(max(p, _LEAST))
            for code, p in found.items()
            if not self.codes or code in self.codes
        } or {code: math.log(max(p, _LEAST)) for code, p in found.items()}
        if finished:
            self._evidence, self._heard = sums, self._heard + seconds
        if "en" in sums:
            sums = sums | {"en": sums["en"] + (_PRIOR if finished else _CAPTION_PRIOR)}
        best = max(sums, key=lambda code: sums[code])
        share = 1 / sum(math.exp(max(value - sums[best], -50.0)) for value in sums.values())
        self.code, self.confidence = best, share
        return best

    def _follow(self, found: Mapping[str, float]) -> str:
        """Keep the language of the session unless this stretch clearly has another."""
        likely = {code: p for code, p in found.items() if not self.codes or code in self.codes} or found
        best = max(likely, key=lambda code: likely[code])
        share = likely[best] / max(sum(likely.values()), 1e-9)
        if self.code is None or best == self.code or share >= _SURE:
            self.code, self.confidence = best, share
        return self.code


class SpeakerTracker:
    """Online speaker labels of turns: each voice is the mean of its turns so far.

    Parameters
    ----------
    most : int, optional
        No further speaker is taken to be new.
    """

    ALIKE = 0.38
    """Cosine from which on a turn is of a voice known already."""
    SHORTEST = 0.8
    """Seconds of speech below which nobody can tell."""
    LONGEST = 8.0
    """Seconds of a turn that are listened to: more tell nothing new."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most or 10
        self._voices: list[list[Any]] = []  # [sum of vectors, seconds]
        self._turns: list[tuple[int, Any, float]] = []

    def voice(self, samples: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Embed a turn; None when it is too short to tell. Slow: for a worker thread."""
        if len(samples) / RATE < self.SHORTEST:
            return None
        return embed(mel_frames(samples[: round(self.LONGEST * RATE)]))

    def label(
        self, order: int, vector: NDArray[np.float32] | None, seconds: float, unlike: str | None = None
    ) -> str | None:
        """Return the speaker of a turn with this voice and that many seconds of audio.

        Parameters
        ----------
        unlike : str, optional
            Who it is not, as the turn began because the voice changed.
        """
        import numpy as np

        if vector is None:
            return None
        self._turns.append((order, vector, seconds))
        return speaker_name(self._nearest(np, vector, seconds, unlike))

    def _nearest(self, np: Any, vector: Any, seconds: float, unlike: str | None) -> int:
        likeness = [float(vector @ total / np.linalg.norm(total)) for total, _ in self._voices]
        if len(likeness) > 1 or len(likeness) < self._most:
            likeness = [
                -1.0 if speaker_name(index) == unlike else value for index, value in enumerate(likeness)
            ]
        best = int(np.argmax(likeness)) if likeness else -1
        if best < 0 or (likeness[best] < self.ALIKE and len(self._voices) < self._most):
            self._voices.append([vector * seconds, seconds])
            return len(self._voices) - 1
        self._voices[best][0] = self._voices[best][0] + vector * seconds
        self._voices[best][1] += seconds
        return best

    def revised(self) -> dict[int, str]:
        """Return labels of all turns by the voices as they are known now."""
        import numpy as np

        if not self._voices:
            return {}
        means = np.stack([total / np.linalg.norm(total) for total, _ in self._voices])
        return {order: speaker_name(int(np.argmax(means @ vector))) for order, vector, _ in self._turns}


def moved(
    words: list[RecognisedWord], offset_ms: int, probabilities: NDArray[np.float32]
) -> list[RecognisedWord]:
    """Return words of a turn by the session's clock, without the silence at their edges."""
    for word in words:
        word.start += offset_ms
        word.end += offset_ms
    speech_chunks.tighten(words, probabilities, offset_ms / 1000)
    return words
