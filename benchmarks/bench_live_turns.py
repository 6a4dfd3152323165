"""Where turns of live speech end: whether they change with the speaker, with pauses alone and with voices.

Recordings are streamed to a session of the local engine as fast as it takes them. Instead of Whisper a
stand-in writes a word for each tenth of a second, so turns end by pauses (of 1.28 s, as no sentence ends) and
by voices only. A change of speakers is found when a turn ends or begins between the end of the one and the
beginning of the other, or at most 0.35 s beside; who speaks only while another does has no turn of his own.
An end by voice that is at no such place is wrong. Single readers have no change: what is found there cuts
somebody in half. CPU is that of the looks for another speaker. With AAI_SPEAKER_CLIPS, a folder of WAV files
with an RTTM beside each is measured, too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from aai_jupyter.local.models.audio_decoding import RATE, decode
from aai_jupyter.local.models.live_models import LiveModels
from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.local.streaming.live_session import LiveSession
from aai_jupyter.local.streaming.streaming_params import StreamParams
from aai_jupyter.local.streaming.workers import Workers
from benchmarks.bench_speakers import clips
from benchmarks.conversations import voices, write_wav

TOLERANCE = 0.35
CLIPS = Path(__file__).parents[1] / "tests" / "data"
Turns = Sequence[tuple[float, float, str]]


class Ticks:
    """Writes a word for each tenth of a second of the sound instead of what was said."""

    multilingual = False

    def turn_words(self, samples: Any, language: Any, **how: Any) -> list[RecognisedWord]:
        """Return the words."""
        starts = range(0, len(samples) * 1000 // RATE, 100)
        return [RecognisedWord(f"tick{start}", start, start + 100, 1.0) for start in starts]


class Listening(LiveModels):
    """Counts the looks for another speaker, and their CPU time; none are made when not `by_voice`."""

    def __init__(self, home: Path, *, by_voice: bool) -> None:
        super().__init__("base", home)
        self.by_voice, self.spent, self.changed = by_voice, 0.0, False

    def load(self, name: str) -> Any:
        """Return the stand-in."""
        return Ticks()

    def speaker_change(self, samples: Any, since: int) -> int | None:
        """Look, and remember how long it took."""
        if not self.by_voice:
            return None
        begun = time.thread_time()
        found = super().speaker_change(samples, since)
        self.spent += time.thread_time() - begun
        self.changed = found is not None
        return found


@dataclass
class Counts:
    """What was found in some recordings."""

    changes: int = 0
    found: int = 0
    ends: int = 0
    right: int = 0
    turns: int = 0
    floors: int = 0
    seconds: float = 0.0
    spent: float = 0.0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass
class Streamed:
    """Turns of a session in seconds, and where one began because of another voice."""

    turns: list[tuple[float, float]] = field(default_factory=list)
    by_voice: list[float] = field(default_factory=list)


async def _stream(models: Listening, samples: Any) -> Streamed:
    found = Streamed()

    async def say(message: dict[str, Any]) -> None:
        if message["type"] == "Turn" and message["end_of_turn"]:
            words = message["words"]
            found.turns.append((words[0]["start"] / 1000, words[-1]["end"] / 1000))
        elif message["type"] == "SpeechStarted" and models.changed:
            models.changed = False
            found.by_voice.append(message["timestamp"] / 1000)

    params = StreamParams.of({"include_partial_turns": "false"})
    session = LiveSession(models, Workers(1), params, say)
    sending = asyncio.create_task(session.send_turns())
    for start in range(0, len(samples), RATE // 10):
        await session.hear(samples[start : start + RATE // 10])
    await session.finish()
    await sending
    return found


def floors(segments: Turns) -> list[tuple[float, float, str]]:
    """Who has the floor: segments without those that lie wholly within another speaker's, joined by speaker.

    >>> floors([(0, 5, "a"), (2, 3, "b"), (5.2, 6, "a"), (6.1, 8, "b")])
    [(0, 6, 'a'), (6.1, 8, 'b')]
    """
    found: list[tuple[float, float, str]] = []
    for start, end, who in sorted(segments):
        if any(a <= start and end <= b and (a, b, name) != (start, end, who) for a, b, name in segments):
            continue
        if found and found[-1][2] == who:
            found[-1] = found[-1][0], max(found[-1][1], end), who
        else:
            found.append((start, end, who))
    return found


def measured(path: Path, segments: Turns, home: Path, *, by_voice: bool) -> Counts:
    """Stream one recording and count."""
    models = Listening(home, by_voice=by_voice)
    with decode(path) as audio:
        samples, seconds = audio.read(0, audio.n_samples), audio.seconds
    streamed = asyncio.run(_stream(models, samples))
    held = floors(segments)
    changes = [(min(a[1], b[0]), max(a[1], b[0])) for a, b in pairwise(held)]
    edges = [end for _, end in streamed.turns[:-1]] + [start for start, _ in streamed.turns[1:]]

    def at(moments: Sequence[float], place: tuple[float, float]) -> bool:
        return any(place[0] - TOLERANCE <= moment <= place[1] + TOLERANCE for moment in moments)

    return Counts(
        len(changes),
        sum(at(edges, place) for place in changes),
        len(streamed.by_voice),
        sum(any(at([end], place) for place in changes) for end in streamed.by_voice),
        len(streamed.turns),
        len(held),
        seconds,
        models.spent,
    )


def single_readers(folder: Path) -> list[tuple[str, str, Path, Turns]]:
    """One recording of each reader alone, his stretches in order with pauses of a third of a second."""
    found: list[tuple[str, str, Path, Turns]] = []
    pause = np.zeros(RATE // 3, np.float32)
    for name, pieces in voices().items():
        samples = np.concatenate([part for piece in pieces for part in (piece, pause)])
        path = write_wav(folder / f"reader_{name}.wav", samples)
        found.append(("single readers", name, path, [(0.0, len(samples) / RATE, name)]))
    cities = CLIPS / "two_cities.flac"
    return [*found, ("single readers", cities.stem, cities, [(0.0, 44.0, "reader")])]


def main() -> list[dict[str, Any]]:
    """Measure; return rows of what, ours, against, goal, met."""
    kinds: dict[str, dict[bool, Counts]] = {}
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for kind, name, path, segments in [*clips(folder), *single_readers(folder)]:
            sums = kinds.setdefault(kind, {True: Counts(), False: Counts()})
            for by_voice in (False, True):
                counts = measured(path, segments, folder, by_voice=by_voice)
                sums[by_voice] += counts
            print(f"{kind} {name}: {counts}", flush=True)
    rows = [row for kind, sums in kinds.items() for row in _rows(kind, sums)]
    total = sum((sums[True] for sums in kinds.values()), Counts())
    rows.append(
        {
            "what": "live turns, looks for another speaker: CPU per second of sound",
            "ours": f"{total.spent / total.seconds:.3f} s",
            "against": "0 (pauses)",
            "goal": "< 0.15 s",
            "met": total.spent / total.seconds < 0.15,
        }
    )
    return rows


def _rows(kind: str, sums: dict[bool, Counts]) -> list[dict[str, Any]]:
    ours, before = sums[True], sums[False]
    if not ours.changes:
        wrong = ours.ends - ours.right
        minutes = ours.seconds / 60
        return [
            {
                "what": f"live turns, {kind}, {minutes:.1f} min: turns cut in half",
                "ours": f"{wrong}",
                "against": "0 (pauses)",
                "goal": "at most 1 in 2 min",
                "met": wrong <= minutes / 2,
            }
        ]
    return [
        {
            "what": f"live turns, {kind}: changes of speakers that end a turn",
            "ours": f"{ours.found} of {ours.changes}; {ours.turns} turns, {ours.floors} in the reference",
            "against": f"{before.found}; {before.turns} turns (pauses)",
            "goal": "most",
            "met": 2 * ours.found > ours.changes,
        },
        {
            "what": f"live turns, {kind}: ends without a pause that are at such a change",
            "ours": f"{ours.right} of {ours.ends}",
            "against": "-",
            "goal": ">= 85 %",
            "met": ours.right >= 0.85 * ours.ends,
        },
    ]
