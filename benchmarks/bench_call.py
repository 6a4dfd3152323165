"""Both sides of a call, live: words on the right side, and how far the sides are apart.

Conversations are those of `benchmarks.conversations`, each side a recording of its own, streamed to the
local engine in two sessions; with headphones, and with loudspeakers that a microphone hears 20 dB softer and
echoed.
The skew is that of two simulated devices whose clocks drift apart by 300 millionths, after half an hour.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.bench_tracks import is_right, said
from benchmarks.conversations import PLANS, Plan, build_tracks, voices, write_wav

CASES: tuple[tuple[str, float | None], ...] = (("two_quick", None), ("two_quick", -20.0))
GOAL_WORDS, GOAL_SKEW = 0.99, 0.1
SPEED = 1.0


def measured(plan: Plan, bleed: float | None, folder: Path) -> dict[str, Any]:
    """Stream the sides of a conversation, and compare with who speaks when."""
    import aai_jupyter as aai

    tracks, starts, turns = build_tracks(plan, voices(), bleed)
    first = min(starts.values())
    turns = [(start - first, end - first, who) for start, end, who in turns]
    delays = {name: start - first for name, start in starts.items()}
    paths = {name: str(write_wav(folder / f"{name}.wav", samples)) for name, samples in tracks.items()}
    live = aai.stream(aai.tracks(paths, delays=delays), speed=SPEED, language_codes=["en"])
    words = [
        {"start": 1000 * row.start, "end": 1000 * row.end, "speaker": row.speaker}
        for row in live.words.itertuples()
    ]
    return {
        "words": (sum(not is_right(word, turns) for word in words), len(words)),
        "missing": sum(not said(turn, words) for turn in turns),
        "turns": len(turns),
        "warnings": live.warnings,
    }


def skew_after(seconds: float) -> float:
    """Return the largest skew of two devices with clocks of their own, in seconds."""
    from tests.live.test_side_clock import Device, aligned, skews

    sound, _ = aligned(Device(120, block=250), Device(-180, begins=0.3, block=200), seconds=seconds)
    return float(skews(sound).max())


def main() -> list[dict[str, str]]:
    """Measure; return rows of what, ours, against, goal, met."""
    import aai_jupyter as aai

    aai.settings.local = True
    plans = {plan.name: plan for plan in PLANS}
    rows = []
    for name, bleed in CASES:
        with tempfile.TemporaryDirectory() as folder:
            found = measured(plans[name], bleed, Path(folder))
        wrong, total = found["words"]
        rows.append(
            {
                "what": f"call, {name}, {'headphones' if bleed is None else 'loudspeakers'}",
                "ours": (
                    f"{1 - wrong / total:.1%} of {total} words on the right side, {found['missing']} of "
                    f"{found['turns']} turns without words{''.join(f'; {one}' for one in found['warnings'])}"
                ),
                "against": "-",
                "goal": f"words ≥ {GOAL_WORDS:.0%}",
                "met": "yes" if wrong <= (1 - GOAL_WORDS) * total else "no",
            }
        )
        print(" | ".join(rows[-1].values()), flush=True)
    skew = skew_after(1800)
    rows.append(
        {
            "what": "two devices after 30 minutes, clocks 300 ppm apart (simulated)",
            "ours": f"{1000 * skew:.0f} ms apart at most",
            "against": "540 ms uncorrected",
            "goal": f"below {1000 * GOAL_SKEW:.0f} ms",
            "met": "yes" if skew < GOAL_SKEW else "no",
        }
    )
    return rows
