"""One poller for all jobs that a client waits for: many are looked at together, through pages of the list."""

from __future__ import annotations

import asyncio
import copy
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aai_jupyter.client.response_rows import TranscriptPage
from aai_jupyter.client.transcript_data import TranscriptData
from aai_jupyter.client.transcripts.poll_intervals import (
    MAX_POLLS_PER_SECOND,
    QUICKEST,
    TERMINAL,
    look_again_after,
    sweep_again_after,
)
from aai_jupyter.client.transcripts.submit import PAGE
from aai_jupyter.errors import (
    AaiError,
    AccessError,
    AuthenticationError,
    BadRequestError,
    NetworkError,
    NotFoundError,
    RateLimitError,
    ResponseError,
    ServerError,
)

_FEW = 4  # from here on one page of the list is cheaper than asking for each job
_ALONE_PER_SWEEP = 5
_FETCHES = 16
_LISTED = 30.0  # seconds
_OUTAGE = (NetworkError, ServerError, RateLimitError, ResponseError)

OnStatus = Callable[[str, float], None]


@dataclass(eq=False)
class _Waiter:
    future: asyncio.Future[TranscriptData]
    on_status: OnStatus | None
    started: float


@dataclass(eq=False)
class _PolledJob:
    id: str
    duration: float | None
    since: float  # when its status was first seen: hours in the queue do not make recognition slower
    due: float
    status: str | None = None
    asked: float = 0.0
    missing: float = 0.0  # how long "not found" is not believed ...
    missing_since: float | None = None  # ... and when it was said first
    finishing: bool = False
    waiters: list[_Waiter] = field(default_factory=list)


