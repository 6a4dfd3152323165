"""Whatever a user may call a recording, as :class:`Source`: checked before anything is sent."""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from aai_jupyter.client.sources.formats import HEAD_BYTES
from aai_jupyter.client.sources.open_files import from_stream
from aai_jupyter.client.sources.samples import (
    as_pair,
    as_sound,
    from_samples,
    is_array,
    is_column,
    is_numbers,
    path_of,
)
from aai_jupyter.client.sources.source import MAX_UPLOAD_BYTES, Source, check_head, check_upload_size
from aai_jupyter.client.sources.source_paths import from_path, from_text, unusable
from aai_jupyter.client.sources.uploads import Named, SampledAudio, by_name, is_upload_widget, one_recording
from aai_jupyter.errors import SourceError

__all__ = [
    "MAX_UPLOAD_BYTES",
    "Source",
    "check_upload_size",
    "is_collection",
    "resolve_rows",
    "resolve_sources",
]

_MOST_LINES = 10
"""So many different reasons are listed; a list of samples without a rate would give one for each."""


def resolve_sources(
    *objs: Any,
    base: str | os.PathLike[str] | None = None,
    partly: bool = False,
    track: int | None = None,
    notes: list[str] | None = None,
) -> list[Source]:
    """Turn whatever was given into sources, in order, or say everything that is wrong with it.

    Parameters
    ----------
    *objs
        Paths (``~`` and globs too), folders, URLs, bytes, binary file objects, ``(samples, rate)`` pairs of
        arrays or lists, objects that hold sound (``SoundFile``, ``wave``, ``AudioSegment``), Hugging Face
        audio (``{"array", "sampling_rate"}``, ``{"path"}``, ``{"bytes"}`` or a decoder), uploads
        (``FileUpload``, Colab), and lists, tuples, generators, Series, arrays or dicts of those.
    base : path, optional
        Folder that relative paths start from; the working folder when left out.
    partly : bool
        A source that cannot be used stays among the others, at its place, and its ``error`` says why. Only
        when none can be used that is raised.
    track : int, optional
        Number of the audio track, from 1 on, of each.
    notes : list of str, optional
        Gets a sentence for each folder and pattern of which files were left out.

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
            found += [_of_track(one, track) for one in _resolve_one(obj, folder, notes)]
        except SourceError as error:
            found.append(unusable(_label(obj, place), error))
    if not found:
        raise SourceError("There is no source.", hint="Give a path, a URL, bytes or (samples, rate).")
    bad = [source.error for source in found if source.error is not None]
    if bad and (not partly or len(bad) == len(found)):
        raise _all_in_one(bad)
    _number_unnamed(found)
    return found


def resolve_rows(
    cells: Iterable[Any], *, track: int | None = None, notes: list[str] | None = None
) -> tuple[list[int], list[Source]]:
    """Turn the rows of a table into sources, a row that cannot be used into one with its ``error``.

    Returns
    -------
    rows : list of int
        The row of each source: a pattern or a folder in a row gives several.
    sources : list of Source

    Raises
    ------
    SourceError
        There is no row, or none can be used.

    Examples
    --------
    >>> rows, sources = resolve_rows([float("nan"), b"RIFF....WAVE"])
    >>> rows, [source.error is None for source in sources]
    ([0, 1], [False, True])
    """
    rows: list[int] = []
    found: list[Source] = []
    for row, cell in enumerate(cells):
        try:
            some = resolve_sources(cell, track=track, notes=notes, partly=True)
        except SourceError as error:
            some = [unusable(_label(cell, row + 1), error)]
        rows += [row] * len(some)
        found += some
    if not found:
        raise SourceError("The manifest has no rows.")
    if all(source.error is not None for source in found):
        raise _all_in_one([source.error for source in found if source.error is not None])
    _number_unnamed(found)
    return rows, found


def _of_track(source: Source, track: int | None) -> Source:
    if track is None or source.error is not None:
        return source
    if isinstance(track, bool) or not isinstance(track, int) or track < 1:
        raise SourceError(f"{track!r} is not the number of an audio track.", hint="They count from 1 on.")
    try:
        return source.of_track(track)
    except SourceError as error:
        return unusable(source.label, error)


def _all_in_one(bad: list[SourceError]) -> SourceError:
    if len(bad) == 1:
        return bad[0]
    counts = Counter(error.message for error in bad)
    if len(counts) == 1:
        return SourceError(f"{bad[0].message} ({len(bad):,} times)", hint=bad[0].hint)
    lines = [f"{text} ({n:,} times)" if n > 1 else text for text, n in counts.items()]
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES:] = [f"and {len(lines) - _MOST_LINES:,} more"]
    hints = list(dict.fromkeys(error.hint for error in bad if error.hint))
    return SourceError(
        f"{len(bad):,} sources cannot be used:" + "".join(f"\n  {line}" for line in lines),
        hint="\n  → ".join(hints[:3]) or None,
    )


def _label(obj: Any, place: int) -> str:
    """What to call a source that cannot be used: its name, else its place."""
    if isinstance(obj, Named) and obj.label:
        return obj.label[:200]
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


def is_collection(obj: Any) -> bool:
    """Whether it holds recordings rather than being one, however many it holds."""
    return _members(obj) is not None


def _flatten(objs: Iterable[Any]) -> Iterable[Any]:
    for obj in objs:
        members = _members(obj)
        if members is None:
            yield obj
        else:
            yield from _flatten(members)


def _members(obj: Any) -> Iterable[Any] | None:
    """What a collection holds; None for what is one recording, or none at all."""
    if isinstance(obj, str | bytes | bytearray | memoryview | os.PathLike | Source | Named):
        return None
    if as_pair(obj) or is_numbers(obj):
        return None
    if isinstance(obj, Mapping):
        return by_name(obj)
    if is_upload_widget(obj):
        return [obj.value]
    if is_array(obj):
        return (obj.tolist() if hasattr(obj, "tolist") else obj.to_list()) if is_column(obj) else None
    if any(hasattr(obj, name) for name in ("read", "readframes", "raw_data", "columns", "get_all_samples")):
        return None
    return obj if isinstance(obj, Iterable) else None


def _resolve_one(obj: Any, base: Path | None, notes: list[str] | None = None) -> list[Source]:
    if isinstance(obj, Source):
        return [obj]
    if isinstance(obj, Named):
        return _named(obj, base)
    if isinstance(obj, str):
        return from_text(obj, base, notes)
    if isinstance(obj, os.PathLike):
        return from_path(os.fsdecode(obj), base, notes)
    if isinstance(obj, bytes | bytearray | memoryview):
        return [_from_bytes(bytes(obj))]
    if pair := as_pair(obj):
        return [from_samples(*pair)]
    if is_numbers(obj):
        raise SourceError(
            f"{len(obj):,} numbers alone have no sample rate.", hint="Pass a pair: (samples, 16000)."
        )
    if isinstance(obj, Mapping):
        found = one_recording(obj)
        if found is None:
            raise SourceError(
                "The dict is not audio.",
                hint='It needs "array" and "sampling_rate", "bytes", or "path"; or recordings by name.',
            )
        return _named(found, base)
    return _from_object(obj, base)


def _from_object(obj: Any, base: Path | None) -> list[Source]:
    """Objects of other libraries, by what they offer."""
    if hasattr(obj, "columns"):
        raise SourceError(
            "A whole DataFrame is not a list of sources.",
            hint='Name its column: aai.transcribe(df, source="path").',
        )
    if path := path_of(obj):
        return from_path(path, base)
    if sound := as_sound(obj):
        return [from_samples(*sound)]
    parts = (getattr(obj, name, None) for name in ("content", "contents", "data"))
    content = next((part for part in parts if isinstance(part, bytes)), None)
    if content is not None:  # an answer of requests or httpx, an upload, a displayed Audio
        named = next((v for k in ("filename", "name", "url") if (v := getattr(obj, k, None))), "")
        return [_from_bytes(content, str(named))]
    if hasattr(obj, "file") and hasattr(obj, "filename"):  # uploads of web frameworks
        return [from_stream(obj.file, str(obj.filename or "") or None)]
    if hasattr(obj, "read"):
        return [from_stream(obj)]
    if hasattr(obj, "read_bytes"):  # a file in a ZIP archive or in a package
        return [_from_bytes(obj.read_bytes(), str(getattr(obj, "name", "")))]
    if is_array(obj):
        raise SourceError("An array alone has no sample rate.", hint="Pass a pair: (samples, 16000).")
    missing = (
        obj is None or type(obj).__name__ in ("NAType", "NaTType") or (isinstance(obj, float) and obj != obj)
    )
    shown = "A missing value" if missing else f"An object of type {type(obj).__name__}"
    raise SourceError(
        f"{shown} is not an audio source.", hint="Give a path, URL, bytes, binary file or (samples, rate)."
    )


def _named(given: Named, base: Path | None) -> list[Source]:
    what, label = given.what, given.label
    if isinstance(what, bytes | bytearray | memoryview):
        return [_from_bytes(bytes(what), label)]
    if isinstance(what, SampledAudio):
        return [from_samples(what.array, what.rate, label or "array")]
    found = _resolve_one(what, base)
    if label and len(found) == 1 and found[0] is not what:
        found[0].label = label
    return found


def _from_bytes(data: bytes, label: str = "") -> Source:
    check_head(data[:HEAD_BYTES], label or "The bytes object")
    return Source(label or "bytes", "bytes", len(data), _opener=lambda: io.BytesIO(data))
