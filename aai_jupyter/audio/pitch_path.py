"""The cheapest way through the candidates of frames: Viterbi's algorithm, with the costs that Praat has.

References
----------
.. [1] Boersma (1993). Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise
   ratio of a sampled sound. Proceedings of the Institute of Phonetic Sciences (Amsterdam) 17, 97-110, steps 3 and 4.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

VOICING = 0.45
"""Strength from which a candidate is rather a voice than none."""
_SILENCE = 0.03
"""Share of the loudest peak below which a frame is rather silence."""
_JUMP = 0.35
"""What an octave from one frame to the next costs."""
_SWITCH = 0.14
"""What it costs that a voice sets in or out."""


def cheapest_path(
    hertz: NDArray[np.float64], worth: NDArray[np.float64], loudness: NDArray[np.float64], hop: float
) -> NDArray[np.float64]:
    """Return the pitch of each frame, NaN where "no voice" is worth more.

    Parameters
    ----------
    hertz, worth : array of float
        Candidates of each frame, a row a frame; -inf where there are fewer.
    loudness : array of float
        Peak of each frame, as a share of the loudest.
    hop : float
        Seconds from one frame to the next.

    Examples
    --------
    >>> steady = np.array([[100.0, 200.0]] * 3)
    >>> cheapest_path(steady, np.array([[0.9, 0.8], [0.8, 0.85], [0.9, 0.8]]), np.ones(3), 0.01).tolist()
    [100.0, 100.0, 100.0]
    """
    frames, count = hertz.shape
    if not frames:
        return np.empty(0, dtype=np.float64)
    unvoiced = VOICING + np.maximum(0.0, 2 - loudness * (1 + VOICING) / _SILENCE)
    worth = np.concatenate([unvoiced[:, None], worth], axis=1)
    octaves = np.concatenate([np.zeros((frames, 1)), np.log2(hertz)], axis=1)
    scale = 0.01 / hop
    switch = np.zeros((count + 1, count + 1))
    switch[0, 1:] = switch[1:, 0] = _SWITCH * scale
    jump = np.full((count + 1, count + 1), _JUMP * scale)
    jump[0] = jump[:, 0] = 0.0
    total, came = worth[0], np.zeros((frames, count + 1), dtype=np.int64)
    for frame in range(1, frames):
        ways = total[:, None] - jump * np.abs(octaves[frame - 1][:, None] - octaves[frame]) - switch
        came[frame] = ways.argmax(0)
        total = ways.max(0) + worth[frame]
    chosen = np.empty(frames, dtype=np.int64)
    chosen[-1] = total.argmax()
    for frame in range(frames - 1, 0, -1):
        chosen[frame - 1] = came[frame, chosen[frame]]
    found = hertz[np.arange(frames), np.maximum(chosen - 1, 0)]
    return np.where(chosen > 0, found, np.nan)
