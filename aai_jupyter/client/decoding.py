"""Reading JSON rows without ever giving up on a finished transcript.

A typed decode is tried first: it is fast, and nearly always right. When the service sends something that
the types do not allow, the rows are read again one by one, a value that cannot be understood becomes None,
and a line about it goes into :class:`Problems`. A transcript that was paid for is never refused because of
one odd field.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from aai_jupyter.text.json_faults import NOT_JSON

T = TypeVar("T", bound=msgspec.Struct)

EXACT = 2**53
"""Whole numbers up to here are exact in float64. A time in milliseconds beyond it is no time."""


class Problems:
    """What was odd in a response, one line per field however many rows it concerns."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[Any]] = {}

    def add(self, where: str, what: str, row: int | None = None) -> None:
        """Note that ``what`` is odd about ``where``; ``row`` is the first row's number."""
        self._found.setdefault((where, what), [row, set()])[1].add(row)

    def lines(self) -> list[str]:
        """The notes, in the order in which they were found."""
        lines = []
        for (where, what), (first, rows) in self._found.items():
            place = where if first is None else f"{where}, row {first}"
            more = f" ({len(rows)} rows)" if len(rows) > 1 else ""
            lines.append(f"{place}: {what}{more}")
        return lines


def loads(raw: bytes) -> Any:
    """Decode JSON; what strict decoders refuse (NaN, half a surrogate pair, bad UTF-8, a BOM) is repaired.

    Raises
    ------
    ValueError
        It is not JSON at all, or nested deeper than any answer of the service.
    """
    try:
        return msgspec.json.decode(raw)
    except NOT_JSON:
        pass
    try:
        return clean(json.loads(raw.decode("utf-8-sig", "replace"), parse_int=_parse_int))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _parse_int(digits: str) -> int | float:
    return int(digits) if len(digits) < 300 else float(digits)


def clean(value: Any) -> Any:
    """The same value with only what JSON can carry: no half surrogates, finite numbers, str keys."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {clean(str(key)): clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    if value is None or isinstance(value, (bool, int)):
        return value
    return clean(str(value))


def as_text(value: Any) -> str | None:
    """Text; numbers and booleans are written out.

    Raises
    ------
    ValueError
        An object or a list stands where text should.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float)):
        return str(value)
    raise ValueError("expected text")


def as_float(value: Any) -> float | None:
    """A finite number, also from text such as ``"0.93"``.

    Raises
    ------
    ValueError
        It is no finite number.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("expected a number")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ValueError("expected a number") from None
    if not math.isfinite(number):
        raise ValueError("expected a finite number")
    return number


def as_int(value: Any) -> int | None:
    """A whole number; fractions are rounded.

    Raises
    ------
    ValueError
        It is no number, or one that no field can mean (beyond 2**53).
    """
    number = as_float(value)
    if number is None:
        return None
    if abs(number) > EXACT:
        raise ValueError("expected a whole number of a sensible size")
    return value if isinstance(value, int) else round(number)


def as_list(value: Any) -> list[Any] | None:
    """A list.

    Raises
    ------
    ValueError
        It is something else.
    """
    if value is None or isinstance(value, list):
        return value
    raise ValueError("expected a list")


def as_is(value: Any) -> Any:
    """Whatever was sent."""
    return value


# Fields mean the same wherever they appear, so one table does for all row types.
READERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("start", "end", "count", "sentences_idx_start", "sentences_idx_end"), as_int),
    **dict.fromkeys(("confidence", "rank", "relevance", "severity", "low", "medium", "high"), as_float),
    "speaker_confidence": as_float,
    **dict.fromkeys(
        ("text", "speaker", "channel", "gist", "headline", "summary", "entity_type", "sentiment", "label"),
        as_text,
    ),
    **dict.fromkeys(("labels", "timestamps", "indexes", "words"), as_list),
    **dict.fromkeys(("id", "status", "created", "completed", "audio_url", "resource_url", "error"), as_text),
}


def dict_rows(value: Any, where: str, problems: Problems) -> list[dict[str, Any]]:
    """The objects in a list. Anything else in it, or in place of it, is noted and left out."""
    if value is None:
        return []
    if not isinstance(value, list):
        problems.add(where, f"expected a list, got {type(value).__name__}")
        return []
    rows = []
    for number, row in enumerate(value):
        if isinstance(row, Mapping):
            rows.append(dict(row))
        else:
            problems.add(where, f"expected an object, got {type(row).__name__}; row left out", number)
    return rows


def struct_rows(rows: Iterable[Mapping[str, Any]], kind: type[T], where: str, problems: Problems) -> list[T]:
    """One struct per row; a field that cannot be understood is None, and noted."""
    names = kind.__struct_fields__
    found = []
    for number, row in enumerate(rows):
        values = {}
        for name in names:
            if (value := row.get(name)) is None:
                continue
            try:
                values[name] = READERS.get(name, as_is)(value)
            except ValueError as error:
                problems.add(f"{where}.{name}", f"{error}, got {type(value).__name__}", number)
        found.append(kind(**values))
    return found
