"""What the kernel's machine records: at most one clip, in memory."""

from __future__ import annotations

import threading
from typing import Any

from aai_jupyter.client.options.catalog.clip_options import LONGEST_SECONDS

RATE = 16_000


class ClipBuffer:
    """Sound as it comes.

    Examples
    --------
    >>> tape = ClipBuffer()
    >>> tape.push(bytes(3200)), tape.seconds, len(tape.take() or b"")
    (False, 0.1, 3200)
    """

    MOST = 2 * RATE * LONGEST_SECONDS

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parts: list[bytes] = []
        self._size = 0
        self.level = 0.0
        """Loudness of the newest sound: root mean square, 0 to 1."""

    @property
    def seconds(self) -> float:
        return self._size / 2 / RATE

    def push(self, pcm: bytes) -> bool:
        """Take samples of 16 bits; True when there is room for no more."""
        import numpy as np

        sound: Any = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32)
        with self._lock:
            self.level = float(np.sqrt(np.mean(sound**2))) / 32768 if len(sound) else 0.0
            kept = pcm[: self.MOST - self._size]
            self._parts.append(kept)
            self._size += len(kept)
            return self._size >= self.MOST

    def take(self) -> bytes:
        """All of it."""
        with self._lock:
            return b"".join(self._parts)
