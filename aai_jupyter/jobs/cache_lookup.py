"""Lookup of recordings whose transcripts are in the store: all of them at once, and without a client."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import SourceError
from aai_jupyter.jobs.bulk_lookup import cached_many
from aai_jupyter.jobs.cache_keys import audio_key, former_names, keys_of
from aai_jupyter.jobs.job_events import JobEvent, OnEvent, Outcome, ended, notify
from aai_jupyter.jobs.store import Store, Stored
from aai_jupyter.jobs.submission import in_thread

if TYPE_CHECKING:
    from aai_jupyter.client.options.transcript_request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source

READERS = 8
"""Recordings that are read at once, to recognise them."""
AT_ONCE = 500
"""Answers that are read from the store at once."""

RestoreMany = Callable[[Sequence[Stored], Sequence["Source"]], Sequence[Any]]
"""Makes of stored answers and their recordings what the caller works with; called in a thread."""


async def known_outcomes(
    sources: Sequence[Source],
    request: TranscriptRequest,
    *,
    store: Store,
    restore: RestoreMany,
    account: str,
    engine: str,
    on_event: OnEvent | None = None,
    only_all: bool = False,
) -> list[Outcome | None]:
    """Return outcomes of the sources whose transcripts are stored, and of those that cannot be read.

    Parameters
    ----------
    only_all : bool
        Look only: when one is missing there are no outcomes, and no event is told.

    Returns
    -------
    list of Outcome or None
        None for each source that has to be transcribed.
    """
    begun = time.monotonic()
    if not only_all:
        for place, source in enumerate(sources):
            notify(on_event, JobEvent(place, source.label, "checking", size=source.size))
    named = await _audio_names(sources)
    identities = request.identities()
    keys = [
        ()
        if isinstance(name, SourceError)
        else keys_of((name, *former_names(source)), identities, account, engine)
        for name, source in zip(named, sources, strict=True)
    ]
    unreadable = [isinstance(name, SourceError) for name in named]
    known: dict[int, _Known] = {}
    for first in range(0, len(sources), AT_ONCE):
        stored = await in_thread(cached_many, store, keys[first : first + AT_ONCE])
        hits = {place: one for place, one in enumerate(stored, first) if one is not None}
        some = range(first, first + len(stored))
        if only_all and any(place not in hits and not unreadable[place] for place in some):
            return [None] * len(sources)
        if hits:
            made = await in_thread(restore, [*hits.values()], [sources[place] for place in hits])
            for (place, one), transcript in zip(hits.items(), made, strict=True):
                known[place] = _Known(one.id, one.saved, transcript)
    outcomes: list[Outcome | None] = []
    for place, (source, name) in enumerate(zip(sources, named, strict=True)):
        elapsed = time.monotonic() - begun
        if isinstance(name, SourceError):
            notify(
                on_event,
                JobEvent(place, source.label, "error", elapsed=elapsed, message=name.short, error=name),
            )
            outcomes.append(Outcome(source, error=name))
        elif (hit := known.get(place)) is None:
            outcomes.append(None)
        else:
            notify(on_event, ended(place, source, hit.id, hit.transcript, elapsed, hit.saved))
            outcomes.append(Outcome(source, hit.transcript, from_cache=True))
    return outcomes


@dataclass(frozen=True)
class _Known:
    """What is told of a stored transcript; its answer is in the transcript."""

    id: str
    saved: float
    transcript: Any


async def _audio_names(sources: Sequence[Source]) -> list[str | SourceError]:
    """Return what identifies each recording; the error of one that cannot be read."""
    found: list[str | SourceError] = [""] * len(sources)
    stopped = threading.Event()  # a thread cannot be cancelled, and may have gigabytes to read

    def read(first: int) -> None:
        for place in range(first, len(sources), READERS):
            if stopped.is_set():
                return
            try:
                found[place] = audio_key(sources[place])
            except SourceError as error:
                found[place] = error

    try:
        await asyncio.gather(*(in_thread(read, first) for first in range(min(READERS, len(sources)))))
    finally:
        stopped.set()
    return found
