"""Captions from words: SubRip (SRT) and WebVTT. Pure Python: tables and engine share it.

Cues never overlap and never have zero length, lines break between words only, and a cue never spans two
speakers. Text is data: in WebVTT ``&``, ``<`` and ``>`` are written as entities, so neither ``-->`` nor a
tag in what somebody said can end a cue or style one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from aai_jupyter.text.readable_numbers import timecode
from aai_jupyter.text.sanitize import clean
from aai_jupyter.text.segmentation import join

CHARS_PER_LINE = 42
"""Usual limit of subtitle guidelines for one line."""
CHARS_PER_CAPTION = 2 * CHARS_PER_LINE
"""Two lines, when the caller asks for no other length."""
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


def cues(
    texts: Sequence[str],
    starts_ms: Times,
    ends_ms: Times,
    chars_per_caption: int | None = None,
    speakers: Sequence[str | None] | None = None,
    groups: Sequence[object] | None = None,
) -> list[Cue]:
    """Group words into cues in order of time.

    Parameters
    ----------
    texts : sequence of str
        Words without any visible character are left out.
    starts_ms, ends_ms : sequence of float or None
        Milliseconds; an unknown time is taken from the neighbours.
    chars_per_caption : int, optional
        Most characters of a cue, at least 1; a longer word gets a cue of its own. Default: two lines of 42.
    speakers : sequence of str or None, optional
        Names to show. A name counts as characters of the cue where the speaker changes.
    groups : sequence, optional
        A cue ends where this value changes (the utterance, say). Default: the speakers.

    Raises
    ------
    ValueError
        ``chars_per_caption`` is less than 1.
    """
    limit = CHARS_PER_CAPTION if chars_per_caption is None else chars_per_caption
    if limit < 1:
        raise ValueError(f"chars_per_caption must be at least 1, got {limit}")
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
        joined = length + len(join([cue.words[-1], text])) - len(cue.words[-1]) if cue else 0
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
            length = len(text) + (len(f"{speaker}: ") if shown else 0)
            found.append(Cue(round(start), round(end), [text], speaker, group))
        else:
            cue.words.append(text)
            cue.end = max(cue.end, round(end))
            length = joined
    found.sort(key=lambda cue: cue.start)
    return _apart(found)


def _apart(found: list[Cue]) -> list[Cue]:
    """Shorten cues that overlap the next one; move those that would have no length left."""
    before = 0
    for cue, following in zip_longest(found, found[1:]):
        cue.start = max(cue.start, before)
        cue.end = max(cue.end, cue.start + MIN_CUE_MS)
        if following is not None and following.start < cue.end:
            cue.end = max(following.start, cue.start + MIN_CUE_MS)
        before = cue.end
    return found


def srt(
    texts: Sequence[str],
    starts_ms: Times,
    ends_ms: Times,
    chars_per_caption: int | None = None,
    speakers: Sequence[str | None] | None = None,
    groups: Sequence[object] | None = None,
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
    for number, cue in enumerate(cues(texts, starts_ms, ends_ms, chars_per_caption, speakers, groups), 1):
        words = cue.words
        if cue.speaker is not None and cue.speaker != before:
            words = [f"{_BLANK.sub(' ', cue.speaker).strip()}:", *words]
        before = cue.speaker
        text = _clean("\n".join(_lines(words))).replace("-->", "→")
        blocks.append(f"{number}\n{timecode(cue.start, ',')} --> {timecode(cue.end, ',')}\n{text}\n")
    return "\n".join(blocks)


def vtt(
    texts: Sequence[str],
    starts_ms: Times,
    ends_ms: Times,
    chars_per_caption: int | None = None,
    speakers: Sequence[str | None] | None = None,
    groups: Sequence[object] | None = None,
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
    for cue in cues(texts, starts_ms, ends_ms, chars_per_caption, speakers, groups):
        text = _escape(_clean("\n".join(_lines(cue.words))))
        if cue.speaker is not None:
            text = f"<v {_escape(_clean(_BLANK.sub(' ', cue.speaker).strip()))}>{text}"
        blocks.append(f"{timecode(cue.start, '.')} --> {timecode(cue.end, '.')}\n{text}\n")
    return "\n".join(blocks)


def _clean(text: str) -> str:
    """The text without what hides or reorders; controls are gone already, and nothing else is ASCII."""
    return text if text.isascii() else clean(text)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _lines(words: list[str]) -> list[str]:
    """Split into one line, or two of about equal length, or as many as it takes."""
    total = len(join(words))
    count = -(-total // CHARS_PER_LINE)
    target = total / count
    lines: list[list[str]] = [[]]
    for word in words:
        here = len(join(lines[-1]))
        grown = len(join([*lines[-1], word]))
        # Break where the line comes closest to its share, and never beyond the limit.
        if lines[-1] and (grown > CHARS_PER_LINE or (len(lines) < count and grown - target > target - here)):
            lines.append([])
        lines[-1].append(word)
    return [join(line) for line in lines]
