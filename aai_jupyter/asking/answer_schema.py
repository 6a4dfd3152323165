"""Schema of a structured answer: one JSON schema out of many ways to write it down."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pandas as pd

from aai_jupyter.errors import OptionError
from aai_jupyter.text.public_class import public
from aai_jupyter.text.tokenization import fold

ROWS = "rows"
"""Field that holds the list when an answer has several rows: the root of a schema must be an object."""

SHARED = ("$defs", "definitions")


@public
@dataclass(frozen=True)
class Schema:
    """A checked schema.

    Attributes
    ----------
    name : str
    json : dict
        JSON schema of one row.
    many : bool
        Whether an answer is a list of rows.
    convert : callable, optional
        Makes the user's own kind of object out of a valid row (pydantic, dataclass, msgspec).
    """

    name: str
    json: dict[str, Any]
    many: bool = False
    convert: Callable[[Any], Any] | None = field(default=None, compare=False)

    @property
    def root(self) -> dict[str, Any]:
        """The schema of a whole answer."""
        if not self.many:
            return self.json
        row = {key: value for key, value in self.json.items() if key not in SHARED}
        shared: dict[str, Any] = {key: self.json[key] for key in SHARED if key in self.json}
        return {
            "type": "object",
            "properties": {ROWS: {"type": "array", "items": row}},
            "required": [ROWS],
            "additionalProperties": False,
            **shared,
        }

    @property
    def fields(self) -> dict[str, dict[str, Any]]:
        """Name -> schema of each field of a row, references followed."""
        top = followed(self.json, self.json)
        return {name: followed(value, self.json) for name, value in top.get("properties", {}).items()}

    def response_format(self) -> dict[str, Any]:
        """The schema as the gateway takes it."""
        return {
            "type": "json_schema",
            "json_schema": {"name": self.name, "schema": self.root, "strict": False},
        }

    @cached_property
    def _validate(self) -> Callable[[Any], Any]:
        import fastjsonschema

        try:
            # Defaults would fill in what the model did not say.
            return fastjsonschema.compile(self.root, use_default=False)
        except (fastjsonschema.JsonSchemaException, TypeError, KeyError, re.error) as error:
            raise OptionError(f"The schema is no valid JSON schema: {error}.") from None

    def check(self) -> None:
        """Raise OptionError when the schema itself is wrong."""
        self._validate  # noqa: B018 (compiles it)

    def problem(self, value: Any) -> str | None:
        """Return why a decoded answer does not fit, or None."""
        import fastjsonschema

        try:
            self._validate(value)
        except fastjsonschema.JsonSchemaValueException as error:
            return str(error.message).removeprefix("data").lstrip(". ") or "does not fit the schema"
        if self.convert is None:
            return None
        try:
            for row in self.rows(value):
                self.convert(row)
        except (ValueError, TypeError) as error:  # pydantic's and msgspec's errors are ValueErrors
            return " ".join(str(error).split())
        return None

    def rows(self, value: Any) -> list[dict[str, Any]]:
        """Return the rows of a valid answer."""
        return list(value[ROWS]) if self.many else [value]

    def column(self, name: str, values: list[Any]) -> pd.Series:
        """Return one field of all rows with the dtype of its schema; None is missing."""
        kind = self.fields.get(name, {})
        types = _kinds(kind)
        if kind.get("enum") and types <= {"string"}:
            return pd.Series(pd.Categorical(values, categories=[v for v in kind["enum"] if v is not None]))
        if types == {"string"} and kind.get("format") in ("date", "date-time"):
            with_zone = kind["format"] == "date-time"
            return pd.to_datetime(pd.Series(values, dtype=object), errors="coerce", utc=with_zone)
        dtypes: dict[str, Any] = {
            "string": pd.StringDtype("python"),
            "integer": "Int64",
            "number": "Float64",
            "boolean": "boolean",
        }
        if len(types) == 1 and (dtype := dtypes.get(next(iter(types)))) is not None:
            found: pd.Series = pd.Series(values, dtype=dtype)
            return found
        if types == {"integer", "number"}:
            return pd.Series(values, dtype="Float64")
        return pd.Series(values, dtype=object)


def with_gaps(schema: Schema) -> Schema:
    """Return the schema with fields that may be null."""
    top = followed(schema.json, schema.json)
    properties = {
        name: {"anyOf": [kind, {"type": "null"}]} for name, kind in top.get("properties", {}).items()
    }
    shared = {key: schema.json[key] for key in SHARED if key in schema.json}
    return replace(schema, json={**top, **shared, "properties": properties}, convert=None)


def coerced(value: Any, schema: Any, root: Mapping[str, Any], changes: list[str]) -> Any:
    """Return a value with what is only written in another type put right; `changes` gets what was.

    ``"true"`` is a boolean, ``"4"`` and 4.0 are whole numbers, ``"None"`` is null, ``"High"`` is the word
    ``high`` of a list of words. Nothing else is taken for something that it is not.

    Examples
    --------
    >>> schema, changes = {"properties": {"refund": {"type": "boolean"}}}, []
    >>> coerced({"refund": "True"}, schema, schema, changes), changes
    ({'refund': True}, ["'True' as true"])
    """
    kind = followed(schema, root)
    if isinstance(value, dict):
        properties = kind.get("properties") or {}
        return {name: coerced(one, properties.get(name), root, changes) for name, one in value.items()}
    if isinstance(value, list):
        return [coerced(one, kind.get("items"), root, changes) for one in value]
    made = _coerced(value, kind, _nullable(schema, kind))
    if made is not value:
        changes.append(f"{value!r} as {json.dumps(made, ensure_ascii=False)}")
    return made


def _coerced(value: Any, kind: Mapping[str, Any], nullable: bool) -> Any:
    types = _kinds(kind) - {"null"}
    if isinstance(value, float) and types == {"integer"} and value.is_integer():
        return int(value)
    if not isinstance(value, str) or "string" in types:
        words = [word for word in kind.get("enum") or () if isinstance(word, str)]
        same = [word for word in words if isinstance(value, str) and fold(word) == fold(value.strip())]
        return same[0] if len(same) == 1 and value not in words else value
    word = value.strip()
    if nullable and word.lower() in ("null", "none", "n/a", ""):
        return None
    if "boolean" in types and word.lower() in ("true", "false", "yes", "no"):
        return word.lower() in ("true", "yes")
    if types & {"integer", "number"} and re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", word):
        number = float(word)
        if "number" in types or number.is_integer():
            return (
                int(number) if (number.is_integer() and "." not in word) or "number" not in types else number
            )
    return value


def _nullable(schema: Any, kind: Mapping[str, Any]) -> bool:
    options = schema.get("anyOf") if isinstance(schema, Mapping) else None
    return "null" in _kinds(kind) or any(
        isinstance(option, Mapping) and option.get("type") == "null" for option in options or ()
    )


def followed(value: Any, root: Mapping[str, Any]) -> dict[str, Any]:
    """Resolve references and optional types of a schema."""
    for _ in range(20):
        if not isinstance(value, dict):
            return {}
        if "$ref" in value:
            target: Any = root
            for part in str(value["$ref"]).removeprefix("#/").split("/"):
                target = target.get(part, {}) if isinstance(target, Mapping) else {}
            value = target
        elif "anyOf" in value and "type" not in value:
            real = [v for v in value["anyOf"] if not (isinstance(v, dict) and v.get("type") == "null")]
            if len(real) != 1:
                return value
            value = {**{k: v for k, v in value.items() if k != "anyOf"}, **real[0]}
        else:
            return value
    return {}


def _kinds(kind: Mapping[str, Any]) -> set[str]:
    found = kind.get("type")
    if found is None and kind.get("enum") and all(isinstance(v, str) or v is None for v in kind["enum"]):
        return {"string"}
    if found is None and isinstance(kind.get("anyOf"), list):
        return {k for option in kind["anyOf"] if isinstance(option, dict) for k in _kinds(option)} - {"null"}
    return set(found if isinstance(found, list) else [found] if found else []) - {"null"}
