"""``t.export(path)`` and ``calls.export(folder, format)``: each file is written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.interchange.writers.content import ExportContent, content_name, content_of, in_language
from aai_jupyter.interchange.writers.export_formats import ExportFormat, find_format
from aai_jupyter.transcripts.atomic_file import write_file

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.transcripts.transcript_set import TranscriptSet

_UNSAFE = str.maketrans(dict.fromkeys('\\/:*?"<>|\x00', "_"))


def export(
    transcript: Transcript, path: str | PathLike[str], format: str | None = None, **options: Any
) -> Path:
    """Write one transcript; see :meth:`aai_jupyter.Transcript.export`."""
    found = find_format(path, format)
    return _write(found, Path(path).expanduser(), [transcript], options)


def export_set(
    transcripts: TranscriptSet, path: str | PathLike[str], format: str | None = None, **options: Any
) -> Path:
    """Write a set to one file or a folder; see :meth:`aai_jupyter.TranscriptSet.export`."""
    target = Path(path).expanduser()
    folder = target.is_dir() or str(path).endswith(("/", "\\")) or (not target.suffix and format is not None)
    found = find_format(target, format)
    if not folder or not found.suffixes:
        if not found.several:
            raise UsageError(
                f"A file of the format {found.name!r} holds one transcript, these are {len(transcripts)}.",
                hint=f'Give a folder: calls.export("{target.parent / target.stem}", "{found.name}").',
            )
        return _write(found, target, list(transcripts), options)
    found.check(_format_options(options))
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"Cannot make the folder {target}: {error.strerror or error}.") from error
    taken: set[str] = set()
    for transcript in transcripts:
        name = _free_name(content_name(transcript), taken)
        _write(found, target / f"{name}{found.suffixes[0]}", [transcript], options)
    return target


def _format_options(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None and name != "language"}


def _write(
    format: ExportFormat, path: Path, transcripts: Sequence[Transcript], options: dict[str, Any]
) -> Path:
    given = _format_options(options)
    format.check(given)
    contents = [content_of(one) for one in transcripts]
    language = options.get("language")
    if language is not None:
        if not format.translates:
            raise OptionError(
                f"The format {format.name!r} holds a frame, which has no other language.",
                hint='The translations are a frame of their own: frame="translations".',
            )
        if "language" in format.options and isinstance(language, list | tuple):
            given["language"] = tuple(map(str, language))
        elif isinstance(language, str):
            contents = [in_language(one, language) for one in contents]
        else:
            raise OptionError(f"The format {format.name!r} has one language at a time, got {language!r}.")
    if format.named:
        given["file"] = path.stem
    made = format.load()(contents, **given)
    if isinstance(made, dict):
        _write_folder(path, made)
    elif isinstance(made, str):
        _write_text(path, made)
    else:
        writer: Callable[[BinaryIO], Any] = made
        write_file(path, writer)
    return path


def _write_folder(folder: Path, files: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"Cannot make the folder {folder}: {error.strerror or error}.") from error
    for name, content in files.items():
        _write_text(folder / name, content)


def _write_text(path: Path, text: str) -> None:
    data = text.encode()
    write_file(path, lambda stream: stream.write(data))


def _free_name(name: str, taken: set[str]) -> str:
    """Return a file name that no other one of the set has, on systems that ignore case, too."""
    base = name.translate(_UNSAFE).strip(" .")[:120] or "transcript"
    found, number = base, 1
    while found.casefold() in taken:
        number += 1
        found = f"{base} ({number})"
    taken.add(found.casefold())
    return found


def export_names(contents: Iterable[ExportContent]) -> list[str]:
    """Return one name per content that nothing else in the same file has.

    Examples
    --------
    >>> from aai_jupyter import Transcript
    >>> twice = [content_of(Transcript.from_json({"id": "x"}))] * 2
    >>> export_names(twice)
    ['x', 'x (2)']
    """
    taken: set[str] = set()
    return [_free_name(content.name, taken) for content in contents]
