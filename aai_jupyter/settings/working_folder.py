"""The working folder, which somebody may have deleted or renamed under a running kernel."""

from __future__ import annotations

import os
from pathlib import Path

GONE_HINT = "Go to a folder that exists (%cd ~), or give whole paths."


def working_folder() -> Path | None:
    """Return the working folder; None when it no longer exists.

    Examples
    --------
    >>> working_folder() == Path.cwd()
    True
    """
    try:
        return Path.cwd()
    except OSError:
        return None


def absolute(path: str | Path) -> Path:
    """Return a path from the root on; as it is, where it counts from a working folder that is gone.

    Examples
    --------
    >>> absolute("talk.wav") == Path.cwd() / "talk.wav"
    True
    """
    try:
        return Path(os.path.abspath(path))
    except OSError:
        return Path(path)
