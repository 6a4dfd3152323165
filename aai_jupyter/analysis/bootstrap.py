"""Bootstrap intervals of rates that are sums over sums.

References
----------
.. [1] Efron & Tibshirani (1993). An Introduction to the Bootstrap. Chapman & Hall. (percentiles, 13.3)
.. [2] Bisani & Ney (2004). Bootstrap estimates for confidence intervals in ASR performance evaluation.
   ICASSP.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

DRAWS = 2000
LEVEL = 0.95
_AT_ONCE = 2_000_000  # cells of one block of draws


def ratio_interval(
    part: np.ndarray, whole: np.ndarray, *, draws: int = DRAWS, seed: int = 0, level: float = LEVEL
) -> tuple[float, float]:
    """Return the percentile interval of ``sum(part) / sum(whole)`` over resampled units [1]_ [2]_.

    Units are drawn with replacement, as many as there are; the rate of each draw is its sum over its sum, not
    a mean of rates. NaN for fewer than two units: one says nothing of how much they differ.

    Examples
    --------
    >>> low, high = ratio_interval(np.array([1, 0, 2, 1, 0, 3]), np.array([10, 9, 11, 10, 8, 12]))
    >>> 0.03 < low < 7 / 60 < high < 0.22
    True
    """
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)

    def rate(counts: np.ndarray) -> np.ndarray:
        below = counts @ whole
        found: np.ndarray = np.divide(counts @ part, below, out=np.full(len(below), np.nan), where=below > 0)
        return found

    return resampled_interval(len(part), rate, draws=draws, seed=seed, level=level)


def resampled_interval(
    units: int,
    statistic: Callable[[np.ndarray], np.ndarray],
    *,
    draws: int = DRAWS,
    seed: int = 0,
    level: float = LEVEL,
) -> tuple[float, float]:
    """Return the percentile interval of a statistic over resampled units.

    Parameters
    ----------
    units : int
    statistic : callable
        Gets how often each unit was drawn, one row a draw, and returns one value a draw.
    """
    if units < 2 or draws < 1:
        return float("nan"), float("nan")
    random = np.random.default_rng(seed)
    even = np.full(units, 1 / units)
    block = max(1, _AT_ONCE // units)
    found = [
        statistic(random.multinomial(units, even, size=min(block, draws - done)).astype(np.float64))
        for done in range(0, draws, block)
    ]
    values = np.concatenate(found)
    values = values[~np.isnan(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
