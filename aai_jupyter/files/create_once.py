"""Files that can be made once: of several processes, on several machines, one succeeds."""

from __future__ import annotations

import os
import uuid
from pathlib import Path


def create_once(path: Path, content: bytes) -> bool:
    """Make a file with its content, unless there is one of that name; return whether it was made.

    Who sees the file sees all of it: a hard link to a name that must not exist puts it there, which holds on
    network file systems, too.
    """
    whole = path.with_name(f"{path.name}.{uuid.uuid4().hex}.new")
    descriptor = os.open(whole, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        try:
            os.link(whole, path)
        except FileExistsError:
            return False
        except OSError:  # a file system without hard links: this fails, too, when the name is there
            return _create_plainly(path, content)
        return True
    finally:
        whole.unlink(missing_ok=True)


def _create_plainly(path: Path, content: bytes) -> bool:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return True
