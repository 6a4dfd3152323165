"""Store of finished transcripts on this machine, and the journal of every job.

Everything here serves one promise: nothing is lost, and nothing is paid twice. Each change of a job's
state is written before anybody is told of it, so whatever a person has seen survives a dead kernel.
"""

from __future__ import annotations

import logging
import sqlite3
import time
import uuid
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aai_jupyter.jobs.charges import CHARGES, Charge, drop, settle
from aai_jupyter.jobs.journal import (
    COMPLETED,
    FAILED,
    JOBS,
    OPEN,
    PLANNED,
    SUBMITTED,
    SUBMITTING,
    UPLOADED,
    JobRecord,
    StateConflict,
    write_state,
)
from aai_jupyter.jobs.removal import remove_account, remove_all, remove_expired, remove_transcript
from aai_jupyter.jobs.sql_cells import SELECT_JOB, SqlCells
from aai_jupyter.jobs.store_database import OnBoundary, StoreDatabase

log = logging.getLogger("aai_jupyter")

FILE = "store-1.sqlite3"
"""The number is the version of the schema: an older package must not misread a newer one's file."""

#: Uploaded files are deleted by the service from 24 hours on (assemblyai-api, "data retention").
UPLOAD_SECONDS = 24 * 3600.0
#: The service lists jobs for 90 days; older journal entries can resume nothing.
JOURNAL_SECONDS = 90 * 86400.0

_LATEST = 4e9  # seconds since 1970: no date of ours is later

_SCHEMA = """
CREATE TABLE IF NOT EXISTS transcripts (
    account TEXT NOT NULL, id TEXT NOT NULL, raw BLOB NOT NULL, source TEXT, request TEXT,
    saved REAL NOT NULL, PRIMARY KEY (account, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cache (
    key TEXT PRIMARY KEY, account TEXT NOT NULL, id TEXT NOT NULL, saved REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (
    audio TEXT NOT NULL, account TEXT NOT NULL, url TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (audio, account)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS layers (
    id TEXT NOT NULL, kind TEXT NOT NULL, value BLOB NOT NULL, saved REAL NOT NULL,
    PRIMARY KEY (id, kind)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (
    key TEXT PRIMARY KEY, owner TEXT NOT NULL, beat REAL NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Stored:
    """A finished transcript: the service's JSON, unchanged, and its source."""

    id: str
    raw: bytes
    source: str | None
    saved: float


