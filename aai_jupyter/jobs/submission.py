"""Upload and submission of a recording, exactly once, whatever fails in between."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from aai_jupyter.client.transcripts.submit import PostGuard
from aai_jupyter.errors import AaiError, AccessError
from aai_jupyter.jobs.charges import SpendingRules
from aai_jupyter.jobs.claims import BEAT_SECONDS, ClaimLost, Claims, holder
from aai_jupyter.jobs.job_transactions import Held, JobTransactions, Taken, Wanted
from aai_jupyter.jobs.journal import SUBMITTING, JobRecord, StateConflict
from aai_jupyter.jobs.shared_store import SharedClaims, SharedStore, SharedTransactions
from aai_jupyter.jobs.store import Store, Stored
from aai_jupyter.jobs.store_queue import StoreQueue

if TYPE_CHECKING:
    from aai_jupyter.client import Client
    from aai_jupyter.client.options.transcript_request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source

T = TypeVar("T")

#: Another kernel is uploading the same recording: ask again so often.
CLAIM_PAUSE = 0.5
#: How long an Interrupt waits for the answer to a submission, so as to tell its id.
LAST_ANSWER = 0.2
#: Submissions of one recording in one call that may have been taken, whatever goes wrong.
MOST_POSTS = 2

#: Files up to this size wait for answers more than for the line: so many times as many go out at once.
SMALL, SMALL_AT_ONCE = 1 << 20, 4

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
    store : Store or SharedStore
    queue : StoreQueue
        Of the same store.
    uploads : int
        How many files are uploaded at once.
    spending : SpendingRules
    """

    def __init__(
        self,
        client: Client,
        request: TranscriptRequest,
        store: Store | SharedStore,
        queue: StoreQueue,
        *,
        uploads: int,
        spending: SpendingRules,
    ) -> None:
        self._client = client
        self._request = request
        self._queue = queue
        shown = request.canonical().decode()  # secrets are masked in it
        self._claims: Claims | SharedClaims
        self.steps: JobTransactions | SharedTransactions
        if isinstance(store, SharedStore):
            self._claims = SharedClaims(store.documents)
            self.steps = SharedTransactions(store, self._claims, client.endpoint.account, shown)
        else:
            self._claims = Claims(store)
            self.steps = JobTransactions(store, self._claims, client.endpoint.account, shown, spending)
        self._uploads = asyncio.Semaphore(uploads)
        self._small_uploads = asyncio.Semaphore(uploads * SMALL_AT_ONCE)
        self._posting: set[str] = set()
        self._checking: asyncio.Task[str] | None = None

    async def keep_claims(self) -> None:
        """Renew the claims while a batch runs, so that other kernels see that we are alive."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await self._queue.write(self._claims.beat)

    async def release_claims(self) -> None:
        """Release all claims but those of submissions that are still under way, and release their own."""
        await self._queue.aclose()
        if self._claims.any_held:
            await self._queue.write(self._claims.release_all, frozenset(self._posting))

    def check_access(self) -> asyncio.Task[str]:
        """Check key and host by one small request, before gigabytes are uploaded.

        The result is the newest job of the account, "" without any: what a lost job is newer than.
        """
        if self._checking is None:
            self._checking = asyncio.create_task(self._newest())
            self._checking.add_done_callback(_seen)
        return self._checking

    async def _newest(self) -> str:
        page = await self._client.transcripts.list_page(limit=1)
        return (page.transcripts[0].id or "") if page.transcripts else ""

    async def submit(
        self,
        wanted: Wanted,
        source: Source,
        *,
        on_upload: Callable[[int, int | None], None],
        on_busy: Callable[[str], None],
        on_submitted: Callable[[str], None],
    ) -> Stored | JobRecord | None:
        """Return a submitted job, or a result that another kernel got; None to look again.

        Raises
        ------
        AaiError
            What kept it from being submitted.
        """
        marker = await asyncio.shield(self.check_access())
        taken = await self._queue.write(self.steps.take, wanted)
        if isinstance(taken, Held):
            on_busy(f"another notebook is sending this recording ({holder(taken.owner)})")
            await asyncio.sleep(CLAIM_PAUSE)
            return None
        if not isinstance(taken, Taken):
            return taken
        # Whatever becomes of us, the submission runs to its end, and then the claim is released.
        running = asyncio.create_task(
            self._submit_taken(taken, marker, wanted, source, on_upload, on_submitted)
        )
        _unattended.add(running)
        running.add_done_callback(_unattended.discard)
        running.add_done_callback(_seen)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            wanted.stopped = True
            await asyncio.wait([running], timeout=LAST_ANSWER)
            if not wanted.posting:
                running.cancel()
            raise

    async def _submit_taken(
        self,
        taken: Taken,
        marker: str,
        wanted: Wanted,
        source: Source,
        on_upload: Callable[[int, int | None], None],
        on_submitted: Callable[[str], None],
    ) -> JobRecord | None:
        done = False
        try:
            found = await self._find(taken)
            if found is not None:
                job = await self._queue.write(self.steps.submitted, taken.job, wanted, found)
            else:
                job = await self._upload_and_post(taken, taken.marker or marker, wanted, source, on_upload)
            done = True
            on_submitted(str(job.transcript_id))
            return job
        except (ClaimLost, StateConflict):
            return None  # another kernel has taken over: its job is ours
        finally:
            if not done:
                with contextlib.suppress(AaiError):
                    await asyncio.shield(self._queue.write(self.steps.release, wanted))

    async def _upload_and_post(
        self,
        taken: Taken,
        marker: str,
        wanted: Wanted,
        source: Source,
        on_upload: Callable[[int, int | None], None],
    ) -> JobRecord:
        job, kept = taken.job, taken.upload_url
        endpoint = self._client.endpoint
        if kept and endpoint.local and not kept.startswith(endpoint.base_url):
            kept = None  # an engine's port dies with it
        while True:
            url, uploaded = source.url or kept, False
            if url is None:
                small = source.size is not None and source.size <= SMALL
                async with self._small_uploads if small else self._uploads:
                    url = await self._client.transcripts.upload(source, progress=on_upload)
                uploaded = True
            try:
                return await self._post(job, wanted, url, marker, uploaded)
            except AccessError:
                # The service deletes uploads; ours from the journal may be gone before its time.
                if kept is None or source.url is not None:
                    raise
                job, kept = await self._queue.write(self.steps.begin_again, wanted, kept), None

    async def _post(self, job: JobRecord, wanted: Wanted, url: str, marker: str, uploaded: bool) -> JobRecord:
        state, unclear = job, False
        guard = PostGuard(after=marker)

        async def before() -> None:
            nonlocal state
            if wanted.posts >= MOST_POSTS:
                raise _too_many(wanted)
            if state is job:
                state, guard.known = await self._queue.write(
                    self.steps.post, job, wanted, url, marker, uploaded
                )
            else:
                await self._queue.write(self.steps.may_post_again, state, wanted)
            if wanted.stopped:
                raise asyncio.CancelledError
            wanted.posting = True
            self._posting.add(wanted.keys[0])

        def note_unclear() -> None:
            nonlocal unclear
            unclear = True
            wanted.posts += 1

        guard.before, guard.unclear = before, note_unclear
        try:
            data = await self._client.transcripts.submit(url, self._request, guard=guard)
            wanted.posts += not unclear
            return await self._queue.write(self.steps.submitted, state, wanted, str(data.id))
        except AaiError as error:
            if unclear:
                # The state stays "submitting", and the next run looks for the job before it submits.
                error.hint = "Run it again: it first looks whether the job was taken, and adopts it."
            elif state is not job:
                await self._queue.write(self.steps.failed, state, error.detail or error.message)
            raise
        finally:
            wanted.posting = False
            self._posting.discard(wanted.keys[0])

    async def _find(self, taken: Taken) -> str | None:
        """Return the id of a job whose submission got no response before its kernel died."""
        job = taken.job
        if job.state != SUBMITTING or job.upload_url is None:
            return None
        # An upload may serve several requests: those whose ids we know are not the lost one.
        known = await self._queue.read(self.steps.ids_of, job.upload_url)
        data = await self._client.transcripts.find_match(
            job.upload_url, self._asked(job), after=taken.marker or "", exclude=known
        )
        return None if data is None else str(data.id)

    async def find_other(self, job: JobRecord, wanted: Wanted) -> JobRecord | None:
        """Look once for a job that the service has under another id than the one we were told."""
        if job.upload_url is None or job.transcript_id is None:
            return None
        known = {job.transcript_id, *await self._queue.read(self.steps.ids_of, job.upload_url)}
        marker = await self._queue.read(self.steps.marker_of, job)
        with contextlib.suppress(AaiError):
            data = await self._client.transcripts.find_match(
                job.upload_url, self._asked(job), after=marker or "", exclude=known, once=True
            )
            if data is not None:
                other = await self._queue.write(self.steps.submitted, job, wanted, str(data.id))
                wanted.own.add(other.job)
                await self._queue.write(self.steps.failed, job, f"its id is {data.id}")
                return other
        return None

    def _asked(self, job: JobRecord) -> dict[str, Any]:
        try:
            return dict(json.loads(job.request))
        except (ValueError, TypeError):  # a damaged row
            return self._request.params


def _too_many(wanted: Wanted) -> AaiError:
    return AaiError(
        f"{wanted.source} was submitted {wanted.posts} times and there still is no result.",
        hint="Nothing more is sent, lest it be paid again. %aai_transcripts lists what the service has.",
    )


def _seen(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()
