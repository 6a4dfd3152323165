"""Files of strangers whose checksum was compared: once for each state that a file is in."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path

from aai_jupyter.files.private_folder import private_folder
from aai_jupyter.text.json_faults import NOT_JSON

_FILE = "checked.json"


class CheckedFiles:
    """Remembers in a private folder which files were found to have which checksum.

    Parameters
    ----------
    folder : Path
        Made when the first file is remembered.

    Notes
    -----
    A file counts as unchanged while inode, size, and the times of its last change of content and of its
    attributes are the same: the last cannot be set by whoever writes to the file.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "x").write_bytes(b"")
    >>> CheckedFiles(folder / "seen").has(folder / "x", hashlib.sha256().hexdigest())
    True
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, list[int | str]] | None = None

    def has(self, path: Path, sha256: str) -> bool:
        """Whether a file has this checksum; it is read unless that is known."""
        try:
            state = _state(path)
            name = str(path.resolve())
            if self._seen().get(name) == [*state, sha256]:
                return True
            if _hash(path) != sha256 or _state(path) != state:
                return False
        except OSError:
            return False
        self._seen()[name] = [*state, sha256]
        self._write()
        return True

    def _seen(self) -> dict[str, list[int | str]]:
        if self._known is None:
            self._known = {}
            with contextlib.suppress(OSError, *NOT_JSON):
                found = json.loads((self._folder / _FILE).read_text("utf-8"))
                if isinstance(found, dict):
                    self._known = found
        return self._known

    def _write(self) -> None:
        with contextlib.suppress(OSError):  # it is hashed again the next time
            part = private_folder(self._folder) / f".{_FILE}-{os.getpid()}"
            with open(
                os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8"
            ) as file:
                json.dump(self._known, file)
            os.replace(part, self._folder / _FILE)


def _state(path: Path) -> list[int | str]:
    status = path.stat()
    return [status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
