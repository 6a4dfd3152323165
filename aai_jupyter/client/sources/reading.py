"""Whatever a user may call a recording, as :class:`Source`: checked before anything is sent."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

from aai_jupyter.client.sources.formats import HEAD_BYTES
from aai_jupyter.client.sources.source import (
    MAX_UPLOAD_BYTES,
    Source,
    check_head,
    check_upload_size,
    read_error,
)
from aai_jupyter.client.sources.source_paths import from_path, from_text, unusable
from aai_jupyter.errors import SourceError

__all__ = ["MAX_UPLOAD_BYTES", "Source", "check_upload_size", "resolve_sources"]


def resolve_sources(
    *objs: Any, base: str | os.PathLike[str] | None = None, partly: bool = False
) -> list[Source]:
    """Turn whatever was given into sources, in order, or say everything that is wrong with it.

    Parameters
    ----------
    *objs
        Paths (``~`` and globs too), folders, URLs, bytes, binary file objects, ``(samples, rate)`` pairs,
        Hugging Face audio (``{"array", "sampling_rate"}``, ``{"path"}``, ``{"bytes"}`` or a decoder), and
        lists, tuples, Series or arrays of those.
    base : path, optional
        Folder that relative paths start from; the working folder when left out.
    partly : bool
        A source that cannot be used stays among the others, at its place, and its ``error`` says why. Only
        when none can be used that is raised.

    Raises
    ------
    SourceError
        Lists every source that cannot be used, and why. Nothing was sent.

    Examples
    --------
    >>> [s.kind for s in resolve_sources("https://example.org/a.mp3", b"RIFF....WAVE")]
    ['url', 'bytes']
    """
    found: list[Source] = []
    folder = Path(base) if base is not None else None
    for place, obj in enumerate(_flatten(objs), 1):
        try:
            found += _resolve_one(obj, folder)
        except SourceError as error:
            found.append(unusable(_label(obj, place), error))
    if not found:
        raise SourceError("There is no source.", hint="Give a path, a URL, bytes or (samples, rate).")
    bad = [source.error for source in found if source.error is not None]
    if bad and (not partly or len(bad) == len(found)):
        raise _all_in_one(bad)
    _number_unnamed(found)
    return found


def _all_in_one(bad: list[SourceError]) -> SourceError:
    if len(bad) == 1:
        return bad[0]
    lines = "".join(f"\n  {error.message}" for error in bad)
    hints = list(dict.fromkeys(error.hint for error in bad if error.hint))
    return SourceError(f"{len(bad)} sources cannot be used:{lines}", hint="\n  → ".join(hints[:3]) or None)


def _label(obj: Any, place: int) -> str:
    """What to call a source that cannot be used: its name, else its place."""
    named = obj.get("path") if isinstance(obj, Mapping) else getattr(obj, "name", None)
    for name in (obj, named):
        if isinstance(name, str | os.PathLike) and (text := os.fsdecode(name).strip()):
            return text[:200]
    return f"source {place}"


def _number_unnamed(sources: list[Source]) -> None:
    counts: Counter[str] = Counter(source.label for source in sources if source.label == source.kind)
    numbers: Counter[str] = Counter()
    for source in sources:
        if counts[source.label] > 1:
            kind = source.label
            numbers[kind] += 1
            source.label = f"{kind} {numbers[kind]}"


def _flatten(objs: Iterable[Any]) -> Iterable[Any]:
    for obj in objs:
        if isinstance(obj, tuple) and _as_samples(obj):
            yield obj
        elif isinstance(obj, list | tuple | set | frozenset):
            yield from _flatten(obj)
        elif _is_column(obj):
            yield from _flatten(obj.tolist() if hasattr(obj, "tolist") else obj.to_list())
        else:
            yield obj


def _is_array(obj: Any) -> bool:
    return hasattr(obj, "__array__") and hasattr(obj, "shape") and not isinstance(obj, bytes)


def _is_column(obj: Any) -> bool:
    """A Series, Index or array of objects: a list of sources, not sound."""
    if not _is_array(obj) or len(obj.shape) != 1:
        return False
    return hasattr(obj, "to_frame") or getattr(obj.dtype, "kind", "") in ("O", "U", "S", "T")


def _as_samples(obj: tuple[Any, ...]) -> tuple[Any, Any] | None:
    """(samples, rate), also in scipy's order (rate, samples)."""
    if len(obj) == 2:
        for array, rate in (obj, obj[::-1]):
            if _is_array(array) and array.shape != () and not _is_column(array) and _is_number(rate):
                return array, rate
    return None


def _is_number(obj: Any) -> bool:
    return not isinstance(obj, bool) and (isinstance(obj, int | float) or getattr(obj, "shape", None) == ())


