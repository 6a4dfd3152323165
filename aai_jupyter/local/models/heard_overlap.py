"""Speech of several people at once, heard by the segmentation model."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from aai_jupyter.local.models.audio_decoding import Audio
from aai_jupyter.local.models.diarization import SHORTEST_OVERLAP
from aai_jupyter.local.models.speaker_tracks import follow, time_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TWO = 1.25
"""Speakers expected at a frame from which on two are said to speak: the second is heard a quarter of the windows
that cover it. The most that is found on ten clips of the AMI training part with nine tenths of it right."""


def find_overlap(
    audio: Audio,
    *,
    check: Callable[[], None] = lambda: None,
    on_share: Callable[[float], None] = lambda share: None,
) -> list[tuple[int, int]]:
    """Return stretches in milliseconds in which at least two people speak, in order.

    Examples
    --------
    >>> find_overlap(audio)[0]  # doctest: +SKIP
    (12480, 13110)
    """
    tracks = follow(audio, check=check, on_share=on_share)
    last = audio.offset + audio.n_samples / 16_000
    found = []
    for first, stop in runs_of(tracks.speakers, tracks.heard):
        start, end = audio.offset + time_of(first - 0.5), audio.offset + time_of(stop - 0.5)
        found.append((round(1000 * max(0.0, start)), round(1000 * min(end, last))))
    return [(start, end) for start, end in found if end - start >= 1000 * SHORTEST_OVERLAP]


def runs_of(speakers: NDArray[np.float32], heard: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Return runs of frames [first, stop) of two speakers at once.

    Examples
    --------
    >>> import numpy as np
    >>> runs_of(np.array([1, 4, 3.5, 1, 4], np.float32), np.array([2, 2, 2, 2, 2], np.uint8))
    [(1, 3), (4, 5)]
    """
    import numpy as np

    two = speakers > _TWO * np.maximum(heard, 1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], two, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in list(pairwise(edges.tolist()))[::2]]
