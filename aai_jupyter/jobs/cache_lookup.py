"""Lookup of recordings whose transcripts are all in the store."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aai_jupyter.client.transcript_data import decode_transcript
from aai_jupyter.jobs.cache_keys import audio_name, cache_keys
from aai_jupyter.jobs.job_events import OnEvent, Outcome, ended, notify
from aai_jupyter.jobs.store import Store
from aai_jupyter.jobs.submission import in_thread

if TYPE_CHECKING:
    from aai_jupyter.client.options.transcript_request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source
    from aai_jupyter.jobs.batch import Restore


async def all_known(
    sources: Sequence[Source],
    request: TranscriptRequest,
    *,
    store: Store,
    restore: Restore,
    account: str,
    engine: str,
    on_event: OnEvent | None = None,
) -> list[Outcome] | None:
    """Return outcomes of all sources without a client, as `transcribe_many`; None when one is missing."""
    begun = time.monotonic()
    found = []
    for source in sources:
        keys = cache_keys(await audio_name(source), request, account, engine)
        stored = await in_thread(store.cached, keys)
        if stored is None:
            return None
        found.append(stored)
    outcomes = []
    for index, (source, stored) in enumerate(zip(sources, found, strict=True)):
        data = await in_thread(decode_transcript, stored.raw)
        transcript = await in_thread(restore, data, source)
        outcomes.append(Outcome(source, transcript, from_cache=True))
        notify(on_event, ended(index, source, data.id, transcript, time.monotonic() - begun, stored.saved))
    return outcomes
