"""``aai.transcribe`` and ``aai.transcribe_async``: recordings in, transcripts out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from aai_jupyter.api.background_run import BackgroundRun
from aai_jupyter.api.job import Job
from aai_jupyter.api.transcription_call import CallArguments, TranscriptionCall
from aai_jupyter.errors import OptionError
from aai_jupyter.jobs.job_events import OnEvent
from aai_jupyter.runtime.process import runtime

if TYPE_CHECKING:
    from typing import Unpack

    from aai_jupyter.api.keywords import TranscribeKeywords
    from aai_jupyter.client.sources.source_types import AudioSource, AudioSources
    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.transcripts.transcript_set import TranscriptSet


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
) -> Job[TranscriptSet]: ...
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
) -> Job[TranscriptSet]: ...
@overload
def transcribe(
    *, manifest: Any, wait: Literal[True] = True, **options: Unpack[TranscribeKeywords]
) -> TranscriptSet: ...
@overload
def transcribe(
    *, manifest: Any, wait: Literal[False], **options: Unpack[TranscribeKeywords]
) -> Job[TranscriptSet]: ...
@overload
def transcribe(
    *, feed: str, latest: int | None = None, wait: Literal[True] = True, **options: Unpack[TranscribeKeywords]
) -> TranscriptSet: ...
@overload
def transcribe(
    *, feed: str, latest: int | None = None, wait: Literal[False], **options: Unpack[TranscribeKeywords]
) -> Job[TranscriptSet]: ...
@overload
def transcribe(
    *sources: AudioSource | AudioSources, wait: bool, **options: Unpack[TranscribeKeywords]
) -> Transcript | TranscriptSet | Job | Job[TranscriptSet]: ...
def transcribe(
    *sources: Any,
    profile: str | None = None,
    wait: bool = True,
    use_cache: bool = True,
    progress: OnEvent | None = None,
    audio_track: int | None = None,
    tracks: bool = False,
    extra: Mapping[str, Any] | None = None,
    delete_at_service: Literal["never", "after_download"] | None = None,
    manifest: Any = None,
    source: Any = None,
    keep: Sequence[Any] | str | None = None,
    feed: str | None = None,
    latest: int | None = None,
    recorded_at: str | Sequence[str] | None = None,
    timezone: str | None = None,
    max_cost: float | None = None,
    tag: str = "",
    **options: Any,
) -> Transcript | TranscriptSet | Job | Job[TranscriptSet]:
    """Transcribe recordings and wait for the result. Works in scripts, notebooks and functions.

    Parameters
    ----------
    *sources
        Path, ``~`` path, glob, folder, URL, bytes, binary file, ``(samples, rate)``, Hugging Face audio, or
        lists, tuples, Series of those; or a DataFrame, with ``source``; or :func:`aai_jupyter.tracks`.
    profile : str, optional
        Named set of options from ``pyproject.toml`` or the user's ``config.toml``; keywords win over it.
    wait : bool
        False returns at once, and works in the background: a :class:`Job`, of one recording or of many.
    use_cache : bool
        False transcribes anew, and pays anew, what was transcribed before. Needed for a URL whose content
        has changed: a URL is recognised by its address.
    progress : callable, optional
        Gets a :class:`~aai_jupyter.jobs.job_events.JobEvent` for each step, on another thread.
    audio_track : int, optional
        Number of the audio track, from 1 on, of files with several; that alone is sent. Without it the first
        with sound on it is taken, and ``t.warnings`` says so.
    tracks : bool
        Whether the recordings, or the audio streams of one file, or the files of one folder are tracks of one
        conversation with one speaker each, as :func:`aai_jupyter.tracks` says: one transcript of all.
    extra : mapping, optional
        Parameters of the API that this version does not know; sent unchecked.
    delete_at_service : {"never", "after_download"}, optional
        Whether the service deletes transcript and upload as soon as they are kept here; the setting of the
        same name when left out. Questions that name the transcript by its id are refused afterwards.
    manifest : path or DataFrame, optional
        A table with a recording in each row: CSV, TSV, Parquet or Excel. Relative paths are looked for in its
        folder first. A DataFrame may as well be the first argument.
    source : str, optional
        The column of the table that has the recordings.
    keep : sequence of str, optional
        The columns that go along into every frame of the set; all others when left out. Categories stay.
    feed : str, optional
        Address of a podcast's feed, whose episodes are the recordings; a second run asks the feed alone. Its
        frames have the columns ``episode`` and ``published``.
    latest : int, optional
        How many episodes of the feed, the newest first.
    recorded_at : str or sequence of str, optional
        When each was recorded: a column of the table, a pattern of the files' names such as
        ``"%Y%m%d-%H%M%S"``, or ``"tags"`` of the sound; several are tried in order. Every frame then has the
        column ``at``, and ``recordings`` tells where it comes from.
    timezone : str, optional
        Of such times that do not say theirs, and of ``at``: ``"Europe/Berlin"``. UTC when left out.
    max_cost : float, optional
        USD by the price list that it may cost; the setting of the same name when left out. More is refused
        before anything is sent; what turns out only on the way ends the sending, and is told in ``failed``.
    tag : str, optional
        What :func:`aai_jupyter.spend` can group the costs by.
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
    CostLimitError
        It would cost more than ``max_cost``, or than is left of the month's budget. Nothing was sent.
    Interrupted
        A KeyboardInterrupt: waiting stopped, submitted jobs go on. Run it again to take them up.

    Examples
    --------
    >>> import aai_jupyter as aai
    >>> t = aai.transcribe(aai.sample(), speaker_labels=True)  # doctest: +SKIP
    >>> t.utterances[["speaker", "start", "end"]]  # doctest: +SKIP
    """
    call = _call(sources, wait, locals(), options)
    if not wait:
        runtime().endpoint()
        return _background(call)
    call.show_progress()
    if use_cache:
        known = call.run(call.known(), goes_on=lambda found: found is None)
        if known is not None:
            return call.result(known)
    call.check_endpoint()
    return call.result(call.run(call.work()))


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
) -> Job[TranscriptSet]: ...
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
) -> Job[TranscriptSet]: ...
@overload
async def transcribe_async(
    *, manifest: Any, wait: Literal[True] = True, **options: Unpack[TranscribeKeywords]
) -> TranscriptSet: ...
@overload
async def transcribe_async(
    *, manifest: Any, wait: Literal[False], **options: Unpack[TranscribeKeywords]
) -> Job[TranscriptSet]: ...
@overload
async def transcribe_async(
    *, feed: str, latest: int | None = None, wait: Literal[True] = True, **options: Unpack[TranscribeKeywords]
) -> TranscriptSet: ...
@overload
async def transcribe_async(
    *, feed: str, latest: int | None = None, wait: Literal[False], **options: Unpack[TranscribeKeywords]
) -> Job[TranscriptSet]: ...
@overload
async def transcribe_async(
    *sources: AudioSource | AudioSources, wait: bool, **options: Unpack[TranscribeKeywords]
) -> Transcript | TranscriptSet | Job | Job[TranscriptSet]: ...
async def transcribe_async(
    *sources: Any,
    profile: str | None = None,
    wait: bool = True,
    use_cache: bool = True,
    progress: OnEvent | None = None,
    audio_track: int | None = None,
    tracks: bool = False,
    extra: Mapping[str, Any] | None = None,
    delete_at_service: Literal["never", "after_download"] | None = None,
    manifest: Any = None,
    source: Any = None,
    keep: Sequence[Any] | str | None = None,
    feed: str | None = None,
    latest: int | None = None,
    recorded_at: str | Sequence[str] | None = None,
    timezone: str | None = None,
    max_cost: float | None = None,
    tag: str = "",
    **options: Any,
) -> Transcript | TranscriptSet | Job | Job[TranscriptSet]:
    """The same as :func:`transcribe`, to be awaited; the caller's loop stays free.

    Raises
    ------
    StoppedWaiting
        An ``asyncio.CancelledError``: the waiting task was cancelled, submitted jobs go on.

    Examples
    --------
    >>> t = await aai.transcribe_async("talk.mp3")  # doctest: +SKIP
    """
    # Reads file headers and configuration: short, but on a network folder not short enough for a loop.
    call = await asyncio.to_thread(_call, sources, wait, locals(), options)
    if not wait:
        await asyncio.to_thread(runtime().endpoint)
        return _background(call)
    call.show_progress()
    if use_cache:
        known = await call.wait_for(call.known())
        if known is not None:
            return await asyncio.to_thread(call.result, known)
    outcomes = await call.wait_for(call.work())
    return await asyncio.to_thread(call.result, outcomes)


def _call(
    sources: tuple[Any, ...], wait: bool, keywords: Mapping[str, Any], options: Mapping[str, Any]
) -> TranscriptionCall:
    given, _ = CallArguments.split(keywords)
    if given.delete_at_service == "after_download" and not wait:
        raise OptionError(
            "delete_at_service needs the transcript, which wait=False does not wait for.",
            hint="Set it for all: aai.settings.delete_at_service; the job follows it.",
        )
    return TranscriptionCall(sources, given, options)


def _background(call: TranscriptionCall) -> Job | Job[TranscriptSet]:
    run = BackgroundRun(call)
    run.start()
    one: Job = Job(run)
    return one
