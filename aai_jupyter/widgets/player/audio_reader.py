"""Random access to the audio of a recording, in any format that PyAV reads."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from aai_jupyter.audio.presentation import presented_samples, timed_frames, zero_of
from aai_jupyter.audio.pyav import UnsafeSound, open_audio
from aai_jupyter.audio.tracks import NoSuchTrack, only, sound_seconds, track_of
from aai_jupyter.errors import EngineError, SourceError
from aai_jupyter.widgets.player.cluster_search import ClusterSearch, NoClusters
from aai_jupyter.widgets.player.frame_counting import CountedFrames
from aai_jupyter.widgets.player.frame_index import NoPlainRun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aai_jupyter.transcripts.recording import Recording

RATE = 16_000
"""Samples per second sent to the page: what speech needs, and a third of the bytes of music."""
PREROLL = 0.15
"""Seconds decoded before what is wanted: codecs need some frames to get going."""
MAX_SEGMENT_MS = 30_000
"""Longest stretch of one request."""
OPEN_SECONDS = 10.0
"""Patience with an address that does not answer."""
INDEX_BYTES = 128 * 2**20
"""Room for the places found in a file without an index. FFmpeg's own, 1 MiB, holds half an hour of MP3: after
that it forgets every other place, and a seek reads for seconds. Ten hours take 24 MiB."""
_PAST_THE_END = 10**12
"""Microseconds: no recording is that long, and a container's own idea of its length may be wrong."""


class AudioReader(Protocol):
    """Interface of readable audio: a recording, or parts of several."""

    @property
    def duration(self) -> float: ...
    def segment(self, from_ms: float, to_ms: float) -> np.ndarray: ...
    def prepare(self) -> None: ...
    def close(self) -> None: ...


class RecordingReader:
    """Reads a recording as mono PCM.

    Parameters
    ----------
    recording : Recording
    rate : int
        Samples per second of what :meth:`segment` gives.

    Notes
    -----
    Thread-safe. The file stays open between calls. Of formats without an index (MP3, ADTS), one is made as
    far as it is needed.

    Examples
    --------
    >>> from aai_jupyter import sample
    >>> from aai_jupyter.transcripts.recording import Recording
    >>> sound = RecordingReader(Recording.of(sample()))
    >>> sound.segment(60_000, 60_500).shape, round(sound.duration)
    ((8000,), 68)
    """

    def __init__(self, recording: Recording, rate: int = RATE) -> None:
        self.recording = recording
        self.rate = rate
        self._lock = threading.Lock()
        self._container: Any = None
        self._counted: CountedFrames | None = None
        self._clusters: ClusterSearch | None = None
        self._plain = self._bisects = True
        self._searched = False

    @property
    def duration(self) -> float:
        """End of the sound in seconds, by the container; 0 when it does not say."""
        with self._lock:
            container = self._open()
            return sound_seconds(container, track_of(container, self.recording.track)) or 0.0

    def segment(self, from_ms: float, to_ms: float) -> np.ndarray:
        """Return samples between two times as int16; fewer at the end of the recording.

        Raises
        ------
        SourceError
            The recording is gone, or cannot be decoded.
        """
        av = _av()
        start = max(0.0, float(from_ms)) / 1000
        stop = min(float(to_ms), from_ms + MAX_SEGMENT_MS) / 1000
        if not stop > start:
            return np.empty(0, dtype=np.int16)
        with self._lock:
            try:
                return self._decode(start, stop)
            except (av.FFmpegError, OSError, UnsafeSound) as error:
                self._forget()
                raise _unreadable(self.recording, error) from None

    def prepare(self) -> None:
        """Build the index of formats without one, concurrently with calls of :meth:`segment`."""
        while (more := self._count_on()) is not None:
            if not more:
                return
            time.sleep(0.001)  # whoever waits for a segment comes first: locks do not queue
        if self._searched or self._clusters is not None:
            return
        av = _av()
        container = _opened(self.recording, indexed=True)
        try:
            container.seek(_PAST_THE_END)
        except av.FFmpegError:  # a stream that cannot be searched is decoded from the start
            container.close()
            return
        with self._lock:
            self._forget()
            self._container = container
            self._searched = True

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        with self._lock:
            self._forget()

    def _open(self) -> Any:
        if self._container is None:
            self._container = _opened(self.recording, indexed=True)
            if self._plain:
                self._counted = CountedFrames.of(self.recording, self._container)
            if self._bisects:
                self._clusters = _clusters(self.recording, self._container)
        return self._container

    def _forget(self) -> None:
        for opened in (self._container, self._counted, self._clusters):
            if opened is not None:
                opened.close()
        self._container = self._counted = self._clusters = None
        self._searched = False

    def _count_on(self) -> bool | None:
        """Index the next chunk of the file; return whether there are more, None without an index."""
        with self._lock:
            self._open()
            try:
                return None if self._counted is None else self._counted.grow()
            except NoPlainRun:
                self._leave_counting()
                return None

    def _leave_counting(self) -> None:
        self._plain = False
        self._forget()

    def _frames(self, start: float) -> Iterator[tuple[float | None, Any]]:
        """Yield decoded frames from a time on or somewhat before, with their times if known."""
        av = _av()
        container = self._open()
        if self._counted is not None:
            try:
                yield from self._counted.frames(start)
                return
            except NoPlainRun:
                self._leave_counting()
                container = self._open()
        stream = track_of(container, self.recording.track)
        if self._clusters is not None:
            zero = zero_of(container, stream)
            with self._clusters.opened_before(max(0.0, start) + zero) as part:
                yield from timed_frames(part, track_of(part, self.recording.track), zero)
            return
        try:
            container.seek(int((max(0.0, start) + zero_of(container, stream)) * 1e6))
        except av.FFmpegError:
            self._forget()  # cannot be searched: from the start
            container = self._open()
            stream = track_of(container, self.recording.track)
        yield from timed_frames(container, stream)

    def _decode(self, start: float, stop: float) -> np.ndarray:
        wanted = round((stop - start) * self.rate)
        samples = presented_samples(self._open(), "mono", self.rate, start=start)
        begin = start - PREROLL
        heard = (
            (time, frame)
            for time, frame in self._frames(begin)
            if time is None or time + frame.samples / frame.sample_rate > begin
        )
        parts: list[np.ndarray] = []
        have = 0
        for (block,) in samples.blocks(heard):
            parts.append(block)
            have += len(block)
            if have >= wanted:
                break
        return np.concatenate(parts)[:wanted] if parts else np.empty(0, dtype=np.int16)


