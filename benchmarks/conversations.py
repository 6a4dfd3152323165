"""Conversations built from real voices: who speaks when is known to the sample.

    python -m benchmarks.conversations FOLDER      writes them as WAV and RTTM

Turns are stretches of speech of readers of LibriSpeech (``tests/data/voices``), with pauses as people make
them, some of them begun before the other has ended. No parameter of the engine was chosen on these voices.
"""

from __future__ import annotations

import json
import sys
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

RATE = 16_000
VOICES = Path(__file__).parents[1] / "tests" / "data" / "voices"
Turns = list[tuple[float, float, str]]
LATEST_START = 4.0


@dataclass(frozen=True)
class Plan:
    """What a conversation is like."""

    name: str
    voices: tuple[str, ...]
    seconds: float = 75.0
    longest: float = 9.0
    pause: tuple[float, float] = (0.2, 0.9)
    overlapped: float = 0.0
    """Share of turns that begin before the last one has ended."""
    sound: str = "clean"


PLANS = (
    Plan("two", ("367", "2609")),
    Plan("two_quick", ("3331", "2033"), longest=2.5, pause=(0.05, 0.4)),
    Plan("two_by_phone", ("1998", "533"), sound="phone", overlapped=0.1),
    Plan("three", ("3005", "2414", "3080")),
    Plan("three_in_a_room", ("1688", "533", "3331"), sound="room"),
    Plan("four_over_each_other", ("2609", "3080", "1998", "2033"), overlapped=0.3, longest=5.0),
    Plan("five", ("367", "2414", "3331", "1688", "3005"), seconds=100),
    Plan("six_quick", ("533", "2609", "2033", "3080", "1998", "367"), seconds=110, longest=4.0),
    Plan("ten", ("367", "533", "1688", "1998", "2033", "2414", "2609", "3005", "3080", "3331"), seconds=220),
)


def voices(kind: str = "reader") -> dict[str, list[np.ndarray]]:
    """The stretches of speech of each voice."""
    from aai_jupyter.local.models.audio_decoding import decode

    known = json.loads((VOICES / "voices.json").read_text(encoding="utf-8"))
    found = {}
    for name, voice in known.items():
        if voice["kind"] == kind:
            with decode(VOICES / f"{name}.ogg") as audio:
                samples = audio.read(0, audio.n_samples)
            found[name] = [samples[round(a * RATE) : round(b * RATE)] for a, b in voice["pieces"]]
    return found


def build(plan: Plan, known: dict[str, Sequence[np.ndarray]]) -> tuple[np.ndarray, Turns]:
    """The samples of a conversation, and its turns in seconds. The same each time."""
    rng = np.random.default_rng(sum(plan.name.encode()) + len(plan.voices))
    placed, length = _placed(plan, known, rng)
    sound = np.zeros(length, np.float32)
    for first, turn, _ in placed:
        sound[first : first + len(turn)] += turn
    return recorded(sound, plan.sound, rng), _turns_of(placed)


def build_tracks(
    plan: Plan, known: dict[str, Sequence[np.ndarray]], bleed: float | None = -20.0
) -> tuple[dict[str, np.ndarray], dict[str, float], Turns]:
    """The same conversation as each speaker's own microphone hears it.

    Each has what `bleed` dB of the others comes to, late and with the room's echo (None: nothing), and begins
    at another time.

    Returns
    -------
    tracks, starts : dict
        Samples, and the second at which they begin, of each voice.
    turns : list
    """
    rng = np.random.default_rng(sum(plan.name.encode()) + len(plan.voices))
    placed, length = _placed(plan, known, rng)
    lead = round(LATEST_START * RATE)  # before anybody speaks, every recorder runs
    placed, length = [(first + lead, turn, name) for first, turn, name in placed], length + lead
    alone = {name: np.zeros(length, np.float32) for name in plan.voices}
    for first, turn, name in placed:
        alone[name][first : first + len(turn)] += turn
    tracks, starts = {}, {}
    for name in plan.voices:
        sound = alone[name] + 0.0005 * rng.standard_normal(length).astype(np.float32)
        for other in plan.voices:
            if other != name and bleed is not None:
                late = np.roll(alone[other], round(rng.uniform(0.002, 0.008) * RATE))
                sound += recorded(late, "echo", rng) * np.float32(10 ** (bleed / 20))
        starts[name] = 0.0 if bleed is None or not starts else float(rng.uniform(0.2, LATEST_START))
        tracks[name] = np.clip(sound[round(starts[name] * RATE) :], -1, 1)
    return tracks, starts, _turns_of(placed)


