"""Files of the user that still hold a transcript: saved notebooks and exports below the working folder."""

from __future__ import annotations

import contextlib
import json
import os
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

KINDS = (
    ".ipynb", ".aai", ".json", ".jsonl", ".srt", ".vtt", ".txt", ".md", ".csv", ".html", ".pkl", ".pickle",
)  # fmt: skip
MAX_DEPTH, MAX_FILES = 4, 5_000
MAX_BYTES = 50_000_000
"""Of one file; larger ones are passed over."""
WORDS = 8
"""A run of so many words tells one transcript from another."""


def needles(transcript_id: str | None, text: str) -> list[bytes]:
    """What to look for: the id, and the first words as text and as JSON has them."""
    words = " ".join(text.split()[:WORDS])
    found = {transcript_id or "", words, json.dumps(words)[1:-1]}
    return [one.encode("utf-8", "surrogatepass") for one in found if len(one) > 12]


def files_with(folder: Path, wanted: Sequence[bytes]) -> list[Path]:
    """Files below a folder in which one of these is found, in a zip too; bounded in depth and number."""
    return [path for path in _files(folder) if _holds(path, wanted)] if wanted else []


def _files(folder: Path) -> Iterator[Path]:
    seen = 0
    for place, folders, names in os.walk(folder):
        depth = len(Path(place).relative_to(folder).parts)
        hidden = (name for name in folders if name.startswith(".") and name != ".ipynb_checkpoints")
        skipped = {*hidden, "node_modules", "__pycache__"}
        folders[:] = [] if depth >= MAX_DEPTH else [name for name in folders if name not in skipped]
        for name in names:
            seen += 1
            if seen > MAX_FILES:
                return
            if name.endswith(KINDS):
                yield Path(place) / name


def _holds(path: Path, wanted: Sequence[bytes]) -> bool:
    with contextlib.suppress(OSError, zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError):
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            return False
        if path.suffix == ".aai" and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for entry in archive.infolist()[:50]:
                    with archive.open(entry) as stream:
                        if _in(stream.read(MAX_BYTES), wanted):
                            return True
            return False
        return _in(path.read_bytes(), wanted)
    return False


def _in(data: bytes, wanted: Sequence[bytes]) -> bool:
    return any(one in data for one in wanted)
