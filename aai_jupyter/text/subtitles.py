"""Captions from words: SubRip (SRT) and WebVTT. Pure Python: tables and engine share it.

Cues of one speaker never overlap and none has zero length; people who talk at once have cues at once, each up
for as long as they talk. Lines break between words only, and a cue never spans two speakers. Letters of full
width (Chinese, Japanese, Korean) count as two characters. Text is data: in WebVTT ``&``, ``<`` and ``>`` are
written as entities, so neither ``-->`` nor a tag in what somebody said can end a cue or style one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
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
AFTER_NAME = 3.0
"""What a line costs that ends after the name of who speaks, as after a colon."""
MAX_CUE_MS = 7000
"""A cue stays no longer on the screen, unless one word does."""
GAP_MS = 1500
"""Silence after which a new cue begins."""
MIN_CUE_MS = 1
"""Players drop cues of zero length."""

Times = Sequence[float | None]
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class CueWord(NamedTuple):
    """A word with a visible text: times in milliseconds, its place among all, columns, and what follows."""

    text: str
    start: float
    end: float
    place: int
    width: int
    space: int
    """Columns of the space before it."""
    cost: float
    """How bad it is to end a line or a cue after it (`break_costs`)."""
    ends_sentence: bool


@dataclass(slots=True)
class Cue:
    """One caption: times in milliseconds, its words, and their speaker."""

    start: int
    end: int
    shown: Sequence[CueWord]
    speaker: str | None = None
    voice: object = None

    @property
    def words(self) -> list[str]:
        return [word.text for word in self.shown]


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
    found = []
    for first, stop in _spans(words, speakers, groups, limit, line if chars_per_caption is None else None):
        mine = words[first:stop]
        place = mine[0].place
        speaker = speakers[place] if speakers is not None else None
        voice = voices[place] if voices is not None else None
        end = max(word.end for word in mine)
        found.append(Cue(round(mine[0].start), round(end), mine, speaker, voice))
    found.sort(key=lambda cue: cue.start)
    return _apart(found)


def _shown_words(texts: Sequence[str], starts_ms: Times, ends_ms: Times) -> list[CueWord]:
    shown, starts, ends, places, spaces = [], [], [], [], []
    clock = 0.0
    before = ""
    for place, raw in enumerate(texts):
        start, end = starts_ms[place], ends_ms[place]
        start = clock if start is None else float(start)
        start = start if start > 0 else 0.0
        clock = start if end is None or end < start else float(end)
        # Nothing that the expression finds is printable, but for the space.
        text = raw if raw.isprintable() and " " not in raw else _BLANK.sub(" ", raw).strip()
        if text:
            shown.append(text)
            starts.append(start)
            ends.append(clock)
            places.append(place)
            spaces.append(space_between(before, text))
            before = text
    costs, sentence_ends = break_costs(shown, starts, ends)
    columns = {text: display_width(text) for text in set(shown)}
    widths = [columns[text] for text in shown]
    return list(map(CueWord, shown, starts, ends, places, widths, spaces, costs, sentence_ends))


def _spans(
    words: Sequence[CueWord],
    speakers: Sequence[str | None] | None,
    groups: Sequence[object] | None,
    limit: int,
    line: int | None,
) -> list[tuple[int, int]]:
    """Return the first word and the last (exclusive) of each cue."""
    spans: list[tuple[int, int]] = []
    first = begin = until = 0
    speaker: str | None = None
    group: object = None
    room = _Room(limit, line)
    for number, word in enumerate(words):
        now = speakers[word.place] if speakers is not None else None
        here = groups[word.place] if groups is not None else now
        goes_on = number > 0 and here == group and now == speaker and begin <= word.start < until + GAP_MS
        full = 2 * room.length >= limit and words[number - 1].ends_sentence
        if goes_on and not full and word.end - begin <= MAX_CUE_MS and room.takes(word):
            until = max(until, round(word.end))
            continue
        if number > 0:
            stop = _best_end(words, first, number, room) if goes_on else number
            spans.append((first, stop))
            first = stop
        room.clear(f"{now}: " if now is not None and (number == 0 or now != speaker) else "")
        for one in words[first : number + 1]:
            room.add(one)
        begin, until = round(words[first].start), round(max(one.end for one in words[first : number + 1]))
        speaker, group = now, here
    return [*spans, (first, len(words))] if words else []


class _Room:
    """Room that is left in a cue: characters, and two lines where those are what counts."""

    def __init__(self, limit: int, line: int | None) -> None:
        self.limit, self._line = limit, line
        self.clear("")

    def clear(self, label: str) -> None:
        self.length = self._width = display_width(label)
        self._lines = 0

    def takes(self, word: CueWord) -> bool:
        """Add a word, if there is room for it."""
        grown = word.space + word.width
        if self.length + grown > self.limit:
            return False
        if self._line is not None and self._width + grown > self._line and self._lines == LINES:
            return False
        self.length += grown
        if self._line is not None and self._width + grown > self._line:
            self._lines, self._width = self._lines + 1, word.width
        else:
            self._width += grown
        return True

    def add(self, word: CueWord) -> None:
        grown = word.space + word.width if self._lines else word.width
        self.length += grown
        over = self._line is not None and self._width + grown > self._line
        if self._lines and over:
            self._lines, self._width = self._lines + 1, word.width
        else:
            self._lines, self._width = max(1, self._lines), self._width + grown


def _best_end(words: Sequence[CueWord], first: int, last: int, room: _Room) -> int:
    """Return where a cue from word ``first`` that has no room for word ``last`` ends best (exclusive).

    That is at the end of a sentence or a clause rather than after the last word that fits, if the cue is not
    too empty then, and the words that are left fit together with the next one.
    """
    width = 0
    best, least = last, words[last - 1].cost
    following = sum(word.width + 1 for word in words[first : last + 1])
    for end in range(first + 1, last):
        width += words[end - 1].width + 1
        share = width / room.limit
        if share < LEAST_SHARE or following - width > room.limit or _lasts(words, end, last) > MAX_CUE_MS:
            continue
        if (cost := words[end - 1].cost + EMPTINESS * (1 - share)) < least:
            best, least = end, cost
    return best


def _lasts(words: Sequence[CueWord], first: int, last: int) -> float:
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
        name = cue.speaker if cue.speaker != before else None
        before = cue.speaker
        text = _clean("\n".join(_lines(cue.shown, name, _line_length(chars_per_line)))).replace("-->", "→")
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
        text = escape_cue(_clean("\n".join(_lines(cue.shown, None, _line_length(chars_per_line)))))
        if cue.speaker is not None:
            text = f"<v {escape_cue(_clean(_BLANK.sub(' ', cue.speaker).strip()))}>{text}"
        blocks.append(f"{timecode(cue.start, '.')} --> {timecode(cue.end, '.')}\n{text}\n")
    return "\n".join(blocks)


def _clean(text: str) -> str:
    """The text without what hides or reorders; controls are gone already, and nothing else is ASCII."""
    return text if text.isascii() else clean(text)


def _lines(shown: Sequence[CueWord], name: str | None, most: int) -> list[str]:
    """Split into as few even lines as it takes, at the end of a sentence or clause if one is near."""
    texts, widths = [word.text for word in shown], [word.width for word in shown]
    spaces, costs = [word.space for word in shown], [word.cost for word in shown]
    spaces[0] = 0
    if name is not None:
        label = f"{_BLANK.sub(' ', name).strip()}:"
        texts, widths, costs = [label, *texts], [display_width(label), *widths], [AFTER_NAME, *costs]
        spaces = [0, space_between(label, texts[1]), *spaces[1:]]
    if sum(widths) + sum(spaces) <= most:
        return [join(texts)]
    if max(widths) > most:
        # Scripts without spaces break anywhere, also where a word of the transcript is a whole sentence.
        texts = [piece for text in texts for piece in (split(text) if display_width(text) > most else [text])]
        widths = [display_width(text) for text in texts]
        spaces = [0, *map(space_between, texts, texts[1:])]
        costs, _ = break_costs(texts, [0] * len(texts), [0] * len(texts))
    ends = line_ends(widths, spaces, costs, most)
    return [join(texts[first:last]) for first, last in pairwise((0, *ends))]
