"""Named recordings: what upload widgets give, dicts of recordings by name, and dicts of one recording.

==============================  ============================================================================
``FileUpload`` of ipywidgets 8  tuple of ``{"name", "type", "size", "content"}``
``FileUpload`` of ipywidgets 7  ``{name: {"metadata": {...}, "content": bytes}}``
``files.upload()`` of Colab     ``{name: bytes}``
Hugging Face, pyannote          ``{"array", "sampling_rate"}``, ``{"waveform", "sample_rate"}``, ``{"path"}``
==============================  ============================================================================
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aai_jupyter.client.sources.formats import MEDIA_EXTENSIONS
from aai_jupyter.client.sources.samples import as_pair, is_array, is_numbers
from aai_jupyter.client.sources.source import Source
from aai_jupyter.errors import SourceError

_CONTENT = ("bytes", "content", "contents")
_SAMPLES = ("array", "raw", "waveform", "samples", "audio", "data")
_RATE = ("sampling_rate", "sample_rate", "samplerate", "frame_rate", "rate", "sr")
_BINARY = (bytes, bytearray, memoryview)


@dataclass(frozen=True)
class Named:
    """A recording and what its giver calls it."""

    label: str
    what: Any


@dataclass(frozen=True)
class Samples:
    """Samples of a dict, with its rate."""

    array: Any
    rate: Any


def is_upload_widget(obj: Any) -> bool:
    """Whether it is a ``FileUpload`` itself rather than its value."""
    return all(hasattr(obj, name) for name in ("value", "accept", "multiple"))


def one_recording(audio: Mapping[Any, Any]) -> Named | None:
    """The recording that a dict describes; None when it describes none, or several by name.

    Raises
    ------
    SourceError
        It holds samples, and no rate.
    """
    label = next((str(v) for k in ("path", "name", "filename") if (v := audio.get(k))), "")
    content = next((v for k in _CONTENT if isinstance(v := audio.get(k), _BINARY)), None)
    if content is not None:
        metadata = audio.get("metadata")
        if not label and isinstance(metadata, Mapping):
            label = str(metadata.get("name") or "")
        return Named(label, content)
    samples = next((v for k in _SAMPLES if is_array(v := audio.get(k)) or is_numbers(v)), None)
    if samples is not None:
        rate = next((v for k in _RATE if (v := audio.get(k)) is not None), None)
        if rate is None:
            raise SourceError("The audio dict has no sampling_rate.", hint="Add it, or pass (samples, rate).")
        return Named(label, Samples(samples, rate))
    if isinstance(path := audio.get("path"), str | os.PathLike):
        return Named("", path)
    inner = audio.get("audio")  # a row of a data set; the path of a pyannote file
    if isinstance(inner, Mapping) or hasattr(inner, "get_all_samples"):
        return Named("", inner)
    if isinstance(inner, str | os.PathLike) and not _all_recordings(audio):
        return Named("", inner)
    return None


def by_name(audio: Mapping[Any, Any]) -> Iterator[Named] | None:
    """The recordings of a dict by their names; None when it does not hold such."""
    if not audio or one_recording(audio) is not None or not _all_recordings(audio):
        return None
    return (Named(_name(key, value), value) for key, value in audio.items())


def _name(key: Any, value: Any) -> str:
    metadata = value.get("metadata") if isinstance(value, Mapping) else None
    named = metadata.get("name") if isinstance(metadata, Mapping) else None
    return str(named or key)


def _all_recordings(audio: Mapping[Any, Any]) -> bool:
    return all(_may_be_recording(value) for value in audio.values())


def _may_be_recording(value: Any) -> bool:
    if isinstance(value, str):
        ending = os.path.splitext(value.strip())[1].lower()
        return "://" in value or ending in MEDIA_EXTENSIONS or _exists(value)
    if isinstance(value, Mapping):
        return one_recording(value) is not None
    if isinstance(value, (*_BINARY, os.PathLike, Source)) or hasattr(value, "read"):
        return True
    return as_pair(value) is not None or hasattr(value, "get_all_samples")


def _exists(text: str) -> bool:
    try:
        return os.path.exists(os.path.expanduser(text))
    except (OSError, ValueError):  # a NUL, or longer than a path may be
        return False
