"""What is kept in the home folder takes how much, and what can go: what is made again for nothing."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aai_jupyter.errors import OptionError
from aai_jupyter.jobs.home_folders import ENGINE, PAGE_RECORDINGS, REDACTED, STREAMS, WAVEFORMS
from aai_jupyter.text.readable_numbers import amount, size_text

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?", re.IGNORECASE)
_IN_USE_SECONDS = 3600.0
"""Files that were written so lately may be in work."""


@dataclass(frozen=True)
class CachePart:
    """One kind of files in the home folder.

    Attributes
    ----------
    name, why : str
        What it is, and why it stays or can go.
    files : tuple of Path
    size : int
        Bytes.
    made_again : bool
        Whether it is made again without money and without the user.
    """

    name: str
    why: str
    files: tuple[Path, ...]
    size: int
    made_again: bool


_PARTS = (
    ("transcripts", "store-*.sqlite3*", "what was paid for, and corrections", False),
    ("damaged stores", "*.damaged*", "may hold what was paid for", False),
    ("sound of live sessions", f"{STREAMS}/**/*", "is nowhere else; goes after 30 days", False),
    ("recordings of the page", f"{PAGE_RECORDINGS}/**/*", "are nowhere else", False),
    ("redacted recordings", f"{REDACTED}/**/*", "the service may not have them any more", False),
    ("waveforms", f"{WAVEFORMS}/**/*", "are drawn again from the recording", True),
    ("files of the local engine", f"{ENGINE}/uploads/**/*", "are sent again from the recording", True),
    ("left by the local engine", f"{ENGINE}/tmp/**/*", "of jobs that were stopped", True),
    ("logs of the local engine", f"{ENGINE}/engine-*.log", "for reports of faults", True),
    ("transcripts of the local engine", f"{ENGINE}/*.sqlite3*", "notebooks refer to them", False),
)


def cache_parts(home: Path) -> list[CachePart]:
    """Return what is in the home folder, kind by kind; a file is counted once."""
    seen: set[Path] = set()
    parts = []
    for name, pattern, why, made_again in _PARTS:
        found = [path for path in _files(home, pattern) if path not in seen]
        seen.update(found)
        parts.append(CachePart(name, why, tuple(found), sum(map(_size, found)), made_again))
    return parts


def prune_cache(
    home: Path, *, limit: int | None = None, older_than: float | None = None, dry_run: bool = False
) -> tuple[int, int]:
    """Delete what can be made again: all that is older, and the oldest beyond a size.

    Parameters
    ----------
    home : Path
    limit : int, optional
        Bytes that may stay of it.
    older_than : float, optional
        Days.
    dry_run : bool

    Returns
    -------
    tuple of int
        Number of files and of bytes.
    """
    now = time.time()
    again = [part for part in cache_parts(home) if part.made_again]
    candidates = sorted((modified, path) for part in again for path, modified in _dated(part.files))
    left = sum(_size(path) for _, path in candidates)
    count = freed = 0
    for modified, path in candidates:
        old = older_than is not None and now - modified > 86400 * older_than
        over = limit is not None and left > limit
        if not (old or over) or now - modified < _IN_USE_SECONDS:
            continue
        size = _size(path)
        if not dry_run:
            try:
                path.unlink(missing_ok=True)
            except OSError:  # open on Windows, or not ours
                continue
        count, freed, left = count + 1, freed + size, left - size
    return count, freed


def size_of(text: str) -> int:
    """Return the bytes of a size as people write it.

    Raises
    ------
    OptionError
        It is none.

    Examples
    --------
    >>> size_of("20 GB"), size_of("512M"), size_of("0")
    (20000000000, 512000000, 0)
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise OptionError(f"{text!r} is not a size.", hint="Such as 20 GB, or 500 MB.")
    return round(float(found[1]) * _UNITS[found[2].upper()])


def cache_table(home: Path) -> str:
    """Return the table of ``aai-jupyter cache``."""
    parts = [part for part in cache_parts(home) if part.files]
    if not parts:
        return f"Nothing is kept in {home}."
    rows = [
        (part.name, size_text(part.size), f"{'can go' if part.made_again else 'stays'}: {part.why}")
        for part in parts
    ]
    widths = [max(len(row[n]) for row in rows) for n in (0, 1)]
    lines = [f"{name:<{widths[0]}}  {size:>{widths[1]}}  {why}" for name, size, why in rows]
    whole = sum(part.size for part in parts)
    files = sum(len(part.files) for part in parts)
    return "\n".join([str(home), *lines, f"{size_text(whole)} in {amount(files, 'file')}."])


def _files(home: Path, pattern: str) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        for path in home.glob(pattern):
            if path.is_file() and not path.is_symlink():
                yield path


def _dated(files: tuple[Path, ...]) -> Iterator[tuple[Path, float]]:
    for path in files:
        with contextlib.suppress(OSError):
            yield path, path.stat().st_mtime


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
