"""Coefficients of agreement for coded units, with bootstrap intervals over units.

References
----------
.. [1] Cohen (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement
   20(1), 37-46.
.. [2] Light (1971). Measures of response agreement for qualitative data. Psychological Bulletin 76, 365-377.
.. [3] Fleiss (1971). Measuring nominal scale agreement among many raters. Psychological Bulletin 76, 378-382.
.. [4] Krippendorff (2019). Content Analysis, 4th ed. Sage, chapter 12. (alpha)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from aai_jupyter.analysis.bootstrap import DRAWS, resampled_interval

MISSING = -1


@dataclass(frozen=True)
class Coefficient:
    """A coefficient with its 95 % interval, and the units that it rests on.

    NaN where it is not defined: fewer than two ratings, or one category alone, which no chance explains.
    """

    name: str
    value: float
    low: float
    high: float
    units: int


def percent(ratings: np.ndarray, *, draws: int = DRAWS, seed: int = 0) -> Coefficient:
    """Return the share of pairs of ratings that agree, of units with at least two; nothing is corrected."""
    counts = category_counts(ratings)
    m = counts.sum(axis=1)
    counts, m = counts[m > 1], m[m > 1]
    same, pairs = (counts * (counts - 1)).sum(axis=1), m * (m - 1)

    def value(weight: np.ndarray) -> np.ndarray:
        return _divided(weight @ same, weight @ pairs)

    return _with_interval("percent", len(counts), value, draws, seed)


def cohen(ratings: np.ndarray, *, draws: int = DRAWS, seed: int = 0) -> Coefficient:
    """Return Cohen's kappa [1]_; of more than two coders the mean over pairs (Light [2]_).

    ``(p_o - p_e) / (1 - p_e)``, ``p_e = sum(p_1c * p_2c)``, over units that both have rated.

    Parameters
    ----------
    ratings : array of int, units x coders
        Category of each unit by each coder, -1 where there is none.

    Examples
    --------
    >>> table = [(0, 0)] * 20 + [(0, 1)] * 5 + [(1, 0)] * 10 + [(1, 1)] * 15
    >>> round(cohen(np.array(table)).value, 4)
    0.4
    """
    pairs = list(combinations(range(ratings.shape[1]), 2))
    size = int(ratings.max(initial=0)) + 1
    parts = []
    for one, two in pairs:
        both = ((ratings[:, one] >= 0) & (ratings[:, two] >= 0)).astype(np.float64)
        first, second = (_one_hot(ratings[:, place], size) * both[:, None] for place in (one, two))
        parts.append((both, (first * second).sum(axis=1), first, second))

    def value(weight: np.ndarray) -> np.ndarray:
        kappas = []
        for both, agree, first, second in parts:
            n = weight @ both
            seen = _divided(weight @ agree, n)
            chance = _divided(((weight @ first) * (weight @ second)).sum(axis=1), n * n)
            kappas.append(_divided(seen - chance, 1 - chance))
        return np.mean(kappas, axis=0) if kappas else np.full(len(weight), np.nan)

    rated = int(((ratings >= 0).sum(axis=1) > 1).sum())
    found = _with_interval("cohen", len(ratings), value, draws, seed)
    return Coefficient("cohen" if len(pairs) < 2 else "light", found.value, found.low, found.high, rated)


def fleiss(ratings: np.ndarray, *, draws: int = DRAWS, seed: int = 0) -> Coefficient:
    """Return Fleiss' kappa [3]_, over units that all coders have rated.

    ``(P - P_e) / (1 - P_e)`` with ``P`` the mean over units of ``sum(n_c (n_c - 1)) / (m (m - 1))`` and
    ``P_e`` the sum of squares of the categories' shares.
    """
    whole = ratings[(ratings >= 0).all(axis=1)]
    return fleiss_of_counts(category_counts(whole), draws=draws, seed=seed)


def fleiss_of_counts(counts: np.ndarray, *, draws: int = DRAWS, seed: int = 0) -> Coefficient:
    """Return Fleiss' kappa of how many raters put each unit (row) into each category (column)."""
    m = float(counts[0].sum()) if len(counts) else 0.0
    own = (counts * (counts - 1)).sum(axis=1) / (m * (m - 1)) if m > 1 else np.full(len(counts), np.nan)

    def value(weight: np.ndarray) -> np.ndarray:
        n = weight.sum(axis=1)
        shares = _divided(weight @ counts, (n * m)[:, None])
        chance = np.square(shares).sum(axis=1)
        return _divided(_divided(weight @ own, n) - chance, 1 - chance)

    return _with_interval("fleiss", len(counts), value, draws, seed)


def krippendorff(ratings: np.ndarray, *, draws: int = DRAWS, seed: int = 0) -> Coefficient:
    """Return Krippendorff's alpha for nominal data; missing ratings are allowed [4]_.

    ``1 - D_o / D_e`` over units with at least two ratings: ``D_o = sum_u (m_u^2 - sum_c n_uc^2) / (m_u - 1) /
    n`` and ``D_e = (n^2 - sum_c n_c^2) / (n (n - 1))``.
    """
    counts = category_counts(ratings)
    m = counts.sum(axis=1)
    counts, m = counts[m > 1], m[m > 1]
    observed = (np.square(m) - np.square(counts).sum(axis=1)) / (m - 1)

    def value(weight: np.ndarray) -> np.ndarray:
        n = weight @ m
        by_category = weight @ counts
        seen = _divided(weight @ observed, n)
        chance = _divided(np.square(n) - np.square(by_category).sum(axis=1), n * (n - 1))
        return 1 - _divided(seen, chance)

    return _with_interval("alpha", len(counts), value, draws, seed)


def category_counts(ratings: np.ndarray) -> np.ndarray:
    """Return how many coders put each unit into each category, as floats."""
    size = int(ratings.max(initial=0)) + 1
    counts = np.zeros((len(ratings), size))
    rows, columns = np.nonzero(ratings >= 0)
    np.add.at(counts, (rows, ratings[rows, columns]), 1)
    return counts


def _with_interval(
    name: str, units: int, value: Callable[[np.ndarray], np.ndarray], draws: int, seed: int
) -> Coefficient:
    if not units:
        return Coefficient(name, float("nan"), float("nan"), float("nan"), 0)
    found = float(value(np.ones((1, units)))[0])
    if found != found:
        return Coefficient(name, found, found, found, units)
    low, high = resampled_interval(units, value, draws=draws, seed=seed)
    return Coefficient(name, found, low, high, units)


def _one_hot(values: np.ndarray, size: int) -> np.ndarray:
    found: np.ndarray = (values[:, None] == np.arange(size)).astype(np.float64)
    return found


def _divided(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    part, whole = np.broadcast_arrays(part, whole)
    found: np.ndarray = np.divide(part, whole, out=np.full(part.shape, np.nan), where=np.abs(whole) > 1e-12)
    return found
