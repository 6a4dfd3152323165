"""Those who hear a session's events: on the loop, in threads of their own, and as iterators."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator

from aai_jupyter.client.streaming.events import Event

__all__ = ["Listener", "Listeners"]

Listener = Callable[[Event | None], object]

_POLL = 0.1


class Listeners:
    """Callables that are called with each event, and with None at the end.

    Parameters
    ----------
    note : callable
        Told of a listener's fault, which must not end the session.
    """

    def __init__(self, note: Callable[[str], object]) -> None:
        self._note = note
        self._all: list[Listener] = []
        self._held: dict[int, object] = {}
        self._over = False
        self._lock = threading.Lock()

    def add(self, listener: Listener, *, thread: bool = False, holds: object = None) -> Callable[[], None]:
        """Call it from now on, and keep `holds` alive for it until the end; returns what stops that."""
        called = _Threaded(lambda event: self.tell(listener, event)) if thread else listener
        with self._lock:
            self._all.append(called)
            if self._over:
                called(None)
            elif holds is not None:
                self._held[id(called)] = holds

        def forget() -> None:
            with self._lock, contextlib.suppress(ValueError):
                self._all.remove(called)
                self._held.pop(id(called), None)

        return forget

    def tell(self, listener: Listener, event: Event | None) -> None:
        """Call one."""
        try:
            listener(event)
        except Exception as error:  # noqa: BLE001 - one listener's fault must not end the session
            self._note(f"A listener failed: {type(error).__name__}: {error}")

    def tell_all(self, event: Event) -> None:
        for listener in tuple(self._all):
            self.tell(listener, event)

    def close(self) -> tuple[Listener, ...]:
        """There will be no event any more; those who have to be told so."""
        with self._lock:
            self._over = True
            self._held.clear()
            return tuple(self._all)

    def events(self) -> Iterator[Event]:
        """Events from now on, in the calling thread."""
        events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        forget = self.add(events.put)
        try:
            while True:
                try:
                    event = events.get(timeout=_POLL)  # short, so that Interrupt gets through
                except queue.Empty:
                    continue
                if event is None:
                    return
                yield event
        finally:
            forget()

    async def events_async(self) -> AsyncIterator[Event]:
        """Events from now on, on the caller's loop."""
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[Event | None] = asyncio.Queue()

        def put(event: Event | None) -> None:
            with contextlib.suppress(RuntimeError):  # the caller's loop is closed: nobody reads any more
                loop.call_soon_threadsafe(events.put_nowait, event)

        forget = self.add(put)
        try:
            while (event := await events.get()) is not None:
                yield event
        finally:
            forget()


class _Threaded:
    """Calls a listener in a thread of its own, in order."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        threading.Thread(target=self._serve, name="aai_jupyter-listener", daemon=True).start()

    def __call__(self, event: Event | None) -> None:
        self._events.put(event)

    def _serve(self) -> None:
        while True:
            event = self._events.get()
            self._listener(event)
            if event is None:
                return
