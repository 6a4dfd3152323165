"""The sound of a video without its picture: the same packets in another container, made as they are read."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Generator
from contextlib import ExitStack
from fractions import Fraction
from typing import Any, BinaryIO

from aai_jupyter.audio.presentation import timed_frames, zero_of
from aai_jupyter.audio.pyav import UnsafeSound, open_audio
from aai_jupyter.audio.tracks import only, track_of

Opener = Callable[[], "BinaryIO | str"]
"""Opens the recording anew: a binary file, or a path."""

_TRIED_PACKETS = 48
_TOLERANCE = 0.001
"""Seconds: a container whose sound comes out further from where it was is not used."""


class CannotRemux(Exception):
    """No container takes these packets with their times."""


def remuxed(opener: Opener, track: int | None = None) -> SoundOnly:
    """Return a reader of the sound alone, in whichever container keeps the times of its first packets.

    Raises
    ------
    CannotRemux
        None does, or the file cannot be read.
    NoSuchTrack
    """
    import av

    try:
        wanted, containers = _first_times(opener, track)
        for name in containers:
            if _keeps(opener, track, name, wanted):
                return SoundOnly(opener, track, name)
    except (av.FFmpegError, UnsafeSound, OSError) as error:
        raise CannotRemux(str(error)) from error
    raise CannotRemux("no container takes its packets with their times")


class SoundOnly(io.RawIOBase):
    """Packets of one audio stream in a container of their own; memory holds a block of it at most.

    Parameters
    ----------
    opener : callable
    track : int, optional
        Number of the audio stream, from 1 on.
    container : str
        FFmpeg's name of the format.
    packets : int, optional
        End after so many.
    """

    def __init__(self, opener: Opener, track: int | None, container: str, packets: int | None = None) -> None:
        self.container = container
        self._made = _Written()
        self._steps = _copied(opener, track, container, self._made, packets)
        self._done = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer as far as there are packets.

        Raises
        ------
        CannotRemux
            A packet that the container does not take.
        """
        import av

        view = memoryview(buffer).cast("B")
        try:
            while len(self._made.data) < len(view) and not self._done:
                self._done = next(self._steps, None) is None
        except (av.FFmpegError, ValueError) as error:
            raise CannotRemux(str(error)) from error
        size = min(len(view), len(self._made.data))
        view[:size] = self._made.data[:size]
        del self._made.data[:size]
        return size

    def close(self) -> None:
        self._steps.close()
        super().close()


class _Written:
    """What the container writes, in order: it cannot go back."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)


def _copied(
    opener: Opener, track: int | None, container: str, made: _Written, most: int | None
) -> Generator[bool, None, None]:
    """Copy packets; yield after each."""
    import av

    with ExitStack() as stack:
        opened = opener()
        if not isinstance(opened, str):
            stack.callback(opened.close)
        source = stack.enter_context(open_audio(opened))
        stream = track_of(source, track)
        only(source, stream)
        options = _options(container, stream)
        target = stack.enter_context(av.open(made, "w", format=container, options=options))
        copy = target.add_stream_from_template(stream)
        zero = round(Fraction(zero_of(source, stream)) / stream.time_base)
        for packet in itertools.islice((p for p in source.demux(stream) if p.size), most):
            if stream.codec_context.name == "aac" and not copy.codec_context.extradata:
                copy.codec_context.extradata = _configuration(bytes(packet))
            if packet.pts is not None:
                packet.pts -= zero
            if packet.dts is not None:
                packet.dts -= zero
            packet.stream = copy
            target.mux_one(packet)
            yield True


def _options(container: str, stream: Any) -> dict[str, str]:
    # Else an encoder's delay would move the whole track; and a repeated upload sends the same bytes.
    options = {"avoid_negative_ts": "disabled", "fflags": "+bitexact"}
    if container != "matroska":
        options |= {
            "movflags": "empty_moov+default_base_moof+delay_moov",  # nothing to go back to
            "frag_duration": "5000000",
            "use_editlist": "1",
            "movie_timescale": str(stream.codec_context.sample_rate),
        }
    return options


def _first_times(opener: Opener, track: int | None) -> tuple[list[tuple[float, int]], tuple[str, ...]]:
    """Return times and lengths of the first frames, and the containers to try."""
    with ExitStack() as stack:
        opened = opener()
        if not isinstance(opened, str):
            stack.callback(opened.close)
        source = stack.enter_context(open_audio(opened))
        stream = track_of(source, track)
        only(source, stream)
        names = source.format.name.split(",")
        codec = stream.codec_context.name
        # The source's own family first: each writes an encoder's delay in its own way.
        family = (
            ("mp4", "mov") if codec in ("aac", "mp3", "mp3float", "alac", "ac3", "eac3") else ("mov", "mp4")
        )
        containers = ("matroska", *family) if "matroska" in names else (*family, "matroska")
        return _times(source, stream), containers


def _keeps(opener: Opener, track: int | None, container: str, wanted: list[tuple[float, int]]) -> bool:
    """Return whether the first frames have their times and lengths in this container."""
    import av

    try:
        with SoundOnly(opener, track, container, _TRIED_PACKETS) as sound:
            head = io.BytesIO(sound.readall())
        with open_audio(head) as copied:
            found = _times(copied, copied.streams.audio[0])
    except (av.FFmpegError, CannotRemux, ValueError, IndexError):
        return False
    # The last one may still lack what comes after it.
    pairs = list(zip(wanted, found, strict=False))[:-1] or list(zip(wanted, found, strict=False))
    return bool(pairs) and all(
        abs(one[0] - other[0]) <= _TOLERANCE and one[1] == other[1] for one, other in pairs
    )


def _times(container: Any, stream: Any) -> list[tuple[float, int]]:
    frames = itertools.islice(timed_frames(container, stream), _TRIED_PACKETS * 3 // 4)
    found: list[tuple[float, int]] = []
    at = 0.0
    for time, frame in frames:
        at = time if time is not None else at
        found.append((at, frame.samples))
        at += frame.samples / frame.sample_rate
    return found


def _configuration(packet: bytes) -> bytes | None:
    """Return the AudioSpecificConfig (ISO/IEC 14496-3) that the header of an ADTS packet stands for."""
    if len(packet) < 7 or packet[0] != 0xFF or packet[1] & 0xF6 != 0xF0:
        return None
    profile, rate = (packet[2] >> 6) + 1, packet[2] >> 2 & 15
    channels = (packet[2] & 1) << 2 | packet[3] >> 6
    return (profile << 11 | rate << 7 | channels << 3).to_bytes(2, "big") if channels else None
