"""Formatting of times, amounts and sizes."""

from __future__ import annotations

import math


def clock(seconds: float | None, missing: str = "–") -> str:
    """Return a time in seconds as ``m:ss`` or ``h:mm:ss``; `missing` for None.

    Examples
    --------
    >>> clock(67.3), clock(3725)
    ('1:07', '1:02:05')
    """
    if seconds is None or not math.isfinite(seconds):
        return missing
    minutes, rest = divmod(int(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def amount(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 word``, ``1,204 words``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def shorten(text: str, limit: int) -> tuple[str, int]:
    """Return the text cut at a space before `limit` characters, and how many characters were left out."""
    if len(text) <= limit:
        return text, 0
    head = text[:limit]
    cut = head.rfind(" ", limit // 2)
    head = head[:cut] if cut > 0 else head
    return head, len(text) - len(head)


def size_text(size: float) -> str:
    """Return a number of bytes in powers of 1000, as the service's limits are.

    Examples
    --------
    >>> size_text(999), size_text(1_250_000)
    ('999 B', '1.2 MB')
    """
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def timecode(ms: int, mark: str, digits: int = 3) -> str:
    """Return ``hh:mm:ss`` with milliseconds after `mark`: "," in SubRip, "." in WebVTT.

    With fewer digits it is cut and not rounded: no player begins after the first word.

    Examples
    --------
    >>> timecode(3_725_004, ","), timecode(3_725_990, "-", 1)
    ('01:02:05,004', '01:02:05-9')
    """
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{mark}{ms:03}"[: digits - 3 or None]


def about(seconds: float) -> str:
    """Return a time that is estimated, as coarsely as it is known.

    Examples
    --------
    >>> about(7), about(44), about(100), about(4000), about(20_000)
    ('a few seconds', '45 s', '2 min', '1 h 7 min', '5 h 33 min')
    """
    if seconds < 10:
        return "a few seconds"
    if seconds < 58:
        return f"{5 * round(seconds / 5)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
