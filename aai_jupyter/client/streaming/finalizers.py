"""Finalizers of sessions that nobody holds any more, also at exit and on a signal: an open one is billed."""

from __future__ import annotations

import atexit
import contextlib
import functools
import signal
import threading
import weakref
from types import FrameType
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


_LIVE: weakref.WeakSet[StreamingSession] = weakref.WeakSet()
"""Sessions that were started in this process, for the handler of signals, which is given nothing else."""


def watch_signals(session: StreamingSession | None = None) -> None:
    """Make SIGTERM and SIGHUP an exit like any other while a session is open, so that it is ended.

    Only where nobody handles them, and only from the main thread, which alone may say so. Without an open
    session they do what they did before.
    """
    if session is not None:
        _LIVE.add(session)
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _exit)


def _exit(number: int, frame: FrameType | None) -> None:
    try:
        live = any(not session.ended.is_set() for session in _LIVE)
    except RuntimeError:  # the set grew on another thread: one begins just now
        live = True
    if live:
        raise SystemExit(128 + number)
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
