"""Decoding of any source to 16-bit PCM of the session's rate: mixed down and resampled as it is read."""

from __future__ import annotations

import asyncio
import contextlib
import wave
from collections.abc import AsyncIterator, Iterator
from typing import Any

from aai_jupyter.audio.mixing import ChannelMix
from aai_jupyter.audio.presentation import presented_samples, timed_frames
from aai_jupyter.audio.pyav import UnsafeSound, open_audio
from aai_jupyter.audio.tracks import track_of
from aai_jupyter.client.sources.reading import resolve_sources
from aai_jupyter.client.sources.source import Source
from aai_jupyter.client.streaming.codec import INSTALL, pyav
from aai_jupyter.errors import SourceError

BLOCK_MS = 200


class PcmSource:
    """PCM that is read once, in order.

    Attributes
    ----------
    label : str
    rate : int
        Samples per second.
    channels : int
        1 or 2; the samples of two channels alternate.
    """

    def __init__(self, label: str, rate: int, channels: int, blocks: Iterator[bytes]) -> None:
        self.label, self.rate, self.channels = label, rate, channels
        self._blocks = blocks

    def read(self) -> Iterator[bytes]:
        """Read blocks of about 0.2 s, as fast as possible."""
        return self._blocks

    async def blocks(self) -> AsyncIterator[bytes]:
        """Iterate over blocks of about 0.2 s; decoding runs in a thread."""
        try:
            while True:
                block = await asyncio.to_thread(next, self._blocks, None)
                if block is None:
                    return
                yield block
        finally:
            close = getattr(self._blocks, "close", None)
            if close is not None:
                with contextlib.suppress(ValueError):  # a thread is still inside: it ends with its block
                    close()


def open_source(source: Any, *, rate: int | None = None, channels: int = 1) -> PcmSource:
    """Open a recording for streaming.

    Parameters
    ----------
    source
        What `aai.transcribe` takes: path, URL, bytes, binary file, ``(samples, rate)``.
    rate : int, optional
        Samples per second wanted; 16000 when left out (without PyAV: the file's own).
    channels : int
        1 mixes all channels together, 2 keeps two apart.

    Raises
    ------
    SourceError
        It cannot be read or is not audio, or PyAV is needed and not installed.
    """
    found = resolve_sources(source)
    if len(found) != 1:
        raise SourceError(f"{len(found)} recordings cannot be one session.", hint="Stream them one by one.")
    (one,) = found
    if pyav() is None:
        return _open_wave(one, rate, channels)
    rate = rate or 16000
    return PcmSource(one.label, rate, channels, _decoded(one, rate, channels))


def source_channels(source: Any) -> int:
    """Count the channels of a recording."""
    (one,) = resolve_sources(source)
    av = pyav()
    if av is None:
        with _opened_wave(one) as file:
            return int(file.getnchannels())
    with _opened(one) as container:
        return len(_audio(container, one).layout.channels)


@contextlib.contextmanager
def _opened(source: Source) -> Iterator[Any]:
    av = pyav()
    assert av is not None
    with contextlib.ExitStack() as stack:
        try:
            if source.url is not None:
                container = open_audio(source.url, timeout=30.0)
            else:
                container = open_audio(stack.enter_context(source.open()))
        except (av.FFmpegError, OSError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise SourceError(f"{source.label} cannot be read: {reason}.") from None
        stack.enter_context(container)
        yield container


def _audio(container: Any, source: Source) -> Any:
    if not container.streams.audio:
        raise SourceError(f"{source.label} has no sound.")
    return track_of(container, source.sound.track if source.sound is not None else None)


def _decoded(source: Source, rate: int, channels: int) -> Iterator[bytes]:
    av = pyav()
    assert av is not None
    size = rate * BLOCK_MS // 1000 * 2 * channels
    held = bytearray()
    with _opened(source) as container:
        stream = _audio(container, source)
        presented = presented_samples(container, "mono" if channels == 1 else "stereo", rate)
        blocks = presented.blocks(timed_frames(container, stream))
        while True:
            try:
                samples = next(blocks, None)
            except UnsafeSound as error:
                raise SourceError(f"{source.label} is no recording: {error}.") from None
            except (av.FFmpegError, OSError) as error:
                raise SourceError(f"{source.label} cannot be read on: {error}.") from None
            if samples is None:
                break
            held += samples.T.tobytes()
            while len(held) >= size:
                yield bytes(held[:size])
                del held[:size]
    if held:
        yield bytes(held)


@contextlib.contextmanager
def _opened_wave(source: Source) -> Iterator[wave.Wave_read]:
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(wave.open(stack.enter_context(source.open()), "rb"))
            wide = file.getsampwidth() != 2
        except (wave.Error, EOFError, SourceError):
            wide = True
        if wide:
            raise SourceError(
                f"{source.label} is not a 16-bit WAV file; other sound needs PyAV.", hint=INSTALL
            )
        yield file


def _open_wave(source: Source, rate: int | None, channels: int) -> PcmSource:
    with _opened_wave(source) as file:
        own = file.getframerate()
        if rate is not None and rate != own:
            raise SourceError(
                f"{source.label} has {own} Hz, the session {rate} Hz; to resample it needs PyAV.",
                hint=f"{INSTALL}, or use sample_rate={own}.",
            )
    return PcmSource(source.label, own, channels, _wave_blocks(source, channels))


def _wave_blocks(source: Source, channels: int) -> Iterator[bytes]:
    import numpy as np

    with _opened_wave(source) as file:
        own, frames = file.getnchannels(), file.getframerate() * BLOCK_MS // 1000
        mix = ChannelMix()
        while data := file.readframes(frames):
            if own != channels:
                samples = np.frombuffer(data, "<i2").reshape(-1, own)
                if channels == 1:
                    mixed = mix.mix(samples / 32768, file.getframerate())[:, None] * 32767
                else:
                    mixed = samples[:, [0, min(1, own - 1)]]
                data = (
                    np.ascontiguousarray(np.broadcast_to(mixed, (len(samples), channels)))
                    .astype("<i2")
                    .tobytes()
                )
            yield data


def split_channels(pcm: bytes, channels: int) -> list[bytes]:
    """Split interleaved 16-bit samples into those of each channel.

    Examples
    --------
    >>> split_channels(b"aabbAABB", 2)
    [b'aaAA', b'bbBB']
    """
    if channels == 1:
        return [pcm]
    import numpy as np

    samples = np.frombuffer(pcm[: len(pcm) // (2 * channels) * 2 * channels], "<i2").reshape(-1, channels)
    return [samples[:, k].tobytes() for k in range(channels)]