def _av() -> Any:
    try:
        import av
    except ImportError:
        raise EngineError(
            "Playing this recording in the page needs PyAV.", hint='pip install "aai-jupyter[audio]"'
        ) from None
    return av


def _opened(recording: Recording, *, indexed: bool = False) -> Any:
    av = _av()
    options = {"indexmem": str(INDEX_BYTES)} if indexed else {}
    try:
        container = open_audio(recording.open(), timeout=OPEN_SECONDS, container_options=options)
    except (av.FFmpegError, OSError) as error:
        raise _unreadable(recording, error) from None
    try:
        only(container, track_of(container, recording.track))
    except NoSuchTrack as error:
        container.close()
        if recording.track is None:
            raise SourceError(f"{recording.label} has no sound.") from None
        raise SourceError(f"{recording.label} has no audio track {recording.track}: {error}.") from None
    return container


def _clusters(recording: Recording, container: Any) -> ClusterSearch | None:
    if "matroska" not in container.format.name or (recording.file is None and recording.opener is None):
        return None
    source = recording.open()
    file = open(source, "rb") if isinstance(source, str) else source  # noqa: SIM115 (open while it is heard)
    try:
        return ClusterSearch(file)
    except NoClusters:
        file.close()
        return None


def _unreadable(recording: Recording, error: Exception) -> SourceError:
    reason = getattr(error, "strerror", None) or str(error)
    return SourceError(f"{recording.label} cannot be played: {reason}.")


def decoded(recording: Recording, rate: int) -> Iterator[np.ndarray]:
    """Yield the whole recording as mono int16, from the zero of its clock on, in chunks of some seconds."""
    av = _av()
    container = _opened(recording)
    try:
        samples = presented_samples(container, "mono", rate)
        parts: list[np.ndarray] = []
        have = 0
        for (block,) in samples.blocks(timed_frames(container, track_of(container, recording.track))):
            parts.append(block)
            have += len(block)
            if have >= 30 * rate:
                yield np.concatenate(parts)
                parts, have = [], 0
        if parts:
            yield np.concatenate(parts)
    except (av.FFmpegError, UnsafeSound) as error:
        raise _unreadable(recording, error) from None
    finally:
        container.close()
