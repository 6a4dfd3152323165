"""Whatever a user may call a recording, as one short WAV: checked before anything is sent."""

from __future__ import annotations

import io
import wave
from typing import Any

from aai_jupyter.client.options.catalog.clip_options import LONGEST_SECONDS, RATES, SHORTEST_MS
from aai_jupyter.client.sources.reading import resolve_sources
from aai_jupyter.client.streaming.codec import INSTALL
from aai_jupyter.client.streaming.pcm_source import open_source
from aai_jupyter.errors import SourceError

_LONGER = "aai.transcribe(...) takes recordings of any length."


def clip_sound(source: Any) -> tuple[str, bytes, float]:
    """Name, WAV (16 bits, mono, 16 kHz; without PyAV the file's own rate) and seconds of a recording.

    Parameters
    ----------
    source
        Path, bytes, binary file or ``(samples, rate)``.

    Raises
    ------
    SourceError
        It is a URL, cannot be read, is not sound, or is shorter than 80 ms or longer than 120 s. Reading
        stops at 120 s.
    """
    found = resolve_sources(source)
    if len(found) != 1:
        raise SourceError(f"{len(found)} recordings are not one clip.", hint="Give them one by one.")
    (one,) = found
    if one.url is not None:
        raise SourceError(
            f"{one.label} is a URL; short clips have no such input.",
            hint="aai.transcribe(url) takes it. Or download the file, and give that.",
        )
    if one.seconds is not None and one.seconds > LONGEST_SECONDS + 1:  # before anything is decoded
        raise _too_long(one.label)
    opened = open_source(one)
    parts: list[bytes] = []
    size = 0
    for block in opened.read():
        size += len(block)
        if size > 2 * opened.rate * LONGEST_SECONDS:
            raise _too_long(one.label)
        parts.append(block)
    wav, seconds = clip_wav(b"".join(parts), opened.rate, one.label)
    return one.label, wav, seconds


def clip_wav(pcm: bytes, rate: int, label: str) -> tuple[bytes, float]:
    """WAV and seconds of mono samples of 16 bits.

    Raises
    ------
    SourceError
        The service would refuse them. Its 40 MB are never reached: 120 s have 12 MB at most.

    Examples
    --------
    >>> len(clip_wav(bytes(32_000), 16_000, "a clip")[0])
    32044
    """
    seconds = len(pcm) // 2 / rate
    if rate not in RATES:
        raise SourceError(f"{label} has {rate} Hz; to resample it needs PyAV.", hint=INSTALL)
    if seconds > LONGEST_SECONDS:
        raise _too_long(label)
    if 1000 * seconds < SHORTEST_MS:
        raise SourceError(f"{label} has {1000 * seconds:.0f} ms of sound; a clip needs {SHORTEST_MS} ms.")
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm)
    return made.getvalue(), seconds


def _too_long(label: str) -> SourceError:
    return SourceError(f"{label} is longer than {LONGEST_SECONDS} s, the most of a short clip.", hint=_LONGER)
