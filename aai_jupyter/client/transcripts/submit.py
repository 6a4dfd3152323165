"""Starting a job exactly once, also when the reply is lost."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from aai_jupyter.client.http import Http
from aai_jupyter.client.response_rows import TranscriptItem
from aai_jupyter.client.responses import Reply, not_understood
from aai_jupyter.client.retry import Call, FailedAttempt
from aai_jupyter.client.transcript_data import TranscriptData, decode_page, decode_transcript
from aai_jupyter.client.transcripts.job_match import is_job_of
from aai_jupyter.errors import AaiError, NotFoundError, ResponseError

PATH = "/v2/transcript"
PAGE = 200
"""Items of one list request: the service's maximum."""

_SEARCHED_PAGES = 5
_ALL_PAGES = 100
_LOOKS = (1, 2, 4, 8)  # in settle times: half a minute in all
_CLOCK_SLACK = 3.0  # the Date header has whole seconds, and replies travel
_CLOSING = 10.0  # seconds; a reply takes less unless the network is down, and then there is no id to lose
_MAYBE_SUBMITTED = "The service may have taken the job: look at %aai_transcripts before you run this again."


@dataclass
class PostGuard:
    """What a caller with a journal knows, and wants to know, about a submission.

    Attributes
    ----------
    before : callable, optional
        Awaited before each request that may be paid for; what it raises ends the submission.
    unclear : callable
        Called after a request that may have made a job, though nothing says so.
    known : collection of str
        Ids of other jobs for the same URL.
    after : str, optional
        The newest job of the account before the submission, so that no clock has to tell what is newer.
        Empty: there was none.
    """

    before: Callable[[], Awaitable[None]] | None = None
    unclear: Callable[[], None] = lambda: None
    known: Collection[str] = ()
    after: str | None = None


