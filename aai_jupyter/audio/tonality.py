"""Tones that are held: what music has, and speech, whose pitch glides, has not."""

from __future__ import annotations

import numpy as np

_WINDOW_SECONDS, _HOP_SECONDS = 0.128, 0.04
_HELD_FRAMES = 6
"""A tone is held that stays at its frequency for so many windows: a third of a second."""
_LOW, _HIGH = 400.0, 4000.0
"""Above the voice's own pitch: its overtones glide the faster, the higher they are."""
_ENOUGH_RATE = 11_000
_PROMINENT = 8.0
"""Times the typical power of its window that a peak has."""


def _size(samples: float) -> int:
    """The nearest of those lengths that are transformed quickly."""
    powers = [1 << n for n in range(5, 17)]
    return min([*powers, *(3 * n for n in powers)], key=lambda one: abs(one - samples))


def tonal_share(samples: np.ndarray, rate: int) -> float:
    """Return the share of energy between 400 Hz and 4 kHz that is in held tones, on average over time.

    Examples
    --------
    >>> rate = 8000
    >>> time = np.arange(5 * rate) / rate
    >>> bool(tonal_share(np.sin(2 * np.pi * 440 * time).astype(np.float32), rate) > 0.9)
    True
    """
    fewer = max(1, rate // _ENOUGH_RATE)
    if fewer > 1:  # the mean of some samples will do for tones below 4 kHz
        samples = samples[: len(samples) // fewer * fewer].reshape(-1, fewer).mean(axis=1)
        rate //= fewer
    size = _size(rate * _WINDOW_SECONDS)
    hop = round(rate * _HOP_SECONDS)
    if len(samples) < size + hop * _HELD_FRAMES:
        return 0.0
    windows = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop]
    power = np.abs(np.fft.rfft(windows * np.hanning(size).astype(np.float32), axis=1)) ** 2
    step = rate / size
    power = power[:, int(_LOW / step) : int(_HIGH / step)]
    if not power.size:
        return 0.0
    strong = power > _PROMINENT * power.mean(axis=1, keepdims=True)
    top = power[:, 1:-1]
    peak = strong[:, 1:-1] & (top >= power[:, :-2]) & (top > power[:, 2:])
    # One bin to each side: a steady tone between two bins may show in either.
    near = peak.copy()
    near[:, 1:] |= peak[:, :-1]
    near[:, :-1] |= peak[:, 1:]
    frames = len(peak)
    held = np.zeros_like(peak)
    for first in range(frames - _HELD_FRAMES + 1):
        run = near[first : first + _HELD_FRAMES].all(axis=0)
        held[first : first + _HELD_FRAMES] |= run
    held &= near
    # A tone spreads over some bins of the window's shape.
    spread = np.zeros(power.shape, bool)
    for shift in (-2, -1, 0, 1, 2):
        source = held[:, max(0, -shift) : held.shape[1] - max(0, shift)]
        begin = 1 + max(0, shift)
        spread[:, begin : begin + source.shape[1]] |= source
    total = power.sum(axis=1)
    heard = total > 1e-3 * total.max()
    shares = (power * spread).sum(axis=1)[heard] / total[heard] if heard.any() else np.zeros(1)
    return float(shares.mean())
