"""Ten hours of speech (97,200 words) into files of other programs, and into captions of a rule book.

Wall time of ``t.export`` in one process, the first of each: with reading the words out of the transcript.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from aai_jupyter import Transcript
from benchmarks.bench_tables import transcript

GOALS = {"TextGrid": 3.0, "eaf": 15.0, "rttm": 3.0, "srt": 20.0, "csv": 3.0}
"""Seconds; that of TextGrid is asked for, the others are what a person waits for without a second thought."""


def main() -> list[dict[str, Any]]:
    """Write each format once."""
    raw = transcript()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for suffix, goal in GOALS.items():
            spoken = Transcript.from_json(raw)
            assert len(spoken.words)
            began = time.perf_counter()
            spoken.export(Path(folder) / f"ten_hours.{suffix}")
            taken = time.perf_counter() - began
            rows.append(
                {
                    "what": f"ten hours to .{suffix}",
                    "ours": f"{taken:.2f} s",
                    "against": "",
                    "goal": f"< {goal:g} s",
                    "met": taken < goal,
                }
            )
    return rows
