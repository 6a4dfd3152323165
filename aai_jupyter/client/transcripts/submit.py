"""Starting a job exactly once, also when the reply is lost."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from aai_jupyter.client.http import Http
from aai_jupyter.client.response_rows import TranscriptItem
from aai_jupyter.client.responses import Reply, not_understood
from aai_jupyter.client.retry import Call, FailedAttempt
from aai_jupyter.client.transcript_data import TranscriptData, decode_page, decode_transcript
from aai_jupyter.errors import AaiError, ResponseError

PATH = "/v2/transcript"
PAGE = 200
"""Items of one list request: the service's maximum."""

_SEARCHED_PAGES = 5
_CLOCK_SLACK = 3.0  # the Date header has whole seconds, and replies travel
_CLOSING = 10.0  # seconds; a reply takes less unless the network is down, and then there is no id to lose
_MAYBE_SUBMITTED = "The service may have taken the job: look at %aai_transcripts before you run this again."


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
        self._tasks: set[asyncio.Task[TranscriptData]] = set()

    async def submit(
        self, body: dict[str, Any], on_submitted: Callable[[TranscriptData], None] | None
    ) -> TranscriptData:
        """The new job. The request itself is never torn down half-way: its reply carries the id."""

        async def run() -> TranscriptData:
            data = await self._once(body["audio_url"], body)
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

    async def _once(self, audio_url: str, body: dict[str, Any]) -> TranscriptData:
        # One at a time for one URL: else two lost submits of it could adopt each other's job.
        lock = self._locks.setdefault(audio_url, asyncio.Lock())
        async with lock:
            started = time.monotonic()
            data, error = await self._send(body)
            if error is not None:
                data = await self._adopt(audio_url, started, error)
            if data is None:
                data, error = await self._send(body)
                if error is not None:
                    data = await self._adopt(audio_url, started, error)
                if data is None:
                    raise error or not_understood(Reply(200, {}, b""))
            self._known.setdefault(audio_url, set()).add(str(data.id))
            return data

    async def _send(self, body: dict[str, Any]) -> tuple[TranscriptData | None, AaiError | None]:
        """The job, or the error after which the job may exist all the same; other errors are raised."""
        try:
            reply = await self._http.call("POST", PATH, json=body, call=Call.SUBMIT)
        except FailedAttempt as fault:
            error, maybe_done = fault.error, fault.maybe_done
        else:
            data = _job(reply)
            if data is not None:
                return data, None
            error, maybe_done = not_understood(reply), True
        if not maybe_done:
            raise error
        error.hint = _MAYBE_SUBMITTED
        return None, error

    async def _adopt(self, audio_url: str, started: float, lost: AaiError) -> TranscriptData | None:
        """The job that was made although its reply was lost; None when there is surely none."""
        for wait in (1, 2):
            await asyncio.sleep(self._http.policy.settle * wait)
            try:
                known = self._known.get(audio_url, ())
                found = await self.find(audio_url, within=time.monotonic() - started, exclude=known)
                if found is not None and found.id:
                    return await self._get(found.id)
            except AaiError:
                break  # still no connection: what went wrong first is the error to show
        else:
            return None
        raise lost

    async def find(
        self, audio_url: str, *, within: float | None, exclude: Iterable[str]
    ) -> TranscriptItem | None:
        """See :meth:`Transcripts.find_submitted`."""
        known, before, oldest = set(exclude), None, None
        for _ in range(_SEARCHED_PAGES):
            reply = await self._http.request("GET", PATH, params={"limit": PAGE, "before_id": before})
            if within is not None and oldest is None:
                oldest = _server_time(reply) - timedelta(seconds=within + _CLOCK_SLACK)
            page = decode_page(reply.content)
            for item in page.transcripts:
                created = _when(item.created)
                if oldest is not None and created is not None and created < oldest:
                    return None
                if item.audio_url == audio_url and item.id and item.id not in known:
                    return item
            before = page.transcripts[-1].id if page.transcripts else None
            if before is None or page.prev_url is None:
                break
        return None


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
