"""Praat TextGrid, in the long, the short and the binary form."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from math import isfinite
from typing import Any

from aai_jupyter.errors import UsageError
from aai_jupyter.interchange.readers.document import Document
from aai_jupyter.interchange.readers.passages import ReadFile
from aai_jupyter.interchange.readers.tiers import Tier, add_tiers

# Strings, numbers and flags that stand alone: the words between them are for people.
_TOKEN = re.compile(
    r'"([^"]*(?:""[^"]*)*)"|(?<!\S)(-?\d[\d.]{0,40}(?:[eE][-+]?\d{1,4})?)(?!\S)|<(exists|absent)>'
)
MOST_TIERS = 2000
BINARY = b"ooBinaryFile\x08TextGrid"
CHRONOLOGICAL = '"Praat chronological TextGrid text file"'
_WIDE = 0xFFFF
"""In the place of a length: the text is in UTF-16."""


def is_textgrid(document: Document) -> bool:
    """Whether the header names the type."""
    return '"TextGrid"' in document.head[:300] or document.head.startswith(CHRONOLOGICAL)


def is_binary(document: Document) -> bool:
    """Whether it is in the binary form."""
    return document.data.startswith(BINARY)


def read_textgrid(document: Document) -> ReadFile:
    """Read interval tiers.

    Raises
    ------
    UsageError
        It is cut off.
    """
    read = ReadFile("Praat TextGrid", problems=document.problems)
    try:
        if is_binary(document):
            tiers = _tiers(_BinaryValues(document.data[len(BINARY) :]), read)
        elif document.head.startswith(CHRONOLOGICAL):
            tiers = _chronological(_TextValues(_TOKEN.finditer(document.text.partition("\n")[2])), read)
        else:
            values = _TextValues(_TOKEN.finditer(document.text))
            values.text(), values.text()  # file type and object class
            tiers = _tiers(values, read)
    except (StopIteration, ValueError, OverflowError, struct.error) as error:
        raise UsageError(f"{document.name} is a TextGrid that breaks off, or is damaged.") from error
    add_tiers(read, tiers)
    return read


class _TextValues:
    """Values of the text forms."""

    def __init__(self, tokens: Iterator[re.Match[str]]) -> None:
        self.tokens = tokens

    def text(self) -> str:
        while True:
            token = next(self.tokens)
            if token[1] is not None:
                return token[1].replace('""', '"')

    kind = text

    def number(self) -> float:
        while True:
            token = next(self.tokens)
            if token[2] is not None:
                return float(token[2])

    def count(self) -> int:
        return int(self.number())

    def exists(self) -> bool:
        return next(self.tokens)[3] != "absent"


class _BinaryValues:
    """Values of the binary form, as Praat's `melder/abcio.cpp` reads them: the highest byte first."""

    def __init__(self, data: bytes) -> None:
        self.data, self.place = data, 0

    def _take(self, form: str) -> Any:
        (value,) = struct.unpack_from(f">{form}", self.data, self.place)
        self.place += struct.calcsize(f">{form}")
        return value

    def text(self) -> str:
        length = self._take("H")
        if length == _WIDE:
            return str(self._take(f"{2 * self._take('H')}s").decode("utf-16-be", "replace"))
        return str(self._take(f"{length}s").decode("latin-1"))

    def kind(self) -> str:
        return str(self._take(f"{self._take('B')}s").decode("latin-1"))

    def number(self) -> float:
        value = float(self._take("d"))
        if not isfinite(value):
            raise ValueError("no time")
        return value

    def count(self) -> int:
        return int(self._take("i"))

    def exists(self) -> bool:
        return bool(self._take("b"))


def _tiers(values: _TextValues | _BinaryValues, read: ReadFile) -> list[Tier]:
    number, text = values.number, values.text
    number(), number()
    if not values.exists():
        return []
    tiers: list[Tier] = []
    for _ in range(min(values.count(), MOST_TIERS)):
        try:
            kind = values.kind()
        except (StopIteration, struct.error):
            read.note("tiers", "fewer than the file says")
            break
        name = text()
        number(), number()
        count = values.count()
        rows: list[tuple[float | None, float | None, str]] = []
        if kind == "IntervalTier":
            for _ in range(count):
                rows.append((number() * 1000, number() * 1000, text()))
            tiers.append(Tier(name, rows))
        else:
            for _ in range(count):
                number(), text()
            _points(read, name, count)
    return tiers


def _points(read: ReadFile, name: str, count: int) -> None:
    if count:
        read.note(f"tier {name[:60]!r}", f"points in time, no speech; left out ({count} points)")


def _chronological(values: _TextValues, read: ReadFile) -> list[Tier]:
    """Read the form in which the annotations of all tiers follow each other by time."""
    values.number(), values.number()
    heads = []
    for _ in range(min(values.count(), MOST_TIERS)):
        heads.append((values.kind(), values.text()))
        values.number(), values.number()
    rows: list[list[tuple[float | None, float | None, str]]] = [[] for _ in heads]
    while True:
        try:
            place = values.count() - 1
        except StopIteration:
            break
        if not 0 <= place < len(heads):
            raise ValueError("no such tier")
        start = values.number() * 1000
        end = values.number() * 1000 if heads[place][0] == "IntervalTier" else None
        rows[place].append((start, end, values.text()))
    tiers = []
    for (kind, name), found in zip(heads, rows, strict=True):
        if kind == "IntervalTier":
            tiers.append(Tier(name, found))
        else:
            _points(read, name, len(found))
    return tiers
