"""Batches of recordings: cached, submitted and polled; each keeps its place and its own error."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from aai_jupyter.errors import AaiError, NotFoundError, StoppedWaiting, TranscriptionFailedError
from aai_jupyter.jobs.batch_control import BatchControl
from aai_jupyter.jobs.batch_reader import BatchReader
from aai_jupyter.jobs.charges import NO_LIMITS, SpendingRules, billed_charge
from aai_jupyter.jobs.cost_guard import CostCheck, CostGuard
from aai_jupyter.jobs.engine_progress import watched
from aai_jupyter.jobs.job_events import (
    JobEvent,
    OnEvent,
    Outcome,
    Stage,
    cancelled_error,
    ended,
    notify,
    told_as,
)
from aai_jupyter.jobs.job_transactions import JobTransactions, Wanted
from aai_jupyter.jobs.journal import JobRecord
from aai_jupyter.jobs.shared_store import SharedStore
from aai_jupyter.jobs.store import Store, Stored
from aai_jupyter.jobs.store_queue import StoreQueue
from aai_jupyter.jobs.submission import LAST_ANSWER, RecordingSubmitter, in_thread

if TYPE_CHECKING:
    from aai_jupyter.client import Client
    from aai_jupyter.client.options.transcript_request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source
    from aai_jupyter.client.transcript_data import TranscriptData

#: Jobs that wait at the service at once. It processes 5 (free) to 200 (paid) and queues the rest.
IN_FLIGHT = 200
#: How long "not found" is not believed of the local engine.
LOCAL_MISSING = 2.0
#: A job that failed by the service's own fault is submitted once more after this many seconds.
RESUBMIT_SECONDS = 5.0


Restore = Callable[["TranscriptData", "Source"], Any]
"""Makes of an answer and its recording what the caller works with; called in a thread."""


@dataclass
class _Work:
    """One recording of the batch, however often it is listed."""

    wanted: Wanted
    source: Source
    seconds: float | None = None
    begun: float = field(default_factory=time.monotonic)
    members: list[tuple[int, Source]] = field(default_factory=list)
    task: asyncio.Task[JobResult] | None = None
    transcript_id: str | None = None
    resubmitted: bool = False
    uploaded_again: bool = False
    given_up: bool = False


@dataclass(frozen=True)
class JobResult:
    """Result of a recording."""

    data: TranscriptData
    job: JobRecord | None = None
    cached_at: float | None = None
    transcript: Any = None
    seconds: float | None = None
    usd: float | None = None


async def transcribe_many(
    client: Client,
    sources: Sequence[Source],
    request: TranscriptRequest,
    *,
    store: Store | SharedStore,
    restore: Restore,
    on_event: OnEvent | None = None,
    use_cache: bool = True,
    concurrency: int = 8,
    in_flight: int = IN_FLIGHT,
    engine: str = "",
    spending: SpendingRules = NO_LIMITS,
    control: BatchControl | None = None,
) -> list[Outcome]:
    """Transcribe recordings; what is cached, running or uploaded already is not paid or sent again.

    Parameters
    ----------
    client : Client
    sources : sequence of Source
    request : TranscriptRequest
    store : Store or SharedStore
        Answers what was transcribed before, and journals every step.
    restore : callable
        Makes the transcript of an answer and its source; called in a thread.
    on_event : callable, optional
        Gets a :class:`JobEvent` for each step, on the loop's thread. Keep it short.
    use_cache : bool
        False transcribes anew: neither results nor unfinished jobs from before this call are used.
    concurrency, in_flight : int
        Files uploaded at once, and jobs waiting at the service at once.
    engine : str
        Model of the local engine (part of the cache key), empty for the service.
    spending : SpendingRules
        What it may cost, and the name of its charges.
    control : BatchControl, optional
        Cancels single recordings.

    Returns
    -------
    list of Outcome
        In the order of ``sources``. An error of one source does not stop the others.

    Raises
    ------
    StoppedWaiting
        The task was cancelled. Submitted jobs go on; their ids are in the exception and the journal.
    CostLimitError
        What is to be sent costs more than it may; nothing was sent. What turns out only on the way is told of
        the recordings that were not sent.
    """
    batch = _Batch(
        client,
        request,
        store,
        restore,
        on_event,
        use_cache,
        concurrency,
        in_flight,
        engine,
        spending,
        control,
    )
    found = await batch.run(sources)
    return [
        Outcome(source, error=item)
        if isinstance(item, AaiError)
        else Outcome(source, item.transcript, from_cache=item.cached_at is not None)
        for source, item in zip(sources, found, strict=True)
    ]


class _Batch:
    def __init__(
        self,
        client: Client,
        request: TranscriptRequest,
        store: Store | SharedStore,
        restore: Restore,
        on_event: OnEvent | None,
        use_cache: bool,
        concurrency: int,
        in_flight: int,
        engine: str,
        spending: SpendingRules,
        control: BatchControl | None,
    ) -> None:
        self._client = client
        self._request = request
        self._store = store
        self._restore = restore
        self._on_event = on_event
        self._use_cache = use_cache
        self._engine = engine
        self._local = client.endpoint.local  # costs nothing, and forgets all when its folder is deleted
        self._queue = StoreQueue(store.database)
        free = NO_LIMITS if self._local else spending
        self._guard = CostGuard(free.max_cost)
        self._check = CostCheck(free, self._guard, store, client.endpoint.account)
        self._submitter = RecordingSubmitter(
            client, request, store, self._queue, uploads=concurrency, spending=spending
        )
        self._steps = self._submitter.steps
        self._reader = BatchReader(
            request,
            client.endpoint.account,
            engine,
            only_own=not use_cache,
            lengths=free.limits,
            at_once=concurrency,
        )
        self._places = asyncio.Semaphore(in_flight)
        self._works: dict[str, _Work] = {}
        self._control = control or BatchControl()

    async def run(self, sources: Sequence[Source]) -> list[JobResult | AaiError]:
        await in_thread(self._store.database.try_disk_again)
        await self._check.run(
            sources, self._reader.wanted, lambda one: self._queue.read(self._steps.look, one)
        )
        beat = asyncio.create_task(self._submitter.keep_claims())
        try:
            async with self._watched(), asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._one(i, s)) for i, s in enumerate(sources)]
                for index, task in enumerate(tasks):
                    self._control.started(index, task)
        except asyncio.CancelledError:
            await self._stop()
            ids = {w.source.label: w.transcript_id for w in self._works.values() if w.transcript_id}
            raise StoppedWaiting(ids) from None
        except ExceptionGroup as group:
            raise group.exceptions[0] from None  # a defect of ours; what was submitted is in the journal
        finally:
            beat.cancel()
            await self._stop()
            await self._submitter.release_claims()
            await self._queue.aclose()
        return [task.result() for task in tasks]

    def _watched(self) -> contextlib.AbstractAsyncContextManager[None]:
        works: dict[str, _Work] = {}

        def ids() -> Iterable[str]:
            running = (w for w in self._works.values() if w.task is not None and not w.task.done())
            works.clear()
            works.update((w.transcript_id, w) for w in running if w.transcript_id)
            return list(works)

        def tell(id: str, facts: Mapping[str, Any]) -> None:
            if id in works:
                self._tell_all(works[id], "processing", **facts)

        return watched(self._client, ids, tell)

    async def _stop(self) -> None:
        """Cancel what is left; a submission that was sent gets a moment to return its id."""
        left = [work.task for work in self._works.values() if work.task is not None and not work.task.done()]
        for task in left:
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=2 * LAST_ANSWER)

    async def _one(self, index: int, source: Source) -> JobResult | AaiError:
        begun = time.monotonic()
        try:
            if self._is_cancelled(index):
                raise asyncio.CancelledError
            return await self._result(index, source, begun)
        except asyncio.CancelledError:
            if not self._is_cancelled(index):
                raise
            return await self._cancelled(index, source, time.monotonic() - begun)
        except Exception as exc:  # noqa: BLE001 - what befalls one recording is told of it, and ends no other
            error = told_as(exc, source)
            elapsed = time.monotonic() - begun
            facts: dict[str, Any] = {"transcript_id": error.transcript_id, "message": error.short}
            self._tell(JobEvent(index, source.label, "error", elapsed=elapsed, error=error, **facts))
            return error

    def _is_cancelled(self, index: int) -> bool:
        return self._control.is_cancelled(self._control.whole(index))

    async def _cancelled(self, index: int, source: Source, elapsed: float) -> AaiError:
        """End a recording that was cancelled; where nobody else wants it, what was sent of it is deleted."""
        error = cancelled_error(source.label)
        work = next((w for w in self._works.values() if any(i == index for i, _ in w.members)), None)
        if work is not None:
            work.members = [(i, s) for i, s in work.members if i != index]
            error.transcript_id = work.transcript_id
            if not work.members:
                self._works.pop(work.wanted.keys[0], None)  # listed once more, it begins anew
                if work.task is not None:
                    work.task.cancel()
                    await asyncio.wait([work.task], timeout=2 * LAST_ANSWER)
                if work.transcript_id is not None:
                    await self._delete(work.transcript_id)
        facts: dict[str, Any] = {"transcript_id": error.transcript_id, "message": error.short, "error": error}
        self._tell(JobEvent(index, source.label, "error", elapsed=elapsed, **facts))
        return error

    async def _delete(self, transcript_id: str) -> None:
        """Delete a job at the service, which has no call that stops one; it may be charged all the same."""
        with contextlib.suppress(AaiError):  # what is not deleted ends, and is found by the next run
            await self._client.transcripts.delete(transcript_id)
            if isinstance(self._steps, JobTransactions):
                await self._queue.write(self._steps.cancelled, transcript_id)

    async def _result(self, index: int, source: Source, begun: float) -> JobResult:
        self._tell(JobEvent(index, source.label, "checking", size=source.size))
        wanted = await self._reader.wanted(source)
        seconds = wanted.charge.seconds
        self._tell(JobEvent(index, source.label, "checking", size=source.size, seconds=seconds))
        work = self._works.get(wanted.keys[0])
        if work is None:
            work = self._works[wanted.keys[0]] = _Work(wanted, source, seconds, begun)
        first = not work.members
        work.members.append((index, source))
        if work.task is None:
            work.task = asyncio.create_task(self._finish(work))
        found = await asyncio.shield(work.task)
        if self._use_cache and self._works.get(wanted.keys[0]) is work:
            del self._works[wanted.keys[0]]  # listed once more, it is found in the store
        if not first and found.cached_at is None:
            found = JobResult(found.data, cached_at=time.time())  # listed twice, paid once
        # In a thread: the first transcript of a process imports pandas.
        transcript = await in_thread(self._restore, found.data, source)
        elapsed = time.monotonic() - begun
        facts = {"seconds": found.seconds or work.seconds, "usd": found.usd}
        self._tell(ended(index, source, found.data.id, transcript, elapsed, found.cached_at, **facts))
        return replace(found, transcript=transcript)

    async def _finish(self, work: _Work) -> JobResult:
        """Repeat the next missing step until there is a result."""
        found = await self._queue.read(self._steps.look, work.wanted)
        async with self._places if found is None else contextlib.nullcontext():
            while True:
                if isinstance(found, Stored):
                    await self._guard.settle(work.wanted.keys[0], 0.0)
                    return await in_thread(_from_store, found)
                if found is None:
                    found = await self._submit(work)
                    continue
                work.transcript_id = found.transcript_id
                result = await self._wait_for(work, found)
                if result is not None:
                    return result
                found = None

    async def _submit(self, work: _Work) -> Stored | JobRecord | None:
        wanted = work.wanted
        await self._guard.hold(wanted.keys[0], wanted.charge)
        try:
            return await self._submitter.submit(
                wanted,
                work.source,
                on_upload=lambda sent, size: self._tell_all(work, "uploading", sent=sent, size=size),
                on_busy=lambda message: self._tell_all(work, "checking", message=message),
                on_submitted=lambda ident: self._submitted(work, ident),
            )
        except AaiError:
            if not wanted.posts:  # else it may be paid
                await self._guard.settle(wanted.keys[0], 0.0)
            raise

    def _submitted(self, work: _Work, transcript_id: str) -> None:
        work.transcript_id = transcript_id
        usd = None if self._local else work.wanted.charge.usd
        self._tell_all(work, "submitted", seconds=work.seconds, usd=usd)

    async def _wait_for(self, work: _Work, job: JobRecord) -> JobResult | None:
        """Return the finished transcript; None to start over (each reason counts once)."""
        assert job.transcript_id is not None

        def on_status(status: str, elapsed: float) -> None:
            if status in ("queued", "processing"):
                self._tell_all(work, cast(Stage, status))

        try:
            data = await self._client.transcripts.wait(
                job.transcript_id,
                duration=work.seconds,
                on_status=on_status,
                missing=min(self._client.http.policy.missing, LOCAL_MISSING if self._local else 1e9),
            )
        except NotFoundError as error:
            await self._not_found(work, job, error)
            return None
        except TranscriptionFailedError as error:
            await self._queue.write(self._steps.failed, job, error.detail or error.message)
            await self._guard.settle(work.wanted.keys[0], 0.0)  # failed jobs are not billed
            await self._again(work, job, error)
            return None
        # The same request with our models named is the same transcript.
        same = job.request == self._request.canonical().decode()
        keys = work.wanted.keys[1:2] if same else ()
        if work.source.identity is not None and work.source.digest is not None:  # known by its bytes, too
            keys += (self._reader.keys(f"sha256:{work.source.digest}")[0],)
        charge = billed_charge(job.request, data)
        await self._queue.write(self._steps.completed, job, data.raw_bytes, keys, charge)
        await self._guard.settle(work.wanted.keys[0], charge.usd)
        usd = None if self._local else charge.usd
        return JobResult(data, job, seconds=data.audio_duration, usd=usd)

    async def _not_found(self, work: _Work, job: JobRecord, error: NotFoundError) -> None:
        """Give up a job of the journal that was deleted; never one that was just submitted, or for long.

        Raises
        ------
        NotFoundError
            It is not submitted again.
        """
        ours = job.job in work.wanted.own
        before = not self._local and await self._queue.read(self._steps.was_unknown_before, work.wanted)
        if ours or work.given_up or before:
            error.hint = (
                f"The service took the job {job.transcript_id} and does not show it. It is not submitted "
                "again, as it may be charged; run the cell again later, or with --no-cache to pay anew."
            )
            raise error
        work.given_up = True
        await self._queue.write(self._steps.unknown_to_service, job, error.detail or error.message)

    async def _again(self, work: _Work, job: JobRecord, error: TranscriptionFailedError) -> None:
        said = (error.detail or error.message).casefold()
        if "server error" in said and not work.resubmitted:
            work.resubmitted = True
            self._tell_all(work, "checking", message=f"{error.detail}: submitting once more")
            await asyncio.sleep(RESUBMIT_SECONDS)
        elif "download error" in said and work.source.url is None and not work.uploaded_again:
            # Uploads are kept for a day or so: this one, reused from the journal, is gone.
            work.uploaded_again = True
            await self._queue.write(self._store.forget_upload, job.upload_url or "")
        else:
            raise error

    # -- telling ---------------------------------------------------------------------------------------

    def _tell_all(self, work: _Work, stage: Stage, **facts: Any) -> None:
        elapsed = time.monotonic() - work.begun
        for index, source in work.members:
            facts.setdefault("size", source.size)
            ident = work.transcript_id
            self._tell(JobEvent(index, source.label, stage, elapsed=elapsed, transcript_id=ident, **facts))

    def _tell(self, event: JobEvent) -> None:
        notify(self._on_event, event)


def _from_store(stored: Stored) -> JobResult:
    from aai_jupyter.client.transcript_data import decode_transcript

    return JobResult(decode_transcript(stored.raw), cached_at=stored.saved)
