"""Batches of recordings: cached, submitted and polled; each keeps its place and its own error."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import AaiError, StoppedWaiting
from aai_jupyter.jobs.batch_control import BatchControl
from aai_jupyter.jobs.batch_reader import BatchReader
from aai_jupyter.jobs.charges import NO_LIMITS, SpendingRules
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
from aai_jupyter.jobs.job_transactions import JobTransactions
from aai_jupyter.jobs.recording_work import JobResult, RecordingFinisher, RecordingWork
from aai_jupyter.jobs.shared_store import SharedStore
from aai_jupyter.jobs.store import Store
from aai_jupyter.jobs.store_queue import StoreQueue
from aai_jupyter.jobs.submission import LAST_ANSWER, RecordingSubmitter, in_thread

if TYPE_CHECKING:
    from aai_jupyter.client import Client
    from aai_jupyter.client.options.transcript_request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source
    from aai_jupyter.client.transcript_data import TranscriptData

#: Jobs that wait at the service at once. It processes 5 (free) to 200 (paid) and queues the rest.
IN_FLIGHT = 200


Restore = Callable[["TranscriptData", "Source"], Any]
"""Makes of an answer and its recording what the caller works with; called in a thread."""


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
        self._finisher = RecordingFinisher(
            client,
            request,
            self._queue,
            self._submitter,
            self._reader,
            self._guard,
            forget_upload=store.forget_upload,
            in_flight=in_flight,
            tell=self._tell_all,
        )
        self._works: dict[str, RecordingWork] = {}
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
        works: dict[str, RecordingWork] = {}

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
            work = self._works[wanted.keys[0]] = RecordingWork(wanted, source, seconds, begun)
        first = not work.members
        work.members.append((index, source))
        if work.task is None:
            work.task = asyncio.create_task(self._finisher.finish(work))
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

    # -- telling ---------------------------------------------------------------------------------------

    def _tell_all(self, work: RecordingWork, stage: Stage, **facts: Any) -> None:
        elapsed = time.monotonic() - work.begun
        for index, source in work.members:
            facts.setdefault("size", source.size)
            ident = work.transcript_id
            self._tell(JobEvent(index, source.label, stage, elapsed=elapsed, transcript_id=ident, **facts))

    def _tell(self, event: JobEvent) -> None:
        notify(self._on_event, event)
