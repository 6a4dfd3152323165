"""Seeking in Matroska and WebM without an index: the cluster of a time is found by bisection.

Browsers record WebM without cues, and FFmpeg then reads a whole file to find its end. Clusters say when they
begin, and carry a mark that can be looked for from any place in the file.
"""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO

from aai_jupyter.audio.pyav import open_audio

_CLUSTER = b"\x1f\x43\xb6\x75"
_SEGMENT, _INFO, _SCALE = 0x18538067, 0x1549A966, 0x2AD7B1
_TIMESTAMP = 0xE7
_BLOCK = 64 * 2**10
_NEAR = 4 * _BLOCK
"""Bytes that are read through rather than halved again."""
_MARGIN = 1.0
"""Seconds: sound may stand in the cluster before the one that begins with the picture of its time."""
_LARGEST_HEADER = 16 * 2**20


class NoClusters(Exception):
    """The file is not one run of clusters whose times rise."""


class ClusterSearch:
    """Finds places in one file by time.

    Raises
    ------
    NoClusters
        The file has no readable header.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, os.SEEK_END)
        self._scale = 1e-3  # seconds of one tick
        self._first = self._read_header()
        file.seek(0)
        self._header = file.read(self._first)

    def opened_before(self, seconds: float) -> Any:
        """Return a container that yields what lies at a timestamp, and some before it."""
        self._file.seek(self._place(seconds - _MARGIN))
        return open_audio(_Spliced(self._header, self._file), format="matroska")

    def close(self) -> None:
        self._file.close()

    def _place(self, seconds: float) -> int:
        """Return where the last cluster begins that is not later than a time."""
        low, high = self._first, self._size
        while high - low > _NEAR:
            middle = (low + high) // 2
            found = self._cluster_from(middle, high)
            if found is None or found[1] > seconds:
                high = middle
            else:
                low = found[0]
        while (found := self._cluster_from(low + 1, self._size)) is not None and found[1] <= seconds:
            low = found[0]
        return low

    def _cluster_from(self, place: int, limit: int) -> tuple[int, float] | None:
        """Return place and time of the first cluster that begins in ``[place, limit)``."""
        while place < limit:
            self._file.seek(place)
            block = self._file.read(_BLOCK + 64)
            at = block.find(_CLUSTER)
            while 0 <= at < _BLOCK and place + at < limit:
                time = self._time(block[at : at + 64])
                if time is not None:
                    return place + at, time
                at = block.find(_CLUSTER, at + 1)
            place += _BLOCK
        return None

    def _time(self, head: bytes) -> float | None:
        """Return when the cluster begins; None for bytes that only look like one."""
        data = io.BytesIO(head[4:])
        if _number(data) is None:
            return None
        for _ in range(4):  # a checksum, a place or padding may come first
            identity, size = _id(data), _number(data)
            if identity is None or size is None or size < 0 or size > 32:
                return None
            body = data.read(size)
            if identity == _TIMESTAMP:
                return int.from_bytes(body, "big") * self._scale if 0 < len(body) == size <= 8 else None
        return None

    def _read_header(self) -> int:
        """Return where the first cluster begins."""
        file = self._file
        file.seek(0)
        while (place := file.tell()) < min(self._size, _LARGEST_HEADER):
            identity, size = _id(file), _number(file)
            if identity is None or size is None:
                break
            if identity == int.from_bytes(_CLUSTER, "big"):
                return place
            if identity == _SCALE:
                self._scale = int.from_bytes(file.read(size), "big") / 1e9
            elif identity not in (_SEGMENT, _INFO):
                if size < 0:
                    break
                file.seek(size, os.SEEK_CUR)
        raise NoClusters("no cluster after the header")


class _Spliced:
    """The header of a file, then the file from where it stands on. It cannot be searched."""

    def __init__(self, header: bytes, file: BinaryIO) -> None:
        self._head = io.BytesIO(header)
        self._file = file

    def read(self, size: int) -> bytes:
        return self._head.read(size) or self._file.read(size)


def _id(file: Any) -> int | None:
    first = file.read(1)
    if not first or not first[0]:
        return None
    length = 9 - first[0].bit_length()
    rest = file.read(length - 1)
    return int.from_bytes(first + rest, "big") if length <= 4 and len(rest) == length - 1 else None


def _number(file: Any) -> int | None:
    """Return a size (RFC 8794): -1 where it is unknown, None at the end."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    length = 9 - first[0].bit_length()
    rest = file.read(length - 1)
    if len(rest) != length - 1:
        return None
    most = (1 << (7 * length)) - 1
    value = int.from_bytes(first + rest, "big") & most
    return -1 if value == most else value
