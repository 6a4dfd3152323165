"""Words that a microphone heard from somebody else: softer than there, and the same sound.

Loudness is compared with how loud the owner of each microphone speaks into it, and with how much of the other
usually comes over. What is louder than that is the owner's own word while the other speaks, and what is
another sound is his "mhm": both stay.
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
_SOFTER, _ABOVE = 3.0, 5.0
"""dB: below another track, and above what usually comes over from it."""
_USUAL, _LOUD_DB = 30.0, 10.0
"""Percentile of what comes over while another one is loud, at most so many dB below his voice: the others may
speak then, too, but mostly they do not."""
_SOFT_DB = 25.0
"""So many dB below his voice nobody is heard speaking."""
_LEAST_FRAMES, _MARGIN, _REACH = 3, 0.04, 0.25
_SAME, _PARTLY_SAME = 0.35, 0.12
"""Correlation with another track from which on it is the same sound: where one word is in both tracks and
about as loud; and elsewhere, where an echo may be all of it."""
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
        self._levels = levels = _frame_levels(sounds)
        self._own = [_voice_level(level) for level in levels]
        self._usual = [[_usual(mine, other) for other in levels] for mine in levels]

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
            if softer <= least or level - loud > self._usual[word.track][track] + _ABOVE:
                continue
            if _likeness(mine, other) >= (_SAME if softer <= _SOFTER else _PARTLY_SAME):
                return True
        return False

    def own_time(self, word: TrackWord) -> tuple[float, float]:
        """Return when the owner of a track says a word: recognisers stretch words into what bled over."""
        import numpy as np

        first, last = round(word.start * RATE / _FRAME), round(word.end * RATE / _FRAME)
        frames = np.flatnonzero(self._voiced(word.track, first, last))
        if len(frames) < _LEAST_FRAMES:
            return word.start, word.end
        start, end = ((first + edge) * _FRAME / RATE for edge in (frames[0], frames[-1] + 1))
        return max(word.start, start - _MARGIN), min(word.end, end + _MARGIN)

    def whole_time(self, word: TrackWord, before: float, after: float) -> tuple[float, float]:
        """Return a word with what its owner says without a break around it: recognisers let it end too early.

        Parameters
        ----------
        before, after : float
            Where the words beside it, of the same track, end and begin.
        """
        low, high = max(before, word.start - _REACH), min(after, word.end + _REACH)
        edges = [round(place * RATE / _FRAME) for place in (max(low, 0.0), word.start, word.end, high)]
        lead, tail = (self._voiced(word.track, *edges[k : k + 2]) for k in (0, 2))
        start, end = _run(lead[::-1]) * _FRAME / RATE, _run(tail) * _FRAME / RATE
        return max(low, word.start - start), min(high, word.end + end)

    def _voiced(self, track: int, first: int, last: int) -> NDArray[np.bool_]:
        """Return in which frames the owner of a track speaks into it."""
        first = max(first, 0)
        mine = self._levels[track][first:last]
        his: NDArray[np.bool_] = mine >= self._own[track] - _SOFT_DB
        for number, levels in enumerate(self._levels):
            if number != track:
                other = levels[first:last]
                above = mine - other > self._usual[track][number] + _ABOVE
                his &= above | (other < self._own[number] - _SOFT_DB)
        return his


def _run(frames: NDArray[np.bool_]) -> int:
    """Return how many frames in front are true."""
    return len(frames) if frames.all() else int(frames.argmin())


def _frame_levels(sounds: Sequence[TrackSound]) -> list[NDArray[np.float32]]:
    """Return the loudness of each frame of the common clock in dB, for each track."""
    import numpy as np

    count = int(max((sound.end for sound in sounds), default=0.0) * RATE / _FRAME) + 1
    found = []
    for sound in sounds:
        powers = np.zeros(count, np.float32)
        first = round(sound.delay * RATE / _FRAME)
        for start in range(0, round(sound.seconds * RATE), _BLOCK):
            block = (sound.read(start, start + _BLOCK).reshape(-1, _FRAME) ** 2).mean(1)
            place = first + start // _FRAME
            block = block[: count - place]
            powers[place : place + len(block)] = block
        found.append(10 * np.log10(np.maximum(powers, np.float32(_QUIET))))
    return found


def _voice_level(levels: NDArray[np.float32]) -> float:
    """Return how loud the owner speaks, in dB."""
    import numpy as np

    return float(np.percentile(levels, _LOUD))


def _usual(mine: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return by how many dB a track is louder than another one while that one's owner speaks, as a rule."""
    import numpy as np

    speaks = other >= _voice_level(other) - _LOUD_DB
    return float(np.percentile((mine - other)[speaks], _USUAL)) if speaks.any() else 0.0


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
