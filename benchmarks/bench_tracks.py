"""Conversations in tracks: words of the right speaker, speech at once, and when tracks began.

Conversations are those of `benchmarks.conversations`, with a microphone for each speaker that hears the
others 20 dB softer and echoed, and begins at another time; one of them with headsets, where nobody else is
heard. The words are the local engine's.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.conversations import PLANS, Plan, Turns, build_tracks, voices, write_wav

CASES: tuple[tuple[str, float | None], ...] = (
    ("two_quick", -20.0),
    ("three", -20.0),
    ("four_over_each_other", -20.0),
    ("four_over_each_other", None),
)
GOAL_WORDS, GOAL_OVERLAP = 0.99, 0.10


def measured(plan: Plan, bleed: float | None, folder: Path) -> dict[str, Any]:
    """Transcribe the tracks of a conversation, and compare with who speaks when."""
    from aai_jupyter.audio.track_delays import find_delays
    from aai_jupyter.audio.track_sound import track_sound
    from aai_jupyter.local.models.speech_recogniser import SpeechRecogniser
    from aai_jupyter.transcripts.track_merging import merged_answer
    from aai_jupyter.transcripts.transcript import Transcript

    tracks, starts, turns = build_tracks(plan, voices(), bleed)
    engine = SpeechRecogniser("base")
    paths = [write_wav(folder / f"{name}.wav", samples) for name, samples in tracks.items()]
    found = [engine.recognise(path, {"language_code": "en"}) for path in paths]
    transcripts = [Transcript.from_json({"status": "completed", **one}) for one in found]
    sounds = [track_sound(str(path)) for path in paths]
    delays = find_delays(sounds)
    for sound, delay in zip(sounds, delays, strict=True):
        sound.delay = delay.seconds
    answer = merged_answer(list(tracks), transcripts, sounds, delays)
    for sound in sounds:
        sound.close()
    first = min(starts.values())
    wrong = [word for word in answer["words"] if not is_right(word, turns)]
    heard = [(one["start"] / 1000, one["end"] / 1000, one["speaker"]) for one in answer["utterances"]]
    return {
        "words": (len(wrong), len(answer["words"])),
        "late": max(abs(d.seconds - (starts[name] - first)) for d, name in zip(delays, tracks, strict=True)),
        "overlap": (at_once(turns), at_once(heard)),
        "bled": sum(track["bled_over"] for track in answer["tracks"]),
        "missing": sum(not said(turn, answer["words"]) for turn in turns),
        "turns": len(turns),
    }


def is_right(word: dict[str, Any], turns: Turns) -> bool:
    """Whether the speaker of a word speaks then, a quarter of a second around it allowed."""
    start, end = word["start"] / 1000 - 0.25, word["end"] / 1000 + 0.25
    return any(who == word["speaker"] and a < end and b > start for a, b, who in turns)


def said(turn: tuple[float, float, str], words: list[dict[str, Any]]) -> bool:
    """Whether a turn has any word of its speaker."""
    return any(
        w["speaker"] == turn[2] and w["start"] / 1000 < turn[1] and w["end"] / 1000 > turn[0] for w in words
    )


def at_once(turns: Turns) -> float:
    """Seconds in which two and more speak."""
    names = sorted({who for *_, who in turns})
    grid = np.zeros((len(names), round(100 * max(end for _, end, _ in turns)) + 1), bool)
    for start, end, who in turns:
        grid[names.index(who), round(100 * start) : round(100 * end)] = True
    return float((grid.sum(0) >= 2).sum()) / 100


def main() -> list[dict[str, str]]:
    """Measure; return rows of what, ours, against, goal, met."""
    plans = {plan.name: plan for plan in PLANS}
    rows = []
    for name, bleed in CASES:
        with tempfile.TemporaryDirectory() as folder:
            found = measured(plans[name], bleed, Path(folder))
        wrong, total = found["words"]
        truth, heard = found["overlap"]
        off = abs(heard - truth) / truth if truth else 0.0
        met = wrong <= (1 - GOAL_WORDS) * total and off <= GOAL_OVERLAP
        rows.append(
            {
                "what": f"tracks, {name}, {'headsets' if bleed is None else f'{bleed:.0f} dB of the others'}",
                "ours": (
                    f"{1 - wrong / total:.1%} of {total} words right, at once {heard:.1f} of {truth:.1f} s, "
                    f"{found['bled']} words of others left out, {found['missing']} of {found['turns']} turns "
                    f"without words, starts within {1000 * found['late']:.0f} ms"
                ),
                "against": "-",
                "goal": f"words ≥ {GOAL_WORDS:.0%}, at once ± {GOAL_OVERLAP:.0%}",
                "met": "yes" if met else "no",
            }
        )
        print(" | ".join(rows[-1].values()), flush=True)
    return rows
