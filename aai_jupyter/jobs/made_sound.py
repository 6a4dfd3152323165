"""Mixes and joins in the home folder: what each was made of, so that it is erased with that.

Beside a sound ``joined-1f.flac`` lies ``joined-1f.parts``: a line for each recording in it, its digest and
its path.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from aai_jupyter.jobs.home_folders import STREAMS

SUFFIX = ".parts"


def parts_file(sound: Path) -> Path:
    """Return the file that says what a sound was made of, whether there is one or not.

    Examples
    --------
    >>> parts_file(Path("joined-1f.flac")).name
    'joined-1f.parts'
    """
    return sound.with_suffix(SUFFIX)


def write_parts(sound: Path, parts: Iterable[tuple[str, Path | None]]) -> None:
    """Write down the digests and paths of what a sound is made of; of what was made itself, its parts too."""
    lines: list[str] = []
    for digest, path in parts:
        lines.append(f"{digest}\t{'' if path is None else os.path.abspath(path)}")
        lines += _lines(parts_file(path)) if path is not None else []
    unfinished = sound.with_suffix(f"{SUFFIX}-{os.urandom(4).hex()}")
    unfinished.write_text("\n".join(dict.fromkeys(lines)), encoding="utf-8", errors="surrogateescape")
    unfinished.replace(parts_file(sound))


def made_of(home: Path, digest: str | None, path: str | None) -> Iterator[Path]:
    """Find the sounds of a home folder that were made of a recording.

    Parameters
    ----------
    digest, path : str or None
        SHA-256 and absolute path of the recording, as far as they are known.
    """
    folder = home / STREAMS
    for file in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else ():
        for line in _lines(file):
            part, _, place = line.partition("\t")
            if part == digest or (place and place == path):
                yield from (one for one in folder.glob(f"{file.stem}.*") if one.suffix in (".flac", ".wav"))
                break


def digest_of(sound: Path) -> str:
    """Return the SHA-256 of a sound; empty when it cannot be read."""
    with contextlib.suppress(OSError), sound.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
    return ""


def _lines(file: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return file.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    return []
