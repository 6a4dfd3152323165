"""Schema of a structured answer: one JSON schema out of many ways to write it down."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from aai_jupyter.errors import OptionError
from aai_jupyter.text.public_class import public

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
