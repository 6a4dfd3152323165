"""State of one Python process: the loop, the store, the engine, one client per endpoint.

``%load_ext`` imports this module: what only a call needs is imported by that call.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from aai_jupyter.runtime.bridge import Bridge
from aai_jupyter.settings.configuration import Settings
from aai_jupyter.settings.configuration import settings as the_settings
from aai_jupyter.settings.endpoint import Endpoint

if TYPE_CHECKING:
    from aai_jupyter.client import Client
    from aai_jupyter.client.gateway.rate_limits import LimitState
    from aai_jupyter.jobs.store import Store

T = TypeVar("T")

log = logging.getLogger("aai_jupyter")


class Runtime:
    """The long-lived objects of one process; created on first use.

    Attributes
    ----------
    announce : callable, optional
        Shows one line of text to the person: the local engine is used, the store was damaged. The notebook
        sets it; elsewhere the first is logged as information and the second as a warning.
    progress : callable, optional
        Makes the progress display of a call that brings none: called with the number of recordings, gives a
        callable for :class:`~aai_jupyter.jobs.job_events.JobEvent`. If that has a method ``draw``, it is
        called about ten times a second in the calling thread, and with ``last=True`` at the end.
    captions : callable, optional
        Makes the display of a recording that a call streams: gets the session, gives an object to ``draw``.

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
        self.progress: Callable[[int], Any] | None = None
        self.captions: Callable[[Any], Any] | None = None
        self._store: Store | None = None
        # Kept when key or host change: somebody may be awaiting a job of the one before.
        self._clients: dict[Endpoint, Client] = {}
        self._announced: set[str] = set()
        self._parts: dict[type, Any] = {}
        self._pid = os.getpid()
        self._resumed: asyncio.Future[Any] | None = None

    @property
    def store(self) -> Store:
        """Store of transcripts and the journal, in the folder that the settings name now."""
        if self._store is None or self._store.home != Path(self.settings.home):
            from aai_jupyter.jobs.erasure import expire, resume
            from aai_jupyter.jobs.store import Store

            self._store = Store(self.settings.home, self._warn)
            self._store.prune()
            resume(self._store)  # an erasure that was killed
            if self.settings.cache_limit:
                from aai_jupyter.jobs.cache_size import prune_cache, size_of

                prune_cache(Path(self.settings.home), limit=size_of(str(self.settings.cache_limit)))
            if self.settings.keep_days:
                expire(self._store, self.settings.keep_days, self._warn)
        return self._store

    def endpoint(self) -> Endpoint:
        """Return the endpoint: the service when there is a key, else the local engine, started if needed.

        Blocks while the engine starts; in a coroutine use :meth:`client`.

        Raises
        ------
        EngineError
            There is no key, and the engine is not installed or does not start.
        """
        if (service := self.settings.endpoint()) is not None:
            return service
        from aai_jupyter.jobs.engine import ensure_engine

        return ensure_engine(self.settings, self._inform)

    def run(self, coro: Coroutine[Any, Any, T], tick: Callable[[], None] | None = None) -> T:
        """Run a coroutine that sends requests, and wait for its result.

        The engine is started in the calling thread, if it is needed: so a first start announces itself in the
        calling cell. Parameters as in :meth:`Bridge.run`.
        """
        try:
            self.endpoint()
        except BaseException:
            coro.close()
            raise
        return self.bridge.run(coro, tick=tick)

    def _inform(self, line: str) -> None:
        if line not in self._announced:  # an engine that had to be started again is no news
            self._announced.add(line)
            (self.announce or log.info)(line)

    def _warn(self, line: str) -> None:
        (self.announce or log.warning)(line)

    async def client(self) -> Client:
        """Return the client of the current endpoint; all cells share its connections. Only on our loop."""
        return self.client_of(await asyncio.to_thread(self.endpoint))

    def client_of(self, endpoint: Endpoint) -> Client:
        """Return the client of an endpoint. Only on our loop."""
        from aai_jupyter.client import Client
        from aai_jupyter.jobs.erasure_intent import pending

        if self._pid != os.getpid():  # forked: the connections are the parent's
            self._clients, self._pid = {}, os.getpid()
        if endpoint not in self._clients:
            self._clients[endpoint] = client = Client(endpoint)
            begun = [
                one
                for one in pending(Path(self.settings.home))
                if endpoint.account in one.intent.at_service.values()
            ]
            if begun:  # an erasure that did not reach it
                from aai_jupyter.jobs.service_deletion import delete_there

                self._resumed = asyncio.ensure_future(delete_there(begun, client))
        return self._clients[endpoint]

    def part(self, kind: type[T]) -> T:
        """Return the one object of a class that higher layers keep in this process; created on first use.

        Examples
        --------
        >>> runtime().part(dict) is runtime().part(dict)
        True
        """
        if kind not in self._parts:
            self._parts[kind] = kind()
        found: T = self._parts[kind]
        return found

    def rate_limits(self) -> list[LimitState]:
        """Rate limits of the LLM Gateway, as far as known by every client of this session."""
        gateways = [client.gateway for client in self._clients.values() if "gateway" in vars(client)]
        return [state for gateway in gateways for state in gateway.limits.state()]

    def close(self) -> None:
        """Stop the loop and the engine, close the store. The next call starts what it needs again."""
        if self._pid == os.getpid() and self.bridge.running:
            for part in self._parts.values():
                if (wait := getattr(part, "before_close", None)) is not None:
                    wait()
            for client in self._clients.values():
                self.bridge.run(client.aclose())
        from aai_jupyter.jobs.engine import stop_engine

        self._clients = {}
        self.bridge.stop()
        stop_engine()
        if self._store is not None:
            self._store.close()
            self._store = None
        self._announced.clear()


_runtime = Runtime(the_settings)


def runtime() -> Runtime:
    """Return the one :class:`Runtime` of this process.

    Examples
    --------
    >>> runtime() is runtime()
    True
    """
    return _runtime
