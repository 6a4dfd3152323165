"""Recordings in many containers, made with PyAV: bursts of a tone at known times."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

BURSTS = (0.6, 1.4, 2.2)
"""Seconds at which a tone of 0.2 s begins."""
SECONDS = 3.0
VIDEO_SECONDS = 5


def bursts(rate: int) -> np.ndarray:
    """Mono samples with a tone at each of :data:`BURSTS`."""
    time = np.arange(round(SECONDS * rate)) / rate
    sound = np.zeros(len(time), dtype=np.float32)
    for begin in BURSTS:
        there = (time >= begin) & (time < begin + 0.2)
        sound[there] = 0.5 * np.sin(2 * np.pi * 700 * (time[there] - begin) + 1.5)
    return sound


def written(
    path: Path,
    codec: str,
    *,
    rate: int = 44_100,
    form: str | None = None,
    late: float = 0.0,
    gap: tuple[float, float] | None = None,
    video: str | None = None,
    tracks: Sequence[np.ndarray] | None = None,
    options: dict[str, str] | None = None,
    encoder: dict[str, str] | None = None,
) -> Path:
    """Write tracks (:func:`bursts` when left out) that begin late, with a gap, or beside a picture."""
    sounds = [bursts(rate)] if tracks is None else tracks
    with av.open(str(path), "w", format=form, options=options or {}) as out:
        events: list[tuple[float, Any, Any]] = []
        if video is not None:
            picture: Any = out.add_stream(video, rate=5)
            picture.width = picture.height = 64
            picture.pix_fmt = "yuv420p"
            for number in range(5 * VIDEO_SECONDS):
                frame = av.VideoFrame(64, 64, "yuv420p")
                for plane in frame.planes:
                    plane.update(bytes(plane.buffer_size))
                frame.pts, frame.time_base = number, Fraction(1, 5)
                events.append((number / 5, picture, frame))
        for sound in sounds:
            stream: Any = out.add_stream(codec, rate=rate, options=encoder or {})
            stream.layout = "stereo" if codec == "vorbis" else "mono"
            events += [(time, stream, frame) for time, frame in _frames(stream, sound, rate, late, gap)]
        for _, stream, frame in sorted(events, key=lambda event: event[0]):
            out.mux(stream.encode(frame))
        for stream in out.streams:
            out.mux(stream.encode(None))
    return path


def _frames(
    stream: Any, sound: np.ndarray, rate: int, late: float, gap: tuple[float, float] | None
) -> list[tuple[float, Any]]:
    whole = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
    whole.sample_rate = rate
    context = stream.codec_context
    resampler = av.AudioResampler(context.format, stream.layout, rate, context.frame_size or 1024)
    found, position = [], 0
    for frame in [*resampler.resample(whole), *resampler.resample(None)]:
        time = late + position / rate
        if gap is not None and position / rate >= gap[0]:
            time += gap[1]
        frame.pts, frame.time_base = round(time * rate), Fraction(1, rate)
        found.append((time, frame))
        position += frame.samples
    return found


def onsets(samples: np.ndarray, rate: int) -> list[float]:
    """Seconds at which tones begin, after 50 ms without one."""
    level = np.abs(np.asarray(samples, dtype=np.float64))
    level /= 32_768 if np.issubdtype(np.asarray(samples).dtype, np.integer) else 1
    loud = np.flatnonzero(level > 0.15)
    first = np.flatnonzero(np.diff(loud, prepend=-rate) > rate // 20)
    return [float(at) / rate for at in loud[first]]
