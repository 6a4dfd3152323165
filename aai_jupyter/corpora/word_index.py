"""Index of the words of a corpus: SQLite's FTS5, in which words stand as numbers.

What a word is, in any script, is decided by :mod:`aai_jupyter.text.tokenization` alone: each key gets a
number, and FTS5 is given numbers between spaces. So its own tokenizer decides nothing, and the index is
small. It is made from the parts and brings nothing that is not in them: a damaged one is made anew.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from aai_jupyter.corpora.part_files import part_path
from aai_jupyter.corpora.part_schema import UTTERANCES, WORDS
from aai_jupyter.corpora.query import NEVER, Either, Phrase, Query, fts_match
from aai_jupyter.errors import UsageError
from aai_jupyter.text.tokenization import units

FILE = "words-1.sqlite3"
"""The number is the version of its layout."""
TURN_BITS = 24
"""A row of the index is the number of its part, then this many bits for the turn's row in it."""
MOST_BEGINNINGS = 500
MOST_COMMON = 0.05
"""Words in more than this share of the turns say nothing of what a question is about."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS parts (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, words INTEGER NOT NULL, turns INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS keys (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS speakers (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE VIRTUAL TABLE IF NOT EXISTS said USING fts5(who, text, content='', tokenize='ascii');
"""


