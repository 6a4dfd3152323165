"""SMPTE timecodes: labels of frames, with and without dropped labels, in whole numbers over 24 hours.

At 29.97 and 59.94 frames a second a label count runs slower than the clock. Drop-frame timecode leaves out
the first two (four) labels of each minute that is no multiple of ten; no frame is dropped, only its label.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_LABEL = re.compile(r"(\d{1,2}):(\d\d):(\d\d)([:;.,])(\d\d)")
_BROADCAST = {24: Fraction(24000, 1001), 30: Fraction(30000, 1001), 48: Fraction(48000, 1001)} | {
    60: Fraction(60000, 1001)
}


@dataclass(frozen=True)
class FrameRate:
    """Frames a second as a fraction, and whether labels are dropped.

    Examples
    --------
    >>> rate = FrameRate.of(29.97, drop=True)
    >>> rate.label(rate.frame_at(3_600_000))
    '01:00:00;00'
    >>> FrameRate.of(29.97).label(107_892)
    '00:59:56:12'
    """

    rate: Fraction
    drop: bool = False

    @classmethod
    def of(cls, fps: float | Fraction, *, drop: bool = False) -> FrameRate:
        """Return the rate that a number means: 23.976, 29.97 and 59.94 are 1000/1001 of a whole one.

        Raises
        ------
        ValueError
            It is no frame rate, or has no drop-frame timecode.
        """
        exact = Fraction(fps).limit_denominator(1001) if fps == fps and 1 <= fps <= 240 else None
        if exact is None:
            raise ValueError(f"fps must be between 1 and 240, got {fps}")
        near = _BROADCAST.get(round(exact))
        if near is not None and exact != round(exact) and abs(exact - near) < Fraction(1, 100):
            exact = near
        if drop and exact not in (_BROADCAST[30], _BROADCAST[60]):
            raise ValueError(f"drop-frame timecode exists at 29.97 and 59.94 frames a second, not at {fps}")
        return cls(exact, drop)

    @property
    def count(self) -> int:
        """Labels a second."""
        return -(-self.rate.numerator // self.rate.denominator)

    @property
    def _dropped(self) -> int:
        """Labels left out in a minute."""
        return self.count // 15 if self.drop else 0

    @property
    def _day(self) -> int:
        """Labels in 24 hours."""
        return 24 * (60 * 60 * self.count - 54 * self._dropped)

    def frame_at(self, ms: float) -> int:
        """Return the frame nearest to a time."""
        return round(Fraction(ms) * self.rate / 1000)

    def milliseconds(self, frames: int) -> int:
        """Return the time of a frame, to the nearest millisecond."""
        return round(frames * 1000 / self.rate)

    def label(self, frame: int) -> str:
        """Return the label of a frame, counted from 00:00:00:00; after 24 hours labels begin again."""
        frame %= self._day
        if self._dropped:
            tens, rest = divmod(frame, 600 * self.count - 9 * self._dropped)
            frame += 9 * self._dropped * tens
            if rest >= 60 * self.count:
                per_minute = 60 * self.count - self._dropped
                frame += self._dropped * (1 + (rest - 60 * self.count) // per_minute)
        seconds, frames = divmod(frame, self.count)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        mark = ";" if self.drop else ":"
        return f"{hours:02}:{minutes:02}:{seconds:02}{mark}{frames:02}"

    def frame_of(self, label: str) -> int:
        """Return the frame that has a label.

        Raises
        ------
        ValueError
            It is no label of this rate: out of range, or one that is dropped.
        """
        found = _LABEL.fullmatch(label.strip())
        if not found:
            raise ValueError(f"{label!r} is no timecode such as 01:00:00:00")
        hours, minutes, seconds, frames = (int(found[group]) for group in (1, 2, 3, 5))
        if hours > 23 or minutes > 59 or seconds > 59 or frames >= self.count:
            raise ValueError(f"{label!r} is out of range at {float(self.rate):.5g} frames a second")
        if minutes % 10 and not seconds and frames < self._dropped:
            raise ValueError(f"{label!r} is a label that drop-frame timecode leaves out")
        total = 60 * hours + minutes
        return (total * 60 + seconds) * self.count + frames - self._dropped * (total - total // 10)
