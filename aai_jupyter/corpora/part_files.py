"""Parts of a corpus on disk: written whole or not at all, never changed, never written over.

::

    corpus.json                        what it is, and the version of its schema
    words/PART.parquet                 one row a word
    utterances/PART.parquet            one row a turn
    recordings/PART.parquet            one row a recording; moved there last: with it the part counts
    index/                             made from the parts, and made anew when it is missing

A part is written under hidden names, which other programs' patterns leave out, and then moved. A process that
dies before the last move leaves files that nobody reads; :func:`sweep` deletes them after a day. Only an
erasure takes a part away, when another one without what is erased is in its place.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from aai_jupyter.corpora.part_schema import RECORDINGS, SCHEMA_VERSION, SCHEMAS, TABLES, united
from aai_jupyter.errors import UsageError
from aai_jupyter.transcripts.atomic_file import write_file

FORMAT = "aai-jupyter corpus"
MANIFEST = "corpus.json"
_LEFT_SECONDS = 86400.0


def open_folder(folder: Path) -> None:
    """Make the folder of a corpus, or check that it is one that this version reads.

    Raises
    ------
    UsageError
        It is another folder, of a newer version, or cannot be made.
    """
    manifest = folder / MANIFEST
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not manifest.exists():
            if any(entry.name not in TABLES for entry in folder.iterdir() if not entry.name.startswith(".")):
                raise UsageError(
                    f"{folder} has other files in it and is no corpus.", hint="Name a new or empty folder."
                )
            for name in TABLES:
                (folder / name).mkdir(exist_ok=True, mode=0o700)
            content = json.dumps({"format": FORMAT, "version": SCHEMA_VERSION}).encode()
            write_file(manifest, lambda stream: stream.write(content))
            return
        found = json.loads(manifest.read_bytes())
        form, version = found["format"], int(found["version"])
    except OSError as error:
        raise UsageError(
            f"Cannot use {folder} as a corpus: {error.strerror or error}.", hint="Name another folder."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{manifest} is damaged, or of no corpus ({error}).") from error
    if form != FORMAT:
        raise UsageError(f"{folder} is no corpus.")
    if version > SCHEMA_VERSION:
        raise UsageError(
            f"{folder} was written by a newer version of aai_jupyter.", hint="Update aai-jupyter."
        )


def part_names(folder: Path) -> list[str]:
    """Return the names of all parts that count, oldest first."""
    return sorted(path.stem for path in (folder / RECORDINGS).glob("[!.]*.parquet"))


def part_path(folder: Path, table: str, name: str) -> Path:
    """Return the file of a table of a part."""
    return folder / table / f"{name}.parquet"


def write_part(folder: Path, groups: Iterable[Mapping[str, pa.Table]], name: str | None = None) -> str:
    """Write a part, row group by row group; return its name.

    Parameters
    ----------
    groups : iterable of mapping
        Table -> its rows.
    name : str, optional
        By default a new one, after all others.

    Raises
    ------
    UsageError
        The folder cannot be written.
    """
    name = name or f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:8]}"
    hidden = {table: folder / table / f".{name}.parquet" for table in TABLES}
    writers: dict[str, pq.ParquetWriter] = {}
    kept: list[pa.Table] = []
    try:
        try:
            for group in groups:
                kept.append(group[RECORDINGS])
                for table in TABLES[:2]:
                    if table not in writers:
                        writers[table] = _writer(hidden[table], SCHEMAS[table])
                    writers[table].write_table(group[table])
            recordings = united(kept)
            writers[RECORDINGS] = _writer(hidden[RECORDINGS], recordings.schema)
            writers[RECORDINGS].write_table(recordings)
        finally:
            for writer in writers.values():
                writer.close()
        for table in TABLES:
            with hidden[table].open("rb+") as file:
                os.fsync(file.fileno())
        for table in TABLES:  # the recordings last: with them the part counts
            os.replace(hidden[table], part_path(folder, table, name))
    except OSError as error:
        raise UsageError(
            f"Cannot write to the corpus {folder}: {error.strerror or error}.",
            hint="What was there before is unharmed.",
        ) from error
    finally:
        for path in hidden.values():
            with contextlib.suppress(OSError):
                path.unlink()
    return name


def unfinished(folder: Path) -> list[Path]:
    """Return files that do not count: of parts that are being written, or whose writer died."""
    counted = set(part_names(folder))
    files = (path for table in TABLES for path in (folder / table).glob("*.parquet"))
    return sorted(path for path in files if path.stem not in counted)


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    labels = [f.name for f in schema if pa.types.is_string(f.type) and f.name != "version"]
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # what was said is its owner's
    return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=labels, write_statistics=True)


def sweep(folder: Path, now: float | None = None) -> int:
    """Delete what writers that died have left for more than a day; return how many files."""
    oldest = (time.time() if now is None else now) - _LEFT_SECONDS
    removed = 0
    for path in unfinished(folder):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < oldest:
                path.unlink()
                removed += 1
    return removed
