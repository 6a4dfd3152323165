"""The recording that belongs to a transcript's file: beside it, never anywhere else.

What stands in a file is a stranger's word. A path in it leads to no other folder than the file's own, and an
address is opened by nobody before the user agrees.
"""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from aai_jupyter.client.sources.formats import MEDIA_EXTENSIONS
from aai_jupyter.interchange.readers.passages import ReadFile
from aai_jupyter.settings.working_folder import absolute
from aai_jupyter.text.sanitize import one_line
from aai_jupyter.text.urls import is_web_url
from aai_jupyter.transcripts.recording import Recording

_LANGUAGE = re.compile(
    r"[._-](?:[a-z]{2,3}(?:-[A-Za-z]{2,4})?|transcript|transcription|words|maxqda|timestamps)$"
)
MOST_FILES = 5000


def attach_media(read: ReadFile, path: Path | None) -> Recording | None:
    """Return the recording of a file that was read; what it names and is not there goes to the problems."""
    named = [name for name in dict.fromkeys(read.media) if isinstance(name, str) and name.strip()]
    if path is not None:
        found = next((place for name in named if (place := _beside(path, name)) is not None), None)
        found = found or _same_name(path)
        if found is not None:
            return Recording(found.name, str(absolute(found)), size=found.stat().st_size)
    if url := next((name for name in named if is_web_url(name)), None):
        return Recording.from_facts({"label": _base(url) or url, "url": url}, ours=False)
    if named:
        name = one_line(_base(named[0]) or named[0])[:120]
        read.note("sound", f"the file names {name!r}, which is not beside it: aai.load(file, audio=path)")
    return None


def _base(name: str) -> str:
    """The last part of a path or address, of any system."""
    text = unquote(urlsplit(name).path) if "://" in name[:12] else name
    return PurePosixPath(text.replace("\\", "/")).name


def _beside(path: Path, name: str) -> Path | None:
    """The file that a transcript's file names, within its own folder."""
    base = _base(name)
    if not base or base in (".", "..") or "\0" in base:
        return None
    tries = [base] if "." in base else [base + suffix for suffix in sorted(MEDIA_EXTENSIONS)]
    relative = name.replace("\\", "/").removeprefix("file:").removeprefix("./")
    if "://" not in name and not relative.startswith("/") and ":" not in relative and "\0" not in relative:
        tries.insert(0, unquote(relative))
    folder = path.parent.resolve()
    for one in tries:
        try:
            place = (path.parent / one).resolve()
            if place.is_relative_to(folder) and place.suffix.lower() in MEDIA_EXTENSIONS and place.is_file():
                return place
        except (OSError, ValueError):
            continue
    return None


def _same_name(path: Path) -> Path | None:
    """A recording beside a file, with its name: ``talk.srt`` and ``talk.de.srt`` belong to ``talk.mp3``."""
    stems = [path.stem]
    while (shorter := _LANGUAGE.sub("", stems[-1])) not in (stems[-1], ""):
        stems.append(shorter)
    stems += [stem for stem in [Path(path.stem).stem] if stem not in stems]
    try:
        near = list(islice(path.parent.iterdir(), MOST_FILES))
    except OSError:
        return None
    for stem in stems:
        fitting = [
            one
            for one in near
            if one.stem == stem and one.suffix.lower() in MEDIA_EXTENSIONS and one.is_file()
        ]
        if fitting:
            return sorted(fitting)[0]
    return None
