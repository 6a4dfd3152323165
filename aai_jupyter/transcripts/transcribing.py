"""Transcription with the client, the store and the settings of this process."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aai_jupyter.runtime.process import Runtime, runtime
from aai_jupyter.settings.endpoint import LOCAL_ACCOUNT

if TYPE_CHECKING:
    from aai_jupyter.client import Client
    from aai_jupyter.client.options.transcript_request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source
    from aai_jupyter.client.transcript_data import TranscriptData
    from aai_jupyter.errors import AaiError
    from aai_jupyter.jobs.batch import JobResult, Restore
    from aai_jupyter.jobs.job_events import OnEvent, Outcome
    from aai_jupyter.transcripts.transcript import Transcript


async def transcribe_sources(
    sources: Sequence[Source],
    request: TranscriptRequest,
    *,
    use_cache: bool = True,
    on_event: OnEvent | None = None,
    delete_at_service: str | None = None,
) -> list[Outcome]:
    """Transcribe; see :func:`~aai_jupyter.jobs.batch.transcribe_many`. Outcomes hold Transcripts."""
    from aai_jupyter.jobs.batch import transcribe_many

    client = await runtime().client()
    outcomes = await transcribe_many(client, sources, request, **_context(client, use_cache, on_event))
    made = [outcome.transcript for outcome in outcomes if outcome.transcript is not None]
    await delete_if_wanted(client, made, delete_at_service)
    return outcomes


async def delete_if_wanted(
    client: Client, transcripts: Sequence[Transcript], when: str | None = None
) -> None:
    """Delete transcripts at the service when `when`, or the setting ``delete_at_service``, says so."""
    rt = runtime()
    if (when or rt.settings.delete_at_service) != "after_download" or client.endpoint.local:
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
        warnings.warn(f"Still at the service: {said}", stacklevel=2)


async def submit_sources(
    sources: Sequence[Source],
    request: TranscriptRequest,
    *,
    use_cache: bool = True,
    on_event: OnEvent | None = None,
) -> list[JobResult | AaiError]:
    """Submit and do not wait; see :func:`~aai_jupyter.jobs.batch.submit_many`."""
    from aai_jupyter.jobs.batch import submit_many

    client = await runtime().client()
    return await submit_many(client, sources, request, **_context(client, use_cache, on_event))


async def known_transcripts(
    sources: Sequence[Source], request: TranscriptRequest, on_event: OnEvent | None = None
) -> list[Outcome] | None:
    """Return stored transcripts of all sources without starting the engine; None if one is missing.

    None when something is missing, or when no engine has to be started: then `transcribe_sources` looks.
    """
    from aai_jupyter.jobs.cache_lookup import all_known
    from aai_jupyter.jobs.engine_process import engine_model

    rt = runtime()
    if not rt.settings.uses_engine or engine_model():
        return None
    return await all_known(
        sources,
        request,
        store=rt.store,
        restore=_restore(rt),
        account=LOCAL_ACCOUNT,
        engine=str(rt.settings.local_model),
        on_event=on_event,
    )


def _context(client: Client, use_cache: bool, on_event: OnEvent | None) -> dict[str, Any]:
    rt = runtime()
    return {
        "store": rt.store,
        "restore": _restore(rt),
        "on_event": on_event,
        "use_cache": use_cache,
        "concurrency": rt.settings.concurrency,
        # The engine's model is known before it runs.
        "engine": str(rt.settings.local_model) if client.endpoint.local else "",
    }


def _restore(rt: Runtime) -> Restore:
    store = rt.store

    def restore(data: TranscriptData, source: Source) -> Any:
        from aai_jupyter.transcripts.restore import restored  # late: it loads pandas, and this is a thread

        return restored(data, store, source)

    return restore
