"""Folders below the home folder that hold sound and what is made of it; erasure goes through all of them."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from aai_jupyter.errors import StoreError

STREAMS, WAVEFORMS, REDACTED, PAGE_RECORDINGS = "streams", "peaks", "audio", "studio"
ENGINE = "engine"
FOLDERS = {
    STREAMS: "sound of a live session",
    WAVEFORMS: "waveform",
    REDACTED: "redacted recording",
    PAGE_RECORDINGS: "recording of the page",
}
"""Folder -> what one file in it is."""
_DIGEST = re.compile("[0-9a-f]{64}")


@contextlib.contextmanager
def written_into(home: Path, what: str) -> Iterator[None]:
    """Give what keeps a part of the home from being written as an error of ours.

    Raises
    ------
    StoreError
    """
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise StoreError(f"{what} cannot be written into {home}: {why}.") from error


def is_digest(text: str | None) -> bool:
    """Whether a text is a SHA-256 in hex: safe as the name of a file."""
    return bool(text and _DIGEST.fullmatch(text))


def waveform_name(file: Path) -> str:
    """Name of the waveform of a file whose digest is not known: by its path, size and time of change."""
    facts = file.stat()
    return hashlib.sha256(f"{file}\0{facts.st_size}\0{facts.st_mtime_ns}".encode()).hexdigest()
