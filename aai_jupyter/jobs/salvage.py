"""What can still be read of a store: through sqlite where that works, else from its sound pages one by one.

All that matters stands in tables WITHOUT ROWID, which are index b-trees: their pages, inner ones included,
hold whole rows. A page is judged by itself, so that damage anywhere costs the rows of that page only.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
import uuid
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aai_jupyter.jobs.sqlite_pages import index_records, page_map
from aai_jupyter.text.json_faults import NOT_JSON

Row = tuple[Any, ...]

TABLES = ("transcripts", "cache", "uploads", "layers", "jobs", "journal", "claims", "charges")


def copy_readable(path: Path, target: sqlite3.Connection) -> int:
    """Copy rows of a file that cannot be written, or not be trusted, into an open database; count them."""
    if not path.is_file():
        return 0
    for options in ("mode=ro", "mode=ro&immutable=1"):
        source = None
        try:
            source = sqlite3.connect(f"file:{quote(str(path))}?{options}", uri=True)
            source.text_factory = lambda text: text.decode("utf-8", "replace")
            # `immutable` does not look into the write-ahead log: only right where there is none.
            if "immutable" not in options or not _has_log(path):
                return _copy_tables(source, target)
        except sqlite3.Error:
            target.rollback()
        finally:
            if source is not None:
                source.close()
    with contextlib.suppress(OSError):
        return insert_rows(target, readable_rows(path))
    return 0


def replace_damaged(path: Path, files: Sequence[Path], schema: str) -> tuple[Path, int]:
    """Move a damaged store aside and put what can be read of it into a new one, all in one step for others.

    Returns
    -------
    Path, int
        Where the damaged one is kept, and how many rows the new one has.
    """
    aside = path.with_name(f"{path.stem}.damaged-{time.time_ns()}")
    fresh = path.with_name(f"{path.stem}.salvaged-{uuid.uuid4().hex}")
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        connection = sqlite3.connect(fresh, isolation_level=None)
        with contextlib.closing(connection):
            connection.executescript(schema)
            rows = insert_rows(connection, readable_rows(path)) if path.is_file() else 0
        # The log first: its pages must never be applied to the new file.
        for file in sorted(files, key=lambda file: file == path):
            file.replace(aside.with_name(aside.name + file.name.removeprefix(path.name)))
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return aside, rows


def readable_rows(path: Path) -> Iterator[tuple[str, Row]]:
    """Yield table and values of each row that stands whole on a sound page."""
    pages, size = page_map(path)
    for record in index_records(pages, size):
        for table, fits in _SHAPES.items():
            if fits(record):
                yield table, record
                break


def insert_rows(target: sqlite3.Connection, rows: Iterator[tuple[str, Row]]) -> int:
    """Insert rows into their tables; return how many were new to them."""
    count = 0
    target.execute("BEGIN IMMEDIATE")
    for table, row in rows:
        names = [info[1] for info in target.execute(f"PRAGMA table_info({table})")]
        values = row[: len(names)]
        marks = ", ".join("?" * len(values))
        sql = f"INSERT OR REPLACE INTO {table} ({', '.join(names[: len(values)])}) VALUES ({marks})"
        with contextlib.suppress(sqlite3.IntegrityError):
            target.execute(sql, values)
            count += 1
    target.execute("COMMIT")
    return count


def _copy_tables(source: sqlite3.Connection, target: sqlite3.Connection) -> int:
    """Insert rows into their tables; return how many were new to them."""
    count = 0
    target.execute("BEGIN")
    for table in TABLES:
        known = {info[1] for info in target.execute(f"PRAGMA table_info({table})")}
        names = [info[1] for info in source.execute(f"PRAGMA table_info({table})") if info[1] in known]
        if not names:
            continue
        columns, marks = ", ".join(names), ", ".join("?" * len(names))
        sql = f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})"
        cursor = target.executemany(sql, source.execute(f"SELECT {columns} FROM {table}"))
        count += cursor.rowcount
    target.execute("COMMIT")
    return count


def _has_log(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return path.with_name(path.name + "-wal").stat().st_size > 0
    return False


# -- which table a row is of: a damaged file may not tell ----------------------------------------------


def _texts(row: Row, *places: int) -> bool:
    return all(isinstance(row[place], str) and row[place] for place in places)


def _number(value: Any) -> bool:
    return isinstance(value, int | float)


def _is_transcript(row: Row) -> bool:
    if len(row) < 6 or not _texts(row, 0, 1) or not isinstance(row[2], bytes) or not _number(row[5]):
        return False
    try:
        return isinstance(json.loads(zlib.decompress(row[2])), dict)
    except (zlib.error, *NOT_JSON):
        return False


def _is_job(row: Row) -> bool:
    states = ("planned", "uploaded", "submitting", "submitted", "completed", "failed")
    return (
        len(row) >= 11 and _texts(row, 0, 1, 2) and row[5] in states and _number(row[9]) and _number(row[10])
    )


def _is_layer(row: Row) -> bool:
    return len(row) == 4 and _texts(row, 0, 1) and isinstance(row[2], bytes) and _number(row[3])


def _is_upload(row: Row) -> bool:
    named = len(row) == 4 and _texts(row, 0, 1, 2) and _number(row[3])
    return named and row[0].startswith(("sha256:", "url:", "remote:")) and "://" in row[2]


def _is_cache(row: Row) -> bool:
    return len(row) == 4 and _texts(row, 0, 1, 2) and _number(row[3])


def _is_charge(row: Row) -> bool:
    return len(row) == 9 and _texts(row, 0, 1, 3, 4) and _number(row[2]) and _number(row[7])


_SHAPES: dict[str, Callable[[Row], bool]] = {
    "transcripts": _is_transcript,
    "jobs": _is_job,
    "layers": _is_layer,
    "uploads": _is_upload,
    "cache": _is_cache,
    "charges": _is_charge,
}
