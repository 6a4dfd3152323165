"""From words to finished cues: lines, and times that keep the rules. In-times never move."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from aai_jupyter.text.cues.cue_lines import display_width, line_ends
from aai_jupyter.text.cues.cue_rules import CaptionRules
from aai_jupyter.text.cues.cue_segmentation import CaptionTurn, CaptionWord, CuePart, segment
from aai_jupyter.text.tokenization import direction, join

_RIGHT_TO_LEFT = "\u200f"
"""Before a name or a dash that does not say that the line runs from right to left. It takes no room."""


@dataclass(frozen=True)
class CaptionLine:
    """A line on the screen, its words, and who says it."""

    text: str
    words: tuple[CaptionWord, ...]
    speaker: str | None = None
    turn: int = 0


@dataclass(frozen=True)
class CaptionCue:
    """One caption; times in milliseconds."""

    start: int
    end: int
    lines: tuple[CaptionLine, ...]

    @property
    def text(self) -> str:
        """The lines as they are shown."""
        return "\n".join(line.text for line in self.lines)

    @property
    def speakers(self) -> list[str]:
        """Who speaks, in order of lines."""
        return list(dict.fromkeys(line.speaker for line in self.lines if line.speaker))


def captions(turns: Iterable[CaptionTurn], rules: CaptionRules) -> list[CaptionCue]:
    """Return the captions of turns.

    Examples
    --------
    >>> words = [CaptionWord("Good", 0, 300), CaptionWord("day.", 320, 600)]
    >>> [(cue.start, cue.end, cue.text) for cue in captions([CaptionTurn(words)], CaptionRules())]
    [(0, 834, 'Good day.')]
    """
    found = segment(turns, rules)
    starts = [cue[0].word.start for cue in found]
    cues = []
    for number, parts in enumerate(found):
        following = starts[number + 1] if number + 1 < len(found) else None
        lines = _lines(parts, rules)
        spoken = max(part.word.end for part in parts)
        width = sum(display_width(line.text) for line in lines)
        end = out_time(starts[number], spoken, width, following, rules)
        cues.append(CaptionCue(starts[number], end, tuple(lines)))
    return cues


def out_time(start: int, spoken: int, width: int, following: int | None, rules: CaptionRules) -> int:
    """Return when a cue ends: with its last word, later where it is short or fast and the pause allows it.

    Parameters
    ----------
    start, spoken : int
        In-time, and the end of the last word.
    width : int
        Columns of its text.
    following : int, optional
        In-time of the next cue.
    """
    least = start + math.ceil(1000 * rules.min_duration)
    longest = start + math.floor(1000 * rules.max_duration)
    readable = start + math.ceil(1000 * width / rules.chars_per_second)
    end = max(spoken, least, min(readable, spoken + round(1000 * rules.late)))
    end = min(end, max(longest, start + 1))
    end = _before_shot(start, end, least, rules)
    if following is None:
        return end
    latest = following - rules.frames_ms(rules.gap)
    if end >= latest or rules.frames(following - end) < rules.chain:
        end = latest
        if end > longest:  # chained, it would stay too long: leave a gap that is meant
            end = min(longest, following - rules.frames_ms(rules.chain))
    # Words that begin together leave no room; a player drops what has no length.
    return max(end, start + 1)


def _before_shot(start: int, end: int, least: int, rules: CaptionRules) -> int:
    """Return an out-time that ends before a cut of the picture instead of shortly after or before it."""
    if not rules.shots:
        return end
    near = rules.frames_ms(max(rules.chain, 1))
    place = bisect_left(rules.shots, (end - near) / 1000)
    for shot in rules.shots[place : place + 8]:
        wanted = round(1000 * shot) - rules.frames_ms(max(rules.gap, 1))
        if abs(1000 * shot - end) <= near and wanted >= least and wanted - start <= 1000 * rules.max_duration:
            return wanted
    return end


def _lines(parts: Sequence[CuePart], rules: CaptionRules) -> list[CaptionLine]:
    in_turns: dict[int, list[CuePart]] = {}
    for part in parts:
        in_turns.setdefault(id(part.turn), []).append(part)
    if len(in_turns) == 1:
        return _of_turn(parts, rules)
    # People who speak at the same time: a line each.
    return [_line(one, "" if one[0].word.label else rules.dash) for one in in_turns.values()]


def _of_turn(parts: Sequence[CuePart], rules: CaptionRules) -> list[CaptionLine]:
    ends = line_ends(
        [part.width for part in parts],
        [part.space for part in parts],
        [part.cost for part in parts],
        rules.chars_per_line,
    )
    return [_line(parts[a:b]) for a, b in zip([0, *ends], ends, strict=False)]


def _line(parts: Sequence[CuePart], dash: str = "") -> CaptionLine:
    words = tuple(part.word for part in parts)
    # Labels hold spaces and stand at the beginning: they are no words of the text.
    text = join([word.text for word in words])
    turn = parts[0].turn
    before = f"{dash}{words[0].label}"
    if before and direction(text) == "R" and direction(before) != "R":
        before = f"{_RIGHT_TO_LEFT}{before}"
    return CaptionLine(f"{before}{text}", words, turn.speaker, turn.number)


def speaker_changes(turns: Sequence[CaptionTurn]) -> list[CaptionTurn]:
    """Return the turns in order of time, with the speaker before the first word where it changes."""
    ordered = sorted((turn for turn in turns if turn.words), key=lambda turn: turn.words[0].start)
    found = []
    for speaker, group in groupby(ordered, key=lambda turn: turn.speaker):
        for number, turn in enumerate(group):
            words = turn.words
            if speaker and not number:
                words = [words[0]._replace(label=f"{speaker}: "), *words[1:]]
            found.append(CaptionTurn(words, speaker, turn.number))
    return found
