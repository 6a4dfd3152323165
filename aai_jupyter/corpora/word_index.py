"""Index of the words of a corpus: SQLite's FTS5, in which words stand as numbers.

What a word is, in any script, is decided by :mod:`aai_jupyter.text.tokenization` alone: each key gets a
number, and FTS5 is given numbers between spaces. So its own tokenizer decides nothing, and the index is
small. It is made from the parts and brings nothing that is not in them: a damaged one is made anew.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from aai_jupyter.corpora.numbered_turns import VOCABULARY, base36, forget_unused, numbered_turns
from aai_jupyter.corpora.query import NEVER, Either, Phrase, Query, fts_match
from aai_jupyter.errors import UsageError
from aai_jupyter.text.tokenization import units

FILE = "words-1.sqlite3"
"""The number is the version of its layout."""
TURN_BITS = 24
"""A row of the index is the number of its part, then this many bits for the turn's row in it."""
BUSY_SECONDS = 600.0
"""How long another process may write."""
MOST_BEGINNINGS = 500
MOST_COMMON = 0.05
"""Words in more than this share of the turns say nothing of what a question is about."""

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
            connection.execute(VOCABULARY)
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

    # -- erasure -------------------------------------------------------------------------------------

    def remove(self, name: str) -> None:
        """Take a part out, whose files are still there; :meth:`scrub` takes it off the disk."""
        with self._lock:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                row = connection.execute("SELECT number FROM parts WHERE name = ?", (name,)).fetchone()
                if row is not None:
                    sql = "INSERT INTO said (said, rowid, who, text) VALUES ('delete', ?, ?, ?)"
                    for some, _ in numbered_turns(connection, self._folder, name, row[0] << TURN_BITS):
                        connection.executemany(sql, some)
                    connection.execute("DELETE FROM parts WHERE name = ?", (name,))
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise

    def scrub(self, gone: Collection[str]) -> None:
        """Leave no word on the disk that only parts had which are gone.

        Others may have it open, and find it without them. Where it still has one of these parts, all of it
        goes, and is made anew when it is needed.

        Raises
        ------
        UsageError
            The folder cannot be written, or another process does not let go of it.
        """
        with self._lock:
            if not self._path.exists():
                return
            try:
                connection = self._open()
                connection.execute("BEGIN IMMEDIATE")
                if not self.parts().keys().isdisjoint(gone):
                    connection.execute("INSERT INTO said (said) VALUES ('delete-all')")
                    connection.execute("DELETE FROM parts")
                connection.execute("INSERT INTO said (said) VALUES ('optimize')")
                forget_unused(connection)
                connection.execute("COMMIT")
                connection.execute("VACUUM")
            except sqlite3.OperationalError as error:
                self.close()
                raise UsageError(
                    f"The index of {self._folder} cannot be emptied ({error}).",
                    hint="Close what else uses it, or delete its folder index.",
                ) from error

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
        count = turn_count = 0
        for some, words in numbered_turns(connection, self._folder, name, base):
            connection.executemany("INSERT INTO said (rowid, who, text) VALUES (?, ?, ?)", some)
            count += words
            turn_count += len(some)
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
        connection = sqlite3.connect(
            self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
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
