"""Segmentation of timed words into cues by dynamic programming.

The cheapest way to cut the words of a turn into cues is found, over all ways. What costs is reading speed
over the limit, a cue that is too short, an end within a phrase or a name, a pause inside, a nearly empty cue.
A cue never breaks the limits of lines and duration, unless a single word does.

Turns that overlap in time are cut together: a cue then holds what several people say, a line each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from aai_jupyter.text.cues.cue_lines import break_costs, display_width, pieces, space_between
from aai_jupyter.text.cues.cue_rules import CaptionRules

MOST_WORDS = 100
"""Of a cue: words that take neither room nor time would otherwise all be tried together."""


class CaptionWord(NamedTuple):
    """A word to show; times in milliseconds. ``label`` is shown before it: the name of its speaker."""

    text: str
    start: int
    end: int
    label: str = ""

    @property
    def shown(self) -> str:
        """The word behind its label."""
        return f"{self.label}{self.text}"


@dataclass(frozen=True)
class CaptionTurn:
    """Words of one speaker; a cue holds words of one turn, or of turns that overlap."""

    words: Sequence[CaptionWord]
    speaker: str | None = None
    number: int = 0


class CuePart(NamedTuple):
    """A word in a cue: the number of its turn, and the cost of a line end after it."""

    word: CaptionWord
    turn: CaptionTurn
    cost: float
    sentence_end: bool
    width: int
    space: int


def segment(turns: Iterable[CaptionTurn], rules: CaptionRules) -> list[list[CuePart]]:
    """Return the words of each cue, cues in order of time.

    Examples
    --------
    >>> words = [CaptionWord("Hi.", 0, 300), CaptionWord("Bye.", 5000, 5400)]
    >>> [[part.word.text for part in cue] for cue in segment([CaptionTurn(words)], CaptionRules())]
    [['Hi.'], ['Bye.']]
    """
    groups = list(_overlapping([_divided(turn, rules) for turn in turns if turn.words]))
    found: list[list[CuePart]] = []
    for place, group in enumerate(groups):
        after = groups[place + 1][0].word.start if place + 1 < len(groups) else None
        found += _cut(group, rules, after)
    return found


def _divided(turn: CaptionTurn, rules: CaptionRules) -> list[CuePart]:
    """Return the words of a turn as parts; long words of scripts without spaces are divided."""
    words: list[CaptionWord] = []
    for word in turn.words:
        cut = pieces(word.text, rules.chars_per_line // 2)
        if len(cut) == 1:
            words.append(word)
            continue
        total, done, length = len(word.text), 0, word.end - word.start
        for number, piece in enumerate(cut):
            begin = word.start + length * done // total
            done += len(piece)
            label = "" if number else word.label
            words.append(CaptionWord(piece, begin, word.start + length * done // total, label))
    texts = [word.text for word in words]
    costs, ends = break_costs(texts, [word.start for word in words], [word.end for word in words])
    spaces = [0, *map(space_between, texts, texts[1:])]
    return [
        CuePart(word, turn, cost, end, display_width(word.shown), space)
        for word, cost, end, space in zip(words, costs, ends, spaces, strict=True)
    ]


def _overlapping(turns: list[list[CuePart]]) -> Iterator[list[CuePart]]:
    """Yield the parts of turns that overlap in time together, in order of start."""
    turns.sort(key=lambda parts: parts[0].word.start)
    group: list[CuePart] = []
    reach = -1
    alone = True
    for parts in turns:
        if group and parts[0].word.start >= reach:
            yield group if alone else sorted(group, key=lambda part: part.word.start)
            group, alone = [], True
        alone = alone and not group
        group = group + parts if group else parts
        reach = max(reach, *(part.word.end for part in parts))
    if group:
        yield group if alone else sorted(group, key=lambda part: part.word.start)


def _cut(parts: list[CuePart], rules: CaptionRules, after: int | None) -> list[list[CuePart]]:
    """Return the cheapest cues of parts in order; ``after`` is when the next speech begins."""
    count = len(parts)
    best = [0.0] + [float("inf")] * count
    origin = [0] * (count + 1)
    measure = _Measure(parts, rules, after)
    for first in range(count):
        base = best[first]
        for last, cost in measure.cues_from(first):
            if base + cost < best[last]:
                best[last], origin[last] = base + cost, first
    cuts = [count]
    while cuts[-1]:
        cuts.append(origin[cuts[-1]])
    cuts.reverse()
    return [parts[a:b] for a, b in pairwise(cuts)]


class _Measure:
    """Costs of the cues that begin at a word."""

    def __init__(self, parts: list[CuePart], rules: CaptionRules, after: int | None) -> None:
        self.starts = [part.word.start for part in parts] + [float("inf") if after is None else after]
        self.ends = [part.word.end for part in parts]
        self.widths = [part.width for part in parts]
        self.spaces = [part.space for part in parts]
        self.costs = [part.cost for part in parts]
        self.sentence = [part.sentence_end for part in parts]
        self.turns = [id(part.turn) for part in parts]
        self.line, self.lines = rules.chars_per_line, rules.lines
        self.dash = display_width(rules.dash)
        self.speed = rules.chars_per_second / 1000
        self.least, self.most = 1000 * rules.min_duration, 1000 * rules.max_duration
        self.late, self.pause = 1000 * rules.late, 1000 * rules.pause
        self.gap = rules.frames_ms(rules.gap)

    def cues_from(self, first: int) -> Iterator[tuple[int, float]]:
        """Yield the end (exclusive) and the cost of each cue that begins at a part and keeps the limits."""
        starts, ends, turns = self.starts, self.ends, self.turns
        begin, reach = starts[first], float(ends[first])
        width = self.widths[first]
        chars, lines, widest_pause, inside = width, 1, 0.0, 0
        of_turn = {turns[first]: width}
        last = first
        while True:
            yield last + 1, self._cost(first, last + 1, begin, reach, chars, widest_pause, inside)
            last += 1
            if last == len(ends) or last - first == MOST_WORDS:
                return
            grown = self.widths[last] + self.spaces[last]
            turn = turns[last]
            if turn not in of_turn:
                if starts[last] >= reach:  # another turn, and they do not speak at the same time
                    return
                of_turn[turn] = 0
                grown = self.widths[last]
            of_turn[turn] += grown
            if len(of_turn) > 1:
                most = self.line - self.dash
                if len(of_turn) > self.lines or max(of_turn.values()) > most:
                    return
            elif width + grown > self.line:
                lines, width = lines + 1, self.widths[last]
                if lines > self.lines:
                    return
            else:
                width += grown
            chars += grown
            widest_pause = max(widest_pause, starts[last] - reach)
            reach = max(reach, ends[last])
            if widest_pause >= self.pause or reach - begin > self.most:
                return
            inside += self.sentence[last - 1]

    def _cost(
        self, first: int, last: int, begin: float, reach: float, chars: int, pause: float, inside: int
    ) -> float:
        following = self.starts[last]
        out = min(max(reach + self.late, begin + self.least), following - self.gap, begin + self.most)
        shown = max(out - begin, 1.0)
        cost = 4.0
        if last < len(self.ends):
            cost += self.costs[last - 1]
            if inside and not self.sentence[last - 1]:
                cost += 3.0
        if shown < self.least:
            cost += 40.0 + 40.0 * (1 - shown / self.least)
        rate = chars / shown
        if rate > self.speed:
            cost += 20.0 + 30.0 * min(rate / self.speed - 1, 3.0)
        if chars < 0.4 * self.line:
            cost += 4.0 * (1 - chars / (0.4 * self.line))
        if pause >= 600:
            cost += pause / 100
        return cost
