"""Average-linkage clustering of unit vectors, also of very many, in bounded memory.

The average cosine distance between two clusters is ``1 - mean_a . mean_b`` with the plain means of
their vectors. So clusters found in blocks can be merged further by their means and sizes exactly as
if all vectors had been in one matrix; only merges inside a block are decided without the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 1500
"""Vectors clustered at once: a distance matrix of 18 MB."""


def cluster(
    vectors: NDArray[np.float32], threshold: float, *, fewest: int = 1, most: int | None = None
) -> NDArray[np.intp]:
    """Label each vector with its cluster, numbered by first appearance.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, dimensions)
        Of unit length.
    threshold : float
        Cosine distance up to which clusters are merged.
    fewest, most : int
        Bounds of the number of clusters; they win over the threshold.

    Examples
    --------
    >>> import numpy as np
    >>> cluster(np.array([[1, 0], [0, 1], [1, 0]], np.float32), 0.3).tolist()
    [0, 1, 0]
    """
    import numpy as np

    n = len(vectors)
    if n == 0:
        return np.zeros(0, np.intp)
    labels = np.zeros(n, np.intp)
    means: list[NDArray[np.float64]] = []
    sizes: list[int] = []
    for start in range(0, n, BLOCK):
        block = vectors[start : start + BLOCK].astype(np.float64)
        if n <= BLOCK:  # nothing to merge first
            local, cut = np.arange(len(block)), None
        else:
            # Tighter than asked, so that a doubtful merge is left to the step that sees everything.
            cut = 0.75 * threshold
            local = _linkage(block, np.ones(len(block)), cut, 1, None)
        labels[start : start + len(block)] = local + len(sizes)
        for k in range(local.max() + 1):
            members = block[local == k]
            means.append(members.mean(0))
            sizes.append(len(members))
    merged = _linkage(np.array(means), np.array(sizes, float), threshold, fewest, most)
    return by_first_appearance(merged[labels])


def by_first_appearance(labels: NDArray[np.intp]) -> NDArray[np.intp]:
    """Number labels 0, 1, ... in the order in which they first appear.

    >>> import numpy as np
    >>> by_first_appearance(np.array([7, 2, 7])).tolist()
    [0, 1, 0]
    """
    import numpy as np

    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.intp)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def _linkage(
    means: NDArray[np.float64], sizes: NDArray[np.float64], threshold: float, fewest: int, most: int | None
) -> NDArray[np.intp]:
    """Average linkage by the nearest-neighbour chain (Murtagh 1983), cut by threshold and bounds."""
    import numpy as np

    n = len(means)
    distance = 1 - means @ means.T
    np.fill_diagonal(distance, np.inf)
    sizes = sizes.copy()
    alive = np.ones(n, bool)
    merges: list[tuple[float, int, int]] = []
    chain: list[int] = []
    for _ in range(n - 1):
        if not chain:
            chain.append(int(np.argmax(alive)))
        while True:
            here = chain[-1]
            there = int(np.argmin(distance[here]))
            if len(chain) > 1 and distance[here, chain[-2]] <= distance[here, there]:
                there = chain[-2]
                break
            chain.append(there)
        del chain[-2:]
        merges.append((float(distance[here, there]), here, there))
        row = (sizes[here] * distance[here] + sizes[there] * distance[there]) / (sizes[here] + sizes[there])
        row[here] = np.inf
        distance[here], distance[:, here] = row, row
        distance[there], distance[:, there] = np.inf, np.inf
        sizes[here] += sizes[there]
        alive[there] = False
    return _cut(n, sorted(merges), threshold, fewest, most)


def _cut(
    n: int, merges: list[tuple[float, int, int]], threshold: float, fewest: int, most: int | None
) -> NDArray[np.intp]:
    """Apply merges from the nearest on, until threshold and bounds are met."""
    import numpy as np

    parent = list(range(n))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    left = n
    for distance, a, b in merges:
        if left <= fewest or (distance > threshold and (most is None or left <= most)):
            break
        parent[root(b)] = root(a)
        left -= 1
    return by_first_appearance(np.array([root(i) for i in range(n)], np.intp))
