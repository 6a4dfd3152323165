"""Measures of a recording, taken block by block: levels, bandwidth, clipping, channels, speech, music.

Nothing is recognised: all is arithmetic on samples. What is a fault, :mod:`aai_jupyter.api.inspect` says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aai_jupyter.audio.tonality import tonal_share

SILENT_DB = -90.0
"""Level of what has no sound at all."""
FRAME_SECONDS = 0.025
BLOCK_SECONDS = 10.0
_BINS = 1000
_FFT = 2048
_SPECTRA = 24
"""Spectra of a block: of its loudest places, which are speech when there is some."""
_BAND_HZ = 125.0


@dataclass(frozen=True)
class SoundMeasure:
    """What was measured; levels in dB below full scale (dBFS).

    Attributes
    ----------
    seconds : float
    rate, channels : int
    level : float
        Of the active parts, in the loudest channel.
    noise : float
        Of the quietest parts that are not digital silence.
    peak : float
        Largest sample, 0 to 1 and above.
    clipped : float
        Share of samples at a ceiling.
    bandwidth : float
        Highest frequency with sound, in Hz.
    active : float
        Share of the time with sound well above the noise, music left out: speech, mostly.
    music : float
        Share of the time with tones that are held, as music has.
    levels : tuple of float
        Of the channels.
    correlation : float or None
        Of the two loudest channels; None for one channel.
    difference : float or None
        Energy of what the louder of them has and the other has not, as a share.
    """

    seconds: float
    rate: int
    channels: int
    level: float
    noise: float
    peak: float
    clipped: float
    bandwidth: float
    active: float
    music: float
    levels: tuple[float, ...]
    correlation: float | None
    difference: float | None

    @property
    def snr(self) -> float:
        """Active parts above noise, in dB."""
        return self.level - self.noise


class SoundMeter:
    """Takes samples in, of any length at a time, and measures them in blocks; memory stays bounded.

    Parameters
    ----------
    rate, channels : int

    Examples
    --------
    >>> meter = SoundMeter(8000, 1)
    >>> meter.add(np.zeros((1, 8000), dtype=np.float32))
    >>> meter.finish().level
    -90.0
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._rate, self._channels = rate, channels
        self._frame = max(1, round(rate * FRAME_SECONDS))
        self._block = max(self._frame, round(rate * BLOCK_SECONDS) // self._frame * self._frame)
        self._waiting: list[np.ndarray] = []
        self._held = 0
        self._samples = 0
        self._frames: list[np.ndarray] = []
        self._histogram = np.zeros((channels, _BINS), np.int64)
        self._top = 2.0
        self._spectrum = np.zeros(_FFT // 2 + 1)
        self._spectra = 0.0
        self._products = np.zeros((channels, channels))
        self._tonal: list[tuple[float, float]] = []

    def add(self, samples: np.ndarray) -> None:
        """Take samples of shape (channels, samples), floats of which 1 is full scale."""
        self._waiting.append(samples)
        self._held += samples.shape[1]
        if self._held >= self._block:
            whole = np.concatenate(self._waiting, axis=1)
            last = whole.shape[1] // self._block * self._block
            for first in range(0, last, self._block):
                self._measure(whole[:, first : first + self._block])
            self._waiting, self._held = [whole[:, last:]], whole.shape[1] - last

    def finish(self) -> SoundMeasure:
        """Measure what is left; return all."""
        if self._held:
            self._measure(np.concatenate(self._waiting, axis=1))
        energy = (
            np.concatenate(self._frames, axis=1)
            if self._frames
            else np.zeros((self._channels, 1), np.float64)
        )
        totals = energy.mean(axis=1)
        best = int(totals.argmax())
        decibels = _db(energy[best])
        audible = decibels[decibels > -85.0]
        # Of the quiet end a low share: pauses of a talk may be short.
        noise = float(np.percentile(audible, 8)) if len(audible) else SILENT_DB
        noise = SILENT_DB if len(audible) < 0.5 * len(decibels) else noise  # pauses are digital silence
        threshold = max(noise + 9.0, float(np.percentile(audible, 95)) - 35.0) if len(audible) else 0.0
        loud = decibels > threshold
        level = float(_db(energy[best][loud].mean())) if loud.any() else _at_most(decibels)
        music, active = self._music(loud)
        correlation, difference = self._channel_facts(totals)
        peak, clipped = self._clipping(best)
        levels = tuple(float(one) for one in _db(totals))
        return SoundMeasure(
            self._samples / self._rate, self._rate, self._channels, level, noise, peak, clipped,
            self._bandwidth(), active, music, levels, correlation, difference,
        )  # fmt: skip

    # Blocks ------------------------------------------------------------------------------------------

    def _measure(self, block: np.ndarray) -> None:
        size = block.shape[1]
        self._samples += size
        short = -size % self._frame
        padded = np.pad(block, ((0, 0), (0, short))) if short else block
        energy = np.square(padded.reshape(self._channels, -1, self._frame)).mean(axis=2, dtype=np.float64)
        self._frames.append(energy)
        for channel in range(self._channels):
            places = np.minimum((np.abs(block[channel]) * (_BINS / self._top)).astype(np.int32), _BINS - 1)
            self._histogram[channel] += np.bincount(places, minlength=_BINS)
        self._products += block.astype(np.float64) @ block.T.astype(np.float64)
        best = block[int(energy.mean(axis=1).argmax())]
        self._add_spectra(best, energy.max(axis=0))
        if size >= self._rate:
            self._tonal.append((size / self._rate, tonal_share(best, self._rate)))

    def _add_spectra(self, samples: np.ndarray, energy: np.ndarray) -> None:
        if len(samples) < _FFT:
            return
        loudest = np.argsort(energy)[::-1][: 4 * _SPECTRA : 4] * self._frame
        starts = np.clip(loudest, 0, len(samples) - _FFT)
        pieces = samples[starts[:, None] + np.arange(_FFT)] * np.hanning(_FFT)
        power = np.abs(np.fft.rfft(pieces, axis=1)) ** 2
        self._spectrum += power.sum(axis=0)
        self._spectra += len(starts)

    # All ---------------------------------------------------------------------------------------------

    def _bandwidth(self) -> float:
        """The highest band of the loud places that stands out from what rounding leaves."""
        if not self._spectra or not self._spectrum.any():
            return 0.0
        step = self._rate / _FFT
        wide = max(1, round(_BAND_HZ / step))
        count = len(self._spectrum) // wide
        bands = self._spectrum[: count * wide].reshape(count, wide).mean(axis=1) / self._spectra
        decibels = 10 * np.log10(bands + 1e-30)
        # Noise of 16-bit samples, as the spectra show it: 1/12 of a step squared, times the window's energy.
        rounding = 10 * np.log10((2.0**-15) ** 2 / 12 * np.sum(np.hanning(_FFT) ** 2))
        floor = max(decibels.max() - 62.0, rounding + 6.0)
        above = np.flatnonzero(decibels > floor)
        return float((above[-1] + 1) * wide * step) if len(above) else 0.0

    def _music(self, loud: np.ndarray) -> tuple[float, float]:
        """Shares of music, and of active parts outside it."""
        per_block = self._block // self._frame
        musical = np.zeros(len(loud), bool)
        for number, (_, share) in enumerate(self._tonal):
            musical[number * per_block : (number + 1) * per_block] = share > MUSICAL
        musical &= _widened(loud, round(1.0 / FRAME_SECONDS))
        return float(musical.mean()), float((_widened(loud, round(0.25 / FRAME_SECONDS)) & ~musical).mean())

    def _channel_facts(self, totals: np.ndarray) -> tuple[float | None, float | None]:
        if self._channels < 2:
            return None, None
        one, two = np.argsort(totals)[::-1][:2]
        a, b = self._products[one, one], self._products[two, two]
        if a <= 0 or b <= 0:
            return 0.0, 1.0
        correlation = float(self._products[one, two] / np.sqrt(a * b))
        return correlation, 1.0 - correlation**2

    def _clipping(self, best: int) -> tuple[float, float]:
        """Peak, and the share of samples that pile up at a ceiling.

        Amplitudes of speech get ever rarer. A ceiling shows as a pile: more samples about one
        amplitude than those below it let expect. Codecs spread the pile, and put some above it.
        """
        worst = 0.0
        for counts in self._histogram:
            used = np.flatnonzero(counts)
            if not len(used) or used[-1] < _BINS * 0.02:
                continue
            top = int(used[-1])
            width = max(2, top // 25)
            running = np.convolve(counts, np.ones(width), mode="valid")
            places = np.arange(max(width, int(0.5 * top)), min(top + 1, len(running)))
            below = np.array(
                [running[max(0, place - 4 * width) : place - width + 1].mean() for place in places]
            )
            pile = running[places] - 2.5 * below
            if len(pile) and pile.max() > 0:
                worst = max(worst, float(pile.max() / counts.sum()))
        used = np.flatnonzero(self._histogram[best])
        peak = float((used[-1] + 1) * self._top / _BINS) if len(used) else 0.0
        return peak, worst


MUSICAL = 0.62
"""Share of energy in held tones from which on a block is music."""


def _db(energy: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.maximum(10 * np.log10(np.maximum(energy, 1e-12)), SILENT_DB)
    return found


def _at_most(decibels: np.ndarray) -> float:
    return float(decibels.max()) if len(decibels) else SILENT_DB


def _widened(marked: np.ndarray, by: int) -> np.ndarray:
    """Marks, and as many places on both sides of each."""
    if by <= 0 or not marked.any():
        return marked
    sums = np.concatenate([[0], np.cumsum(marked)])
    places = np.arange(len(marked))
    found: np.ndarray = sums[np.minimum(places + by + 1, len(marked))] - sums[np.maximum(places - by, 0)] > 0
    return found
