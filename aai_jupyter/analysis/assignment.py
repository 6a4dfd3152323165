"""Best one-to-one naming of speakers: linear assignment, exact for any number of them."""

from __future__ import annotations

import numpy as np

from aai_jupyter.analysis.extras import compare_extra


def best_pairs(gain: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns, each taken at most once, whose gains have the largest sum.

    Examples
    --------
    >>> rows, columns = best_pairs(np.array([[5, 4], [4, 0]]))
    >>> rows.tolist(), columns.tolist()
    ([0, 1], [1, 0])
    """
    if 0 in gain.shape:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing
    rows, columns = compare_extra("scipy.optimize").linear_sum_assignment(gain, maximize=True)
    return rows, columns
