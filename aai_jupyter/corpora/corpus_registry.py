"""Where corpora of this machine are: noted in the home folder, so that erasure finds them."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from aai_jupyter.files.private_folder import private_folder

FOLDER = "corpora"


def note_corpus(home: Path, folder: Path) -> None:
    """Note that a corpus is in this folder; a file for each, so that nobody waits for anybody.

    Examples
    --------
    >>> import tempfile
    >>> home = Path(tempfile.mkdtemp())
    >>> note_corpus(home, home / "calls")
    >>> note_corpus(home, home / "calls")
    >>> [path.name for path in noted_corpora(home)]
    ['calls']
    """
    place = os.path.abspath(folder)
    name = hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    path = home / FOLDER / f"{name}.txt"
    if path.exists():
        return
    # A home that cannot be written keeps no transcripts either: what is erased there, is erased by hand.
    with contextlib.suppress(OSError):
        private_folder(private_folder(home) / FOLDER)
        flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(path, flags, 0o600), "wb") as stream:
            stream.write(os.fsencode(place))


def forget_corpus(home: Path, folder: Path) -> None:
    """Delete the note of a folder."""
    for path, noted in _notes(home):
        if noted == folder:
            path.unlink(missing_ok=True)


def noted_corpora(home: Path) -> list[Path]:
    """Return the folders that were noted, whether they are still there or not."""
    return sorted(folder for _, folder in _notes(home))


def _notes(home: Path) -> list[tuple[Path, Path]]:
    found = []
    for path in (home / FOLDER).glob("*.txt"):
        with contextlib.suppress(OSError):
            if place := path.read_bytes():  # empty: its writer died
                found.append((path, Path(os.fsdecode(place))))
    return found
