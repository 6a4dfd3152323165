"""Citations in an answer, verified against the turns that the model was given."""

from __future__ import annotations

import bisect
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal

import pandas as pd

from aai_jupyter.asking.prompt_turns import PromptTurn
from aai_jupyter.text.public_class import public
from aai_jupyter.text.short_names import short_name, short_names
from aai_jupyter.text.tokenization import split, tokens

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
_GAP = re.compile(r"\.\.\.+|…|\[\.*\s*\]")
_NEAR = 12
"""Characters between the end of a quote and the mark that belongs to it."""
MIN_QUOTE_WORDS = 3
"""Fewer words in quotation marks without a mark are a way of speaking, not a quote."""
_WIDEST = 20
"""Numbers of a range ``[3-5]``: more is not a citation."""


@public
@dataclass(frozen=True, slots=True)
class Citation:
    """One citation of an answer.

    Attributes
    ----------
    turn : PromptTurn or None
        What it points at; None when there is no such turn.
    quote : str or None
    found : bool
        The turn exists, and the quote, if there is one, is in the transcript.
    place : tuple of int
        Where it stands in the answer.
    mark : str
        As written: ``[3, 5]`` of both its citations.
    start, end : float or None
        Seconds: of the quote where the words have times, else of the turn.
    """

    turn: PromptTurn | None
    quote: str | None
    found: bool
    place: tuple[int, int]
    mark: str
    kind: Literal["number", "time", "quote"] = "number"
    start: float | None = None
    end: float | None = None


def words_of(text: str) -> list[str]:
    """Return words without case and punctuation, for the comparison of quotes; those of any script.

    Examples
    --------
    >>> words_of("“It’s MR. Dashwood's…”")
    ["it's", 'mr', "dashwood's"]
    """
    return tokens(text)


