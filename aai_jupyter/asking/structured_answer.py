"""Decoding of a structured answer: rows that fit the schema, or the reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import pandas as pd

from aai_jupyter.asking.answer_schema import Schema, coerced, with_gaps
from aai_jupyter.text.json_faults import NOT_JSON
from aai_jupyter.text.lenient_json import FoundJson, find_json


@dataclass(frozen=True, slots=True)
class Reading:
    """Decoded answer: rows, or the reason why there are none.

    Attributes
    ----------
    notes : tuple of str
        What had to be put right.
    """

    rows: list[dict[str, Any]]
    problem: str | None = None
    notes: tuple[str, ...] = ()


def read(text: str, schema: Schema, *, cut_short: bool = False, gaps: bool = False) -> Reading:
    """Decode the rows of an answer.

    JSON is looked for in the whole text and wherever it begins in it: in a fenced block, after prose, written
    with small faults. Of several values that fit, the last one counts. An answer that reached ``max_tokens``
    is never taken, even if it could be closed: what is missing is not known.

    ``gaps`` lets every field be null: what cannot be quoted is left empty by a model that only quotes.

    Examples
    --------
    >>> from aai_jupyter.asking.schema_forms import schema_of
    >>> read('Sure! ```json\\n{"score": 4}\\n```', schema_of("score: int")).rows
    [{'score': 4}]
    >>> read('{"score": "high"}', schema_of("score: int")).problem
    'score must be integer'
    """
    if cut_short:
        return Reading([], "the answer reached max_tokens and is incomplete")
    if not text.strip():
        return Reading([], "the answer is empty")
    schema = with_gaps(schema) if gaps else schema
    found = _candidates(text)
    fitting = [reading for one in reversed(found) if (reading := _fitting(one, schema)).problem is None]
    if not fitting:
        said = [reading.problem for one in found if (reading := _fitting(one, schema)).problem]
        return Reading([], said[-1] if said else "the answer is not JSON")
    best = fitting[0]
    if any(other.rows != best.rows for other in fitting):
        if schema.many:
            return Reading([], "the answer holds several lists")
        return Reading(
            best.rows, None, (*best.notes, "The model gave several answers: the last one was taken.")
        )
    return best


def _candidates(text: str) -> list[FoundJson]:
    try:
        return [FoundJson(msgspec.json.decode(text.strip()))]
    except NOT_JSON:
        return find_json(text)


def _fitting(found: FoundJson, schema: Schema) -> Reading:
    value, faults = found
    if schema.many and isinstance(value, list):  # the list without its wrapper is not in doubt
        value = {"rows": value}
    why = schema.problem(value)
    changes: list[str] = []
    if why is not None:
        value = coerced(value, schema.root, schema.root, changes)
        if not changes or schema.problem(value) is not None:
            return Reading([], why)
    notes = []
    if faults:
        notes.append(f"The model's JSON was put right: {', '.join(faults)}.")
    if changes:
        notes.append(f"Values were put right: {', '.join(dict.fromkeys(changes))}.")
    return Reading(schema.rows(value), None, tuple(notes))


def rows_frame(rows: list[dict[str, Any] | None], schema: Schema) -> pd.DataFrame:
    """Return rows as a frame with the schema's fields and dtypes; None is a missing row."""
    names = list(schema.fields)
    more = dict.fromkeys(name for row in rows if row for name in row if name not in schema.fields)
    columns = {
        name: schema.column(name, [None if row is None else row.get(name) for row in rows])
        for name in [*names, *more]
    }
    return pd.DataFrame(columns, columns=[*names, *more])
