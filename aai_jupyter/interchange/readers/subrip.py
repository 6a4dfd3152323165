"""SubRip (SRT) and YouTube's SubViewer (SBV)."""

from __future__ import annotations

import re

from aai_jupyter.interchange.readers.caption_text import add_captions
from aai_jupyter.interchange.readers.clock import clock_ms
from aai_jupyter.interchange.readers.document import Document
from aai_jupyter.interchange.readers.passages import ReadFile

_STAMP = r"-?\d{1,5}:\d{1,2}:\d{1,2}(?:[,.:]\d{1,6})?"
_ARROW = re.compile(rf"[ \t]{{0,40}}({_STAMP})[ \t]{{0,40}}-{{1,3}}>[ \t]{{0,40}}({_STAMP})(.*)")
_COMMA = re.compile(rf"({_STAMP}),({_STAMP})[ \t]*")

Captions = list[tuple[list[str], float | None, float | None]]


def is_srt(document: Document) -> bool:
    """Whether a line of times with an arrow comes early."""
    return any(_ARROW.fullmatch(line) for line in document.first_lines[:20])


def read_srt(document: Document) -> ReadFile:
    """Read SubRip captions."""
    read = ReadFile("SubRip (SRT)", problems=document.problems)
    captions, positions, before = _captions(document.lines, _ARROW)
    if before:
        read.note("captions", f"text before the first time was left out: {before[0][:60]!r}")
    if positions:
        read.note("captions", f"positions on the screen were left out ({positions} captions)")
    add_captions(read, captions)
    return read


def is_sbv(document: Document) -> bool:
    """Whether the first line has two times with a comma between them."""
    lines = document.first_lines
    return bool(lines) and bool(_COMMA.fullmatch(lines[0]))


def read_sbv(document: Document) -> ReadFile:
    """Read SubViewer captions; ``[br]`` breaks a line."""
    read = ReadFile("SubViewer (SBV)", problems=document.problems)
    captions, _, _ = _captions(document.lines, _COMMA)
    split = [
        ([part for line in lines for part in line.split("[br]")], start, end)
        for lines, start, end in captions
    ]
    add_captions(read, split)
    return read


def _captions(lines: list[str], times: re.Pattern[str]) -> tuple[Captions, int, list[str]]:
    """Return captions, how many had a position, and lines before the first one."""
    captions: Captions = []
    before: list[str] = []
    here = before
    positions = 0
    sign = "-" if times is _ARROW else ","
    for line in lines:
        match = times.fullmatch(line) if sign in line else None
        if not match:
            here.append(line)
            continue
        # The number of a caption stands right above its times.
        if here and here[-1].strip().isdecimal() and times is _ARROW:
            here.pop()
        positions += times is _ARROW and bool(match[3])
        here = []
        captions.append((here, clock_ms(match[1]), clock_ms(match[2])))
    return captions, positions, [line for line in before if line.strip()]
