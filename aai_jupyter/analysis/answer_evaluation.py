"""Answers of a language model against a person's: precision, recall and F1 of each field, and stability.

References
----------
.. [1] van Rijsbergen (1979). Information Retrieval, 2nd ed. Butterworths. (precision, recall, F)
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from aai_jupyter.analysis.bootstrap import DRAWS, ratio_interval
from aai_jupyter.analysis.coded_units import KEYS, passages, recordings_of
from aai_jupyter.errors import UsageError
from aai_jupyter.text.html_tags import SMALL, box, tag
from aai_jupyter.text.public_class import public
from aai_jupyter.text.sanitize import escape

NAMED_BY = ("transcript_id", "source", "file")
"""Columns by which two frames tell recordings apart, the surest first."""
_NO_FIELDS = {*NAMED_BY, "error", "seconds", "cost", "start", "end", "coder", "memo", "evidence"}
_MEASURES = ("precision", "recall", "f1")

Items = Counter[Hashable]
Given = Mapping[Hashable, Mapping[str, Items]]
"""Recording -> field -> what was answered."""


@public
@dataclass(eq=False)
class AnswerEvaluation:
    """How well a language model's answers agree with a person's.

    Attributes
    ----------
    fields : DataFrame
        One row a field (or code): ``field``, ``precision``, ``recall``, ``f1``, each with ``_low`` and
        ``_high`` (95 %), and the counts they come from: ``right``, ``wrong`` (answered, but not by the
        person), ``missed``.
    instability : DataFrame
        One row a field: the share of recordings (of coded passages) for which repeats of the question do not
        all answer the same: ``changed``, ``low``, ``high``, ``repeats``. Empty without repeats.
    diff : DataFrame
        One row where an answer is not the person's: ``recording`` (or ``unit``), ``field``, ``answer``,
        ``person``, ``run``.
    unit : str
        What an interval is over: ``"recordings"``, or ``"passages"`` where all are of one recording.
    notes : list of str
        What limits the figures.

    Examples
    --------
    >>> import aai_jupyter as aai, pandas as pd
    >>> person = pd.DataFrame({"file": ["a", "b", "c"], "refund": [True, True, False]})
    >>> model = pd.DataFrame({"file": ["a", "b", "c"], "refund": [True, False, True]})
    >>> aai.evaluate(model, person).fields[["field", "precision", "recall"]]
        field  precision  recall
    0  refund        0.5     0.5
    """

    fields: pd.DataFrame
    instability: pd.DataFrame
    diff: pd.DataFrame
    unit: str
    notes: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        parts = [
            f"{name} F1 {f1:.2f}" for name, f1 in zip(self.fields["field"], self.fields["f1"], strict=True)
        ]
        return f"<AnswerEvaluation: {', '.join(parts[:8])}; {len(self.diff)} differences>"

    def _repr_html_(self) -> str:
        head = tag("tr", *(tag("th", escape(name)) for name in ("field", *_MEASURES)))
        body = []
        for row in self.fields.to_dict("records"):
            cells = [tag("td", escape(str(row["field"])))]
            for name in _MEASURES:
                between = f"{row[f'{name}_low']:.2f} to {row[f'{name}_high']:.2f}"
                cells.append(tag("td", f"{row[name]:.2f} ", tag("span", f"({between})", style=SMALL)))
            body.append(tag("tr", *cells))
        lines = [f"{len(self.diff)} differences; intervals (95 %) over {self.unit}.", *self.notes]
        if len(self.instability):
            changed = ", ".join(
                f"{escape(str(row['field']))} {row['changed']:.0%}"
                for row in self.instability.to_dict("records")
            )
            lines.insert(0, f"Not the same in all repeats: {changed}.")
        notes = [tag("div", escape(line), style=SMALL) for line in lines]
        return box("div", tag("table", tag("thead", head), tag("tbody", *body)), *notes)


def evaluate_answers(
    runs: Sequence[pd.DataFrame], person: pd.DataFrame, *, of: Any = None, draws: int = DRAWS, seed: int = 0
) -> AnswerEvaluation:
    """Compare frames of answers, or of codes, with a person's; see :func:`aai_jupyter.evaluate`."""
    notes: list[str] = []
    if all({"code", "start", "end"} <= {*frame} for frame in (person, *runs)):
        given, truth, names, unit = _coded(runs, person, of, notes)
    else:
        given, truth, names, unit = _answered(runs, person, notes)
    rows = [_row(name, given, truth, draws, seed) for name in names]
    unstable = [_unstable(name, given, [*truth], draws, seed) for name in names] if len(runs) > 1 else []
    counts = ["right", "wrong", "missed"]
    columns = ["field", *(f"{one}{end}" for one in _MEASURES for end in ("", "_low", "_high")), *counts]
    return AnswerEvaluation(
        pd.DataFrame(rows, columns=columns),
        pd.DataFrame(unstable, columns=["field", "changed", "low", "high", "repeats"]),
        _differences(given, truth, names, "unit" if unit == "passages" else None),
        unit,
        notes,
    )


def _row(name: str, given: Sequence[Given], truth: Given, draws: int, seed: int) -> dict[str, Any]:
    counts = np.array(
        [
            np.sum([_counts(run.get(key, {}).get(name), items.get(name)) for run in given], axis=0)
            for key, items in truth.items()
        ]
    ).reshape(-1, 3)
    right, wrong, missed = counts.T
    row: dict[str, Any] = {"field": name}
    for measure, part, whole in (
        ("precision", right, right + wrong),
        ("recall", right, right + missed),
        ("f1", 2 * right, 2 * right + wrong + missed),
    ):
        low, high = ratio_interval(part, whole, draws=draws, seed=seed)
        value = part.sum() / whole.sum() if whole.sum() else float("nan")
        row |= {measure: value, f"{measure}_low": low, f"{measure}_high": high}
    return row | dict(zip(("right", "wrong", "missed"), counts.sum(axis=0).tolist(), strict=True))


