"""One recording of a batch, from the look for a result of before to the finished transcript."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from aai_jupyter.errors import AaiError, NotFoundError, TranscriptionFailedError
from aai_jupyter.jobs.batch_reader import BatchReader
from aai_jupyter.jobs.charges import billed_charge
from aai_jupyter.jobs.cost_guard import CostGuard
from aai_jupyter.jobs.job_events import Stage
from aai_jupyter.jobs.job_transactions import Wanted
from aai_jupyter.jobs.journal import JobRecord
from aai_jupyter.jobs.store import Stored
from aai_jupyter.jobs.store_queue import StoreQueue
from aai_jupyter.jobs.submission import RecordingSubmitter, in_thread

if TYPE_CHECKING:
    from aai_jupyter.client import Client
    from aai_jupyter.client.options.transcript_request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source
    from aai_jupyter.client.transcript_data import TranscriptData

#: How long "not found" is not believed of the local engine.
LOCAL_MISSING = 2.0
#: A job that failed by the service's own fault is submitted once more after this many seconds.
RESUBMIT_SECONDS = 5.0


@dataclass
class RecordingWork:
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
    looked: bool = False


@dataclass(frozen=True)
class JobResult:
    """Result of a recording."""

    data: TranscriptData
    job: JobRecord | None = None
    cached_at: float | None = None
    transcript: Any = None
    seconds: float | None = None
    usd: float | None = None


class RecordingFinisher:
    """Repeats the next missing step of a recording until there is a result.

    Parameters
    ----------
    client : Client
    request : TranscriptRequest
    queue : StoreQueue
    submitter : RecordingSubmitter
    reader : BatchReader
    guard : CostGuard
    forget_upload : callable
        Of the store.
    in_flight : int
        Jobs waiting at the service at once.
    tell : callable
        Gets the work, the stage and facts of each step.
    """

    def __init__(
        self,
        client: Client,
        request: TranscriptRequest,
        queue: StoreQueue,
        submitter: RecordingSubmitter,
        reader: BatchReader,
        guard: CostGuard,
        *,
        forget_upload: Callable[[str], Any],
        in_flight: int,
        tell: Callable[..., None],
    ) -> None:
        self._client, self._request = client, request
        self._queue, self._submitter, self._steps = queue, submitter, submitter.steps
        self._reader, self._guard = reader, guard
        self._forget_upload = forget_upload
        self._places = asyncio.Semaphore(in_flight)
        self._tell = tell
        self._local = client.endpoint.local

    async def finish(self, work: RecordingWork) -> JobResult:
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

    async def _submit(self, work: RecordingWork) -> Stored | JobRecord | None:
        wanted = work.wanted
        await self._guard.hold(wanted.keys[0], wanted.charge)
        try:
            return await self._submitter.submit(
                wanted,
                work.source,
                on_upload=lambda sent, size: self._tell(work, "uploading", sent=sent, size=size),
                on_busy=lambda message: self._tell(work, "checking", message=message),
                on_submitted=lambda ident: self._submitted(work, ident),
            )
        except AaiError:
            if not wanted.posts:  # else it may be paid
                await self._guard.settle(wanted.keys[0], 0.0)
            raise

    def _submitted(self, work: RecordingWork, transcript_id: str) -> None:
        work.transcript_id = transcript_id
        usd = None if self._local else work.wanted.charge.usd
        self._tell(work, "submitted", seconds=work.seconds, usd=usd)

    async def _wait_for(self, work: RecordingWork, job: JobRecord) -> JobResult | None:
        """Return the finished transcript; None to start over (each reason counts once)."""
        assert job.transcript_id is not None

        def on_status(status: str, elapsed: float) -> None:
            if status in ("queued", "processing"):
                self._tell(work, cast(Stage, status))

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
        # Words are decoded when they are asked for: those of thousands would stay in memory.
        closed = type(data).known(data.raw_bytes, data.id or job.transcript_id)
        return JobResult(closed, job, seconds=data.audio_duration, usd=usd)

    async def _not_found(self, work: RecordingWork, job: JobRecord, error: NotFoundError) -> None:
        """Give up a job of the journal that was deleted; never one that was just submitted, or for long.

        Raises
        ------
        NotFoundError
            It is not submitted again.
        """
        if not work.looked and await self._submitter.find_other(job, work.wanted) is not None:
            work.looked = True
            return
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

    async def _again(self, work: RecordingWork, job: JobRecord, error: TranscriptionFailedError) -> None:
        said = (error.detail or error.message).casefold()
        if "server error" in said and not work.resubmitted:
            work.resubmitted = True
            self._tell(work, "checking", message=f"{error.detail}: submitting once more")
            await asyncio.sleep(RESUBMIT_SECONDS)
        elif "download error" in said and work.source.url is None and not work.uploaded_again:
            # Uploads are kept for a day or so: this one, reused from the journal, is gone.
            work.uploaded_again = True
            await self._queue.write(self._forget_upload, job.upload_url or "")
        else:
            raise error


def _from_store(stored: Stored) -> JobResult:
    from aai_jupyter.client.transcript_data import TranscriptData

    return JobResult(TranscriptData.known(stored.raw, stored.id), cached_at=stored.saved)
