"""Rules of captions: what a line, a cue and the time between cues may be, by style.

``netflix``
    Timed Text Style Guide, general requirements and English: 42 characters a line, two lines, 20 characters a
    second for adults, 5/6 s to 7 s, two frames between cues, gaps of 3 to 11 frames closed to two.
``bbc``
    Subtitle Guidelines: 37 characters a line, two lines, 160 to 180 words a minute (15 characters a second),
    no gap between cues that follow within a second.
``youtube``
    Two lines of 32 characters, as players of small size show them, 20 characters a second, 1 s to 7 s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from aai_jupyter.errors import OptionError
from aai_jupyter.text.timecodes import FrameRate


@dataclass(frozen=True)
class CaptionRules:
    """The rules of one style.

    Attributes
    ----------
    chars_per_line, lines : int
        A letter of double width counts as two, a mark that combines with another one as none.
    chars_per_second : float
    min_duration, max_duration : float
        Seconds.
    gap : int
        Least number of frames between cues.
    chain : int
        A gap of fewer frames than this is closed to ``gap``.
    fps : float
        Frames a second.
    late : float
        A cue may stay so many seconds after the last word, within the pause.
    pause : float
        Silence in seconds after which a new cue begins.
    shots : tuple of float
        Cuts of the picture in seconds: a cue that ends near one ends before it.
    dash : str
        Stands before each line of people who speak at the same time.
    """

    chars_per_line: int = 42
    lines: int = 2
    chars_per_second: float = 20.0
    min_duration: float = 5 / 6
    max_duration: float = 7.0
    gap: int = 2
    chain: int = 12
    fps: float = 24.0
    late: float = 1.0
    pause: float = 1.5
    shots: tuple[float, ...] = ()
    dash: str = "-"

    def frames(self, ms: float) -> int:
        """Return a time as a number of frames, the nearest one."""
        return FrameRate.of(self.fps).frame_at(ms)

    def frames_ms(self, count: int) -> int:
        """Return the milliseconds that are this number of frames."""
        return FrameRate.of(self.fps).milliseconds(count)


STYLES: dict[str, CaptionRules] = {
    "netflix": CaptionRules(),
    "bbc": CaptionRules(
        chars_per_line=37, chars_per_second=15.0, min_duration=1.0, gap=0, chain=25, fps=25.0, dash="- "
    ),
    "youtube": CaptionRules(chars_per_line=32, min_duration=1.0, gap=0, chain=10, fps=30.0, dash="- "),
}
"""Rules by the name of their style."""

_LEAST = {"chars_per_line": 1, "lines": 1, "chars_per_second": 0.1, "min_duration": 0, "max_duration": 0.1}
_LEAST |= {"gap": 0, "chain": 0, "fps": 1, "late": 0, "pause": 0}


def rules_of(style: str | Mapping[str, Any] | CaptionRules) -> CaptionRules:
    """Return the rules of a style: a name, or a mapping with what differs from ``style`` in it (netflix).

    Raises
    ------
    OptionError
        There is no such style or rule, or a value is out of range.

    Examples
    --------
    >>> rules_of("bbc").chars_per_line, rules_of({"style": "bbc", "chars_per_line": 32}).chars_per_line
    (37, 32)
    """
    if isinstance(style, CaptionRules):
        return style
    if isinstance(style, str):
        if style not in STYLES:
            raise OptionError(
                f"There is no caption style {style!r}.",
                hint=f"There are {', '.join(STYLES)}; or give a dict of rules.",
            )
        return STYLES[style]
    if not isinstance(style, Mapping):
        raise OptionError(f"A caption style is a name or a dict of rules, got {style!r}.")
    given = dict(style)
    base = rules_of(given.pop("style", "netflix"))
    known = {one.name: one.type for one in fields(CaptionRules)}
    for name, value in given.items():
        if name not in known:
            raise OptionError(f"There is no caption rule {name!r}.", hint=f"There are {', '.join(known)}.")
        given[name] = _checked(name, value, known[name])
    rules = replace(base, **given)
    if rules.min_duration > rules.max_duration:
        raise OptionError("min_duration must not be more than max_duration.")
    try:
        FrameRate.of(rules.fps)
    except ValueError as error:
        raise OptionError(f"{error}.") from error
    return rules


def _checked(name: str, value: Any, kind: Any) -> Any:
    if name == "shots":
        return tuple(sorted(float(shot) for shot in value))
    if name == "dash":
        return str(value)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    whole = kind != "int" or (number and float(value).is_integer())
    if not number or not whole or not _LEAST[name] <= value < 100_000:
        what = "a whole number" if kind == "int" else "a number"
        raise OptionError(f"{name} must be {what}, at least {_LEAST[name]:g}, got {value!r}.")
    return int(value) if kind == "int" else float(value)
