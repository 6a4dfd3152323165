"""One clock for the sound of two devices, each of which has its own.

A device counts samples by its own crystal: 100 millionths off are 180 ms after half an hour. The machine's
clock tells when a block has arrived, which is late by a different time for each block, and never early. So
the earliest arrivals of some seconds say where a device's samples lie on the machine's clock, and its sound
is stretched or pressed to that place, by less than anybody hears.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aai_jupyter.client.streaming.track_source import interleave

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

AHEAD_SECONDS = 0.3
"""A block waits for so long: those that come after it tell whether it was late, or something is missing."""
_BEHIND_BLOCKS = 100
_STRETCH = 0.005
_GAP_SECONDS = 0.1
"""What is missing for longer is filled with silence at once; less is made up by stretching."""
_LATE_SECONDS = 0.25
_SILENT_SECONDS = 2.0
"""A device that gives nothing for so long, while the other one does, is silent."""
_PAUSE_SECONDS = 0.5


@dataclass(slots=True)
class _Block:
    samples: NDArray[np.int16]
    offset: float
    """Place of its end on the common clock less the samples that the device had given then."""
    at: float


class DeviceClock:
    """Puts the blocks of one device in their places on the common clock.

    Parameters
    ----------
    rate : int
        Samples per second of the common clock, and of the device as far as it knows.

    Attributes
    ----------
    sound : bytearray
        16-bit samples in their places, that have not been taken.
    placed : int
        Samples up to which the clock is filled.
    lost : int
        Samples that came when their place was filled already.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._waiting: deque[_Block] = deque()
        self._offsets: deque[float] = deque(maxlen=_BEHIND_BLOCKS)
        self._given = 0
        self.sound = bytearray()
        self.placed = self.lost = 0
        self.last: float | None = None
        """When the newest block came."""
        self.since = 0.0
        """From when on blocks have come without a pause."""

    def add(self, pcm: bytes, at: float) -> None:
        """Take a block whose last sample has arrived at this time, in seconds of the common clock."""
        import numpy as np

        samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2")
        if not len(samples):
            return
        self._given += len(samples)
        if self.last is None or at - self.last > _PAUSE_SECONDS:
            self.since = at
        self.last = at
        self._waiting.append(_Block(samples, at * self._rate - self._given, at))
        while self._waiting and at - self._waiting[0].at >= AHEAD_SECONDS:
            self._place()

    def flush(self) -> None:
        """Put all that waits in its place."""
        while self._waiting:
            self._place()

    def silence(self, until: int) -> None:
        """Fill the clock with silence up to this sample, but for what waits."""
        if not self._waiting and until > self.placed:
            self._append(bytes(2 * (until - self.placed)))

    def _append(self, pcm: bytes) -> None:
        self.sound += pcm
        self.placed += len(pcm) // 2

    def _place(self) -> None:
        import numpy as np

        earliest = min(block.offset for block in self._waiting)
        block = self._waiting.popleft()
        gap = _GAP_SECONDS * self._rate
        if self._offsets and earliest > min(self._offsets) + gap:
            self._offsets.clear()  # not late: whatever comes is later now, so something is missing
        self._offsets.append(min(earliest, block.offset))
        count = len(block.samples)
        after = sum(len(one.samples) for one in self._waiting)
        end = self._given - after + min(self._offsets)
        wanted = round(end) - self.placed
        if wanted > count + gap or not self.placed:
            self._append(bytes(2 * max(0, wanted - count)))
            wanted = min(count, wanted)
        if wanted < count - _LATE_SECONDS * self._rate:
            self.lost += count
            return
        most = max(1, int(_STRETCH * count))
        made = max(count - most, min(count + most, wanted))
        if made == count:
            self._append(block.samples.tobytes())
            return
        places = np.linspace(0, count - 1, max(made, 1))
        bent = np.interp(places, np.arange(count), block.samples.astype(np.float32))
        self._append(np.rint(bent).astype("<i2").tobytes())


class CallClock:
    """Interleaves the sound of two devices on one clock.

    Parameters
    ----------
    rate : int
    push : callable
        Gets interleaved 16-bit sound as soon as both sides are known.

    Examples
    --------
    >>> made = []
    >>> clock = CallClock(10, made.append)
    >>> for tenth in range(1, 20):
    ...     clock.add(0, b"aa", tenth / 10)
    ...     clock.add(1, b"BB", tenth / 10)
    >>> clock.flush()
    >>> b"".join(made) == b"aaBB" * 19
    True
    """

    def __init__(self, rate: int, push: Callable[[bytes], object]) -> None:
        self._rate, self._push = rate, push
        self.sides = (DeviceClock(rate), DeviceClock(rate))

    def add(self, side: int, pcm: bytes, at: float) -> None:
        """Take a block of a side (0 or 1) whose last sample has arrived at this time, in seconds."""
        mine, other = self.sides[side], self.sides[1 - side]
        mine.add(pcm, at)
        if at - max(other.last or 0.0, mine.since) > _SILENT_SECONDS:
            other.silence(mine.placed)
        self._give()

    def flush(self) -> None:
        """Give all there is; the side that is shorter ends with silence."""
        for side in self.sides:
            side.flush()
        end = max(side.placed for side in self.sides)
        for side in self.sides:
            side.silence(end)
        self._give()

    def _give(self) -> None:
        count = min(len(side.sound) for side in self.sides) // 2
        if not count:
            return
        parts = [bytes(side.sound[: 2 * count]) for side in self.sides]
        for side in self.sides:
            del side.sound[: 2 * count]
        self._push(interleave(parts, count))