def _resolve_one(obj: Any, base: Path | None) -> list[Source]:
    if isinstance(obj, Source):
        return [obj]
    if isinstance(obj, str):
        return from_text(obj, base)
    if isinstance(obj, os.PathLike):
        return from_path(os.fsdecode(obj), base)
    if isinstance(obj, bytes | bytearray | memoryview):
        return [_from_bytes(bytes(obj), "bytes")]
    if isinstance(obj, tuple) and (pair := _as_samples(obj)):
        return [_from_array(*pair)]
    if isinstance(obj, Mapping):
        return _from_mapping(obj, base)
    if hasattr(obj, "get_all_samples"):  # torchcodec decoder, the audio of newer Hugging Face data sets
        try:
            decoded = obj.get_all_samples()
        except Exception as error:  # a decoder of the user's may raise anything
            raise read_error("The decoder's recording", error) from error
        return [_from_array(decoded.data, decoded.sample_rate)]
    if hasattr(obj, "read"):
        return [_from_stream(obj)]
    if hasattr(obj, "columns"):
        raise SourceError("A whole DataFrame is not a list of sources.", hint='Give one column: df["path"].')
    if _is_array(obj):
        raise SourceError("An array alone has no sample rate.", hint="Pass a pair: (samples, 16000).")
    missing = (
        obj is None or type(obj).__name__ in ("NAType", "NaTType") or (isinstance(obj, float) and obj != obj)
    )
    shown = "A missing value" if missing else f"An object of type {type(obj).__name__}"
    raise SourceError(
        f"{shown} is not an audio source.", hint="Give a path, URL, bytes, binary file or (samples, rate)."
    )


def _from_bytes(data: bytes, label: str) -> Source:
    check_head(data[:HEAD_BYTES], label if label != "bytes" else "The bytes object")
    return Source(label, "bytes", len(data), _opener=lambda: io.BytesIO(data))


def _from_array(array: Any, rate: Any, label: str = "array") -> Source:
    from aai_jupyter.client.sources.wav import HEADER_BYTES, WavReader, frames_by_channels

    samples, hertz = frames_by_channels(array, rate)
    size = HEADER_BYTES + 2 * samples.shape[0] * samples.shape[1]

    def opener() -> BinaryIO:
        return io.BufferedReader(WavReader(samples, hertz), 1 << 18)

    return Source(label, "array", size, _opener=opener, _seconds=len(samples) / hertz)


def _from_mapping(audio: Mapping[Any, Any], base: Path | None) -> list[Source]:
    path = audio.get("path")
    label = str(path) if path else None
    if audio.get("bytes") is not None:
        return [_from_bytes(bytes(audio["bytes"]), label or "bytes")]
    if audio.get("array") is not None:
        import numpy as np

        if audio.get("sampling_rate") is None:
            raise SourceError("The audio dict has no sampling_rate.")
        return [_from_array(np.asarray(audio["array"]), audio["sampling_rate"], label or "array")]
    if path:
        return _resolve_one(path, base)
    raise SourceError(
        "The dict is not audio.", hint='It needs "array" and "sampling_rate", "bytes", or "path".'
    )


class _View(io.RawIOBase):
    """A file object of the user's, read from its start and left open; views of one may be read in turn."""

    def __init__(self, stream: BinaryIO, size: int, turn: threading.Lock) -> None:
        self._stream = stream
        self._size = size
        self._turn = turn
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        with self._turn:
            self._stream.seek(self._at)
            data = self._stream.read(size)
        self._at += len(data)
        return data

    def readinto(self, buffer: Any, /) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _from_stream(stream: Any) -> Source:
    """The whole object is sent, wherever its position is: a BytesIO just written to stands at its end."""
    name = getattr(stream, "name", None)
    label = name if isinstance(name, str) and not name.startswith("<") else "stream"
    shown = label if label != "stream" else "The file object"
    try:
        if isinstance(stream, io.TextIOBase) or isinstance(stream.read(0), str):
            raise SourceError(f"{shown} was opened as text.", hint='Open it with open(path, "rb").')
        if not (hasattr(stream, "seekable") and stream.seekable()):
            # It can be read only once, but it is read to fingerprint it, to send it, and to send it again.
            copy = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - lives as long as the source
            shutil.copyfileobj(stream, copy, 1 << 20)
            stream = copy
        stream.seek(0)
        head = stream.read(HEAD_BYTES)
        size = stream.seek(0, io.SEEK_END)
    except SourceError:
        raise
    except Exception as error:  # an object of the user's may raise anything
        hint = "Pass an open binary file."
        raise SourceError(f"{shown} cannot be read: {error or type(error).__name__}.", hint=hint) from error
    check_head(head, shown)
    turn = threading.Lock()
    return Source(label, "stream", size, _opener=lambda: cast(BinaryIO, _View(stream, size, turn)))
