"""Open and decode recordings with PyAV: whatever its version, and whoever made the file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from aai_jupyter.audio.mixing import FrameMixer
from aai_jupyter.text.urls import is_web_url

LOWEST_RATE, HIGHEST_RATE = 4_000, 384_000
"""Samples per second. Below, a file of some kilobytes becomes hours of samples of the usual rate."""
MAX_SECONDS = 36_060.0
"""Ten hours, the most that the service takes, and a little."""
MAX_CHANNELS = 32

# Formats that name other files or hosts, to be opened in turn: playlists, manifests, session descriptions.
_LEADING_ELSEWHERE = frozenset(
    (
        "applehttp", "avisynth", "concat", "dash", "hls", "imf", "lavfi", "rtp", "rtsp", "sap", "sdp",
        "vapoursynth", "vobsub", "webm_dash_manifest",
    )
)  # fmt: skip


class UnsafeSound(ValueError):
    """Sound that no recording has, made to fill memory and disk."""


@cache
def _tags() -> dict[str, Any]:
    # Tags in an old encoding are no reason to refuse the sound. PyAV 19 keeps them as they are and has no
    # such argument any more; before that it failed unless told to ignore them.
    return {} if int(version("av").split(".", 1)[0]) >= 19 else {"metadata_errors": "ignore"}


@cache
def _formats() -> str:
    import av

    names = {name for names in av.formats_available for name in names.split(",")}
    return ",".join(sorted(names - _LEADING_ELSEWHERE))


def open_audio(source: Any, *, container_options: dict[str, str] | None = None, **options: Any) -> Any:
    """Open a path, web URL or binary file for reading, like :func:`av.open`; tags never fail it.

    Nothing but this one file or URL is opened, whatever its content says: a text that begins with the name of
    an FFmpeg protocol (``concat:``) is a path, and a playlist is no sound.
    """
    import av

    if isinstance(source, (str, os.PathLike)):
        text = os.fspath(source)
        if is_web_url(text):
            protocols = "http,https,httpproxy,tcp,tls"
        else:
            source, protocols = f"file:{Path(text)}", "file"
    else:
        protocols = "none"
    safe = {"protocol_whitelist": protocols, "format_whitelist": _formats()}
    return av.open(source, **_tags(), container_options={**(container_options or {}), **safe}, **options)


def checked(frames: Iterable[Any]) -> Iterator[Any]:
    """Yield the same frames.

    Raises
    ------
    UnsafeSound
        A sample rate that no recording has, or more than :data:`MAX_SECONDS`.
    """
    seconds = 0.0
    for frame in frames:
        rate = frame.sample_rate
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise UnsafeSound(f"it has {rate} samples per second")
        seconds += frame.samples / rate
        if seconds > MAX_SECONDS:
            raise UnsafeSound(f"it is longer than {MAX_SECONDS / 3600:.0f} hours")
        yield frame


class Resampler:
    """Frames of any format, which may change on the way, as packed 16-bit samples.

    Packed, because PyAV 18 reads past the planes of a planar frame with 8 channels and more, which ends the
    process.

    Parameters
    ----------
    layout : str, optional
        Such as ``"mono"``, in which every channel is heard; without it the channels stay as they are.
    rate : int
        Samples per second.
    """

    def __init__(self, layout: str | None, rate: int) -> None:
        self.layout, self._rate = layout, rate
        self._mixer = FrameMixer() if layout == "mono" else None
        self._resampler: Any = None
        self._format: tuple[Any, ...] | None = None

    def resample(self, frame: Any) -> list[Any]:
        """Return arrays of shape (channels, samples) of a frame; of what is left, for None."""
        if frame is None:
            return self._flush()
        if frame.layout.nb_channels > MAX_CHANNELS:
            raise UnsafeSound(f"it has {frame.layout.nb_channels} channels")
        frames = [frame] if self._mixer is None else self._mixer.mix(frame)
        return [samples for one in frames for samples in self._resampled(one)]

    def _resampled(self, frame: Any) -> list[Any]:
        import av

        found: list[Any] = []
        now = (frame.format.name, frame.layout.name, frame.sample_rate)
        if now != self._format:  # the first frame, or a stream that changes its format on the way
            found = self._flush()
            self._resampler = av.AudioResampler("s16", self.layout or frame.layout, self._rate)
            self._format = now
        frame.pts = None  # damaged files carry times that jump; the samples are what counts
        return found + [_array(out) for out in self._resampler.resample(frame)]

    def _flush(self) -> list[Any]:
        resampler, self._resampler, self._format = self._resampler, None, None
        return [] if resampler is None else [_array(out) for out in resampler.resample(None)]


def _array(frame: Any) -> Any:
    return frame.to_ndarray().reshape(-1, frame.layout.nb_channels).T
