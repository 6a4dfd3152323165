"""Settings files of the project: which ``.env`` and ``pyproject.toml`` are believed, and what they may do.

Files are looked for upwards from the working folder. Whoever can write one of them could send recordings
and the key elsewhere: a file counts only when nobody but its user and root can write it, and the search ends
at the root of a repository, at the home folder and at the edge of a file system.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from aai_jupyter.settings.notices import notices

PROJECT_FILES = (".env", "pyproject.toml")
_REPOSITORY = (".git", ".hg", ".svn", ".jj")


def find(name: str, start: Path) -> Path | None:
    """The nearest file of this name that is believed; one that is not is named once in a warning."""
    for folder in folders(start):
        path = folder / name
        try:
            if not path.is_file():
                continue
            reason = distrust(path)
        except OSError as error:  # a folder that may not be looked into, or a file that went just now
            reason = error.strerror or str(error)
        if reason is None:
            return path
        notices.tell_once(f"{path} is not read as settings: {reason}.")
    return None


def folders(start: Path) -> Iterator[Path]:
    """The folders to look into, from `start` upwards."""
    home = Path(os.path.expanduser("~"))
    for folder in (start, *start.parents):
        yield folder
        if folder == home or os.path.ismount(folder) or any(os.path.exists(folder / m) for m in _REPOSITORY):
            return


def distrust(path: Path) -> str | None:
    """Why a file may hold what its user did not write; None when only its user and root can write it."""
    if not hasattr(os, "getuid"):
        return None  # Windows: the rights of folders decide there
    for status in (path.lstat(), path.stat()):
        if status.st_uid not in (0, os.getuid()):
            return "it belongs to another user"
        if stat.S_ISLNK(status.st_mode):
            continue  # a link has no rights of its own
        if status.st_mode & stat.S_IWOTH:
            return "every user can write it (chmod o-w)"
        # A group of one's own is what most systems give to new files.
        if status.st_mode & stat.S_IWGRP and status.st_gid != os.getgid():
            return "other users of its group can write it (chmod g-w)"
    return None
