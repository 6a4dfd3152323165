"""Transcription that shares results and jobs with other machines, and keeps nothing on this one."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import OptionError
from aai_jupyter.runtime.process import runtime

if TYPE_CHECKING:
    from aai_jupyter.client.options.transcript_request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source
    from aai_jupyter.client.transcript_data import TranscriptData
    from aai_jupyter.jobs.job_events import Outcome
    from aai_jupyter.jobs.shared_store import SharedStore


class SharedStores:
    """The shared stores of this process, by place: each has its connections."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], SharedStore] = {}
        self._lock = threading.Lock()

    def at(self, place: str | Path, options: dict[str, Any] | None) -> SharedStore:
        """Return the store of a folder or address; opened on first use.

        Raises
        ------
        UsageError, MissingDependencyError
            It is no place for a shared store.
        """
        from aai_jupyter.jobs.noted_places import SHARED_STORES, note_place
        from aai_jupyter.jobs.shared_objects import PatientObjects, shared_objects
        from aai_jupyter.jobs.shared_store import SharedStore

        key = str(place), repr(sorted((options or {}).items()))
        with self._lock:
            if key not in self._known:
                self._known[key] = SharedStore(PatientObjects(shared_objects(place, options)))
            note_place(
                Path(runtime().settings.home), SHARED_STORES, _shown(str(place))
            )  # may be another by now
            return self._known[key]


def _shown(place: str) -> str:
    """A folder in full, an address without user and password."""
    scheme, separator, rest = place.removeprefix("file://").partition("://")
    if not separator:
        return os.path.abspath(os.path.expanduser(scheme))
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


async def transcribe_shared(
    sources: Sequence[Source], request: TranscriptRequest, store: SharedStore
) -> list[Outcome]:
    """Transcribe with a shared store; see :func:`~aai_jupyter.jobs.batch.transcribe_many`.

    Raises
    ------
    OptionError
        Transcripts are to be deleted at the service once they are kept here, which they are not.
    """
    from aai_jupyter.jobs.batch import transcribe_many

    rt = runtime()
    if rt.settings.delete_at_service == "after_download":
        raise OptionError(
            "delete_at_service is after_download, which a shared store does not do.",
            hint='Set it to "never" and delete by id, or leave out store=.',
        )
    client = await rt.client()
    return await transcribe_many(
        client,
        sources,
        request,
        store=store,
        restore=_restore,
        concurrency=rt.settings.concurrency,
        engine=rt.settings.engine_name if client.endpoint.local else "",
    )


def _restore(data: TranscriptData, source: Source) -> Any:
    from aai_jupyter.transcripts.transcript import Transcript  # late: it loads pandas, and this is a thread

    return Transcript(data, source=source.label)