class CitationChecker:
    """Resolves numbers, times and quotes to the turns that a model was given.

    Examples
    --------
    >>> turns = [PromptTurn(1, "We need the vendor's report.", 2.0, 5.0)]
    >>> turns.append(PromptTurn(2, "By Monday.", 5.0, 6.0))
    >>> found = CitationChecker(turns).citations('“by Monday” [2], “by June” [1]')
    >>> [(c.turn.number, c.quote, c.found) for c in found]
    [(2, 'by Monday', True), (1, 'by June', False)]
    """

    def __init__(self, turns: Sequence[PromptTurn]) -> None:
        self._by_number: dict[int, PromptTurn] = {}
        for turn in turns:
            self._by_number.setdefault(turn.number, turn)
        timed = sorted(
            (turn.start, number) for number, turn in self._by_number.items() if turn.start is not None
        )
        self._starts = [start for start, _ in timed]
        self._timed = [number for _, number in timed]
        self._one_recording = len({(turn.source, turn.transcript_id) for turn in turns}) <= 1
        sources = list(dict.fromkeys(turn.source for turn in turns if turn.source))
        self._names = dict(zip(sources, short_names(sources), strict=True))
        # All words in one line: a quote may run over the end of a turn (and of a cut one).
        self._words: list[str] = []
        self._owner: list[int] = []
        self._which: list[int | None] = []
        for turn in turns:
            self._add(turn)
        self._line = " " + " ".join(self._words) + " "
        # Where the space before each word stands in the line.
        self._offsets = [0, *accumulate(len(word) + 1 for word in self._words)][: len(self._words)]

    def _add(self, turn: PromptTurn) -> None:
        """Index the words of a turn with their times."""
        written = split(turn.text)
        if turn.times is None or len(turn.times) != len(written):
            found = words_of(turn.text)
            self._which += [None] * len(found)
        else:
            found = []
            for place, text in enumerate(written):
                own = words_of(text)  # "ill-disposed" is two
                found += own
                self._which += [place] * len(own)
        self._words += found
        self._owner += [turn.number] * len(found)

    def turn(self, number: int) -> PromptTurn | None:
        """Return the turn of a number."""
        return self._by_number.get(number)

    def recording(self, turn: PromptTurn) -> str | None:
        """Return the short name of a turn's recording where there are several, else empty."""
        return None if self._one_recording or turn.source is None else self._names.get(turn.source)

    def at(self, seconds: float) -> PromptTurn | None:
        """Return the turn at a time, or None: marks have whole seconds."""
        place = bisect.bisect_right(self._starts, seconds + 1.0) - 1
        if place < 0 or not self._one_recording:
            return None
        turn = self._by_number[self._timed[place]]
        return turn if turn.end is None or seconds <= turn.end + 1.0 else None

    def find(self, quote: str, near: PromptTurn | None = None) -> PromptTurn | None:
        """Find the turn where a quote begins, the nearest to ``near``; ``...`` may leave words out."""
        found = self._find(quote, near)
        return None if found is None else found.turn

    def _find(self, quote: str, near: PromptTurn | None) -> _Found | None:
        parts = [words for part in _GAP.split(quote) if (words := words_of(part))]
        if not parts:
            return None
        best: _Found | None = None
        start = 0
        while (first := self._place(parts[0], start)) is not None:
            after = first + len(parts[0])
            for part in parts[1:]:
                there = self._place(part, after)
                if there is None:
                    return best
                after = there + len(part)
            turn = self._by_number[self._owner[first]]
            if best is None or near is None or _far(turn, near) < _far(best.turn, near):
                best = _Found(turn, first, after - 1)
            if near is None or turn.number == near.number:
                return best
            start = first + 1
        return best

    def _place(self, words: list[str], start: int) -> int | None:
        """Return the index of the first word of a run of words."""
        if start >= len(self._words):
            return None
        at = self._line.find(f" {' '.join(words)} ", self._offsets[start])
        return None if at < 0 else bisect.bisect_left(self._offsets, at)

    def _span(self, found: _Found) -> tuple[float | None, float | None]:
        """Return start of the first and end of the last word of a quote, in seconds, or its turns' times."""
        turn, last = found.turn, self._by_number[self._owner[found.last]]
        first_word, last_word = self._which[found.first], self._which[found.last]
        start = turn.start if first_word is None or turn.times is None else turn.times[first_word, 0]
        end = last.end if last_word is None or last.times is None else last.times[last_word, 1]
        return _second(start, turn.start), _second(end, last.end)

    def resolve(self, mark: re.Match[str]) -> list[tuple[str, PromptTurn | None]]:
        """Return the turns that a mark cites, number by number; empty for an invalid range."""
        if mark["times"]:
            return [(mark["times"].strip(), self.at(_seconds(mark["times"])))]
        found: list[tuple[str, PromptTurn | None]] = []
        for part in re.split(r"[,;]", mark["numbers"]):
            ends = [int(n) for n in re.findall(r"\d+", part)]
            if not 0 <= ends[-1] - ends[0] < _WIDEST:
                return []
            found += [(str(n), self.turn(n)) for n in range(ends[0], ends[-1] + 1)]
        return found

    def citations(self, answer: str) -> list[Citation]:
        """Return every mark and every quote of some words, in order; code is left out."""
        text = _CODE.sub(lambda code: " " * len(code[0]), answer)
        found: list[Citation] = []
        taken: set[int] = set()
        for _, cited, quote in self._marks(text):
            found += [one for _, one in cited]
            taken |= {quote.start()} if quote is not None else set()
        for quote in _QUOTE.finditer(text):
            said = _inner(quote)
            if quote.start() not in taken and len(words_of(said)) >= MIN_QUOTE_WORDS:
                found.append(self.quoted(said, place=quote.span(), mark=quote[0]))
        return sorted(found, key=lambda c: c.place)

    def marks(self, text: str) -> Iterator[tuple[re.Match[str], list[tuple[str, Citation]]]]:
        """Yield each mark of a text, with what it cites and how that is written, number by number."""
        return ((mark, cited) for mark, cited, _ in self._marks(text) if cited)

    def _marks(
        self, text: str
    ) -> Iterator[tuple[re.Match[str], list[tuple[str, Citation]], re.Match[str] | None]]:
        """Yield the same, with the quote that stands before the mark."""
        quotes = list(_QUOTE.finditer(text))
        ends = [quote.end() for quote in quotes]
        before = 0
        for mark in MARK.finditer(text):
            last = (
                bisect.bisect_right(ends, mark.start()) - 1
            )  # a model decides how many marks and quotes there are
            near = last >= 0 and before <= ends[last] and mark.start() <= ends[last] + _NEAR
            quote = quotes[last] if near else None
            said = None if quote is None else _inner(quote)
            cited = [(written, self._checked(turn, said, mark)) for written, turn in self.resolve(mark)]
            before = mark.end() if cited else before
            yield mark, cited, quote

    def quoted(self, said: str, *, place: tuple[int, int] = (0, 0), mark: str = "") -> Citation:
        """Find a quote without a number, wherever it was said."""
        found = self._find(said, None)
        start, end = (None, None) if found is None else self._span(found)
        turn = None if found is None else found.turn
        return Citation(turn, said, turn is not None, place, mark or said, "quote", start, end)

    def _checked(self, turn: PromptTurn | None, quote: str | None, mark: re.Match[str]) -> Citation:
        kind: Literal["number", "time"] = "time" if mark["times"] else "number"
        times = (None, None) if turn is None else (turn.start, turn.end)
        if quote is None or not words_of(quote):
            return Citation(turn, None, turn is not None, mark.span(), mark[0], kind, *times)
        found = self._find(quote, turn)
        if found is None:
            return Citation(turn, quote, False, mark.span(), mark[0], kind, *times)
        # A quote proves its own turn: a wrong number beside right words is put right.
        return Citation(found.turn, quote, True, mark.span(), mark[0], kind, *self._span(found))


Checker = CitationChecker  # its name in pickles of answers that were shown before it was renamed


@dataclass(frozen=True, slots=True)
class _Found:
    """Position of a quote: the turn that it begins in, its first and last word among all words."""

    turn: PromptTurn
    first: int
    last: int


def _far(turn: PromptTurn, near: PromptTurn) -> int:
    return abs(turn.number - near.number)


def _second(value: float | None, otherwise: float | None) -> float | None:
    return otherwise if value is None or not math.isfinite(value) else float(value)


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
    """Return citations as a frame: turn, start, end, speaker, quote, found, and whose they are.

    Times are seconds: of the quote where its words have times, else of the turn. ``turn`` is the number that
    the model was given, NA where no turn was found.
    """
    turns = [c.turn for c in found]

    def column(name: str) -> list[Any]:
        return [None if turn is None else getattr(turn, name) for turn in turns]

    return pd.DataFrame(
        {
            "turn": pd.Series(column("number"), dtype="Int64"),
            "start": pd.Series([c.start for c in found], dtype="float64"),
            "end": pd.Series([c.end for c in found], dtype="float64"),
            "speaker": pd.Categorical(column("speaker")),
            "quote": pd.Series([c.quote for c in found], dtype=pd.StringDtype("python")),
            "found": pd.Series([c.found for c in found], dtype="bool"),
            "file": pd.Categorical([short_name(name) if name else None for name in column("source")]),
            "source": pd.Categorical(column("source")),
            "transcript_id": pd.Categorical(column("transcript_id")),
        }
    )
