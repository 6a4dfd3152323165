"""Turns of a part as the index of words has them: speakers and words as numbers between spaces."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from aai_jupyter.corpora.part_files import part_path
from aai_jupyter.corpora.part_schema import UTTERANCES, WORDS
from aai_jupyter.text.tokenization import units

VOCABULARY = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, said, col)"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def numbered_turns(
    connection: sqlite3.Connection, folder: Path, name: str, base: int
) -> Iterator[tuple[list[tuple[int, str, str]], int]]:
    """Yield rows of the index and how many words they have; numbers of new words are written before.

    Parameters
    ----------
    base : int
        What is added to the rows of turns.
    """
    keys = _Numbers(connection, "keys", "key")
    speakers = _Numbers(connection, "speakers", "name")
    with (
        pq.ParquetFile(part_path(folder, WORDS, name), read_dictionary=["text"]) as words,
        pq.ParquetFile(part_path(folder, UTTERANCES, name)) as said,
    ):
        for group in range(said.num_row_groups):
            turns = said.read_row_group(group, columns=["turn_row", "speaker"])
            spoken = words.read_row_group(group, columns=["turn_row", "text"])
            texts = _as_numbers(spoken.column("text"), keys)
            rows = turns.column("turn_row").to_numpy()
            ends = np.searchsorted(spoken.column("turn_row").to_numpy(), rows, side="right").tolist()
            who = ["" if one is None else speakers.of(one) for one in turns.column("speaker").to_pylist()]
            keys.write()
            speakers.write()
            begins = [0, *ends[:-1]]
            yield (
                [
                    (base + row, name, " ".join(texts[first:last]))
                    for row, name, first, last in zip(rows.tolist(), who, begins, ends, strict=True)
                ],
                len(texts),
            )


def forget_unused(connection: sqlite3.Connection) -> None:
    """Delete the words and speakers that no turn has any more."""
    connection.execute(VOCABULARY)
    for table, column in (("keys", "text"), ("speakers", "who")):
        terms = connection.execute("SELECT term FROM vocabulary WHERE col = ?", (column,))
        used = {int(term, 36) for (term,) in terms}
        unused = [row for row in connection.execute(f"SELECT number FROM {table}") if row[0] not in used]
        connection.executemany(f"DELETE FROM {table} WHERE number = ?", unused)


class _Numbers:
    """Numbers of texts, in order of appearance; new ones are written when asked for."""

    def __init__(self, connection: sqlite3.Connection, table: str, column: str) -> None:
        self._connection = connection
        self._table, self._column = table, column
        self._known: dict[str, str] = {
            text: base36(number)
            for text, number in connection.execute(f"SELECT {column}, number FROM {table}")
        }
        (last,) = connection.execute(f"SELECT coalesce(max(number), 0) FROM {table}").fetchone()
        self._next = last + 1
        self._texts: dict[str | None, str] = {}
        self._new: list[tuple[int, str]] = []

    def of(self, text: str) -> str:
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = base36(self._next)
            self._new.append((self._next, text))
            self._next += 1
        return found

    def of_text(self, text: str | None) -> str:
        """Return the numbers of the keys of a word."""
        found = self._texts.get(text)
        if found is None:
            found = self._texts[text] = " ".join(map(self.of, units(text or "")))
        return found

    def write(self) -> None:
        sql = f"INSERT INTO {self._table} (number, {self._column}) VALUES (?, ?)"
        self._connection.executemany(sql, self._new)
        self._new.clear()


def _as_numbers(texts: pa.ChunkedArray, keys: _Numbers) -> list[str]:
    """Return the numbers of each word, divided by spaces; empty for punctuation alone."""
    coded = texts.combine_chunks()
    if not pa.types.is_dictionary(coded.type):
        coded = coded.dictionary_encode()
    names = [*map(keys.of_text, coded.dictionary.to_pylist()), ""]
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    found: list[str] = np.array(names, dtype=object)[codes].tolist()
    return found


def base36(number: int) -> str:
    """Write a number with letters and digits.

    Examples
    --------
    >>> base36(35), base36(36)
    ('z', '10')
    """
    found = ""
    while number:
        number, digit = divmod(number, 36)
        found = _DIGITS[digit] + found
    return found or "0"
