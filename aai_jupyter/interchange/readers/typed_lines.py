"""Lines of typed text: without the marks of Markdown, and with times as a clock shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable

_HEADING = re.compile(r"#{1,6}[ \t]+(?=[\[(]?\d{1,4}:\d)")
_ANCHOR = re.compile(r"[ \t]{0,5}\{#[^{}]{0,60}\}$")
_FRAMES = re.compile(r"(\d{2})([:;])(\d{2})[:;](\d{2})[:;](\d{2})(?!\d)")
_SECONDS = re.compile(r"\[(\d{1,6}\.\d{1,3})s? ?--?> ?(\d{1,6}\.\d{1,3})s?\]")
_DOTTED = re.compile(r"\[(\d{2})\.(\d{2})\.(\d{2})\]")
_SAID_TIME = re.compile(r"(?:\S.{0,60} )?(?:\d{1,3} hours? )?(?:\d{1,2} minutes? )?\d{1,2} seconds?")
FRAMES = 25
"""A second, where nothing says how many."""
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
    plain = [_ESCAPE.sub(r"\1", plain_line(line)) if marked else plain_line(line) for line in lines]
    return [_by_clock(line) if line[:1] in "[0123456789" else line for line in plain]


def _by_clock(line: str) -> str:
    """Times of editors (frames), of faster-whisper (seconds) and of QualCoder (dots) as ``00:00:01.480``."""
    if match := _SECONDS.match(line):
        return f"[{clock(float(match[1]))} --> {clock(float(match[2]))}]{line[match.end() :]}"
    if match := _DOTTED.match(line):
        return f"[{match[1]}:{match[2]}:{match[3]}]{line[match.end() :]}"
    if _FRAMES.match(line.lstrip("[")):
        return _FRAMES.sub(_whole, line, count=2)
    return line


def _whole(at: re.Match[str]) -> str:
    return f"{at[1]}:{at[3]}:{at[4]}.{1000 * int(at[5]) // FRAMES:03}"


def clock(seconds: float) -> str:
    """Return a time by the clock.

    Examples
    --------
    >>> clock(3723.5)
    '1:02:03.500'
    """
    whole = round(1000 * seconds)
    return f"{whole // 3_600_000}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}.{whole % 1000:03}"


def without_said_times(lines: list[str]) -> tuple[list[str], int]:
    """Return the lines without times in words, as Teams' page has them beside the clock; and their number."""
    said = [line.endswith(("second", "seconds")) and bool(_SAID_TIME.fullmatch(line)) for line in lines]
    if sum(said) < 2:
        return lines, 0
    return ["" if spoken else line for line, spoken in zip(lines, said, strict=True)], sum(said)


def _is_heading(line: str) -> bool:
    return bool(re.match(r"#{1,6}[ \t]", line))
