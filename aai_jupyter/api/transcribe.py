"""``aai.transcribe`` and ``aai.transcribe_async``: recordings in, transcripts out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from aai_jupyter.api.job import Job
from aai_jupyter.errors import (
    AaiError,
    AuthenticationError,
    Interrupted,
    NetworkError,
    OfflineError,
    OptionError,
    StoppedWaiting,
)
from aai_jupyter.jobs.job_events import JobEvent, OnEvent, Outcome
from aai_jupyter.runtime.cell import is_attended
from aai_jupyter.runtime.imports import import_beside
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.notices import notices
from aai_jupyter.transcripts.transcribing import known_transcripts, submit_sources, transcribe_sources

if TYPE_CHECKING:
    from typing import Unpack

    from aai_jupyter.api.keywords import TranscribeKeywords
    from aai_jupyter.client.options.transcript_request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source
    from aai_jupyter.client.sources.source_types import AudioSource, AudioSources
    from aai_jupyter.jobs.batch import JobResult
    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.transcripts.transcript_set import TranscriptSet

T = TypeVar("T")

_RESULT = ("pandas", "aai_jupyter.transcripts.transcript")
_VIEW = (
    "aai_jupyter.reports.page",
    "aai_jupyter.widgets.player.show_player",
    "aai_jupyter.widgets.player.player",
)
"""What shows a result in a notebook."""


@overload
def transcribe(
    first: AudioSource | AudioSources,
    second: AudioSource | AudioSources,
    /,
    *more: AudioSource | AudioSources,
    wait: Literal[True] = True,
    **options: Unpack[TranscribeKeywords],
) -> TranscriptSet: ...
@overload
def transcribe(
    first: AudioSource | AudioSources,
    second: AudioSource | AudioSources,
    /,
    *more: AudioSource | AudioSources,
    wait: Literal[False],
    **options: Unpack[TranscribeKeywords],
) -> list[Job]: ...
@overload
def transcribe(
    source: AudioSource, /, *, wait: Literal[True] = True, **options: Unpack[TranscribeKeywords]
) -> Transcript: ...
@overload
def transcribe(
    source: AudioSource, /, *, wait: Literal[False], **options: Unpack[TranscribeKeywords]
) -> Job: ...
@overload
def transcribe(
    sources: AudioSources, /, *, wait: Literal[True] = True, **options: Unpack[TranscribeKeywords]
) -> TranscriptSet: ...
@overload
def transcribe(
    sources: AudioSources, /, *, wait: Literal[False], **options: Unpack[TranscribeKeywords]
) -> list[Job]: ...
@overload
def transcribe(
    *sources: AudioSource | AudioSources, wait: bool, **options: Unpack[TranscribeKeywords]
) -> Transcript | TranscriptSet | Job | list[Job]: ...
def transcribe(
    *sources: Any,
    profile: str | None = None,
    wait: bool = True,
    use_cache: bool = True,
    progress: OnEvent | None = None,
    audio_track: int | None = None,
    extra: Mapping[str, Any] | None = None,
    delete_at_service: Literal["never", "after_download"] | None = None,
    **options: Any,
) -> Transcript | TranscriptSet | Job | list[Job]:
    """Transcribe recordings and wait for the result. Works in scripts, notebooks and functions.

    Parameters
    ----------
    *sources
        Path, ``~`` path, glob, folder, URL, bytes, binary file, ``(samples, rate)``, Hugging Face audio, or
        lists, tuples, Series of those.
    profile : str, optional
        Named set of options from ``pyproject.toml`` or the user's ``config.toml``; keywords win over it.
    wait : bool
        False returns when everything is submitted: a :class:`Job`, or a list of them.
    use_cache : bool
        False transcribes anew, and pays anew, what was transcribed before. Needed for a URL whose content
        has changed: a URL is recognised by its address.
    progress : callable, optional
        Gets a :class:`~aai_jupyter.jobs.job_events.JobEvent` for each step, on another thread.
    audio_track : int, optional
        Number of the audio track, from 1 on, of files with several; that alone is sent. Without it the first
        with sound on it is taken, and ``t.warnings`` says so.
    extra : mapping, optional
        Parameters of the API that this version does not know; sent unchecked.
    delete_at_service : {"never", "after_download"}, optional
        Whether the service deletes transcript and upload as soon as they are kept here; the setting of the
        same name when left out. Questions that name the transcript by its id are refused afterwards.
    **options
        Parameters of the API by their own names, such as ``speaker_labels=True``.

    Returns
    -------
    Transcript or TranscriptSet
        A Transcript for one plain source; for several, a glob, folder, list or Series a TranscriptSet,
        in order, with failures in ``.failed``. A pattern or folder that is given as a text is typed as a
        Transcript, since its type is that of a path: where a type checker reads along, pass a list,
        ``aai.transcribe(["calls/*.mp3"])``.

    Raises
    ------
    OptionError, SourceError
        Before anything is sent. With several sources a SourceError only when none of them can be used.
    AaiError
        What went wrong with a single source; see :mod:`aai_jupyter.errors`. With several sources only what
        kept all of them from being sent (a wrong key, no connection).
    Interrupted
        A KeyboardInterrupt: waiting stopped, submitted jobs go on. Run it again to take them up.

    Examples
    --------
    >>> import aai_jupyter as aai
    >>> t = aai.transcribe(aai.sample(), speaker_labels=True)  # doctest: +SKIP
    >>> t.utterances[["speaker", "start", "end"]]  # doctest: +SKIP
    """
    _check_deletion(delete_at_service, wait)
    call = _Call(sources, profile, extra, options, progress, audio_track)
    if wait and use_cache:
        known = call.run(known_transcripts(call.sources, call.request, call.on_event))
        if known is not None:
            return call.result(known)
    runtime().endpoint()
    how: dict[str, Any] = {"use_cache": use_cache, "on_event": call.on_event}
    if not wait:
        return call.jobs(call.run(submit_sources(call.sources, call.request, **how)))
    how["delete_at_service"] = delete_at_service
    return call.result(call.run(transcribe_sources(call.sources, call.request, **how)))


@overload
async def transcribe_async(
    first: AudioSource | AudioSources,
    second: AudioSource | AudioSources,
    /,
    *more: AudioSource | AudioSources,
    wait: Literal[True] = True,
    **options: Unpack[TranscribeKeywords],
) -> TranscriptSet: ...
@overload
async def transcribe_async(
    first: AudioSource | AudioSources,
    second: AudioSource | AudioSources,
    /,
    *more: AudioSource | AudioSources,
    wait: Literal[False],
    **options: Unpack[TranscribeKeywords],
) -> list[Job]: ...
@overload
async def transcribe_async(
    source: AudioSource, /, *, wait: Literal[True] = True, **options: Unpack[TranscribeKeywords]
) -> Transcript: ...
@overload
async def transcribe_async(
    source: AudioSource, /, *, wait: Literal[False], **options: Unpack[TranscribeKeywords]
) -> Job: ...
@overload
async def transcribe_async(
    sources: AudioSources, /, *, wait: Literal[True] = True, **options: Unpack[TranscribeKeywords]
) -> TranscriptSet: ...
@overload
async def transcribe_async(
    sources: AudioSources, /, *, wait: Literal[False], **options: Unpack[TranscribeKeywords]
) -> list[Job]: ...
@overload
async def transcribe_async(
    *sources: AudioSource | AudioSources, wait: bool, **options: Unpack[TranscribeKeywords]
) -> Transcript | TranscriptSet | Job | list[Job]: ...
async def transcribe_async(
    *sources: Any,
    profile: str | None = None,
    wait: bool = True,
    use_cache: bool = True,
    progress: OnEvent | None = None,
    audio_track: int | None = None,
    extra: Mapping[str, Any] | None = None,
    delete_at_service: Literal["never", "after_download"] | None = None,
    **options: Any,
) -> Transcript | TranscriptSet | Job | list[Job]:
    """The same as :func:`transcribe`, to be awaited; the caller's loop stays free.

    Raises
    ------
    StoppedWaiting
        An ``asyncio.CancelledError``: the waiting task was cancelled, submitted jobs go on.

    Examples
    --------
    >>> t = await aai.transcribe_async("talk.mp3")  # doctest: +SKIP
    """
    _check_deletion(delete_at_service, wait)
    # Reads file headers and configuration: short, but on a network folder not short enough for a loop.
    call = await asyncio.to_thread(_Call, sources, profile, extra, options, progress, audio_track)
    how: dict[str, Any] = {"use_cache": use_cache, "on_event": call.on_event}
    if not wait:
        return call.jobs(await call.wait_for(submit_sources(call.sources, call.request, **how)))
    if use_cache:
        known = await call.wait_for(known_transcripts(call.sources, call.request, call.on_event))
        if known is not None:
            return call.result(known)
    how["delete_at_service"] = delete_at_service
    return call.result(await call.wait_for(transcribe_sources(call.sources, call.request, **how)))


def _check_deletion(when: str | None, wait: bool) -> None:
    if when not in (None, "never", "after_download"):
        raise OptionError(f"delete_at_service is never or after_download, not {when!r}.")
    if when == "after_download" and not wait:
        raise OptionError(
            "delete_at_service needs the transcript, which wait=False does not wait for.",
            hint="Set it for all: aai.settings.delete_at_service; job.result() follows it.",
        )


class _Call:
    """One call: checked sources and request, and the ids seen so far, for when it is interrupted."""

    def __init__(
        self,
        sources: tuple[Any, ...],
        profile: str | None,
        extra: Mapping[str, Any] | None,
        options: Mapping[str, Any],
        progress: OnEvent | None,
        audio_track: int | None,
    ) -> None:
        from aai_jupyter.client.options.transcript_request import build_request
        from aai_jupyter.client.sources.reading import resolve_sources

        named = runtime().settings.profile(profile) if profile else {}
        self.request: TranscriptRequest = build_request({**named, **options}, extra=extra)
        left_out: list[str] = []
        self.sources: list[Source] = resolve_sources(*sources, track=audio_track, notes=left_out, partly=True)
        self.plain = len(sources) == 1 and len(self.sources) == 1 and _is_plain(sources[0], self.sources[0])
        for text in (*self.request.warnings, *left_out):
            notices.tell(text)
        make = runtime().progress
        self._progress: Any = progress or (make() if make else None)
        self._unfinished: dict[int, tuple[str, str]] = {}

    def on_event(self, event: JobEvent) -> None:
        if event.stage in ("completed", "cached", "error"):
            self._unfinished.pop(event.index, None)
        elif event.transcript_id:
            self._unfinished[event.index] = event.label, event.transcript_id
        if self._progress is not None:
            self._progress(event)

    def run(self, coro: Coroutine[Any, Any, T]) -> T:
        draw: Callable[..., None] | None = getattr(self._progress, "draw", None)
        begin: Callable[[list[str]], None] | None = getattr(self._progress, "begin", None)
        if begin is not None and draw is not None:
            begin([source.label for source in self.sources])
            draw()
        loaded = import_beside(*_RESULT, *(_VIEW if is_attended() else ()))
        try:
            return runtime().bridge.run(_after(coro, loaded), tick=draw)
        except KeyboardInterrupt:
            raise Interrupted(dict(self._unfinished.values())) from None
        finally:
            if draw is not None:
                draw(last=True)

    async def wait_for(self, coro: Coroutine[Any, Any, T]) -> T:
        import_beside(*_RESULT)
        try:
            return await asyncio.wrap_future(runtime().bridge.submit(coro))
        except asyncio.CancelledError:
            raise StoppedWaiting(dict(self._unfinished.values())) from None

    def result(self, outcomes: list[Outcome]) -> Transcript | TranscriptSet:
        if self.plain:
            (only,) = outcomes
            if only.error is not None:
                raise only.error
            found: Transcript = only.transcript
            return found
        from aai_jupyter.transcripts.transcript_set import TranscriptSet

        errors = [outcome.error for outcome in outcomes]
        if isinstance(errors[0], AuthenticationError | NetworkError | OfflineError) and all(errors):
            raise errors[0]  # nothing worked, and for a reason that has nothing to do with the sources
        return TranscriptSet(
            (outcome.transcript for outcome in outcomes if outcome.transcript is not None),
            ((outcome.source.label, outcome.error) for outcome in outcomes if outcome.error is not None),
        )

    def jobs(self, found: list[JobResult | AaiError]) -> Job | list[Job]:
        jobs = [Job(source.label, item) for source, item in zip(self.sources, found, strict=True)]
        if not self.plain:
            return jobs
        if isinstance(found[0], AaiError):
            raise found[0]
        return jobs[0]


async def _after(coro: Coroutine[Any, Any, T], loaded: threading.Event) -> T:
    """Wait for the modules of the result, too: here the progress goes on meanwhile."""
    found = await coro
    await asyncio.to_thread(loaded.wait)
    return found


def _is_plain(obj: Any, source: Source) -> bool:
    """Whether one thing was named that is one recording (a folder with one file is a folder)."""
    from aai_jupyter.client.sources.reading import is_collection

    return obj is source or not (source.listed or is_collection(obj))
