"""The steps from a recording to a journalled id, each one transaction: claim, journal and upload together."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from aai_jupyter.errors import StoreError
from aai_jupyter.jobs.charges import NOTHING, Charge, SpendingRules, check_budget, put_estimate
from aai_jupyter.jobs.claims import Claims
from aai_jupyter.jobs.journal import (
    FAILED,
    PLANNED,
    SUBMITTED,
    SUBMITTING,
    UPLOADED,
    Cells,
    JobRecord,
    StateConflict,
    write_state,
)
from aai_jupyter.jobs.sql_cells import SqlCells
from aai_jupyter.jobs.store import Store, Stored

UNKNOWN_TO_SERVICE = "The service does not know this job"
"""How the failure of a job begins that was submitted and then never found."""


@dataclass
class Wanted:
    """What is to be transcribed, and what this call has done about it.

    Attributes
    ----------
    keys : tuple of str
        Cache keys, see :func:`cache_keys`.
    audio : str
        Name of the recording, see :func:`audio_name`.
    source : str
        What people call it.
    only_own : bool
        Results and jobs from before this call do not count.
    own : set of str
        Jobs that this call began. Remembered, not told by their age: clocks are set.
    posts : int
        Submissions that were taken or may have been.
    posting, stopped : bool
        A submission is under way; nothing more is to be sent.
    charge : Charge
        What it will cost, by what is known before it is sent.
    """

    keys: tuple[str, ...]
    audio: str
    source: str
    only_own: bool = False
    own: set[str] = field(default_factory=set)
    posts: int = 0
    posting: bool = False
    stopped: bool = False
    charge: Charge = NOTHING


@dataclass(frozen=True)
class Taken:
    """The claim is ours: go on with this job."""

    job: JobRecord
    upload_url: str | None
    marker: str | None
    """Newest id of the list before the first submission; None when there was none before."""


@dataclass(frozen=True)
class Held:
    """Somebody else has the claim."""

    owner: str


class JobTransactions:
    """Transactions of one batch for one account and one request.

    Parameters
    ----------
    store : Store
    claims : Claims
    account : str
    request : str
        With its secrets masked.
    spending : SpendingRules
        The budget of the month, and what charges are called.
    """

    def __init__(
        self, store: Store, claims: Claims, account: str, request: str, spending: SpendingRules
    ) -> None:
        self._store = store
        self._database = store.database
        self._claims = claims
        self._account = account
        self._request = request
        self._spending = spending

    def look(self, wanted: Wanted) -> Stored | JobRecord | None:
        """Return the result, or else the submitted job, that there is already."""
        return self._database.read(lambda db: self._known(db, wanted))

    def take(self, wanted: Wanted) -> Stored | JobRecord | Taken | Held:
        """Claim the recording and begin a job, unless there is a result, a submitted job, or a holder.

        Raises
        ------
        StoreError
            The journal cannot be written.
        CostLimitError
            It would pass the budget of the month.
        """

        def work(db: sqlite3.Connection) -> Stored | JobRecord | Taken | Held:
            known = self._known(db, wanted)
            if known is not None:
                return known
            self._must_last()
            cells, key = SqlCells(db), wanted.keys[0]
            owner = self._claims.take(cells, key)
            if owner is not None:
                return Held(owner)
            job = self._store.open_in(db, wanted.keys, self._own(wanted))
            if (
                job is None or job.state != SUBMITTING
            ):  # that one may be paid already, and is looked for first
                self._check_budget(db, wanted, "" if job is None else job.job)
            if job is None:
                job = begin(cells, wanted, self._account, self._request)
            wanted.own.add(job.job)
            return Taken(job, self._store.upload_in(db, wanted.audio, self._account), _marker(db, job))

        return self._database.write(work, "take")

    def begin_again(self, wanted: Wanted, gone: str) -> JobRecord:
        """Begin another job under the same claim, after the service said that an upload is gone."""

        def work(db: sqlite3.Connection) -> JobRecord:
            self._must_last()
            cells = SqlCells(db)
            self._claims.renew(cells, wanted.keys[0])
            db.execute("DELETE FROM uploads WHERE url = ?", (gone,))
            new = begin(cells, wanted, self._account, self._request)
            wanted.own.add(new.job)
            return new

        return self._database.write(work, "begin again")

    def post(
        self, job: JobRecord, wanted: Wanted, url: str, marker: str, uploaded: bool
    ) -> tuple[JobRecord, list[str]]:
        """Journal that the job is about to be submitted; only the holder of the claim may.

        Returns
        -------
        JobRecord, list of str
            And the ids of all other jobs that were submitted with this URL.

        Raises
        ------
        ClaimLost, StateConflict
            Another process has taken over. Nothing may be sent.
        StoreError
            The journal cannot be written. Nothing may be sent.
        CostLimitError
            Jobs of others have used up the budget of the month meanwhile. Nothing may be sent.
        """

        def work(db: sqlite3.Connection) -> tuple[JobRecord, list[str]]:
            self._must_last()
            cells, now = SqlCells(db), time.time()
            self._claims.renew(cells, wanted.keys[0])
            self._check_budget(db, wanted, job.job)
            put_estimate(db, job.job, self._account, wanted.charge, self._spending.tag, now)
            if uploaded:
                self._store.put_upload(db, wanted.audio, self._account, url, now)
            return write_submitting(cells, job, url, marker, uploaded), self._store.ids_in(db, url)

        return self._database.write(work, "submitting")

    def may_post_again(self, job: JobRecord, wanted: Wanted) -> None:
        """Check, before a submission is repeated, that the claim is ours and the job still to be submitted.

        Raises
        ------
        ClaimLost, StateConflict, StoreError
            As :meth:`post`.
        """

        def work(db: sqlite3.Connection) -> None:
            self._must_last()
            cells = SqlCells(db)
            self._claims.renew(cells, wanted.keys[0])
            check_submitting(cells, job)

        self._database.write(work, "submitting again")

    def submitted(self, job: JobRecord, wanted: Wanted, transcript_id: str) -> JobRecord:
        """Journal the id and release the claim. An id is never refused: it is paid for."""

        def work(db: sqlite3.Connection) -> JobRecord:
            cells = SqlCells(db)
            new = write_submitted(cells, job, transcript_id)
            if new.job != job.job:  # beside that of another process: it may be paid, too
                put_estimate(db, new.job, self._account, wanted.charge, self._spending.tag, time.time())
            self._claims.give_back(cells, wanted.keys[0])
            return new

        return self._database.write(work, "submitted")

    def release(self, wanted: Wanted) -> None:
        """Release the claim."""
        self._claims.release(wanted.keys[0])

    def failed(self, job: JobRecord, message: str) -> None:
        """Journal a failure, unless another process has journalled an end."""
        self._store.fail(job, message)

    def cancelled(self, transcript_id: str) -> None:
        """Journal that a job was deleted before its end; its charge stays, as it may be billed."""
        job = self._store.job_of(transcript_id)
        if job is not None:
            self._store.fail(job, "cancelled", billed=True)

    def ids_of(self, upload_url: str) -> list[str]:
        """Return the ids of all jobs that were submitted with this URL."""
        return self._store.ids_of(upload_url)

    def marker_of(self, job: JobRecord) -> str | None:
        """Return the newest id of the list before a job was first submitted."""
        return self._database.read(lambda db: _marker(db, job))

    def completed(self, job: JobRecord, raw: bytes, also: Sequence[str], charge: Charge) -> None:
        """Save a result under its key and others that it answers, and what it has cost."""
        self._store.complete(job, raw, also, charge)

    def unknown_to_service(self, job: JobRecord, said: str) -> None:
        """Give up a job that the service has no longer, and what the store knew of its result."""

        def work(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM cache WHERE account = ? AND id = ?", (job.account, job.transcript_id))
            db.execute("DELETE FROM jobs WHERE job = ? AND state = 'completed'", (job.job,))
            self._store.fail(job, f"{UNKNOWN_TO_SERVICE}: {said}", billed=True)  # it may be

        self._database.write(work, "unknown to service")

    def was_unknown_before(self, wanted: Wanted) -> bool:
        """Whether a job of this recording was given up already because the service did not know it."""
        sql = "SELECT 1 FROM jobs WHERE key = ? AND state = ? AND message LIKE ? LIMIT 1"
        values = (wanted.keys[0], FAILED, f"{UNKNOWN_TO_SERVICE}%")
        return self._database.read(lambda db: db.execute(sql, values).fetchone()) is not None

    # -- within a transaction ------------------------------------------------------------------------

    def _known(self, db: sqlite3.Connection, wanted: Wanted) -> Stored | JobRecord | None:
        if not wanted.only_own:
            stored = self._store.cached_in(db, wanted.keys)
            if stored is not None:
                return stored
        job = self._store.open_in(db, wanted.keys, self._own(wanted))
        if job is not None and job.state == SUBMITTED:
            return job
        # A result of which only the id is known, as its row is damaged: it is paid for, and asked for again.
        return None if wanted.only_own else self._store.lost_in(db, wanted.keys)

    def _own(self, wanted: Wanted) -> Sequence[str] | None:
        return sorted(wanted.own) if wanted.only_own else None

    def _check_budget(self, db: sqlite3.Connection, wanted: Wanted, job: str) -> None:
        budget = self._spending.monthly_budget
        check_budget(db, self._account, wanted.charge.usd, budget, time.time(), but=job)

    def _must_last(self) -> None:
        if (trouble := self._database.trouble) is not None:
            raise StoreError(
                "The journal of jobs cannot be written, so nothing was submitted.", detail=trouble
            )


# Steps by the rules of the journal, wherever it is kept ------------------------------------------------


def begin(cells: Cells, wanted: Wanted, account: str, request: str) -> JobRecord:
    """Begin a job."""
    now, key = time.time(), wanted.keys[0]
    record = JobRecord(uuid.uuid4().hex, key, account, wanted.source, request, "", None, None, None, now, now)
    return write_state(cells, record, PLANNED, now)


def write_submitting(cells: Cells, job: JobRecord, url: str, marker: str, uploaded: bool) -> JobRecord:
    """Write that a job is about to be submitted; see :meth:`JobTransactions.post`."""
    now = time.time()
    if uploaded:
        job = write_state(cells, job, UPLOADED, now, upload_url=url)
    return write_state(cells, job, SUBMITTING, now, detail=marker, upload_url=url)


def check_submitting(cells: Cells, job: JobRecord) -> None:
    """See that a job still is to be submitted.

    Raises
    ------
    StateConflict
        Another process did something with it.
    """
    seen = cells.job(job.job)
    if seen is None or seen.state != SUBMITTING:
        raise StateConflict(f"job {job.job}: {seen.state if seen else 'cleared'} meanwhile")


def write_submitted(cells: Cells, job: JobRecord, transcript_id: str) -> JobRecord:
    """Write the id of a job. One that another process has given another id stays, and gets one beside it."""
    now = time.time()
    try:
        seen = cells.job(job.job)
        if seen is not None and seen.transcript_id not in (None, transcript_id):
            raise StateConflict("another id")
        return write_state(cells, job, SUBMITTED, now, transcript_id=transcript_id)
    except StateConflict:
        row = replace(
            job, job=uuid.uuid4().hex, state="", transcript_id=None, message=None, created=now, updated=now
        )
        for state in (PLANNED, SUBMITTING):
            row = write_state(cells, row, state, now)
        return write_state(cells, row, SUBMITTED, now, transcript_id=transcript_id)


def _marker(db: sqlite3.Connection, job: JobRecord) -> str | None:
    sql = "SELECT detail FROM journal WHERE job = ? AND state = ? ORDER BY n LIMIT 1"
    row = db.execute(sql, (job.job, SUBMITTING)).fetchone()
    return str(row[0]) if row and row[0] is not None else None
