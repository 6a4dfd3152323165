"""Times as programs write them, in milliseconds."""

from __future__ import annotations

import re
from math import isfinite

_CLOCK = re.compile(r"(-?)(?:(\d{1,5}):)?(\d{1,3}):(\d{1,2})(?:[.,:-](\d{1,9}))?")
_SECONDS = re.compile(r"-?\d{1,9}[.,]\d{1,9}")
_ISO = re.compile(r"(-?)P(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?")


def clock_ms(text: str) -> float | None:
    """Return the milliseconds of a clock time; None when it is none.

    Examples
    --------
    >>> clock_ms("1:02:03,45"), clock_ms("02:03"), clock_ms("-00:00:01.5"), clock_ms("noon")
    (3723450.0, 123000.0, -1500.0, None)
    """
    match = _CLOCK.fullmatch(text.strip())
    if not match:
        return float(text.replace(",", ".")) * 1000 if _SECONDS.fullmatch(text.strip()) else None
    sign, hours, minutes, seconds, fraction = match.groups()
    ms = ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000.0
    ms += int(fraction) * 1000 / 10 ** len(fraction) if fraction else 0
    return -ms if sign else ms


def iso_ms(text: str) -> float | None:
    """Return the milliseconds of an ISO 8601 duration, as Azure writes them.

    Examples
    --------
    >>> iso_ms("PT1M2.25S"), iso_ms("1 s")
    (62250.0, None)
    """
    match = _ISO.fullmatch(text)
    if not match or not any(match.groups()[1:]):
        return None
    sign, days, hours, minutes, seconds = match.groups()
    total = (int(days or 0) * 24 + int(hours or 0)) * 60 + int(minutes or 0)
    ms = (total * 60 + float(seconds or 0)) * 1000
    return -ms if sign else ms


def number_ms(value: object, scale: float = 1000.0) -> float | None:
    """Return the milliseconds of a number in some unit (seconds), also when it is written as text.

    Examples
    --------
    >>> number_ms("1.4s"), number_ms(2), number_ms(None), number_ms("00:01.5"), number_ms("inf")
    (1400.0, 2000.0, None, 1500.0, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        if len(value) > 60:
            return None
        value = value.strip()
        if ":" in value:
            return clock_ms(value)
    try:
        found = float(value.removesuffix("s").replace(",", ".") if isinstance(value, str) else value) * scale
    except OverflowError:
        return None
    except ValueError:
        return iso_ms(str(value))
    return found if isfinite(found) else None
