"""Recordings with planted faults, and clean ones, made from the bundled clips of read speech."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

ROOT = Path(__file__).resolve().parent
CLIPS = (
    ROOT.parent / "aai_jupyter" / "data" / "two_readers.flac",
    ROOT / "data" / "beckett.flac",
    *(ROOT / "data" / f"ami_{name}.flac" for name in ("trn00", "trn01", "tst00")),
)
RATE = 16_000
SECONDS = 10
FORMS = (("wav", "pcm_s16le"), ("flac", "flac"), ("mp3", "libmp3lame"), ("ogg", "libopus"), ("m4a", "aac"))


@dataclass(frozen=True)
class Planted:
    """A recording, and the fault that is in it; empty for a clean one."""

    path: Path
    fault: str


def pieces() -> list[np.ndarray]:
    """Stretches of ten seconds of the clips, at 16 kHz, each with speech at -26 dBFS."""
    found = []
    for clip in CLIPS:
        sound = decoded(clip)
        sound = np.pad(sound, (0, max(0, SECONDS * RATE - len(sound))))
        for first in range(0, len(sound) - SECONDS * RATE + 1, SECONDS * RATE):
            piece = sound[first : first + SECONDS * RATE]
            found.append(piece * np.float32(min(0.05 / _active(piece), 0.9 / np.abs(piece).max())))
    return found


def decoded(path: Path, rate: int = RATE) -> np.ndarray:
    """Mono samples of a file."""
    resampler = av.AudioResampler("flt", "mono", rate)
    with av.open(str(path)) as container:
        parts = [
            out.to_ndarray()[0] for frame in container.decode(audio=0) for out in resampler.resample(frame)
        ]
        parts += [out.to_ndarray()[0] for out in resampler.resample(None)]
    return np.concatenate(parts)


def resampled(sound: np.ndarray, rate: int, to: int) -> np.ndarray:
    """The same sound at another rate."""
    resampler = av.AudioResampler("flt", "mono", to)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound[None], np.float32), "flt", "mono")
    frame.sample_rate = rate
    frame.time_base = Fraction(1, rate)
    parts = [out.to_ndarray()[0] for given in (frame, None) for out in resampler.resample(given)]
    return np.concatenate(parts)


def write(path: Path, channels: np.ndarray, rate: int, codec: str) -> Path:
    """Encode samples of shape (channels, samples)."""
    layout = "mono" if len(channels) == 1 else "stereo"
    if codec == "libopus":
        channels, rate = np.stack([resampled(one, rate, 48_000) for one in channels]), 48_000
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        if codec not in ("pcm_s16le", "flac"):
            stream.bit_rate = 96_000
        samples = np.clip(np.rint(channels * 32767), -32768, 32767).astype(np.int16)
        packed = np.ascontiguousarray(samples.T.reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(packed, "s16", layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
        fit = av.AudioResampler(stream.format, layout, rate, frame_size=stream.frame_size or 1024)
        for given in (frame, None):
            for out in fit.resample(given):
                container.mux(stream.encode(out))
        container.mux(stream.encode(None))
    return path


def hold_music(seconds: float, seed: int) -> np.ndarray:
    """Chords of plucked and held tones, one after the other."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * RATE)) / RATE
    sound = np.zeros(len(time))
    for begin in np.arange(0, seconds, 1.5):
        root = 220 * 2 ** (rng.integers(0, 12) / 12)
        part = (time >= begin) & (time < begin + 1.5)
        for interval in (1, 5 / 4, 3 / 2, 2):
            tone = np.sin(2 * np.pi * root * interval * time[part])
            sound[part] += tone * np.exp(-0.6 * (time[part] - begin)) / interval
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


def _noise(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=count).astype(np.float32)


def _active(sound: np.ndarray) -> float:
    frames = np.square(sound[: len(sound) // 400 * 400].reshape(-1, 400)).mean(axis=1)
    return float(np.sqrt(frames[frames > np.percentile(frames, 60)].mean()))


def _narrow(sound: np.ndarray, seed: int) -> np.ndarray:
    return resampled(resampled(sound, RATE, 8_000), 8_000, RATE)[None]


def _little(sound: np.ndarray, seed: int) -> np.ndarray:
    return np.concatenate([sound[: RATE // 2], 1e-4 * _noise(20 * RATE, seed)])[None]


def _music(sound: np.ndarray, seed: int) -> np.ndarray:
    return np.concatenate([hold_music(30, seed), sound[: 8 * RATE]])[None]


FAULTS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "narrow band": _narrow,
    "dead channel": lambda sound, seed: np.stack([sound, 1e-5 * _noise(len(sound), seed)]),
    "double channel": lambda sound, seed: np.stack([sound, sound]),
    "opposite polarity": lambda sound, seed: np.stack([sound, -sound]),
    "silent": lambda sound, seed: 2e-4 * _noise(len(sound), seed)[None],
    "little speech": _little,
    "music": _music,
    "clipped": lambda sound, seed: np.clip(sound * 20, -0.9, 0.9)[None],
    "quiet": lambda sound, seed: (sound * 0.04)[None],
    "noisy": lambda sound, seed: (sound + 0.5 * _active(sound) * _noise(len(sound), seed))[None],
}
"""Fault -> what plants it; each into six recordings, of all forms."""
COPIED, UNREADABLE = "duplicate", "unreadable"
EACH, CLEAN = 5, 20


def make(folder: Path, each: int = EACH, clean: int = CLEAN) -> list[Planted]:
    """Write 20 clean recordings and 60 with a fault: five of each of twelve kinds, in all forms."""
    clips = pieces()
    found = [_clean(folder, clips, number) for number in range(clean)]
    faulty = []
    for place, (kind, plant) in enumerate(FAULTS.items()):
        for number in range(each):
            channels = plant(clips[(number + place) % len(clips)], 100 * place + number)
            faulty.append(_written(folder, kind, number, channels))
    for number in range(each):
        sound = decoded(found[number].path)
        faulty.append(_written(folder, COPIED, number, (0.7 * sound[RATE:])[None], number + 2))
        path = folder / f"unreadable-{number}.wav"
        path.write_bytes(b"RIFF" + bytes(range(256)) * (number + 1))
        faulty.append(Planted(path, UNREADABLE))
    return [*found, *faulty]


def _clean(folder: Path, clips: list[np.ndarray], number: int) -> Planted:
    """One piece; when all have been used two, one on each channel, backwards: so they are new sound."""
    if number < len(clips):
        channels = (clips[number] * np.float32(0.6 + 0.1 * (number % 7)))[None]
    else:
        first = 2 * (number - len(clips))
        channels = np.stack([clips[first][::-1], clips[first + 1][::-1]])
    return _written(folder, "", number, channels)


def _written(folder: Path, fault: str, number: int, channels: np.ndarray, form: int | None = None) -> Planted:
    suffix, codec = FORMS[(number if form is None else form) % len(FORMS)]
    name = f"{fault.replace(' ', '-') or 'clean'}-{number:02}.{suffix}"
    return Planted(write(folder / name, channels, RATE, codec), fault)
