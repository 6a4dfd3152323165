"""Upload and submission of a recording, exactly once, whatever fails in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from aai_jupyter.errors import AaiError, AccessError, NetworkError, ServerError
from aai_jupyter.jobs.claims import BEAT_SECONDS, Claims
from aai_jupyter.jobs.journal import SUBMITTED, SUBMITTING, JobRecord
from aai_jupyter.jobs.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aai_jupyter.client import Client
    from aai_jupyter.client.options.transcript_request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source

T = TypeVar("T")

#: How much earlier than by our clock a lost job may have been made by the service's.
SLACK_SECONDS = 5.0
#: Another kernel is uploading the same recording: ask again so often.
CLAIM_PAUSE = 0.5
#: How long an Interrupt waits for the answer to a submission, so as to tell its id.
LAST_ANSWER = 0.2

# asyncio itself only keeps weak references to tasks.
_unattended: set[asyncio.Task[Any]] = set()


async def in_thread(function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Run disk work on a thread: a slow disk must not block the other jobs' network."""
    return await asyncio.to_thread(function, *args, **kwargs)


class RecordingSubmitter:
    """Uploads and submits recordings for one client and one request.

    Parameters
    ----------
    client : Client
    request : TranscriptRequest
    store : Store
    uploads : int
        How many files are uploaded at once.
    """

    def __init__(self, client: Client, request: TranscriptRequest, store: Store, *, uploads: int) -> None:
        self._client = client
        self._request = request
        self._store = store
        self._shown = request.canonical().decode()  # secrets are masked in it
        self._account = client.endpoint.account
        self._claims = Claims(store)
        self._uploads = asyncio.Semaphore(uploads)
        self._checking = asyncio.Lock()
        self._checked = False
        self._refusal: AaiError | None = None

    async def keep_claims(self) -> None:
        """Renew the claims while a batch runs, so that other kernels see that we are alive."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await in_thread(self._claims.beat)

    async def submit(
        self,
        keys: tuple[str, ...],
        audio: str,
        source: Source,
        *,
        since: float,
        on_upload: Callable[[int, int | None], None],
        on_busy: Callable[[], None],
        on_submitted: Callable[[str], None],
    ) -> bool:
        """Get a journalled id for a key, unless another kernel is doing that right now.

        The job is kept under the first key; under all of them it may be known already.

        Returns
        -------
        bool
            False when another kernel holds the claim; try again after what it does is done.
        """
        key = keys[0]
        if not await in_thread(self._claims.acquire, key):
            on_busy()
            await asyncio.sleep(CLAIM_PAUSE)
            return False
        async with self._claimed(key) as hand_over:
            store = self._store
            job = await in_thread(store.open_job, keys, since)
            done = await in_thread(store.cached, keys, since)
            if done is not None or (job is not None and job.state == SUBMITTED):
                return True  # another kernel was quicker, between our look and our claim
            await self._check_access()
            lost = job is not None and job.state == SUBMITTING
            if job is not None and lost and (found := await self._find(job)):
                await in_thread(store.record, job, SUBMITTED, transcript_id=found)
                on_submitted(found)
                return True
            if job is None:
                job = await in_thread(store.begin, key, self._account, source.label, self._shown)
            url = source.url
            for reused in (True, False):
                job, url = await self._address(job, audio, source, on_upload, reuse=reused)
                try:
                    await hand_over(self._post(job, url, on_submitted))
                except AccessError:
                    # The service deletes uploads; ours from the journal may be gone before its time.
                    if source.url is not None or not reused:
                        raise
                    await in_thread(store.forget_upload, url)
                    job = await in_thread(store.begin, key, self._account, source.label, self._shown)
                    continue
                return True
        return True

    @asynccontextmanager
    async def _claimed(self, key: str) -> AsyncIterator[Callable[[Coroutine[Any, Any, None]], Any]]:
        """Hold a claim; a coroutine handed over keeps it, and completes even if we are cancelled."""
        running: list[asyncio.Task[None]] = []

        async def hand_over(coro: Coroutine[Any, Any, None]) -> None:
            task = asyncio.create_task(coro)
            running[:] = [task]
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError:
                await asyncio.wait([task], timeout=LAST_ANSWER)
                raise

        async def release_after(task: asyncio.Task[None]) -> None:
            await asyncio.wait([task])
            if not task.cancelled():
                task.exception()  # journalled; nobody is left to be told
            await in_thread(self._claims.release, key)

        try:
            yield hand_over
        finally:
            if running and not running[0].done():
                keeper = asyncio.create_task(release_after(running[0]))
                _unattended.add(keeper)
                keeper.add_done_callback(_unattended.discard)
            else:
                await in_thread(self._claims.release, key)

    async def _check_access(self) -> None:
        """Check key and host by one small request, before gigabytes are uploaded."""
        async with self._checking:
            if self._refusal is not None:
                raise self._refusal
            if not self._checked:
                try:
                    await self._client.transcripts.list_page(limit=1)
                except AaiError as error:
                    self._refusal = error  # the other sources of the batch need not ask again
                    raise
                self._checked = True

    async def _address(
        self,
        job: JobRecord,
        audio: str,
        source: Source,
        on_upload: Callable[[int, int | None], None],
        *,
        reuse: bool,
    ) -> tuple[JobRecord, str]:
        """Return the URL of the recording: its own, or that of an upload."""
        if source.url is not None:
            return job, source.url
        if reuse and (url := await in_thread(self._store.upload_url, audio, self._account)):
            endpoint = self._client.endpoint
            if not endpoint.local or url.startswith(endpoint.base_url):  # an engine's port dies with it
                return job, url
        async with self._uploads:
            url = await self._client.transcripts.upload(source, progress=on_upload)
        return await in_thread(self._store.uploaded, job, audio, url), url

    async def _post(self, job: JobRecord, url: str, on_submitted: Callable[[str], None]) -> None:
        store = self._store
        job = await in_thread(store.record, job, SUBMITTING, upload_url=url)
        try:
            data = await self._client.transcripts.submit(url, self._request)
        except (NetworkError, ServerError) as error:
            # The client has looked for the job already. The state stays "submitting": so does the next run.
            error.hint = "Run it again: it first looks whether the job was taken, and adopts it."
            raise
        except AaiError as error:
            await in_thread(store.fail, job, error.detail or error.message)
            raise
        found = str(data.id)
        await in_thread(store.record, job, SUBMITTED, transcript_id=found)
        on_submitted(found)

    async def _find(self, job: JobRecord) -> str | None:
        """Return the id of a job whose submission got no response before its kernel died."""
        if job.upload_url is None:
            return None
        # An upload may serve several requests: those whose ids we know are not the lost one.
        known = await in_thread(self._store.ids_of, job.upload_url)
        within = max(0.0, time.time() - job.updated) + SLACK_SECONDS
        item = await self._client.transcripts.find_submitted(job.upload_url, within=within, exclude=known)
        return None if item is None else item.id
