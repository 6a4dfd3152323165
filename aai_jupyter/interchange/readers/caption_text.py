"""Text of captions: lines with formatting, speakers and dashes -> passages."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from aai_jupyter.interchange.readers.name_prefix import is_name, names_in_use, split_prefix
from aai_jupyter.interchange.readers.passages import ReadFile, TimedPassage

_TAG = re.compile(
    r"</?(?:[bisu]|bold|italic|underline|font|ruby|rt|span|c|em|strong)\b[^<>]{0,200}>|\{\\[^{}]{0,200}\}",
    re.IGNORECASE,
)
_DASH = re.compile(r"^[-–—‐][ \u00a0]?(?=\S)")


NAME_LASTS_MS = 5000
"""After a longer silence without a name, nobody knows who speaks."""


def undashed(text: str) -> str:
    """Return what somebody who is named says, without the dash that tells two speakers apart."""
    return _DASH.sub("", text)


def plain(text: str) -> str:
    """Return a caption's text without formatting tags."""
    return _TAG.sub("", text) if "<" in text or "{" in text else text


def add_captions(
    read: ReadFile, captions: list[tuple[list[str], float | None, float | None]], *, tags: bool = True
) -> None:
    """Add captions, each as its lines and times; several speakers in one become a passage each.

    Without `tags`, what looks like one is text: the format has other ways to say how it looks.

    A name stands before what is said (``Ann: Hello.``) or each of the lines begins with a dash.
    """
    cleaned: list[tuple[list[str], float | None, float | None]] = []
    formatted = 0
    for row, (lines, start, end) in enumerate(captions):
        marked = tags and any("<" in line or "{" in line for line in lines)
        bare = [text for line in lines if (text := (plain(line) if marked else line).strip())]
        formatted += marked and bare != [text for line in lines if (text := line.strip())]
        if bare:
            cleaned.append((bare, start, end))
        else:
            read.note("captions", "empty; left out", row)
    if formatted:
        read.note("captions", "formatting was left out; the words were kept")
    if _named_above(cleaned):
        for lines, start, end in cleaned:
            name = lines[0].strip(" :") if len(lines) > 1 else None
            read.passages.append(TimedPassage(" ".join(lines[1:] if name else lines), start, end, name))
        return
    names = names_in_use(line for lines, _, _ in cleaned for line in _speaking(lines))
    carried = shared = 0
    changing = bool(names) and _named_where_it_changes(cleaned, names)
    for lines, start, end in cleaned:
        if len(lines) == 1 and not names:
            read.passages.append(TimedPassage(lines[0], start, end))
            continue
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
        last = read.passages[-1] if read.passages else None
        if (
            changing
            and len(said) == 1
            and said[0][0] is None
            and _goes_on(last, start)
            and not _DASH.match(lines[0])
        ):
            assert last is not None
            carried += last.speaker is not None
            said = [(last.speaker, said[0][1])]
        shared += dashed and len(said) > 1
        _shared(read, said, start, end)
    if shared:
        read.note("captions", f"dashes that tell speakers apart were left out ({shared} captions)")
    if carried:
        read.note("captions", f"without a name, given to the speaker before ({carried} captions)")


def _named_where_it_changes(
    captions: list[tuple[list[str], float | None, float | None]], names: set[str]
) -> bool:
    """Whether a name stands where the speaker changes, never twice in a row: others name whom they like."""
    first = [split_prefix(lines[0])[0] for lines, _, _ in captions]
    shown = [name for name in first if name in names]
    return first[0] in names and all(a != b for a, b in pairwise(shown))


def _goes_on(last: TimedPassage | None, start: float | None) -> bool:
    """Whether a caption without a name follows soon: names are shown where the speaker changes."""
    return (
        last is not None and start is not None and last.end is not None and start - last.end < NAME_LASTS_MS
    )


def _named_above(captions: list[tuple[list[str], float | None, float | None]]) -> bool:
    """Whether the first line of nearly every caption is one of few names, as Teams writes them."""
    firsts = Counter(lines[0] for lines, _, _ in captions if len(lines) > 1)
    total = sum(firsts.values())
    few = len(firsts) <= max(2, total // 3)
    return total >= 3 and few and 10 * total >= 9 * len(captions) and all(map(is_name, firsts))


def _speaking(lines: list[str]) -> list[str]:
    """Lines at which somebody may begin: the first, and others that have a name."""
    return [lines[0], *(line for line in lines[1:] if ":" in line or line.startswith(("-", "[")))]


def _shared(
    read: ReadFile, said: list[tuple[str | None, str]], start: float | None, end: float | None
) -> None:
    """Add what several people say in one caption: at the same time, as far as the file knows."""
    for name, text in said:
        read.passages.append(TimedPassage(text, start, end, name))
