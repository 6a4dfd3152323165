"""Samples of one track of a conversation, decoded once to disk and read by a clock that all tracks share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from aai_jupyter.audio.presentation import presented_samples, timed_frames
from aai_jupyter.audio.pyav import open_audio
from aai_jupyter.audio.tracks import track_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16_000
_MIXED_SECONDS = 10


class TrackSound:
    """Mono samples at 16 kHz. They lie in an unnamed file, so that hours of several people fit into memory.

    Parameters
    ----------
    file : binary file
        Little-endian 16-bit samples.
    count : int

    Attributes
    ----------
    delay : float
        Seconds on the common clock at which the first sample lies.

    Examples
    --------
    >>> import io
    >>> sound = TrackSound(io.BytesIO(b"\\x00\\x40" * 16_000), 16_000)
    >>> sound.delay = 0.5
    >>> sound.at(0.4999, 0.5002).tolist()
    [0.0, 0.0, 0.5, 0.5, 0.5]
    """

    def __init__(self, file: IO[bytes], count: int) -> None:
        self._file, self._count = file, count
        self.delay = 0.0

    @property
    def seconds(self) -> float:
        """Length of the track."""
        return self._count / RATE

    @property
    def end(self) -> float:
        """Where it ends, on the common clock."""
        return self.delay + self.seconds

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples of the track by its own clock; silence before its start and behind its end."""
        import numpy as np

        low, high = max(start, 0), min(stop, self._count)
        found = np.zeros(max(stop - start, 0), np.float32)
        if low < high:
            self._file.seek(2 * low)
            raw = np.frombuffer(self._file.read(2 * (high - low)), "<i2")
            found[low - start : low - start + len(raw)] = raw / np.float32(32768)
        return found

    def at(self, start: float, end: float) -> NDArray[np.float32]:
        """Return samples from `start` to `end` seconds of the common clock."""
        first = round((start - self.delay) * RATE)
        return self.read(first, first + round((end - start) * RATE))

    def close(self) -> None:
        self._file.close()


def track_sound(opened: str | BinaryIO, number: int | None = None) -> TrackSound:
    """Decode a recording, or one audio track of it.

    Raises
    ------
    ValueError, OSError
        It is no sound that can be decoded.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the sound
    try:
        with open_audio(opened) as container:
            samples: Any = presented_samples(container, "mono", RATE)
            for block in samples.blocks(timed_frames(container, track_of(container, number))):
                file.write(block[0].astype("<i2").tobytes())
        return TrackSound(file, file.tell() // 2)
    except BaseException:
        file.close()
        raise


class Mixdown:
    """The sum of tracks on the common clock, as loud as it gets without clipping; and each of them as loud.

    Parameters
    ----------
    sounds : sequence of TrackSound
        With their delays set.

    Examples
    --------
    >>> import io
    >>> loud = TrackSound(io.BytesIO(b"\\x00\\x60" * 3), 3)
    >>> mix = Mixdown([loud, loud])
    >>> [block.tolist() for block in mix.whole()], [block.tolist() for block in mix.alone(1)]
    ([[32767, 32767, 32767]], [[16384, 16384, 16384]])
    """

    def __init__(self, sounds: Sequence[TrackSound]) -> None:
        self._sounds = sounds
        self._end = max((sound.end for sound in sounds), default=0.0)

    def whole(self) -> Iterator[NDArray[np.int16]]:
        """Yield the sum, block by block."""
        return self._blocks(self._sounds)

    def alone(self, number: int) -> Iterator[NDArray[np.int16]]:
        """Yield one track as it is in the sum, from the beginning of the clock to its end."""
        return self._blocks(self._sounds[number : number + 1])

    @cached_property
    def _gain(self) -> float:
        import numpy as np

        peak = max((float(np.abs(block).max()) for block in self._sums(self._sounds)), default=0.0)
        return min(1.0, 1.0 / peak) if peak else 1.0

    def _blocks(self, sounds: Sequence[TrackSound]) -> Iterator[NDArray[np.int16]]:
        import numpy as np

        for block in self._sums(sounds):
            yield (block * (self._gain * 32767)).round().astype(np.int16)

    def _sums(self, sounds: Sequence[TrackSound]) -> Iterator[NDArray[np.float32]]:
        start = 0.0
        while start < self._end:
            end = min(start + _MIXED_SECONDS, self._end)
            yield sum((sound.at(start, end) for sound in sounds[1:]), start=sounds[0].at(start, end))
            start = end
