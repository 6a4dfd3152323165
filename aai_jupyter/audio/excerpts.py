"""A short excerpt of a recording, from where most is said, as a WAV file in memory."""

from __future__ import annotations

import io
import wave
from typing import Any

RATE = 16_000
SECONDS = 30
"""What is asked for its language: the window of the model."""
LOOKED_AT = 600
"""Seconds that are read at most."""


def excerpt(container: Any, stream: Any) -> bytes:
    """Return the loudest half minute of the first ten minutes of a stream, of all its channels mixed."""
    import numpy as np

    from aai_jupyter.audio.presentation import sound_frames
    from aai_jupyter.audio.pyav import Resampler

    resampler = Resampler("mono", RATE)
    found: list[Any] = []
    taken = 0
    for frame in sound_frames(container, stream):
        for samples in resampler.resample(frame):
            found.append(samples[0])
            taken += samples.shape[1]
        if taken >= LOOKED_AT * RATE:
            break
    found += [samples[0] for samples in resampler.resample(None)]
    sound = np.concatenate(found) if found else np.empty(0, np.int16)
    first = _loudest(sound) * RATE
    return _wav(sound[first : first + SECONDS * RATE])


def _loudest(sound: Any) -> int:
    """Return the second at which the half minute begins that most is said in.

    Seconds count by the logarithm of their energy: one bang is not speech.
    """
    import numpy as np

    whole = sound[: len(sound) // RATE * RATE].reshape(-1, RATE).astype(np.float64)
    if len(whole) <= SECONDS:
        return 0
    energy = np.log10(1.0 + (whole * whole).mean(axis=1))
    sums = np.convolve(energy, np.ones(SECONDS), "valid")
    return int(np.argmax(sums))


def _wav(sound: Any) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(sound.tobytes())
    return buffer.getvalue()
