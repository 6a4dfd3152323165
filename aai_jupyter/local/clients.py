"""Who uses this engine: each process of notebooks holds one connection open for as long as it lives.

However a kernel ends, the system closes its connection: no clock, process id or lock file is asked.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse

from aai_jupyter.local.errors import ApiError

FIRST_SECONDS = 30.0
"""So long an engine waits for its first client, at least."""


class Clients:
    """The open connections; thread-safe.

    Examples
    --------
    >>> clients = Clients(linger=600, now=0.0)
    >>> clients.enter()
    >>> clients.leave(now=100.0)
    >>> clients.end_if_left(now=699.0), clients.end_if_left(now=700.0)
    (False, True)
    """

    def __init__(self, linger: float, now: float | None = None) -> None:
        self._linger = linger
        self._lock = threading.Lock()
        self._count = 0
        self._ends = False
        self._until = (time.monotonic() if now is None else now) + max(linger, FIRST_SECONDS)

    def enter(self) -> None:
        """Count one more.

        Raises
        ------
        ApiError
            The engine is ending: another has to be started.
        """
        with self._lock:
            if self._ends:
                raise ApiError(503, "The engine is ending")
            self._count += 1

    def leave(self, now: float | None = None) -> None:
        with self._lock:
            self._count -= 1
            self._until = (time.monotonic() if now is None else now) + self._linger

    @property
    def waits_for_jobs(self) -> bool:
        """Whether jobs are finished before the engine ends."""
        return self._linger > 0

    def end_if_left(self, now: float | None = None) -> bool:
        """Whether the time after the last client is over; from then on nobody may enter."""
        with self._lock:
            self._ends = self._ends or (
                not self._count and (time.monotonic() if now is None else now) >= self._until
            )
            return self._ends

    def stay(self) -> StreamingResponse:
        """Return the response that is open for as long as its client is there."""
        self.enter()

        async def open_end() -> AsyncIterator[bytes]:
            try:
                yield b"\n"
                await asyncio.Event().wait()
            finally:
                self.leave()

        return StreamingResponse(open_end(), media_type="text/plain")
