"""Finalizers of sessions that nobody holds any more, also at exit: an open one is billed."""

from __future__ import annotations

import atexit
import contextlib
import functools
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aai_jupyter.client.streaming.session import StreamingSession

EXIT_SECONDS = 3.0


def abandon(session: StreamingSession) -> None:
    """End a session that nobody holds any more, from whatever thread finds out."""
    if session.ended.is_set() or session.loop.is_closed():
        return
    done = threading.Event()

    def end() -> None:
        session.listen(lambda event: done.set() if event is None else None)
        session.end(hasty=True)

    with contextlib.suppress(RuntimeError):  # the loop was closed just now
        session.loop.call_soon_threadsafe(end)
        if _EXITING.is_set() and session.loop.is_running():  # else the thread would be gone before it is done
            done.wait(EXIT_SECONDS)


_EXITING = threading.Event()


@functools.cache
def watch_exit() -> None:
    """Mark the exit before any finalizer runs; registered after theirs, so called before."""
    atexit.register(_EXITING.set)
