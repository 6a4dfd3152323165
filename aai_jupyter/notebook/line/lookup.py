"""Resolution of unquoted words: ``%transcribe audio`` and ``%transcribe df.path`` take variables too."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aai_jupyter.errors import UsageError
from aai_jupyter.notebook.line.expansion import MISSING, lookup


def look_up(text: str, namespace: Mapping[str, Any]) -> Any:
    """Return the object that an unquoted word names, or the word itself, for a path or URL.

    A word whose first name is not a variable is a path, and so is one that names something which cannot be
    a recording, such as a module.

    Parameters
    ----------
    text : str
        A word of the line that was not quoted: ``audio``, ``df.path``, ``paths[0]``, ``df['path']``.
    namespace : mapping
        Variables by name.

    Raises
    ------
    UsageError
        There is both such a variable and such a file: nothing says which one to send.

    Examples
    --------
    >>> look_up("audio", {"audio": b"RIFF"}), look_up("talk.mp3", {})
    (b'RIFF', 'talk.mp3')
    """
    found = lookup(text, namespace)
    if found is MISSING or not _may_be_source(found):
        return text
    if exists(text) and not (isinstance(found, str | os.PathLike) and Path(found) == Path(text)):
        raise UsageError(
            f"{text!r} is a variable and also a file or folder.",
            hint=f"Write {{{text}}} for the variable, or {os.path.join('.', text)} for the file.",
        )
    return found


def _may_be_source(value: Any) -> bool:
    if isinstance(value, str | os.PathLike | bytes | bytearray | memoryview | list | tuple | set | Mapping):
        return True
    # Arrays and Series; a whole DataFrame too, so that the message can ask for a column of it.
    if hasattr(value, "__array__") and hasattr(value, "shape"):
        return True
    return hasattr(value, "read") or hasattr(value, "get_all_samples")


def exists(text: str) -> bool:
    """Return whether there is a file or folder of that name."""
    try:
        return Path(text).expanduser().exists()
    except (OSError, RuntimeError, ValueError):  # too long, no home folder, a NUL: no such file
        return False
