"""Conversation measures of the local engine against those of reference annotations, clip by clip.

The same functions measure both: talk share of each speaker, median floor-transfer offset, and overlapped
speech, of the words' turns and of the model behind ``t.overlap()``. With AAI_SPEAKER_CLIPS, a folder of WAV
files with an RTTM beside each is measured, too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.bench_engine import CLIPS, rttm
from benchmarks.diarization_error import Turns


def clips() -> Iterator[tuple[str, Path, Turns]]:
    """Name, recording and reference turns of each clip."""
    for path in sorted(CLIPS.glob("*.rttm")):
        yield path.stem, path.with_suffix(".flac"), rttm(path)
    for path in sorted(Path(os.environ.get("AAI_SPEAKER_CLIPS", "/nonexistent")).glob("*.rttm")):
        yield path.stem, path.with_suffix(".wav"), rttm(path)


def frame_of(turns: Turns) -> pd.DataFrame:
    """Turns as a frame of utterances; two names tell it apart from one mixed channel."""
    rows = [{"start": a, "end": b, "speaker": who} for a, b, who in turns]
    return pd.DataFrame(rows, columns=["start", "end", "speaker"])


def shares(frame: pd.DataFrame) -> np.ndarray:
    """Shares of the talk time, the largest first: speakers have other names in each."""
    from aai_jupyter.analysis import talk_time

    return np.sort(talk_time(frame)["share"].to_numpy())[::-1]


def offset(frame: pd.DataFrame) -> float:
    """Median floor-transfer offset in seconds."""
    from aai_jupyter.analysis import gaps

    found = gaps(frame)["offset"].dropna()
    return float(found.median()) if len(found) else float("nan")


def grid(pairs: list[tuple[float, float]], seconds: float) -> np.ndarray:
    """Whether each 10 ms is inside of one."""
    found = np.zeros(int(seconds * 100) + 1, dtype=bool)
    for start, end in pairs:
        found[round(start * 100) : round(end * 100)] = True
    return found


def overlapped(turns: Turns, seconds: float) -> np.ndarray:
    """Whether at least two speakers speak in each 10 ms."""
    names = {who for *_, who in turns}
    depth = sum(grid([(a, b) for a, b, who in turns if who == name], seconds).astype(int) for name in names)
    return np.asarray(depth) > 1


def measured(path: Path, reference: Turns) -> dict[str, Any]:
    """Errors of the measures of one clip."""
    from aai_jupyter.local.models.audio_decoding import decode
    from aai_jupyter.local.models.heard_overlap import find_overlap
    from aai_jupyter.local.models.speech_recogniser import SpeechRecogniser
    from aai_jupyter.transcripts.transcript import Transcript

    answer = SpeechRecogniser("base").recognise(path, {"language_code": "en", "speaker_labels": True})
    t = Transcript.from_json({name: value for name, value in answer.items() if not name.startswith("_")})
    with decode(path) as audio:
        seconds, heard = audio.seconds, find_overlap(audio)
    truth, ours = frame_of(reference), t.frame("utterances", units="s")
    right = overlapped(reference, seconds)
    found = grid([(a / 1000, b / 1000) for a, b in heard], seconds)
    a, b = shares(truth), shares(ours)
    size = max(len(a), len(b))
    error = np.abs(np.pad(a, (0, size - len(a))) - np.pad(b, (0, size - len(b))))
    return {
        "share": float(error.max()) if size else float("nan"),
        "offset": (offset(truth), offset(ours)),
        "overlap": (right.mean(), found.mean()),
        "both": int((right & found).sum()),
        "right": int(right.sum()),
        "found": int(found.sum()),
    }


def main() -> list[dict[str, str]]:
    """Measure; return rows of what, ours, against, goal, met."""
    rows, table = [], []
    for name, path, turns in clips():
        one = measured(path, turns)
        rows.append(one)
        ours = (
            f"talk share off by {100 * one['share']:.0f} points at most; offset {one['offset'][1]:.2f} s; "
            f"overlap {one['overlap'][1]:.1%}"
        )
        truth = f"offset {one['offset'][0]:.2f} s; overlap {one['overlap'][0]:.1%}"
        table.append({"what": name, "ours": ours, "against": truth, "goal": "-", "met": "-"})
        print(" | ".join(table[-1].values()), flush=True)
    both, right, found = (sum(one[name] for one in rows) for name in ("both", "right", "found"))
    score = 2 * both / max(found + right, 1)
    table.append(
        {
            "what": "overlap from the sound, all clips in 10 ms: F1 (precision, recall)",
            "ours": f"{score:.2f} ({both / max(found, 1):.2f}, {both / max(right, 1):.2f})",
            "against": "-",
            "goal": "≥ 0.70",
            "met": "yes" if score >= 0.7 else "no",
        }
    )
    return table
