"""What one Python process keeps between cells: the loop, the store, the engine, one client per endpoint."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from aai_jupyter.bridge import Bridge
from aai_jupyter.endpoint import LOCAL_ACCOUNT, Endpoint
from aai_jupyter.jobs.engine import engine_model, ensure_engine, stop_engine
from aai_jupyter.jobs.store import Store
from aai_jupyter.settings import Settings
from aai_jupyter.settings import settings as the_settings

if TYPE_CHECKING:
    from aai_jupyter.client import Client
    from aai_jupyter.client.gateway.limits import LimitState
    from aai_jupyter.client.options.request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source
    from aai_jupyter.errors import AaiError
    from aai_jupyter.jobs.events import OnEvent, Outcome
    from aai_jupyter.jobs.runner import Found
    from aai_jupyter.live.stream import LiveStream
    from aai_jupyter.widgets.player import Player

log = logging.getLogger("aai_jupyter")


class Runtime:
    """The long-lived things of one process; made when first needed.

    Attributes
    ----------
    announce : callable, optional
        Shows one line of text to the person: the local engine is used, the store was damaged. The notebook
        sets it; elsewhere the first is logged as information and the second as a warning.
    progress : callable, optional
        Makes the progress display of a call that brings none: called without arguments, gives a callable for
        :class:`~aai_jupyter.jobs.events.JobEvent`. If that has a method ``draw``, it is called about
        ten times a second in the calling thread, and with ``last=True`` at the end.

    Examples
    --------
    >>> rt = Runtime(Settings(environ={}, start=Path("/nowhere")))
    >>> rt.bridge.run(asyncio.sleep(0, "done"))
    'done'
    >>> rt.close()
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.bridge = Bridge()
        self.announce: Callable[[str], None] | None = None
        self.progress: Callable[[], Any] | None = None
        self.streams: WeakSet[LiveStream] = WeakSet()
        """Live sessions that cells have begun."""
        self._store: Store | None = None
        # Kept when key or host change: somebody may be awaiting a job of the one before.
        self._clients: dict[Endpoint, Client] = {}
        self._announced: set[str] = set()
        # Players that displayed transcripts made, by cell: the run that made them, and they.
        self.displayed: dict[str, tuple[str, list[Player]]] = {}
        self._pid = os.getpid()

    @property
    def store(self) -> Store:
        """Finished transcripts and the journal, in the folder that the settings name now."""
        if self._store is None or self._store.home != Path(self.settings.home):
            self._store = Store(self.settings.home, self._warn)
            self._store.prune()
        return self._store

    def endpoint(self) -> Endpoint:
        """Where requests go: the service when there is a key, else the local engine, started if needed.

        Blocks while the engine starts; in a coroutine use :meth:`client`.

        Raises
        ------
        EngineError
            There is no key, and the engine is not installed or does not start.
        """
        return self._service() or ensure_engine(self.settings, self._inform)

    async def known(
        self, sources: Sequence[Source], request: TranscriptRequest, on_event: OnEvent | None = None
    ) -> list[Outcome] | None:
        """What the store has, when it has all, so that a notebook run again need not start the engine.

        None when something is missing, or when there is no engine to start: then `transcribe` looks it up.
        """
        if self._service() or engine_model():
            return None
        from aai_jupyter.jobs.known import all_known

        return await all_known(
            sources,
            request,
            store=self.store,
            account=LOCAL_ACCOUNT,
            engine=self._engine_name(),
            on_event=on_event,
        )

    def _service(self) -> Endpoint | None:
        return None if self.settings.local else self.settings.service_endpoint()

    def _engine_name(self) -> str:
        """The engine's model in cache keys: known before it runs."""
        return str(self.settings.local_model)

    def _inform(self, line: str) -> None:
        if line not in self._announced:  # an engine that had to be started again is no news
            self._announced.add(line)
            (self.announce or log.info)(line)

    def _warn(self, line: str) -> None:
        (self.announce or log.warning)(line)

    async def client(self) -> Client:
        """The client of the current endpoint; one connection pool serves all cells. Only on our loop."""
        from aai_jupyter.client import Client

        endpoint = await asyncio.to_thread(self.endpoint)
        if self._pid != os.getpid():  # forked: the connections are the parent's
            self._clients, self._pid = {}, os.getpid()
        if endpoint not in self._clients:
            self._clients[endpoint] = Client(endpoint)
        return self._clients[endpoint]

    def rate_limits(self) -> list[LimitState]:
        """What is known about the LLM Gateway's limits, of every client of this session."""
        gateways = [client.gateway for client in self._clients.values() if "gateway" in vars(client)]
        return [state for gateway in gateways for state in gateway.limits.state()]

    async def transcribe(
        self,
        sources: Sequence[Source],
        request: TranscriptRequest,
        *,
        use_cache: bool = True,
        on_event: OnEvent | None = None,
    ) -> list[Outcome]:
        """Transcribe checked sources with a checked request; see :func:`~.jobs.runner.transcribe_many`."""
        from aai_jupyter.jobs.runner import transcribe_many

        client = await self.client()
        return await transcribe_many(client, sources, request, **self._common(client, use_cache, on_event))

    async def submit(
        self,
        sources: Sequence[Source],
        request: TranscriptRequest,
        *,
        use_cache: bool = True,
        on_event: OnEvent | None = None,
    ) -> list[Found | AaiError]:
        """Submit and do not wait; see :func:`~.jobs.runner.submit_many`."""
        from aai_jupyter.jobs.runner import submit_many

        client = await self.client()
        return await submit_many(client, sources, request, **self._common(client, use_cache, on_event))

    def _common(self, client: Client, use_cache: bool, on_event: OnEvent | None) -> dict[str, Any]:
        return {
            "store": self.store,
            "on_event": on_event,
            "use_cache": use_cache,
            "concurrency": self.settings.concurrency,
            "engine": self._engine_name() if client.endpoint.local else "",
        }

    def close(self) -> None:
        """Stop the loop and the engine, close the store. The next call starts what it needs again."""
        if self._pid == os.getpid() and self.bridge.running:
            for client in self._clients.values():
                self.bridge.run(client.aclose())
        self._clients = {}
        self.bridge.stop()
        stop_engine()
        if self._store is not None:
            self._store.close()
            self._store = None
        self._announced.clear()


_runtime = Runtime(the_settings)


def runtime() -> Runtime:
    """The one :class:`Runtime` of this process.

    Examples
    --------
    >>> runtime() is runtime()
    True
    """
    return _runtime
