"""Waveform of a recording at every zoom: minimum and maximum of each interval, as int8 pairs."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aai_jupyter.errors import AaiError
from aai_jupyter.widgets.player.audio_reader import RATE, AudioReader, decoded

if TYPE_CHECKING:
    from aai_jupyter.transcripts.recording import Recording

FINEST_MS = 10
"""Milliseconds per pair of the finest level; each level above has four times as many."""
COARSE_PAIRS = 4000
"""Pairs for the whole recording."""
_RATE = 8000
_DIGEST = re.compile("[0-9a-f]{64}")
_EMPTY = np.empty((0, 2), dtype=np.int8)


class Peaks:
    """Waveform of a recording, computed in the background once and cached in a folder.

    Parameters
    ----------
    recording : Recording
    folder : Path
        Where outlines are kept, readable by their owner only. They tell loudness and nothing else.
    """

    def __init__(self, recording: Recording, folder: Path) -> None:
        self._recording = recording
        self._file = folder / f"{_name(recording)}.npy" if _name(recording) else None
        self._pairs = _EMPTY
        self._ready = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def ready(self) -> bool:
        """Whether the whole recording has been read."""
        return self._ready.is_set()

    def start(self, progress: Callable[[], None]) -> None:
        """Compute on a thread of its own; ``progress`` is called from it now and then, and at the end."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, args=(progress,), name="aai-peaks", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Cancel the computation."""
        self._stop.set()

    def _run(self, progress: Callable[[], None]) -> None:
        if self._read():
            progress()
            return
        parts: list[np.ndarray] = []
        told = 0
        with contextlib.suppress(AaiError):  # what was read so far is shown
            for pairs in (minmax(samples, _RATE * FINEST_MS // 1000) for samples in _even(self._recording)):
                if self._stop.is_set():
                    return
                parts.append(pairs)
                count = sum(map(len, parts))
                if count > 2 * told + 60_000:  # after 10 min, 30 min, 70 min, ... of the recording
                    told = count
                    parts = [np.concatenate(parts)]
                    self._pairs = parts[0]
                    progress()
        self._pairs = np.concatenate(parts) if parts else _EMPTY
        self._ready.set()
        self._write()
        progress()

    def _read(self) -> bool:
        try:
            if self._file is None or not self._file.exists():
                return False
            self._pairs = np.load(self._file, mmap_mode="r", allow_pickle=False).reshape(-1, 2).view(np.int8)
        except (OSError, ValueError):
            return False
        self._ready.set()
        return True

    def _write(self) -> None:
        if self._file is None:
            return
        with contextlib.suppress(OSError):  # no room: computed again next time
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._file.parent, suffix=".part")  # mode 0600
            with os.fdopen(handle, "wb") as stream:
                np.save(stream, self._pairs)
            os.replace(name, self._file)

    def coarse(self, duration_ms: float) -> bytes:
        """Return the whole recording in at most :data:`COARSE_PAIRS` pairs; 0 where it is not read yet."""
        return coarse(self._pairs, FINEST_MS, duration_ms)

    def level(self, step_ms: float, from_ms: float, to_ms: float) -> tuple[int, np.ndarray]:
        """Return milliseconds per pair (at most ``step_ms``) and the pairs of an interval."""
        factor = 1
        while FINEST_MS * factor * 4 <= step_ms:
            factor *= 4
        first = int(max(0.0, from_ms)) // FINEST_MS
        last = -(-int(max(0.0, to_ms)) // FINEST_MS)
        return FINEST_MS * factor, reduce(self._pairs[first:last], factor)


def of_segment(sound: AudioReader, step_ms: float, from_ms: float, to_ms: float) -> tuple[int, np.ndarray]:
    """Return the same for an interval that is decoded for the call."""
    step = max(FINEST_MS, int(step_ms))
    return step, minmax(sound.segment(from_ms, to_ms), RATE * step // 1000)


def minmax(samples: np.ndarray, size: int) -> np.ndarray:
    """Return minimum and maximum of every ``size`` int16 samples, as int8 pairs.

    Examples
    --------
    >>> minmax(np.array([0, 256, -512, 32767], dtype=np.int16), 2).tolist()
    [[0, 1], [-2, 127]]
    """
    if not len(samples):
        return _EMPTY
    starts = np.arange(0, len(samples), size)
    pairs = np.stack([np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)], axis=1)
    return (pairs >> 8).astype(np.int8)


def reduce(pairs: np.ndarray, factor: int) -> np.ndarray:
    """Merge every ``factor`` pairs into one."""
    if factor == 1 or not len(pairs):
        return np.asarray(pairs)
    starts = np.arange(0, len(pairs), factor)
    low, high = np.minimum.reduceat(pairs[:, 0], starts), np.maximum.reduceat(pairs[:, 1], starts)
    return np.stack([low, high], axis=1)


def coarse(pairs: np.ndarray, step_ms: float, duration_ms: float) -> bytes:
    """Return pairs over a whole duration, at most :data:`COARSE_PAIRS`."""
    total = max(1, round(duration_ms / step_ms))
    count = min(COARSE_PAIRS, total)
    found = np.zeros((count, 2), dtype=np.int8)
    starts = np.arange(count) * total // count
    there = int(np.searchsorted(starts, len(pairs)))
    if there:
        upto = pairs[:total]
        found[:there, 0] = np.minimum.reduceat(upto[:, 0], starts[:there])
        found[:there, 1] = np.maximum.reduceat(upto[:, 1], starts[:there])
    return found.tobytes()


def _even(recording: Recording) -> Iterator[np.ndarray]:
    """Yield chunks whose length is a whole number of pairs, but for the last."""
    size = _RATE * FINEST_MS // 1000
    rest = np.empty(0, dtype=np.int16)
    for samples in decoded(recording, _RATE):
        samples = np.concatenate([rest, samples])
        whole = len(samples) // size * size
        yield samples[:whole]
        rest = samples[whole:]
    yield rest


def _name(recording: Recording) -> str | None:
    """Return the cache key of the waveform: by hash if known, else by path, size and time of change."""
    # A digest that came out of a file need not be the recording's, nor a digest: it would be a path here.
    if recording.sha256 and recording.trust == "user" and _DIGEST.fullmatch(recording.sha256):
        return recording.sha256 + _suffix(recording)
    if recording.file is None:
        return None
    facts = recording.file.stat()
    named = f"{recording.file}\0{facts.st_size}\0{facts.st_mtime_ns}"
    return hashlib.sha256(named.encode()).hexdigest() + _suffix(recording)


def _suffix(recording: Recording) -> str:
    """Return what tells the outline of a track, on the file's clock, from those of earlier versions."""
    return f".{recording.track or 1}"
