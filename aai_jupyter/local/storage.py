"""Storage of the engine: uploads, transcripts, and which engine works on which job.

Several engine processes (one for each kernel) may share a folder. A job belongs to the engine that
accepted it, because that engine checked the request against its own model. Each engine holds an
operating-system lock on a file of its own for as long as it lives; whoever can take that lock knows
that the engine is dead and sets its jobs free for any other. No clock and no process id is involved,
so a sleeping laptop or a reused id fools nobody.
"""

from __future__ import annotations

import contextlib
import gzip
import shutil
import sqlite3
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from filelock import Timeout

from aai_jupyter.local.engine_database import EngineDatabase

KEEP_AUDIO_SECONDS = 24 * 3600
"""Uploads and redacted audio are deleted after this, as the service does."""

MAX_ATTEMPTS = 3
"""A job that took its process down this often is not tried again."""


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """One job that a worker has claimed."""

    id: str
    task: str
    params: dict[str, Any]
    upload: str | None
    attempts: int
    result: dict[str, Any] | None
    project: str = ""


class Storage(EngineDatabase):
    """Uploads, prompts and transcripts of an engine. Methods are blocking, quick and thread-safe."""

    def close(self) -> None:
        """Release unfinished jobs to other engines, and close the database."""
        with self._write() as db:
            db.execute(
                "UPDATE transcripts SET engine = NULL, running = 0, attempts = max(attempts - running, 0) "
                "WHERE engine = ? AND task IS NOT NULL",
                (self.engine,),
            )
        super().close()

    # uploads

    def upload_path(self, id: str) -> Path:
        return self.folder / "uploads" / id

    def add_upload(self, id: str, folder: str, project: str) -> None:
        with self._write() as db:
            db.execute("INSERT INTO uploads VALUES (?, ?, ?, ?)", (id, folder, project, time.time()))

    def upload_project(self, id: str, folder: str) -> str | None:
        """Return the project of an upload; None for one that does not exist."""
        row = self._one("SELECT project FROM uploads WHERE id = ? AND folder = ?", (id, folder))
        return row["project"] if row else None

    # prompts

    def save_prompt(self, project: str, name: str, prompt: str, *, replace: bool) -> bool:
        """Keep a prompt; return False if its name is taken, or with ``replace`` if it is not there."""
        change = (
            "UPDATE prompts SET prompt = :prompt WHERE project = :project AND name = :name"
            if replace
            else "INSERT OR IGNORE INTO prompts VALUES (:project, :name, :prompt)"
        )
        values = {"project": project, "name": name, "prompt": prompt}
        with self._write() as db:
            return db.execute(change, values).rowcount == 1

    def prompt(self, project: str, name: str) -> str | None:
        """Return a saved prompt, as it was sent."""
        row = self._one("SELECT prompt FROM prompts WHERE project = ? AND name = ?", (project, name))
        return row["prompt"] if row else None

    # transcripts

    def add(self, project: str, params: Mapping[str, Any], upload: str | None) -> sqlite3.Row:
        id = str(uuid.uuid4())
        with self._write() as db:
            db.execute(
                "INSERT INTO transcripts (id, project, status, params, upload, created, task, engine) "
                "VALUES (?, ?, 'queued', ?, ?, ?, 'transcribe', ?)",
                (id, project, msgspec.json.encode(params), upload, _now(), self.engine),
            )
        row = self.get(project, id)
        assert row is not None
        return row

    def get(self, project: str, id: str) -> sqlite3.Row | None:
        return self._one("SELECT * FROM transcripts WHERE id = ? AND project = ?", (id, project))

    def page(
        self,
        project: str,
        limit: int,
        *,
        status: str | None = None,
        created_on: str | None = None,
        before: int | None = None,
        after: int | None = None,
    ) -> tuple[list[sqlite3.Row], bool, bool]:
        """Return one page, newest first, and whether older and newer ones match the same filters.

        Without ``before`` a page that starts at ``after`` holds the ones next to it, so that walking
        towards the newer side meets each transcript once.
        """
        where, values = "project = ?", [project]
        if status:
            where, values = where + " AND status = ?", [*values, status]
        if created_on:
            where, values = where + " AND substr(created, 1, 10) = ?", [*values, created_on]
        upwards = after is not None and before is None
        bounds = " AND seq < ?" * (before is not None) + " AND seq > ?" * (after is not None)
        ends = [end for end in (before, after) if end is not None]
        columns = "seq, id, status, created, completed, params, error, deleted"
        with self._lock:
            rows = self._db.execute(
                f"SELECT {columns} FROM transcripts WHERE {where}{bounds} "
                f"ORDER BY seq {'ASC' if upwards else 'DESC'} LIMIT ?",
                (*values, *ends, limit),
            ).fetchall()
            if upwards:
                rows.reverse()
            if not rows:
                return [], False, False
            exists = f"SELECT EXISTS (SELECT 1 FROM transcripts WHERE {where} AND seq"
            older = self._db.execute(f"{exists} < ?)", (*values, rows[-1]["seq"])).fetchone()[0]
            newer = self._db.execute(f"{exists} > ?)", (*values, rows[0]["seq"])).fetchone()[0]
        return rows, bool(older), bool(newer)

    def delete(
        self, project: str, id: str, clear: Callable[[sqlite3.Row], Mapping[str, Any]]
    ) -> sqlite3.Row | None:
        """Clear a transcript and cancel work on it; the record stays, marked deleted.

        ``clear`` makes what is left to show. It is called inside the transaction: a job that ends at
        this moment ends either before or not at all.
        """
        with self._write() as db:
            row: sqlite3.Row | None = db.execute(
                "SELECT * FROM transcripts WHERE id = ? AND project = ?", (id, project)
            ).fetchone()
            if row is None or row["deleted"]:
                return row
            shown = clear(row)
            db.execute(
                "UPDATE transcripts SET deleted = ?, status = ?, error = ?, params = x'7b7d', result = NULL, "
                "redacted = NULL, upload = NULL, task = NULL, running = 0, engine = NULL WHERE id = ?",
                (msgspec.json.encode(shown), shown["status"], shown.get("error"), row["id"]),
            )
            if row["upload"]:
                db.execute("DELETE FROM uploads WHERE id = ?", (row["upload"],))
        if row["upload"]:
            self.upload_path(row["upload"]).unlink(missing_ok=True)
        if row["redacted"]:
            self.redacted_path(row["redacted"]).unlink(missing_ok=True)
        return self.get(project, id)

    def set_webhook_status(self, id: str, code: int | None) -> None:
        with self._write() as db:
            db.execute("UPDATE transcripts SET webhook_status_code = ? WHERE id = ?", (code, id))

    # work

    def claim(self) -> QueuedJob | None:
        """Claim the oldest job that is ours or nobody's."""
        with self._write() as db:
            row = db.execute(
                "SELECT * FROM transcripts WHERE task IS NOT NULL AND NOT running "
                "AND (engine = ? OR engine IS NULL) ORDER BY seq LIMIT 1",
                (self.engine,),
            ).fetchone()
            if row is None:
                return None
            db.execute(
                "UPDATE transcripts SET engine = ?, running = 1, attempts = attempts + 1, "
                "status = CASE status WHEN 'queued' THEN 'processing' ELSE status END WHERE id = ?",
                (self.engine, row["id"]),
            )
        return QueuedJob(
            row["id"],
            row["task"],
            msgspec.json.decode(row["params"]),
            row["upload"],
            row["attempts"] + 1,
            unpack(row),
            row["project"],
        )

    def holds(self, job: QueuedJob) -> bool:
        """Return whether the job is still ours: not deleted, not forgotten."""
        row = self._one(
            "SELECT 1 FROM transcripts WHERE id = ? AND running AND engine = ?", (job.id, self.engine)
        )
        return row is not None

    def complete(self, job: QueuedJob, result: Mapping[str, Any], *, redact: bool) -> bool:
        """Store the result; return False when the job was taken from us meanwhile."""
        packed = gzip.compress(msgspec.json.encode(result), compresslevel=5)
        return self._finish(
            job,
            "status = 'completed', completed = ?, result = ?, task = ?, running = ?, attempts = 0",
            (_now(), packed, "redact" if redact else None, redact),
        )

    def fail(self, job: QueuedJob, error: str) -> bool:
        """End the transcript in ``error``; return False when it is completed, or no longer ours."""
        return job.task == "transcribe" and self._finish(
            job,
            "status = 'error', completed = ?, error = ?, task = NULL, running = 0",
            (_now(), error),
            "AND status = 'processing'",
        )

    def finish_redaction(self, job: QueuedJob, name: str | None) -> bool:
        return self._finish(job, "redacted = ?, task = NULL, running = 0", (name,))

    def redacted_path(self, name: str) -> Path:
        return self.folder / "redacted" / name

    def free_dead(self) -> bool:
        """Release the jobs of engines that died; return whether there were any."""
        with self._lock:
            owners = self._db.execute(
                "SELECT DISTINCT engine FROM transcripts "
                "WHERE task IS NOT NULL AND engine IS NOT NULL AND engine != ?",
                (self.engine,),
            ).fetchall()
        freed = False
        for (owner,) in owners:
            lock = self._life_lock(owner)
            try:
                lock.acquire(blocking=False)
            except Timeout:
                continue  # it lives
            with self._write() as db:
                db.execute("UPDATE transcripts SET engine = NULL, running = 0 WHERE engine = ?", (owner,))
            shutil.rmtree(self.folder / "work" / owner, ignore_errors=True)
            lock.release()
            Path(lock.lock_file).unlink(missing_ok=True)
            freed = True
        return freed

    # cleaning

    def purge(self, now: float | None = None) -> None:
        """Delete audio older than a day that no job waits for."""
        oldest = (time.time() if now is None else now) - KEEP_AUDIO_SECONDS
        with self._write() as db:
            gone = db.execute(
                "DELETE FROM uploads WHERE created < ? AND id NOT IN "
                "(SELECT upload FROM transcripts WHERE task IS NOT NULL AND upload IS NOT NULL) RETURNING id",
                (oldest,),
            ).fetchall()
        for (id,) in gone:
            self.upload_path(id).unlink(missing_ok=True)
        # Redacted files, and what broken uploads and killed processes left behind.
        with self._lock:
            known = {row[0] for row in self._db.execute("SELECT id FROM uploads")}
        for folder, keep in (("uploads", known), ("redacted", set[str]())):
            for path in (self.folder / folder).iterdir():
                with contextlib.suppress(FileNotFoundError):  # another engine cleans too
                    if path.name not in keep and path.stat().st_mtime < oldest:
                        path.unlink()

    def forget(self, project: str | None = None) -> int:
        """Delete every transcript and all audio, of one project or of all; returns how many transcripts."""
        if project is not None:
            return self._forget_project(project)
        with self._write() as db:
            count = db.execute("SELECT count(*) FROM transcripts").fetchone()[0]
            db.execute("DELETE FROM transcripts")
            db.execute("DELETE FROM uploads")
        with self._lock:
            self._db.execute("VACUUM")
        for name in ("uploads", "redacted"):
            for path in (self.folder / name).iterdir():
                path.unlink(missing_ok=True)
        self._clear_dead_work()
        return int(count)

    def _clear_dead_work(self) -> None:
        """Delete downloads that killed engines left behind."""
        for folder in (self.folder / "work").iterdir():
            if folder.name == self.engine:
                continue
            lock = self._life_lock(folder.name)
            with contextlib.suppress(Timeout):  # it lives
                lock.acquire(blocking=False)
                shutil.rmtree(folder, ignore_errors=True)
                lock.release()
                Path(lock.lock_file).unlink(missing_ok=True)

    def _forget_project(self, project: str) -> int:
        with self._write() as db:
            own = db.execute("SELECT id, redacted FROM transcripts WHERE project = ?", (project,)).fetchall()
            uploads = db.execute("SELECT id FROM uploads WHERE project = ?", (project,)).fetchall()
            db.execute("DELETE FROM transcripts WHERE project = ?", (project,))
            db.execute("DELETE FROM uploads WHERE project = ?", (project,))
        with self._lock:
            self._db.execute("VACUUM")
        for row in own:
            if row["redacted"]:
                self.redacted_path(row["redacted"]).unlink(missing_ok=True)
        for row in uploads:
            self.upload_path(row["id"]).unlink(missing_ok=True)
        return len(own)

    def _finish(self, job: QueuedJob, changes: str, values: tuple[Any, ...], only: str = "") -> bool:
        with self._write() as db:
            cursor = db.execute(
                f"UPDATE transcripts SET {changes} WHERE id = ? AND running AND engine = ? {only}",
                (*values, job.id, self.engine),
            )
            return cursor.rowcount == 1


def unpack(row: sqlite3.Row) -> dict[str, Any] | None:
    """Decode the result of a row."""
    return msgspec.json.decode(gzip.decompress(row["result"])) if row["result"] else None


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
