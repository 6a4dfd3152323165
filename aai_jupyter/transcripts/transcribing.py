"""Transcription with the client, the store and the settings of this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from aai_jupyter.runtime.process import Runtime, runtime
from aai_jupyter.settings.endpoint import LOCAL_ACCOUNT
from aai_jupyter.settings.notices import notices

if TYPE_CHECKING:
    from aai_jupyter.client import Client
    from aai_jupyter.client.options.transcript_request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source
    from aai_jupyter.client.transcript_data import TranscriptData
    from aai_jupyter.jobs.batch import Restore
    from aai_jupyter.jobs.batch_control import BatchControl
    from aai_jupyter.jobs.job_events import JobEvent, OnEvent, Outcome
    from aai_jupyter.jobs.store import Store, Stored
    from aai_jupyter.transcripts.transcript import Transcript

MANY = 50
"""Recordings from which looking them up takes a while."""
PACKED = 500
"""Recordings from which on answers are held compressed."""


async def transcribe_sources(
    sources: Sequence[Source],
    request: TranscriptRequest,
    *,
    use_cache: bool = True,
    on_event: OnEvent | None = None,
    delete_at_service: str | None = None,
    max_cost: float | None = None,
    tag: str = "",
    control: BatchControl | None = None,
) -> list[Outcome]:
    """Transcribe; see :func:`~aai_jupyter.jobs.batch.transcribe_many`. Outcomes hold Transcripts.

    What is stored is looked up at once for all, and without a client.
    """
    from aai_jupyter.jobs.batch import transcribe_many

    rt = runtime()
    outcomes: list[Outcome | None] = [None] * len(sources)
    if use_cache:
        endpoint = await asyncio.to_thread(rt.endpoint)
        engine = rt.settings.engine_name if endpoint.local else ""
        outcomes = await _known(sources, request, endpoint.account, engine, on_event)
    places = [place for place, outcome in enumerate(outcomes) if outcome is None]
    if places:
        client = await rt.client()
        told = None if on_event is None else partial(_tell_at, on_event, places)
        rest = [sources[place] for place in places]
        context = _context(client, use_cache, told, max_cost, tag)
        if len(sources) >= PACKED:
            context["restore"] = _then_packed(context["restore"])
        if control is not None:
            context["control"] = control.at(places)
        for place, outcome in zip(
            places,
            await transcribe_many(client, rest, request, **context),
            strict=True,
        ):
            outcomes[place] = outcome
    found = [outcome for outcome in outcomes if outcome is not None]
    made = [outcome.transcript for outcome in found if outcome.transcript is not None]
    await delete_if_wanted(made, delete_at_service)
    return found


def _tell_at(on_event: OnEvent, places: Sequence[int], event: JobEvent) -> None:
    """Tell an event of the rest of a batch by the place of its source in the whole."""
    on_event(replace(event, index=places[event.index]))


async def delete_if_wanted(transcripts: Sequence[Transcript], when: str | None = None) -> None:
    """Delete transcripts at the service when `when`, or the setting ``delete_at_service``, says so."""
    rt = runtime()
    if (when or rt.settings.delete_at_service) != "after_download":
        return
    client = await rt.client()
    if client.endpoint.local:
        return
    from aai_jupyter.jobs.service_deletion import delete_downloaded

    # The beeped recording is not downloaded with the transcript, and would be gone.
    ready = [t.id for t in transcripts if t.id and not t.redacts_audio]
    problems = await delete_downloaded(client, rt.store, ready)
    problems |= {
        t.id: "its redacted recording is only there" for t in transcripts if t.id and t.redacts_audio
    }
    if problems:
        said = "; ".join(f"{transcript_id}: {why}" for transcript_id, why in problems.items())
        notices.tell(f"Still at the service: {said}")


async def known_transcripts(
    sources: Sequence[Source], request: TranscriptRequest, on_event: OnEvent | None = None
) -> list[Outcome] | None:
    """Return stored transcripts of all sources without starting the engine; None if one is missing.

    None also when no engine has to be started: then `transcribe_sources` looks.
    """
    from aai_jupyter.jobs.engine import engine_model

    rt = runtime()
    if not rt.settings.uses_engine or engine_model():
        return None
    model = rt.settings.engine_name
    found = await _known(sources, request, LOCAL_ACCOUNT, model, on_event, only_all=True)
    outcomes = [outcome for outcome in found if outcome is not None]
    return outcomes if len(outcomes) == len(sources) else None


async def _known(
    sources: Sequence[Source],
    request: TranscriptRequest,
    account: str,
    engine: str,
    on_event: OnEvent | None,
    *,
    only_all: bool = False,
) -> list[Outcome | None]:
    from aai_jupyter.jobs.cache_lookup import known_outcomes

    store = runtime().store

    def restore(stored: Sequence[Stored], recordings: Sequence[Source]) -> Sequence[Any]:
        made = _restoring()(stored, recordings, store)
        return [_packed(one) for one in made] if len(sources) >= PACKED else made

    # Reading many files leaves the time to import pandas beside it; it is needed for the first that is known.
    warm = asyncio.create_task(asyncio.to_thread(_restoring)) if len(sources) >= MANY else None
    facts: dict[str, Any] = {"account": account, "engine": engine, "on_event": on_event}
    try:
        return await known_outcomes(
            sources, request, store=store, restore=restore, only_all=only_all, **facts
        )
    finally:
        if warm is not None:
            await warm


def _restoring() -> Callable[[Sequence[Stored], Sequence[Source], Store], Sequence[Any]]:
    from aai_jupyter.transcripts.restore import restored_many  # late: it loads pandas, and this is a thread

    return restored_many


def _context(
    client: Client, use_cache: bool, on_event: OnEvent | None, max_cost: float | None, tag: str
) -> dict[str, Any]:
    from aai_jupyter.jobs.charges import SpendingRules

    rt = runtime()
    limit = rt.settings.max_cost if max_cost is None else max_cost
    return {
        "store": rt.store,
        "restore": _restore(rt),
        "on_event": on_event,
        "use_cache": use_cache,
        "concurrency": rt.settings.concurrency,
        "spending": SpendingRules(limit, rt.settings.monthly_budget, tag),
        # The engine's model is known before it runs.
        "engine": rt.settings.engine_name if client.endpoint.local else "",
    }


def _packed(transcript: Transcript) -> Transcript:
    transcript.edited_answer.data.pack()
    return transcript


def _then_packed(restore: Restore) -> Restore:
    return lambda data, source: _packed(restore(data, source))


def _restore(rt: Runtime) -> Restore:
    store = rt.store

    def restore(data: TranscriptData, source: Source) -> Any:
        from aai_jupyter.transcripts.restore import restored  # late: it loads pandas, and this is a thread

        return restored(data, store, source)

    return restore
