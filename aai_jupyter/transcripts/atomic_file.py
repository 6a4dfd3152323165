"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from aai_jupyter.errors import UsageError


def write_file(path: str | Path, write: Callable[[BinaryIO], Any]) -> Path:
    """Write a file beside its place and move it there: a crash leaves the old file or the new one.

    Parameters
    ----------
    path : path
    write : callable
        Gets the open file.

    Raises
    ------
    UsageError
        The folder is missing, or the file cannot be written.
    """
    target = Path(path).expanduser()
    temporary = None
    try:
        # mkstemp makes the file with mode 0600: what was said stays with who saved it.
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
        with os.fdopen(handle, "w+b") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        raise UsageError(
            f"Cannot save to {target}: {error.strerror or error}.", hint="Give a folder that can be written."
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
    return target
