"""``aai.sample``: the bundled recording."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def sample() -> Path:
    """The bundled recording: 67 s, two readers taking turns, public domain (LibriVox). No network needed.

    Examples
    --------
    >>> sample().name
    'two_readers.flac'
    """
    return Path(str(files("aai_jupyter") / "data" / "two_readers.flac"))
