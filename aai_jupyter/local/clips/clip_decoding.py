"""Decoding of the ``audio`` part to 16 kHz samples, in memory, and its limits."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from aai_jupyter.audio.pyav import Resampler, checked, open_audio
from aai_jupyter.local.clips.clip_config import ClipConfig
from aai_jupyter.local.clips.errors import ClipError, bad_audio, bad_request, too_large
from aai_jupyter.local.models.audio_decoding import RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_BYTES = 40_000_000
SHORTEST_MS, LONGEST_SECONDS = 80, 120
_WAV = ("audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave")
_PCM = "audio/pcm"


def decode_clip(data: bytes, content_type: str, config: ClipConfig) -> tuple[NDArray[np.int16], float]:
    """Decode to mono samples at 16 kHz, and the seconds of the clip.

    Raises
    ------
    ClipError
        What the service would say: 400 ``bad_audio``, ``audio_too_short``, ``bad_request``; 413; 415.
    """
    if len(data) > MAX_BYTES:
        raise too_large(f"The audio has more than {MAX_BYTES / 1e6:.0f} MB")
    if content_type == _PCM:
        frames, seconds = _pcm(data, config)
    elif content_type in _WAV:
        frames, seconds = _wav(data)
    else:
        raise ClipError(415, "Unsupported Media Type", f"{content_type}: audio/wav or audio/pcm is needed")
    if 1000 * seconds < SHORTEST_MS:
        raise ClipError(
            400, "Audio Too Short", f"{1000 * seconds:.0f} ms; at least {SHORTEST_MS} ms are needed"
        )
    if seconds > LONGEST_SECONDS:
        raise too_large(f"{seconds:.1f} s; at most {LONGEST_SECONDS} s are taken")
    return _mono(frames), seconds


def _pcm(data: bytes, config: ClipConfig) -> tuple[Iterator[Any], float]:
    import av
    import numpy as np

    rate, channels = config.sample_rate, config.channels
    if rate is None or channels is None:
        raise bad_request("config: sample_rate and channels are required for audio/pcm")
    sound = np.frombuffer(data[: len(data) // (2 * channels) * 2 * channels], "<i2")
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(sound[None]), format="s16", layout="mono" if channels == 1 else "stereo"
    ) if len(sound) else None  # fmt: skip
    if frame is not None:
        frame.sample_rate = rate
    return iter([frame] if frame is not None else []), len(sound) / channels / rate


def _wav(data: bytes) -> tuple[Iterator[Any], float]:
    import av

    if data[:4] not in (b"RIFF", b"RF64") or data[8:12] != b"WAVE":
        raise bad_audio("The audio part is not a WAV file")
    container: Any
    try:
        with open_audio(io.BytesIO(data), format="wav") as container:
            stream = container.streams.audio[0]
            if stream.codec_context.name != "pcm_s16le":
                raise bad_audio("The WAV file must have 16-bit PCM samples")
            if stream.codec_context.channels > 2:
                raise bad_audio("The WAV file must have one or two channels")
            frames = list(checked(container.decode(stream)))
    except (av.FFmpegError, ValueError, EOFError, IndexError):
        raise bad_audio("The WAV file cannot be decoded") from None
    samples = sum(frame.samples for frame in frames)
    return iter(frames), samples / frames[0].sample_rate if frames else 0.0


def _mono(frames: Iterator[Any]) -> NDArray[np.int16]:
    import numpy as np

    resampler = Resampler("mono", RATE)
    found = [block[0] for frame in (*frames, None) for block in resampler.resample(frame)]
    return np.concatenate(found)
