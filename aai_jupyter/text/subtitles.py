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

from aai_jupyter.text.cues.cue_lines import display_width, space_between
from aai_jupyter.text.readable_numbers import timecode
from aai_jupyter.text.sanitize import clean, escape_cue
from aai_jupyter.text.tokenization import join, split

CHARS_PER_LINE = 42
"""Usual limit of subtitle guidelines for one line."""
MAX_CUE_MS = 7000
"""A cue stays no longer on the screen, unless one word does."""
GAP_MS = 1500
"""Silence after which a new cue begins."""
MIN_CUE_MS = 1
"""Players drop cues of zero length."""

Times = Sequence[float | None]
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’)\]]*$")


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
    limit = 2 * _line_length(chars_per_line) if chars_per_caption is None else chars_per_caption
    if limit < 1:
        raise ValueError(f"chars_per_caption must be at least 1, got {limit}")
    if voices is None:
        voices = speakers if speakers is not None else groups
    found: list[Cue] = []
    length = 0
    clock = 0.0
    for i, raw in enumerate(texts):
        start = starts_ms[i]
        start = clock if start is None else max(float(start), 0.0)
        end = ends_ms[i]
        end = start if end is None else max(float(end), start)
        clock = end
        text = _BLANK.sub(" ", raw).strip()
        if not text:
            continue
        speaker = speakers[i] if speakers is not None else None
        group = groups[i] if groups is not None else speaker
        cue = found[-1] if found else None
        width = display_width(text)
        joined = length + space_between(cue.words[-1], text) + width if cue else 0
        if (
            cue is None
            or group != cue.group
            or speaker != cue.speaker
            or joined > limit
            or start - cue.end >= GAP_MS
            or start < cue.start
            or end - cue.start > MAX_CUE_MS
            or (2 * length >= limit and _SENTENCE_END.search(cue.words[-1]))
        ):
            shown = speaker is not None and (cue is None or speaker != cue.speaker)
            length = width + (display_width(f"{speaker}: ") if shown else 0)
            voice = voices[i] if voices is not None else None
            found.append(Cue(round(start), round(end), [text], speaker, group, voice))
        else:
            cue.words.append(text)
            cue.end = max(cue.end, round(end))
            length = joined
    found.sort(key=lambda cue: cue.start)
    return _apart(found)


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
    """Split into one line, or two of about equal length, or as many as it takes."""
    # Scripts without spaces break anywhere, also where a word of the transcript is a whole sentence.
    words = [piece for word in words for piece in (split(word) if display_width(word) > most else [word])]
    widths = [display_width(word) for word in words]
    spaces = [0, *map(space_between, words, words[1:])]
    total = max(1, sum(widths) + sum(spaces))
    count = -(-total // most)
    target = total / count
    lines: list[list[str]] = [[]]
    here = 0
    for word, width, space in zip(words, widths, spaces, strict=False):
        grown = here + space + width if lines[-1] else width
        # Break where the line comes closest to its share, and never beyond the limit.
        if lines[-1] and (grown > most or (len(lines) < count and grown - target > target - here)):
            lines.append([])
            grown = width
        lines[-1].append(word)
        here = grown
    return [join(line) for line in lines]
