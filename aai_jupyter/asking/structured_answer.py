"""Decoding of a structured answer: rows that fit the schema, or the reason why not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import msgspec
import pandas as pd

from aai_jupyter.asking.answer_schema import Schema
from aai_jupyter.text.json_faults import NOT_JSON

_FENCE = re.compile(r"```[a-zA-Z]*[^\S\n]*\n(.*?)```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reading:
    """Decoded answer: rows, or the reason why there are none."""

    rows: list[dict[str, Any]]
    problem: str | None = None


def read(text: str, schema: Schema, *, cut_short: bool = False) -> Reading:
    """Decode the rows of an answer.

    JSON is looked for in the whole text, in a fenced block, and between the outermost braces. An answer that
    reached ``max_tokens`` is never taken, even if it could be closed: what is missing is not known.

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
    problem = "the answer is not JSON"
    for candidate in _candidates(text):
        try:
            value = msgspec.json.decode(candidate)
        except NOT_JSON:
            continue
        if schema.many and isinstance(value, list):  # the list without its wrapper is not in doubt
            value = {"rows": value}
        why = schema.problem(value)
        if why is None:
            return Reading(schema.rows(value))
        problem = why
    return Reading([], problem)


def _candidates(text: str) -> list[str]:
    found = [text.strip(), *(block.strip() for block in _FENCE.findall(text))]
    for first, last in (("{", "}"), ("[", "]")):
        start, end = text.find(first), text.rfind(last)
        if 0 <= start < end:
            found.append(text[start : end + 1])
    return list(dict.fromkeys(found))


def rows_frame(rows: list[dict[str, Any] | None], schema: Schema) -> pd.DataFrame:
    """Return rows as a frame with the schema's fields and dtypes; None is a missing row."""
    names = list(schema.fields)
    more = dict.fromkeys(name for row in rows if row for name in row if name not in schema.fields)
    columns = {
        name: schema.column(name, [None if row is None else row.get(name) for row in rows])
        for name in [*names, *more]
    }
    return pd.DataFrame(columns, columns=[*names, *more])
