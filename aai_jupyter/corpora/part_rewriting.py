"""A part of a corpus written anew without some of its recordings, as an erasure needs it."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aai_jupyter.corpora.part_files import part_path, write_part
from aai_jupyter.corpora.part_schema import RECORDINGS, TABLES, UTTERANCES, WORDS


def ids_of(folder: Path, name: str) -> pa.ChunkedArray:
    """Return the recordings of a part."""
    return pq.read_table(part_path(folder, RECORDINGS, name), columns=["transcript_id"]).column(0)


def rewrite_part(folder: Path, name: str, without: Collection[str]) -> str | None:
    """Write a part anew without some recordings; return its name, None when none is left.

    The new part stands where the old one stands in the order of the corpus. Its name follows from what it is
    made of: an erasure that was killed, and begins again, does not write it twice.

    Raises
    ------
    UsageError
        The folder cannot be written.
    """
    recordings = pq.read_table(part_path(folder, RECORDINGS, name))
    out = pa.array(sorted(without), pa.string())
    recordings = recordings.filter(pc.invert(pc.is_in(recordings.column("transcript_id"), out)))
    if not recordings.num_rows:
        return None
    stamp = name.partition("-")[0]
    made = hashlib.sha256("\0".join([name, *sorted(without)]).encode("utf-8", "surrogatepass"))
    new = f"{stamp}-{made.hexdigest()[:8]}"
    if not part_path(folder, RECORDINGS, new).exists():
        write_part(folder, _groups(folder, name, recordings, out), new)
    return new


def remove_part(folder: Path, name: str) -> None:
    """Delete the files of a part, the recordings first: without them it does not count.

    Raises
    ------
    OSError
        One of them cannot be deleted.
    """
    for table in reversed(TABLES):
        with contextlib.suppress(FileNotFoundError):
            part_path(folder, table, name).unlink()


def _groups(folder: Path, name: str, recordings: pa.Table, out: pa.Array) -> Iterator[Mapping[str, pa.Table]]:
    """Yield the row groups with what stays, their rows numbered anew."""
    turns = words = groups = 0
    with (
        pq.ParquetFile(part_path(folder, UTTERANCES, name)) as said,
        pq.ParquetFile(part_path(folder, WORDS, name)) as spoken,
    ):
        for group in range(said.num_row_groups):
            own = recordings.filter(pc.equal(recordings.column("row_group"), group))
            if not own.num_rows:
                continue
            old_turns, old_words = (
                table.filter(pc.invert(pc.is_in(table.column("transcript_id"), out)))
                for table in (said.read_row_group(group), spoken.read_row_group(group))
            )
            rows = old_turns.column("turn_row").to_numpy()
            of_words = turns + np.searchsorted(rows, old_words.column("turn_row").to_numpy())
            of_turns = turns + np.arange(len(rows))
            firsts = turns + np.searchsorted(rows, own.column("first_turn").to_numpy())
            yield {
                WORDS: _with(old_words, turn_row=of_words),
                UTTERANCES: _with(
                    old_turns, turn_row=of_turns, first_word=words + np.searchsorted(of_words, of_turns)
                ),
                RECORDINGS: _with(own, first_turn=firsts, row_group=np.full(own.num_rows, groups)),
            }
            turns, words, groups = turns + len(rows), words + len(of_words), groups + 1


def _with(table: pa.Table, **columns: np.ndarray) -> pa.Table:
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, pa.array(values, pa.int64()))
    return table
