"""Upload of a video: the sound alone, copied out of the file while it is read.

    python -m benchmarks.bench_sound [--size MIB]

An MP4 of so many MiB with AAC at 64 kbit/s goes to a loopback server: what is sent, the growth of memory, and
the seconds; against the same file sent whole. The file is in the page cache. Then the times of the first
frames, before and after.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

from aai_jupyter.audio.presentation import timed_frames
from aai_jupyter.audio.pyav import open_audio
from aai_jupyter.client.client import Client
from aai_jupyter.client.sources.reading import resolve_sources
from aai_jupyter.client.sources.sent_sound import sound_alone
from aai_jupyter.settings.endpoint import ApiKey, Endpoint
from benchmarks.bench_seek import encoded
from benchmarks.bench_upload import MIB, Memory, loopback_server

DEFAULT_MIB = 2048
SECONDS = 3600
BYTES_A_SECOND = 8_000
"""Of the sound."""


def video(path: Path, mib: int) -> None:
    """An hour of the bundled recording beside packets that stand for a picture."""
    import av

    part = encoded("aac", "mp4", 44_100, "mono", {}, bit_rate=8 * BYTES_A_SECOND)
    with av.open(io.BytesIO(part)) as source, av.open(str(path), "w") as out:
        stream = source.streams.audio[0]
        packets = [(bytes(p), p.pts, p.duration) for p in source.demux(stream) if p.size]
        span = packets[-1][1] + packets[-1][2] - packets[0][1]
        picture: Any = out.add_stream("mpeg4", rate=5)
        picture.width = picture.height = 64
        picture.pix_fmt = "yuv420p"
        sound = out.add_stream_from_template(stream)
        frame = av.VideoFrame(64, 64, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.pts, frame.time_base = 0, Fraction(1, 5)
        (first,) = picture.encode(frame)
        # The whole file is to have the size: above 2.2 GB nothing of it could be compared with, sent whole.
        data = bytes(first) + bytes((mib * MIB - BYTES_A_SECOND * SECONDS) // (5 * SECONDS))
        shown = 0
        for turn in range(int(SECONDS / (span * stream.time_base))):
            for sample, pts, duration in packets:
                at = pts + turn * span
                while shown < 5 * at * stream.time_base:
                    packet = av.Packet(data)
                    packet.stream, packet.time_base, packet.is_keyframe = picture, Fraction(1, 5), True
                    packet.pts = packet.dts = shown
                    out.mux(packet)
                    shown += 1
                packet = av.Packet(sample)
                packet.stream, packet.time_base = sound, stream.time_base
                packet.pts = packet.dts = at
                packet.duration = duration
                out.mux(packet)


async def _sent(url: str, path: Path, whole: bool) -> tuple[int, float, int]:
    """Bytes, seconds and growth of memory of one upload."""
    endpoint = Endpoint(url, url, url, ApiKey("k" * 32), region="custom")
    sent = 0

    def progress(now: int, _: int | None) -> None:
        nonlocal sent
        sent = now

    async with Client(endpoint) as client:
        await client.transcripts.upload(b"RIFF" + bytes(MIB))
        (source,) = resolve_sources(path)
        if whole:
            source.__dict__["sound"] = None
        with Memory() as memory:
            begin = time.perf_counter()
            await client.transcripts.upload(source, progress=progress)
            seconds = time.perf_counter() - begin
    return sent, seconds, memory.growth


def _difference(path: Path) -> float:
    """Largest difference of the times of frames, in milliseconds."""
    (source,) = resolve_sources(path)
    sent = sound_alone(source)
    assert sent is not None
    found = []
    with sent.open() as file:
        copied = io.BytesIO(file.read())
    for one in (str(path), copied):
        with open_audio(one) as container:
            stream = container.streams.audio[0]
            found.append([moment or 0.0 for moment, _ in timed_frames(container, stream)])
    assert len(found[0]) == len(found[1])
    return 1000 * max(abs(a - b) for a, b in zip(*found, strict=True))


def main(mib: int = DEFAULT_MIB) -> list[dict[str, object]]:
    """Measure, print, and give the rows."""
    with tempfile.TemporaryDirectory() as folder, loopback_server() as url:
        path = Path(folder) / "talk.mp4"
        video(path, mib)
        size = path.stat().st_size
        sent, seconds, growth = asyncio.run(_sent(url, path, whole=False))
        whole, whole_seconds, _ = asyncio.run(_sent(url, path, whole=True))
        difference = _difference(path)
    name = f"MP4 of {size / MIB:,.0f} MiB"
    rows: list[dict[str, object]] = [
        {
            "what": f"{name}: bytes sent",
            "ours": f"{sent / MIB:.1f} MiB ({100 * sent / size:.1f} %)",
            "against": f"whole: {whole / MIB:,.0f} MiB",
            "goal": "at most a tenth",
            "met": sent <= size / 10,
        },
        {
            "what": f"{name}: growth of memory",
            "ours": f"{growth / MIB:.1f} MiB",
            "against": "-",
            "goal": "under 32 MiB",
            "met": growth < 32 * MIB,
        },
        {
            "what": f"{name}: seconds over loopback",
            "ours": f"{seconds:.2f}",
            "against": f"whole: {whole_seconds:.2f}",
            "goal": "-",
            "met": "-",
        },
        {
            "what": f"{name}: largest difference of times",
            "ours": f"{difference:.3f} ms",
            "against": "-",
            "goal": "at most 1 ms",
            "met": difference <= 1,
        },
    ]
    for row in rows:
        print(row)
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=DEFAULT_MIB, metavar="MIB", help="the goal is for 2048")
    sys.exit(0 if all(row["met"] for row in main(parser.parse_args().size)) else 1)
