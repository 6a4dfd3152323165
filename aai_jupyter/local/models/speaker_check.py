"""A second look at who said what: the words of any transcript against the voices in its sound.

Each speaker of the transcript is the voice of the units in which only he is said to speak. Units are then
heard anew against these voices, and words are given out by the same model as in `speaker_assignment`, which
leans to what the transcript says. What comes out otherwise, and surely, is proposed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aai_jupyter.local.models.audio_decoding import Audio
from aai_jupyter.local.models.diarization import HeardVoices, hear_voices
from aai_jupyter.local.models.speaker_assignment import heard_speakers
from aai_jupyter.local.models.speaker_models import VOICE_MODEL
from aai_jupyter.local.models.speaker_tracks import frame_at
from aai_jupyter.local.models.voice_clusters import likelihoods, voice_model
from aai_jupyter.local.models.words import RecognisedWord

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEANING = 2.0
"""How much likelier a word is beforehand its speaker's in the transcript than another's."""
PURE, LONG = 0.8, 0.6
"""Share of its words from which on a unit is one speaker's, and its least seconds, to count for his voice."""
SURE = 0.75
"""Probability from which on another speaker is proposed."""
_GHOST_SHARE, _GHOST_SECONDS = 0.02, 2.0


@dataclass(frozen=True, slots=True)
class CheckedWords:
    """Speakers of words as heard anew.

    Attributes
    ----------
    speakers : list of str or None
        The speaker that the voice tells; None where it tells none.
    confidence : list of float
    ghosts : list of str
        Speakers who say so little that they are likely pieces of another.
    voices : dict
        Speaker -> vector of the voice and seconds that it was heard in.
    """

    speakers: list[str | None]
    confidence: list[float]
    ghosts: list[str]
    voices: dict[str, tuple[list[float], float]]

    def to_dict(self) -> dict[str, Any]:
        """Return the engine's answer."""
        rows = [
            {"speaker": speaker, "confidence": round(sure, 4)}
            for speaker, sure in zip(self.speakers, self.confidence, strict=True)
        ]
        voices = {
            name: {"vector": [round(value, 6) for value in vector], "seconds": round(seconds, 2)}
            for name, (vector, seconds) in self.voices.items()
        }
        return {"words": rows, "ghosts": self.ghosts, "voices": voices, "model": VOICE_MODEL}


def check_speakers(
    audio: Audio,
    probabilities: NDArray[np.float32],
    words: Sequence[RecognisedWord],
    *,
    check: Callable[[], None] = lambda: None,
    on_share: Callable[[float], None] = lambda share: None,
) -> CheckedWords:
    """Hear again who says each word.

    Parameters
    ----------
    words : sequence of RecognisedWord
        In order of time, with speakers.
    """
    voices = hear_voices(audio, probabilities, check=check, on_share=on_share)
    return checked(voices, words, audio.offset)


def checked(voices: HeardVoices, words: Sequence[RecognisedWord], offset: float = 0.0) -> CheckedWords:
    """Compare words with voices that were heard already."""
    import numpy as np

    names = list(dict.fromkeys(word.speaker for word in words if word.speaker is not None))
    said = [word.speaker for word in words]
    if not names or not len(voices.vectors):
        return CheckedWords(list(said), [1.0] * len(words), ghosts(words), {})
    owner = _owners(voices, words, names, offset)
    pure = np.flatnonzero((voices.seconds >= LONG) & (owner >= 0))
    for _ in range(2):  # the second and third time without units that sound like somebody else
        known = sorted(set(owner[pure].tolist()))
        if len(known) < 2:
            break
        labels = np.searchsorted(known, owner[pure])
        sure = likelihoods(voices.vectors, voices.seconds, voices.vectors[pure], labels, voice_model())
        kept = pure[sure[pure].argmax(1) == labels]
        if len(set(owner[kept].tolist())) < len(known):
            break
        pure = kept
    found_voices = {
        names[k]: _voice(voices, pure[owner[pure] == k]) for k in sorted(set(owner[pure].tolist()))
    }
    if len(known) < 2:
        return CheckedWords(list(said), [1.0] * len(words), ghosts(words), found_voices)
    found = sure.argmax(1)
    turns = voices.turns(np.array(known)[found], sure[np.arange(len(found)), found])
    leaning = {k: [LEANING if name == names[k] else 1.0 for name in said] for k in range(len(names))}
    speakers, confidence = heard_speakers(words, turns, offset, leaning)
    new = [names[k] if sure >= SURE else old for old, k, sure in zip(said, speakers, confidence, strict=True)]
    return CheckedWords(new, confidence, ghosts(words), found_voices)


def _voice(voices: HeardVoices, units: NDArray[np.intp]) -> tuple[list[float], float]:
    """Return the mean direction of units, weighed by their length, and their seconds."""
    import numpy as np

    seconds = voices.seconds[units]
    mean = (voices.vectors[units] * seconds[:, None]).sum(0)
    return (mean / max(float(np.linalg.norm(mean)), 1e-9)).tolist(), float(seconds.sum())


def _owners(
    voices: HeardVoices, words: Sequence[RecognisedWord], names: Sequence[str], offset: float
) -> NDArray[np.intp]:
    """Return which speaker of the transcript speaks in each clear unit; -1 for several or none."""
    import numpy as np

    count = len(voices.frames.count)
    owner = np.full(count, -1)
    for word in words:
        if word.speaker is not None:
            first, last = (frame_at(edge / 1000 - offset) for edge in (word.start, word.end))
            owner[max(first, 0) : max(last, first + 1, 0)] = names.index(word.speaker)
    found = np.full(len(voices.clear), -1)
    for index, unit in enumerate(voices.clear):
        inside = np.concatenate([owner[slice(*run)] for run in unit.runs])
        counts = np.bincount(inside[inside >= 0], minlength=len(names))
        if counts.sum() and counts.max() >= PURE * counts.sum():
            found[index] = counts.argmax()
    return found


def ghosts(words: Sequence[RecognisedWord]) -> list[str]:
    """Return speakers with less than 2 % of the speech and no turn of more than 2 s.

    >>> said = [RecognisedWord("I", 0, 60_000, 1.0, "A"), RecognisedWord("so", 60_000, 60_500, 1.0, "B")]
    >>> ghosts(said)
    ['B']
    """
    total: dict[str, float] = {}
    longest: dict[str, float] = {}
    begin = 0
    for index, word in enumerate(words):
        if word.speaker is None:
            continue
        if index == 0 or words[index - 1].speaker != word.speaker:
            begin = word.start
        total[word.speaker] = total.get(word.speaker, 0) + word.end - word.start
        longest[word.speaker] = max(longest.get(word.speaker, 0), word.end - begin)
    everything = sum(total.values())
    return [
        name
        for name, length in total.items()
        if length < _GHOST_SHARE * everything and longest[name] <= 1000 * _GHOST_SECONDS
    ]