def _counts(answer: Items | None, person: Items | None) -> tuple[int, int, int]:
    """Items that both have, that the answer alone has, that the person alone has."""
    ours, theirs = answer or Counter(), person or Counter()
    both = (ours & theirs).total()
    return both, ours.total() - both, theirs.total() - both


def _unstable(
    name: str, given: Sequence[Given], keys: Sequence[Hashable], draws: int, seed: int
) -> dict[str, Any]:
    answers = [[run.get(key, {}).get(name) or Counter() for run in given] for key in keys]
    changed = np.array([any(one != several[0] for one in several) for several in answers], dtype=float)
    low, high = ratio_interval(changed, np.ones(len(changed)), draws=draws, seed=seed)
    mean = float(changed.mean()) if len(changed) else float("nan")
    return {"field": name, "changed": mean, "low": low, "high": high, "repeats": len(given)}


def _differences(
    given: Sequence[Given], truth: Given, names: Sequence[str], unit: str | None
) -> pd.DataFrame:
    rows = [
        {unit or "recording": key, "field": name, "answer": ours, "person": theirs, "run": number}
        for number, run in enumerate(given)
        for key, items in truth.items()
        for name in names
        if (ours := _shown(run.get(key, {}).get(name))) != (theirs := _shown(items.get(name)))
    ]
    return pd.DataFrame(rows, columns=[unit or "recording", "field", "answer", "person", "run"])


def _shown(items: Items | None) -> str:
    return "; ".join(sorted(str(one) for one in (items or Counter()).elements()))


def _answered(
    runs: Sequence[pd.DataFrame], person: pd.DataFrame, notes: list[str]
) -> tuple[list[Given], Given, list[str], str]:
    keys = [
        name
        for name in NAMED_BY
        if all(name in frame and frame[name].notna().all() for frame in (person, *runs))
    ]
    if not keys:
        raise UsageError(
            "The answers and the person's do not say of which recording they are in the same way.",
            hint=f"Both need {', '.join(NAMED_BY[:-1])} or {NAMED_BY[-1]}.",
        )
    names = [
        str(name)
        for name in person.columns
        if name not in _NO_FIELDS and all(name in frame for frame in runs)
    ]
    if not names:
        raise UsageError(
            "The answers and the person's have no field in common.",
            hint=f"The person's has {', '.join(map(str, person.columns))}.",
        )
    truth = _items(person, keys[0], names)
    given = [_items(frame, keys[0], names) for frame in runs]
    for number, run in enumerate(given):
        which = f" of run {number}" if len(given) > 1 else ""
        if unknown := len(run.keys() - truth.keys()):
            notes.append(f"{unknown} recordings{which} have no answer of the person's and are left out.")
        if missing := len(truth.keys() - run.keys()):
            notes.append(
                f"{missing} recordings{which} have no answer: what the person found there is missed."
            )
    return given, truth, names, "recordings"


def _items(frame: pd.DataFrame, key: str, names: Sequence[str]) -> Given:
    found: dict[Hashable, dict[str, Items]] = defaultdict(dict)
    for name in names:
        for recording, value in zip(frame[key].tolist(), frame[name].tolist(), strict=True):
            found[recording].setdefault(name, Counter()).update(_values(value))
    return found


def _values(value: Any) -> Iterable[Hashable]:
    """What is claimed by a value: nothing by False, each of its items by a list."""
    if isinstance(value, list | tuple | set | np.ndarray):
        return [one for item in value for one in _values(item)]
    if isinstance(value, dict):
        return [json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)]
    if isinstance(value, str):
        said = " ".join(value.split()).casefold()
        return [said] if said else []
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return []
    if isinstance(value, bool | np.bool_):
        return [True] if value else []
    return [float(value) if isinstance(value, int | float | np.number) else value]


def _coded(
    runs: Sequence[pd.DataFrame], person: pd.DataFrame, of: Any, notes: list[str]
) -> tuple[list[Given], Given, list[str], str]:
    """Turns, or the passages that somebody coded, with their codes; intervals are over recordings."""
    frames = [person, *runs]
    both = pd.concat(
        [frame.assign(coder=str(number)) for number, frame in enumerate(frames)], ignore_index=True
    )
    if hasattr(of, "frame") and not isinstance(of, pd.DataFrame):
        units = of.frame("utterances", units="s")
    else:
        named = [name for name in (*KEYS, "start", "end") if name in both]
        units = both[named].drop_duplicates().reset_index(drop=True)
        notes.append("Passages that somebody coded are compared (say of=calls to compare turns).")
    codes = sorted({str(code) for code in both["code"].dropna()})
    coders = [str(number) for number in range(len(frames))]
    found = passages(both, units, coders, codes, everywhere=True)
    keys = recordings_of(units, both)
    recording = found.units[keys[0]].tolist() if keys else [0] * len(found.units)
    several = len(set(recording)) > 1
    made: list[dict[Hashable, dict[str, Items]]] = [defaultdict(dict) for _ in frames]
    for place, where in enumerate(recording):
        for coder, mapping in enumerate(made):
            group = where if several else place
            for number, code in enumerate(codes):
                items = mapping[group].setdefault(code, Counter())
                if found.coded[place, coder, number]:
                    start = found.units["start"].iloc[place]
                    items[start] += 1
    return [*made[1:]], made[0], codes, "recordings" if several else "passages"
