"""How late the local engine's text comes: real speech at the pace it was spoken, to an engine of its own.

Delays count from the end of a turn's last word, as the engine times it, to the message with the text. A
final message is its turn's last one. Nothing else should run meanwhile.

    python -m benchmarks.live_delay {read|talk} [PARAMETER=VALUE...]
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from aai_jupyter.client.client import Client
from aai_jupyter.client.streaming.events import Turn
from aai_jupyter.client.streaming.pcm_source import open_source
from aai_jupyter.runtime.process import Runtime
from aai_jupyter.settings.configuration import Settings
from benchmarks.bench_engine import wer

ROOT = Path(__file__).parents[1]
READ = (ROOT / "aai_jupyter" / "data" / "two_readers.flac", ROOT / "tests" / "data" / "two_cities.flac")
TALK = (ROOT / "tests" / "data" / "pyannote_sample.flac", ROOT / "tests" / "data" / "ami_tst00.flac")
RATE, STEP = 16000, 0.1


@dataclass
class Delays:
    """Seconds; one number for each turn, and for each gap between messages while a turn is spoken."""

    final: list[float] = field(default_factory=list)
    partial: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    turns: list[tuple[float, float, str]] = field(default_factory=list)

    def p(self, values: list[float], share: float) -> float:
        found = sorted(values)
        return found[min(len(found) - 1, int(len(found) * share))] if found else float("nan")


async def _one(client: Client, path: Path, delays: Delays, **options: Any) -> str:
    sound = b"".join([block async for block in open_source(path, rate=RATE).blocks()]) + bytes(3 * RATE * 2)
    step = int(RATE * STEP) * 2
    async with client.streaming.connect(sample_rate=RATE, **options) as session:
        began = time.monotonic()
        newest: dict[int, float] = {}

        def hear(event: Any) -> None:
            if not isinstance(event, Turn) or not event.words:
                return
            now = time.monotonic()
            late = now - began - event.words[-1].end / 1000
            if event.end_of_turn:
                delays.final.append(late)
                spoken = (event.words[-1].end - event.words[0].start) / 1000
                delays.turns.append((spoken, late, event.transcript))
            else:
                delays.partial.append(late)
                before = newest.get(event.turn_order, began + event.words[0].start / 1000)
                delays.gaps.append(now - before)
            newest[event.turn_order] = now

        session.listen(hear)
        for n, start in enumerate(range(0, len(sound), step)):
            await asyncio.sleep(max(0.0, began + (n + 1) * STEP - time.monotonic()))
            session.push(sound[start : start + step])
    return " ".join(turn.transcript for turn in session.turns.final())


async def _all(endpoint: Any, paths: tuple[Path, ...], delays: Delays, **options: Any) -> list[str]:
    async with Client(endpoint) as client:
        return [await _one(client, path, delays, **options) for path in paths]


def measure(paths: tuple[Path, ...], **options: Any) -> tuple[Delays, list[str]]:
    """Stream these files, one after the other; delays and texts."""
    delays = Delays()
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(environ={})
        settings.local, settings.home = True, Path(home)
        rt = Runtime(settings)
        try:
            texts = asyncio.run(_all(rt.endpoint(), paths, delays, **options))
        finally:
            rt.close()
    return delays, texts


def rows(what: str, paths: tuple[Path, ...], **options: Any) -> list[dict[str, Any]]:
    """Rows for the report."""
    delays, _ = measure(paths, **options)
    p50, p95 = delays.p(delays.final, 0.5), delays.p(delays.final, 0.95)
    return [
        {
            "what": f"local engine, {what}: last word -> final text, {len(delays.final)} turns, p50 / p95",
            "ours": f"{p50:.2f} / {p95:.2f} s",
            "against": "-",
            "goal": "< 1.5 s",
            "met": p95 < 1.5,
        },
        {
            "what": f"local engine, {what}: messages while a turn is spoken, median gap / p95",
            "ours": f"{median(delays.gaps):.2f} / {delays.p(delays.gaps, 0.95):.2f} s",
            "against": "-",
            "goal": "about 1 s",
            "met": median(delays.gaps) < 1.5,
        },
    ]


def _said(path: Path) -> str:
    """What was said in a file, as far as it is known."""
    beside = path.with_suffix(".json")
    if beside.exists():
        return " ".join(turn["text"] for turn in json.loads(beside.read_text("utf-8"))["turns"])
    listed = json.loads((path.parent / "manifest.json").read_text("utf-8"))
    return next((one.get("reference") or "" for one in listed if one["file"] == path.name), "")


if __name__ == "__main__":
    files = {"read": READ, "talk": TALK}[sys.argv[1]]
    found, texts = measure(files, **dict(pair.split("=") for pair in sys.argv[2:]))
    for spoken, late, text in found.turns:
        sys.stdout.write(f"{spoken:6.1f} s spoken  {late:5.2f} s late  {text}\n")
    for file, heard in zip(files, texts, strict=True):
        if said := _said(file):
            sys.stdout.write(f"{file.name}: {wer(said, heard):.1%} word errors\n")
    for name in ("final", "partial", "gaps"):
        values = getattr(found, name)
        sys.stdout.write(f"{name}: p50 {found.p(values, 0.5):.2f} p95 {found.p(values, 0.95):.2f}\n")