class WordIndex:
    """The index of one corpus; extended by what was added since.

    Parameters
    ----------
    folder : Path
        Of the corpus.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "index" / FILE
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self._path.stat().st_size if self._path.exists() else 0

    def parts(self) -> dict[str, int]:
        """Return the number of each part in the index."""
        with self._lock:
            return dict(self._open().execute("SELECT name, number FROM parts"))

    def extend(self, names: list[str], on_progress: Callable[[int], None] | None = None) -> int:
        """Add parts that are not in it yet, each in one transaction; return how many words that were.

        Raises
        ------
        UsageError
            The folder of the corpus cannot be written.
        """
        added = 0
        known = self.parts()
        for name in names:
            if name in known:
                continue
            with self._lock:
                try:
                    added += self._add(name)
                except sqlite3.OperationalError as error:
                    raise UsageError(
                        f"The index of {self._folder} cannot be written ({error}).",
                        hint="Search needs it once; afterwards the folder may be read-only.",
                    ) from error
            if on_progress is not None:
                on_progress(added)
        return added

    def turns(self, query: Query, speaker: str | None, *, by_rank: bool = False) -> Iterator[int]:
        """Yield the rows of turns that match, in the order of the corpus, or the best first.

        Parameters
        ----------
        speaker : str, optional
            Exactly this name.
        """
        with self._lock:
            connection = self._open()
            match = f"text : {fts_match(query, self._numbers)}"
            if speaker is not None:
                row = connection.execute("SELECT number FROM speakers WHERE name = ?", (speaker,)).fetchone()
                match = f'who : "{base36(row[0]) if row else NEVER}" AND {match}'
            order = "rank" if by_rank else "rowid"
            cursor = connection.execute(
                f"SELECT rowid FROM said WHERE said MATCH ? ORDER BY {order}", (match,)
            )
        try:
            while rows := self._some(cursor):
                yield from (row for (row,) in rows)
        finally:  # a reader that stops early must not keep writers waiting
            with self._lock:
                cursor.close()

    def of_question(self, text: str) -> Query | None:
        """Return a query for turns with any word of a question, without its commonest; None without words."""
        keys = list(dict.fromkeys(units(text)))
        with self._lock:
            connection = self._open()
            made = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, said, col)"
            connection.execute(made)
            (turns,) = connection.execute("SELECT coalesce(sum(turns), 0) FROM parts").fetchone()
            sql = "SELECT doc FROM vocabulary WHERE term = ? AND col = 'text'"
            counts = {
                key: (connection.execute(sql, (number,)).fetchone() or (0,))[0]
                for key in keys
                for number in self._numbers(key, False)
            }
        rare = [key for key, count in counts.items() if count <= MOST_COMMON * turns]
        some = rare or sorted(counts, key=counts.__getitem__)[:1]
        phrases = tuple(Phrase(key, (key,)) for key in some)
        return (phrases[0] if len(phrases) == 1 else Either(phrases)) if phrases else None

    def _some(self, cursor: sqlite3.Cursor) -> list[tuple[int]]:
        with self._lock:
            return cursor.fetchmany(1000)

    def _numbers(self, key: str, beginning: bool) -> list[str]:
        connection = self._open()
        if not beginning:
            rows = connection.execute("SELECT number FROM keys WHERE key = ?", (key,)).fetchall()
        else:
            sql = "SELECT number FROM keys WHERE key >= ? AND key < ? LIMIT ?"
            limits = (key, key + "\U0010ffff", MOST_BEGINNINGS + 1)
            rows = connection.execute(sql, limits).fetchall()
        if len(rows) > MOST_BEGINNINGS:
            raise UsageError(
                f"More than {MOST_BEGINNINGS} words begin with {key!r}.", hint="Give a longer beginning."
            )
        return [base36(number) for (number,) in rows]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    # -- writing -------------------------------------------------------------------------------------

    def _add(self, name: str) -> int:
        connection = self._open()
        connection.execute("BEGIN IMMEDIATE")
        try:
            row = connection.execute("SELECT 1 FROM parts WHERE name = ?", (name,)).fetchone()
            words = 0
            if row is None:  # another process may have added it since
                sql = "INSERT INTO parts (name, words, turns) VALUES (?, 0, 0) RETURNING number"
                (number,) = connection.execute(sql, (name,)).fetchone()
                words, turns = self._add_turns(connection, name, number << TURN_BITS)
                sql = "UPDATE parts SET words = ?, turns = ? WHERE number = ?"
                connection.execute(sql, (words, turns, number))
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        return words

    def _add_turns(self, connection: sqlite3.Connection, name: str, base: int) -> tuple[int, int]:
        keys = _Numbers(connection, "keys", "key")
        speakers = _Numbers(connection, "speakers", "name")
        count = turn_count = 0
        with (
            pq.ParquetFile(part_path(self._folder, WORDS, name), read_dictionary=["text"]) as words,
            pq.ParquetFile(part_path(self._folder, UTTERANCES, name)) as said,
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
                connection.executemany(
                    "INSERT INTO said (rowid, who, text) VALUES (?, ?, ?)",
                    [
                        (base + row, name, " ".join(texts[first:last]))
                        for row, name, first, last in zip(rows.tolist(), who, begins, ends, strict=True)
                    ],
                )
                count += len(texts)
                turn_count += len(rows)
        return count, turn_count

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self._connection = self._connected()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise UsageError(
                        f"The index of {self._folder} cannot be opened ({error}).",
                        hint="Search needs an SQLite with FTS5, and a folder that can be written once.",
                    ) from error
                self._path.unlink(missing_ok=True)  # damaged: it is made anew from the parts
                self._connection = self._connected()
        return self._connection

    def _connected(self) -> sqlite3.Connection:
        self._path.parent.mkdir(exist_ok=True, mode=0o700)
        connection = sqlite3.connect(self._path, timeout=600, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA page_size = 8192")
            connection.execute("PRAGMA cache_size = -65536")
            connection.execute("PRAGMA synchronous = NORMAL")
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'said'").fetchone():
                connection.executescript(_SCHEMA)
            if connection.execute("SELECT count(*) FROM said_config").fetchone()[0] < 2:
                connection.execute("INSERT INTO said (said, rank) VALUES ('hashsize', 67108864)")
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection


class _Numbers:
    """Numbers of texts, from 1 on in order of appearance; new ones are written when asked for."""

    def __init__(self, connection: sqlite3.Connection, table: str, column: str) -> None:
        self._connection = connection
        self._table, self._column = table, column
        self._known: dict[str, str] = {
            text: base36(number)
            for text, number in connection.execute(f"SELECT {column}, number FROM {table}")
        }
        self._next = len(self._known) + 1
        self._new: list[tuple[int, str]] = []

    def of(self, text: str) -> str:
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = base36(self._next)
            self._new.append((self._next, text))
            self._next += 1
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
    names = [" ".join(map(keys.of, units(text or ""))) for text in coded.dictionary.to_pylist()]
    names.append("")
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
