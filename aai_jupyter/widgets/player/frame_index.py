"""Index of the frames of an MP3 or ADTS file: formats where only counting frames tells the time.

FFmpeg finds a far second of such a file by reading all packets before it, one by one: one to several seconds
for ten hours. The frames say how long they are, so a walk over their headers is enough, and many walks over
one piece of the file go side by side as arrays.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np

PIECE_BYTES = 8 * 2**20
"""Read at a time."""
WALK_BYTES = 16 * 2**10
"""Each walk covers about this much of a piece."""
SURE = 8
"""After so many frames that follow each other it is no accident."""
STRIDE = 16
"""Every so many frames, the place is kept: 0.7 MB for ten hours."""
_NEAR = 1500
"""Bytes in which the beginning of a frame is looked for; where frames are longer, there are fewer walks. Also
how much may follow the last frame."""
_HEADER = 8
"""Bytes read of each frame: 7 are the header of ADTS, and 8 are one number."""

Lengths = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Bytes and places -> length of the frame that begins at each place, 0 where none of this recording does."""

# ISO/IEC 11172-3 and 13818-3: kbit/s by bitrate index 1 to 14, for layer II and III of MPEG-1, and of MPEG-2.
_KBITS = {
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_KBITS[2, 3] = _KBITS[2, 2]
_MPEG_RATES = (44_100, 48_000, 32_000)
# ISO/IEC 14496-3: samples per second by sampling frequency index.
_ADTS_RATES = (
    96_000,
    88_200,
    64_000,
    48_000,
    44_100,
    32_000,
    24_000,
    22_050,
    16_000,
    12_000,
    11_025,
    8_000,
    7_350,
)


class NoPlainRun(Exception):
    """The file is not one run of frames of one kind, with tags before and after at most."""


class FrameIndex:
    """Positions of a file's frames, found as far as they are asked for.

    Attributes
    ----------
    samples : int
        Samples of each frame.
    rate : int
        Samples per second.

    Raises
    ------
    NoPlainRun
        From any method: the file is not one run of frames of one kind. FFmpeg knows how to go on.

    Notes
    -----
    Not thread-safe. Damage or tags in the middle, free format, layer I and a change of the sampling rate make
    no plain run; tags at both ends do.
    """

    def __init__(self, file: BinaryIO, first: int) -> None:
        self._file = file
        self._size = file.seek(0, os.SEEK_END)
        file.seek(first)
        self.samples, self.rate, self._lengths = _kind(file.read(_HEADER))
        self._kept: list[np.ndarray] = []
        self._known = 0
        self._next: int | None = first
        self._buffer = bytearray(PIECE_BYTES)

    def grow(self) -> bool:
        """Index the next chunk of the file; False when all is indexed."""
        if self._next is None:
            return False
        self._file.seek(self._next)
        data = np.frombuffer(self._buffer, dtype=np.uint8)[: _fill(self._file, self._buffer)]
        places, end = _walked(data, self._lengths)
        following = None
        if end is None:
            last = int(self._lengths(data, places[-1:])[0])
            following = self._next + int(places[-1]) + last
        elif not self._ends(self._next + end):
            raise NoPlainRun(f"no frame at byte {self._next + end}")
        self._kept.append(self._next + places[-self._known % STRIDE :: STRIDE].astype(np.int64))
        self._known += len(places)
        self._next = following if following and following + _HEADER <= self._size else None
        if self._next is None:
            self._buffer = bytearray()
        return self._next is not None

    def packets(self, frame: int) -> Iterator[tuple[int, bytes]]:
        """Yield frames with their number, from ``frame`` or a few before it to the last."""
        while self._known <= frame and self.grow():
            pass
        if frame >= self._known:
            return
        if len(self._kept) > 1:
            self._kept = [np.concatenate(self._kept)]
        number = frame // STRIDE * STRIDE
        self._file.seek(int(self._kept[0][frame // STRIDE]))
        here = np.zeros(1, dtype=np.int64)
        while len(header := self._file.read(_HEADER)) == _HEADER:
            length = int(self._lengths(np.frombuffer(header, dtype=np.uint8), here)[0])
            if length < _HEADER:
                return
            yield number, header + self._file.read(length - _HEADER)
            number += 1

    def _ends(self, place: int) -> bool:
        """Return whether what follows the last frame is a tag, or too short to matter."""
        left = self._size - place
        self._file.seek(place)
        head = self._file.read(16)
        if head.startswith(b"APETAGEX"):
            return left <= int.from_bytes(head[12:], "little") + _NEAR
        return left < _NEAR

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _fill(file: Any, buffer: bytearray) -> int:
    """Fill a buffer, also from files that return short reads; return the number of bytes."""
    room, have = memoryview(buffer), 0
    while more := file.readinto(room[have:]):
        have += more
    return have


def _kind(header: bytes) -> tuple[int, int, Lengths]:
    """Parse the first header: samples per frame, sample rate, and how long a frame is."""
    if len(header) < _HEADER or header[0] != 0xFF:
        raise NoPlainRun("no frame at the beginning")
    if header[1] & 0xF6 == 0xF0 and header[2] >> 2 & 15 < len(_ADTS_RATES) and not header[6] & 3:
        return 1024, _ADTS_RATES[header[2] >> 2 & 15], _adts(header)
    version, layer, rate = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3), header[2] >> 2 & 3
    if header[1] < 0xE0 or version == 1 or layer not in (2, 3) or rate == 3:
        raise NoPlainRun("no frame of MPEG audio")
    generation = 1 if version == 3 else 2
    per_second = _MPEG_RATES[rate] >> {3: 0, 2: 1, 0: 2}[version]
    samples = 576 if generation == 2 and layer == 3 else 1152
    table = np.zeros(1 << 16, dtype=np.int64)
    for index, kbits in enumerate(_KBITS[generation, layer], start=1):
        for padding in (0, 1):
            length = samples // 8 * 1000 * kbits // per_second + padding
            for protection in (0, 1):
                for private in (0, 1):
                    second = header[1] & 0xFE | protection
                    table[second << 8 | index << 4 | rate << 2 | padding << 1 | private] = length
    return samples, per_second, _mpeg(table)


def _mpeg(table: np.ndarray) -> Lengths:
    def lengths(data: np.ndarray, at: np.ndarray) -> np.ndarray:
        header = _numbers(data, "u4")[at].astype(np.int64)
        return np.where(header >> 24 == 0xFF, table[header >> 8 & 0xFFFF], 0)

    return lengths


def _numbers(data: np.ndarray, kind: str) -> np.ndarray:
    """Return a view: the big-endian number that begins at each byte.

    One number for each header: an array for each byte of it would take three times as long.
    """
    size = np.dtype(kind).itemsize
    return np.ndarray((len(data) - size + 1,), dtype=f">{kind}", buffer=data, strides=(1,))


def _adts(first: bytes) -> Lengths:
    # Syncword to channel configuration are the same in all frames, and each holds one block of samples.
    fixed = 0xFFFFFFC000000300
    wanted = np.uint64(int.from_bytes(first[:8], "big") & fixed & ~0x300)

    def lengths(data: np.ndarray, at: np.ndarray) -> np.ndarray:
        header = _numbers(data, "u8")[at].astype(np.uint64)
        found = (header >> np.uint64(21) & np.uint64(0x1FFF)).astype(np.int64)
        return np.where(header & np.uint64(fixed) == wanted, found, 0)

    return lengths


def _walked(data: np.ndarray, lengths: Lengths) -> tuple[np.ndarray, int | None]:
    """Return where the frames begin in a chunk that begins with one, and where they end."""
    last = len(data) - _HEADER
    at = _begins(data, lengths)
    until = np.append(at[1:], last + 1)
    steps = []
    while (walking := at < until).any():
        steps.append(np.where(walking, at, -1))
        length = lengths(data, np.minimum(at, last))
        length[~walking] = 0
        if (stuck := walking & (length == 0)).any():
            if stuck[:-1].any():
                raise NoPlainRun("something is between the frames")
            steps[-1][-1] = -1  # the last one stands where no frame is
            until[-1] = -1
        at += length
    if (at[:-1] != until[:-1]).any():  # a walk that does not arrive where the next one began
        raise NoPlainRun("something is between the frames")
    places = np.stack(steps, axis=1)
    return places[places >= 0], int(at[-1]) if until[-1] < 0 else None


def _begins(data: np.ndarray, lengths: Lengths) -> np.ndarray:
    """Return the positions of frames, the first and one for each walk.

    What looks like a frame within another one may lead to a real one: only the end of a long run counts.
    """
    last = len(data) - _HEADER
    rows = data[: len(data) // WALK_BYTES * WALK_BYTES].reshape(-1, WALK_BYTES)[1:, :_NEAR]
    row, column = np.divmod(np.flatnonzero(rows == 0xFF), _NEAR)
    at = (row + 1) * WALK_BYTES + column
    for _ in range(SURE):
        length = lengths(data, np.minimum(at, last))
        good = (length > 0) & (at + length <= last)
        row, at = row[good], (at + length)[good]
    _, first = np.unique(row, return_index=True)
    return np.unique(np.append(0, at[first]))
