"""Folders that only their owner can read."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def private_folder(path: Path) -> Path:
    """Create a folder that only its owner can read. An existing one with other files stays readable.

    Raises
    ------
    PermissionError
        It belongs to another user, who would read and change what is kept in it.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name != "posix":
        return path
    status = path.stat()
    if os.getuid() not in (0, status.st_uid):
        raise PermissionError(errno.EPERM, "The folder belongs to another user", str(path))
    if status.st_uid == os.getuid():
        if not any(path.iterdir()):
            path.chmod(0o700)
        elif status.st_mode & stat.S_IWOTH:
            path.chmod(stat.S_IMODE(status.st_mode) & ~stat.S_IWOTH)
    return path
