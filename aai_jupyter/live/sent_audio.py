"""The sound that is given to a session: kept, measured, and the clock of how late its text comes."""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aai_jupyter.client.streaming.codec import AudioWriter

_KEEP_DAYS = 30


class SentAudio:
    """Counts, measures and keeps sound as it is given.

    Parameters
    ----------
    rate, channels : int

    Attributes
    ----------
    level : float
        RMS of the newest sound, 0 to 1.
    latencies : deque of float
        Seconds from when a turn's last word was given to its finished text.
    recording : AudioWriter or None
        Where it is kept.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._rate, self._channels = rate, channels
        self._samples = 0
        self._when: deque[tuple[float, float]] = deque(maxlen=1500)  # (seconds of sound, when given)
        self.level = 0.0
        self.latencies: deque[float] = deque(maxlen=500)
        self.recording: AudioWriter | None = None

    @property
    def seconds(self) -> float:
        return self._samples / self._rate

    def keep_in(self, home: Path) -> Path:
        """Keep the sound in a new file of this home folder."""
        from aai_jupyter.client.streaming.codec import AudioWriter

        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.urandom(3).hex()}"
        self.recording = AudioWriter(folder_of(home), name, self._rate, self._channels)
        return self.recording.path

    def note(self, pcm: bytes) -> None:
        """Take in 16-bit sound that is given now."""
        import numpy as np

        self._samples += len(pcm) // (2 * self._channels)
        self._when.append((self.seconds, time.monotonic()))
        sound = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32)
        self.level = float(np.sqrt(np.mean(sound**2))) / 32768 if len(sound) else 0.0
        if self.recording is not None:
            self.recording.write(pcm)

    def note_text(self, end: float) -> None:
        """The finished text of a turn has come whose last word ends at `end` seconds."""
        for given, when in reversed(self._when):
            if given <= end:
                self.latencies.append(max(0.0, time.monotonic() - when))
                return

    def late(self) -> dict[str, Any]:
        """``latency_p50`` and ``latency_p95`` in seconds; None before any."""
        found = sorted(self.latencies)
        return {
            "latency_p50": found[len(found) // 2] if found else None,
            "latency_p95": found[int(len(found) * 0.95)] if found else None,
        }


def folder_of(home: Path) -> Path:
    """Where sound is kept; what is older than 30 days is deleted."""
    folder = home / "streams"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    oldest = time.time() - _KEEP_DAYS * 86400
    for old in folder.iterdir():
        with contextlib.suppress(OSError):  # somebody else deletes it now
            if old.suffix in (".flac", ".wav") and old.stat().st_mtime < oldest:
                old.unlink()
    return folder
