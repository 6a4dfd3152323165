"""Mix of several channels to one, in which every channel is heard, whatever its place or polarity."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_OPPOSED = 0.2
"""Correlation from which on two channels are alike; below its negative they are of opposite polarity."""
_SILENT = 1e-8
"""Mean square of samples in [-1, 1] below which there is nothing to compare (-80 dB)."""
_CHECK_SECONDS = 0.25
"""Stereo is compared so often; FFmpeg mixes what is alike, which costs a tenth of doing it here."""
_SETTLE_SECONDS = 0.1


class ChannelMix:
    """Sum of channels: those of opposite polarity are turned round, so that nothing cancels out.

    A downmix by loudspeaker positions leaves out the bass channel, which is the third of three and the fourth
    of six: where each channel is somebody's microphone, that is a person. Here all count alike, and the mix
    is as loud as the loudest channel.

    Examples
    --------
    >>> import numpy as np
    >>> left = np.array([0.5, -0.25, 0.125])
    >>> ChannelMix().mix(np.stack([left, -left], axis=1), 16_000)
    array([ 0.5  , -0.25 ,  0.125], dtype=float32)
    """

    def __init__(self) -> None:
        self._signs: NDArray[np.float32] | None = None
        self._gain: float | None = None

    def mix(self, samples: NDArray[Any], rate: int) -> NDArray[np.float32]:
        """Return one channel of a block of shape (samples, channels), floats in [-1, 1]."""
        import numpy as np

        block = np.ascontiguousarray(samples.T, dtype=np.float32)
        count = len(block)
        if self._signs is None or len(self._signs) != count:
            self._signs, self._gain = np.ones(count, dtype=np.float32), None
        powers = np.einsum("ij,ij->i", block, block)
        order = np.argsort(-powers, kind="stable")
        total = self._signs[order[0]] * block[order[0]]
        for channel in order[1:]:
            alike = _correlation(total, block[channel], float(total @ total), float(powers[channel]))
            if abs(alike) > _OPPOSED:
                self._signs[channel] = np.sign(alike)
            total = total + self._signs[channel] * block[channel]
        mixed: NDArray[np.float32] = total * self._ramp(total, float(powers[order[0]]), rate)
        return mixed.clip(-1.0, 1.0)

    def _ramp(self, total: NDArray[np.float32], loudest: float, rate: int) -> NDArray[np.float32]:
        """Return a gain for each sample that brings the sum to the power of the loudest channel."""
        import numpy as np

        count, power = len(total), float(total @ total)
        before = self._gain
        if count and power > _SILENT * count:
            wanted = float(np.sqrt(loudest / power))
            kept = 0.0 if before is None else float(np.exp(-count / rate / _SETTLE_SECONDS))
            self._gain = wanted + ((before or 0.0) - wanted) * kept
        gain = 1.0 if self._gain is None else self._gain
        return np.linspace(gain if before is None else before, gain, count, dtype=np.float32)


def _correlation(
    one: NDArray[np.float32], other: NDArray[np.float32], power: float, other_power: float
) -> float:
    if min(power, other_power) <= _SILENT * len(one):
        return 0.0
    return float(one @ other) / math.sqrt(power * other_power)


class FrameMixer:
    """Audio frames as frames that FFmpeg may mix to mono without losing anybody.

    Frames of one channel, and of two that are not opposed, are passed on as they are.
    """

    def __init__(self) -> None:
        self._mix = ChannelMix()
        self._packer: Any = None
        self._form: tuple[Any, ...] | None = None
        self._opposed = False
        self._unchecked = _CHECK_SECONDS

    def mix(self, frame: Any) -> list[Any]:
        """Return the frames that stand for one."""
        channels = frame.layout.nb_channels
        if channels == 1 or (channels == 2 and not self._is_opposed(frame)):
            return [frame]
        import av

        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if form != self._form:
            self._packer = av.AudioResampler("flt", frame.layout, frame.sample_rate)
            self._form = form
        frame.pts = None
        made = []
        for packed in self._packer.resample(frame):
            samples = packed.to_ndarray().reshape(-1, channels)
            one = self._mix.mix(samples, frame.sample_rate)
            mono = av.AudioFrame.from_ndarray(one[None], format="flt", layout="mono")
            mono.sample_rate = frame.sample_rate
            made.append(mono)
        return made

    def _is_opposed(self, frame: Any) -> bool:
        self._unchecked += frame.samples / frame.sample_rate
        if self._unchecked >= _CHECK_SECONDS:
            left, right = _two_channels(frame)
            alike = _correlation(left, right, float(left @ left), float(right @ right))
            if abs(alike) > _OPPOSED:
                self._opposed = alike < 0
                self._unchecked = 0.0
        return self._opposed


def _two_channels(frame: Any) -> tuple[Any, Any]:
    import numpy as np

    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, 2).T
    if samples.dtype.kind == "f":
        floats = samples.astype(np.float32, copy=False)
    elif samples.dtype == np.uint8:
        floats = (samples.astype(np.float32) - 128) / 128
    else:
        floats = samples.astype(np.float32) / float(2 ** (8 * samples.dtype.itemsize - 1))
    return np.ascontiguousarray(floats[0]), np.ascontiguousarray(floats[1])
