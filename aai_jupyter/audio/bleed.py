"""Words that a microphone heard from somebody else: softer than there, and the same sound.

Loudness is compared with how loud the owner of each microphone speaks into it. What is softer, but another
sound, is the owner's own "mhm" while the other speaks, and stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aai_jupyter.audio.track_sound import RATE, TrackSound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FRAME = 320
_BLOCK = 60 * RATE // _FRAME * _FRAME
_LOUD = 97.0
"""Percentile of a track's frames that stands for its owner's voice: he need not speak much."""
_LAG = 0.04
"""Seconds by which a sound may reach two microphones at different times, and tracks be laid wrong."""
_SOFTER, _MUCH_SOFTER = 3.0, 10.0
"""dB."""
_SAME, _PARTLY_SAME = 0.35, 0.12
"""Correlation with another track from which on it is the same sound; of what is much softer, less will do."""
_QUIET = 1e-10


@dataclass(frozen=True, slots=True)
class TrackWord:
    """A word of a track: seconds on the common clock."""

    track: int
    text: str
    start: float
    end: float


class BleedGate:
    """Tells which words are not of the owner of their track.

    Parameters
    ----------
    sounds : sequence of TrackSound
        With their delays.
    """

    def __init__(self, sounds: Sequence[TrackSound]) -> None:
        self._sounds = sounds
        self._own = [_voice_level(sound) for sound in sounds]

    def is_bleed(self, word: TrackWord, also_heard: Sequence[int] = ()) -> bool:
        """Return whether a word was said by somebody else.

        Parameters
        ----------
        also_heard : sequence of int
            Tracks that have the same word at the same time.
        """
        mine = self._sounds[word.track].at(word.start, word.end)
        level, own = _level(mine), self._own[word.track]
        for track, sound in enumerate(self._sounds):
            if track == word.track:
                continue
            other = sound.at(word.start - _LAG, word.end + _LAG)
            loud = _level(other[round(_LAG * RATE) :][: len(mine)])
            softer = (loud - self._own[track]) - (level - own)
            if abs(softer) < _SOFTER and loud - level > _SOFTER:
                softer = loud - level  # of two tracks with one voice, the louder is its owner's
            least = 0.0 if track in also_heard else _SOFTER
            if softer <= least:
                continue
            same = _likeness(mine, other)
            if same >= _SAME or (softer >= _MUCH_SOFTER and same >= _PARTLY_SAME):
                return True
        return False


def _voice_level(sound: TrackSound) -> float:
    """Return how loud the owner speaks, in dB."""
    import numpy as np

    powers = []
    for start in range(0, round(sound.seconds * RATE), _BLOCK):
        block = sound.read(start, start + _BLOCK)
        powers.append((block.reshape(-1, _FRAME) ** 2).mean(1))
    heard = np.concatenate(powers) if powers else np.zeros(1, np.float32)
    return 10 * float(np.log10(max(float(np.percentile(heard, _LOUD)), _QUIET)))


def _level(samples: NDArray[np.float32]) -> float:
    import numpy as np

    power = float((samples**2).mean()) if len(samples) else 0.0
    return 10 * float(np.log10(max(power, _QUIET)))


def _likeness(mine: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the highest correlation of a word with another track, at any lag in which it lies there whole.

    Differences of samples are compared: deep voices of one pitch are alike otherwise.
    """
    import numpy as np

    mine, other = np.diff(mine), np.diff(other)
    if not len(mine) or len(other) < len(mine):
        return 0.0
    size = 2 ** int(np.ceil(np.log2(len(mine) + len(other))))
    cross = np.fft.irfft(np.fft.rfft(other, size) * np.fft.rfft(mine, size).conj(), size)
    lags = len(other) - len(mine) + 1
    sums = np.concatenate(([0.0], np.cumsum(other.astype("f8") ** 2)))
    energy = (sums[len(mine) :] - sums[: -len(mine)]) * float((mine.astype("f8") ** 2).sum())
    return float((np.abs(cross[:lags]) / np.sqrt(np.maximum(energy, 1e-18))).max())
