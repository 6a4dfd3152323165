"""Results and jobs that many machines share, so that none of them pays for what another has done.

``results/KEY`` holds an answer; see :mod:`aai_jupyter.jobs.recording_document` for the jobs. The rules are
those of the store of one machine (:mod:`aai_jupyter.jobs.claims`, :mod:`aai_jupyter.jobs.journal`).
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TypeVar

import msgspec

from aai_jupyter.jobs.charges import Charge
from aai_jupyter.jobs.claims import HeldClaims
from aai_jupyter.jobs.job_transactions import (
    UNKNOWN_TO_SERVICE,
    Held,
    Taken,
    Wanted,
    begin,
    check_submitting,
    write_submitted,
    write_submitting,
)
from aai_jupyter.jobs.journal import (
    COMPLETED,
    FAILED,
    OPEN,
    PLANNED,
    SUBMITTED,
    SUBMITTING,
    UPLOADED,
    Cells,
    JobRecord,
    StateConflict,
    write_state,
)
from aai_jupyter.jobs.recording_document import DocumentCells, RecordingDocument, RecordingDocuments
from aai_jupyter.jobs.shared_objects import SharedObjects
from aai_jupyter.jobs.store import UPLOAD_SECONDS, Stored

T = TypeVar("T")

AT_ONCE = 16
"""Calls to the store at once: each may be a request to another machine."""
_FURTHEST = (SUBMITTED, SUBMITTING, UPLOADED, PLANNED)


class SharedStore:
    """Finished transcripts and jobs as shared objects.

    Parameters
    ----------
    objects : SharedObjects
        Best a :class:`~aai_jupyter.jobs.shared_objects.PatientObjects`.
    """

    def __init__(self, objects: SharedObjects) -> None:
        self._objects = objects
        self.documents = RecordingDocuments(objects)
        self.database = CallPool()

    def cached(self, keys: Sequence[str]) -> Stored | None:
        """Return the answer of the first of these keys that has one."""
        for key in keys:
            raw = self._objects.read(_result(key))
            found = None if raw is None else _stored(raw)
            if found is not None:
                return found
        return None

    def keep(self, keys: Sequence[str], stored: Stored) -> None:
        """Save an answer under its keys."""
        head = msgspec.json.encode({"id": stored.id, "source": stored.source, "saved": stored.saved})
        content = zlib.compress(head + b"\n" + stored.raw, 3)
        for key in dict.fromkeys(keys):
            self._objects.put(_result(key), content)

    def forget_upload(self, url: str) -> None:
        """Nothing: an upload is known to its own job only, which is over."""


class CallPool:
    """What stands for the database of a store: runs calls at once, each a transaction by itself."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="aai_jupyter-store")

    def try_disk_again(self) -> bool:
        """True: a shared store is never held in memory."""
        return True

    def read_all(self, calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
        """Run calls; an error of one is in its place."""
        return list(self._pool.map(_outcome, calls))

    write_all = read_all


class SharedClaims(HeldClaims):
    """The claims of one batch, in the documents of its recordings."""

    def __init__(self, documents: RecordingDocuments) -> None:
        super().__init__()
        self._documents = documents

    def take(self, cells: Cells, key: str) -> str | None:
        owner = super().take(cells, key)
        if owner is not None:  # an earlier try of this change had it, and was too late
            self._held.discard(key)
        return owner

    def release(self, key: str) -> None:
        """Release a claim."""
        self._documents.change(key, lambda cells: self.give_back(cells, key))

    def release_all(self, kept: Collection[str] = ()) -> None:
        """Release what is held, but for the keys to keep."""
        for key in self._held.difference(kept):
            self.release(key)

    def beat(self) -> None:
        """Renew all claims that are held."""
        for key in list(self._held):
            self._documents.change(key, partial(self._beat_one, key=key))

    def _beat_one(self, cells: Cells, key: str) -> None:
        seen = cells.claim(key)
        if seen is not None and seen.owner == self.owner:
            cells.swap_claim(key, seen, replace(seen, beat=seen.beat + 1))


class SharedTransactions:
    """The steps of one batch, as :class:`~aai_jupyter.jobs.job_transactions.JobTransactions`.

    Parameters
    ----------
    store : SharedStore
    account : str
    request : str
        With its secrets masked.
    """

    def __init__(self, store: SharedStore, claims: SharedClaims, account: str, request: str) -> None:
        self._store = store
        self._documents = store.documents
        self._claims = claims
        self._account = account
        self._request = request

    def look(self, wanted: Wanted) -> Stored | JobRecord | None:
        """Return the result, or else the submitted job, that there is already."""
        if not wanted.only_own and (stored := self._store.cached(wanted.keys)) is not None:
            return stored
        return self._submitted_in(self._documents.read(wanted.keys[0]), wanted)

    def take(self, wanted: Wanted) -> Stored | JobRecord | Taken | Held:
        """Claim the recording and begin a job, unless there is a result, a submitted job, or a holder."""
        if not wanted.only_own and (stored := self._store.cached(wanted.keys)) is not None:
            return stored
        key = wanted.keys[0]

        def work(cells: DocumentCells) -> JobRecord | Taken | Held:
            known = self._submitted_in(cells.document, wanted)
            if known is not None:
                return known
            owner = self._claims.take(cells, key)
            if owner is not None:
                return Held(owner)
            job = _furthest(cells.document, self._own(wanted))
            if job is None:
                job = begin(cells, wanted, self._account, self._request)
            return Taken(job, _fresh_upload(job), _marker(cells.document, job))

        found = self._documents.change(key, work)
        if isinstance(found, Taken):
            wanted.own.add(found.job.job)
        return found

    def begin_again(self, wanted: Wanted, gone: str) -> JobRecord:
        """Begin another job under the same claim, after the service said that an upload is gone."""

        def work(cells: DocumentCells) -> JobRecord:
            self._claims.renew(cells, wanted.keys[0])
            for job in list(cells.document.jobs.values()):
                if job.upload_url == gone and job.state in OPEN:
                    write_state(cells, job, FAILED, time.time(), message="The upload is gone.")
            return begin(cells, wanted, self._account, self._request)

        new = self._documents.change(wanted.keys[0], work)
        wanted.own.add(new.job)
        return new

    def post(
        self, job: JobRecord, wanted: Wanted, url: str, marker: str, uploaded: bool
    ) -> tuple[JobRecord, list[str]]:
        """Write down that the job is about to be submitted; only the holder of the claim may."""

        def work(cells: DocumentCells) -> tuple[JobRecord, list[str]]:
            self._claims.renew(cells, wanted.keys[0])
            return write_submitting(cells, job, url, marker, uploaded), _ids(cells.document, url)

        return self._documents.change(wanted.keys[0], work)

    def may_post_again(self, job: JobRecord, wanted: Wanted) -> None:
        """Check, before a submission is repeated, that the claim is ours and the job to be submitted."""

        def work(cells: DocumentCells) -> None:
            self._claims.renew(cells, wanted.keys[0])
            check_submitting(cells, job)

        self._documents.change(wanted.keys[0], work)

    def submitted(self, job: JobRecord, wanted: Wanted, transcript_id: str) -> JobRecord:
        """Write down the id and release the claim. An id is never refused: it is paid for."""

        def work(cells: DocumentCells) -> JobRecord:
            new = write_submitted(cells, job, transcript_id)
            self._claims.give_back(cells, wanted.keys[0])
            return new

        return self._documents.change(wanted.keys[0], work)

    def release(self, wanted: Wanted) -> None:
        """Release the claim."""
        self._claims.release(wanted.keys[0])

    def failed(self, job: JobRecord, message: str) -> None:
        """Write down a failure, unless another process has written an end."""

        def work(cells: DocumentCells) -> None:
            seen = cells.job(job.job)
            if seen is None or seen.state in OPEN:
                write_state(cells, job, FAILED, time.time(), message=message)

        self._documents.change(job.key, work)

    def ids_of(self, upload_url: str) -> list[str]:
        """Return nothing: an upload serves one document only, whose ids :meth:`post` returns."""
        return []

    def marker_of(self, job: JobRecord) -> str | None:
        """Return the newest id of the list before a job was first submitted."""
        return _marker(self._documents.read(job.key), job)

    def completed(
        self, job: JobRecord, raw: bytes, also: Sequence[str], charge: Charge | None = None
    ) -> None:
        """Save a result under its key and others that it answers."""
        assert job.transcript_id is not None
        now = time.time()
        self._store.keep([job.key, *also], Stored(job.transcript_id, raw, job.source, now))

        def work(cells: DocumentCells) -> None:
            try:
                write_state(cells, job, COMPLETED, now)
            except StateConflict:  # what is written of the job does not take a result away
                return

        self._documents.change(job.key, work)

    def unknown_to_service(self, job: JobRecord, said: str) -> None:
        """Give up a job that the service has no longer."""

        def work(cells: DocumentCells) -> None:
            known = cells.job(job.job)
            if known is not None and known.state == COMPLETED:  # its result was damaged
                del cells.document.jobs[job.job]
            write_state(cells, job, FAILED, time.time(), message=f"{UNKNOWN_TO_SERVICE}: {said}")

        self._documents.change(job.key, work)

    def was_unknown_before(self, wanted: Wanted) -> bool:
        """Whether a job of this recording was given up already because the service did not know it."""
        jobs = self._documents.read(wanted.keys[0]).jobs.values()
        return any(j.state == FAILED and (j.message or "").startswith(UNKNOWN_TO_SERVICE) for j in jobs)

    # -- within a change -----------------------------------------------------------------------------

    def _submitted_in(self, document: RecordingDocument, wanted: Wanted) -> JobRecord | None:
        job = _furthest(document, self._own(wanted))
        if job is not None and job.state == SUBMITTED:
            return job
        if wanted.only_own:
            return None
        # A result of which only the id is known, as its object is damaged: paid for, and asked for again.
        ended = [j for j in document.jobs.values() if j.state == COMPLETED and j.transcript_id]
        return replace(ended[-1], state=SUBMITTED) if ended else None

    def _own(self, wanted: Wanted) -> Collection[str] | None:
        return wanted.own if wanted.only_own else None


def _furthest(document: RecordingDocument, among: Collection[str] | None) -> JobRecord | None:
    jobs = [
        job
        for job in document.jobs.values()
        if job.state in OPEN
        and (among is None or job.job in among)
        and (job.state != SUBMITTED or job.transcript_id)
    ]
    return min(jobs, key=lambda job: (_FURTHEST.index(job.state), -job.created), default=None)


def _fresh_upload(job: JobRecord) -> str | None:
    # The service deletes uploads from 24 hours on; one that is gone sooner is found out at the submission.
    return job.upload_url if job.upload_url and time.time() - job.updated < UPLOAD_SECONDS else None


def _marker(document: RecordingDocument, job: JobRecord) -> str | None:
    details = (detail for name, state, detail in document.notes if (name, state) == (job.job, SUBMITTING))
    return next(details, None)


def _ids(document: RecordingDocument, url: str) -> list[str]:
    return [j.transcript_id for j in document.jobs.values() if j.upload_url == url and j.transcript_id]


def _result(key: str) -> str:
    return f"results/{key[:2]}/{key}"


def _stored(content: bytes) -> Stored | None:
    """Read what :meth:`SharedStore.keep` wrote; None when it is damaged."""
    try:
        head, separator, raw = zlib.decompress(content).partition(b"\n")
        facts = msgspec.json.decode(head, type=dict)
        return Stored(str(facts["id"]), raw, facts["source"], float(facts["saved"])) if separator else None
    except (zlib.error, msgspec.MsgspecError, KeyError, TypeError, ValueError):
        return None


def _outcome(call: Callable[[], T]) -> T | Exception:
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - given to the caller of that call
        return error
