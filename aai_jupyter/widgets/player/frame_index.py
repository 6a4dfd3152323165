"""Index of the frames of an MP3 or ADTS file: formats where only counting frames tells the time.

FFmpeg finds a far second of such a file by reading all packets before it, one by one: one to several seconds
for ten hours. The frames say how long they are: of all bytes that look like a header, found at once as
arrays, those are frames that follow from the first.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, BinaryIO

import numpy as np

from aai_jupyter.widgets.player.constant_rate import ConstantRate, Lengths

PIECE_BYTES = 2**20
"""Read at a time: what the arrays are made of stays in the cache of the processor."""
STRIDE = 16
"""Every so many frames, the place is kept: 0.7 MB for ten hours."""
_NEAR = 1500
"""Bytes that may follow the last frame."""
_HEADER = 8
"""Bytes read of each frame: 7 are the header of ADTS, and 8 are one number."""

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
        header = file.read(_HEADER)
        self.samples, self.rate, self._lengths = _kind(header)
        self._loose = 0 if self.samples == 1024 else 1  # frames of MPEG may have a checksum or not
        self._second = header[1] | self._loose
        self._constant = _constant(file, first, header, self.samples, self.rate, self._lengths)
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
        places, end = _chained(data, self._second, self._loose, self._lengths)
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
        """Yield frames with their number, from ``frame`` or some before it to the last."""
        if self._known <= frame and self._constant is not None:
            found = self._constant.before(frame)
            if found is not None:
                yield from self._from(*found)
                return
        while self._known <= frame and self.grow():
            pass
        if frame >= self._known:
            return
        if len(self._kept) > 1:
            self._kept = [np.concatenate(self._kept)]
        yield from self._from(frame // STRIDE * STRIDE, int(self._kept[0][frame // STRIDE]))

    def _from(self, number: int, place: int) -> Iterator[tuple[int, bytes]]:
        """Yield the frame of this number, which begins at a place, and all after it."""
        self._file.seek(place)
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


def _constant(
    file: BinaryIO, first: int, header: bytes, samples: int, rate: int, lengths: Lengths
) -> ConstantRate | None:
    """Return the arithmetic of MPEG frames as long as the first one; ADTS has no constant rate."""
    layer, index = 4 - (header[1] >> 1 & 3), header[2] >> 4
    if layer == 4 or not 1 <= index <= 14:
        return None
    kbits = _KBITS[1 if header[1] >> 3 & 3 == 3 else 2, layer][index - 1]
    return ConstantRate(file, first, Fraction(samples * 125 * kbits, rate), lengths)


def _mpeg(table: np.ndarray) -> Lengths:
    def lengths(data: np.ndarray, at: np.ndarray) -> np.ndarray:
        key = data[1:].take(at, mode="clip").astype(np.int64) << 8 | data[2:].take(at, mode="clip")
        return np.where(data.take(at, mode="clip") == 0xFF, table.take(key), 0)

    return lengths


def _adts(first: bytes) -> Lengths:
    def lengths(data: np.ndarray, at: np.ndarray) -> np.ndarray:
        # A slice for each byte: numbers of several bytes at odd places are read one by one.
        byte = [data[place:].take(at, mode="clip") for place in range(7)]
        found = (byte[3] & 3).astype(np.int64) << 11
        found |= byte[4].astype(np.int64) << 3
        found |= byte[5] >> 5
        # Syncword to channel configuration are the same in all frames, and each holds one block of samples.
        good = (byte[0] == first[0]) & (byte[1] == first[1]) & (byte[2] == first[2])
        good &= (byte[3] & 0xC0 == first[3] & 0xC0) & (byte[6] & 3 == 0)
        return np.where(good, found, 0)

    return lengths


def _chained(data: np.ndarray, second: int, loose: int, lengths: Lengths) -> tuple[np.ndarray, int | None]:
    """Return where the frames begin in a chunk that begins with one, and where they end before its end.

    All bytes that look like a frame are found at once. Those within a frame are none: what counts is the
    chain from the first one on, each link as long as its header says.

    Parameters
    ----------
    second : int
        Second byte of a header, with the bits of `loose` set, which may differ.
    """
    last = len(data) - _HEADER
    alike = np.zeros(-(-len(data) // 8) * 8, dtype=bool)
    other = data[1 : last + 2]
    np.equal(other | loose if loose else other, second, out=alike[: last + 1])
    alike[: last + 1] &= data[: last + 1] == 0xFF
    at = _set(alike)
    length = lengths(data, at)
    real = length > 0
    at, length = at[real], length[real]
    ends = at + length
    broken = np.flatnonzero(ends[:-1] != at[1:])
    parts: list[np.ndarray] = []
    place = 0
    while place <= last:
        start = int(np.searchsorted(at, place))
        if start == len(at) or at[start] != place:
            return _joined(parts), place
        link = int(np.searchsorted(broken, start))
        stop = int(broken[link]) if link < len(broken) else len(at) - 1
        parts.append(at[start : stop + 1])
        place = int(ends[stop])
    return _joined(parts), None


def _set(marks: np.ndarray) -> np.ndarray:
    """Return where marks are set, where there are few: eight are looked at together."""
    eight = marks.view("<u8")
    some = np.flatnonzero(eight != 0)
    found = eight.take(some)
    if (found & (found - np.uint64(1))).any():  # two in the same eight
        return np.flatnonzero(marks)
    place = some * 8
    for byte in range(1, 8):
        place += found >= np.uint64(1 << 8 * byte)
    return place


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
