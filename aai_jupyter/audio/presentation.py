"""The clock of a recording: where in the file's own presentation time each decoded sample lies.

Words, waveform, player, clips and redaction all count from the same zero. Sound that begins later than the
picture begins later here, too; a gap is silence; what an encoder put before the first sample is not heard.
Browsers count the same way: a positive start time stays one (HTML, "offsets into the media resource").

The zero of a file is

* 0 of its timestamps, where the format has a zero (MP4, Matroska, WebM, Ogg, ...);
* the earliest timestamp of all its streams, where the format has none (MPEG streams, FLV), or where that is
  later than :data:`LATEST_START`: the file is a piece that was cut out of a longer one;
* the first sample that is heard, where the format has no timestamps at all (WAV, MP3, ADTS, ...).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from aai_jupyter.audio.pyav import MAX_SECONDS, Resampler, checked, open_audio

LATEST_START = 3600.0
"""Seconds. Who begins to speak an hour after the picture does is not in the same recording."""
# By FFmpeg's names. Those that are not here have timestamps and a zero.
_COUNTED = frozenset(
    (
        "aac", "ac3", "aiff", "amr", "amrnb", "amrwb", "ape", "au", "avi", "caf", "dts", "eac3", "flac",
        "gsm", "loas", "mp2", "mp3", "mpc", "mpc8", "tta", "voc", "w64", "wav", "wv",
    )
)  # fmt: skip
_ANY_ZERO = frozenset(("asf", "flv", "live_flv", "mpeg", "mpegts", "mpegtsraw", "rtp", "rtsp"))

SLACK = 0.005
"""Seconds by which times and the count of samples may differ for good: containers round to milliseconds."""
_JUMP = 0.05
"""From here on it is a gap, or an overlap, and not the jitter of a recorder's clock."""
_OVERLAP = 0.2
"""Seconds heard twice at most; times that go back further begin anew, and their sound is kept."""
_BEYOND = 10.0
"""Seconds behind the end that the file tells of: a time there is damage."""
_SMOOTHING = 1 / 8
_SILENCE_SECONDS = 10
Timed = tuple[float | None, Any]
"""Presentation time of a frame in seconds, None when it is not known; and the frame."""


def zero_of(container: Any, stream: Any) -> float:
    """Return the timestamp, in seconds, at which presentation begins."""
    names = set(container.format.name.split(","))
    if names & _COUNTED:
        return float(stream.start_time * stream.time_base) if stream.start_time else 0.0
    first = container.start_time / 1e6 if container.start_time else 0.0
    return first if names & _ANY_ZERO or first > LATEST_START else 0.0


def length_of(container: Any) -> float | None:
    """Return where the container says that the recording ends, in seconds; None when it does not."""
    return container.duration / 1e6 if container.duration else None


def element_keeps_clock(path: Path) -> bool:
    """Return whether an audio element of a browser finds the same sound at the same time in a file."""
    import av

    try:
        with open_audio(path) as container:
            if not container.streams.audio:
                return True
            name = container.format.name
            if name == "aac" or (name == "mp3" and not _is_constant(path)):
                return False  # it goes to the place that the time has in the length of the file
            return name == "mp3" or zero_of(container, container.streams.audio[0]) == 0.0
    except (av.FFmpegError, OSError, ValueError):
        return True


def _is_constant(path: Path) -> bool:
    """Return whether an MP3 file tells of a constant bit rate, or does not tell."""
    with path.open("rb") as file:
        head = file.read(10)
        if head[:3] == b"ID3" and len(head) == 10:  # its length has seven bits in each byte
            sizes = zip(head[6:], (21, 14, 7, 0), strict=True)
            file.seek(10 + sum((byte & 127) << shift for byte, shift in sizes))
        else:
            file.seek(0)
        first = file.read(2048)
    return b"Xing" not in first and b"VBRI" not in first


def has_timestamps(container: Any) -> bool:
    """Return whether the format tells the time of each packet; else the samples before it do."""
    return not set(container.format.name.split(",")) & _COUNTED


def sound_frames(container: Any, stream: Any) -> Iterator[Any]:
    """Yield decoded frames; corrupt packets are skipped, and a corrupt end ends the file.

    Raises
    ------
    UnsafeSound
        See :func:`~aai_jupyter.audio.pyav.checked`.
    """
    return checked(_decoded(container, stream))


def _decoded(container: Any, stream: Any) -> Iterator[Any]:
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
            frames = packet.decode()
        except StopIteration:
            return
        except av.InvalidDataError:
            continue
        except (av.EOFError, EOFError):
            return
        yield from (frame for frame in frames if frame.samples)


