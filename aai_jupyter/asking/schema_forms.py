"""Conversion of the many ways to write a schema."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal, Optional, is_typeddict

import msgspec

from aai_jupyter.asking.answer_schema import SHARED, Schema, followed
from aai_jupyter.errors import OptionError
from aai_jupyter.text.ready_types import ready

_TYPES: dict[str, Any] = {
    "str": str,
    "string": str,
    "text": str,
    "int": int,
    "integer": int,
    "float": float,
    "number": float,
    "bool": bool,
    "boolean": bool,
    "date": date,
    "datetime": datetime,
}
_FIELD = re.compile(r"\s*+(?P<name>[^\W\d]\w*+)\s*+(?P<optional>\?)?\s*+(?::\s*+(?P<type>\S.*))?")
_SYNTAX = 'Write fields as "name: str, score: int, mood: good|bad, tags: list[str], note: str?".'


def schema_of(spec: Any) -> Schema:
    """Return a schema from any of its forms.

    Parameters
    ----------
    spec : str, dict, type, Schema
        ``"name: str, score: int"`` (``?`` makes a field optional, ``a|b|c`` lists choices, brackets around
        all mean several rows); a JSON schema; a dict of field -> type; a pydantic model, dataclass, msgspec
        struct, TypedDict; ``list[...]`` of those for several rows.

    Raises
    ------
    OptionError

    Examples
    --------
    >>> list(schema_of("name: str, score: int, mood: good|bad?").fields)
    ['name', 'score', 'mood']
    >>> schema_of("[task: str, owner: str?]").many
    True
    """
    schema = _schema_of(spec)
    if not isinstance(schema.json, dict) or not schema.fields:
        raise OptionError("The schema has no fields.", hint=_SYNTAX)
    schema.check()
    return schema


def _schema_of(spec: Any) -> Schema:
    if isinstance(spec, Schema):
        return spec
    if isinstance(spec, str):
        text = spec.strip()
        many = text.startswith("[") and text.endswith("]")
        return _of_type(_struct(text[1:-1] if many else text), many=many, convert=False)
    if isinstance(spec, Mapping):
        return _of_mapping(dict(spec))
    if getattr(spec, "__origin__", None) is list and len(spec.__args__) == 1:
        return dataclasses.replace(_schema_of(spec.__args__[0]), many=True)
    if isinstance(spec, list) and len(spec) == 1:
        return dataclasses.replace(_schema_of(spec[0]), many=True)
    if isinstance(spec, type):
        return _of_type(spec)
    raise OptionError(
        f"A schema cannot be made of {type(spec).__name__}.",
        hint=f"{_SYNTAX} Or a dict, pydantic model, dataclass or msgspec struct.",
    )


def _of_mapping(spec: dict[str, Any]) -> Schema:
    if spec.get("type") == "json_schema" and isinstance(spec.get("json_schema"), Mapping):
        return _of_mapping(dict(spec["json_schema"].get("schema") or {}))
    if spec.get("type") == "array" and isinstance(spec.get("items"), Mapping):
        shared: dict[str, Any] = {key: spec[key] for key in SHARED if key in spec}
        return Schema("rows", {**spec["items"], **shared}, many=True)
    if isinstance(spec.get("properties"), Mapping) or "$ref" in spec:
        name = re.sub(r"\W+", "_", str(spec.get("title") or "answer"))[:64]
        return Schema(name, {"type": "object", **spec})
    parts = [(str(name), value if isinstance(value, str) else "", value) for name, value in spec.items()]
    fields = [(name, _type(text) if text else value, _NEEDED) for name, text, value in parts]
    return _of_type(_define(fields), convert=False)


def _of_type(kind: Any, *, many: bool = False, convert: bool = True) -> Schema:
    name = re.sub(r"\W+", "_", kind.__name__)[:64]
    if hasattr(kind, "model_json_schema") and hasattr(
        kind, "model_validate"
    ):  # pydantic, without importing it
        return Schema(name, kind.model_json_schema(), many, kind.model_validate)
    if not (dataclasses.is_dataclass(kind) or is_typeddict(kind) or issubclass(kind, msgspec.Struct)):
        raise OptionError(
            f"A schema cannot be made of the type {name}.",
            hint="Take a pydantic model, dataclass, TypedDict or msgspec struct.",
        )
    try:
        (made,), shared = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
        ready(kind)
    except (TypeError, ValueError) as error:
        raise OptionError(f"A schema cannot be made of {name}: {error}") from None
    found = dict(followed(made, {"$defs": shared}))
    used = msgspec.json.encode(found) + msgspec.json.encode({k: v for k, v in shared.items() if k != name})
    needed = {k: v for k, v in shared.items() if f'"#/$defs/{k}"'.encode() in used}
    json = {**found, **({"$defs": needed} if needed else {})}
    return Schema(name, json, many, (lambda row: msgspec.convert(row, kind)) if convert else None)


_NEEDED = object()


def _struct(text: str) -> Any:
    fields = []
    for part in _split(text):
        match = _FIELD.fullmatch(part)
        if not match:
            raise OptionError(f"The schema has a field that cannot be read: {part.strip()!r}.", hint=_SYNTAX)
        written = (match["type"] or "str").strip()
        optional = bool(match["optional"]) or written.endswith("?")
        kind = _type(written.removesuffix("?").strip())
        fields.append((match["name"], Optional[kind] if optional else kind, None if optional else _NEEDED))  # noqa: UP045
    return _define(fields)


def _split(text: str) -> list[str]:
    """Split at commas that are in no brackets."""
    parts, depth, part = [], 0, ""
    for char in text:
        depth += (char in "[(") - (char in "])")
        if char in ",\n;" and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += char
    return [p for p in [*parts, part] if p.strip()]


def _type(text: str) -> Any:
    text = text.strip()
    if text.lower() in _TYPES:
        return _TYPES[text.lower()]
    if inner := re.fullmatch(r"list\s*\[(.+)\]|(.+)\[\]", text, re.IGNORECASE):
        return list[_type(inner[1] or inner[2])]  # type: ignore[misc]
    if "|" in text:
        choices = [choice.strip().strip("'\"") for choice in text.split("|")]
        kinds = [c for c in choices if c.lower() in _TYPES or c.lower() == "none"]
        if not kinds and all(choices):
            return Literal[tuple(choices)]
        if len(choices) == 2 and "none" in [c.lower() for c in choices]:
            (other,) = [c for c in choices if c.lower() != "none"]
            return Optional[_type(other)]  # noqa: UP045
    raise OptionError(f"The schema has an unknown type {text!r}.", hint=_SYNTAX)


def _define(fields: list[tuple[str, Any, Any]]) -> Any:
    names = [name for name, _, _ in fields]
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise OptionError(f"The schema has {twice[0]!r} twice.")
    try:
        return msgspec.defstruct(
            "answer",
            [(name, kind) if default is _NEEDED else (name, kind, default) for name, kind, default in fields],
            kw_only=True,
            forbid_unknown_fields=True,
        )
    except (TypeError, ValueError) as error:
        raise OptionError(f"The schema cannot be read: {error}", hint=_SYNTAX) from None
