"""Batches of recordings: cached, submitted and polled; each keeps its place and its own error."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from aai_jupyter.errors import AaiError, NotFoundError, StoppedWaiting, TranscriptionFailedError
from aai_jupyter.jobs.cache_keys import audio_name, cache_keys
from aai_jupyter.jobs.job_events import JobEvent, OnEvent, Outcome, Stage, ended, notify, told_as
from aai_jupyter.jobs.journal import SUBMITTED, JobRecord
from aai_jupyter.jobs.store import Store, Stored
from aai_jupyter.jobs.submission import LAST_ANSWER, RecordingSubmitter, in_thread

if TYPE_CHECKING:
    from aai_jupyter.client import Client
    from aai_jupyter.client.options.transcript_request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source
    from aai_jupyter.client.transcript_data import TranscriptData

#: Jobs that wait at the service at once. It processes 5 (free) to 200 (paid) and queues the rest.
IN_FLIGHT = 200
#: A job that failed by the service's own fault is submitted once more after this many seconds.
RESUBMIT_SECONDS = 5.0


Restore = Callable[["TranscriptData", "Source"], Any]
"""Makes of an answer and its recording what the caller works with; called in a thread."""


@dataclass
class _Work:
    """One recording of the batch, however often it is listed."""

    keys: tuple[str, ...]
    audio: str
    source: Source
    begun: float = field(default_factory=time.monotonic)
    members: list[tuple[int, Source]] = field(default_factory=list)
    task: asyncio.Task[JobResult] | None = None
    transcript_id: str | None = None
    resubmitted: bool = False
    uploaded_again: bool = False


@dataclass(frozen=True)
class JobResult:
    """Result of a recording, or (when not waited for) its job."""

    data: TranscriptData | None
    job: JobRecord | None = None
    cached_at: float | None = None
    transcript: Any = None


async def transcribe_many(
    client: Client,
    sources: Sequence[Source],
    request: TranscriptRequest,
    *,
    store: Store,
    restore: Restore,
    on_event: OnEvent | None = None,
    use_cache: bool = True,
    concurrency: int = 8,
    in_flight: int = IN_FLIGHT,
    engine: str = "",
) -> list[Outcome]:
    """Transcribe recordings; what is cached, running or uploaded already is not paid or sent again.

    Parameters
    ----------
    client : Client
    sources : sequence of Source
    request : TranscriptRequest
    store : Store
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

    Returns
    -------
    list of Outcome
        In the order of ``sources``. An error of one source does not stop the others.

    Raises
    ------
    StoppedWaiting
        The task was cancelled. Submitted jobs go on; their ids are in the exception and the journal.
    """
    batch = _Batch(client, request, store, restore, on_event, use_cache, concurrency, in_flight, engine)
    found = await batch.run(sources, wait=True)
    return [
        Outcome(source, error=item)
        if isinstance(item, AaiError)
        else Outcome(source, item.transcript, from_cache=item.cached_at is not None)
        for source, item in zip(sources, found, strict=True)
    ]


async def submit_many(
    client: Client,
    sources: Sequence[Source],
    request: TranscriptRequest,
    *,
    store: Store,
    restore: Restore,
    on_event: OnEvent | None = None,
    use_cache: bool = True,
    concurrency: int = 8,
    in_flight: int = IN_FLIGHT,
    engine: str = "",
) -> list[JobResult | AaiError]:
    """Submit recordings without waiting: returns when each has a journalled id (or a result)."""
    batch = _Batch(client, request, store, restore, on_event, use_cache, concurrency, in_flight, engine)
    return await batch.run(sources, wait=False)


class _Batch:
    def __init__(
        self,
        client: Client,
        request: TranscriptRequest,
        store: Store,
        restore: Restore,
        on_event: OnEvent | None,
        use_cache: bool,
        concurrency: int,
        in_flight: int,
        engine: str,
    ) -> None:
        self._client = client
        self._request = request
        self._store = store
        self._restore = restore
        self._on_event = on_event
        self._since = 0.0 if use_cache else time.time()
        self._engine = engine
        self._submitter = RecordingSubmitter(client, request, store, uploads=concurrency)
        self._readers = asyncio.Semaphore(concurrency)
        self._places = asyncio.Semaphore(in_flight)
        self._works: dict[str, _Work] = {}

    async def run(self, sources: Sequence[Source], *, wait: bool) -> list[JobResult | AaiError]:
        beat = asyncio.create_task(self._submitter.keep_claims())
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._one(i, s, wait)) for i, s in enumerate(sources)]
        except asyncio.CancelledError:
            await self._stop()
            ids = {w.source.label: w.transcript_id for w in self._works.values() if w.transcript_id}
            raise StoppedWaiting(ids) from None
        except ExceptionGroup as group:
            raise group.exceptions[0] from None  # a defect of ours; what was submitted is in the journal
        finally:
            beat.cancel()
            await self._stop()
        return [task.result() for task in tasks]

    async def _stop(self) -> None:
        """Cancel what is left; a submission that was sent gets a moment to return its id."""
        left = [work.task for work in self._works.values() if work.task is not None and not work.task.done()]
        for task in left:
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=2 * LAST_ANSWER)

    async def _one(self, index: int, source: Source, wait: bool) -> JobResult | AaiError:
        begun = time.monotonic()
        try:
            return await self._result(index, source, wait, begun)
        except Exception as exc:  # noqa: BLE001 - what befalls one recording is told of it, and ends no other
            error = told_as(exc, source)
            elapsed = time.monotonic() - begun
            facts: dict[str, Any] = {"transcript_id": error.transcript_id, "message": error.short}
            self._tell(JobEvent(index, source.label, "error", elapsed=elapsed, **facts))
            return error

    async def _result(self, index: int, source: Source, wait: bool, begun: float) -> JobResult:
        self._tell(JobEvent(index, source.label, "checking", size=source.size))
        async with self._readers:
            audio = await audio_name(source)
        account = self._client.endpoint.account
        keys = cache_keys(audio, self._request, account, self._engine)
        work = self._works.setdefault(keys[0], _Work(keys, audio, source, begun))
        first = not work.members
        work.members.append((index, source))
        if work.task is None:
            work.task = asyncio.create_task(self._finish(work, wait))
        found = await asyncio.shield(work.task)
        if not first and found.data is not None and found.cached_at is None:
            found = JobResult(found.data, cached_at=time.time())  # listed twice, paid once
        if (data := found.data) is not None:
            # In a thread: the first transcript of a process imports pandas.
            transcript = await in_thread(self._restore, data, source)
            found = replace(found, transcript=transcript)
            elapsed = time.monotonic() - begun
            self._tell(ended(index, source, data.id, transcript, elapsed, found.cached_at))
        return found

    async def _finish(self, work: _Work, wait: bool) -> JobResult:
        """Repeat the next missing step until the journal has a result."""
        if hit := await in_thread(self._store.cached, work.keys, self._since):
            return await in_thread(_from_store, hit)
        seconds = await in_thread(lambda: work.source.seconds)
        async with self._places:
            while True:
                job = await in_thread(self._store.open_job, work.keys, self._since)
                if job is not None and job.state == SUBMITTED:
                    work.transcript_id = job.transcript_id
                    if not wait:
                        return JobResult(None, job)
                    data = await self._wait_for(work, job, seconds)
                    if data is not None:
                        return JobResult(data, job)
                elif hit := await in_thread(self._store.cached, work.keys, self._since):
                    return await in_thread(_from_store, hit)
                else:
                    await self._submit(work)

    async def _submit(self, work: _Work) -> None:
        await self._submitter.submit(
            work.keys,
            work.audio,
            work.source,
            since=self._since,
            on_upload=lambda sent, size: self._tell_all(work, "uploading", sent=sent, size=size),
            on_busy=lambda: self._tell_all(
                work, "checking", message="another notebook is sending this recording"
            ),
            on_submitted=lambda ident: self._submitted(work, ident),
        )

    def _submitted(self, work: _Work, transcript_id: str) -> None:
        work.transcript_id = transcript_id
        self._tell_all(work, "submitted")

    async def _wait_for(self, work: _Work, job: JobRecord, seconds: float | None) -> TranscriptData | None:
        """Return the finished transcript; None to start over (each reason counts once)."""
        assert job.transcript_id is not None

        def on_status(status: str, elapsed: float) -> None:
            if status in ("queued", "processing"):
                self._tell_all(work, cast(Stage, status))

        try:
            data = await self._client.transcripts.wait(
                job.transcript_id, duration=seconds, on_status=on_status
            )
        except NotFoundError as error:
            # Deleted, or the engine's folder was: adopted from the journal, but there is nothing to adopt.
            await in_thread(self._store.fail, job, error.detail or error.message)
            return None
        except TranscriptionFailedError as error:
            await in_thread(self._store.fail, job, error.detail or error.message)
            await self._again(work, job, error)
            return None
        # The same request with our models named is the same transcript.
        same = job.request == self._request.canonical().decode()
        await in_thread(self._store.complete, job, data.raw_bytes, work.keys[1:2] if same else ())
        return data

    async def _again(self, work: _Work, job: JobRecord, error: TranscriptionFailedError) -> None:
        said = (error.detail or error.message).casefold()
        if "server error" in said and not work.resubmitted:
            work.resubmitted = True
            self._tell_all(work, "checking", message=f"{error.detail}: submitting once more")
            await asyncio.sleep(RESUBMIT_SECONDS)
        elif "download error" in said and work.source.url is None and not work.uploaded_again:
            # Uploads are kept for a day or so: this one, reused from the journal, is gone.
            work.uploaded_again = True
            await in_thread(self._store.forget_upload, job.upload_url or "")
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
