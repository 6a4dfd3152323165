"""Answers that take long, as a stream of events.

Each is ``{"progress": 0.4}``, the last one the answer or ``{"error": text}``.
Nothing is kept; whoever closes the connection stops the work.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
from starlette.responses import StreamingResponse

from aai_jupyter.local.errors import defect
from aai_jupyter.local.models.failures import Cancelled, JobFailed

log = logging.getLogger(__name__)

_QUIET_SECONDS = 5.0
"""An event at least this often tells both sides that the other is there."""

Work = Callable[[Callable[[float], None]], dict[str, Any]]
"""Called with a function that is told the share done; returns the answer."""


def streamed(name: str, work: Work) -> StreamingResponse:
    """Return a response that runs the work in a thread, and tells its progress and its answer.

    Parameters
    ----------
    name : str
        What the work is called in the log.
    """
    return StreamingResponse(_events(name, work), media_type="text/event-stream")


async def _events(name: str, work: Work) -> AsyncIterator[bytes]:
    stopped = threading.Event()
    share = 0.0

    def on_progress(done: float) -> None:
        nonlocal share
        share = float(done)  # of numpy, which JSON does not know
        if stopped.is_set():
            raise Cancelled("Nobody waits for it any more.")

    running = asyncio.ensure_future(asyncio.to_thread(work, on_progress))
    told = -1.0
    quiet = 0.0
    try:
        while not running.done():
            await asyncio.wait([running], timeout=0.2)
            quiet += 0.2
            if share - told >= 0.01 or quiet >= _QUIET_SECONDS:
                told, quiet = share, 0.0
                yield _event({"progress": round(share, 3)})
        try:
            answer = running.result()
        except JobFailed as error:
            answer = {"error": error.message}
        except Exception as error:  # the boundary: a fault ends one answer, is logged whole, and is told
            log.exception(name)
            answer = {"error": defect(error)}
        yield _event(answer)
    finally:
        stopped.set()
        running.add_done_callback(_seen)


def _seen(work: asyncio.Future[Any]) -> None:
    if not work.cancelled():
        work.exception()  # nobody waits for it: asyncio would complain


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"
