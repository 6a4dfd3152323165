"""Audio tracks of a file, and whether there is a picture beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aai_jupyter.audio.presentation import sound_frames, zero_of
from aai_jupyter.audio.pyav import Resampler, UnsafeSound

_HEARD = 33
"""Of 32768 (-60 dB): what a microphone that is switched off does not reach."""
_LISTEN_SECONDS = 20.0
_PLACES = 12


class NoSuchTrack(ValueError):
    """A file has fewer audio tracks than the number that was asked for."""


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """What a file holds besides and around the sound that is wanted.

    Attributes
    ----------
    tracks : int
        Number of audio tracks.
    track : int
        The one that is meant, from 1 on.
    picture : bool
        Whether there is video.
    seconds : float or None
        Where the sound ends, by the file's clock.
    size : int or None
        Bytes of the sound alone, about; None where the container does not say.
    """

    tracks: int
    track: int
    picture: bool
    seconds: float | None
    size: int | None

    @property
    def alone(self) -> bool:
        """Whether the file is this sound and nothing else."""
        return self.tracks <= 1 and not self.picture


def sound_facts(container: Any, number: int | None = None) -> SoundFacts:
    """Return the facts of an open file; without a number, of the first track with sound on it.

    Raises
    ------
    NoSuchTrack
    """
    track_of(container, number)
    track = number or first_heard(container)
    stream = track_of(container, track)
    seconds = sound_seconds(container, stream)
    rate = stream.codec_context.bit_rate or 0
    size = round(rate * seconds / 8) if rate and seconds else None
    return SoundFacts(len(audio_tracks(container)), track, has_picture(container), seconds, size)


def sound_seconds(container: Any, stream: Any) -> float | None:
    """Return where a track ends by the file's clock; None when the container does not say."""
    if stream.duration:
        first = stream.start_time or 0
        return float((first + stream.duration) * stream.time_base) - zero_of(container, stream)
    return container.duration / 1e6 if container.duration else None


def audio_tracks(container: Any) -> list[Any]:
    """Return the audio streams whose codec is known, in the file's order."""
    return [stream for stream in container.streams.audio if stream.codec_context is not None]


def track_of(container: Any, number: int | None) -> Any:
    """Return the audio stream with a number from 1 on; the first without one.

    Raises
    ------
    NoSuchTrack
    """
    tracks = audio_tracks(container)
    wanted = 1 if number is None else number
    if not 1 <= wanted <= len(tracks):
        count = {0: "no audio track", 1: "one audio track"}.get(len(tracks), f"{len(tracks)} audio tracks")
        raise NoSuchTrack(f"it has {count}")
    return tracks[wanted - 1]


def has_picture(container: Any) -> bool:
    """Return whether there is video; a cover is none."""
    return any(not _is_cover(stream) for stream in container.streams.video)


def _is_cover(stream: Any) -> bool:
    disposition = getattr(stream, "disposition", None)
    if disposition is not None and hasattr(type(disposition), "attached_pic"):
        return bool(disposition & type(disposition).attached_pic)
    return int(stream.frames) == 1  # before PyAV 13.1


def only(container: Any, stream: Any) -> None:
    """Tell the demuxer that nothing but one stream is wanted: the rest of the file is passed over unread."""
    for other in container.streams:
        if hasattr(other, "discard"):  # since PyAV 17
            kinds = type(other.discard)
            other.discard = kinds.default if other.index == stream.index else kinds.all


def first_heard(container: Any) -> int:
    """Return the number of the first track that is not silent at every place that is listened to; else 1."""
    tracks = audio_tracks(container)
    for number, stream in enumerate(tracks, start=1):
        if len(tracks) == 1 or _is_heard(container, stream):
            return number
    return 1


def _is_heard(container: Any, stream: Any) -> bool:
    import av

    length = (container.duration or 0) / 1e6
    first = (container.start_time or 0) / 1e6
    only(container, stream)
    for place in range(_PLACES + 1):
        seconds = _LISTEN_SECONDS if place == 0 else 1.0
        at = first + length * place / (_PLACES + 1)
        if place and length <= _LISTEN_SECONDS:
            return False
        try:
            container.seek(int(at * 1e6))
            if _peak(container, stream, seconds) >= _HEARD:
                return True
        except (av.FFmpegError, UnsafeSound):
            return place == 0  # it cannot be searched: nothing is known against it
    return False


def _peak(container: Any, stream: Any, seconds: float) -> int:
    resampler = Resampler(None, 16_000)
    heard, peak = 0.0, 0
    for frame in sound_frames(container, stream):
        heard += frame.samples / frame.sample_rate
        for block in resampler.resample(frame):
            if block.size:
                peak = max(peak, int(block.max()), -int(block.min()))
        if heard >= seconds or peak >= _HEARD:
            break
    return peak
