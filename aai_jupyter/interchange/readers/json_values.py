"""Values of JSON that another program wrote: what is not of the expected type is empty, not an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aai_jupyter.interchange.readers.clock import number_ms
from aai_jupyter.interchange.readers.passages import ReadWord


def dicts(value: Any) -> list[Mapping[str, Any]]:
    """The objects in a list."""
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def mapping(value: Any) -> Mapping[str, Any]:
    """An object."""
    return value if isinstance(value, Mapping) else {}


def first_of(value: Any) -> Mapping[str, Any]:
    """The first object of a list."""
    return next(iter(dicts(value)), {})


def name_of(value: Any) -> str | None:
    """A name, also one that is a number."""
    return None if value is None or isinstance(value, bool | list | dict) or value == "" else str(value)


def text_in(value: Any) -> str:
    """A text."""
    return value if isinstance(value, str) else ""


def share(value: Any) -> float | None:
    """A number from 0 to 1."""
    found = number_ms(value, 1.0)
    return found if found is not None and 0 <= found <= 1 else None


def length_of(value: Any) -> float | None:
    """Seconds of a recording: a number."""
    found = number_ms(value, 1.0) if isinstance(value, int | float) else None
    return found if found is not None and 0 < found < 1e8 else None


def seconds_ms(value: Any) -> float | None:
    """Seconds as number or text, or as ``{"seconds": "1", "nanos": 400000000}``."""
    if isinstance(value, Mapping):
        whole, rest = number_ms(value.get("seconds", 0)), number_ms(value.get("nanos", 0), 1e-6)
        return None if whole is None or rest is None else whole + rest
    return number_ms(value)


def punctuate(words: list[ReadWord], mark: str) -> None:
    """Put a mark on the word before it."""
    if mark.strip() and words:
        words[-1] = words[-1]._replace(text=words[-1].text + mark.strip())
