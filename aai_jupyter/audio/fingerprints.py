"""Fingerprints of sound, by which a copy is found again: of another codec, rate or level, or cut otherwise.

After J. Haitsma and T. Kalker, "A Highly Robust Audio Fingerprinting System" (ISMIR 2002): for each step in
time 32 bits, which are signs of differences of energy between neighbouring bands and moments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

RATE = 5_512
_WINDOW, _HOP = 2_048, 128
_LOW, _HIGH, _BANDS = 300.0, 2_000.0, 33
MOST_SECONDS = 90.0
"""What is looked at of a recording, from its start."""
_COMMON = 3
"""So many equal words make two recordings a pair that is compared whole."""
_OFTEN = 200
"""A word that more recordings have says nothing: silence, tones."""
DIFFERENT = 0.35
"""Share of bits that differ, below which two are the same sound; of others half of them do."""
_LEAST_FRAMES = 60


def fingerprint(samples: np.ndarray) -> np.ndarray:
    """Return the words of mono samples at :data:`RATE`; empty for less than half a second.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=RATE * 3).astype(np.float32)
    >>> words = fingerprint(noise)
    >>> words.dtype, 3 * RATE // _HOP - len(words) < 20
    (dtype('uint32'), True)
    """
    if len(samples) < _WINDOW + _HOP:
        return np.empty(0, np.uint32)
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    edges = np.geomspace(_LOW, _HIGH, _BANDS + 1) / (RATE / _WINDOW)
    lows = np.round(edges).astype(int)
    energy = np.empty((len(windows), _BANDS))
    shape = np.hanning(_WINDOW).astype(np.float32)
    for first in range(0, len(windows), 1024):  # the windows of a minute at once would be 200 MB
        some = np.abs(np.fft.rfft(windows[first : first + 1024] * shape, axis=1)) ** 2
        energy[first : first + 1024] = np.add.reduceat(some, lows[:-1], axis=1)[:, :_BANDS]
    bands = np.diff(energy, axis=1)
    bits = np.diff(bands, axis=0) > 0
    words: np.ndarray = bits @ (1 << np.arange(_BANDS - 1, dtype=np.int64))
    return words.astype(np.uint32)


def near_duplicates(prints: Sequence[np.ndarray]) -> list[int | None]:
    """Return for each recording the first before it that is the same sound, or None."""
    where: dict[int, list[tuple[int, int]]] = defaultdict(list)
    found: list[int | None] = []
    for number, words in enumerate(prints):
        shared: dict[tuple[int, int], int] = defaultdict(int)
        chosen = range(0, len(words), 2)
        for place in chosen:
            for other, there in where.get(int(words[place]), ()):
                shared[other, there - place] += 1
        same = None
        for (other, offset), count in sorted(shared.items(), key=lambda one: -one[1])[:20]:
            if count >= _COMMON and _same(words, prints[other], offset):
                same = other if same is None else min(same, other)
        found.append(same)
        for place in range(len(words)):
            entries = where[int(words[place])]
            if len(entries) < _OFTEN:
                entries.append((number, place))
    return found


def _same(one: np.ndarray, other: np.ndarray, offset: int) -> bool:
    """Whether two agree where they overlap, of which half of the shorter one must be."""
    begin, end = max(0, -offset), min(len(one), len(other) - offset)
    if end - begin < max(_LEAST_FRAMES, min(len(one), len(other)) // 2):
        return False
    differing = one[begin:end] ^ other[begin + offset : end + offset]
    return float(np.unpackbits(differing.view(np.uint8)).mean()) < DIFFERENT
