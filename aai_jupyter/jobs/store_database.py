"""SQLite file that several kernels share; private to its owner, and its faults stop no transcription.

A damaged file is moved aside and begun anew; a folder that cannot be written, or a full disk, ends in a
store in memory. Both are said in one line, once: what a person paid for is worth more than our records.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from aai_jupyter.files.private_folder import private_database
from aai_jupyter.files.private_folder import private_folder as private_folder

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

BUSY_SECONDS = 30.0
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNUSABLE = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_BUSY,  # after BUSY_SECONDS: locks do not work here, as on some network folders
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PROTOCOL,
}


class StoreDatabase:
    """A lazily opened sqlite file; thread-safe, and safe to inherit through ``fork``.

    Parameters
    ----------
    path : Path
        The file. It and its folder are made on first use, readable by the owner only.
    schema : str
        SQL that may be run again on every opening.
    on_message : callable
        Gets one line of text when the file was damaged or cannot be used.
    """

    def __init__(self, path: Path, schema: str, on_message: Callable[[str], None]) -> None:
        self.path = path
        self._schema = schema
        self._on_message = on_message
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._connection: sqlite3.Connection | None = None
        self._inherited: list[sqlite3.Connection | None] = []
        self._in_memory = False

    def read(self, work: Work[T]) -> T:
        """Run ``work`` on one consistent state of the database."""
        return self._run(work, "BEGIN")

    def write(self, work: Work[T]) -> T:
        """Run ``work`` as one exclusive transaction, committed whole or not at all."""
        return self._run(work, "BEGIN IMMEDIATE")

    def close(self) -> None:
        with self._lock:
            if self._connection is not None and self._pid == os.getpid():
                self._connection.close()
            self._connection = None

    def compact(self) -> None:
        """Give the space of deleted rows back to the disk."""
        with self._lock:
            connection = self._open()
            with contextlib.suppress(sqlite3.OperationalError):  # another kernel is busy: the next time then
                connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @property
    def files(self) -> list[Path]:
        """The database and its companion files, as far as they exist."""
        return [
            p for p in (self.path.with_name(self.path.name + s) for s in ("", "-wal", "-shm")) if p.exists()
        ]

    def _run(self, work: Work[T], begin: str) -> T:
        if self._pid != os.getpid():  # forked: sqlite forbids the use of the parent's connection
            self._inherited.append(self._connection)  # nor may its destructor run here
            self._lock, self._connection, self._pid = threading.RLock(), None, os.getpid()
        with self._lock:
            for _ in range(2):
                try:
                    return self._attempt(work, begin)
                except sqlite3.DatabaseError as error:
                    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
                    if code in _DAMAGED and not self._in_memory:
                        self._move_aside(error)
                    elif code in _UNUSABLE and not self._in_memory:
                        self._use_memory(error)
                    else:
                        raise
            return self._attempt(work, begin)

    def _attempt(self, work: Work[T], begin: str) -> T:
        connection = self._open()
        connection.execute(begin)
        try:
            result = work(connection)
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # the first error is the one that matters
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return result

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        if self._in_memory:
            connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            connection.executescript(self._schema)
            return connection
        try:
            private_folder(self.path.parent)
            private_database(self.path)  # before sqlite sees it
        except OSError as error:
            self._use_memory(error)
            return self._connect()
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            # FULL: a power cut must not lose the id of a job that is paid for. secure_delete: recordings
            # are confidential, and deleted means overwritten.
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}")
            connection.executescript(self._schema)
        except BaseException:
            connection.close()
            raise
        return connection

    def _move_aside(self, error: Exception) -> None:
        self.close()
        with contextlib.suppress(sqlite3.Error):  # another kernel may have replaced the file already
            connection = self._connect()
            sound = connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            connection.close()
            if sound:
                return
        aside = self.path.with_name(f"{self.path.stem}.damaged-{time.time_ns()}")
        try:
            for file in self.files:
                file.replace(aside.with_name(aside.name + file.name.removeprefix(self.path.name)))
        except OSError:  # Windows, while another kernel has it open
            self._use_memory(error)
            return
        self._on_message(
            f"The store of finished transcripts was damaged ({error}). It is kept as {aside}; a new "
            "one is begun, so what was transcribed before is charged again unless you fetch it by id."
        )

    def _use_memory(self, error: Exception) -> None:
        self.close()
        self._in_memory = True
        self._on_message(
            f"Finished transcripts cannot be kept in {self.path.parent} ({error}); they are kept for this "
            "session only. Set AAI_JUPYTER_HOME to a folder that can be written."
        )
