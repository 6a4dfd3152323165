"""HTTP connections of the engine: those that send no whole request head are closed, the oldest first.

Any user of the machine can connect. Half a request costs its sender nothing and a place here: without a limit
they use up the file descriptors of the process, and the owner gets no answer.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0
"""Time for the head of a request: a client of this machine sends it at once."""
MAX_WAITING = 100
"""Connections without a whole head at once; the oldest is closed for a new one."""
_LINES_A_MINUTE = 20


class EngineHttpProtocol(HttpToolsProtocol):
    """Closes connections whose request head does not come."""

    waiting: dict[EngineHttpProtocol, asyncio.TimerHandle] = {}  # noqa: RUF012 (of the process's one server)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """Begin to wait for the head of the next request on the same connection."""
        super().on_message_begin()
        if self not in self.waiting:
            self._wait()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._arrived()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side has gone."""
        self._arrived()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if len(self.waiting) >= MAX_WAITING:
            next(iter(self.waiting))._give_up()
        loop = asyncio.get_running_loop()
        self.waiting[self] = loop.call_later(HEAD_SECONDS, self._give_up)

    def _arrived(self) -> None:
        if (timer := self.waiting.pop(self, None)) is not None:
            timer.cancel()

    def _give_up(self) -> None:
        self._arrived()
        if not self.transport.is_closing():
            self.transport.abort()


class FewLines(logging.Filter):
    """Lets some lines a minute pass: a fault that comes with every connection must not fill the disk."""

    def __init__(self) -> None:
        super().__init__()
        self._since, self._lines = time.monotonic(), 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line is written."""
        if time.monotonic() - self._since > 60:
            self._since, self._lines = time.monotonic(), 0
        self._lines += 1
        return self._lines <= _LINES_A_MINUTE


def config_options() -> dict[str, Any]:
    """Options of :class:`uvicorn.Config` for the engine."""
    return {"http": EngineHttpProtocol, "log_level": "warning", "access_log": False, "server_header": False}
