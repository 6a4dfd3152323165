"""Lines of typed text without the marks of Markdown and of typographers."""

from __future__ import annotations

import re
from collections.abc import Iterable

_HEADING = re.compile(r"#{1,6}[ \t]+(?=[\[(]?\d{1,4}:\d)")
_ANCHOR = re.compile(r"[ \t]{0,5}\{#[^{}]{0,60}\}$")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def plain_line(line: str) -> str:
    """Return a line without bold and white space of typographers; of headings only those that are times.

    Examples
    --------
    >>> plain_line("### 00:05:00 {#00:05:00}"), plain_line("# Title"), plain_line("**Ann:** Hi")
    ('00:05:00', '# Title', 'Ann: Hi')
    """
    line = line.replace("\u00a0", " ").replace("\u200b", "").replace("**", "").strip()
    if line.startswith("#") and (match := _HEADING.match(line)):
        return _ANCHOR.sub("", line[match.end() :])
    return line


def plain_lines(lines: Iterable[str]) -> list[str]:
    r"""Return the lines so; in Markdown, which has bold or headings, a backslash before a mark is none.

    Examples
    --------
    >>> plain_lines(["**Ann:** 1 \\- 2"]), plain_lines([r"Ann: C:\_x"])
    (['Ann: 1 - 2'], ['Ann: C:\\_x'])
    """
    lines = list(lines)
    marked = any("**" in line or _is_heading(line) for line in lines)
    return [_ESCAPE.sub(r"\1", plain_line(line)) if marked else plain_line(line) for line in lines]


def _is_heading(line: str) -> bool:
    return bool(re.match(r"#{1,6}[ \t]", line))
