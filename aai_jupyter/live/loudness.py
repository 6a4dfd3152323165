"""Loudness of audio, for meters."""

from __future__ import annotations


def loudness(pcm: bytes) -> float:
    """Root mean square of 16-bit samples, 0 to 1.

    Examples
    --------
    >>> loudness(b"\\x00\\x40" * 100), loudness(b"")
    (0.5, 0.0)
    """
    import numpy as np

    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32)
    return float(np.sqrt(np.mean(samples**2))) / 32768 if len(samples) else 0.0
