"""Length of a WAV file, also of one that was written through a pipe and could not say it in its header."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

_UNKNOWN = 0xFFFFFFFF
_PCM_LIKE = (1, 3, 6, 7)  # integers, floats, A-law, mu-law: as many bytes for each sample


def wav_seconds(file: BinaryIO) -> float | None:
    """Return the duration by the bytes that are there; None for what is no WAV, or is compressed.

    Who writes to a pipe cannot go back to the header: the size in it is 0 or the largest, and the sound goes
    on to the end of the file. Where a header promises more than there is, what is there counts.

    Examples
    --------
    >>> import io, struct
    >>> head = b"RIFF" + struct.pack("<I4s", 0, b"WAVE")
    >>> head += b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    >>> wav_seconds(io.BytesIO(head + b"data" + struct.pack("<I", 0xFFFFFFFF) + bytes(16_000)))
    1.0
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if head[:4] not in (b"RIFF", b"RF64", b"BW64") or head[8:12] != b"WAVE":
        return None
    bytes_per_second, place, long_size = 0, 12, None
    while len(chunk := file.read(8)) == 8:
        name, length = struct.unpack("<4sI", chunk)
        place += 8
        if name == b"ds64":
            body = file.read(length)
            long_size = struct.unpack_from("<Q", body, 8)[0] if len(body) >= 16 else None
        elif name == b"fmt ":
            body = file.read(length)
            if len(body) < 16:
                return None
            form, _, _, bytes_per_second = struct.unpack_from("<HHII", body)
            if form == 0xFFFE and len(body) >= 26:
                form = struct.unpack_from("<H", body, 24)[0]
            if form not in _PCM_LIKE:
                return None
        elif name == b"data":
            left = size - place
            told = long_size if length == _UNKNOWN and long_size else length
            sound = left if told in (0, _UNKNOWN) else min(told, left)
            return sound / bytes_per_second if bytes_per_second and sound else None
        place += length + length % 2
        file.seek(place)
    return None
