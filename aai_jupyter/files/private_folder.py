"""Folders of our own: readable by their owner only, and never somebody else's."""

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
        It belongs to another user, who would read and change what is kept in it: refused to root, too.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name != "posix":
        return path
    status = path.stat()
    if os.getuid() != status.st_uid:
        raise PermissionError(errno.EPERM, "The folder belongs to another user", str(path))
    if not any(path.iterdir()):
        path.chmod(0o700)
    elif status.st_mode & stat.S_IWOTH:
        path.chmod(stat.S_IMODE(status.st_mode) & ~stat.S_IWOTH)
    return path


def private_database(path: Path) -> None:
    """Create an empty file that only its owner can read, for SQLite: its journals take over these rights.

    Raises
    ------
    OSError
        It is a link, which could lead anywhere, or cannot be written.
    """
    if path.is_symlink():  # where there is no O_NOFOLLOW
        raise OSError(errno.ELOOP, "The file is a link", str(path))
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o600))
    if os.name == "posix" and path.stat().st_uid != os.getuid():
        raise PermissionError(errno.EPERM, "The file belongs to another user", str(path))
