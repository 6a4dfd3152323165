"""Resolution of unquoted words: ``%transcribe audio`` and ``%transcribe df.path`` take variables too."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from aai_jupyter.errors import UsageError
from aai_jupyter.notebook.line.expansion import MISSING, lookup

# What objects that hold sound have; see client.sources.samples and client.sources.uploads.
_SOUND = (
    "read",
    "read_bytes",
    "readframes",
    "raw_data",
    "get_all_samples",
    "sample_rate",
    "content",
    "accept",
)
_SHELL_NAME = re.compile(r"\$\{?([^\W\d]\w*)\}?")
_CALL = re.compile(r"([^\W\d]\w*+)[\w.]*+\(.*\)", re.DOTALL)
_OFTEN_CALLED = ("Path", "pathlib", "os", "glob", "sorted", "list", "open", "str")


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
        There is both such a variable and such a file: nothing says which one to send. Or the word is
        written as a shell or Python would have it (``$path``, ``Path("a.wav")``).

    Examples
    --------
    >>> look_up("audio", {"audio": b"RIFF"}), look_up("talk.mp3", {})
    (b'RIFF', 'talk.mp3')
    """
    found = lookup(text, namespace)
    if found is MISSING:
        _check_spelling(text, namespace)
    if found is MISSING or not _may_be_source(found):
        return text
    if exists(text) and not (isinstance(found, str | os.PathLike) and Path(found) == Path(text)):
        raise UsageError(
            f"{text!r} is a variable and also a file or folder.",
            hint=f"Write {{{text}}} for the variable, or {os.path.join('.', text)} for the file.",
        )
    return found


def _may_be_source(value: Any) -> bool:
    if isinstance(value, type | ModuleType) or callable(value):
        return False
    if isinstance(value, str | os.PathLike | bytes | bytearray | memoryview | Iterable):
        return True
    # Arrays; a whole DataFrame too, so that the message can ask for a column of it.
    if hasattr(value, "__array__") and hasattr(value, "shape"):
        return True
    return any(hasattr(value, name) for name in _SOUND)


def exists(text: str) -> bool:
    """Return whether there is a file or folder of that name."""
    try:
        return Path(text).expanduser().exists()
    except (OSError, RuntimeError, ValueError):  # too long, no home folder, a NUL: no such file
        return False


def _check_spelling(text: str, namespace: Mapping[str, Any]) -> None:
    """Refuse a word that is written as another language would have it, where it names no file.

    Raises
    ------
    UsageError
        ``$path`` or ``Path("a.wav")``: it says how this is written here.
    """
    if exists(text):
        return
    call = _CALL.fullmatch(text)
    if call is not None and (call[1] in namespace or call[1] in _OFTEN_CALLED):
        raise UsageError(f"{text} stands there as text.", hint=f"Python stands in braces: {{{text}}}")
    names = [name for name in _SHELL_NAME.findall(text) if name in namespace or name in os.environ]
    if names:
        meant = _SHELL_NAME.sub(lambda m: f"{{{m[1]}}}" if m[1] in namespace else _environment(m[1]), text)
        raise UsageError(f"{text} is not expanded here.", hint=f"Write {meant}")


def _environment(name: str) -> str:
    return f"{{os.environ['{name}']}}"
