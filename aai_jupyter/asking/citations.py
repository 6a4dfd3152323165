"""Citations in an answer, checked against the turns that the model was given."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from aai_jupyter.asking.turns import Turn

_NUMBER = r"(?:turns?\s+|#)?\d{1,6}(?:\s*[-–]\s*\d{1,6})?"
_CLOCK = r"\d{1,3}:[0-5]\d(?::[0-5]\d)?"
_TIME = rf"{_CLOCK}(?:\s*[-–]\s*{_CLOCK})?(?:[\s,]+[^\W\d][^\[\]\n]{{0,40}})?"
MARK = re.compile(
    rf"\[\s*(?:(?P<numbers>{_NUMBER}(?:\s*[,;]\s*{_NUMBER})*)|(?P<times>{_TIME}))\s*\]", re.IGNORECASE
)
"""``[3]``, ``[3, 5]``, ``[3-5]``, ``[turn 3]``, ``[0:27]``, ``[0:27 Ben]``."""

_QUOTE = re.compile(r"“([^“”\n]{1,2000})”|„([^„“”\n]{1,2000})[“”]|«([^«»\n]{1,2000})»|\"([^\"\n]{1,2000})\"")
_CODE = re.compile(
    r"^ {0,3}(?P<fence>```+|~~~+).*?(?:^ {0,3}(?P=fence)|\Z)|(?P<tick>`+)(?!`).*?(?<!`)(?P=tick)(?!`)",
    re.DOTALL | re.MULTILINE,
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_GAP = re.compile(r"\.\.\.+|…|\[\.*\s*\]")
_NEAR = 12
"""Characters between the end of a quote and the mark that belongs to it."""
MIN_QUOTE_WORDS = 3
"""Fewer words in quotation marks without a mark are a way of speaking, not a quote."""
_WIDEST = 20
"""Numbers of a range ``[3-5]``: more is not a citation."""


@dataclass(frozen=True, slots=True)
class Citation:
    """One citation of an answer.

    Attributes
    ----------
    turn : Turn or None
        What it points at; None when there is no such turn.
    quote : str or None
    found : bool
        The turn exists, and the quote, if there is one, is in the transcript.
    place : tuple of int
        Where it stands in the answer.
    mark : str
        As written.
    """

    turn: Turn | None
    quote: str | None
    found: bool
    place: tuple[int, int]
    mark: str
    kind: Literal["number", "time", "quote"] = "number"


def words_of(text: str) -> list[str]:
    """Words without case and punctuation, as quotes are compared.

    Examples
    --------
    >>> words_of("“It’s MR. Dashwood's…”")
    ["it's", 'mr', "dashwood's"]
    """
    return [word.casefold().replace("’", "'") for word in _WORD.findall(text)]


class Checker:
    """Looks up numbers, times and quotes in the turns that a model was given.

    Examples
    --------
    >>> turns = [Turn(1, "We need the vendor's report.", 2.0, 5.0), Turn(2, "By Monday.", 5.0, 6.0)]
    >>> found = Checker(turns).citations('“by Monday” [2], “by June” [1]')
    >>> [(c.turn.number, c.quote, c.found) for c in found]
    [(2, 'by Monday', True), (1, 'by June', False)]
    """

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._by_number: dict[int, Turn] = {}
        for turn in turns:
            self._by_number.setdefault(turn.number, turn)
        timed = sorted(
            (turn.start, number) for number, turn in self._by_number.items() if turn.start is not None
        )
        self._starts = [start for start, _ in timed]
        self._timed = [number for _, number in timed]
        self._one_recording = len({(turn.source, turn.transcript_id) for turn in turns}) <= 1
        # All words in one line: a quote may run over the end of a turn (and of a cut one).
        self._words: list[str] = []
        self._owner: list[int] = []
        for turn in turns:
            found = words_of(turn.text)
            self._words += found
            self._owner += [turn.number] * len(found)
        self._line = " " + " ".join(self._words) + " "

    def turn(self, number: int) -> Turn | None:
        """The turn of a number."""
        return self._by_number.get(number)

    def at(self, seconds: float) -> Turn | None:
        """The turn during which a moment lies, or None: marks have whole seconds."""
        place = bisect.bisect_right(self._starts, seconds + 1.0) - 1
        if place < 0 or not self._one_recording:
            return None
        turn = self._by_number[self._timed[place]]
        return turn if turn.end is None or seconds <= turn.end + 1.0 else None

    def find(self, quote: str, near: Turn | None = None) -> Turn | None:
        """The turn where a quote begins; of several the nearest to ``near``. ``...`` may leave words out."""
        parts = [words for part in _GAP.split(quote) if (words := words_of(part))]
        if not parts:
            return None
        best: Turn | None = None
        start = 0
        while (first := self._place(parts[0], start)) is not None:
            after = first + len(parts[0])
            for part in parts[1:]:
                there = self._place(part, after)
                if there is None:
                    return best
                after = there + len(part)
            turn = self._by_number[self._owner[first]]
            if near is None or turn.number == near.number:
                return turn
            if best is None or abs(turn.number - near.number) < abs(best.number - near.number):
                best = turn
            start = first + 1
        return best

    def _place(self, words: list[str], start: int) -> int | None:
        """Index of the first word of a run of words."""
        if start == 0 and f" {' '.join(words)} " not in self._line:
            return None
        for place in range(start, len(self._words) - len(words) + 1):
            if self._words[place] == words[0] and self._words[place : place + len(words)] == words:
                return place
        return None

    def resolve(self, mark: re.Match[str]) -> list[tuple[str, Turn | None]]:
        """What a mark points at, number by number; empty for a range that is none."""
        if mark["times"]:
            return [(mark["times"].strip(), self.at(_seconds(mark["times"])))]
        found: list[tuple[str, Turn | None]] = []
        for part in re.split(r"[,;]", mark["numbers"]):
            ends = [int(n) for n in re.findall(r"\d+", part)]
            if not 0 <= ends[-1] - ends[0] < _WIDEST:
                return []
            found += [(str(n), self.turn(n)) for n in range(ends[0], ends[-1] + 1)]
        return found

    def citations(self, answer: str) -> list[Citation]:
        """Every mark, and every quote of some words, in order; code is left out."""
        text = _CODE.sub(lambda code: " " * len(code[0]), answer)
        quotes = list(_QUOTE.finditer(text))
        taken: set[int] = set()
        found: list[Citation] = []
        before = 0
        for mark in MARK.finditer(text):
            quote = next(
                (
                    (n, q)
                    for n, q in reversed(list(enumerate(quotes)))
                    if n not in taken and before <= q.end() <= mark.start() <= q.end() + _NEAR
                ),
                None,
            )
            if quote is not None:
                taken.add(quote[0])
            targets = self.resolve(mark)
            for _, turn in targets:
                found.append(self._checked(turn, _inner(quote[1]) if quote else None, mark))
            before = mark.end() if targets else before
        for number, quote_match in enumerate(quotes):
            said = _inner(quote_match)
            if number in taken or len(words_of(said)) < MIN_QUOTE_WORDS:
                continue
            turn = self.find(said)
            found.append(
                Citation(turn, said, turn is not None, quote_match.span(), quote_match[0], kind="quote")
            )
        return sorted(found, key=lambda c: c.place)

    def _checked(self, turn: Turn | None, quote: str | None, mark: re.Match[str]) -> Citation:
        kind: Literal["number", "time"] = "time" if mark["times"] else "number"
        if quote is None or not words_of(quote):
            return Citation(turn, None, turn is not None, mark.span(), mark[0], kind)
        where = self.find(quote, near=turn)
        # A quote proves its own turn: a wrong number beside right words is put right.
        return Citation(where or turn, quote, where is not None, mark.span(), mark[0], kind)


def _inner(quote: re.Match[str]) -> str:
    return next(group for group in quote.groups() if group is not None)


def _seconds(text: str) -> float:
    clock = re.match(_CLOCK, text.strip())
    assert clock is not None
    total = 0.0
    for part in clock[0].split(":"):
        total = total * 60 + int(part)
    return total


def citations_frame(found: Sequence[Citation]) -> pd.DataFrame:
    """Citations as a frame: turn, start, end, speaker, quote, found, transcript_id, source.

    Times are seconds; ``turn`` is the number that the model was given, NA where no turn was found.
    """
    turns = [c.turn for c in found]

    def column(name: str) -> list[Any]:
        return [None if turn is None else getattr(turn, name) for turn in turns]

    return pd.DataFrame(
        {
            "turn": pd.Series(column("number"), dtype="Int64"),
            "start": pd.Series(column("start"), dtype="float64"),
            "end": pd.Series(column("end"), dtype="float64"),
            "speaker": pd.Categorical(column("speaker")),
            "quote": pd.Series([c.quote for c in found], dtype=pd.StringDtype("python")),
            "found": pd.Series([c.found for c in found], dtype="bool"),
            "transcript_id": pd.Categorical(column("transcript_id")),
            "source": pd.Categorical(column("source")),
        }
    )
