"""Captions from words: SubRip (SRT) and WebVTT. Pure Python: tables and engine share it.

Cues of one speaker never overlap and none has zero length; people who talk at once have cues at once, each up
for as long as they talk. Lines break between words only, and a cue never spans two speakers. Letters of full
width (Chinese, Japanese, Korean) count as two characters. Text is data: in WebVTT ``&``, ``<`` and ``>`` are
written as entities, so neither ``-->`` nor a tag in what somebody said can end a cue or style one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from aai_jupyter.text.cues.cue_lines import break_costs, display_width, line_ends, space_between
from aai_jupyter.text.readable_numbers import timecode
from aai_jupyter.text.sanitize import clean, escape_cue
from aai_jupyter.text.tokenization import join, split

CHARS_PER_LINE = 42
"""Usual limit of subtitle guidelines for one line."""
LINES = 2
"""Lines of a cue, unless its characters are given."""
LEAST_SHARE = 0.25
"""Of the characters of a cue: a sentence that ends before it does not end the cue."""
EMPTINESS = 8.0
"""What a cue costs that is nearly empty, beside the costs of where a line ends (`break_costs`)."""
MAX_CUE_MS = 7000
"""A cue stays no longer on the screen, unless one word does."""
GAP_MS = 1500
"""Silence after which a new cue begins."""
MIN_CUE_MS = 1
"""Players drop cues of zero length."""

Times = Sequence[float | None]
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(slots=True)
class Cue:
    """One caption: times in milliseconds, its words, and their speaker."""

    start: int
    end: int
    words: list[str] = field(default_factory=list)
    speaker: str | None = None
    group: object = None
    voice: object = None


def cues(
    texts: Sequence[str],
    starts_ms: Times,
    ends_ms: Times,
    chars_per_caption: int | None = None,
    speakers: Sequence[str | None] | None = None,
    groups: Sequence[object] | None = None,
    chars_per_line: int | None = None,
    voices: Sequence[object] | None = None,
) -> list[Cue]:
    """Group words into cues in order of time.

    Parameters
    ----------
    texts : sequence of str
        Words without any visible character are left out.
    starts_ms, ends_ms : sequence of float or None
        Milliseconds; an unknown time is taken from the neighbours.
    chars_per_caption : int, optional
        Most characters of a cue, at least 1; a longer word gets a cue of its own. Default: two lines.
    speakers : sequence of str or None, optional
        Names to show. A name counts as characters of the cue where the speaker changes.
    groups : sequence, optional
        A cue ends where this value changes (the utterance, say). Default: the speakers.
    chars_per_line : int, optional
        Most characters of a line, at least 1. Default: 42.
    voices : sequence, optional
        Who talks: cues of the same voice never overlap. Default: the speakers, else the groups.

    Raises
    ------
    ValueError
        ``chars_per_caption`` or ``chars_per_line`` is less than 1.
    """
    line = _line_length(chars_per_line)
    limit = LINES * line if chars_per_caption is None else chars_per_caption
    if limit < 1:
        raise ValueError(f"chars_per_caption must be at least 1, got {limit}")
    if voices is None:
        voices = speakers if speakers is not None else groups
    words = _shown_words(texts, starts_ms, ends_ms)
    costs, sentence_ends = break_costs(
        [word.text for word in words], [word.start for word in words], [word.end for word in words]
    )
    found: list[Cue] = []
    first = 0  # word of the cue
    room = _Room(limit, line if chars_per_caption is None else None)
    for number, word in enumerate(words):
        speaker = speakers[word.place] if speakers is not None else None
        group = groups[word.place] if groups is not None else speaker
        cue = found[-1] if found else None
        apart = (
            cue is None
            or group != cue.group
            or speaker != cue.speaker
            or word.start - cue.end >= GAP_MS
            or word.start < cue.start
        )
        if cue is not None and not apart:
            if not (2 * room.length >= limit and sentence_ends[number - 1]) and (
                word.end - cue.start <= MAX_CUE_MS and room.takes(word.text)
            ):
                room.add(word.text)
                cue.words.append(word.text)
                cue.end = max(cue.end, round(word.end))
                continue
            kept = _best_end(words, costs, first, number, room)
            del cue.words[kept - first :]
            cue.end = round(max(one.end for one in words[first:kept]))
            first = kept
        else:
            first = number
        room.clear(f"{speaker}: " if speaker is not None and (cue is None or speaker != cue.speaker) else "")
        for one in words[first : number + 1]:
            room.add(one.text)
        voice = voices[word.place] if voices is not None else None
        mine = words[first : number + 1]
        begin, end = mine[0].start, max(one.end for one in mine)
        found.append(Cue(round(begin), round(end), [one.text for one in mine], speaker, group, voice))
    found.sort(key=lambda cue: cue.start)
    return _apart(found)


class _ShownWord(NamedTuple):
    """A word with a visible text; times in milliseconds, and its place among all."""

    text: str
    start: float
    end: float
    place: int


def _shown_words(texts: Sequence[str], starts_ms: Times, ends_ms: Times) -> list[_ShownWord]:
    found = []
    clock = 0.0
    for place, raw in enumerate(texts):
        start, end = starts_ms[place], ends_ms[place]
        start = clock if start is None else max(float(start), 0.0)
        clock = end = start if end is None else max(float(end), start)
        if text := _BLANK.sub(" ", raw).strip():
            found.append(_ShownWord(text, start, end, place))
    return found


class _Room:
    """Room that is left in a cue: characters, and two lines where those are what counts."""

    def __init__(self, limit: int, line: int | None) -> None:
        self.limit, self._line = limit, line
        self.clear("")

    def clear(self, label: str) -> None:
        self.length = self._width = display_width(label)
        self._lines, self._before = 1, ""

    def takes(self, text: str) -> bool:
        length, _, lines = self._with(text)
        return length <= self.limit and lines <= LINES

    def add(self, text: str) -> None:
        self.length, self._width, self._lines = self._with(text)
        self._before = text

    def _with(self, text: str) -> tuple[int, int, int]:
        own = display_width(text)
        grown = own + (space_between(self._before, text) if self._before else 0)
        if self._line is None or not self._before or self._width + grown <= self._line:
            return self.length + grown, self._width + grown, self._lines
        return self.length + grown, own, self._lines + 1


def _best_end(words: Sequence[_ShownWord], costs: Sequence[float], first: int, last: int, room: _Room) -> int:
    """Return where a cue of the words from ``first`` that has no room for word ``last`` ends best (exclusive).

    That is at the end of a sentence or a clause rather than after the last word that fits, if the cue is not
    too empty then, and the words that are left fit together with the next one.
    """
    width = 0
    best, least = last, costs[last - 1]
    following = sum(display_width(word.text) + 1 for word in words[first : last + 1])
    for end in range(first + 1, last):
        width += display_width(words[end - 1].text) + 1
        share = width / room.limit
        if share < LEAST_SHARE or following - width > room.limit or _lasts(words, end, last) > MAX_CUE_MS:
            continue
        if (cost := costs[end - 1] + EMPTINESS * (1 - share)) < least:
            best, least = end, cost
    return best


def _lasts(words: Sequence[_ShownWord], first: int, last: int) -> float:
    return words[last].end - words[first].start


def _apart(found: list[Cue]) -> list[Cue]:
    """Shorten cues that overlap the next one of their voice; move those that would have no length left."""
    last: dict[object, Cue] = {}
    for cue in found:
        before = last.get(cue.voice)
        if before is not None:
            before.end = max(min(before.end, cue.start), before.start + MIN_CUE_MS)
            cue.start = max(cue.start, before.end)
        cue.end = max(cue.end, cue.start + MIN_CUE_MS)
        last[cue.voice] = cue
    return sorted(found, key=lambda cue: cue.start)


def _line_length(chars_per_line: int | None) -> int:
    length = CHARS_PER_LINE if chars_per_line is None else chars_per_line
    if length < 1:
        raise ValueError(f"chars_per_line must be at least 1, got {length}")
    return length


def srt(
    texts: Sequence[str],
    starts_ms: Times,
    ends_ms: Times,
    chars_per_caption: int | None = None,
    speakers: Sequence[str | None] | None = None,
    groups: Sequence[object] | None = None,
    chars_per_line: int | None = None,
    voices: Sequence[object] | None = None,
) -> str:
    """Return SubRip captions; parameters as in :func:`cues`. A speaker is shown where it changes.

    SubRip knows no escaping, so ``-->`` in the text is written as an arrow.

    Examples
    --------
    >>> print(srt(["Good", "morning."], [0, 400], [350, 900]))
    1
    00:00:00,000 --> 00:00:00,900
    Good morning.
    <BLANKLINE>
    """
    blocks = []
    before: str | None = None
    found = cues(texts, starts_ms, ends_ms, chars_per_caption, speakers, groups, chars_per_line, voices)
    for number, cue in enumerate(found, 1):
        words = cue.words
        if cue.speaker is not None and cue.speaker != before:
            words = [f"{_BLANK.sub(' ', cue.speaker).strip()}:", *words]
        before = cue.speaker
        text = _clean("\n".join(_lines(words, _line_length(chars_per_line)))).replace("-->", "→")
        blocks.append(f"{number}\n{timecode(cue.start, ',')} --> {timecode(cue.end, ',')}\n{text}\n")
    return "\n".join(blocks)


def vtt(
    texts: Sequence[str],
    starts_ms: Times,
    ends_ms: Times,
    chars_per_caption: int | None = None,
    speakers: Sequence[str | None] | None = None,
    groups: Sequence[object] | None = None,
    chars_per_line: int | None = None,
    voices: Sequence[object] | None = None,
) -> str:
    """Return WebVTT captions; parameters as in :func:`cues`. Speakers become voice tags, ``<v Ann>``.

    Examples
    --------
    >>> print(vtt(["a<b", "-->"], [0, 400], [350, 900], speakers=["Ann", "Ann"]))
    WEBVTT
    <BLANKLINE>
    00:00:00.000 --> 00:00:00.900
    <v Ann>a&lt;b --&gt;
    <BLANKLINE>
    """
    blocks = ["WEBVTT\n"]
    found = cues(texts, starts_ms, ends_ms, chars_per_caption, speakers, groups, chars_per_line, voices)
    for cue in found:
        text = escape_cue(_clean("\n".join(_lines(cue.words, _line_length(chars_per_line)))))
        if cue.speaker is not None:
            text = f"<v {escape_cue(_clean(_BLANK.sub(' ', cue.speaker).strip()))}>{text}"
        blocks.append(f"{timecode(cue.start, '.')} --> {timecode(cue.end, '.')}\n{text}\n")
    return "\n".join(blocks)


def _clean(text: str) -> str:
    """The text without what hides or reorders; controls are gone already, and nothing else is ASCII."""
    return text if text.isascii() else clean(text)


def _lines(words: list[str], most: int) -> list[str]:
    """Split into as few lines as it takes, at the end of a sentence or a clause where that keeps them even."""
    # Scripts without spaces break anywhere, also where a word of the transcript is a whole sentence.
    words = [piece for word in words for piece in (split(word) if display_width(word) > most else [word])]
    if display_width(join(words)) <= most:
        return [join(words)]
    spaces = [0, *map(space_between, words, words[1:])]
    costs, _ = break_costs(words, [0] * len(words), [0] * len(words))
    ends = line_ends([display_width(word) for word in words], spaces, costs, most)
    return [join(words[first:last]) for first, last in pairwise((0, *ends))]
