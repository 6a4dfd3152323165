"""SQLite file and folder of the engine, readable by their owner only."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock

from aai_jupyter.files.private_folder import private_database, private_folder

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS prompts (
    project TEXT NOT NULL, name TEXT NOT NULL, prompt TEXT NOT NULL, PRIMARY KEY (project, name));
CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, folder TEXT NOT NULL, project TEXT NOT NULL, created REAL NOT NULL);
CREATE TABLE IF NOT EXISTS transcripts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    project TEXT NOT NULL,
    status TEXT NOT NULL,
    params BLOB NOT NULL,                -- JSON
    upload TEXT,                         -- id of the upload that audio_url names
    created TEXT NOT NULL,               -- UTC, ISO 8601
    completed TEXT,
    result BLOB,                         -- gzip of JSON
    error TEXT,
    deleted BLOB,                        -- JSON of what is left to show
    webhook_status_code INTEGER,
    redacted TEXT,                       -- file name of the redacted audio
    task TEXT,                           -- what is still to do: 'transcribe', 'redact', or nothing
    engine TEXT,                         -- who is to do it; NULL: anybody
    running INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS by_project ON transcripts (project, seq);
CREATE INDEX IF NOT EXISTS todo ON transcripts (seq) WHERE task IS NOT NULL;
"""


class EngineDatabase:
    """Folder, tables, and the lock that shows other processes that this engine is alive.

    Parameters
    ----------
    home : Path
        Folder of the engine; everything lies in ``home/data`` (mode 0700).

    Attributes
    ----------
    folder : Path
        ``home/data``.
    engine : str
        Name of this engine, new at each start.
    work : Path
        Folder for its downloads.
    """

    def __init__(self, home: Path) -> None:
        private_folder(home)
        self.folder = home / "data"
        self.engine = uuid.uuid4().hex
        for name in ("", "uploads", "redacted", "engines", "work"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        self.folder.chmod(0o700)
        path = self.folder / "engine.sqlite"
        private_database(path)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA secure_delete = ON")  # deleted text must not linger in free pages
        self._db.executescript(_SCHEMA)
        self._life = self._life_lock(self.engine)
        self._life.acquire(blocking=False)
        self.work = self.folder / "work" / self.engine
        self.work.mkdir(mode=0o700)

    def close(self) -> None:
        """Close the database and release the lock."""
        shutil.rmtree(self.work, ignore_errors=True)
        self._db.close()
        self._life.release()
        Path(self._life.lock_file).unlink(missing_ok=True)

    def secret(self) -> bytes:
        """Secret that signs URLs of redacted audio; shared by all engines of the folder."""
        with self._write() as db:
            db.execute("INSERT OR IGNORE INTO meta VALUES ('secret', ?)", (secrets.token_hex(32),))
            return bytes.fromhex(db.execute("SELECT value FROM meta WHERE name = 'secret'").fetchone()[0])

    @contextlib.contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _one(self, sql: str, values: tuple[Any, ...]) -> sqlite3.Row | None:
        with self._lock:
            found: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
            return found

    def _life_lock(self, engine: str) -> FileLock:
        return FileLock(self.folder / "engines" / f"{engine}.lock", mode=0o600, thread_local=False)
