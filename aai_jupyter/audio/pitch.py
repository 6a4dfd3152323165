"""Pitch of speech by YIN, over all frames at once.

References
----------
.. [1] de Cheveigné & Kawahara (2002). YIN, a fundamental frequency estimator for speech and music. Journal of
   the Acoustical Society of America 111(4), 1917-1930.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

HOP = 0.01
"""Seconds from one value to the next."""
_DIP = 0.15
"""Aperiodicity below which the first dip is the period ([1], section II.D)."""
_VOICED = 0.45
"""Aperiodicity up to which a frame is voiced: then as much of a reading is as Praat says."""
_BLOCK = 2048
"""Frames that are worked on together: a bound for memory."""
_QUIET = 0.003
"""Share of the loudest frame's level below which a frame is silence."""


def fundamental(
    samples: NDArray[np.float32], rate: int, *, floor: float = 75.0, ceiling: float = 500.0
) -> NDArray[np.float64]:
    """Return the fundamental frequency in hertz every 10 ms, NaN where there is no voice.

    Parameters
    ----------
    samples : array of float
    rate : int
        Samples per second.
    floor, ceiling : float
        Hertz within which it is looked for.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 120 * np.arange(16_000) / 16_000).astype(np.float32)
    >>> round(float(np.nanmedian(fundamental(tone, 16_000))), 1)
    120.0
    """
    longest = int(np.ceil(rate / floor)) + 1
    shortest = max(2, int(rate / ceiling))
    window = 2 * longest  # two periods of the lowest voice
    hop = round(HOP * rate)
    size = window + longest
    if len(samples) < size:
        return np.empty(0, dtype=np.float64)
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop]
    parts = [
        _of_frames(frames[first : first + _BLOCK], rate, window, shortest, longest)
        for first in range(0, len(frames), _BLOCK)
    ]
    found = np.concatenate([one[0] for one in parts])
    level = np.concatenate([one[1] for one in parts])
    found[level <= _QUIET * level.max(initial=0.0)] = np.nan
    return found


def _of_frames(
    frames: NDArray[np.float32], rate: int, window: int, shortest: int, longest: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    cut = frames.astype(np.float64)
    cut -= cut.mean(1, keepdims=True)
    level = np.sqrt((cut**2).mean(1))
    aperiodic = _normalised(_differences(cut, window, longest))
    lags = _first_dips(aperiodic, shortest)
    rows = np.arange(len(lags))
    found = rate / _refined(aperiodic, lags)
    found[aperiodic[rows, lags] > _VOICED] = np.nan
    return found, level


def _differences(cut: NDArray[np.float64], window: int, longest: int) -> NDArray[np.float64]:
    """Return the squared difference of each frame with itself at each lag, equation 6 of [1], by FFT."""
    size = 1 << int(np.ceil(np.log2(cut.shape[1] + window)))
    head = np.zeros_like(cut)
    head[:, :window] = cut[:, :window]
    product = np.fft.rfft(cut, size) * np.conj(np.fft.rfft(head, size))
    shared = np.fft.irfft(product, size)[:, : longest + 1]
    energy = np.concatenate([np.zeros((len(cut), 1)), np.cumsum(cut**2, axis=1)], axis=1)
    lags = np.arange(longest + 1)
    moved = energy[:, lags + window] - energy[:, lags]
    found: NDArray[np.float64] = np.maximum(moved[:, :1] + moved - 2 * shared, 0.0)
    return found


def _normalised(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cumulative mean normalised difference, equation 8 of [1]."""
    found = np.ones_like(differences)
    sums = np.cumsum(differences[:, 1:], axis=1)
    lags = np.arange(1, differences.shape[1])
    np.divide(differences[:, 1:] * lags, sums, out=found[:, 1:], where=sums > 0)
    return found


def _first_dips(aperiodic: NDArray[np.float64], shortest: int) -> NDArray[np.int64]:
    """Return the first lag below the threshold at the bottom of its dip; without one, the lowest of all."""
    inner = aperiodic[:, shortest:-1]
    dips = (inner <= aperiodic[:, shortest - 1 : -2]) & (inner < aperiodic[:, shortest + 1 :])
    good = dips & (inner < _DIP)
    first = good.argmax(1)
    lowest = inner.argmin(1)
    found: NDArray[np.int64] = np.where(good.any(1), first, lowest) + shortest
    return found


def _refined(aperiodic: NDArray[np.float64], lags: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return lags between samples: the lowest point of a parabola through three values."""
    rows = np.arange(len(lags))
    before, here, after = (aperiodic[rows, lags + step] for step in (-1, 0, 1))
    curve = before - 2 * here + after
    shift = np.zeros_like(curve)
    np.divide(0.5 * (before - after), curve, out=shift, where=curve > 0)
    found: NDArray[np.float64] = lags + shift.clip(-0.5, 0.5)
    return found


def intensity(samples: NDArray[np.float32]) -> float:
    """Return the mean level in decibels below full scale; minus infinity for silence.

    Examples
    --------
    >>> round(intensity(np.full(100, 0.1, dtype=np.float32)), 1)
    -20.0
    """
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    return 10 * float(np.log10(power)) if power > 0 else float("-inf")


def semitones(hertz: NDArray[np.float64]) -> float:
    """Return the range of a voice: semitones between the 10th and the 90th percentile of its pitch.

    Examples
    --------
    >>> round(semitones(np.array([100.0, 200.0])), 2)
    9.46
    """
    known = hertz[~np.isnan(hertz)]
    if not len(known):
        return float("nan")
    low, high = np.percentile(known, [10, 90])
    return 12 * float(np.log2(high / low))
