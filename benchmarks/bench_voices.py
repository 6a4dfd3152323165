"""Voices that are remembered from one recording and looked for in others, and those of strangers.

Ten readers of LibriSpeech are remembered by about half of their speech (15 s) and looked for in the other
half: as recorded, over a telephone, and across a room. Twenty-four strangers are looked for, too. A name
counts as found when it is proposed; every wrong one counts, of readers and of strangers.
"""

from __future__ import annotations

import numpy as np

from aai_jupyter.api.voices import matches
from aai_jupyter.client.speaker_api import HeardVoice
from benchmarks.conversations import RATE, recorded, voices

UNIT = 2 * RATE


def heard(samples: np.ndarray) -> HeardVoice:
    """The voice of speech of one person, as the engine hears it: the mean of units of two seconds."""
    from aai_jupyter.local.models.speaker_models import embed, mel_frames

    count = max(1, round(len(samples) / UNIT))
    vector = np.sum([embed(mel_frames(part)) for part in np.array_split(samples, count)], axis=0)
    return HeardVoice((vector / np.linalg.norm(vector)).tolist(), len(samples) / RATE)


def main() -> list[dict[str, str]]:
    """Measure; return rows of what, ours, against, goal, met."""
    rng = np.random.default_rng(7)
    known, later = {}, {}
    for name, pieces in voices("reader").items():
        sound = np.concatenate(pieces)
        known[name] = np.array(heard(sound[: 15 * RATE]).vector)
        later[name] = sound[15 * RATE : 30 * RATE]
    rows = []
    for kind in ("clean", "phone", "room"):
        named = {name: _name(recorded(sound, kind, rng), known) for name, sound in later.items()}
        right = sum(found == name for name, found in named.items())
        wrong = sum(found not in (name, None) for name, found in named.items())
        rows.append(_row(f"ten readers, {kind}", right, wrong, len(named), "≥ 90 %, no wrong name", 0.9))
    strangers = {name: np.concatenate(pieces) for name, pieces in voices("stranger").items()}
    unnamed = sum(_name(sound, known) is None for sound in strangers.values())
    wrong = len(strangers) - unnamed
    rows.append(_row("strangers left unnamed", unnamed, wrong, len(strangers), "≥ 95 %", 0.95, allowed=1))
    return rows


def _name(sound: np.ndarray, known: dict[str, np.ndarray]) -> str | None:
    voice = heard(sound)
    voice.seconds = max(voice.seconds, 15.0)  # a short stranger is no excuse
    found: str | None = matches({"A": voice}, known)[0]["name"]
    return found


def _row(
    what: str, right: int, wrong: int, total: int, goal: str, least: float, allowed: int = 0
) -> dict[str, str]:
    met = right >= least * total and wrong <= allowed
    shown = f"{right} of {total}, {wrong} wrong names"
    print(f"{what}: {shown}", flush=True)
    return {"what": what, "ours": shown, "against": "-", "goal": goal, "met": "yes" if met else "no"}
