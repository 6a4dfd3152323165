"""Diarization error rate and words of the wrong speaker.

Strict counts everything. Lenient leaves out a quarter of a second on both sides of each boundary of the
reference, and all overlapped speech of the reference (the collar of 0.5 s and ``skip_overlap`` of
pyannote.metrics).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from aai_jupyter.analysis.assignment import best_pairs
from aai_jupyter.analysis.diarization_error import diarization_errors

Turns = Sequence[tuple[float, float, str]]
_COLLAR = 0.25


@dataclass(frozen=True)
class Errors:
    """Seconds missed, falsely found and given to the wrong speaker, of all seconds spoken."""

    missed: float = 0.0
    false: float = 0.0
    confused: float = 0.0
    spoken: float = 0.0

    def __add__(self, other: Errors) -> Errors:
        return Errors(
            self.missed + other.missed,
            self.false + other.false,
            self.confused + other.confused,
            self.spoken + other.spoken,
        )

    @property
    def rate(self) -> float:
        return (self.missed + self.false + self.confused) / self.spoken if self.spoken else 0.0

    @property
    def parts(self) -> str:
        """The three parts in percent."""
        values = (100 * part / self.spoken for part in (self.missed, self.false, self.confused))
        return "m{:.1f} f{:.1f} c{:.1f}".format(*values)


def der(reference: Turns, found: Turns, *, lenient: bool = False) -> Errors:
    """Errors of a diarization, speakers paired at their best."""
    errors = diarization_errors(
        _frame(found), _frame(reference), collar=_COLLAR if lenient else 0.0, skip_overlap=lenient, units="s"
    )
    return Errors(errors.missed, errors.false_alarm, errors.confusion, errors.total)


def wrong_words(words: Iterable[Mapping[str, Any]], reference: Turns) -> tuple[int, int]:
    """Words whose middle is in no turn of their speaker, and all words; labels paired at their best.

    A word in which two speak is right with either; one in which nobody does belongs to the nearest turn.
    """
    names = sorted({who for *_, who in reference})
    labels: list[str] = []
    rows: list[tuple[int, set[int]]] = []
    for word in words:
        label = str(word["speaker"])
        if label not in labels:
            labels.append(label)
        middle = (word["start"] + word["end"]) / 2000
        on = {names.index(who) for start, end, who in reference if start <= middle < end}
        nearest = min(reference, key=lambda turn: max(turn[0] - middle, middle - turn[1]))
        rows.append((labels.index(label), on or {names.index(nearest[2])}))
    shared = np.zeros((len(names), max(len(labels), 1)))
    for label_index, on in rows:
        shared[list(on), label_index] += 1
    best = best_pairs(shared)
    pairs = {b: a for a, b in zip(*best, strict=True)}
    return sum(pairs.get(label_index) not in on for label_index, on in rows), len(rows)


def _frame(turns: Turns) -> pd.DataFrame:
    frame = pd.DataFrame(list(turns), columns=["start", "end", "speaker"])
    return frame.astype({"start": float, "end": float, "speaker": str})
