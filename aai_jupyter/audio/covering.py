"""Copies of recordings with stretches covered by a tone or by silence; shared with the engine."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.audio.presentation import presented_samples, timed_frames
from aai_jupyter.audio.pyav import open_audio
from aai_jupyter.audio.tracks import track_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BEEP_HZ, _BEEP_LEVEL = 1000, 0.1
_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_CODECS = {"mp3": ("libmp3lame", "s16p"), "wav": ("pcm_s16le", "s16"), "flac": ("flac", "s16")}


def cover_audio(
    source: Any,
    out: Path,
    stretches: Sequence[Sequence[int]],
    *,
    track: int | None = None,
    format: str = "wav",
    method: str = "beep",
    check: Callable[[], None] = lambda: None,
) -> None:
    """Write a copy of the sound of a recording with stretches covered, on the same clock, without any tags.

    Parameters
    ----------
    source : path, URL or binary file
    out : path
    stretches : sequence of (start, end)
        Milliseconds, in order.
    track : int, optional
        Number of the audio track, from 1 on.
    format : {"wav", "mp3", "flac"}
    method : {"beep", "silence"}
        A quiet tone of 1 kHz, or nothing.
    check : callable
        Called for each block; what it raises stops the work.

    Raises
    ------
    av.FFmpegError, ValueError
        It cannot be decoded.
    """
    import av

    with open_audio(source) as container, av.open(str(out), "w", format=format) as target:
        _copy(container, track_of(container, track), target, stretches, format, method, check)


def _copy(
    source: Any,
    sound: Any,
    target: Any,
    stretches: Sequence[Sequence[int]],
    format: str,
    method: str,
    check: Callable[[], None],
) -> None:
    import av

    context = sound.codec_context
    rate = context.sample_rate
    if format == "mp3" and rate not in _MP3_RATES:
        rate = next((one for one in _MP3_RATES if one >= rate), 48000)
    layout = "stereo" if context.channels == 2 else "mono"
    codec, sample_format = _CODECS[format]
    stream = target.add_stream(codec, rate=rate, layout=layout)
    presented = presented_samples(source, layout, rate)
    to_codec = av.AudioResampler(format=sample_format, layout=layout, rate=rate)
    position = 0
    for block in presented.blocks(timed_frames(source, sound)):
        check()
        samples = block.copy(order="C")
        _cover(samples, position, rate, stretches, method)
        position += samples.shape[1]
        covered = av.AudioFrame.from_ndarray(samples, format="s16p", layout=layout)
        covered.sample_rate = rate
        for ready in to_codec.resample(covered):
            target.mux(stream.encode(ready))
    for ready in to_codec.resample(None):
        target.mux(stream.encode(ready))
    target.mux(stream.encode(None))


def _cover(
    samples: NDArray[np.int16], position: int, rate: int, stretches: Sequence[Sequence[int]], method: str
) -> None:
    """Cover the part of `stretches` in `samples`, shape (channels, n), whose first is number `position`."""
    import numpy as np

    for start_ms, end_ms in stretches:
        start = max(start_ms * rate // 1000 - position, 0)
        end = min(math.ceil(end_ms * rate / 1000) - position, samples.shape[1])
        if start < end:
            tone = np.sin(2 * np.pi * _BEEP_HZ / rate * (position + np.arange(start, end)))
            samples[:, start:end] = (
                0 if method == "silence" else (32767 * _BEEP_LEVEL * tone).astype(np.int16)
            )