class TranscriptSubmitter:
    """Submits jobs; after an ambiguous loss looks for the job before it submits again.

    Parameters
    ----------
    http : Http
    get : callable
        ``await get(id)`` gives one transcript.
    """

    def __init__(self, http: Http, get: Callable[[str], Awaitable[TranscriptData]]) -> None:
        self._http, self._get = http, get
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._known: dict[str, set[str]] = {}
        self._url_of: dict[str, str] = {}
        self._tasks: set[asyncio.Task[TranscriptData]] = set()

    async def submit(
        self,
        body: dict[str, Any],
        on_submitted: Callable[[TranscriptData], None] | None,
        guard: PostGuard | None = None,
    ) -> TranscriptData:
        """The new job. The request itself is never torn down half-way: its reply carries the id."""

        async def run() -> TranscriptData:
            data = await self._once(body["audio_url"], body, guard or PostGuard())
            if on_submitted:
                on_submitted(data)
            return data

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[TranscriptData]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # seen: the caller may have been cancelled

    async def aclose(self) -> None:
        """Bring submits on their way to their end, so that no id is lost; but do not hold up a shutdown."""
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=_CLOSING)
            for task in late:
                task.cancel()

    async def _once(self, audio_url: str, body: dict[str, Any], guard: PostGuard) -> TranscriptData:
        # One at a time for one URL: else two lost submits of it could adopt each other's job.
        lock = self._locks.setdefault(audio_url, asyncio.Lock())
        async with lock:
            started = time.monotonic()
            for last in (False, True):
                data, unclear = await self._send(body, guard)
                if unclear is not None:
                    data = await self._adopt(audio_url, body, started, unclear.error, guard)
                if data is not None or unclear is None:
                    break
                if last or not unclear.transient:
                    break
                pause = min(unclear.wait or 0.0, self._http.policy.total) - (time.monotonic() - started)
                await asyncio.sleep(max(0.0, pause))
            if data is None:
                assert unclear is not None
                raise unclear.error
            self._known.setdefault(audio_url, set()).add(str(data.id))
            return data

    async def _send(
        self, body: dict[str, Any], guard: PostGuard
    ) -> tuple[TranscriptData | None, FailedAttempt | None]:
        """The job, or the attempt after which the job may exist all the same; other errors are raised."""
        try:
            reply = await self._http.call("POST", PATH, json=body, call=Call.CREATE, before=guard.before)
        except FailedAttempt as fault:
            unclear = fault
        else:
            data = _job(reply)
            url = body["audio_url"]
            if data is not None and self._url_of.setdefault(str(data.id), url) == url:
                return data, None
            # Nonsense, or what a proxy kept of the answer to another submission.
            unclear = FailedAttempt(not_understood(reply), transient=True, maybe_done=True)
        if unclear.surely_nothing:
            raise unclear.error
        guard.unclear()
        unclear.error.hint = _MAYBE_SUBMITTED
        return None, unclear

    async def _adopt(
        self, audio_url: str, body: dict[str, Any], started: float, lost: AaiError, guard: PostGuard
    ) -> TranscriptData | None:
        """The job that was made although its reply was lost; None when there is surely none."""
        for wait in _LOOKS:
            await asyncio.sleep(self._http.policy.settle * wait)
            hidden = False
            try:
                known = {*self._known.get(audio_url, ()), *guard.known}
                within = None if guard.after is not None else time.monotonic() - started
                items = self.candidates(audio_url, within=within, after=guard.after, exclude=known)
                found = await self._first_match(items, body)
            except NotFoundError:  # listed, but not to be had yet
                hidden, found = True, None
            except AaiError:
                break  # still no connection: what went wrong first is the error to show
            if found is not None:
                return found
        else:
            if not hidden:
                return None
        raise lost

    async def find_match(
        self,
        audio_url: str,
        body: Mapping[str, Any],
        *,
        after: str | None,
        exclude: Iterable[str],
        once: bool = False,
    ) -> TranscriptData | None:
        """Return the newest job for this URL that was made by this request."""
        # It may have been submitted a moment ago, by a process that died.
        for wait in (0,) if once else (0, *_LOOKS):
            await asyncio.sleep(self._http.policy.settle * wait)
            items = self.candidates(audio_url, within=None, after=after, exclude=exclude)
            found = await self._first_match(items, body)
            if found is not None:
                return found
        return None

    async def _first_match(
        self, items: AsyncIterator[TranscriptItem], body: Mapping[str, Any]
    ) -> TranscriptData | None:
        hidden: NotFoundError | None = None
        async for item in items:
            try:
                data = await self._get(str(item.id))
            except NotFoundError as error:
                hidden = error
                continue
            if is_job_of(body, data.raw):
                return data
        if hidden is not None:
            raise hidden  # it may be the one
        return None

    async def find(
        self, audio_url: str, *, within: float | None, exclude: Iterable[str]
    ) -> TranscriptItem | None:
        """See :meth:`Transcripts.find_submitted`."""
        async for item in self.candidates(audio_url, within=within, after=None, exclude=exclude):
            return item
        return None

    async def candidates(
        self, audio_url: str, *, within: float | None, after: str | None, exclude: Iterable[str]
    ) -> AsyncIterator[TranscriptItem]:
        """Yield jobs for this URL, newest first.

        Parameters
        ----------
        within : float, optional
            Seconds, by the service's own clock.
        after : str, optional
            The newest job of the time before: only what stands above it in the list. Empty: all that the
            service lists.
        """
        known, before, oldest = set(exclude), None, None
        for _ in range(_SEARCHED_PAGES if after is None else _ALL_PAGES):
            reply = await self._http.request("GET", PATH, params={"limit": PAGE, "before_id": before})
            if within is not None and oldest is None:
                oldest = _server_time(reply) - timedelta(seconds=within + _CLOCK_SLACK)
            page = decode_page(reply.content)
            for item in page.transcripts:
                created = _when(item.created)
                if item.id == after or (oldest is not None and created is not None and created < oldest):
                    return
                if item.audio_url == audio_url and item.id and item.id not in known:
                    yield item
            before = page.transcripts[-1].id if page.transcripts else None
            if before is None or page.prev_url is None:
                break


def _job(reply: Reply) -> TranscriptData | None:
    try:
        data = decode_transcript(reply.content)
    except ResponseError:
        return None
    return data if data.id else None


def _when(text: str | None) -> datetime | None:
    """A time of the service, which writes UTC without saying so."""
    try:
        when = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _server_time(reply: Reply) -> datetime:
    try:
        return parsedate_to_datetime(reply.headers.get("date", ""))
    except (ValueError, TypeError):
        return datetime.now(UTC)
