"""Recordings of any length, and what a ledger of them costs by the prices that are written down here."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from pathlib import Path

from tests.faults.simulator import Job, Simulator

HOUR = {"assemblyai-stt-3-7": 0.21, "universal-3-5-pro": 0.21, "universal-2": 0.15}
ADDED = {"speaker_labels": 0.02, "entity_detection": 0.08}


def wav(path: Path, seconds: int, mark: int = 0) -> Path:
    """A recording whose header tells its length, of a byte a second; none is the same as another."""
    sound = struct.pack("<I", mark) * (seconds // 4) + bytes(seconds % 4)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 1, 1, 1, 8)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(sound)) + sound
    path.write_bytes(struct.pack("<4sI", b"RIFF", len(body)) + body)
    return path


def recordings(folder: Path, simulator: Simulator, lengths: Iterable[int]) -> list[Path]:
    """Files of those seconds, whose lengths the service tells truly."""
    folder.mkdir(exist_ok=True)
    paths = [wav(folder / f"{number:02}.wav", seconds, number + 1) for number, seconds in enumerate(lengths)]
    for path, seconds in zip(paths, lengths, strict=True):
        simulator.lengths[hashlib.sha256(path.read_bytes()).hexdigest()[:12]] = seconds
    return paths


def ledger(simulator: Simulator) -> float:
    """USD of all that the service took."""
    return sum(cost(job, simulator.lengths.get(job.audio, 1)) for job in simulator.jobs)


def cost(job: Job, seconds: int) -> float:
    hour = HOUR[job.params["speech_models"][0]]
    hour += sum(price for name, price in ADDED.items() if job.params.get(name))
    return seconds / 3600 * hour
