"""Transcripts as plain text and Markdown. Pure Python."""

from __future__ import annotations

from collections.abc import Iterable

from aai_jupyter.text import readable_numbers
from aai_jupyter.text.sanitize import one_line

Line = tuple[float | None, str | None, str]
"""Start in milliseconds, speaker, and what was said."""


def text(lines: Iterable[Line]) -> str:
    """Return a transcript as plain text, one line per utterance.

    Examples
    --------
    >>> print(text([(65_000, "Ann", "Hello."), (3_700_000, None, "Bye.")]))
    [1:05] Ann: Hello.
    [1:01:40] Bye.
    """
    return "\n".join(
        f"[{clock(start)}] " + (f"{one_line(speaker)}: " if speaker else "") + one_line(said)
        for start, speaker, said in lines
    )


def markdown(lines: Iterable[Line]) -> str:
    """Return a transcript as Markdown, one paragraph per utterance. Names and speech are escaped.

    Examples
    --------
    >>> print(markdown([(0, "Ann", "2 * 3 <b>")]))
    **Ann** (0:00)
    <BLANKLINE>
    2 \\* 3 \\<b\\>
    """
    blocks = []
    for start, speaker, said in lines:
        name = f"**{_escape(speaker)}** " if speaker else ""
        blocks.append(f"{name}({clock(start)})\n\n{_escape(said)}")
    return "\n\n".join(blocks)


def clock(ms: float | None) -> str:
    """Return a time in milliseconds as ``m:ss`` or ``h:mm:ss``."""
    return readable_numbers.clock(None if ms is None else ms / 1000, missing="-:--")


def _escape(words: str) -> str:
    """Put a backslash before every character that could mean something in Markdown or HTML."""
    plain = one_line(words)
    escaped = "".join(f"\\{char}" if char in "\\`*_{}[]<>()#+-!|~$&=" else char for char in plain)
    head, dot, rest = escaped.partition(".")
    return f"{head}\\.{rest}" if dot and head.isdigit() else escaped  # "1." would begin a list
