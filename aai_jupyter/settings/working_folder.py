"""The working folder, which somebody may have deleted or renamed under a running kernel."""

from __future__ import annotations

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
