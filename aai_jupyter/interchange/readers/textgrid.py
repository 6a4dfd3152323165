"""Praat TextGrid, in the long and the short form."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aai_jupyter.errors import UsageError
from aai_jupyter.interchange.readers.document import Document
from aai_jupyter.interchange.readers.passages import ReadFile
from aai_jupyter.interchange.readers.tiers import Tier, add_tiers

# Strings, numbers and flags that stand alone: the words between them are for people.
_TOKEN = re.compile(
    r'"([^"]*(?:""[^"]*)*)"|(?<!\S)(-?\d[\d.]{0,40}(?:[eE][-+]?\d{1,4})?)(?!\S)|<(exists|absent)>'
)
MOST_TIERS = 2000


def is_textgrid(document: Document) -> bool:
    """Whether the header names the type."""
    return '"TextGrid"' in document.head[:300] or document.data.startswith(b"ooBinaryFile\x08TextGrid")


def read_textgrid(document: Document) -> ReadFile:
    """Read interval tiers.

    Raises
    ------
    UsageError
        It is cut off, or binary.
    """
    if document.data.startswith(b"ooBinaryFile"):
        raise UsageError(
            f"{document.name} is a binary TextGrid.", hint="In Praat: Save as text file, and load that."
        )
    read = ReadFile("Praat TextGrid", problems=document.problems)
    tokens = _TOKEN.finditer(document.text)
    try:
        tiers = _tiers(tokens, read)
    except (StopIteration, ValueError, OverflowError) as error:
        raise UsageError(f"{document.name} is a TextGrid that breaks off, or is damaged.") from error
    add_tiers(read, tiers)
    return read


def _tiers(tokens: Iterator[re.Match[str]], read: ReadFile) -> list[Tier]:
    def text() -> str:
        while True:
            token = next(tokens)
            if token[1] is not None:
                return token[1].replace('""', '"')

    def number() -> float:
        while True:
            token = next(tokens)
            if token[2] is not None:
                return float(token[2])

    text(), text()  # file type and object class
    number(), number()
    if next(tokens)[3] == "absent":
        return []
    tiers: list[Tier] = []
    for _ in range(min(int(number()), MOST_TIERS)):
        kind, name = text(), text()
        number(), number()
        count = int(number())
        rows: list[tuple[float | None, float | None, str]] = []
        if kind == "IntervalTier":
            for _ in range(count):
                rows.append((number() * 1000, number() * 1000, text()))
            tiers.append(Tier(name, rows))
        else:
            for _ in range(count):
                rows.append((number() * 1000, None, text()))
            if rows:
                read.note(f"tier {name[:60]!r}", f"points in time, no speech; left out ({count} points)")
    return tiers
