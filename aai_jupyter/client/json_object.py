"""A JSON object of the service (msgspec), read leniently.

An answer is taken apart into its top-level fields, which stay undecoded until something asks for them
(:class:`msgspec.Raw`). So the words inside utterances, a second copy of every word, cost nothing, and a fault
in one field cannot touch another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from aai_jupyter.client import decoding
from aai_jupyter.client.response_rows import ROWS, WRAPPED
from aai_jupyter.errors import ResponseError
from aai_jupyter.text.json_faults import NOT_JSON

T = TypeVar("T", bound=msgspec.Struct)
V = TypeVar("V")


class JsonObject:
    """A JSON object of the service, its fields decoded when asked for.

    Parameters
    ----------
    raw : bytes, str or mapping
        The answer as received, or as somebody saved or built it.

    Raises
    ------
    ResponseError
        It is not JSON, or not a JSON object.
    """

    def __init__(self, raw: bytes | bytearray | memoryview | str | Mapping[str, Any]) -> None:
        self.raw_bytes: bytes = _as_bytes(raw)
        self._problems = decoding.Problems()
        self._open()

    def _open(self) -> None:
        self._fields  # noqa: B018 (raises when this is no JSON object)

    @cached_property
    def _fields(self) -> dict[str, msgspec.Raw]:
        """Every top-level field, undecoded."""
        try:
            return msgspec.json.decode(self.raw_bytes, type=dict[str, msgspec.Raw])
        except NOT_JSON:
            repaired = self._repaired()
        return {key: msgspec.Raw(msgspec.json.encode(value)) for key, value in repaired.items()}

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.raw_bytes,)

    def _repaired(self) -> dict[str, Any]:
        try:
            value = decoding.loads(self.raw_bytes)
        except ValueError as error:
            start = bytes(self.raw_bytes[:60]).decode("utf-8", "replace")
            what = "empty" if not start.strip() else "not JSON"
            raise ResponseError(
                f"This is no transcript: it is {what} ({error}).",
                detail=start.strip() or None,
                hint="Pass the JSON that the service sent. To read a saved file: aai.load(path).",
            ) from error
        if not isinstance(value, dict):
            raise ResponseError(
                f"This is no transcript: a JSON object was expected, got a {type(value).__name__}.",
                hint="Pass the JSON object of one transcript.",
            )
        self._problems.add("answer", "JSON that needed repair (NaN, broken text or a byte order mark)")
        return value

    @cached_property
    def raw(self) -> dict[str, Any]:
        """Everything that the service sent, decoded. It is yours: frames are not made from it."""
        return {name: self.get(name) for name in self._fields}

    @property
    def problems(self) -> list[str]:
        """What was odd in the fields read so far; empty for a regular answer."""
        return self._problems.lines()

    def __contains__(self, name: str) -> bool:
        return self._raw_of(name) is not None

    def _raw_of(self, name: str) -> msgspec.Raw | None:
        return self._fields.get(name)

    def get(self, name: str) -> Any:
        """A top-level field, decoded afresh; None when it is absent."""
        raw = self._raw_of(name)
        if raw is None:
            return None
        try:
            return decoding.loads(bytes(raw))
        except ValueError as error:
            self._problems.add(name, f"cannot be read ({error})")
            return None

    def _value(self, name: str, read: Callable[[Any], V]) -> V | None:
        value = self.get(name)
        try:
            return read(value)
        except ValueError as error:
            self._problems.add(name, f"{error}, got {type(value).__name__}")
            return None

    def text_of(self, name: str) -> str | None:
        """A top-level field that should be text."""
        return self._value(name, decoding.as_text)

    def number_of(self, name: str) -> float | None:
        """A top-level field that should be a number."""
        return self._value(name, decoding.as_float)

    def object_of(self, name: str) -> dict[str, Any]:
        """A top-level field that should be an object; empty when it is not."""
        value = self.get(name)
        if value is not None and not isinstance(value, dict):
            self._problems.add(name, f"expected an object, got {type(value).__name__}")
        return value if isinstance(value, dict) else {}

    def dicts(self, name: str) -> list[dict[str, Any]]:
        """The rows of a field as sent, aligned with :meth:`rows`."""
        value = self.object_of(name).get("results") if name in WRAPPED else self.get(name)
        return decoding.dict_rows(value, name, self._problems)

    def rows(self, name: str) -> list[Any]:
        """The rows of a field as structs of type ``ROWS[name]``; decoded afresh, so keep what you need."""
        kind = ROWS[name]
        raw = self._raw_of(name)
        if raw is None:
            return []
        if name not in WRAPPED:
            try:
                return msgspec.json.decode(raw, type=list[kind] | None) or []  # type: ignore[valid-type]
            except NOT_JSON:
                pass  # something is odd: read it row by row
        return decoding.struct_rows(self.dicts(name), kind, name, self._problems)

    def structs(self, rows: Any, kind: type[T], where: str) -> list[T]:
        """Structs of rows that are nested somewhere in a decoded field."""
        return decoding.struct_rows(
            decoding.dict_rows(rows, where, self._problems), kind, where, self._problems
        )


def _as_bytes(raw: Any) -> bytes:
    if isinstance(raw, bytes):
        return raw
    if isinstance(raw, str):
        return str(decoding.clean(raw)).encode()
    if isinstance(raw, (bytearray, memoryview)):
        return bytes(raw)
    if isinstance(raw, Mapping):
        try:
            return msgspec.json.encode(raw)
        except (TypeError, ValueError):  # UnicodeEncodeError is a ValueError
            return msgspec.json.encode(decoding.clean(raw))
    raise ResponseError(
        f"This is no transcript: JSON as bytes, str or dict was expected, got {type(raw).__name__}.",
        hint="To read a saved file: aai.load(path).",
    )
