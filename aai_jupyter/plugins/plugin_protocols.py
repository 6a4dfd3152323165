"""What a recognizer and a diarizer of another package have to be. No class has to be inherited."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BUILTIN = "builtin"
"""The diarizer of the engine itself."""


@dataclass(frozen=True, slots=True)
class WordSegment:
    """A word of a recognizer. Any object with these attributes will do.

    Attributes
    ----------
    text : str
        As it is shown, with punctuation and case if the model knows them.
    start, end : float
        Seconds from the first sample of the chunk.
    confidence : float
        From 0 to 1.

    Examples
    --------
    >>> WordSegment("Hello.", 0.2, 0.6).confidence
    1.0
    """

    text: str
    start: float
    end: float
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class SpeakerSegment:
    """A stretch in which one speaker talks. Segments of two speakers may overlap.

    Attributes
    ----------
    start, end : float
        Seconds from the beginning of the audio.
    speaker : hashable
        Who it is: a number or a label, the same for each segment of one person.
    confidence : float
        Probability that it is this speaker, from 0 to 1.

    Examples
    --------
    >>> SpeakerSegment(0.0, 4.2, "SPEAKER_00").speaker
    'SPEAKER_00'
    """

    start: float
    end: float
    speaker: Hashable
    confidence: float = 1.0


class Recognizer(Protocol):
    """Speech to words.

    The engine decodes the audio, finds speech, and cuts it at pauses into chunks of 30 seconds at most;
    it calls `transcribe` for one chunk at a time, from one thread at a time.

    Examples
    --------
    A recognizer that hears one word in everything:

    >>> class Mumble:
    ...     languages = ("en",)
    ...
    ...     def transcribe(self, samples, language):
    ...         yield WordSegment("Mumble.", 0.0, len(samples) / 16_000)
    """

    @property
    def languages(self) -> Collection[str]:
        """Codes such as ``"en"`` of the languages that it knows; the first is that of a request without one.

        One that knows several can have `detect_language`, too: see `LanguageDetector`.
        """

    def transcribe(self, samples: NDArray[np.float32], language: str) -> Iterable[WordSegment]:
        """Return the words of a chunk in order of time.

        Parameters
        ----------
        samples : ndarray of float32, shape (samples,)
            Mono, 16 kHz, from -1 to 1. Pauses longer than half a second are cut out.
        language : str
            One of `languages`.
        """


class LanguageDetector(Protocol):
    """What a recognizer of several languages can do beside: hear which one is spoken."""

    def detect_language(self, samples: NDArray[np.float32]) -> Mapping[str, float]:
        """Return the probability of each language in up to 30 s of speech."""


class MonoAudio(Protocol):
    """One channel of a recording, read from disk: hours of it need no memory."""

    @property
    def sample_rate(self) -> int:
        """16,000 a second."""

    @property
    def seconds(self) -> float:
        """Length."""

    def read(self, start: float = 0.0, end: float | None = None) -> NDArray[np.float32]:
        """Return samples between two times in seconds, from -1 to 1; all of them without times.

        Raises
        ------
        Exception
            The job was cancelled. Let it pass.
        """


class Diarizer(Protocol):
    """Who speaks when.

    Examples
    --------
    One that gives each half of a recording to another speaker:

    >>> class Halves:
    ...     def diarize(self, audio, min_speakers, max_speakers):
    ...         middle = audio.seconds / 2
    ...         yield SpeakerSegment(0.0, middle, "first")
    ...         yield SpeakerSegment(middle, audio.seconds, "second")
    """

    def diarize(
        self, audio: MonoAudio, min_speakers: int, max_speakers: int | None
    ) -> Iterable[SpeakerSegment]:
        """Return the segments of one channel.

        Parameters
        ----------
        audio : MonoAudio
        min_speakers, max_speakers : int
            Bounds that were asked for; both the same for a known number, and no upper one is None.
        """
