"""Pre-recorded speech: upload, submit, wait, get, list, delete, exports."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aai_jupyter.audio.remux import CannotRemux
from aai_jupyter.client.http import Http, Progress
from aai_jupyter.client.response_rows import TranscriptItem, TranscriptPage
from aai_jupyter.client.responses import Reply, decode_json, not_understood
from aai_jupyter.client.sources.sent_sound import check_whole, sound_alone
from aai_jupyter.client.sources.source import Source, check_upload_size
from aai_jupyter.client.transcript_data import TranscriptData, decode_page, decode_transcript
from aai_jupyter.client.transcripts import argument_checks
from aai_jupyter.client.transcripts.pagination import walk
from aai_jupyter.client.transcripts.poll_intervals import QUICKEST, QUICKEST_LOCAL, succeeded
from aai_jupyter.client.transcripts.poller import OnStatus, Poller
from aai_jupyter.client.transcripts.redacted_audio import redacted_url, save_redacted
from aai_jupyter.client.transcripts.submit import PAGE, PATH, PostGuard, TranscriptSubmitter
from aai_jupyter.client.transcripts.upload import upload_body
from aai_jupyter.errors import AaiError

if TYPE_CHECKING:
    from typing import Unpack

    from aai_jupyter.client.options.option_types import TranscribeOptions
    from aai_jupyter.client.options.transcript_request import TranscriptRequest


class Transcripts:
    """Transcripts of one account. Made by :class:`~aai_jupyter.client.client.Client`.

    The service keeps a transcript for 30 days by default and an uploaded file for one to two days: save
    results. Errors are those of :mod:`aai_jupyter.errors`, with the service's own words and the id.

    Examples
    --------
    >>> async def main(client):  # doctest: +SKIP
    ...     url = await client.transcripts.upload("talk.mp3")
    ...     job = await client.transcripts.submit(url, speaker_labels=True)
    ...     return await client.transcripts.wait(job.id)
    """

    def __init__(self, http: Http) -> None:
        self._http = http
        self._submitter = TranscriptSubmitter(http, self.get)
        quickest = QUICKEST_LOCAL if http.endpoint.local else QUICKEST
        self._poller = Poller(self.get, self._newest_before, outage=http.policy.outage, quickest=quickest)

    async def aclose(self) -> None:
        """Stop waiting. A submit on its way is brought to its end first, so that its id is not lost."""
        await self._submitter.aclose()
        await self._poller.aclose()

    async def upload(self, source: Any, *, progress: Progress | None = None) -> str:
        """Send a recording and get the address to submit, which only keys of the same project can read.

        Of a video only the sound is sent, and of several audio tracks the one that is meant: copied out of
        the file as it is read, and not encoded again. Without PyAV, or where that cannot be done, the file is
        sent as it is.

        Parameters
        ----------
        source
            A :class:`Source`, or anything :func:`resolve_sources` takes that is one recording. A URL is
            given back as it is: the service reads it.
        progress : callable, optional
            ``progress(sent, total)`` in bytes, after each chunk; from 0 again when an upload is repeated.

        Raises
        ------
        SourceError
            Missing, empty, not audio, larger than 2.2 GB, or changed while it was read.
        """
        one = argument_checks.one_source(source)
        if one.url is not None:
            return one.url
        sound = await asyncio.to_thread(sound_alone, one)
        if sound is not None:
            try:
                return await self._upload(sound, progress)
            except CannotRemux as error:  # in its midst: nothing is kept of it, the whole file is sent
                check_whole(one, error)
        return await self._upload(one, progress)

    async def _upload(self, one: Source, progress: Progress | None) -> str:
        if not self._http.endpoint.local:
            check_upload_size(one)
        reply = await self._http.upload("/v2/upload", lambda: upload_body(one, progress), one.size)
        url = decode_json(reply).get("upload_url")
        if not isinstance(url, str) or not url:
            raise not_understood(reply)
        return url

    async def submit(
        self,
        audio_url: str,
        request: TranscriptRequest | None = None,
        *,
        on_submitted: Callable[[TranscriptData], None] | None = None,
        guard: PostGuard | None = None,
        **options: Unpack[TranscribeOptions],
    ) -> TranscriptData:
        """Start a job; it runs on the server from then on, whatever happens here.

        After any answer but a job or the service's own refusal, the newest jobs are searched for one with
        `audio_url` and these options: one that was made is adopted, else the request is sent once more.
        Nothing is paid twice.

        Parameters
        ----------
        audio_url : str
            From :meth:`upload`, or any public URL of an audio file.
        request : TranscriptRequest, optional
            A checked request; else `options` are checked and used.
        on_submitted : callable, optional
            Called with the new job as soon as it is known, even if the caller was cancelled meanwhile.
        guard : PostGuard, optional
            What a caller with a journal knows about this submission.
        **options
            Parameters of the service by their own names.

        Raises
        ------
        OptionError
            An option is wrong; nothing was sent.
        """
        params = argument_checks.request_params(request, options)
        return await self._submitter.submit(
            {**params, "audio_url": argument_checks.web_url(audio_url)}, on_submitted, guard
        )

    async def find_match(
        self,
        audio_url: str,
        params: Mapping[str, Any],
        *,
        after: str,
        exclude: Iterable[str] = (),
        once: bool = False,
    ) -> TranscriptData | None:
        """Return the newest job that was made for this URL with these parameters; None without one.

        Looks for half a minute: the list may show a job later than it was made.

        Parameters
        ----------
        audio_url : str
        params : mapping
            As they were sent; compared with what the service gives back with each job.
        after : str
            Only jobs that are newer than this one; empty for all that the service lists.
        exclude : iterable of str
            Ids that are known to be others.
        once : bool
            Look once only.
        """
        return await self._submitter.find_match(audio_url, params, after=after, exclude=exclude, once=once)

    async def find_submitted(
        self, audio_url: str, *, within: float | None = None, exclude: Iterable[str] = ()
    ) -> TranscriptItem | None:
        """Return the newest job for this URL, or None: to find a submission whose response was lost.

        Parameters
        ----------
        audio_url : str
            The URL of an upload belongs to that upload only; other URLs need `within`.
        within : float, optional
            Only jobs created in the last so many seconds, by the service's clock.
        exclude : iterable of str
            Ids that are known to be others.
        """
        return await self._submitter.find(audio_url, within=within, exclude=exclude)

    async def wait(
        self,
        id: str,
        *,
        duration: float | None = None,
        on_status: OnStatus | None = None,
        missing: float = 0.0,
    ) -> TranscriptData:
        """The transcript as soon as it is complete.

        Looks often while the job is young, and less often the longer it runs; many waiting jobs are looked
        at together. Cancelling ends the wait only: the job goes on, and ``wait(id)`` takes it up again.

        Parameters
        ----------
        id : str
        duration : float, optional
            Seconds of audio; makes the looks fit.
        on_status : callable, optional
            ``on_status(status, elapsed)`` after each look: ``"queued"``, ``"processing"``, ``"completed"``
            or ``"error"``, and seconds since the wait began.
        missing : float, optional
            Seconds in which "not found" is not believed, of a job that was just submitted.

        Raises
        ------
        TranscriptionFailedError
            The job ended with status "error".
        NetworkError, ServerError, RateLimitError
            The service was out of reach for 15 minutes.
        """
        argument_checks.transcript_id(id)
        return succeeded(await self._poller.wait(id, duration=duration, on_status=on_status, missing=missing))

    async def get(self, id: str) -> TranscriptData:
        """One transcript in whatever state it is; a failed one is returned too, with its ``error``."""
        return decode_transcript((await self._about(id)).content)

    async def delete(self, id: str) -> TranscriptData:
        """Clear the transcript's data and its uploaded file on the server; the record itself stays."""
        return decode_transcript((await self._about(id, method="DELETE")).content)

    async def list_page(
        self,
        *,
        limit: int = 10,
        status: str | None = None,
        created_on: str | date | None = None,
        before_id: str | None = None,
        after_id: str | None = None,
        throttled_only: bool | None = None,
    ) -> TranscriptPage:
        """One page of the list as the service gives it; `limit` is 1 to 200."""
        params = {
            "limit": argument_checks.whole_number("limit", limit, PAGE),
            "status": argument_checks.job_status(status),
            "created_on": argument_checks.day(created_on),
            "before_id": before_id,
            "after_id": after_id,
            "throttled_only": None if throttled_only is None else str(throttled_only).lower(),
        }
        return decode_page((await self._http.request("GET", PATH, params=params)).content)

    async def _newest_before(self, before_id: str | None) -> TranscriptPage:
        return await self.list_page(limit=PAGE, before_id=before_id)

    async def list(
        self,
        *,
        limit: int | None = None,
        status: str | None = None,
        created_on: str | date | None = None,
        before_id: str | None = None,
        after_id: str | None = None,
        throttled_only: bool | None = None,
    ) -> AsyncIterator[TranscriptItem]:
        """All transcripts of the last 90 days, newest first, over as many pages as it takes.

        Parameters
        ----------
        limit : int, optional
            End after so many items; all of them when left out.
        status : {"queued", "processing", "completed", "error"}, optional
        created_on : str or date, optional
            Day in UTC, ``YYYY-MM-DD``.
        before_id, after_id : str, optional
            Only older, only newer than this transcript.
        throttled_only : bool, optional
            Deprecated by the service.

        Examples
        --------
        >>> async def ids(client):  # doctest: +SKIP
        ...     return [item.id async for item in client.transcripts.list(status="completed", limit=500)]
        """
        if limit is not None:
            argument_checks.whole_number("limit", limit)
        items = walk(
            self.list_page,
            limit=limit,
            status=argument_checks.job_status(status),
            day=argument_checks.day(created_on),
            before_id=before_id,
            after_id=after_id,
            throttled_only=throttled_only,
        )
        async with contextlib.aclosing(items):
            async for item in items:
                yield item

    async def sentences(self, id: str) -> dict[str, Any]:
        """The transcript as sentences: the service's object, with the list under ``"sentences"``."""
        found: dict[str, Any] = decode_json(await self._about(id, "/sentences"))
        return found

    async def paragraphs(self, id: str) -> dict[str, Any]:
        """The transcript as paragraphs: the service's object, with the list under ``"paragraphs"``."""
        found: dict[str, Any] = decode_json(await self._about(id, "/paragraphs"))
        return found

    async def srt(self, id: str, chars_per_caption: int | None = None) -> str:
        """Captions in SubRip form; `chars_per_caption` limits the length of one caption."""
        return await self._captions(id, "/srt", chars_per_caption)

    async def vtt(self, id: str, chars_per_caption: int | None = None) -> str:
        """Captions in WebVTT form; `chars_per_caption` limits the length of one caption."""
        return await self._captions(id, "/vtt", chars_per_caption)

    async def _captions(self, id: str, what: str, chars: int | None) -> str:
        if chars is not None:
            argument_checks.whole_number("chars_per_caption", chars)
        return (await self._about(id, what, chars_per_caption=chars)).text

    async def word_search(self, id: str, words: str | Iterable[str]) -> dict[str, Any]:
        """Where words, or phrases of up to five words, were said.

        Returns
        -------
        dict
            ``total_count`` and ``matches``, each with ``text``, ``count``, ``timestamps`` ([start, end] in
            milliseconds) and ``indexes`` (positions in ``words``).
        """
        found: dict[str, Any] = decode_json(
            await self._about(id, "/word-search", words=",".join(argument_checks.search_terms(words)))
        )
        return found

    async def redacted_audio(
        self,
        id: str,
        path: str | os.PathLike[str] | None = None,
        *,
        patience: float = 300.0,
        progress: Progress | None = None,
    ) -> str | Path:
        """The recording with personal data beeped out (``redact_pii_audio``), once it is ready.

        Parameters
        ----------
        id : str
        path : path, optional
            File or folder to save to. Without it the address is returned; it is good for half an hour.
        patience : float, optional
            Seconds to wait until the service has made the file.
        progress : callable, optional
            ``progress(received, total)`` in bytes.

        Returns
        -------
        str or Path
            The address, or the file.

        Raises
        ------
        BadRequestError
            The file was not asked for, or its time (24 h) is over.
        RequestTimeoutError
            Not ready in time.
        """

        async def find_url() -> str:
            return await redacted_url(lambda: self._about(id, "/redacted-audio"), id, patience)

        if path is None:
            return await find_url()
        return await save_redacted(self._http, find_url, path, id, progress)

    async def _about(self, id: str, what: str = "", *, method: str = "GET", **params: Any) -> Reply:
        argument_checks.transcript_id(id)
        try:
            return await self._http.request(method, f"{PATH}/{quote(id, safe='')}{what}", params=params)
        except AaiError as error:
            error.transcript_id = id
            raise
