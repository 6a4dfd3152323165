"""What a batch reads of its recordings before it sends them: what they are, their lengths, their price."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aai_jupyter.jobs.cache_keys import audio_key, former_names, keys_of
from aai_jupyter.jobs.charges import charge_of
from aai_jupyter.jobs.job_transactions import Wanted
from aai_jupyter.jobs.submission import in_thread

if TYPE_CHECKING:
    from aai_jupyter.client.options.transcript_request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source


class BatchReader:
    """Reads recordings for one request and one account.

    Parameters
    ----------
    request : TranscriptRequest
    account, engine : str
        Parts of the cache key.
    only_own : bool
        Results and jobs from before this call do not count.
    lengths : bool
        Lengths are read also where that takes a request of its own.
    at_once : int
        Recordings that are read at a time.
    """

    def __init__(
        self,
        request: TranscriptRequest,
        account: str,
        engine: str,
        *,
        only_own: bool,
        lengths: bool,
        at_once: int,
    ) -> None:
        self._request, self._account, self._engine = request, account, engine
        self._identities = request.identities()
        self._only_own, self._lengths = only_own, lengths
        self._multichannel = bool(request.params.get("multichannel"))
        self._places = asyncio.Semaphore(at_once)

    async def wanted(self, source: Source) -> Wanted:
        """Read a recording, and return what is wanted of it.

        Raises
        ------
        SourceError
            It cannot be read.
        """
        async with self._places:
            audio, seconds, channels = await in_thread(self._read, source)
        wanted = Wanted(self.keys(audio, *former_names(source)), audio, source.label, only_own=self._only_own)
        wanted.charge = charge_of(self._request.params, seconds, channels=channels)
        return wanted

    def keys(self, *names: str) -> tuple[str, ...]:
        """Return the cache keys of a recording by its name, and those of before."""
        return keys_of(names, self._identities, self._account, self._engine)

    def _read(self, source: Source) -> tuple[str, float | None, int]:
        """Read all that is asked of a source in one visit to a thread; channels only if each is charged."""
        name = audio_key(source)
        if source.identity is not None and source.url is None and not self._lengths:
            return name, None, 1
        return name, source.seconds, source.channels if self._multichannel else 1