class Store:
    """Finished transcripts and the journal of jobs, in one file under ``home``.

    Parameters
    ----------
    home : Path
        Folder (``aai.settings.home``); made on first use, readable by its owner only.
    on_message : callable, optional
        Gets a line of text when the file was damaged or cannot be written. Logged by default.
    on_boundary, network : optional
        See :class:`StoreDatabase`.

    Notes
    -----
    All methods may be called from any thread and from several processes at once.

    Examples
    --------
    >>> import tempfile
    >>> store = Store(Path(tempfile.mkdtemp()))
    >>> store.cached("no such key") is None
    True
    """

    def __init__(
        self,
        home: Path,
        on_message: Callable[[str], None] = log.warning,
        *,
        on_boundary: OnBoundary | None = None,
        network: str | None = None,
    ) -> None:
        self.home = Path(home)
        self.database = StoreDatabase(
            self.home / FILE, JOBS + _SCHEMA + CHARGES, on_message, on_boundary=on_boundary, network=network
        )

    # -- finished transcripts ------------------------------------------------------------------------

    def cached(self, key: str | Sequence[str], since: float = 0.0) -> Stored | None:
        """Return the transcript of a cache key, if it was saved after ``since`` (seconds since 1970).

        Of several keys the newest transcript.
        """
        return self.database.read(lambda db: self.cached_in(db, _keys(key), since))

    def cached_in(self, db: sqlite3.Connection, keys: Sequence[str], since: float = 0.0) -> Stored | None:
        """The same, within a transaction."""
        sql = (
            "SELECT t.id, t.raw, t.source, t.saved FROM cache c JOIN transcripts t "
            f"ON t.account = c.account AND t.id = c.id WHERE c.key IN ({_marks(keys)}) AND c.saved >= ? "
            "ORDER BY c.saved DESC"
        )
        return stored_row(db.execute(sql, (*keys, since)).fetchone())

    def lost_in(self, db: sqlite3.Connection, keys: Sequence[str]) -> JobRecord | None:
        """Return, as a submitted job, a result whose id is known and whose answer is damaged or missing."""
        sql = f"SELECT key, account, id, saved FROM cache WHERE key IN ({_marks(keys)}) ORDER BY saved DESC"
        row = db.execute(sql, tuple(keys)).fetchone()
        if row is None:
            ended = f"key IN ({_marks(keys)}) AND state = ? AND transcript_id IS NOT NULL"
            job = db.execute(
                f"{SELECT_JOB} WHERE {ended} ORDER BY updated DESC", (*keys, COMPLETED)
            ).fetchone()
            return replace(JobRecord(*job), state=SUBMITTED) if job else None
        key, account, ident, saved = row
        job = db.execute(f"{SELECT_JOB} WHERE transcript_id = ?", (ident,)).fetchone()
        if job is not None:
            return replace(JobRecord(*job), state=SUBMITTED)
        return JobRecord(ident, key, account, "", "", SUBMITTED, None, ident, None, saved, saved)

    def transcript(self, transcript_id: str, account: str | None = None) -> Stored | None:
        """Return a finished transcript by its id."""
        sql = "SELECT id, raw, source, saved FROM transcripts WHERE id = ? AND account = coalesce(?, account)"
        return stored_row(self.database.read(lambda db: db.execute(sql, (transcript_id, account)).fetchone()))

    def complete(
        self, record: JobRecord, raw: bytes, also: Sequence[str] = (), charge: Charge | None = None
    ) -> JobRecord:
        """Save a finished transcript under its cache key and close its job, in one transaction.

        ``also`` are further keys that it answers, ``charge`` is what the job has cost.
        """
        assert record.transcript_id is not None
        blob, now = zlib.compress(raw, 3), time.time()
        ident = (record.account, record.transcript_id)

        def work(db: sqlite3.Connection) -> JobRecord:
            _put_transcript(db, ident, blob, record.source, record.request, now)
            rows = [(key, *ident, now) for key in (record.key, *also)]
            db.executemany("INSERT OR REPLACE INTO cache (key, account, id, saved) VALUES (?, ?, ?, ?)", rows)
            if charge is not None:
                settle(db, record.job, record.account, charge)
            try:
                return write_state(SqlCells(db), record, COMPLETED, now)
            except StateConflict:  # what the journal says of the job does not take a result away
                return replace(record, state=COMPLETED)

        return self.database.write(work, "completed")

    def keep(self, account: str, transcript_id: str, raw: bytes, source: str | None = None) -> None:
        """Save a finished transcript that no job of this journal made (fetched by id)."""
        blob, now = zlib.compress(raw, 3), time.time()
        self.database.write(lambda db: _put_transcript(db, (account, transcript_id), blob, source, "{}", now))

    def layer(self, transcript_id: str, kind: str) -> bytes:
        """Return a layer of a transcript (its edits, or where its recording is); empty without one."""
        sql = "SELECT value FROM layers WHERE id = ? AND kind = ?"
        row = self.database.read(lambda db: db.execute(sql, (transcript_id, kind)).fetchone())
        return layer_value(row[0]) if row else b""

    def keep_layer(self, transcript_id: str, kind: str, value: bytes) -> None:
        """Save a layer, in place of the one before."""
        row = (transcript_id, kind, value, time.time())
        sql = "INSERT OR REPLACE INTO layers (id, kind, value, saved) VALUES (?, ?, ?, ?)"
        self.database.write(lambda db: db.execute(sql, row), "layer")

    def forget(self, transcript_id: str) -> None:
        """Delete a transcript and every row that refers to it (after it was deleted at the service)."""
        self.database.write(lambda db: remove_transcript(db, transcript_id))

    def forget_account(self, account: str) -> int:
        """Delete everything of an account; return the number of transcripts."""
        count = self.database.write(lambda db: remove_account(db, account))
        self.database.compact()
        return count

    # -- uploads -------------------------------------------------------------------------------------

    def upload_url(self, audio: str, account: str, *, now: float | None = None) -> str | None:
        """Return the URL of these bytes, if they were uploaded in the last 24 hours."""
        return self.database.read(lambda db: self.upload_in(db, audio, account, now=now))

    def upload_in(
        self, db: sqlite3.Connection, audio: str, account: str, *, now: float | None = None
    ) -> str | None:
        """The same, within a transaction."""
        oldest = (time.time() if now is None else now) - UPLOAD_SECONDS
        sql = "SELECT url FROM uploads WHERE audio = ? AND account = ? AND at > ?"
        row = db.execute(sql, (audio, account, oldest)).fetchone()
        return row[0] if row and str(row[0]).startswith("http") else None

    def put_upload(self, db: sqlite3.Connection, audio: str, account: str, url: str, now: float) -> None:
        """Note an upload, within a transaction."""
        sql = "INSERT OR REPLACE INTO uploads (audio, account, url, at) VALUES (?, ?, ?, ?)"
        db.execute(sql, (audio, account, url, now))

    def forget_upload(self, url: str) -> None:
        """Delete an upload that the service no longer has."""
        self.database.write(lambda db: db.execute("DELETE FROM uploads WHERE url = ?", (url,)))

    def uploaded(self, record: JobRecord, audio: str, url: str) -> JobRecord:
        """Journal a finished upload; other requests on the same audio use it too."""
        now = time.time()

        def work(db: sqlite3.Connection) -> JobRecord:
            self.put_upload(db, audio, record.account, url, now)
            return write_state(SqlCells(db), record, UPLOADED, now, upload_url=url)

        return self.database.write(work, "uploaded")

    # -- journal -------------------------------------------------------------------------------------

    def begin(self, key: str, account: str, source: str, request: str) -> JobRecord:
        """Journal that a job is planned. The request comes with its secrets masked."""
        now = time.time()
        record = JobRecord(uuid.uuid4().hex, key, account, source, request, "", None, None, None, now, now)
        return self.database.write(lambda db: write_state(SqlCells(db), record, PLANNED, now), "planned")

    def record(self, record: JobRecord, state: str, **facts: str | None) -> JobRecord:
        """Journal a change of state; ``facts`` are ``upload_url``, ``transcript_id``, ``message``.

        Raises
        ------
        StateConflict
            The state cannot follow the journalled one (see :data:`FOLLOWS`).
        """
        now = time.time()
        return self.database.write(lambda db: write_state(SqlCells(db), record, state, now, **facts), state)

    def fail(self, record: JobRecord, message: str, *, billed: bool = False) -> None:
        """Journal a failure, unless the job's end is journalled already (by another kernel).

        Its charge goes, unless it may be ``billed`` all the same.
        """

        def work(db: sqlite3.Connection) -> None:
            cells = SqlCells(db)
            seen = cells.job(record.job)
            if seen is None or seen.state in OPEN:
                write_state(cells, record, FAILED, time.time(), message=message)
                if not billed:
                    drop(db, record.job)

        self.database.write(work, "failed")

    def open_job(self, key: str | Sequence[str], since: float = 0.0) -> JobRecord | None:
        """Return the unfinished job of one or several keys that has come furthest, begun after ``since``."""
        job = self.database.read(lambda db: self.open_in(db, _keys(key)))
        return job if job is None or job.created >= since else None

    def open_in(
        self, db: sqlite3.Connection, keys: Sequence[str], among: Sequence[str] | None = None
    ) -> JobRecord | None:
        """The same, within a transaction; only of these jobs, if some are named."""
        own = "" if among is None else f"AND job IN ({_marks(among)}) "
        order = (
            "CASE state WHEN 'submitted' THEN 0 WHEN 'submitting' THEN 1 WHEN 'uploaded' THEN 2 ELSE 3 END"
        )
        sql = (
            f"{SELECT_JOB} WHERE key IN ({_marks(keys)}) AND state IN (?, ?, ?, ?) {own}"
            "AND (state != 'submitted' OR transcript_id IS NOT NULL) "
            f"ORDER BY {order}, created DESC"
        )
        row = db.execute(sql, (*keys, *OPEN, *(among or ()))).fetchone()
        return JobRecord(*row) if row else None

    def job_of(self, transcript_id: str) -> JobRecord | None:
        """Return the job that was submitted with this id."""
        sql = f"{SELECT_JOB} WHERE transcript_id = ? ORDER BY updated DESC"
        row = self.database.read(lambda db: db.execute(sql, (transcript_id,)).fetchone())
        return JobRecord(*row) if row else None

    def ids_of(self, upload_url: str) -> list[str]:
        """Return ids of all jobs that were submitted with this URL."""
        return self.database.read(lambda db: self.ids_in(db, upload_url))

    def ids_in(self, db: sqlite3.Connection, upload_url: str) -> list[str]:
        """The same, within a transaction."""
        sql = "SELECT transcript_id FROM jobs WHERE upload_url = ? AND transcript_id IS NOT NULL"
        return [row[0] for row in db.execute(sql, (upload_url,))]

    def jobs(self, *, limit: int = 1000, state: str | None = None) -> list[JobRecord]:
        """Return the newest jobs first."""
        sql = f"{SELECT_JOB} WHERE state = coalesce(?, state) ORDER BY created DESC LIMIT ?"
        rows = self.database.read(lambda db: db.execute(sql, (state, limit)).fetchall())
        return [JobRecord(*row) for row in rows]

    def journal(self, job: str) -> list[tuple[str, str | None, float]]:
        """Return every state of one job: state, detail, seconds since 1970."""
        sql = "SELECT state, detail, at FROM journal WHERE job = ? ORDER BY n"
        return self.database.read(lambda db: db.execute(sql, (job,)).fetchall())

    # -- the whole -----------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """Size on disk in bytes."""
        return sum(file.stat().st_size for file in self.database.files)

    def __len__(self) -> int:
        """Return the number of finished transcripts."""
        (count,) = self.database.read(lambda db: db.execute("SELECT count(*) FROM transcripts").fetchone())
        return int(count)

    def clear(self, *, unfinished: bool = False) -> None:
        """Delete all transcripts, uploads and finished jobs from this machine.

        Parameters
        ----------
        unfinished : bool
            Also forget jobs that are still running at the service. They are paid for, and without their
            ids the next run pays again; so they stay by default.
        """
        kept = () if unfinished else (SUBMITTING, SUBMITTED)
        self.database.write(lambda db: remove_all(db, kept))
        self.database.compact()

    def prune(self) -> None:
        """Delete journal entries from which nothing can be resumed. Transcripts never are dropped."""
        now = time.time()
        oldest, uploads = now - JOURNAL_SECONDS, now - UPLOAD_SECONDS
        self.database.write(lambda db: remove_expired(db, jobs_before=oldest, uploads_before=uploads))

    def close(self) -> None:
        self.database.close()

    def __iter__(self) -> Iterator[tuple[str, str | None]]:
        """Yield ids and sources of the finished transcripts, newest first."""
        sql = "SELECT id, source FROM transcripts ORDER BY saved DESC"
        return iter(self.database.read(lambda db: db.execute(sql).fetchall()))


def _keys(key: str | Sequence[str]) -> tuple[str, ...]:
    return (key,) if isinstance(key, str) else tuple(key)


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


def _put_transcript(
    db: sqlite3.Connection,
    ident: tuple[str, str],
    blob: bytes,
    source: str | None,
    request: str | None,
    now: float,
) -> None:
    columns = "account, id, raw, source, request, saved"
    sql = f"INSERT OR REPLACE INTO transcripts ({columns}) VALUES (?, ?, ?, ?, ?, ?)"
    db.execute(sql, (*ident, blob, source, request, now))


def stored_row(row: Sequence[Any] | None) -> Stored | None:
    """Read a row of transcripts; one in which bits are flipped is as good as not there."""
    if row is None:
        return None
    try:
        raw = zlib.decompress(row[1])
    except (zlib.error, TypeError):
        return None
    when = row[3] if isinstance(row[3], int | float) and 0 <= row[3] < _LATEST else 0.0
    return Stored(row[0], raw, row[2], when) if raw.lstrip()[:1] == b"{" else None


def layer_value(value: Any) -> bytes:
    """Read a layer, whatever a damaged row holds."""
    return value if isinstance(value, bytes) else str(value or "").encode()
