"""Redaction of personal information in words and in audio."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.audio.presentation import presented_samples, timed_frames
from aai_jupyter.audio.pyav import open_audio
from aai_jupyter.audio.tracks import track_of
from aai_jupyter.local.models.failures import JobFailed
from aai_jupyter.local.models.text_offsets import FoundText
from aai_jupyter.local.models.words import RecognisedWord

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_OPENING, _CLOSING = "\"'“‘([", ".,;:!?…\"'”’)]"
_MARGIN_MS = 60
"""Words begin and end a little outside the times that recognition gives them."""
_BEEP_HZ, _BEEP_LEVEL = 1000, 0.1
_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


def redact_words(words: Sequence[RecognisedWord], found: Sequence[FoundText], sub: str = "hash") -> None:
    """Replace the text of each found word: `sub` "hash" by as many ``#``, "entity_name" by a tag.

    Examples
    --------
    >>> word = RecognisedWord("Ann,", 0, 300, 0.9)
    >>> redact_words([word], [FoundText(0, 1, "person_name")], "entity_name"); word.text
    '[PERSON_NAME],'
    """
    for one in found:
        for word in words[one.first : one.last]:
            core = word.text.lstrip(_OPENING)
            before = word.text[: len(word.text) - len(core)]
            core = core.rstrip(_CLOSING)
            after = word.text[len(before) + len(core) :]
            tag = "#" * max(len(core), 1) if sub == "hash" else f"[{one.kind.upper()}]"
            word.text = before + tag + after


def redacted_stretches(words: Sequence[RecognisedWord], found: Sequence[FoundText]) -> list[list[int]]:
    """Return intervals ``[start, end]`` in ms to silence, in order; neighbours joined.

    >>> redacted_stretches([RecognisedWord("Ann", 500, 800, 0.9)], [FoundText(0, 1, "person_name")])
    [[440, 860]]
    """
    times = sorted(
        (max(0, word.start - _MARGIN_MS), word.end + _MARGIN_MS)
        for one in found
        for word in words[one.first : one.last]
    )
    joined: list[list[int]] = []
    for start, end in times:
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    return joined


def redact_audio(
    path: Path,
    out: Path,
    stretches: Sequence[Sequence[int]],
    *,
    quality: str = "mp3",
    method: str = "beep",
    check: Callable[[], None] = lambda: None,
) -> None:
    """Write a copy of the audio of `path` with `stretches` covered, on the same clock.

    Parameters
    ----------
    stretches : sequence of (start, end)
        Milliseconds, in order.
    quality : {"mp3", "wav"}
    method : {"beep", "silence"}
        A quiet tone of 1 kHz, or nothing.

    Raises
    ------
    JobFailed
        When the file cannot be decoded.
    """
    import av

    try:
        with path.open("rb") as file, open_audio(file) as source:
            if not source.streams.audio:
                raise JobFailed("File does not appear to contain audio.")
            with av.open(str(out), "w", format=quality) as target:
                _copy(source, target, stretches, quality, method, check)
    except (av.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise JobFailed(f"Redacted audio could not be made: {reason}.") from error


def _copy(
    source: Any,
    target: Any,
    stretches: Sequence[Sequence[int]],
    quality: str,
    method: str,
    check: Callable[[], None],
) -> None:
    import av

    sound = track_of(source, None)
    context = sound.codec_context
    rate = context.sample_rate
    if quality == "mp3" and rate not in _MP3_RATES:
        rate = next((one for one in _MP3_RATES if one >= rate), 48000)
    layout = "stereo" if context.channels == 2 else "mono"
    codec, sample_format = ("libmp3lame", "s16p") if quality == "mp3" else ("pcm_s16le", "s16")
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
