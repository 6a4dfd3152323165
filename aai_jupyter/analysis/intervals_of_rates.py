"""95 % intervals of shares, counts, means and medians, without a bootstrap.

References
----------
.. [1] Wilson (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209.
.. [2] Breslow & Day (1987). Statistical Methods in Cancer Research II, IARC, 69. (Byar's interval of a count)
"""

from __future__ import annotations

import numpy as np

Z = 1.959963984540054


def share_interval(part: np.ndarray, whole: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Wilson's interval of shares [1]_; NaN where there is nothing to take a share of.

    Examples
    --------
    >>> low, high = share_interval(np.array([1.0]), np.array([10.0]))
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.0179], [0.4042])
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        p = part / whole
        middle = (p + Z * Z / (2 * whole)) / (1 + Z * Z / whole)
        half = Z / (1 + Z * Z / whole) * np.sqrt(np.maximum(p * (1 - p), 0) / whole + Z * Z / (4 * whole**2))
    known = whole > 0
    low, high = np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def count_interval(count: np.ndarray, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Byar's interval of counts for each unit of time [2]_, as of independent events.

    Examples
    --------
    >>> low, high = count_interval(np.array([10.0]), np.array([1.0]))
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([4.79], [18.39])
    """
    count = np.asarray(count, dtype=np.float64)
    some = np.maximum(count, 1)
    low = np.where(count > 0, some * (1 - 1 / (9 * some) - Z / (3 * np.sqrt(some))) ** 3, 0.0)
    more = count + 1
    high = more * (1 - 1 / (9 * more) + Z / (3 * np.sqrt(more))) ** 3
    with np.errstate(invalid="ignore", divide="ignore"):
        return (
            np.where(time > 0, np.maximum(low, 0) / time, np.nan),
            np.where(time > 0, high / time, np.nan),
        )


def median_interval(values: np.ndarray) -> tuple[float, float, float]:
    """Return median and the interval of order statistics that covers it in 95 % (normal approximation)."""
    n = len(values)
    if not n:
        return (float("nan"),) * 3
    ordered = np.sort(values)
    half = Z * np.sqrt(n) / 2
    low, high = int(np.floor(n / 2 - half)), int(np.ceil(n / 2 + half))
    if low < 0 or high >= n:
        return float(np.median(ordered)), float("nan"), float("nan")
    return float(np.median(ordered)), float(ordered[low]), float(ordered[high])


def mean_interval(
    total: np.ndarray, squares: np.ndarray, count: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return means and their normal intervals, of sums and sums of squares; NaN for fewer than two."""
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(count > 0, total / count, np.nan)
        variance = np.maximum(squares - count * mean * mean, 0) / (count - 1)
        half = np.where(count > 1, Z * np.sqrt(variance / count), np.nan)
    return mean, mean - half, mean + half