def _turns_of(placed: Sequence[tuple[int, np.ndarray, str]]) -> Turns:
    return [(first / RATE, (first + len(turn)) / RATE, name) for first, turn, name in placed]


def _placed(
    plan: Plan, known: dict[str, Sequence[np.ndarray]], rng: np.random.Generator
) -> tuple[list[tuple[int, np.ndarray, str]], int]:
    """First sample, samples and voice of each turn; and the length of all."""
    takes = {name: _takes(known[name], plan.longest, rng) for name in plan.voices}
    most = round((plan.seconds + 60) * RATE)
    placed: list[tuple[int, np.ndarray, str]] = []
    end, last = 0.3, ""
    while end < plan.seconds and any(takes.values()):
        left = [name for name in plan.voices if takes[name] and name != last] or [last]
        unheard = [name for name in left if name not in {who for *_, who in placed}]
        name = str(rng.choice(unheard or left))
        if not takes[name]:
            break
        turn = takes[name].pop(0)
        start = end + rng.uniform(*plan.pause)
        if placed and name != last and rng.random() < plan.overlapped:
            start = max(end - min(rng.uniform(0.3, 1.2), 0.5 * len(turn) / RATE), placed[-1][0] / RATE + 0.3)
        first = round(start * RATE)
        if first + len(turn) > most:
            break
        placed.append((first, turn, name))
        end, last = max(end, (first + len(turn)) / RATE), name
    return placed, round((end + 0.5) * RATE)


def _takes(pieces: Sequence[np.ndarray], longest: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Stretches put together to turns of at most about `longest` seconds, all of like loudness."""
    level = np.sqrt(np.mean(np.concatenate(pieces) ** 2))
    loudness = 0.06 * 10 ** (rng.uniform(-4, 4) / 20) / level
    found: list[np.ndarray] = []
    limit = 0.0
    for piece in pieces:
        gap = np.zeros(round(rng.uniform(0.1, 0.35) * RATE), np.float32)
        together = (len(found[-1]) + len(gap) + len(piece)) / RATE if found else np.inf
        if together <= limit:
            found[-1] = np.concatenate([found[-1], gap, piece * np.float32(loudness)])
        else:
            found.append(piece * np.float32(loudness))
            limit = rng.uniform(1.0, longest)
    return found


def recorded(sound: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """The sound as a telephone or a microphone across a room hears it."""
    noise = rng.standard_normal(len(sound)).astype(np.float32)
    if kind == "phone":
        spectrum = np.fft.rfft(sound + 0.002 * noise)
        hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
        spectrum[(hertz < 300) | (hertz > 3400)] = 0
        sound = np.fft.irfft(spectrum, len(sound))
    elif kind in ("room", "echo"):
        length = round(0.5 * RATE)
        echo = rng.standard_normal(length) * np.exp(-6.9 * np.arange(length) / (0.4 * RATE))
        echo *= 0.3 / np.sqrt((echo**2).sum())
        echo[0] = 1.0
        size = len(sound) + length
        if kind == "echo":
            size = 2 ** int(np.ceil(np.log2(size)))
        wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(echo, size), size)[: len(sound)]
        sound = wet + (0.004 * noise if kind == "room" else 0)
    return np.clip(sound, -1, 1).astype(np.float32)


def conversations() -> Iterator[tuple[str, np.ndarray, Turns]]:
    """Name, samples and turns of each."""
    known = voices()
    for plan in PLANS:
        yield plan.name, *build(plan, known)


def write_wav(path: Path, samples: np.ndarray) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def rttm_of(name: str, turns: Turns) -> str:
    return "".join(
        f"SPEAKER {name} 1 {start:.3f} {end - start:.3f} <NA> <NA> {who} <NA> <NA>\n"
        for start, end, who in turns
    )


def main(folder: str) -> None:
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, samples, turns in conversations():
        write_wav(target / f"{name}.wav", samples)
        (target / f"{name}.rttm").write_text(rttm_of(name, turns), encoding="utf-8")
        count = len({who for *_, who in turns})
        print(f"{name}: {len(samples) / RATE:.0f} s, {len(turns)} turns, {count} voices")


if __name__ == "__main__":
    main(*sys.argv[1:])