class Poller:
    """Wait for jobs; one background task runs while there are any.

    Parameters
    ----------
    fetch : callable
        ``await fetch(id)`` gives one whole transcript.
    page : callable
        ``await page(before_id)`` gives one page of the list, newest first.
    outage : float
        Seconds that the service may be out of reach before waiting ends with an error.
    quickest : float, optional
        Seconds between the first looks.
    """

    def __init__(
        self,
        fetch: Callable[[str], Awaitable[TranscriptData]],
        page: Callable[[str | None], Awaitable[TranscriptPage]],
        *,
        outage: float,
        quickest: float = QUICKEST,
    ) -> None:
        self._fetch, self._page, self._outage, self._quickest = fetch, page, outage, quickest
        self._jobs: dict[str, _PolledJob] = {}
        self._finishing: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._fetches = asyncio.Semaphore(_FETCHES)
        self._listing = True
        self._no_sweep_before = 0.0
        self._down_since: float | None = None

    async def wait(
        self,
        id: str,
        *,
        duration: float | None = None,
        on_status: OnStatus | None = None,
        missing: float = 0.0,
    ) -> TranscriptData:
        """The transcript once its status is terminal. Cancelling gives up the wait, not the job."""
        now = time.monotonic()
        job = self._jobs.get(id)
        if job is None:
            # Soon once, however long the audio: the job may be an old one that ended long ago.
            soon = min(1.0, look_again_after(0.0, duration, quickest=self._quickest))
            job = self._jobs[id] = _PolledJob(id, duration, now, now + soon)
        job.missing = max(job.missing, missing)
        waiter = _Waiter(asyncio.get_running_loop().create_future(), on_status, now)
        job.waiters.append(waiter)
        self._start()
        try:
            return await waiter.future
        finally:
            job.waiters.remove(waiter)
            if not job.waiters and self._jobs.get(id) is job:
                del self._jobs[id]
                self._wake.set()

    def _start(self) -> None:
        self._wake.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="aai_jupyter poller")
            self._task.add_done_callback(self._stopped)

    async def aclose(self) -> None:
        """Stop; whoever still waits is cancelled."""
        tasks = [t for t in (self._task, *self._finishing) if t is not None and not t.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _stopped(self, task: asyncio.Task[None]) -> None:
        """Nobody waits for a poller that is gone."""
        error = None if task.cancelled() else task.exception()
        if not task.cancelled() and error is None:
            return
        jobs, self._jobs = list(self._jobs.values()), {}
        for waiter in [w for job in jobs for w in job.waiters if not w.future.done()]:
            if error is None:
                waiter.future.cancel()
            else:
                waiter.future.set_exception(error)

    def _running(self) -> list[_PolledJob]:
        return [job for job in self._jobs.values() if not job.finishing]

    async def _run(self) -> None:
        while jobs := self._running():
            self._wake.clear()
            at = min(job.due for job in jobs)
            if self._together(jobs):
                at = max(at, self._no_sweep_before)
            rest = at - time.monotonic()
            if rest > 0:
                try:
                    await asyncio.wait_for(self._wake.wait(), rest)
                    continue  # a job came or went: look at the times again
                except TimeoutError:
                    pass
            try:
                await self._look()
                self._down_since = None
            except _OUTAGE as error:
                self._out_of_reach(error)
            except AuthenticationError as error:  # the key was withdrawn
                self._fail_all(error)

    def _together(self, jobs: list[_PolledJob]) -> bool:
        return len(jobs) >= _FEW and self._listing

    async def _look(self) -> None:
        jobs = self._running()
        now = time.monotonic()
        if not self._together(jobs):
            due = sorted((job for job in jobs if job.due <= now), key=lambda job: job.due)
            await self._ask_each(due[:_ALONE_PER_SWEEP])
            return
        try:
            requests = await self._sweep(jobs)
        except (NotFoundError, BadRequestError, AccessError):
            self._listing = False  # a host without the list: ask for each job
            return
        now = time.monotonic()
        self._no_sweep_before = now + sweep_again_after(len(jobs), requests, 0.0)
        jobs = self._running()
        soonest = min((self._interval(job, now) for job in jobs), default=0.0)
        for job in jobs:
            job.due = now + sweep_again_after(len(jobs), requests, soonest)

    def _interval(self, job: _PolledJob, now: float) -> float:
        return look_again_after(now - job.since, job.duration, quickest=self._quickest)

    async def _sweep(self, jobs: list[_PolledJob]) -> int:
        """Look at all jobs through the list; gives the number of requests."""
        missing = {job.id: job for job in jobs}
        before: str | None = None
        # Behind that many pages of other people's jobs, asking for each job is cheaper.
        pages = math.ceil(len(missing) / PAGE) + min(5, len(missing) // 2)
        requests = 0
        for _ in range(pages):
            page = await self._page(before)
            requests += 1
            for item in page.transcripts:
                job = missing.pop(item.id, None) if item.id else None
                if job is not None:
                    self._seen(job, item.status)
            before = page.transcripts[-1].id if page.transcripts else None
            if not missing or before is None or page.prev_url is None:
                break
        alone = sorted((job for job in missing.values() if job.waiters), key=lambda job: job.asked)
        alone = alone[:_ALONE_PER_SWEEP]
        await self._ask_each(alone)
        return requests + len(alone)

    async def _ask_each(self, jobs: list[_PolledJob]) -> None:
        results = await asyncio.gather(*(self._ask(job) for job in jobs), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _ask(self, job: _PolledJob) -> None:
        job.asked = time.monotonic()
        try:
            data = await self._fetch(job.id)
        except (NotFoundError, BadRequestError, AccessError) as error:
            if not isinstance(error, NotFoundError) or not self._may_turn_up(job):
                self._fail(job, error)
            return
        job.missing_since = None
        self._tell(job, data.status)
        if data.status in TERMINAL:
            self._deliver(job, data)
            return
        now = time.monotonic()
        job.due = now + max(self._interval(job, now), len(self._jobs) / MAX_POLLS_PER_SECOND)

    def _seen(self, job: _PolledJob, status: str | None) -> None:
        self._tell(job, status)
        if status in TERMINAL and not job.finishing:
            job.finishing = True
            task = asyncio.create_task(self._finish(job))
            self._finishing.add(task)
            task.add_done_callback(self._finishing.discard)

    async def _finish(self, job: _PolledJob) -> None:
        """Get the result of a job that the list shows as ended; the list carries no text."""
        try:
            async with self._fetches:
                data = await self._fetch(job.id)
        except _OUTAGE as error:
            self._out_of_reach(error)
        except AaiError as error:
            job.missing = max(job.missing, _LISTED)  # the list has it
            if not isinstance(error, NotFoundError) or not self._may_turn_up(job):
                self._fail(job, error)
                return
        else:
            if data.status in TERMINAL:
                self._deliver(job, data)
                return
        job.finishing = False  # not there yet, or not to be had now: look again
        job.due = time.monotonic() + 1.0
        self._start()

    def _may_turn_up(self, job: _PolledJob) -> bool:
        """A replica that lags does not know a new job yet: ask again, for a while."""
        now = time.monotonic()
        job.missing_since = since = job.missing_since or now
        job.due = now + max(self._quickest, (now - since) / 4)
        return now - since < job.missing

    def _tell(self, job: _PolledJob, status: str | None) -> None:
        now = time.monotonic()
        if status != job.status:
            job.status, job.since = status, now
        for waiter in job.waiters:
            if waiter.on_status is None or status is None or waiter.future.done():
                continue
            try:
                waiter.on_status(status, now - waiter.started)
            except Exception as error:  # noqa: BLE001 - the caller's own fault goes to that caller alone
                waiter.future.set_exception(error)

    def _deliver(self, job: _PolledJob, data: TranscriptData) -> None:
        self._jobs.pop(job.id, None)
        for waiter in job.waiters:
            if not waiter.future.done():
                waiter.future.set_result(data)

    def _fail(self, job: _PolledJob, error: AaiError) -> None:
        self._jobs.pop(job.id, None)
        for waiter in job.waiters:
            if not waiter.future.done():
                own = copy.copy(error)  # raised in many tasks, one would collect all their tracebacks
                own.transcript_id = job.id
                waiter.future.set_exception(own)

    def _fail_all(self, error: AaiError) -> None:
        for job in list(self._jobs.values()):
            self._fail(job, error)

    def _out_of_reach(self, error: AaiError) -> None:
        if error.lasting:
            self._fail_all(error)
            return
        now = time.monotonic()
        if self._down_since is None:
            self._down_since = now
        down = now - self._down_since
        if down >= self._outage:
            self._down_since = None
            self._fail_all(error)
            return
        pause = min(15.0, max(self._quickest, down / 2))
        for job in self._jobs.values():
            job.due = max(job.due, now + pause)
