"""Names of the files that live sessions are kept in, and what is shown instead of them."""

from __future__ import annotations

import re
import time
from typing import NamedTuple

_KEPT = re.compile(r"(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)\d\d-([0-9a-f]{6})\.(?:flac|wav)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class LiveName(NamedTuple):
    """What is shown for a file, and what tells it from another of the same minute."""

    title: str
    mark: str


def new_live_name(mark: str) -> str:
    """Return the name of a new file, without a suffix; ``mark`` are six hexadecimal digits."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{mark}"


def live_name(file: str) -> LiveName | None:
    """Return the title of a kept session; None of any other file.

    Examples
    --------
    >>> live_name("20261130-211405-0a1b2c.flac").title
    'Live, 30 Nov 2026 21:14'
    >>> live_name("talk.flac")
    """
    found = _KEPT.fullmatch(file)
    if not found:
        return None
    year, month, day, hour, minute, mark = found.groups()
    if not 1 <= int(month) <= len(_MONTHS):
        return None
    # Not by strftime: names of months would be in the language of the machine.
    return LiveName(f"Live, {int(day)} {_MONTHS[int(month) - 1]} {year} {hour}:{minute}", mark)
