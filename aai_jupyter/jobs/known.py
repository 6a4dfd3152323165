"""Recordings whose transcripts this machine has already."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aai_jupyter.jobs.events import JobEvent, OnEvent, Outcome, tell
from aai_jupyter.jobs.keys import audio_name, cache_key, digest
from aai_jupyter.jobs.store import Store, Stored
from aai_jupyter.jobs.submitting import in_thread

if TYPE_CHECKING:
    from aai_jupyter.client.options.request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source
    from aai_jupyter.transcript import Transcript


async def all_known(
    sources: Sequence[Source],
    request: TranscriptRequest,
    *,
    store: Store,
    account: str,
    engine: str,
    on_event: OnEvent | None = None,
) -> list[Outcome] | None:
    """Outcomes of all sources without a client; None when one is missing. Parameters as `transcribe_many`."""
    begun = time.monotonic()
    found = []
    for source in sources:
        audio = await audio_name(source)
        stored = await in_thread(store.cached, cache_key(audio, request.canonical(), account, engine))
        if stored is None:
            return None
        found.append((stored, digest(audio)))
    outcomes = []
    for index, (source, (stored, sha256)) in enumerate(zip(sources, found, strict=True)):
        transcript = await in_thread(_read, stored, source, store, sha256)
        outcomes.append(Outcome(source, transcript, from_cache=True))
        tell(on_event, ended(index, source, transcript, time.monotonic() - begun, stored.saved))
    return outcomes


def _read(stored: Stored, source: Source, store: Store, sha256: str | None) -> Transcript:
    from aai_jupyter.client.schema import decode_transcript
    from aai_jupyter.jobs.layers import with_layers
    from aai_jupyter.transcript import Transcript

    return with_layers(Transcript(decode_transcript(stored.raw), source=source.label), store, source, sha256)


def ended(
    index: int, source: Source, transcript: Transcript, elapsed: float, cached_at: float | None
) -> JobEvent:
    """The last event of a recording that has a transcript."""
    message = None
    if cached_at is not None:
        message = time.strftime("from cache, transcribed %Y-%m-%d %H:%M", time.localtime(cached_at))
    return JobEvent(
        index,
        source.label,
        "completed" if cached_at is None else "cached",
        size=source.size,
        elapsed=elapsed,
        transcript_id=transcript.id,
        message=message,
        transcript=transcript,
    )
