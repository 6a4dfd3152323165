"""A look at recordings before they are paid for: six files of ten minutes, on the cores that are there."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import av
import numpy as np

import aai_jupyter as aai
from aai_jupyter.api.inspect import inspect

MINUTES, GOAL = 10, 100.0
FORMS = (("wav", "pcm_s16le", 16_000, 1), ("mp3", "libmp3lame", 44_100, 2), ("ogg", "libopus", 48_000, 2))


def _write(path: Path, codec: str, rate: int, channels: int) -> None:
    """The bundled recording over and over."""
    layout = "stereo" if channels == 2 else "mono"
    with av.open(str(path), "w") as made:
        stream = made.add_stream(codec, rate=rate, layout=layout)
        fit = av.AudioResampler(stream.format, layout, rate, frame_size=stream.frame_size or 1024)
        samples = 0
        while samples < MINUTES * 60 * rate:
            with av.open(str(aai.sample())) as given:
                for frame in given.decode(audio=0):
                    frame.pts = None
                    for out in fit.resample(frame):
                        samples += out.samples
                        made.mux(stream.encode(out))
        made.mux(stream.encode(None))


def main() -> list[dict[str, Any]]:
    """Write the files, then look at them all."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number in range(6):
            suffix, codec, rate, channels = FORMS[number % len(FORMS)]
            paths.append(Path(folder) / f"{number}.{suffix}")
            _write(paths[-1], codec, rate, channels)
        inspect(paths[:1])
        began = time.perf_counter()
        found = inspect(paths)
        seconds = time.perf_counter() - began
    pace = float(np.sum(found.seconds)) / seconds
    return [
        {
            "what": f"aai.inspect, {found.seconds.sum() / 60:.0f} min in wav, mp3 and opus",
            "ours": f"{pace:.0f} times real time",
            "against": "",
            "goal": f"at least {GOAL:.0f}",
            "met": pace >= GOAL,
        }
    ]
