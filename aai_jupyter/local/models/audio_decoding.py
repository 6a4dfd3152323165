"""Decoding of any audio or video file to 16 kHz samples on disk, read back in chunks.

Ten hours of speech are 1.15 GB as 16-bit samples. They go to an unnamed temporary file, so that
memory holds only the piece in work and nothing is left behind when the process dies.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from aai_jupyter.audio.presentation import length_of, presented_samples, timed_frames
from aai_jupyter.audio.pyav import UnsafeSound, open_audio
from aai_jupyter.audio.tracks import audio_tracks, track_of
from aai_jupyter.local.models.failures import JobFailed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16_000
SHORTEST = 0.160
"""Seconds. The service refuses anything shorter."""


class Audio:
    """Decoded audio: one or more channels at 16 kHz, kept on disk.

    Attributes
    ----------
    n_samples : int
        Samples of each channel.
    offset : float
        Seconds in the source at which sample 0 lies (``audio_start_from``).
    source_seconds : float
        Length of the whole source, by its own clock.
    tracks : int
        Audio tracks in the source; this is the first.

    Examples
    --------
    >>> with decode(Path("talk.mp3")) as audio:  # doctest: +SKIP
    ...     first_second = audio.read(0, 16_000)
    """

    def __init__(
        self, files: list[IO[bytes]], n_samples: int, offset: float, source_seconds: float, tracks: int = 1
    ) -> None:
        self._files = files
        self.tracks = tracks
        self.n_samples = n_samples
        self.offset = offset
        self.source_seconds = source_seconds

    @property
    def n_channels(self) -> int:
        return len(self._files)

    @property
    def seconds(self) -> float:
        return self.n_samples / RATE

    def read(self, start: int, stop: int, channel: int = 0) -> NDArray[np.float32]:
        """Return samples ``[start, stop)`` of a channel, float32 in [-1, 1); fewer at the end."""
        import numpy as np

        file = self._files[channel]
        start, stop = max(start, 0), min(stop, self.n_samples)
        file.seek(2 * start)
        raw = file.read(2 * max(stop - start, 0))
        return np.frombuffer(raw, "<i2").astype(np.float32) / np.float32(32768)

    def blocks(self, size: int, channel: int = 0) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield ``(first sample, samples)`` over the whole channel."""
        for start in range(0, self.n_samples, size):
            yield start, self.read(start, start + size, channel)

    def close(self) -> None:
        for file in self._files:
            file.close()

    def __enter__(self) -> Audio:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def decode(
    path: Path,
    *,
    multichannel: bool = False,
    start_ms: int | None = None,
    end_ms: int | None = None,
    scratch: Path | None = None,
    check: Callable[[], None] = lambda: None,
) -> Audio:
    """Decode the first audio stream of a file; sample 0 is the zero of the file's own clock.

    Parameters
    ----------
    multichannel : bool
        Keep the channels apart instead of mixing them to one.
    start_ms, end_ms : int, optional
        Slice of the source, milliseconds.
    scratch : Path, optional
        Folder for the temporary samples (115 MB per hour and channel).
    check : callable
        Called often; may raise to stop.

    Raises
    ------
    JobFailed
        With the service's text: not audio, truncated, no audio stream, too short.
    """
    import av

    container: Any
    begin = round((start_ms or 0) * RATE / 1000)
    end = round(end_ms * RATE / 1000) if end_ms is not None else None
    try:
        with path.open("rb") as file, open_audio(file) as container:
            if not container.streams.audio:
                raise JobFailed(_not_audio(path))
            length = length_of(container)
            tracks = len(audio_tracks(container))
            files, position = _write_samples(container, multichannel, begin, end, scratch, check)
    except UnsafeSound as error:
        raise JobFailed(f"Transcoding failed. This is no recording: {error}.") from error
    except (av.FFmpegError, ValueError, EOFError, MemoryError) as error:
        raise JobFailed(_not_audio(path)) from error
    if not files:
        raise JobFailed(_not_audio(path))
    n_samples = min(one.tell() for one in files) // 2
    if n_samples < SHORTEST * RATE:
        for one in files:
            one.close()
        raise JobFailed("Audio duration is too short.")
    decoded = position / RATE
    whole = decoded if end is None or length is None else max(length, decoded)
    return Audio(files, n_samples, begin / RATE, whole, tracks)


def _write_samples(
    container: Any,
    multichannel: bool,
    begin: int,
    end: int | None,
    scratch: Path | None,
    check: Callable[[], None],
) -> tuple[list[IO[bytes]], int]:
    """Write the samples of the slice to one file for each channel; return these and the last position."""
    files: list[IO[bytes]] = []
    position = 0
    try:
        for block in _resampled(container, multichannel):
            check()
            if not files:
                files = [tempfile.TemporaryFile(dir=scratch) for _ in block]  # noqa: SIM115  # closed by Audio
            low, high = max(begin - position, 0), len(block[0]) if end is None else end - position
            position += len(block[0])
            if low < high:
                for index, file in enumerate(files):
                    # A stream may lose channels on the way; its last one goes on then.
                    file.write(block[min(index, len(block) - 1), low:high].tobytes())
            if end is not None and position >= end:
                break
    except BaseException:
        for file in files:
            file.close()
        raise
    return files, position


def _resampled(container: Any, multichannel: bool) -> Iterator[NDArray[np.int16]]:
    """Yield blocks of shape (channels, samples), int16 at 16 kHz."""
    samples = presented_samples(container, None if multichannel else "mono", RATE)
    yield from samples.blocks(timed_frames(container, track_of(container, None)))


_MAGIC = (
    (b"%PDF", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"\x1f\x8b", "application/gzip"),
)


def file_type(head: bytes) -> str:
    """Guess a media type for the service's error text, from the first bytes of a file.

    >>> file_type(b"<!DOCTYPE html><html>")
    'text/html'
    """
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:14].lower().startswith((b"<!doctype html", b"<html")):
        return "text/html"
    if text[:1] in (b"{", b"["):
        return "application/json"
    if head[4:8] == b"ftyp":
        return "video/mp4"
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return "application/octet-stream"
    return "text/plain" if head and b"\0" not in head else "application/octet-stream"


def _not_audio(path: Path) -> str:
    with path.open("rb") as file:
        found = file_type(file.read(2048))
    if found == "text/html":
        return f"File does not appear to contain audio. File type is {found}."
    if found in ("application/json", "text/plain"):
        return f"Transcoding failed. File type {found}"
    return f"Transcoding failed. File does not appear to contain audio. File type is {found}."
