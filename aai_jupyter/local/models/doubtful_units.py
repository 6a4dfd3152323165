"""Units of speech of which the voice does not tell surely whose they are.

A unit's probability is measured without the unit itself, or every unit would be sure of its own cluster.
Where that leaves a doubt, a difference of one bit in the sound would decide. So whoever the segmentation has
followed as one speaker just before and after decides then: it hears who goes on speaking.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from aai_jupyter.local.models.voice_clusters import VoiceModel

SURE = 0.9
"""Probability from which on the voice alone decides."""
FOLLOWED = 2.0
"""Weight of a second of the same track beside a unit, as a log probability."""
NEAR = 10.0
"""Seconds after which half of that and more is forgotten (it falls by 1/e)."""
_FARTHEST = 5


@dataclass(frozen=True, slots=True)
class UnitPlaces:
    """Where units are, in order of time.

    Attributes
    ----------
    tracks : ndarray of int
        Track of each unit; -1 where nobody was followed.
    middles : ndarray
        Seconds.
    """

    tracks: NDArray[np.intp]
    middles: NDArray[np.float64]


def probabilities(
    vectors: NDArray[np.float32],
    seconds: NDArray[np.float64],
    known: NDArray[np.bool_],
    labels: NDArray[np.intp],
    model: VoiceModel,
    weight: float,
) -> NDArray[np.float64]:
    """Return the probability of each speaker for each unit, given the other units of the speakers.

    Parameters
    ----------
    known : ndarray of bool
        Units that stand for their speakers; `labels` are theirs.
    weight : float
        Of one unit's evidence.
    """
    import numpy as np

    between = model.between.astype("f8")
    scaled = model.project(vectors) * np.sqrt(between)
    count = int(labels.max()) + 1
    mine = np.zeros((len(vectors), count))
    mine[np.flatnonzero(known), labels] = 1
    sizes, sums = mine.sum(0), mine.T @ scaled
    evidence = np.empty((len(vectors), count))
    for speaker in range(count):
        own = mine[:, speaker, None]
        precision = 1 / (1 + weight * (sizes[speaker] - own) * between)
        means = weight * precision * (sums[speaker] - own * scaled)
        evidence[:, speaker] = (scaled * means).sum(1) - 0.5 * ((precision + means**2) @ between)
    evidence *= weight * np.minimum(seconds / 2, 1)[:, None]
    likely = np.exp(evidence - evidence.max(1, keepdims=True))
    likely /= likely.sum(1, keepdims=True)
    alone = (mine * (sizes <= 1)).any(1)  # the only unit of a speaker is his
    return np.where(alone[:, None], mine, likely)


def settled(
    likely: NDArray[np.float64], labels: NDArray[np.intp], seconds: NDArray[np.float64], places: UnitPlaces
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the speaker of each unit, and his probability: doubtful ones go with their track.

    Parameters
    ----------
    likely : ndarray, shape (units, speakers)
        From :func:`probabilities`.
    labels : ndarray of int
        Speakers so far. None of them loses all of his units.

    Examples
    --------
    >>> import numpy as np
    >>> likely = np.array([[1.0, 0.0], [0.45, 0.55], [0.0, 1.0]])
    >>> places = UnitPlaces(np.array([7, 7, 8]), np.array([1.0, 3.0, 5.0]))
    >>> settled(likely, np.array([0, 1, 1]), np.full(3, 2.0), places)[0].tolist()
    [0, 0, 1]
    """
    import numpy as np

    found, likely = labels.copy(), likely.copy()
    sure = likely.max(1) >= SURE
    weights = np.minimum(seconds / 2, 1)
    for unit in np.flatnonzero(~sure).tolist():
        middle = places.middles[unit]
        first, last = np.searchsorted(places.middles, (middle - _FARTHEST * NEAR, middle + _FARTHEST * NEAR))
        near = np.arange(first, last)
        near = near[sure[near] & (places.tracks[near] == places.tracks[unit]) & (places.tracks[unit] >= 0)]
        nearness = np.exp(-np.abs(places.middles[near] - middle) / NEAR) * weights[near]
        both = np.log(np.maximum(likely[unit], 1e-12)) + FOLLOWED * (nearness @ likely[near])
        both = np.exp(both - both.max())
        likely[unit] = both / both.sum()
        found[unit] = likely[unit].argmax()
    for speaker in set(labels.tolist()) - set(found.tolist()):
        found[labels == speaker] = speaker
    return found, likely[np.arange(len(found)), found]
