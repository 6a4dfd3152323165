"""Places of frames of a constant bit rate: by arithmetic, step by step, each confirmed in the file.

An index of all frames of ten hours takes a walk over the whole file. Where all frames are equally long, give
or take the padding, a thousand of them can be skipped at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import BinaryIO

import numpy as np

STEP = 1024
"""Frames of a step."""
_SLACK = 2
"""Bytes by which a frame may lie beside its place after a step: of rounding, and of a seam between two parts.
Whatever else is between the frames lies farther beside, nearly always; the index, which is made meanwhile, is
sure."""
_FOLLOWING = 2
"""Frames that have to follow it, of the same rate: bytes within a frame may look like one."""

Lengths = Callable[[np.ndarray, np.ndarray], np.ndarray]


class ConstantRate:
    """Chain of confirmed places, one for every `STEP` frames.

    Parameters
    ----------
    file : binary file
    first : int
        Place of the first frame.
    length : Fraction
        Bytes of a frame, on average.
    lengths : callable
        Bytes and places -> length of the frame that begins at each place, 0 where none does.
    """

    def __init__(self, file: BinaryIO, first: int, length: Fraction, lengths: Lengths) -> None:
        self._file = file
        self._length = length
        self._lengths = lengths
        self._places = [first]
        self._broken = False

    def before(self, frame: int) -> tuple[int, int] | None:
        """Return number and place of a frame at most `STEP` before this one; None where it is not sure."""
        wanted = frame // STEP
        if not wanted:
            return None  # near enough for the index
        while len(self._places) <= wanted and not self._broken:
            found = self._confirmed(round(self._places[-1] + STEP * self._length))
            if found is None:
                self._broken = True
            else:
                self._places.append(found)
        return (wanted * STEP, self._places[wanted]) if wanted < len(self._places) else None

    def _confirmed(self, place: int) -> int | None:
        """Return where a frame begins that is at most `_SLACK` bytes beside a place."""
        self._file.seek(place - _SLACK)
        size = 2 * _SLACK + (1 + _FOLLOWING) * (int(self._length) + 1) + 8
        data = np.frombuffer(self._file.read(size), dtype=np.uint8)
        if len(data) < size:
            return None
        starts = np.arange(2 * _SLACK + 1)
        at, good = starts.copy(), np.ones(len(starts), dtype=bool)
        for _ in range(1 + _FOLLOWING):
            found = self._lengths(data, np.where(good, at, 0))
            good &= np.abs(found - float(self._length)) < 1
            at = at + np.where(good, found, 0)
        found = starts[good]
        if not len(found):
            return None
        return place - _SLACK + int(found[np.argmin(np.abs(found - _SLACK))])
