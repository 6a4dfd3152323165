"""Checker of captions, whoever made them: figures of each cue, and every rule that it breaks.

It sees what a viewer sees, times and lines, and knows nothing of how the cues were made.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from aai_jupyter.text.cues.cue_lines import display_width
from aai_jupyter.text.cues.cue_rules import CaptionRules
from aai_jupyter.text.sanitize import unescaped

_TIME = re.compile(
    r"\s*(-?)(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(-?)(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
)
_TAG = re.compile(r"<[^<>\n]{0,200}>|\{\\[^{}\n]{0,200}\}")
_TOLERANCE = 0.0005
"""Files have whole milliseconds: a limit is broken by more than half of one."""


@dataclass(frozen=True)
class ShownCue:
    """A cue as it is shown; times in milliseconds."""

    start: int
    end: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class CheckedCue:
    """Figures of a cue.

    Attributes
    ----------
    cpl : int
        Columns of its widest line.
    cps : float
        Columns a second.
    gap : float or None
        Seconds to the next cue; negative when they overlap, None for the last one.
    broken : tuple of str
        A text for each rule that it breaks.
    """

    cue: ShownCue
    cpl: int
    cps: float
    gap: float | None
    broken: tuple[str, ...]


def check(cues: Sequence[ShownCue], rules: CaptionRules) -> list[CheckedCue]:
    """Return each cue with its figures and the rules that it breaks.

    Examples
    --------
    >>> found = check([ShownCue(0, 400, ("Hello there.",)), ShownCue(420, 2000, ("Yes.",))], CaptionRules())
    >>> found[0].broken
    ('30.0 characters a second, at most 20', '0.400 s long, at least 0.833', 'gap of 0 frames, at least 2')
    """
    found = []
    for number, cue in enumerate(cues):
        following = cues[number + 1] if number + 1 < len(cues) else None
        found.append(_checked(cue, following, rules))
    return found


def _checked(cue: ShownCue, following: ShownCue | None, rules: CaptionRules) -> CheckedCue:
    widths = [display_width(line) for line in cue.lines] or [0]
    duration = (cue.end - cue.start) / 1000
    speed = sum(widths) / duration if duration > 0 else math.inf
    gap = None if following is None else (following.start - cue.end) / 1000
    broken = []
    if max(widths) > rules.chars_per_line:
        broken.append(f"line of {max(widths)} characters, at most {rules.chars_per_line}")
    if len(cue.lines) > rules.lines:
        broken.append(f"{len(cue.lines)} lines, at most {rules.lines}")
    if not any(line.strip() for line in cue.lines):
        broken.append("no text")
    if speed > rules.chars_per_second + 0.005:
        broken.append(f"{speed:.1f} characters a second, at most {rules.chars_per_second:g}")
    if duration < rules.min_duration - _TOLERANCE:
        broken.append(f"{duration:.3f} s long, at least {rules.min_duration:.3g}")
    if duration > rules.max_duration + _TOLERANCE:
        broken.append(f"{duration:.3f} s long, at most {rules.max_duration:.3g}")
    if gap is not None:
        broken += _gap_rules(gap, rules)
    return CheckedCue(cue, max(widths), speed, gap, tuple(broken))


def _gap_rules(gap: float, rules: CaptionRules) -> list[str]:
    frames = rules.frames(1000 * gap)
    if frames < 0 or gap < 0:
        return [f"overlaps the next cue by {-gap:.3f} s"]
    if frames < rules.gap:
        return [f"gap of {frames} frames, at least {rules.gap}"]
    if rules.gap < frames < rules.chain:
        return [f"gap of {frames} frames, which is to be closed to {rules.gap}"]
    return []


def parse_cues(text: str) -> list[ShownCue]:
    """Return the cues of a SubRip or WebVTT file, in its order, without tags and styles.

    Examples
    --------
    >>> parse_cues("1\\n00:00:01,000 --> 00:00:02,500\\n<i>Hello</i>\\nyou.\\n")
    [ShownCue(start=1000, end=2500, lines=('Hello', 'you.'))]
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found: list[ShownCue] = []
    place = 0
    while place < len(lines):
        match = _TIME.match(lines[place])
        place += 1
        if not match:
            continue
        shown = []
        while place < len(lines) and lines[place].strip() and not _TIME.match(lines[place]):
            shown.append(_plain(lines[place]))
            place += 1
        if place < len(lines) and _TIME.match(lines[place]) and shown and shown[-1].strip().isdigit():
            shown.pop()  # the number of the next cue, without a blank line before it
        found.append(ShownCue(_ms(*match.groups()[:5]), _ms(*match.groups()[5:]), tuple(shown)))
    return found


def _plain(line: str) -> str:
    return unescaped(_TAG.sub("", line)).strip()


def _ms(sign: str, hours: str | None, minutes: str, seconds: str, fraction: str) -> int:
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    total = 1000 * whole + int(fraction.ljust(3, "0"))
    return -total if sign else total
