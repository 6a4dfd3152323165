"""Places outside the home folder that copies of transcripts went to: noted, so that erasure knows of them."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from aai_jupyter.files.private_folder import private_folder

CORPORA, SHARED_STORES = "corpora", "shared-stores"


def note_place(home: Path, kind: str, place: str) -> None:
    """Note a place; a file for each, so that nobody waits for anybody.

    Parameters
    ----------
    kind : {"corpora", "shared-stores"}
    place : str
        An absolute path, or an address without a password.

    Examples
    --------
    >>> import tempfile
    >>> home = Path(tempfile.mkdtemp())
    >>> note_place(home, CORPORA, "/data/calls")
    >>> note_place(home, CORPORA, "/data/calls")
    >>> noted_places(home, CORPORA), forget_place(home, CORPORA, "/data/calls"), noted_places(home, CORPORA)
    (['/data/calls'], None, [])
    """
    path = _file(home, kind, place)
    if path.exists():
        return
    # A home that cannot be written keeps no transcripts either: what went elsewhere is erased by hand.
    with contextlib.suppress(OSError):
        private_folder(private_folder(home) / kind)
        flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(path, flags, 0o600), "wb") as stream:
            stream.write(os.fsencode(place))


def forget_place(home: Path, kind: str, place: str) -> None:
    """Delete the note of a place."""
    with contextlib.suppress(OSError):
        _file(home, kind, place).unlink()


def noted_places(home: Path, kind: str) -> list[str]:
    """Return the places that were noted, whether they are still there or not."""
    found = []
    for path in (home / kind).glob("*.txt"):
        with contextlib.suppress(OSError):
            found.append(os.fsdecode(path.read_bytes()))
    return sorted(place for place in found if place)  # empty: its writer died


def _file(home: Path, kind: str, place: str) -> Path:
    return home / kind / f"{hashlib.sha256(os.fsencode(place)).hexdigest()[:32]}.txt"
