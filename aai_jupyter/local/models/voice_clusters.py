"""Clusters of voices: how many speakers there are, and whose each unit of speech is.

Average linkage proposes more clusters than there are speakers. Variational Bayes then shares the units out
among them by a probabilistic model of voices, and leaves clusters empty that explain nothing of their own
(VBx: Landini and others, "Bayesian HMM clustering of x-vector sequences", 2022). The model (PLDA) tells how
units of one voice differ and how voices differ; ``tools/make_voice_model.py`` measures both. So the number of
speakers hangs on evidence summed over all their speech and on no one distance.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from aai_jupyter.local.models.clustering import by_first_appearance, cluster
from aai_jupyter.local.models.doubtful_units import UnitPlaces, probabilities, settled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PROPOSED = 0.5
"""Average cosine distance up to which units are put together at first: less than voices differ."""
ACOUSTIC, SPEAKER = 0.25, 1.0
"""Weight of one unit's evidence (units are not independent), and of a speaker's existence (VBx's Fa, Fb)."""
STAY = 0.6
"""Probability that the next unit is of the same speaker."""
ONE_VOICE = 0.7
"""Cosine of the mean voices of two speakers from which on they are one."""
ROUNDS = 20
LONG = 0.75
"""Seconds from which on a unit takes part in the clustering."""


@dataclass(frozen=True, slots=True)
class VoiceModel:
    """Probabilistic linear discriminant analysis of unit vectors.

    Attributes
    ----------
    mean : ndarray, shape (192,)
    transform : ndarray, shape (192, k)
        To a space in which units of one voice have the covariance 1.
    between : ndarray, shape (k,)
        Variance of the voices in each dimension there.
    """

    mean: NDArray[np.float32]
    transform: NDArray[np.float32]
    between: NDArray[np.float32]

    def project(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return vectors in the model's space."""
        found: NDArray[np.float64] = ((vectors - self.mean) @ self.transform).astype("f8")
        return found


@lru_cache(maxsize=1)
def voice_model() -> VoiceModel:
    """Return the model of the package."""
    import numpy as np

    with (files("aai_jupyter.local") / "data" / "voices.npz").open("rb") as file, np.load(file) as stored:
        return VoiceModel(*(stored[name].astype(np.float32) for name in ("mean", "transform", "between")))


def posteriors(
    vectors: NDArray[np.float32],
    weights: NDArray[np.float64],
    labels: NDArray[np.intp],
    model: VoiceModel,
) -> NDArray[np.float64]:
    """Return the probability of each speaker for each unit, shape (units, speakers), units in order of time.

    Parameters
    ----------
    weights : ndarray
        Seconds of each unit, at most 1 for a whole unit.
    labels : ndarray of int
        First proposal. Speakers that explain too little get no unit.
    """
    import numpy as np

    voices = model.project(vectors)
    between = model.between.astype("f8")
    scaled = voices * np.sqrt(between)
    shares = np.full((len(vectors), labels.max() + 1), 0.1 / (labels.max() + 1))
    shares[np.arange(len(vectors)), labels] += 0.9
    prior = np.full(shares.shape[1], 1 / shares.shape[1])
    ratio = ACOUSTIC / SPEAKER
    for _ in range(ROUNDS):
        weighted = shares * weights[:, None]
        precision = 1 / (1 + ratio * weighted.sum(0)[:, None] * between)
        means = ratio * precision * (weighted.T @ scaled)
        evidence = scaled @ means.T - 0.5 * ((precision + means**2) @ between)
        evidence = ACOUSTIC * weights[:, None] * evidence
        new, prior = _smoothed(evidence, prior)
        done = np.abs(new - shares).max() < 1e-3
        shares = new
        if done:
            break
    return shares


def _smoothed(
    evidence: NDArray[np.float64], prior: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Forward and backward through time: speakers stay. Return shares and the new prior."""
    import numpy as np

    count, speakers = evidence.shape
    likely = np.exp(evidence - evidence.max(1, keepdims=True))
    forward, scale = np.empty_like(likely), np.empty(count)
    state = prior
    for t in range(count):
        state = (STAY * state + (1 - STAY) * prior if t else prior) * likely[t]
        scale[t] = max(state.sum(), 1e-300)
        state = state / scale[t]
        forward[t] = state
    backward = np.ones_like(likely)
    entered = np.zeros(speakers)
    for t in range(count - 1, 0, -1):
        ahead = likely[t] * backward[t] / scale[t]
        entered += (1 - STAY) * prior * ahead  # all that came from any speaker by choice
        backward[t - 1] = STAY * ahead + (1 - STAY) * (prior * ahead).sum()
    shares = forward * backward
    shares /= np.maximum(shares.sum(1, keepdims=True), 1e-300)
    entered += shares[0]
    return shares, entered / max(entered.sum(), 1e-300)


def cluster_voices(
    vectors: NDArray[np.float32],
    seconds: NDArray[np.float64],
    fewest: int = 1,
    most: int | None = None,
    *,
    places: UnitPlaces | None = None,
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the speaker of each unit, and how probable he is.

    Parameters
    ----------
    vectors : ndarray of float32, shape (units, 192)
        Unit vectors in order of time.
    seconds : ndarray
        Speech in each.
    fewest, most : int
        Bounds of the number of speakers; they win over the evidence.
    places : UnitPlaces, optional
        Where the units are: decides where the voices leave a doubt.
    """
    import numpy as np

    if not len(vectors):
        return np.zeros(0, np.intp), np.zeros(0)
    model = voice_model()
    # Short units say little of a voice; but some must be there for the clustering.
    long = seconds >= min(LONG, float(np.sort(seconds)[-min(len(seconds), max(fewest, 2))]))
    proposed = cluster(vectors[long], PROPOSED, fewest=fewest)
    shares = posteriors(vectors[long], np.minimum(seconds[long] / 2, 1), proposed, model)
    labels = _joined(vectors[long], by_first_appearance(shares.argmax(1)), fewest)
    labels = _bounded(vectors[long], labels, fewest, most)
    likely = probabilities(vectors, seconds, long, labels, model, ACOUSTIC)
    found = likely.argmax(1)
    found[long] = labels
    if places is not None:
        return settled(likely, found, seconds, places)
    return found, likely[np.arange(len(found)), found]


def likelihoods(
    vectors: NDArray[np.float32],
    seconds: NDArray[np.float64],
    known: NDArray[np.float32],
    labels: NDArray[np.intp],
    model: VoiceModel,
) -> NDArray[np.float64]:
    """Return the probability of each speaker for each unit by itself, given known units of the speakers."""
    import numpy as np

    scaled = model.project(vectors) * np.sqrt(model.between)
    anchors = model.project(known) * np.sqrt(model.between)
    evidence = np.empty((len(vectors), labels.max() + 1))
    for speaker in range(evidence.shape[1]):
        mine = anchors[labels == speaker]
        precision = 1 / (1 + ACOUSTIC * len(mine) * model.between)
        mean = ACOUSTIC * precision * mine.sum(0)
        evidence[:, speaker] = scaled @ mean - 0.5 * ((precision + mean**2) @ model.between)
    evidence *= ACOUSTIC * np.minimum(seconds / 2, 1)[:, None]
    likely = np.exp(evidence - evidence.max(1, keepdims=True))
    found: NDArray[np.float64] = likely / likely.sum(1, keepdims=True)
    return found


def _joined(vectors: NDArray[np.float32], labels: NDArray[np.intp], fewest: int) -> NDArray[np.intp]:
    """Join speakers whose mean voices are alike: the means of many units are steady."""
    import numpy as np

    while (count := labels.max() + 1) > fewest:
        means = _means(vectors, labels)
        alike = np.triu(means @ means.T, 1)
        first, second = np.unravel_index(int(alike.argmax()), alike.shape)
        if count < 2 or alike[first, second] < ONE_VOICE:
            break
        labels = by_first_appearance(np.where(labels == second, first, labels))
    return labels


def _means(vectors: NDArray[np.float32], labels: NDArray[np.intp]) -> NDArray[np.float32]:
    import numpy as np

    means = np.stack([vectors[labels == k].mean(0) for k in range(labels.max() + 1)])
    found: NDArray[np.float32] = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
    return found


def _bounded(
    vectors: NDArray[np.float32], labels: NDArray[np.intp], fewest: int, most: int | None
) -> NDArray[np.intp]:
    """Join the voices most alike while there are too many; cut anew when there are too few."""
    count = labels.max() + 1
    if count < fewest:
        return cluster(vectors, PROPOSED, fewest=fewest, most=fewest)
    if most is not None and count > most:
        joined = cluster(_means(vectors, labels), PROPOSED, fewest=most, most=most)
        return by_first_appearance(joined[labels])
    return labels
