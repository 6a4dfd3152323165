"""Agreement of coders: coefficients by code with intervals, and what they disagree about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from aai_jupyter.analysis.bootstrap import DRAWS
from aai_jupyter.analysis.coded_units import CodedUnits, judgements, passages, recordings_of
from aai_jupyter.analysis.coefficients import Coefficient, cohen, fleiss, krippendorff, percent
from aai_jupyter.analysis.spans import seconds, units_of
from aai_jupyter.analysis.unitizing import Disagreement, merged, unitized
from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.tables.any_frame import as_pandas
from aai_jupyter.text.html_tags import SMALL, box, tag
from aai_jupyter.text.public_class import public
from aai_jupyter.text.sanitize import escape

UNITS = ("turn", "word", "time")
TABLES = {"turn": "utterances", "word": "words"}
TICK = 0.01
"""Seconds: the unit of measurement of alpha for unitizing. A finer one hardly changes alpha."""
ALL = "all codes"


@public
@dataclass(eq=False)
class Agreement:
    """How far coders agree.

    Attributes
    ----------
    frame : DataFrame
        One row for each code (and ``all codes``) and coefficient: ``code``, ``coefficient``, ``value``,
        ``low``, ``high`` (95 %), ``units`` (that it rests on), ``coders``.
    disagreements : DataFrame
        Where one coder has a code that another has not: times, text, ``coded_by``, ``not_coded_by``;
        ``.aai.play()`` plays it.
    notes : list of str
        What limits the figures.
    """

    frame: pd.DataFrame
    disagreements: pd.DataFrame
    unit: str
    notes: list[str] = field(default_factory=list)

    def __getitem__(self, coefficient: str) -> float:
        """Return a coefficient over all codes: ``found["alpha"]``."""
        rows = self.frame[(self.frame["code"] == ALL) & (self.frame["coefficient"] == coefficient)]
        if not len(rows):
            raise KeyError(coefficient)
        return float(rows["value"].iloc[0])

    def __repr__(self) -> str:
        values = self.frame[self.frame["code"] == ALL]
        line = ", ".join(
            f"{name} {value:.3f}" for name, value in zip(values["coefficient"], values["value"], strict=True)
        )
        return f"<Agreement by {self.unit}: {line}; {len(self.disagreements)} disagreements>"

    def _repr_html_(self) -> str:
        shown = self.frame.pivot(index="code", columns="coefficient", values="value")
        names = [*dict.fromkeys(self.frame["coefficient"])]
        head = tag("tr", *(tag("th", escape(name)) for name in ["code", *names]))
        body = [
            tag(
                "tr",
                tag("td", escape(str(code))),
                *(tag("td", f"{shown.loc[code, name]:.3f}") for name in names),
            )
            for code in dict.fromkeys(self.frame["code"])
        ]
        notes = [tag("div", escape(line), style=SMALL) for line in [repr(self)[1:-1], *self.notes]]
        return box("div", tag("table", tag("thead", head), tag("tbody", *body)), *notes)


def agreement(
    frame: pd.DataFrame,
    unit: Literal["turn", "word", "time"] | str = "turn",
    *,
    coders: Sequence[str] | None = None,
    of: Any = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Agreement:
    """Measure how far coders agree; see :func:`aai_jupyter.agreement`."""
    frame, of = as_pandas(frame), as_pandas(of)
    missing = [name for name in ("code", "coder") if name not in frame]
    if missing:
        raise UsageError(f"The frame has no column {missing[0]}.", hint="It needs code and coder.")
    frame = frame.reset_index(drop=True)
    names = [*coders] if coders is not None else [*map(str, dict.fromkeys(frame["coder"].dropna()))]
    if len(names) < 2:
        raise UsageError(f"There is {len(names) or 'no'} coder; agreement needs two.")
    codes = [*map(str, dict.fromkeys(frame["code"].dropna()))]
    timed = {"start", "end"} <= {*frame}
    if unit == "time":
        if not timed:
            raise UsageError("Codes without times cannot be compared by time.", hint='Say unit="item".')
        return _by_time(frame, names, codes, coders is not None, of, draws, seed)
    notes: list[str] = []
    if timed and unit in TABLES:
        units = _units(of, unit)
        if units is None:
            columns = [name for name in ("source", "transcript_id", "start", "end", "text") if name in frame]
            keys = [name for name in columns if name != "text"]
            units = frame[columns].drop_duplicates(keys)
            notes.append(
                f"It is not known which {unit}s nobody has coded (say of=calls): only coded passages "
                "count, so chance is estimated without the others."
            )
        coded = passages(frame, units, names, codes, everywhere=coders is not None)
    elif unit in frame:
        coded = judgements(frame, unit, names, codes)
    else:
        raise OptionError(f"There is no unit {unit!r}.", hint=f"Use one of {', '.join(UNITS)}, or a column.")
    return _by_unit(coded, unit, notes, draws, seed)


def _by_unit(coded: CodedUnits, unit: str, notes: list[str], draws: int, seed: int) -> Agreement:
    rows: list[dict[str, Any]] = []
    many = [None, *coded.codes] if len(coded.codes) > 1 else [None]
    for code in many:
        ratings = coded.ratings(code)
        for measure in (percent, cohen, fleiss, krippendorff):
            rows.append(_row(code, measure(ratings, draws=draws, seed=seed), len(coded.coders)))
    parts = []
    for place, code in enumerate(coded.codes):
        given = coded.coded[:, :, place] & coded.judged
        split = given.any(axis=1) & (coded.judged & ~given).any(axis=1)
        for at in np.flatnonzero(split).tolist():
            yes = [name for name, has in zip(coded.coders, given[at], strict=True) if has]
            no = [
                name
                for name, has, seen in zip(coded.coders, given[at], coded.judged[at], strict=True)
                if seen and not has
            ]
            parts.append((at, code, ", ".join(yes), ", ".join(no)))
    parts.sort(key=lambda part: part[0])
    found = coded.units.iloc[[part[0] for part in parts]].reset_index(drop=True)
    for name, column in zip(("code", "coded_by", "not_coded_by"), (1, 2, 3), strict=True):
        found[name] = pd.Series([part[column] for part in parts], dtype=pd.StringDtype("python"))
    return Agreement(_frame(rows), found, unit, notes)


def _by_time(
    frame: pd.DataFrame, coders: list[str], codes: list[str], everywhere: bool, of: Any, draws: int, seed: int
) -> Agreement:
    lengths, keys, notes = _continua(frame, of)
    start, end = (seconds(frame[name], units_of(frame)) for name in ("start", "end"))
    ident = frame[keys[0]].astype(object).tolist() if keys else [None] * len(frame)
    who, what = frame["coder"].astype(str).tolist(), frame["code"].astype(str).tolist()
    stretches: dict[tuple[Any, str, str], list[tuple[int, int]]] = {}
    offset = {name: first for name, (first, _) in lengths.items()}
    active: dict[Any, set[str]] = {name: set(coders if everywhere else ()) for name in lengths}
    for row, name in enumerate(ident):
        if name in lengths and who[row] in coders and not math.isnan(start[row] + end[row]):
            first = round((start[row] - offset[name]) / TICK)
            size = round((end[row] - offset[name]) / TICK) - first
            stretches.setdefault((name, what[row], who[row]), []).append((first, size))
            active[name].add(who[row])
    judged = [name for name in lengths if active[name] == {*coders}]
    if left := len(lengths) - len(judged):
        notes.append(f"{left} recordings that not all coders have coded are left out.")
    continua = {
        code: [
            (
                max(1, round(lengths[name][1] / TICK)),
                [merged(stretches.get((name, code, coder), [])) for coder in coders],
            )
            for name in judged
        ]
        for code in codes
    }
    random = np.random.default_rng(seed)
    picks = [random.integers(0, len(judged), len(judged)) for _ in range(min(draws, 200))]
    rows: list[dict[str, Any]] = []
    for code in [None, *codes]:
        chosen = codes if code is None else [code]

        def alpha(places: Sequence[int], chosen: list[str] = chosen) -> float:
            found = [unitized([continua[one][place] for place in places]) for one in chosen]
            return Disagreement(sum(d.observed for d in found), sum(d.expected for d in found)).alpha

        value = alpha(range(len(judged)))
        spread = [alpha(pick.tolist()) for pick in picks] if len(judged) > 1 else []
        known = [one for one in spread if one == one]
        low, high = np.quantile(known, [0.025, 0.975]).tolist() if known else (float("nan"),) * 2
        count = sum(len(one) for name in chosen for _, by in continua[name] for one in by)
        rows.append(_row(code, Coefficient("alpha_u", value, low, high, count), len(coders)))
    if len(judged) < 2:
        notes.append("One recording alone gives no interval: it is over recordings.")
    return Agreement(
        _frame(rows), _split_times(stretches, judged, coders, codes, offset, keys), "time", notes
    )


def _continua(frame: pd.DataFrame, of: Any) -> tuple[dict[Any, tuple[float, float]], list[str], list[str]]:
    """Return where each recording begins and how long it is, in seconds, and the column that names it."""
    units = _units(of, "turn")
    if units is not None:
        keys, source, notes = recordings_of(units, frame), units, []
    else:
        keys = [name for name in ("transcript_id", "source") if name in frame and frame[name].notna().all()][
            :1
        ]
        source = frame
        notes = ["The recordings' lengths are not known (say of=calls): they end with the last code."]
    first, last = (seconds(source[name], units_of(source)) for name in ("start", "end"))
    names = (
        source[keys[0]].astype(object).to_numpy() if keys else np.array([None] * len(source), dtype=object)
    )
    table = pd.DataFrame({"name": names, "first": first, "last": last})
    found = {}
    for name, part in table.groupby("name", sort=False, dropna=False):
        begin = min(0.0, float(part["first"].min()))
        found[name if keys else None] = (begin, float(part["last"].max()) - begin)
    return found, keys, notes


def _units(of: Any, unit: str) -> pd.DataFrame | None:
    if of is None or isinstance(of, pd.DataFrame):
        return of
    found: pd.DataFrame = of.frame(TABLES[unit], units="s")
    return found


def _split_times(
    stretches: dict[tuple[Any, str, str], list[tuple[int, int]]],
    judged: list[Any],
    coders: list[str],
    codes: list[str],
    offset: dict[Any, float],
    keys: list[str],
) -> pd.DataFrame:
    """Return the stretches that some coders have under a code and others have not."""
    rows = []
    for name in judged:
        for code in codes:
            own = {coder: merged(stretches.get((name, code, coder), [])) for coder in coders}
            edges = sorted({edge for one in own.values() for at, size in one for edge in (at, at + size)})
            for first, last in pairwise(edges):
                yes = [who for who, one in own.items() if any(a <= first and last <= a + n for a, n in one)]
                if yes and len(yes) < len(coders):
                    no = [who for who in coders if who not in yes]
                    at = offset[name]
                    rows.append(
                        (name, at + first * TICK, at + last * TICK, code, ", ".join(yes), ", ".join(no))
                    )
    text = pd.StringDtype("python")
    found = pd.DataFrame(
        {
            "start": pd.Series([row[1] for row in rows], dtype="float64"),
            "end": pd.Series([row[2] for row in rows], dtype="float64"),
            "code": pd.Series([row[3] for row in rows], dtype=text),
            "coded_by": pd.Series([row[4] for row in rows], dtype=text),
            "not_coded_by": pd.Series([row[5] for row in rows], dtype=text),
        }
    )
    if keys:
        found.insert(0, keys[0], pd.Series([row[0] for row in rows], dtype="category"))
    return found


def pairs_of_coders(frame: pd.DataFrame, **options: Any) -> pd.DataFrame:
    """Return `agreement` of each pair of coders, one below the other: ``one``, ``two`` and its columns.

    Examples
    --------
    >>> rows = [(item, who, "x") for item in "12" for who in ("Ann", "Ben", "Cat")]
    >>> frame = pd.DataFrame(rows, columns=["item", "coder", "code"])
    >>> pairs_of_coders(frame, unit="item")["two"].unique().tolist()
    ['Ben', 'Cat']
    """
    frame = as_pandas(frame)
    names = [*map(str, dict.fromkeys(frame["coder"].dropna()))]
    parts = []
    for one, two in combinations(names, 2):
        rows = frame[frame["coder"].astype(object).isin([one, two])]
        found = agreement(rows, **options).frame
        found.insert(0, "one", one)
        found.insert(1, "two", two)
        parts.append(found)
    return pd.concat(parts, ignore_index=True) if parts else _frame([])


def _row(code: str | None, found: Coefficient, coders: int) -> dict[str, Any]:
    return {
        "code": ALL if code is None else code,
        "coefficient": found.name,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "units": found.units,
        "coders": coders,
    }


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["code", "coefficient", "value", "low", "high", "units", "coders"])
