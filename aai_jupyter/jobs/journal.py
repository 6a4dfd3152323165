"""States of a job, and their transitions in the journal."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace

PLANNED, UPLOADED, SUBMITTING, SUBMITTED = "planned", "uploaded", "submitting", "submitted"
COMPLETED, FAILED = "completed", "failed"

#: Which state may follow which. A job may be taken up by two kernels at once, so an ending may be written
#: twice. A retry is a new job; but a transcript that turns up after all (what failed was our looking for it)
#: is never refused.
FOLLOWS: Mapping[str | None, frozenset[str]] = {
    None: frozenset({PLANNED}),
    PLANNED: frozenset({UPLOADED, SUBMITTING, FAILED}),
    UPLOADED: frozenset({UPLOADED, SUBMITTING, FAILED}),
    SUBMITTING: frozenset({UPLOADED, SUBMITTING, SUBMITTED, FAILED}),
    SUBMITTED: frozenset({SUBMITTED, COMPLETED, FAILED}),
    COMPLETED: frozenset({COMPLETED}),
    FAILED: frozenset({FAILED, COMPLETED}),
}
OPEN = (PLANNED, UPLOADED, SUBMITTING, SUBMITTED)

JOBS = """
CREATE TABLE IF NOT EXISTS jobs (
    job TEXT PRIMARY KEY, key TEXT NOT NULL, account TEXT NOT NULL, source TEXT NOT NULL,
    request TEXT NOT NULL, state TEXT NOT NULL, upload_url TEXT, transcript_id TEXT, message TEXT,
    created REAL NOT NULL, updated REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS jobs_by_key ON jobs (key, state);
CREATE INDEX IF NOT EXISTS jobs_by_id ON jobs (transcript_id);
CREATE TABLE IF NOT EXISTS journal (
    n INTEGER PRIMARY KEY, job TEXT NOT NULL, state TEXT NOT NULL, detail TEXT, at REAL NOT NULL);
"""


@dataclass(frozen=True)
class JobRecord:
    """The newest known state of one job."""

    job: str
    key: str
    account: str
    source: str
    request: str
    state: str
    upload_url: str | None
    transcript_id: str | None
    message: str | None
    created: float
    updated: float


def write_state(
    db: sqlite3.Connection, record: JobRecord, state: str, now: float, **facts: str | None
) -> JobRecord:
    """Write a job's new state and the journal entry of the change.

    Raises
    ------
    ValueError
        The state cannot follow the journalled one.
    """
    row = db.execute("SELECT state FROM jobs WHERE job = ?", (record.job,)).fetchone()
    if state not in FOLLOWS[row[0] if row else None] and not (row is None and record.state):
        # A record that was known and is gone was cleared meanwhile: it is written again, not refused.
        raise ValueError(f"job {record.job}: {state!r} cannot follow {row[0] if row else None!r}")
    new = replace(record, state=state, updated=now, **facts)  # type: ignore[arg-type]
    db.execute(
        "INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        astuple(new),
    )
    detail = next((value for value in (*facts.values(), None)), None)
    db.execute(
        "INSERT INTO journal (job, state, detail, at) VALUES (?, ?, ?, ?)", (new.job, state, detail, now)
    )
    return new
