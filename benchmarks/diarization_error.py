"""Diarization error rate and words of the wrong speaker, on a grid of 10 ms.

Strict counts everything. Lenient leaves out a quarter of a second on both sides of each boundary of the
reference, and all overlapped speech of the reference (the collar of 0.5 s and ``skip_overlap`` of
pyannote.metrics).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Turns = Sequence[tuple[float, float, str]]
_FRAMES = 100
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


def der(reference: Turns, found: Turns, seconds: float, *, lenient: bool = False) -> Errors:
    """Errors of a diarization, speakers paired at their best."""
    said, heard = _grid(reference, seconds), _grid(found, seconds)
    if lenient:
        scored = _scored(reference, said)
        said, heard = said[:, scored], heard[:, scored]
    shared = np.einsum("an,bn->ab", said.astype(np.int64), heard.astype(np.int64))
    right = int(sum(shared[a, b] for a, b in pairing(shared)))
    people, voices = said.sum(0), heard.sum(0)
    both = int(np.minimum(people, voices).sum())
    missed, false = int(np.maximum(people - voices, 0).sum()), int(np.maximum(voices - people, 0).sum())
    return Errors(*(part / _FRAMES for part in (missed, false, both - right, int(people.sum()))))


def pairing(shared: np.ndarray) -> list[tuple[int, int]]:
    """The pairs of rows and columns with the largest sum, each row and column once (Hungarian method)."""
    turned = shared.shape[0] > shared.shape[1]
    cost = -(shared.T if turned else shared).astype(float)
    rows, columns = cost.shape
    row_price, column_price = np.zeros(rows + 1), np.zeros(columns + 1)
    owner, way = np.zeros(columns + 1, int), np.zeros(columns + 1, int)
    for row in range(1, rows + 1):
        owner[0], here = row, 0
        least, used = np.full(columns + 1, np.inf), np.zeros(columns + 1, bool)
        while owner[here]:
            used[here] = True
            free = np.flatnonzero(~used[1:]) + 1
            reduced = cost[owner[here] - 1, free - 1] - row_price[owner[here]] - column_price[free]
            better = reduced < least[free]
            least[free[better]], way[free[better]] = reduced[better], here
            there = free[np.argmin(least[free])]
            step = least[there]
            row_price[owner[used]] += step
            column_price[used] -= step
            least[~used] -= step
            here = int(there)
        while here:
            owner[here] = owner[way[here]]
            here = int(way[here])
    pairs = [(int(owner[k]) - 1, k - 1) for k in range(1, columns + 1) if owner[k]]
    return [(b, a) for a, b in pairs] if turned else pairs


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
    pairs = {b: a for a, b in pairing(shared)}
    return sum(pairs.get(label_index) not in on for label_index, on in rows), len(rows)


def _grid(turns: Turns, seconds: float) -> np.ndarray:
    names = sorted({name for *_, name in turns}) or ["nobody"]
    grid = np.zeros((len(names), round(seconds * _FRAMES)), bool)
    for start, end, name in turns:
        grid[names.index(name), max(round(start * _FRAMES), 0) : max(round(end * _FRAMES), 0)] = True
    return grid


def _scored(reference: Turns, said: np.ndarray) -> np.ndarray:
    scored = said.sum(0) <= 1
    for start, end, _ in reference:
        for edge in (start, end):
            scored[max(round((edge - _COLLAR) * _FRAMES), 0) : max(round((edge + _COLLAR) * _FRAMES), 0)] = (
                False
            )
    return scored
