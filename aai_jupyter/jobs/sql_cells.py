"""Compare-and-set on rows of the store, within one of its transactions."""

from __future__ import annotations

import sqlite3
from dataclasses import astuple, fields

from aai_jupyter.jobs.journal import Claim, JobRecord

_JOB = ", ".join(field.name for field in fields(JobRecord))
_MARKS = ", ".join("?" * len(fields(JobRecord)))

SELECT_JOB = f"SELECT {_JOB} FROM jobs"
_PUT_JOB = f"INSERT OR REPLACE INTO jobs ({_JOB}) VALUES ({_MARKS})"
_NOTE = "INSERT INTO journal (job, state, detail, at) VALUES (?, ?, ?, ?)"


class SqlCells:
    """The cells of a store, as long as a transaction lasts.

    Parameters
    ----------
    db : sqlite3.Connection
        Within a transaction: what was seen cannot change before it ends.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def claim(self, key: str) -> Claim | None:
        row = self._db.execute("SELECT owner, beat FROM claims WHERE key = ?", (key,)).fetchone()
        return None if row is None else Claim(str(row[0]), _count(row[1]))

    def swap_claim(self, key: str, seen: Claim | None, new: Claim | None) -> bool:
        if self.claim(key) != seen:
            return False
        if new is None:
            self._db.execute("DELETE FROM claims WHERE key = ?", (key,))
        else:
            sql = "INSERT OR REPLACE INTO claims (key, owner, beat) VALUES (?, ?, ?)"
            self._db.execute(sql, (key, new.owner, new.beat))
        return True

    def job(self, job: str) -> JobRecord | None:
        row = self._db.execute(f"{SELECT_JOB} WHERE job = ?", (job,)).fetchone()
        return JobRecord(*row) if row else None

    def swap_job(self, seen: JobRecord | None, new: JobRecord, detail: str | None) -> bool:
        if self.job(new.job) != seen:
            return False
        self._db.execute(_PUT_JOB, astuple(new))
        self._db.execute(_NOTE, (new.job, new.state, detail, new.updated))
        return True


def _count(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0
