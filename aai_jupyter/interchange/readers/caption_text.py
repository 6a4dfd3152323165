"""Text of captions: lines with formatting, speakers and dashes -> passages."""

from __future__ import annotations

import re

from aai_jupyter.interchange.readers.name_prefix import names_in_use, split_prefix
from aai_jupyter.interchange.readers.passages import Passage, ReadFile

_TAG = re.compile(r"</?(?:[bisu]|font|ruby|rt|span|c|em|strong)\b[^<>]{0,200}>|\{\\[^{}]{0,200}\}", re.IGNORECASE)
_DASH = re.compile(r"^[-–—‐][ \u00a0]?(?=\S)")


def plain(text: str) -> str:
    """Return a caption's text without formatting tags."""
    return _TAG.sub("", text) if "<" in text or "{" in text else text


def add_captions(read: ReadFile, captions: list[tuple[list[str], float | None, float | None]]) -> None:
    """Add captions, each as its lines and times; several speakers in one become a passage each.

    A name stands before what is said (``Ann: Hello.``) or each of the lines begins with a dash.
    """
    cleaned: list[tuple[list[str], float | None, float | None]] = []
    formatted = 0
    for row, (lines, start, end) in enumerate(captions):
        bare = [plain(line).strip() for line in lines]
        formatted += sum(len(a) != len(b.strip()) for a, b in zip(bare, lines, strict=True))
        bare = [line for line in bare if line]
        if bare:
            cleaned.append((bare, start, end))
        else:
            read.note("captions", "empty; left out", row)
    if formatted:
        read.note("captions", "formatting was left out; the words were kept")
    names = names_in_use(line for lines, _, _ in cleaned for line in _speaking(lines))
    for lines, start, end in cleaned:
        said: list[tuple[str | None, str]] = []
        dashed = len(lines) > 1 and all(_DASH.match(line) for line in lines)
        for line in lines:
            name, rest = split_prefix(line) if names else (None, line)
            if name in names:
                said.append((name, rest))
            elif dashed:
                said.append((None, _DASH.sub("", line)))
            elif said:
                said[-1] = (said[-1][0], f"{said[-1][1]} {line}")
            else:
                said.append((None, line))
        _shared(read, said, start, end)


def _speaking(lines: list[str]) -> list[str]:
    """Lines at which somebody may begin: the first, and others that have a name."""
    return [lines[0], *(line for line in lines[1:] if ":" in line or line.startswith(("-", "[")))]


def _shared(
    read: ReadFile, said: list[tuple[str | None, str]], start: float | None, end: float | None
) -> None:
    """Add what several people say in one caption: at the same time, as far as the file knows."""
    for name, text in said:
        read.passages.append(Passage(text, start, end, name))
