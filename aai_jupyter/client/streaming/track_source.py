"""Tracks of a conversation as one source for streaming: a channel for each."""

from __future__ import annotations

from collections.abc import Iterator

from aai_jupyter.client.sources.track_list import Tracks
from aai_jupyter.client.streaming.pcm_source import BLOCK_MS, PcmSource, open_source
from aai_jupyter.errors import SourceError

MOST = 2
"""Tracks of a session: what a kept recording, and a player of it, have sides for."""


def open_tracks(tracks: Tracks, *, rate: int | None = None) -> PcmSource:
    """Open two recordings of one conversation as a source with two channels.

    They begin at once, but for delays that the user told; the shorter one ends with silence.

    Raises
    ------
    SourceError
        There are more than two, one cannot be read, or their sample rates differ and nothing resamples.
    """
    if len(tracks) > MOST:
        raise SourceError(
            f"A live session has two sides; these are {len(tracks)} tracks.",
            hint="aai.transcribe(tracks) takes any number.",
        )
    opened: list[PcmSource] = []
    for source in tracks.sources:
        opened.append(open_source(source, rate=opened[0].rate if opened else rate))
    at = opened[0].rate
    earliest = min(0.0, *(tracks.delays.get(name, 0.0) for name in tracks.names))
    delays = [round((tracks.delays.get(name, 0.0) - earliest) * at) for name in tracks.names]
    parts = [_delayed(one, delay) for one, delay in zip(opened, delays, strict=True)]
    return PcmSource(tracks.label, at, len(opened), interleaved(parts, at * BLOCK_MS // 1000))


def _delayed(source: PcmSource, samples: int) -> Iterator[bytes]:
    block = source.rate * BLOCK_MS // 1000
    for start in range(0, samples, block):
        yield bytes(2 * min(block, samples - start))
    yield from source.read()


def interleaved(parts: list[Iterator[bytes]], samples: int) -> Iterator[bytes]:
    """Interleave mono sound of 16 bits in blocks of so many samples; what ends first goes on as silence.

    Examples
    --------
    >>> list(interleaved([iter([b"aabb"]), iter([b"A", b"A"])], 2))
    [b'aaAAbb\\x00\\x00']
    """
    held = [bytearray() for _ in parts]
    while True:
        for part, buffer in zip(parts, held, strict=True):
            while len(buffer) < 2 * samples and (block := next(part, None)) is not None:
                buffer += block
        count = min(samples, max(len(buffer) // 2 for buffer in held))
        if not count:
            return
        yield interleave([bytes(buffer[: 2 * count]) for buffer in held], count)
        for buffer in held:
            del buffer[: 2 * count]


def interleave(channels: list[bytes], samples: int) -> bytes:
    """Interleave mono sound of 16 bits; what is shorter than `samples` is filled up with silence.

    Examples
    --------
    >>> interleave([b"aabb", b"AA"], 2)
    b'aaAAbb\\x00\\x00'
    """
    import numpy as np

    made = np.zeros((samples, len(channels)), "<i2")
    for k, channel in enumerate(channels):
        part = np.frombuffer(channel[: len(channel) // 2 * 2], "<i2")
        made[: len(part), k] = part
    return made.tobytes()
