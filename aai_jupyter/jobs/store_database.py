"""SQLite file that several kernels share; private to its owner.

A damaged file is moved aside and what can be read of it is taken into a new one. Where nothing can be written
(a full disk, a folder for reading only, a file of a newer version) what can be read is copied into memory:
results are still found, and `durable` tells that nothing may be paid for that only the memory would know.
Each is said in one line, once.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from aai_jupyter.files.private_folder import private_database, private_folder
from aai_jupyter.jobs.file_systems import network_file_system
from aai_jupyter.jobs.folder_lock import FolderLock, LockLost
from aai_jupyter.jobs.salvage import copy_readable, replace_damaged

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
#: Gets the name of each point at which a process may be killed; for tests.
OnBoundary = Callable[[str], None]

BUSY_SECONDS = 30.0
SCHEMA_VERSION = 1
"""Written into the file as ``user_version``; a larger one is of a newer package."""

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNUSABLE = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_BUSY,  # after BUSY_SECONDS: locks do not work here, or a process was stopped with one
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PROTOCOL,
}


class _Replaced(Exception):
    """Another process has put a new file in the place of the one that is open."""


class _NewerStore(Exception):
    """The file was written by a newer version of this package."""


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
    on_boundary : callable, optional
        Gets "before commit ..." and "after commit ..." with the names of what is written.
    network : str, optional
        The network file system that the folder is on, "" for none; found out when left out. There SQLite's
        shared memory and locks are not used: each transaction opens the file under a lock of our own.
    """

    def __init__(
        self,
        path: Path,
        schema: str,
        on_message: Callable[[str], None],
        *,
        on_boundary: OnBoundary | None = None,
        network: str | None = None,
    ) -> None:
        self.path = path
        self._schema = schema
        self._on_message = on_message
        self._on_boundary = on_boundary
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._connection: sqlite3.Connection | None = None
        self._inherited: list[sqlite3.Connection | None] = []
        self._opened: tuple[int, int] | None = None
        self._inside = False
        self._names: list[str] = []
        self._trouble: str | None = None
        self._unwritten: list[Work[Any]] = []
        self._network = network_file_system(path.parent) if network is None else network or None
        self._folder_lock = FolderLock(path.with_name(f"{path.stem}.lock")) if self._network else None

    # -- transactions --------------------------------------------------------------------------------

    def read(self, work: Work[T]) -> T:
        """Run ``work`` on one consistent state of the database."""
        return self._run(work, "BEGIN")

    def write(self, work: Work[T], name: str = "write") -> T:
        """Run ``work`` as one exclusive transaction, committed whole or not at all.

        It may be run again: on a new file, when the present one turns out to be damaged.
        """

        def named(db: sqlite3.Connection) -> T:
            self._names.append(name)
            result = work(db)
            if self._trouble is not None:
                self._unwritten.append(work)
            return result

        return self._run(named, "BEGIN IMMEDIATE")

    def read_all(self, calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
        """Run calls that only read this database on one state of it; an error of one is in its place."""
        return self._run(lambda db: [_outcome(call) for call in calls], "BEGIN")

    def write_all(self, calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
        """Run calls that use this database, all in one transaction; an error of one undoes that one only."""

        def work(db: sqlite3.Connection) -> list[T | Exception]:
            results: list[T | Exception] = []
            for call in calls:
                db.execute("SAVEPOINT one")
                result = _outcome(call)
                if isinstance(result, Exception):
                    db.execute("ROLLBACK TO one")
                db.execute("RELEASE one")
                results.append(result)
            return results

        return self._run(work, "BEGIN IMMEDIATE")

    def close(self) -> None:
        with self._lock:
            if self._connection is not None and self._pid == os.getpid():
                self._connection.close()
            self._connection = None

    def compact(self) -> None:
        """Give the space of deleted rows back to the disk."""
        with self._lock:
            lock = self._folder_lock if self._trouble is None else None
            if lock is not None and not lock.acquire(BUSY_SECONDS):
                return
            try:
                connection = self._open()
                with contextlib.suppress(
                    sqlite3.OperationalError
                ):  # another kernel is busy: the next time then
                    connection.execute("VACUUM")
                if lock is None:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                if lock is not None:
                    self.close()
                    lock.release()

    # -- what it stands on ---------------------------------------------------------------------------

    @property
    def trouble(self) -> str | None:
        """Why nothing is written to the disk; None when it is."""
        return self._trouble

    @property
    def mode(self) -> str:
        """How the file is shared, for people."""
        if self._trouble:
            return "in memory only, nothing is submitted"
        if self._network:
            return f"on a network file system ({self._network}), under a lock made of files"
        return "on a disk of this machine"

    @property
    def files(self) -> list[Path]:
        """The database and its companion files, as far as they exist."""
        return [
            p for p in (self.path.with_name(self.path.name + s) for s in ("", "-wal", "-shm")) if p.exists()
        ]

    def try_disk_again(self) -> bool:
        """Go back to the file, if it can be written by now, with what was written to memory meanwhile."""
        with self._lock:
            if self._trouble is None:
                return True
            memory, trouble, unwritten = self._connection, self._trouble, self._unwritten
            self._connection, self._trouble, self._unwritten = None, None, []

            def catch_up(db: sqlite3.Connection) -> None:
                for work in unwritten:
                    with contextlib.suppress(ValueError):  # overtaken by what another process wrote
                        work(db)
                # A transaction that changes nothing is committed on a full disk, too.
                db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

            try:
                self._attempt(catch_up, "BEGIN IMMEDIATE")
            except (sqlite3.DatabaseError, OSError, _NewerStore, _Replaced, LockLost):
                self.close()
                self._connection, self._trouble, self._unwritten = memory, trouble, unwritten
                return False
            if memory is not None:
                memory.close()
            return True

    # -- within --------------------------------------------------------------------------------------

    def _run(self, work: Work[T], begin: str) -> T:
        if self._pid != os.getpid():  # forked: sqlite forbids the use of the parent's connection
            self._inherited.append(self._connection)  # nor may its destructor run here
            self._lock, self._connection, self._pid = threading.RLock(), None, os.getpid()
            self._inside = False
        with self._lock:
            if self._inside:
                assert self._connection is not None
                return work(self._connection)
            for _ in range(3):
                try:
                    return self._attempt(work, begin)
                except (_Replaced, LockLost):
                    self.close()
                except _NewerStore as newer:
                    self._use_memory(str(newer))
                except OSError as error:
                    if self._trouble is not None:
                        raise
                    self._use_memory(self._unwritable(error))
                except sqlite3.DatabaseError as error:
                    self._mend(error)
            return self._attempt(work, begin)

    def _mend(self, error: sqlite3.DatabaseError) -> None:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if self._trouble is None and code in _DAMAGED:
            self._replace_damaged(error)
        elif self._trouble is None and code in _UNUSABLE:
            self._use_memory(self._unwritable(error))
        else:
            raise error

    def _attempt(self, work: Work[T], begin: str) -> T:
        lock = self._folder_lock if self._trouble is None else None
        if lock is None:
            return self._transaction(work, begin, None)
        private_folder(self.path.parent)
        if not lock.acquire(BUSY_SECONDS):
            raise OSError(f"another process has held its lock for {BUSY_SECONDS:.0f} s")
        try:
            return self._transaction(work, begin, lock)
        finally:
            if self._trouble is None:
                self.close()  # what the next transaction finds may have been written elsewhere
            lock.release()

    def _transaction(self, work: Work[T], begin: str, lock: FolderLock | None) -> T:
        connection = self._open()
        connection.execute(begin)
        self._inside, self._names = True, []
        try:
            if begin != "BEGIN":
                self._check_place()
            result = work(connection)
            self._tell_boundary("before commit")
            if lock is not None:
                lock.check()
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # the first error is the one that matters
                connection.execute("ROLLBACK")
            raise
        finally:
            self._inside = False
        self._tell_boundary("after commit")
        return result

    def _tell_boundary(self, when: str) -> None:
        if self._on_boundary is not None and self._names:
            self._on_boundary(f"{when} {','.join(self._names)}")

    def _check_place(self) -> None:
        """Nothing may be claimed in a file that the others no longer look into."""
        if self._trouble is None and _inode(self.path) != self._opened:
            raise _Replaced

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        private_folder(self.path.parent)
        self._refuse_newer_file()
        private_database(self.path)  # before sqlite sees it
        self._opened = _inode(self.path)
        connection = _connection(self.path, locks=self._network is None)
        try:
            if self._network is not None:
                connection.execute("PRAGMA locking_mode=EXCLUSIVE")  # no shared memory
                connection.execute("PRAGMA cache_spill=OFF")  # nothing is written before our lock is checked
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > SCHEMA_VERSION:
                raise _NewerStore(self._newer())
            # FULL: a power cut must not lose the id of a job that is paid for. secure_delete: recordings
            # are confidential, and deleted means overwritten.
            journal = "WAL" if self._network is None else "DELETE"
            for pragma in (f"journal_mode={journal}", "synchronous=FULL", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}")
            self._make_tables(connection, version)
        except BaseException:
            connection.close()
            raise
        return connection

    def _make_tables(self, connection: sqlite3.Connection, version: int) -> None:
        connection.executescript(self._schema)
        if version < SCHEMA_VERSION:
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _refuse_newer_file(self) -> None:
        stem, _, number = self.path.stem.rpartition("-")
        if self.path.exists() or not number.isdecimal():
            return
        for other in self.path.parent.glob(f"{stem}-*{self.path.suffix}"):
            found = other.stem.rpartition("-")[2]
            if found.isdecimal() and int(found) > int(number):
                raise _NewerStore(self._newer(other))

    # -- faults --------------------------------------------------------------------------------------

    def _replace_damaged(self, error: Exception) -> None:
        self.close()
        with contextlib.suppress(sqlite3.Error, OSError, _NewerStore):  # another kernel may have done it
            connection = self._connect()
            sound = connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            connection.close()
            if sound:
                return
        try:
            aside, rows = replace_damaged(self.path, self.files, self._schema)
        except (OSError, sqlite3.Error):  # Windows, while another kernel has it open; a full disk
            self._use_memory(self._unwritable(error))
            return
        self._on_message(
            f"The store of finished transcripts was damaged ({error}). It is kept as {aside}; a new one "
            f"has the {rows} {'row' if rows == 1 else 'rows'} that could be read. What is missing is asked "
            "for by its id where that is known, else charged again."
        )

    def _use_memory(self, line: str) -> None:
        self.close()
        self._trouble = line
        self._connection = _connection(Path(":memory:"))
        self._connection.executescript(self._schema)
        copy_readable(self.path, self._connection)
        self._on_message(line)

    def _unwritable(self, error: Exception) -> str:
        return (
            f"Finished transcripts cannot be kept in {self.path.parent} ({error}). What can be read of them "
            "is used, new ones are kept for this session only, and no job is submitted: without a journal it "
            "might be paid twice. Set AAI_JUPYTER_HOME to a folder that can be written, or make this one so."
        )

    def _newer(self, file: Path | None = None) -> str:
        return (
            f"The store {file or self.path} was written by a newer version of aai_jupyter. What can be read "
            "of it is used, and no job is submitted: what that version paid for might be paid again. Upgrade "
            "aai-jupyter, or set AAI_JUPYTER_HOME to another folder; transcripts are then kept there."
        )


def _connection(path: Path, *, locks: bool = True) -> sqlite3.Connection:
    name = path if locks else f"file:{quote(str(path))}?nolock=1"
    connection = sqlite3.connect(
        name, uri=not locks, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.text_factory = _readable
    return connection


def _outcome(call: Callable[[], T]) -> T | Exception:
    try:
        return call()
    except sqlite3.DatabaseError:
        raise  # of the file, and so of all
    except Exception as error:  # noqa: BLE001 - given to the caller of that call
        return error


def _readable(text: bytes) -> str:
    """A flipped bit in a text is no reason to fail, as sqlite3 does."""
    return text.decode("utf-8", "replace")


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
