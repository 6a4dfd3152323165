"""LRC: lyrics with the time of each line, or of each word."""

from __future__ import annotations

import re
from itertools import pairwise

from aai_jupyter.interchange.readers.caption_text import plain
from aai_jupyter.interchange.readers.clock import clock_ms
from aai_jupyter.interchange.readers.document import Document
from aai_jupyter.interchange.readers.passages import ReadFile, ReadWord, TimedPassage

_STAMPS = re.compile(r"((?:\[-?\d{1,5}:\d{1,2}(?:[.:]\d{1,3})?\][ \t]{0,5}){1,20})(.*)")
_STAMP = re.compile(r"\[([^\]]{1,20})\]")
_TAG = re.compile(r"\[([a-zA-Z#]{1,20}):([^\]]{0,300})\]")
_INLINE = re.compile(r"<(-?\d{1,5}:\d{1,2}(?:\.\d{1,3})?)>")
LAST_LINE_MS = 5000
"""How long the last line lasts: the format does not say."""


def is_lrc(document: Document) -> bool:
    """Whether lines begin with ``[mm:ss.xx]`` that no other program's text has in this form."""
    lines = document.first_lines[:40]
    timed = [
        line for line in lines if _STAMPS.fullmatch(line) and re.match(r"\[\d{1,3}:\d\d\.\d{2,3}\]", line)
    ]
    tags = [line for line in lines if _TAG.fullmatch(line)]
    return bool(timed) and 2 * (len(timed) + len(tags)) > len(lines)


def read_lrc(document: Document) -> ReadFile:
    """Read lyrics; a line lasts until the next one."""
    read = ReadFile("LRC", problems=document.problems)
    lines: list[tuple[float, str]] = []
    offset = 0.0
    for row, line in enumerate(document.lines):
        if not (text := line.strip()):
            continue
        if tag := _TAG.fullmatch(text):
            if tag[1].lower() == "offset" and re.fullmatch(r"[ ]*[+-]?\d{1,7}[ ]*", tag[2]):
                offset = float(tag[2])
            else:
                read.note("lyrics", f"[{tag[1]}:] left out", row)
            continue
        if (bare := plain(text)) != text:
            read.note("lyrics", "formatting was left out; the words were kept", row)
            text = bare
        match = _STAMPS.fullmatch(text)
        if not match:
            read.note("lyrics", f"text without a time left out: {text[:60]!r}", row)
            continue
        for stamp in _STAMP.findall(match[1]):
            if (time := clock_ms(stamp)) is not None:
                lines.append((time, match[2].strip()))
    lines.sort(key=lambda line: line[0])
    ends = [line[0] for line in lines[1:]] + ([lines[-1][0] + LAST_LINE_MS] if lines else [])
    for (start, text), end in zip(lines, ends, strict=True):
        if text:
            read.passages.append(_line(text, start - offset, end - offset, offset))
    if lines:
        read.note("lyrics", "the file has no ends; a line lasts until the next one")
    return read


def _line(text: str, start: float, end: float, offset: float) -> TimedPassage:
    marks = list(_INLINE.finditer(text))
    if not marks:
        return TimedPassage(text, start, end)
    bounds = [(0, 0, start), *((m.start(), m.end(), (clock_ms(m[1]) or 0.0) - offset) for m in marks)]
    bounds.append((len(text), len(text), end))
    words = [
        ReadWord(said, begin, until)
        for (_, at, begin), (to, _, until) in pairwise(bounds)
        if (said := text[at:to].strip())
    ]
    return TimedPassage(" ".join(word.text for word in words), start, end, words=words)
