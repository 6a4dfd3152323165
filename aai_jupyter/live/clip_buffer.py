"""Buffer of the audio that the kernel's machine records: at most one clip, in memory."""

from __future__ import annotations

import threading

from aai_jupyter.client.options.catalog.clip_options import LONGEST_SECONDS
from aai_jupyter.live.loudness import loudness

RATE = 16_000


class ClipBuffer:
    """Audio of one clip, 120 s at most.

    Examples
    --------
    >>> buffer = ClipBuffer()
    >>> buffer.push(bytes(3200)), buffer.seconds, len(buffer.take())
    (False, 0.1, 3200)
    """

    MOST = 2 * RATE * LONGEST_SECONDS

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parts: list[bytes] = []
        self._size = 0
        self.level = 0.0
        """Loudness (RMS) of the newest audio, 0 to 1."""

    @property
    def seconds(self) -> float:
        return self._size / 2 / RATE

    def push(self, pcm: bytes) -> bool:
        """Add samples of 16 bits; True when there is room for no more."""
        level = loudness(pcm)
        with self._lock:
            self.level = level
            kept = pcm[: self.MOST - self._size]
            self._parts.append(kept)
            self._size += len(kept)
            return self._size >= self.MOST

    def take(self) -> bytes:
        """Get all of it."""
        with self._lock:
            return b"".join(self._parts)
