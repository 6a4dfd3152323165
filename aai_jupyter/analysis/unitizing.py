"""Krippendorff's alpha for unitizing: coders mark stretches of a continuum as they like.

References
----------
.. [1] Krippendorff (1995). On the reliability of unitizing contiguous data. Sociological Methodology 25, 47.
.. [2] Krippendorff (2004). Content Analysis, 2nd ed. Sage, 251-256. (formula of the expected disagreement)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

Stretch = tuple[int, int]
"""Start and length, in whole units of measurement."""


@dataclass(frozen=True)
class Disagreement:
    """Observed and expected disagreement about one code."""

    observed: float
    expected: float

    @property
    def alpha(self) -> float:
        """``1 - D_o / D_e``; NaN when nobody has used the code."""
        return 1 - self.observed / self.expected if self.expected else float("nan")


def unitized(continua: Sequence[tuple[int, Sequence[Sequence[Stretch]]]]) -> Disagreement:
    """Return the disagreement about one code over one or more continua.

    Parameters
    ----------
    continua : sequence of (length, stretches of each coder)
        Of each recording, from 0. Stretches of one coder do not overlap: see `merged`. Every recording has
        the same coders.

    Notes
    -----
    Two stretches that intersect differ by ``(start - start')^2 + (end - end')^2``, one inside a gap by its
    length squared [1]_. ``D_o = 2 sum / (m (m - 1) L^2)``, over pairs of coders. ``D_e = 2 / L *
    sum_units[(N - 1) / 3 (2 l^3 - 3 l^2 + l) + l^2 sum_gaps(g - l + 1 where g >= l)] / (m L (m L - 1) - sum
    l (l - 1))`` [2]_.

    Examples
    --------
    >>> one = [(75, 70), (220, 30)]
    >>> two = [(70, 80), (205, 20), (250, 20)]
    >>> found = unitized([(300, [one, two])])
    >>> round(found.observed, 4), round(found.expected, 4), round(found.alpha, 4)
    (0.0144, 0.0532, 0.7286)
    """
    whole = float(sum(length for length, _ in continua))
    coders = len(continua[0][1]) if continua else 0
    if coders < 2 or whole <= 0:
        return Disagreement(0.0, 0.0)
    total = 0.0
    units: list[int] = []
    gaps: list[int] = []
    for length, by_coder in continua:
        sections = [_sections(one, length) for one in by_coder]
        for one in sections:
            units += [end - start for start, end, unit in one if unit]
            gaps += [end - start for start, end, unit in one if not unit]
        total += sum(_pair(one, two) for one, two in combinations(sections, 2))
    observed = 2 * total / (coders * (coders - 1) * whole * whole)
    return Disagreement(observed, _expected(np.array(units, float), np.array(gaps, float), whole, coders))


def merged(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Return stretches in order, those that overlap as one; those that only touch stay two.

    Examples
    --------
    >>> merged([(5, 5), (0, 6), (10, 2)])
    [(0, 10), (10, 2)]
    """
    found: list[Stretch] = []
    for start, length in sorted(stretches):
        if length <= 0:
            continue
        if found and start < found[-1][0] + found[-1][1]:
            first, known = found[-1]
            found[-1] = (first, max(known, start + length - first))
        else:
            found.append((start, length))
    return found


def _expected(units: np.ndarray, gaps: np.ndarray, whole: float, coders: int) -> float:
    gaps = np.sort(gaps)
    after = np.r_[np.cumsum(gaps[::-1])[::-1], 0.0]  # sum of the gaps from each place on
    place = np.searchsorted(gaps, units, side="left")
    room = after[place] - (len(gaps) - place) * (units - 1)
    among = (len(units) - 1) / 3 * (2 * units**3 - 3 * units**2 + units)
    total = 2 / whole * float((among + units**2 * room).sum())
    return total / (coders * whole * (coders * whole - 1) - float((units * (units - 1)).sum()))


def _sections(stretches: Sequence[Stretch], length: int) -> list[tuple[int, int, bool]]:
    """Return the whole continuum in units and gaps: start, end, whether it is a unit."""
    found: list[tuple[int, int, bool]] = []
    at = 0
    for start, size in stretches:
        if start > at:
            found.append((at, start, False))
        found.append((start, start + size, True))
        at = start + size
    if at < length:
        found.append((at, length, False))
    return found


def _pair(one: list[tuple[int, int, bool]], two: list[tuple[int, int, bool]]) -> float:
    """Return the sum of differences between the sections of two coders that intersect."""
    total = 0.0
    i = j = 0
    while i < len(one) and j < len(two):
        start, end, unit = one[i]
        first, last, other = two[j]
        if unit and other:
            total += (start - first) ** 2 + (end - last) ** 2
        elif unit and first <= start and end <= last:
            total += (end - start) ** 2
        elif other and start <= first and last <= end:
            total += (last - first) ** 2
        i += end <= last
        j += last <= end
    return total
