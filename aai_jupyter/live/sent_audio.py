"""Audio that is sent to a session: kept, measured, and the latency of its text."""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.jobs.home_folders import STREAMS
from aai_jupyter.jobs.made_sound import SUFFIX
from aai_jupyter.live.loudness import loudness
from aai_jupyter.text.live_names import new_live_name

if TYPE_CHECKING:
    from aai_jupyter.client.streaming.codec import AudioWriter

_KEEP_DAYS = 30


class SentAudio:
    """Counts, measures and keeps audio as it is sent.

    Parameters
    ----------
    rate, channels : int

    Attributes
    ----------
    levels : list of float
        Loudness (RMS) of the newest audio of each channel, 0 to 1.
    latencies : deque of float
        Seconds from when a turn's last word was sent to its finished text.
    recording : AudioWriter or None
        Where it is kept.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._rate, self._channels = rate, channels
        self._samples = 0
        self._when: deque[tuple[float, float]] = deque(maxlen=1500)  # (seconds of audio, when sent)
        self.levels = [0.0] * channels
        self.latencies: deque[float] = deque(maxlen=500)
        self.recording: AudioWriter | None = None

    @property
    def seconds(self) -> float:
        return self._samples / self._rate

    @property
    def level(self) -> float:
        """Loudness of the loudest channel."""
        return max(self.levels)

    def record_in(self, home: Path) -> Path:
        """Keep the audio in a new file of this home folder."""
        from aai_jupyter.client.streaming.codec import AudioWriter

        name = new_live_name(os.urandom(3).hex())
        self.recording = AudioWriter(folder_of(home), name, self._rate, self._channels)
        return self.recording.path

    def add(self, pcm: bytes) -> None:
        """Count, measure and keep 16-bit audio that is sent now."""
        from aai_jupyter.client.streaming.pcm_source import split_channels

        self._samples += len(pcm) // (2 * self._channels)
        self._when.append((self.seconds, time.monotonic()))
        self.levels = [loudness(part) for part in split_channels(pcm, self._channels)]
        if self.recording is not None:
            self.recording.write(pcm)

    def note_text(self, end: float) -> None:
        """Note the latency of a turn: its finished text has come, and its last word ends at `end` seconds."""
        for sent, when in reversed(self._when):
            if sent <= end:
                self.latencies.append(max(0.0, time.monotonic() - when))
                return

    def latency(self) -> dict[str, Any]:
        """``latency_p50`` and ``latency_p95`` in seconds; None before any."""
        found = sorted(self.latencies)
        return {
            "latency_p50": found[len(found) // 2] if found else None,
            "latency_p95": found[int(len(found) * 0.95)] if found else None,
        }


def folder_of(home: Path) -> Path:
    """Folder of kept audio; files older than 30 days are deleted."""
    folder = home / STREAMS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    oldest = time.time() - _KEEP_DAYS * 86400
    for old in folder.iterdir():
        with contextlib.suppress(OSError):  # somebody else deletes it now
            if old.suffix in (".flac", ".wav", SUFFIX) and old.stat().st_mtime < oldest:
                old.unlink()
    return folder
