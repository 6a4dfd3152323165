"""When each track of a conversation began: by what one microphone hears of the others.

The generalised cross-correlation with phase transform (Knapp and Carter 1976) of minutes of sound has one
sharp peak where the same sound is in both, also when it is 30 dB softer in one. Where nothing of the others
is heard (headsets, a meeting program's own files) there is none, and nothing to correct: such tracks begin
together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aai_jupyter.audio.track_sound import RATE, TrackSound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Spectrum = NDArray[np.complexfloating[Any, Any]]

_STEP = 4
"""Samples that become one: voices below 2 kHz tell enough."""
_LONGEST = 600.0
"""Seconds that are compared; a track that begins later than that is not found."""
_BAND = (100.0, 1900.0)
_SURE, _ALONE = 10.0, 1.2
"""Height of the peak in standard deviations, and as a multiple of the highest elsewhere, from which on it is
believed: speech that is not the same gives peaks as well, but many."""
_IN_EACH_PART = 6.0
"""Height that the same peak has in each half of a track, in standard deviations: chance does not."""
_ECHO, _NEAR = 0.5, 0.02
"""Seconds around a peak that belong to it; and by which the peaks of two speakers differ."""


@dataclass(frozen=True, slots=True)
class TrackDelay:
    """Seconds after the earliest track at which one begins, and whether that was heard."""

    seconds: float
    heard: bool


def find_delays(sounds: Sequence[TrackSound]) -> list[TrackDelay]:
    """Return when each track begins. One in which nobody else is heard begins with the first.

    Examples
    --------
    >>> import io
    >>> import numpy as np
    >>> noise = (np.random.default_rng(0).normal(0, 3000, 80_000)).astype("<i2")
    >>> one, two = (TrackSound(io.BytesIO(part.tobytes()), len(part)) for part in (noise, noise[24_000:]))
    >>> [round(delay.seconds, 2) for delay in find_delays([one, two])]
    [0.0, 1.5]
    """
    import numpy as np

    parts = [_decimated(sound) for sound in sounds]
    size = 2 ** int(np.ceil(np.log2(max(2 * max(map(len, parts)), 2))))
    spectra = [np.fft.rfft(part, size) for part in parts]
    halves = [_halves(part, size) for part in parts]
    found: dict[int, float] = {0: 0.0}
    heard: set[int] = set()
    for number in range(1, len(sounds)):
        lags = ((known, _lag(spectra[number], spectra[known], halves[known])) for known in list(found))
        best, (lag, sure) = max(lags, key=lambda pair: pair[1][1])
        if sure >= _SURE:
            found[number] = found[best] + lag
            heard |= {best, number}
    earliest = min(found.values())
    return [TrackDelay(found.get(number, 0.0) - earliest, number in heard) for number in range(len(sounds))]


def _decimated(sound: TrackSound) -> NDArray[np.float32]:
    count = round(min(sound.seconds, _LONGEST) * RATE) // _STEP * _STEP
    found: NDArray[np.float32] = sound.read(0, count).reshape(-1, _STEP).mean(1)
    return found


def _halves(part: NDArray[np.float32], size: int) -> list[Spectrum]:
    """Return the spectra of the first half of the energy and of the second, each at its place."""
    import numpy as np

    energy = np.cumsum(part.astype("f8") ** 2)
    middle = int(np.searchsorted(energy, energy[-1] / 2)) if len(part) else 0
    first, second = part.copy(), part.copy()
    first[middle:], second[:middle] = 0, 0
    return [np.fft.rfft(first, size), np.fft.rfft(second, size)]


def _lag(one: Spectrum, other: Spectrum, halves: Sequence[Spectrum]) -> tuple[float, float]:
    """Return by how many seconds one begins later than another, and how sure that is."""
    import numpy as np

    alike = _likeness(other, one)
    place = int(alike.argmax())
    size = len(alike)
    lag = place if place < size // 2 else place - size
    height, spread = float(alike[place]), _spread(alike)
    echo, near = (round(seconds * RATE / _STEP) for seconds in (_ECHO, _NEAR))
    alike[np.arange(place - echo, place + echo + 1) % size] = 0
    sure = height / spread if height >= _ALONE * float(alike.max()) else 0.0
    around = np.arange(place - near, place + near + 1) % size
    for half in halves if sure >= _SURE else ():
        part = _likeness(half, one)
        if float(part[around].max()) < _IN_EACH_PART * _spread(part):
            return 0.0, 0.0
    return lag * _STEP / RATE, sure


def _likeness(one: Spectrum, two: Spectrum) -> NDArray[np.float32]:
    """Return the generalised cross-correlation with phase transform at each lag."""
    import numpy as np

    cross = one * two.conj()
    size = 2 * (len(cross) - 1)
    hertz = np.arange(len(cross)) * (RATE / _STEP / size)
    loud = np.abs(cross)
    wanted = (hertz >= _BAND[0]) & (hertz <= _BAND[1]) & (loud > 0)
    cross = np.where(wanted, cross / np.maximum(loud, np.finfo(np.float32).tiny), 0)
    found: NDArray[np.float32] = np.abs(np.fft.irfft(cross, size))
    return found


def _spread(alike: NDArray[np.float32]) -> float:
    import numpy as np

    return max(float(np.sqrt((alike**2).mean())), 1e-12)