def timed_frames(container: Any, stream: Any, zero: float | None = None) -> Iterator[Timed]:
    """Yield decoded frames from where the container stands on, with their presentation times.

    ``zero`` is that of the whole file, for a container that shows a part of it.
    """
    if zero is None:
        zero = zero_of(container, stream)
    timed = has_timestamps(container)
    at: float | None = None
    for frame in sound_frames(container, stream):
        if frame.pts is not None and (timed or at is None):
            at = float(frame.time) - zero
        yield at, frame
        at = None if timed or at is None else at + frame.samples / frame.sample_rate


def presented_samples(
    container: Any, layout: str | None, rate: int, *, start: float = 0.0
) -> PresentedSamples:
    """Return samples of an open file on its clock; see :class:`PresentedSamples`."""
    length = length_of(container)
    # Some formats count the length from the first timestamp, others from 0.
    end = None if length is None else length + max(0, container.start_time or 0) / 1e6
    return PresentedSamples(layout, rate, start=start, end=end)


class PresentedSamples:
    """Samples laid on the clock: one run without a break, from ``start`` on.

    Gaps become silence. Small differences between times and the count of samples are jitter, and are
    corrected when they last.

    Parameters
    ----------
    layout : str, optional
        As for :class:`~aai_jupyter.audio.pyav.Resampler`.
    rate : int
        Samples per second that are wanted.
    start : float
        Seconds: what lies before is left out.
    end : float, optional
        Seconds: where the container says that the recording ends.

    Attributes
    ----------
    position : int
        Samples given so far; the next one lies at ``start + position / rate``.
    """

    def __init__(
        self, layout: str | None, rate: int, *, start: float = 0.0, end: float | None = None
    ) -> None:
        self._resampler = Resampler(layout, rate)
        self._rate, self._start = rate, start
        self._latest = MAX_SECONDS if end is None else min(MAX_SECONDS, end + _BEYOND)
        self._expected: float | None = None
        self._shift = 0.0
        self._drift = 0.0
        self._skip = 0
        self._channels = 1
        self.position = 0

    def blocks(self, frames: Iterable[Timed]) -> Iterator[Any]:
        """Yield int16 blocks of shape (channels, samples)."""
        for time, frame in frames:
            yield from self.add(time, frame)
        yield from self.finish()

    def add(self, time: float | None, frame: Any) -> Iterator[Any]:
        """Yield the blocks that one more frame gives."""
        if self._expected is None:
            time = max(time or 0.0, -MAX_SECONDS)
            if time > self._latest:
                self._shift, time = -time, 0.0
            yield from self._run(time, frame)
        elif time is not None and (gap := self._gap(time + self._shift)):
            yield from self._given(self._resampler.resample(None))
            yield from self._run(self._expected + gap, frame)
        length: float = frame.samples / frame.sample_rate
        self._expected = (self._expected or 0.0) + length
        yield from self._given(self._resampler.resample(frame))

    def finish(self) -> Iterator[Any]:
        """Yield what is left."""
        if self._expected is not None:
            yield from self._given(self._resampler.resample(None))

    def _gap(self, time: float) -> float:
        """Return by how much the next sample is later than those before it say; 0 for jitter."""
        assert self._expected is not None
        gap = time - self._expected
        if gap < -_OVERLAP or time > self._latest:
            self._shift -= gap  # a clock that jumps: what is heard goes on
            return 0.0
        if abs(gap) <= _JUMP:
            self._drift += (gap - self._drift) * _SMOOTHING
            if abs(self._drift) <= SLACK:
                return 0.0
            gap = self._drift
        self._drift = 0.0
        return gap

    def _run(self, begin: float, frame: Any) -> Iterator[Any]:
        """Begin a run of samples at a time: yield the silence before it, or skip what is there already."""
        import numpy as np

        self._expected = begin
        ahead = round((begin - self._start) * self._rate) - self.position
        self._skip = max(0, -ahead)
        if self.position == 0 and self._resampler.layout is None:
            self._channels = frame.layout.nb_channels
        while ahead > 0:
            size = min(ahead, _SILENCE_SECONDS * self._rate)
            self.position += size
            ahead -= size
            yield np.zeros((self._channels, size), dtype=np.int16)

    def _given(self, blocks: Iterable[Any]) -> Iterator[Any]:
        for block in blocks:
            skipped = min(self._skip, block.shape[1])
            self._skip -= skipped
            self._channels = len(block)
            rest = block[:, skipped:]
            if rest.shape[1]:
                self.position += rest.shape[1]
                yield rest
