"""States of a job, their transitions in the journal, and what processes compete for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

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


@dataclass(frozen=True)
class Claim:
    """Who prepares a job of a key, and a counter that grows as long as it lives."""

    owner: str
    beat: int


class Cells(Protocol):
    """The values that processes compete for, changed by compare-and-set.

    All rules on who may submit what stand on these four calls, so that they hold wherever the calls can be
    made: in a transaction, as a file of a shared folder that can only be created once, as an object with a
    condition on its version.
    """

    def claim(self, key: str) -> Claim | None:
        """Return the claim on a key."""

    def swap_claim(self, key: str, seen: Claim | None, new: Claim | None) -> bool:
        """Replace a claim if it still is what was seen; None is no claim."""

    def job(self, job: str) -> JobRecord | None:
        """Return the newest state of a job."""

    def swap_job(self, seen: JobRecord | None, new: JobRecord, detail: str | None) -> bool:
        """Replace the state of a job if it still is what was seen, and note it in the journal."""


class StateConflict(ValueError):
    """The journal has moved on: another process did something with this job. Look again."""


def write_state(
    cells: Cells, record: JobRecord, state: str, now: float, *, detail: str | None = None, **facts: str | None
) -> JobRecord:
    """Write a job's new state and the journal entry of the change.

    Parameters
    ----------
    detail : str, optional
        What the journal entry says; else the first of the facts.

    Raises
    ------
    StateConflict
        The state cannot follow the journalled one.
    """
    seen = cells.job(record.job)
    if state not in FOLLOWS[seen.state if seen else None] and not (seen is None and record.state):
        # A record that was known and is gone was cleared meanwhile: it is written again, not refused.
        raise StateConflict(f"job {record.job}: {state!r} cannot follow {seen.state if seen else None!r}")
    new = replace(record, state=state, updated=now, **facts)  # type: ignore[arg-type]
    if detail is None:
        detail = next((value for value in (*facts.values(), None)), None)
    if not cells.swap_job(seen, new, detail):
        raise StateConflict(f"job {record.job}: changed meanwhile")
    return new
