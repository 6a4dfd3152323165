"""Lines of typed text: without the marks of Markdown, and with times as a clock shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

from aai_jupyter.text.timecodes import FrameRate

_HEADING = re.compile(r"#{1,6}[ \t]+(?=[\[(]?\d{1,4}:\d)")
_ANCHOR = re.compile(r"[ \t]{0,5}\{#[^{}]{0,60}\}$")
_FRAMES = re.compile(r"(\d{2})[:;](\d{2})[:;](\d{2})([:;])(\d{2})(?!\d)")
_SECONDS = re.compile(r"\[(\d{1,6}\.\d{1,3})s? ?--?> ?(\d{1,6}\.\d{1,3})s?\]")
_DOTTED = re.compile(r"\[(\d{2})\.(\d{2})\.(\d{2})\]")
_SAID_TIME = re.compile(r"(?:\S.{0,60} )?(?:\d{1,3} hours? )?(?:\d{1,2} minutes? )?\d{1,2} seconds?")
_USUAL = 25
"""Frames a second, where nothing says how many."""
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
    rate = frame_rate(lines) or FrameRate.of(_USUAL)
    return [_by_clock(line, rate) if line[:1] in "[0123456789" else line for line in plain]


def frame_rate(lines: Iterable[str]) -> FrameRate | None:
    """Return how many frames a second timecodes count: as many as they need; None where there are none.

    A semicolon before the frames is that of drop-frame timecode.

    Examples
    --------
    >>> frame_rate(["00:01:00;02 Yes."]).drop, float(frame_rate(["00:00:01:29"]).rate), frame_rate(["0:01"])
    (True, 30.0, None)
    """
    found = [at for line in lines for at in _FRAMES.finditer(line[:80])]
    if not found:
        return None
    most = max(int(at[5]) for at in found)
    if most < 60 and all(at[4] == ";" for at in found):
        return FrameRate.of(59.94 if most >= 30 else 29.97, drop=True)
    return FrameRate.of(next(rate for rate in (_USUAL, 30, 60, 100) if most < rate))


def _by_clock(line: str, rate: FrameRate) -> str:
    """Times of editors (frames), of faster-whisper (seconds) and of QualCoder (dots) as ``00:00:01.480``."""
    if match := _SECONDS.match(line):
        return f"[{clock(float(match[1]))} --> {clock(float(match[2]))}]{line[match.end() :]}"
    if match := _DOTTED.match(line):
        return f"[{match[1]}:{match[2]}:{match[3]}]{line[match.end() :]}"
    if _FRAMES.match(line.lstrip("[")):
        return _FRAMES.sub(partial(_whole, rate), line, count=2)
    return line


def _whole(rate: FrameRate, at: re.Match[str]) -> str:
    try:
        ms = rate.milliseconds(rate.frame_of(f"{at[1]}:{at[2]}:{at[3]}:{at[5]}"))
    except ValueError:  # more than a day, or a label that drop-frame timecode leaves out
        return f"{at[1]}:{at[2]}:{at[3]}.{round(1000 * int(at[5]) / rate.rate):03}"
    return clock(ms / 1000)


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
