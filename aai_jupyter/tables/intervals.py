"""Arithmetic on columns of start and end times."""

from __future__ import annotations

import numpy as np


def filled(times: np.ndarray) -> np.ndarray:
    """Return times with each missing one taken from the one before; 0 at the start."""
    if not np.isnan(times).any():
        return times
    rows = np.where(np.isnan(times), 0, np.arange(len(times)))
    times = times[np.maximum.accumulate(rows)]
    found: np.ndarray = np.nan_to_num(times)
    return found


def gaps(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the silence before each interval, and its overlap with those that began before it.

    With ``reach`` the latest end of all intervals that begin earlier (in order of rows when they begin
    together; 0, the start of the recording, for the first)::

        gap_before = max(0, start - reach)
        overlap    = max(0, min(end, reach) - start)

    Earlier intervals begin no later than ``start``, so what they cover of ``[start, end]`` is one piece, and
    the sum of ``gap_before`` is all silence up to the last word.

    Parameters
    ----------
    start, end : ndarray of float64, shape (n,)
        Any order, any unit.

    Returns
    -------
    gap_before, overlap : ndarray of float64, shape (n,)
        NaN where a time is missing.
    """
    order = np.argsort(start, kind="stable")
    sorted_start, sorted_end = start[order], end[order]
    reach = np.zeros(len(order))
    if len(order) > 1:
        reach[1:] = np.maximum(np.fmax.accumulate(np.fmax(sorted_end, sorted_start))[:-1], 0)
        reach = np.nan_to_num(reach)
    gap, overlap = np.empty(len(order)), np.empty(len(order))
    gap[order] = np.maximum(0, sorted_start - reach)
    overlap[order] = np.maximum(0, np.minimum(sorted_end, reach) - sorted_start)
    return gap, overlap
