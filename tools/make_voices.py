"""Make ``tests/data/voices`` from the LibriSpeech utterances in the repository of Resemblyzer.

    git clone https://github.com/resemble-ai/Resemblyzer
    python tools/make_voices.py Resemblyzer/audio_data tests/data/voices

Ten readers of test-other speak about half a minute each, twenty-four of train-clean-100 eight seconds; one
Ogg Opus file a reader. ``voices.json`` tells the stretches between pauses, of which conversations are built.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

RATE = 16_000
FRAME = 160
PAUSE = 0.25
"""Seconds without sound at which an utterance is cut."""
QUIET = 0.08
"""Level below which nobody speaks, from the quiet (0) to the loud frames (1) of the utterance."""
READERS, STRANGERS = 32.0, 8.0
"""Seconds of each reader."""
STRANGER_COUNT = 24


def samples_of(path: Path) -> np.ndarray:
    from aai_jupyter.local.models.audio_decoding import decode

    with decode(path) as audio:
        return audio.read(0, audio.n_samples)


def stretches(samples: np.ndarray) -> list[tuple[int, int]]:
    """Samples [start, stop) between pauses, without the silence at their edges."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    level = np.sqrt((frames**2).mean(1))
    level = np.convolve(level, np.ones(5) / 5, "same")
    low, high = np.quantile(level, (0.05, 0.95))
    loud = level > low + QUIET * (high - low)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], loud, [False])).astype(int))).reshape(-1, 2)
    found: list[list[int]] = []
    for first, last in edges.tolist():
        if found and (first - found[-1][1]) * FRAME < PAUSE * RATE:
            found[-1][1] = last
        else:
            found.append([first, last])
    return [(a * FRAME, b * FRAME) for a, b in found if (b - a) * FRAME >= 0.3 * RATE]


def write_opus(path: Path, samples: np.ndarray) -> None:
    import av

    with av.open(str(path), "w") as out:
        stream = out.add_stream("libopus", rate=48_000)
        stream.bit_rate = 24_000
        stream.layout = "mono"
        resampler = av.AudioResampler("s16", "mono", 48_000, frame_size=960)
        frame = av.AudioFrame.from_ndarray((samples * 32767).astype("<i2")[None], "s16", "mono")
        frame.sample_rate = RATE
        for part in (*resampler.resample(frame), None):
            out.mux(stream.encode(part))


def main(source: str, target: str) -> None:
    readers: dict[str, list[Path]] = {}
    for path in sorted(Path(source).glob("librispeech_test-other/*/*.flac")):
        readers.setdefault(path.name.split("-")[0], []).append(path)
    others = sorted(Path(source).glob("librispeech_train-clean-100/*.flac"))[:: 251 // STRANGER_COUNT]
    strangers = {path.name.split("-")[0]: [path] for path in others[:STRANGER_COUNT]}
    known: dict[str, dict] = {}
    for kind, seconds, voices in (("reader", READERS, readers), ("stranger", STRANGERS, strangers)):
        for name, paths in voices.items():
            kept, pieces, length = [], [], 0
            for path in paths:
                samples = samples_of(path)
                for start, stop in stretches(samples):
                    if length < seconds * RATE:
                        pieces.append([length, length + stop - start])
                        kept += [samples[start:stop], np.zeros(RATE // 4, np.float32)]
                        length += stop - start + RATE // 4
            write_opus(Path(target) / f"{name}.ogg", np.concatenate(kept))
            known[name] = {"kind": kind, "pieces": [[a / RATE, b / RATE] for a, b in pieces]}
    text = json.dumps(known).replace('}, "', '},\n"')
    (Path(target) / "voices.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:3])
