"""The first far second of a ten-hour file, as the kernel gives it right after the player was made.

From asking for two seconds of sound at 8 h 20 min to having them decoded, file open and search included, in a
fresh player; then the slowest of six more jumps. The files are in the page cache. Against: what it takes to
let FFmpeg search, for formats in which that is not what happens anyway.
"""

from __future__ import annotations

import io
import tempfile
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from aai_jupyter.api.sample import sample
from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.widgets.player.audio_reader import RATE, RecordingReader, decoded

HOURS = 10
TIMES = HOURS * 3600 // 67 + 1
FIRST = 30_000_000
LATER = (35_900_000, 18_000_123, 3_000, 27_000_456, 9_000_789, 35_000_000)
NO_HEADER = {"write_xing": "0", "id3v2_version": "0"}


def encoded(
    codec: str, form: str, rate: int, layout: str, container: dict[str, str], times: int = 1, **options: Any
) -> bytes:
    """The bundled recording in a format, so many times."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format=form, options=container) as output:
        stream = output.add_stream(codec, rate=rate, options=options.pop("options", {}))
        stream.layout = layout
        for name, value in options.items():
            setattr(stream, name, value)
        for samples in [*decoded(Recording.of(sample()), rate)] * times:
            both = np.repeat(samples, 2) if layout == "stereo" else samples
            frame = av.AudioFrame.from_ndarray(both[None], format="s16", layout=layout)
            frame.rate = rate
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()


def repeated(path: Path, part: bytes) -> None:
    """A format without a header: the same bytes until there are ten hours."""
    with path.open("wb") as file:
        for _ in range(TIMES):
            file.write(part)


def remuxed(path: Path, part: bytes, **container: str) -> None:
    """A format with one: the same packets at later times."""
    import av

    with av.open(io.BytesIO(part)) as source, av.open(str(path), "w", options=container) as output:
        stream = source.streams.audio[0]
        packets = [
            (bytes(p), p.pts, p.duration) for p in source.demux(stream) if p.size and p.pts is not None
        ]
        span = packets[-1][1] + packets[-1][2] - packets[0][1]
        made = output.add_stream_from_template(stream)
        for turn in range(int(HOURS * 3600 / (span * stream.time_base)) + 1):
            for data, pts, duration in packets:
                packet = av.Packet(data)
                packet.stream, packet.time_base, packet.is_keyframe = made, stream.time_base, True
                packet.pts = packet.dts = pts + turn * span
                packet.duration = duration
                output.mux(packet)


def waved(path: Path) -> None:
    """WAV, 16 bits."""
    samples = np.concatenate(list(decoded(Recording.of(sample()), RATE))).tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for _ in range(HOURS * 3600 * RATE * 2 // len(samples) + 1):
            file.writeframes(samples)


def files() -> Iterator[tuple[str, str, Callable[[Path], object]]]:
    """What it is, its suffix, and how to write it."""
    lame, vbr = "libmp3lame", {"flags": "+qscale", "global_quality": str(4 * 118)}
    mp3 = encoded(lame, "mp3", 44_100, "stereo", NO_HEADER, bit_rate=128_000)
    yield "MP3, 128 kbit/s stereo", "mp3", lambda path: repeated(path, mp3)
    variable = encoded(lame, "mp3", 44_100, "mono", NO_HEADER, options=vbr)
    yield "MP3, variable, no header", "mp3", lambda path: repeated(path, variable)
    adts = encoded("aac", "adts", 44_100, "mono", {}, bit_rate=64_000)
    yield "AAC (ADTS), 64 kbit/s", "aac", lambda path: repeated(path, adts)
    m4a = encoded("aac", "mp4", 44_100, "mono", {}, bit_rate=64_000)
    yield "AAC (M4A), 64 kbit/s", "m4a", lambda path: remuxed(path, m4a)
    opus = encoded("libopus", "ogg", 48_000, "mono", {}, bit_rate=32_000)
    yield "Opus (Ogg)", "ogg", lambda path: remuxed(path, opus)
    yield "Opus (WebM)", "webm", lambda path: remuxed(path, opus)
    yield "Opus (WebM without cues, as browsers record)", "webm", lambda path: remuxed(path, opus, live="1")
    flac = encoded("flac", "flac", RATE, "mono", {}, TIMES)  # its frames are numbered
    yield "FLAC", "flac", lambda path: path.write_bytes(flac)
    yield "WAV", "wav", waved


def jump(sound: RecordingReader, ms: int) -> float:
    """Milliseconds until two seconds of sound are there."""
    begin = time.perf_counter()
    samples = sound.segment(ms, ms + 2000)
    took = time.perf_counter() - begin
    assert len(samples) == 2 * RATE, len(samples)
    return took * 1000


def main() -> list[dict[str, Any]]:
    """Measure, print and return the rows."""
    rows: list[dict[str, Any]] = []
    firsts, laters = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for name, suffix, write in files():
            path = Path(folder) / f"long.{suffix}"
            write(path)
            recording = Recording(name, path=str(path))
            plain, sound = RecordingReader(recording), RecordingReader(recording)
            plain._plain = plain._bisects = False
            before = jump(plain, FIRST)
            firsts[name] = jump(sound, FIRST)
            laters[name] = max(jump(sound, ms) for ms in LATER)
            searched = sound._counted or sound._clusters
            rows.append(
                {
                    "what": f"{name}, {path.stat().st_size / 1e6:,.0f} MB: first jump, later ones at most",
                    "ours": f"{firsts[name]:.0f} ms, {laters[name]:.0f} ms",
                    "against": f"FFmpeg's search: {before:.0f} ms" if searched else "-",
                    "goal": "-",
                    "met": "-",
                }
            )
            print(" | ".join(rows[-1].values()), flush=True)
            plain.close()
            sound.close()
            path.unlink()
    for what, found in (("first", firsts), ("later", laters)):
        slowest = max(found, key=lambda name: found[name])
        rows.append(
            {
                "what": f"10 h: {what} jump to a far second, slowest of {len(found)} formats",
                "ours": f"{found[slowest]:.0f} ms ({slowest})",
                "against": "-",
                "goal": "under 300 ms",
                "met": "yes" if found[slowest] < 300 else "no",
            }
        )
        print(" | ".join(rows[-1].values()), flush=True)
    return rows


if __name__ == "__main__":
    main()
