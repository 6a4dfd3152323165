"""The administrator's policy file: a lock that no setting, variable or argument opens."""

from __future__ import annotations

import os
import stat
import sys
import tomllib
from functools import lru_cache
from pathlib import Path

POLICY = "policy.toml"


def policy_path() -> Path:
    """Where the file of this machine is. No variable of the environment changes that."""
    if sys.platform == "win32":
        return _program_data() / "aai_jupyter" / POLICY
    return Path("/etc/aai_jupyter") / POLICY


def offline_by_policy() -> str | None:
    """Who locked this machine, as a part of a sentence; None when no policy does.

    A file that cannot be read, or that is no policy, locks: an administrator wrote it to restrict something.
    That others than the administrator can change it is said, as it is no lock then.
    """
    path = policy_path()
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"set by {path}, which cannot be read: {error.strerror or error}"
    return _read(path, status.st_mtime_ns, status.st_size, status.st_ino, status.st_mode, status.st_uid)


@lru_cache(4)
def _read(path: Path, *state: int) -> str | None:
    """Read the file, once while it does not change: every request asks."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return f"set by {path}, which cannot be read: {type(error).__name__}"
    offline = data.get("offline", False)
    if offline is False:
        return None
    if offline is not True:
        return f"set by {path}, where offline is neither true nor false"
    weak = _weakness(path)
    return f"set by {path}" + (f", which is no lock: {weak}" if weak else "")


def _weakness(path: Path) -> str | None:
    """Why others than the administrator can change a file; None when only he can."""
    if not hasattr(os, "getuid"):
        return None  # Windows: the rights of the folder decide
    for place in (path, path.parent):
        for status in (place.lstat(), place.stat()):
            if status.st_uid != 0:
                return f"{place} does not belong to root"
            if not stat.S_ISLNK(status.st_mode) and status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                return f"others can write {place}"
    return None


def _program_data() -> Path:
    """The folder of all users: from the registry of the machine, as its variable can be set by anybody."""
    if sys.platform != "win32":
        raise OSError("Windows only")
    import winreg

    name = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer\Shell Folders"
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, name) as key:
        return Path(winreg.QueryValueEx(key, "Common AppData")[0])
