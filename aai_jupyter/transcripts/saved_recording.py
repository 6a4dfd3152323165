"""The recording of a saved transcript: named without this machine's folders, found again by its content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from aai_jupyter.errors import UsageError
from aai_jupyter.settings.working_folder import absolute
from aai_jupyter.text.sanitize import one_line
from aai_jupyter.text.urls import is_web_url
from aai_jupyter.transcripts import archive
from aai_jupyter.transcripts.recording import Recording


def portable_name(source: str | None) -> str | None:
    """Return what a recording is called elsewhere: an address, or the name of its file without folders.

    Examples
    --------
    >>> portable_name("/home/ann/calls/1.mp3"), portable_name("https://example.org/a/1.mp3")
    ('1.mp3', 'https://example.org/a/1.mp3')
    """
    if not source or is_web_url(source):
        return source
    return source.replace("\\", "/").rpartition("/")[2] or source


def portable_facts(facts: Mapping[str, Any] | None, saved: str | Path) -> dict[str, Any] | None:
    """Return the facts of a recording without the folders that it was in, but for those below `saved`."""
    if not facts:
        return None
    kept = {name: value for name, value in facts.items() if name != "path"}
    path = facts.get("path")
    if path and "sha256" not in kept:  # by which it is found again
        with suppress(OSError), open(path, "rb") as stream:
            kept["sha256"] = hashlib.file_digest(stream, "sha256").hexdigest()
    folder = absolute(Path(saved).expanduser()).parent
    if path and Path(path).is_relative_to(folder):
        kept["below"] = Path(path).relative_to(folder).as_posix()
    return {**kept, "label": portable_name(str(facts.get("path") or facts.get("label") or ""))}


def sound_of(recording: Recording | None) -> BinaryIO:
    """Open the bytes of a recording that is on this machine.

    Raises
    ------
    UsageError
        There is none here.
    """
    if recording is not None and recording.file is not None:
        return recording.file.open("rb")
    if recording is not None and recording.opener is not None:
        return recording.opener()
    raise UsageError("There is no recording here to save.", hint='Say where it is: t.audio = "talk.mp3".')


def beside(path: str | Path, facts: Mapping[str, Any]) -> Recording | None:
    """Return the recording in a saved file, or the one beside it that has the same content."""
    told = facts.get("audio")
    known: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    label, digest, size = known.get("label"), known.get("sha256"), known.get("size")
    name = one_line(label) if isinstance(label, str) else "recording"
    if sound := facts.get("sound"):
        return Recording(Path(sound).name, opener=partial(archive.open_sound, absolute(path), sound))
    if not isinstance(digest, str) or not isinstance(size, int):
        return None
    folder = absolute(Path(path).expanduser()).parent
    try:
        files = [
            one
            for one in [*_below(folder, known), *folder.iterdir(), Path.cwd() / Path(name).name]
            if one.is_file()
        ]
        files = [one for one in files if one.stat().st_size == size]
        for file in sorted(files, key=lambda one: (one.name != name, one.name)):
            with file.open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() == digest:
                    return Recording(file.name, str(file), size=size, sha256=digest)
    except OSError:  # a folder that cannot be read: the transcript is there all the same
        return None
    return None


def _below(folder: Path, known: Mapping[str, Any]) -> list[Path]:
    """Return where the recording was below the folder of the file; a stranger's file leads nowhere else."""
    told = known.get("below")
    if not isinstance(told, str) or "\0" in told or "\\" in told or ":" in told:
        return []
    path = PurePosixPath(told)
    return [] if path.is_absolute() or ".." in path.parts else [folder / path]
