"""A lock between processes that share only a folder, without trust in the locks of its file system.

Files ``NAME.1``, ``NAME.2``, ... tell, the newest alone, who holds it. To change that is to make the next
number, which succeeds once, on network file systems too: a hard link to a name that must not exist. So it is
compare-and-set. A holder that died leaves its number, and the next one is anybody's, by the rules of claims.
"""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from pathlib import Path

from aai_jupyter.files.create_once import create_once
from aai_jupyter.jobs.holder_watch import HolderWatch
from aai_jupyter.jobs.process_identity import this_process

FREE = "free"
_PAUSE = 0.01


class LockLost(Exception):
    """Another process has taken the lock over, while this one stood still."""


class FolderLock:
    """A lock with a name in a folder.

    Parameters
    ----------
    path : Path
        Its files are this, with a number.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "lock"
    >>> ours, theirs = FolderLock(path), FolderLock(path)
    >>> ours.acquire(1.0), theirs.acquire(0.0), ours.release(), theirs.acquire(1.0)
    (True, False, None, True)
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._watch = HolderWatch()
        self._owner = ""
        self._number = 0

    def acquire(self, seconds: float) -> bool:
        """Take the lock; return False when somebody alive has held it for so long."""
        self._owner = f"{this_process()}|{uuid.uuid4().hex}"
        until = time.monotonic() + seconds
        while True:
            number, holder = self._newest()
            if (holder == FREE or self._watch.is_free("lock", holder, number)) and self._make(
                number + 1, self._owner
            ):
                self._number = number + 1
                if self._newest() == (self._number, self._owner):
                    self._remove_below(self._number)
                    return True
                # The number was made before, and removed: we had looked long ago.
                self._file(self._number).unlink(missing_ok=True)
            if time.monotonic() >= until:
                return False
            time.sleep(_PAUSE)

    def check(self) -> None:
        """See that the lock is still ours, before what it protects is changed for good.

        Raises
        ------
        LockLost
            It is not.
        """
        if self._newest() != (self._number, self._owner):
            raise LockLost(str(self._path))

    def release(self) -> None:
        """Give the lock back, if it is still ours."""
        if self._newest() == (self._number, self._owner) and self._make(self._number + 1, FREE):
            self._remove_below(self._number + 1)

    def _newest(self) -> tuple[int, str]:
        numbers = sorted(self._numbers(), reverse=True)
        for number in numbers:
            with contextlib.suppress(OSError):  # removed meanwhile: a newer one is there
                return number, self._file(number).read_text(encoding="utf-8")
        return (0, FREE) if not numbers else self._newest()

    def _numbers(self) -> list[int]:
        found = []
        for entry in os.scandir(self._path.parent):
            name, _, number = entry.name.rpartition(".")
            if name == self._path.name and number.isdecimal():
                found.append(int(number))
        return found

    def _make(self, number: int, content: str) -> bool:
        return create_once(self._file(number), content.encode())

    def _file(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _remove_below(self, number: int) -> None:
        for old in self._numbers():
            if old < number:
                self._file(old).unlink(missing_ok=True)
