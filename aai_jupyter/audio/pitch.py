"""Pitch of speech by the autocorrelation method that Praat uses, over all frames at once.

Each frame has candidates, the maxima of its autocorrelation after the influence of the window is divided
out, and "no voice"; :mod:`aai_jupyter.audio.pitch_path` takes the cheapest way through them.

References
----------
.. [1] Boersma (1993). Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise
   ratio of a sampled sound. Proceedings of the Institute of Phonetic Sciences (Amsterdam) 17, 97-110.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aai_jupyter.audio.pitch_path import VOICING, cheapest_path

HOP = 0.01
"""Seconds from one value to the next."""
_PERIODS = 3
"""Periods of the lowest voice in a window."""
_FINER = 4
"""Values of the autocorrelation for each sample: between samples it is interpolated by its spectrum."""
_CANDIDATES = 14
"""Maxima that are kept of a frame, as many as Praat keeps."""
_OCTAVE_COST = 0.01
"""What a period twice as long costs: of two that fit equally the shorter is heard ([1], equation 26)."""
_BLOCK = 1024
"""Frames that are worked on together: a bound for memory."""


def fundamental(
    samples: NDArray[np.float32], rate: int, *, floor: float = 75.0, ceiling: float = 500.0
) -> NDArray[np.float64]:
    """Return the fundamental frequency in hertz every 10 ms, NaN where there is no voice.

    :func:`frame_times` says where the values are: as many windows of three periods of `floor` as fit stand in
    the middle of the sound.

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
    window = 2 * (int(_PERIODS * rate / floor) // 2 - 1)
    middles = frame_times(len(samples), rate, floor=floor) * rate
    starts = np.floor(middles + 0.5 + 1e-6).astype(np.int64) - window // 2
    level = samples - samples.mean(dtype=np.float64) if len(starts) else samples
    peak = float(np.abs(level).max(initial=0.0))
    if peak == 0.0:
        return np.full(len(starts), np.nan)
    candidates = _Candidates(samples, rate, window, floor, ceiling, peak)
    parts = [candidates.of_frames(starts[first : first + _BLOCK]) for first in range(0, len(starts), _BLOCK)]
    hertz, strength, loudness = (np.concatenate(one) for one in zip(*parts, strict=True))
    return cheapest_path(hertz, strength - _OCTAVE_COST * np.log2(ceiling / hertz), loudness, HOP)


def frame_times(length: int, rate: int, *, floor: float = 75.0) -> NDArray[np.float64]:
    """Return the seconds of the values that :func:`fundamental` gives for so many samples.

    Examples
    --------
    >>> frame_times(1600, 16_000).round(3).tolist()
    [0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08]
    """
    window, hop = _PERIODS * rate / floor, HOP * rate
    if length < window:
        return np.empty(0, dtype=np.float64)
    number = int((length - window) / hop + 1e-9) + 1
    return (length / 2 + hop * (np.arange(number) - (number - 1) / 2)) / rate


class _Candidates:
    """The candidates of frames of one sound."""

    def __init__(
        self, samples: NDArray[np.float32], rate: int, window: int, floor: float, ceiling: float, peak: float
    ) -> None:
        self.rate, self.window, self.peak = rate, window, peak
        self.longest = min(int(rate / floor) + 2, window // 2)
        self.shortest = max(2, int(rate / ceiling))
        self.period = int(rate / floor)
        self.ceiling = ceiling
        self.frames = np.lib.stride_tricks.sliding_window_view(samples, window)
        self.shape = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(window) + 1) / (window + 1))
        self.size = 1 << int(np.ceil(np.log2(1.5 * window)))
        self.of_window = self._autocorrelation(self.shape[None, :])

    def _autocorrelation(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the autocorrelation from lag 0 on, by FFT, interpolated between samples."""
        power = np.abs(np.fft.rfft(frames, self.size)) ** 2
        last = (self.longest + 1) * _FINER + 1
        whole: NDArray[np.float64] = np.fft.irfft(power, self.size * _FINER)[:, :last]
        return whole / np.maximum(whole[:, :1], np.finfo(float).tiny)

    def of_frames(
        self, starts: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return hertz and strength of the candidates of each frame, and its peak as a share of the loudest."""
        middle = slice(self.window // 2 - self.period, self.window // 2 + self.period)
        cut = self.frames[starts].astype(np.float64)
        cut = (cut - cut[:, middle].mean(1, keepdims=True)) * self.shape
        half, reach = self.window // 2, self.period // 2 + 1
        loudness = np.abs(cut[:, half - reach : half + reach]).max(1) / self.peak
        heard = self._autocorrelation(cut) / self.of_window  # equation 9 of [1]
        hertz, strength = self._maxima(heard)
        return hertz, strength, loudness.clip(max=1.0)

    def _maxima(self, heard: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the highest maxima between the shortest and the longest period, -inf where there are fewer.

        As in Praat a maximum is one of the values at whole samples; where exactly it is, and how high, the
        values between them tell.
        """
        whole = heard[:, ::_FINER]
        lags = np.arange(self.shortest, self.longest)
        inner = whole[:, self.shortest : self.longest]
        tops = (inner > whole[:, lags - 1]) & (inner >= whole[:, lags + 1]) & (inner > 0.5 * VOICING)
        worth = np.where(tops, inner - _OCTAVE_COST * np.log2(lags), -np.inf)
        count = min(_CANDIDATES, len(lags))
        best = np.argpartition(-worth, count - 1, axis=1)[:, :count]
        rows = np.arange(len(heard))[:, None]
        near = np.arange(1 - _FINER, _FINER)
        finest = (best + self.shortest) * _FINER
        finest += near[heard[rows[..., None], finest[..., None] + near].argmax(2)]
        before, here, after = (heard[rows, finest + step] for step in (-1, 0, 1))
        slope, curve = 0.5 * (after - before), 2 * here - before - after
        shift = np.divide(slope, curve, out=np.zeros_like(curve), where=curve > 0).clip(-0.5, 0.5)
        top = here + 0.5 * slope * shift
        strength = np.where(top > 1, 1 / np.maximum(top, 1), top)  # what the division by the window's can do
        hertz = self.rate * _FINER / (finest + shift)
        return hertz, np.where(tops[rows, best] & (hertz < self.ceiling), strength, -np.inf)


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
