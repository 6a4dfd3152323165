"""Untrusted text made safe to show, and times made readable."""

from __future__ import annotations

import html
import math
import re

# Controls except tab and newline; lone surrogates; noncharacters; tag characters that hide text from people.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\U000e0000-\U000e007f]")
# Embeddings, overrides and isolates reorder what follows them; `dir="auto"` does what they are good for.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_BREAKS = re.compile("\r\n?|[\u2028\u2029\x0b\x0c\x85]")


def clean(value: object) -> str:
    """Text without characters that hide, reorder or cannot be written.

    Controls, lone surrogates and the like become U+FFFD, bidirectional overrides go, every line break becomes
    ``\\n``.

    Examples
    --------
    >>> clean("user\\u202e\\x1b[31m gnp.exe")
    'user�[31m gnp.exe'
    """
    return _INVISIBLE.sub("\ufffd", _BIDI.sub("", _BREAKS.sub("\n", str(value))))


def line(value: object) -> str:
    """Like `clean`, on one line."""
    return " ".join(clean(value).split())


def escape(value: object) -> str:
    """Text for HTML, in an element or in a quoted attribute."""
    return html.escape(clean(value), quote=True)


def clock(seconds: float | None) -> str:
    """A time as ``m:ss`` or ``h:mm:ss``.

    Examples
    --------
    >>> clock(67.3), clock(3725)
    ('1:07', '1:02:05')
    """
    if seconds is None or not math.isfinite(seconds):
        return "–"
    minutes, rest = divmod(int(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def amount(number: int, noun: str) -> str:
    """``1 word``, ``1,204 words``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def shorten(text: str, limit: int) -> tuple[str, int]:
    """The text cut at a space before `limit` characters, and how many characters were left out."""
    if len(text) <= limit:
        return text, 0
    head = text[:limit]
    cut = head.rfind(" ", limit // 2)
    head = head[:cut] if cut > 0 else head
    return head, len(text) - len(head)
