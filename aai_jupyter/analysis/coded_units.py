"""Units that coders have judged: turns or words with the codes of each coder, or judgements row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aai_jupyter.analysis.coefficients import MISSING
from aai_jupyter.analysis.spans import seconds, units_of
from aai_jupyter.errors import UsageError

KEYS = ("source", "transcript_id")
NONE = ""


@dataclass(frozen=True)
class CodedUnits:
    """Judgements of some coders about some units.

    Attributes
    ----------
    units : DataFrame
        What each unit is: times, text and recording, or only its name.
    coders, codes : list of str
    coded : array of bool, units x coders x codes
    judged : array of bool, units x coders
        Whether a coder has judged a unit at all.
    exclusive : bool
        Each coder gives a unit one code at most.
    """

    units: pd.DataFrame
    coders: list[str]
    codes: list[str]
    coded: np.ndarray
    judged: np.ndarray

    def ratings(self, code: str | None = None) -> np.ndarray:
        """Return units x coders: whether a code is given; without one, which codes are, as one category."""
        if code is not None:
            found = self.coded[:, :, self.codes.index(code)].astype(np.int64)
        else:
            rows = self.coded.reshape(-1, len(self.codes))
            _, found = np.unique(rows, axis=0, return_inverse=True)
            found = found.reshape(self.judged.shape)
        return np.where(self.judged, found, MISSING)


def judgements(frame: pd.DataFrame, unit: str, coders: Sequence[str], codes: Sequence[str]) -> CodedUnits:
    """Return judgements that stand row by row: a unit, a coder, a code. What is not there is missing."""
    keys = [name for name in (*KEYS, unit) if name in frame]
    number = frame.groupby(keys, sort=False, dropna=False, observed=True).ngroup().to_numpy()
    units = frame[keys].drop_duplicates().reset_index(drop=True)
    coded = np.zeros((len(units), len(coders), len(codes)), dtype=bool)
    judged = np.zeros(coded.shape[:2], dtype=bool)
    who = _codes_of(frame["coder"], coders)
    what = _codes_of(frame["code"], codes)
    known = (who >= 0) & (what >= 0)
    coded[number[known], who[known], what[known]] = True
    judged[number[known], who[known]] = True
    return CodedUnits(units, [*coders], [*codes], coded, judged)


def passages(
    frame: pd.DataFrame,
    units: pd.DataFrame,
    coders: Sequence[str],
    codes: Sequence[str],
    *,
    everywhere: bool = False,
) -> CodedUnits:
    """Return units of a transcript with the codes of the passages that cover them.

    A passage covers a unit when they share at least half of the shorter one. A coder has judged a recording
    with a code of theirs in it, or all when `everywhere`.
    """
    place, size = _recording_codes(units, frame)
    start, end = (seconds(units[name], units_of(units)) for name in ("start", "end"))
    first, last = (seconds(frame[name], units_of(frame)) for name in ("start", "end"))
    who, what = _codes_of(frame["coder"], coders), _codes_of(frame["code"], codes)
    coded = np.zeros((len(units), len(coders), len(codes)), dtype=bool)
    judged = np.full(coded.shape[:2], everywhere)
    for recording in range(size):
        here = np.flatnonzero(place[0] == recording)
        rows = np.flatnonzero((place[1] == recording) & (who >= 0))
        judged[np.ix_(here, np.unique(who[rows]))] = True
        for row in rows[what[rows] >= 0].tolist():
            shared = np.minimum(end[here], last[row]) - np.maximum(start[here], first[row])
            shorter = np.minimum(end[here] - start[here], last[row] - first[row])
            inside = (shared > 0) & (shared >= shorter / 2)
            coded[here[inside], who[row], what[row]] = True
    return CodedUnits(units.reset_index(drop=True), [*coders], [*codes], coded, judged)


def recordings_of(one: pd.DataFrame, two: pd.DataFrame) -> list[str]:
    """Return the columns by which two frames tell recordings apart; by transcript where both can."""
    for name in reversed(KEYS):
        if name in one and name in two and one[name].notna().all() and two[name].notna().all():
            return [name]
    several = any(name in one and one[name].nunique() > 1 for name in KEYS)
    if several:
        raise UsageError("The codes do not say of which recording they are.", hint="Add transcript_id.")
    return []


def _recording_codes(units: pd.DataFrame, frame: pd.DataFrame) -> tuple[tuple[np.ndarray, np.ndarray], int]:
    keys = recordings_of(units, frame)
    if not keys:
        return (np.zeros(len(units), dtype=np.int64), np.zeros(len(frame), dtype=np.int64)), 1
    both = pd.concat([units[keys[0]].astype(object), frame[keys[0]].astype(object)])
    number, names = pd.factorize(both)
    return (number[: len(units)], number[len(units) :]), len(names)


def _codes_of(values: pd.Series, names: Sequence[str]) -> np.ndarray:
    codes = {name: code for code, name in enumerate(names)}
    found: np.ndarray = np.array(
        [codes.get(str(v), -1) if isinstance(v, str) or v == v else -1 for v in values.astype(object)],
        dtype=np.int64,
    )
    return found
