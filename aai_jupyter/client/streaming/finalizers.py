"""Ends sessions that nobody holds any more, also when the interpreter exits: an open one is billed."""

from __future__ import annotations

import atexit
import contextlib
import functools
import threading

from aai_jupyter.client.streaming.core import Core

EXIT_SECONDS = 3.0


def abandon(core: Core) -> None:
    """End a session that nobody holds any more, from whatever thread finds out."""
    if core.ended.is_set() or core.loop.is_closed():
        return
    done = threading.Event()

    def end() -> None:
        core.listeners.append(lambda event: done.set() if event is None else None)
        core.abort()

    with contextlib.suppress(RuntimeError):  # the loop was closed just now
        core.loop.call_soon_threadsafe(end)
        if _EXITING.is_set() and core.loop.is_running():  # else the thread would be gone before it is done
            done.wait(EXIT_SECONDS)


_EXITING = threading.Event()


@functools.cache
def watch_exit() -> None:
    """Set a mark before any finalizer runs at exit; registered after theirs, so called before."""
    atexit.register(_EXITING.set)
