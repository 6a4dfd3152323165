"""Transcription conventions of conversation analysis: Jefferson, GAT 2 (minimal, basic) and HIAT.

What words and their times carry is written: pauses, latching, speech at the same time in aligned columns,
sounds, and lengthening where it stands in the text. What they cannot carry, as pitch, is said in the head.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aai_jupyter.errors import OptionError
from aai_jupyter.interchange.writers.content import ExportContent, SpokenTurn, content_of
from aai_jupyter.text.cues.cue_lines import display_width, space_between

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript

STYLES = ("jefferson", "gat2-minimal", "gat2-basic", "hiat")
LATCH_MS = 60
"""Another speaker who begins within this time after the last word latches on."""
MICRO_MS = 100
"""No shorter silence is heard as a pause."""
SHORT_MS = 200
"""A pause up to here is a micropause."""

_SOUND = re.compile(r"[\[(<*]+\s*([^\W\d_][\w' -]{1,40}?)\s*[\])>*]+[.,]?")
# A single colon at the end is punctuation, several are a lengthened sound.
_PUNCTUATION = re.compile(r"(?<![.,;!?…\"“”„«»)])(?:[.,;!?…\"“”„«»)]|(?<!:):(?!:))+$|^[\"“”„«»(¿¡]+")
_NOT_CARRIED = {
    "jefferson": "pitch, stress, volume, tempo, in-breaths; punctuation is that of writing",
    "gat2-minimal": "in- and out-breaths, and cliticised words",
    "gat2-basic": "accents and final pitch movements; lines are turns, not intonation phrases",
    "hiat": "stress, modulation, and non-verbal communication",
}


@dataclass
class _Line:
    """A line of a transcript while it is built: text and its width."""

    text: str = ""
    width: int = 0

    def add(self, text: str) -> None:
        self.text += text
        self.width += display_width(text)


@dataclass
class _Overlap:
    """Words of a turn that overlap another turn: first and last word, and what it is called."""

    first: int
    last: int
    key: int


def content_text(content: ExportContent, style: str) -> str:
    """Return a transcript in a convention, with a head that says which, and what it cannot show.

    Raises
    ------
    OptionError
        There is no such convention.
    """
    lines = convention_lines(content.turns, style)
    head = [
        f"{content.name}: {_TITLES[_known(style)]}",
        f"Not in the data: {_NOT_CARRIED[style]}.",
        content.provenance.line(),
        "",
    ]
    return "\n".join(head + lines)


def convention_text(transcript: Transcript, style: str) -> str:
    """Return a transcript in a convention; see :meth:`aai_jupyter.Transcript.to_text`."""
    return content_text(content_of(transcript), style)


def convention_lines(turns: Sequence[SpokenTurn], style: str) -> list[str]:
    """Return the numbered lines of turns in a convention.

    Examples
    --------
    >>> from aai_jupyter import Transcript
    >>> from aai_jupyter.interchange.writers.content import content_of
    >>> words = [{"text": "I went", "start": 0, "end": 400, "speaker": "A"}]
    >>> words += [{"text": "a lot further", "start": 4000, "end": 4700, "speaker": "A"}]
    >>> said = [{"text": "", "start": 0, "end": 4700, "speaker": "A"}]
    >>> t = Transcript.from_json({"words": words, "utterances": said})
    >>> convention_lines(content_of(t).turns, "jefferson")
    ['01  A:  I went (3.6) a lot further']
    """
    return _Notation(turns, _known(style)).lines()


def _known(style: str) -> str:
    if style not in STYLES:
        raise OptionError(f"There is no convention {style!r}.", hint=f"There are {', '.join(STYLES)}.")
    return style


_TITLES = {
    "jefferson": "Jefferson notation",
    "gat2-minimal": "GAT 2, minimal transcript",
    "gat2-basic": "GAT 2, basic transcript",
    "hiat": "HIAT",
}


def pause(ms: int, style: str) -> str:
    """Return the mark of a pause; empty when it is too short to be heard.

    Examples
    --------
    >>> [pause(ms, "jefferson") for ms in (50, 150, 640)]
    ['', '(.)', '(0.6)']
    >>> [pause(ms, "gat2-basic") for ms in (150, 300, 640, 1200)]
    ['(.)', '(-)', '(--)', '(1.2)']
    >>> [pause(ms, "hiat") for ms in (200, 400, 700, 2300)]
    ['•', '• •', '• • •', '((2,3s))']
    """
    if ms < MICRO_MS:
        return ""
    seconds = f"{ms / 1000:.1f}"
    if style == "hiat":
        for limit, mark in ((250, "•"), (500, "• •"), (1000, "• • •")):
            if ms <= limit:
                return mark
        return f"(({seconds.replace('.', ',')}s))"
    if ms < SHORT_MS:
        return "(.)"
    if style.startswith("gat2"):
        for limit, mark in ((500, "(-)"), (800, "(--)"), (1000, "(---)")):
            if ms < limit:
                return mark
    return f"({seconds})"


class _Notation:
    """The lines of turns in one convention."""

    def __init__(self, turns: Sequence[SpokenTurn], style: str) -> None:
        self._turns = [turn for turn in turns if turn.words]
        self._style = style
        self._overlaps: list[list[_Overlap]] = [[] for _ in self._turns]
        self._columns: dict[int, int] = {}
        self._find_overlaps()

    def lines(self) -> list[str]:
        sign = " [v]" if self._style == "hiat" else ":"
        labels = {turn.speaker: f"{turn.speaker}{sign}" for turn in self._turns if turn.speaker}
        margin = max((display_width(label) for label in labels.values()), default=0) + 2
        rows: list[tuple[str, str]] = []
        last_speaker: str | None = None
        reach: int | None = None
        for number, turn in enumerate(self._turns):
            gap = 0 if reach is None else turn.start - reach
            mark = pause(gap, self._style) if reach is not None else ""
            if mark and not (mark == "(.)" and turn.speaker != last_speaker):
                rows.append(("", mark))
                last_speaker = None if self._style == "jefferson" else last_speaker
            latched = self._latched(number, reach)
            if latched and rows:
                rows[-1] = (rows[-1][0], f"{rows[-1][1]}=")
            line = self._line(number, latched)
            shown = labels.get(turn.speaker or "", "") if turn.speaker != last_speaker or latched else ""
            rows.append((shown, line.text))
            last_speaker = turn.speaker
            reach = turn.end if reach is None else max(reach, turn.end)
        digits = max(2, len(str(len(rows))))
        padded = (
            f"{number:0{digits}}  {label}{' ' * (margin - display_width(label))}{text}".rstrip()
            for number, (label, text) in enumerate(rows, 1)
        )
        return list(padded)

    def _latched(self, number: int, reach: int | None) -> bool:
        if self._style in ("gat2-minimal", "hiat") or reach is None:
            return False
        before, turn = self._turns[number - 1], self._turns[number]
        return turn.speaker != before.speaker and before.end == reach and 0 <= turn.start - reach <= LATCH_MS

    def _find_overlaps(self) -> None:
        """Find the words of each pair of turns that are said at the same time."""
        key = 0
        active: list[int] = []
        for number, turn in enumerate(self._turns):
            active = [one for one in active if self._turns[one].end > turn.start]
            for other in active:
                if self._turns[other].speaker == turn.speaker:
                    continue
                mine = _inside(turn, self._turns[other].start, self._turns[other].end)
                theirs = _inside(self._turns[other], turn.start, turn.end)
                if mine and theirs:
                    self._overlaps[other].append(_Overlap(*theirs, key))
                    self._overlaps[number].append(_Overlap(*mine, key))
                    key += 1
            active.append(number)

    def _line(self, number: int, latched: bool) -> _Line:
        turn = self._turns[number]
        line = _Line()
        overlaps = self._overlaps[number]
        if latched:
            line.add("=")
        before = None
        for place, word in enumerate(turn.words):
            text = self._word(word.text)
            opening = [one for one in overlaps if one.first == place]
            closing = [one for one in overlaps if one.last == place]
            if before is not None:
                mark = pause(word.start - before.end, self._style)
                space = " " if space_between(before.text, word.text) else ""
                line.add(f"{space or ' '}{mark} " if mark else space)
            for one in opening:
                self._align(line, one)
            if (
                self._style != "hiat"
            ):  # overlaps with two others may begin or end together: each has its brackets
                line.add("[" * len({one.last for one in opening}))
            line.add(text)
            if self._style != "hiat":
                line.add("]" * len({one.first for one in closing}))
            before = word
        line.text = re.sub(r"(?<! ) {2,}$", "", line.text)
        return line

    def _align(self, line: _Line, overlap: _Overlap) -> None:
        column = self._columns.get(overlap.key)
        if column is None:
            self._columns[overlap.key] = line.width
        elif column > line.width:
            line.add(" " * (column - line.width))

    def _word(self, text: str) -> str:
        sound = _SOUND.fullmatch(text)
        if sound:
            return f"(({sound[1].lower()}))"
        if self._style.startswith("gat2"):
            bare = _PUNCTUATION.sub("", text).lower() or text.lower()
            return bare if self._style == "gat2-basic" else bare.replace(":", "")
        return text


def _inside(turn: SpokenTurn, start: int, end: int) -> tuple[int, int] | None:
    """Return the first and the last word of a turn that are said within a time."""
    found = [place for place, word in enumerate(turn.words) if word.start < end and word.end > start]
    return (found[0], found[-1]) if found else None
