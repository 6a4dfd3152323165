"""Digit runs as Whisper writes them and as they are spoken: "555-1234", "double oh seven"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGITS = {word: str(digit) for digit, word in enumerate(_ONES)} | {"oh": "0", "o": "0"}
_TWENTY = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TENS = {word: str(10 * ten) for ten, word in enumerate(_TWENTY, 2)}
_TEENS = {"ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fifteen": "15", "eighteen": "18"}
_TEENS |= {f"{_ONES[digit]}teen": f"1{digit}" for digit in (4, 6, 7, 9)}
_TIMES = {"double": 2, "triple": 3}
_WRITTEN = re.compile(r"\+?(?=[()./-]*+\d)[\d()./-]++")
_EDGE = "\"'“”‘’.,;:!?…"


@dataclass(frozen=True, slots=True)
class DigitRun:
    """Words ``[first, last)`` that say the digits; `groups` has one string for each written word."""

    first: int
    last: int
    groups: tuple[str, ...]

    @property
    def digits(self) -> str:
        return "".join(self.groups)


def digit_runs(texts: Sequence[str]) -> Iterator[DigitRun]:
    """Yield every run of digits, written or spelled, that no end of a sentence cuts.

    Examples
    --------
    >>> [run.digits for run in digit_runs("Call five five five, 1234. Bye.".split())]
    ['5551234']
    >>> [run.digits for run in digit_runs("double oh seven and twenty-five".split())]
    ['007', '25']
    >>> [run.digits for run in digit_runs(["twenty", "five"])]
    ['25']
    """
    first, groups = 0, list[str]()
    index = 0
    while index <= len(texts):
        step, said = _said(texts, index) if index < len(texts) else (1, None)
        # "Oh" and "o" are digits only next to other digits.
        opening = said is not None and not groups and texts[index].strip(_EDGE).lower() in ("oh", "o")
        if said is None or opening:
            if groups:
                yield DigitRun(first, index, tuple(groups))
            groups = []
        else:
            first = first if groups else index
            before = texts[index - 1].lower() if groups else ""
            if before in _TENS and len(said) == 1 and said != "0":  # "twenty five"
                groups[-1] = groups[-1][:-1] + said
            else:
                groups.append(said)
            if texts[index + step - 1].endswith((".", "?", "!")):
                yield DigitRun(first, index + step, tuple(groups))
                groups = []
        index += step


def _said(texts: Sequence[str], index: int) -> tuple[int, str | None]:
    """Return how many words spell digits here, and which."""
    core = texts[index].strip(_EDGE).lower()
    if _WRITTEN.fullmatch(core):
        return 1, re.sub(r"\D", "", core)
    if core in _TIMES and index + 1 < len(texts):
        digit = _DIGITS.get(texts[index + 1].strip(_EDGE).lower())
        return (2, digit * _TIMES[core]) if digit else (1, None)
    parts = core.split("-")
    said = [_DIGITS.get(part) or _TEENS.get(part) or _TENS.get(part) for part in parts]
    if not all(said):
        return 1, None
    if len(parts) == 2 and parts[0] in _TENS and parts[1] in _DIGITS:
        return 1, str(int(_TENS[parts[0]]) + int(_DIGITS[parts[1]]))
    return 1, "".join(filter(None, said))


def luhn(digits: str) -> bool:
    """Return whether a card number's check digit is right (ISO/IEC 7812-1).

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
