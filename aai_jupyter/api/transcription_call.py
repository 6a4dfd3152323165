"""One call of :func:`aai_jupyter.transcribe`: its checked arguments, its run, and what it gives back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from aai_jupyter.api.privacy import private_event, private_label
from aai_jupyter.errors import (
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
from aai_jupyter.settings.definitions import checked_usd
from aai_jupyter.settings.notices import notices
from aai_jupyter.transcripts.private_view import with_privacy
from aai_jupyter.transcripts.transcribing import known_transcripts, transcribe_sources

if TYPE_CHECKING:
    from aai_jupyter.api.manifest import Manifest
    from aai_jupyter.client.options.transcript_request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source
    from aai_jupyter.client.sources.track_list import Tracks
    from aai_jupyter.jobs.batch_control import BatchControl
    from aai_jupyter.transcripts.set_call import SetCall
    from aai_jupyter.transcripts.set_columns import SetColumns
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


@dataclass(frozen=True)
class CallArguments:
    """Keywords of :func:`aai_jupyter.transcribe` that are no parameters of the API; they stand there."""

    profile: str | None = None
    use_cache: bool = True
    progress: OnEvent | None = None
    audio_track: int | None = None
    tracks: bool = False
    extra: Mapping[str, Any] | None = None
    delete_at_service: Literal["never", "after_download"] | None = None
    manifest: Any = None
    source: Any = None
    keep: Sequence[Any] | str | None = None
    feed: str | None = None
    latest: int | None = None
    recorded_at: str | Sequence[str] | None = None
    timezone: str | None = None
    max_cost: float | None = None
    tag: str = ""

    @classmethod
    def split(cls, keywords: Mapping[str, Any]) -> tuple[CallArguments, dict[str, Any]]:
        """Return those of the call, and the parameters of the API among keywords.

        Raises
        ------
        OptionError
            One of the call has no meaning.
        """
        names = {field.name for field in fields(cls)}
        found = cls(**{name: value for name, value in keywords.items() if name in names})
        found._check()
        return found, {name: value for name, value in keywords.items() if name not in names}

    def _check(self) -> None:
        when = self.delete_at_service
        if when not in (None, "never", "after_download"):
            raise OptionError(f"delete_at_service is never or after_download, not {when!r}.")
        if self.max_cost is not None:
            checked_usd(self.max_cost, "max_cost")
        if not isinstance(self.tag, str):
            raise OptionError(f"tag is a name, not {self.tag!r}.")
        latest = self.latest
        if latest is not None and (isinstance(latest, bool) or not isinstance(latest, int) or latest < 1):
            raise OptionError(f"latest is a number of episodes, not {latest!r}.")
        if latest is not None and self.feed is None:
            raise OptionError("latest goes with feed.", hint='feed="https://example.org/feed.xml"')
        if self.tracks and (self.audio_track, self.manifest, self.feed) != (None, None, None):
            raise OptionError("tracks are one whole conversation: no audio_track, manifest or feed.")
        if self.timezone is not None and self.recorded_at is None:
            raise OptionError("timezone goes with recorded_at.", hint='recorded_at="tags", or a column.')


class TranscriptionCall:
    """Checked sources and request, and the ids seen so far, for when it is interrupted.

    Parameters
    ----------
    sources : tuple
        As given by the caller.
    given : CallArguments
    options : mapping
        Parameters of the API.
    """

    def __init__(self, sources: tuple[Any, ...], given: CallArguments, options: Mapping[str, Any]) -> None:
        from aai_jupyter.client.options.transcript_request import build_request

        self.given = given
        named = runtime().settings.profile(given.profile) if given.profile else {}
        self.request: TranscriptRequest = build_request({**named, **options}, extra=given.extra)
        self.tracks = self._tracks(sources)
        if self.tracks is not None:
            sources = (self.tracks,)
        left_out: list[str] = []
        self.columns = self._resolve(sources, left_out)
        self._told_by_error = False
        self.plain = self.columns is None and (
            len(sources) == 1 and len(self.sources) == 1 and _is_plain(sources[0], self.sources[0])
        )
        for text in (*self.request.warnings, *left_out):
            notices.tell(text)
        self._progress: Any = given.progress
        self._unfinished: dict[int, tuple[str, str]] = {}
        self._together: Transcript | None = None

    def _tracks(self, given: tuple[Any, ...]) -> Tracks | None:
        """Return the tracks of a conversation, and ask for nothing that only tells speakers apart."""
        from aai_jupyter.client.sources.track_list import Tracks, as_tracks

        inside = (one for some in given if isinstance(some, list | tuple) for one in some)
        if any(isinstance(one, Tracks) for one in inside):
            raise OptionError("Tracks are one conversation: give each by itself, in a call of its own.")
        if not self.given.tracks and not any(isinstance(one, Tracks) for one in given):
            return None
        wrong = [name for name in ("multichannel", "dual_channel") if self.request.params.get(name)]
        wrong += [name for name in ("audio_track", "recorded_at") if getattr(self.given, name) is not None]
        if wrong:
            raise OptionError(f"{wrong[0]} does not go with tracks: each track is one speaker.")
        from aai_jupyter.api.written_sound import require_decoder

        require_decoder("To lay tracks together")
        needless = ("speaker_labels", "speakers_expected", "speaker_options")
        params = {name: value for name, value in self.request.params.items() if name not in needless}
        self.request = replace(self.request, params=params)
        return as_tracks(given)

    def _resolve(self, given: tuple[Any, ...], notes: list[str]) -> SetColumns | None:
        """Set the sources; return what else is known of each, if there is anything."""
        from aai_jupyter.client.sources.reading import resolve_rows, resolve_sources

        call = self.given
        manifest = self._manifest(given)
        kept = None
        if manifest is not None:
            rows, sources = resolve_rows(manifest.cells, track=call.audio_track, notes=notes)
            kept = manifest.kept.iloc[rows].reset_index(drop=True)
        else:
            sources = resolve_sources(*given, track=call.audio_track, notes=notes, partly=True)
        self.sources: list[Source] = sources
        if kept is None and call.recorded_at is None:
            return None
        from aai_jupyter.transcripts.set_columns import SetColumns

        when = origin = None
        if call.recorded_at is not None:
            from aai_jupyter.api.recorded_at import recorded_at

            table = None if manifest is None else manifest.table.iloc[rows].reset_index(drop=True)
            when, origin = recorded_at(call.recorded_at, self.sources, table, call.timezone)
        return SetColumns(kept, when, origin)

    def _manifest(self, given: tuple[Any, ...]) -> Manifest | None:
        call = self.given
        if call.feed is not None:
            if given or call.manifest is not None:
                raise OptionError("The recordings are those of the feed: give no others beside it.")
            from aai_jupyter.api.podcast_feed import read_feed

            return read_feed(call.feed, call.latest)
        table = call.manifest
        if table is None and len(given) == 1 and call.source is not None:
            table, given = given[0], ()
        if table is None:
            if call.source is not None or call.keep is not None:
                raise OptionError(
                    "source and keep name columns of a manifest.", hint='aai.transcribe(df, source="path")'
                )
            return None
        if given:
            raise OptionError("The recordings are those of the manifest: give no others beside it.")
        from aai_jupyter.api.manifest import read_manifest

        also = call.recorded_at if isinstance(call.recorded_at, str) else None
        return read_manifest(table, call.source, call.keep, also=also)

    # Running -----------------------------------------------------------------------------------------

    def show_progress(self) -> None:
        """Show how far it is, unless the caller does."""
        make = runtime().progress
        if self._progress is None and make is not None:
            self._progress = make(len(self.sources))
            self._told_by_error = self.plain

    def on_event(self, event: JobEvent) -> None:
        event = private_event(event)
        if event.stage in ("completed", "cached", "error"):
            self._unfinished.pop(event.index, None)
        elif event.transcript_id:
            self._unfinished[event.index] = event.label, event.transcript_id
        if self._told_by_error and event.stage == "error":
            event = replace(event, message=None)  # it is raised, and says why right below
        if self._progress is not None:
            self._progress(event)

    async def known(self) -> list[Outcome] | None:
        """Return all results if they are stored, without starting the engine."""
        return await known_transcripts(self.sources, self.request, self.on_event)

    async def work(
        self,
        places: Sequence[int] | None = None,
        *,
        on_event: OnEvent | None = None,
        control: BatchControl | None = None,
        **changed: Any,
    ) -> list[Outcome]:
        """Transcribe all, or the recordings of some places; ``changed`` are max_cost, tag and so on."""
        sources = self.sources if places is None else [self.sources[place] for place in places]
        given = self.given
        facts = {"use_cache": given.use_cache, "max_cost": given.max_cost, "tag": given.tag} | changed
        return await transcribe_sources(
            sources,
            self.request,
            on_event=on_event or self.on_event,
            delete_at_service=given.delete_at_service,
            control=control,
            **facts,
        )

    @property
    def _draw(self) -> Any:
        return getattr(self._progress, "draw", None)

    def check_endpoint(self) -> None:
        """Check where the recordings go to; the progress stops if that is known to fail."""
        try:
            runtime().endpoint()
        except BaseException:
            if self._draw is not None:
                self._draw(last=True)
            raise

    def run(self, coro: Coroutine[Any, Any, T], *, goes_on: Callable[[T], bool] | None = None) -> T:
        """Wait for a coroutine; the progress stops, unless the work goes on after what it returned."""
        draw = self._draw
        begin: Any = getattr(self._progress, "begin", None)
        if begin is not None and draw is not None:
            private = runtime().settings.privacy is not None
            labels = [source.label for source in self.sources]
            begin([private_label(place) for place in range(len(labels))] if private else labels)
            draw()
        loaded = import_beside(*_RESULT, *(_VIEW if is_attended() else ()))
        over = True
        try:
            found = runtime().bridge.run(_after(coro, loaded), tick=draw)
            over = goes_on is None or not goes_on(found)
            return found
        except KeyboardInterrupt:
            raise Interrupted(dict(self._unfinished.values())) from None
        finally:
            if draw is not None and over:
                draw(last=True)

    async def wait_for(self, coro: Coroutine[Any, Any, T]) -> T:
        import_beside(*_RESULT)
        try:
            return await asyncio.wrap_future(runtime().bridge.submit(coro))
        except asyncio.CancelledError:
            raise StoppedWaiting(dict(self._unfinished.values())) from None

    # Results -----------------------------------------------------------------------------------------

    def result(self, outcomes: Sequence[Outcome]) -> Transcript | TranscriptSet:
        """Return what the caller gets."""
        if self.tracks is not None:
            return self._conversation(self.tracks, outcomes)
        if self.plain:
            (only,) = outcomes
            if only.error is not None:
                raise only.error
            found: Transcript = with_privacy(only.transcript)
            return found
        errors = [outcome.error for outcome in outcomes]
        if isinstance(errors[0], AuthenticationError | NetworkError | OfflineError) and all(errors):
            raise errors[0]  # nothing worked, and for a reason that has nothing to do with the sources
        return self.set_of(enumerate(outcomes))

    def _conversation(self, tracks: Tracks, outcomes: Sequence[Outcome]) -> Transcript:
        from aai_jupyter.api.track_conversation import conversation

        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error
        if self._together is None:
            together = conversation(tracks, [outcome.transcript for outcome in outcomes])
            self._together = with_privacy(together)
        return self._together

    def set_of(self, outcomes: Iterable[tuple[int, Outcome]]) -> TranscriptSet:
        """Return the set of outcomes with their places in the call, of all or of some."""
        from aai_jupyter.transcripts.transcript_set import TranscriptSet

        found = list(outcomes)
        made = [(place, one.transcript) for place, one in found if one.transcript is not None]
        bad = [(place, one) for place, one in found if one.error is not None]
        made_set: TranscriptSet = TranscriptSet(
            (transcript for _, transcript in made),
            ((one.source.label, one.error) for _, one in bad if one.error is not None),
            self._set_call([place for place, _ in made], [place for place, _ in bad]),
        )
        return with_privacy(made_set)

    def _set_call(self, places: list[int], failed: list[int]) -> SetCall:
        from aai_jupyter.transcripts.set_call import SetCall
        from aai_jupyter.transcripts.set_columns import SetColumns

        return SetCall(places, failed, self.columns or SetColumns(), self._retry)

    def _retry(self, places: Sequence[int], changed: Mapping[str, Any]) -> list[Outcome]:
        wrong = [name for name in changed if name not in ("max_cost", "tag", "progress")]
        if wrong:
            raise OptionError(
                f"retry_failed() takes max_cost, tag and progress, not {wrong[0]}.",
                hint="Other options are another transcription: call aai.transcribe.",
            )
        changed = dict(changed)
        if "max_cost" in changed:
            checked_usd(changed["max_cost"], "max_cost")
        make = runtime().progress
        self._progress = changed.pop("progress", None) or (make(len(places)) if make else None)
        runtime().endpoint()
        return self.run(self.work(places, **changed))


async def _after(coro: Coroutine[Any, Any, T], loaded: threading.Event) -> T:
    """Wait for the modules of the result, too: here the progress goes on meanwhile."""
    found = await coro
    await asyncio.to_thread(loaded.wait)
    return found


def _is_plain(obj: Any, source: Source) -> bool:
    """Whether one thing was named that is one recording (a folder with one file is a folder)."""
    from aai_jupyter.client.sources.reading import is_collection

    return obj is source or not (source.listed or is_collection(obj))
