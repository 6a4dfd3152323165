"""Subscribers of a session's events: callbacks on the loop or in threads, and iterators."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator

from aai_jupyter.client.streaming.events import Event, Turn

__all__ = ["Listener", "Subscribers", "Subscription"]

Listener = Callable[[Event | None], object]
"""A callback: gets each event, and None at the end."""

_POLL = 0.1
_QUEUE = 4096


class Subscribers:
    """Callbacks that get each event, and None at the end.

    Parameters
    ----------
    note : callable
        Gets the text of a callback's fault, which must not end the session; within its ``except`` clause.
    """

    def __init__(self, note: Callable[[str], object]) -> None:
        self._note = note
        self._all: list[Listener] = []
        self._held: dict[int, object] = {}
        self._over = False
        self._lock = threading.Lock()

    def add(self, listener: Listener, *, thread: bool = False, holds: object = None) -> Callable[[], None]:
        """Subscribe a callback from now on; returns what unsubscribes it.

        Parameters
        ----------
        thread : bool
            Call it in a thread of its own, in order.
        holds : object, optional
            Kept alive until the end, or until it is unsubscribed.
        """
        called = _InThread(lambda event: self._call(listener, event)) if thread else listener
        with self._lock:
            self._all.append(called)
            over = self._over
            if holds is not None and not over:
                self._held[id(called)] = holds
        if over:
            self._call(called, None)

        def forget() -> None:
            with self._lock, contextlib.suppress(ValueError):
                self._all.remove(called)
                self._held.pop(id(called), None)

        return forget

    def emit(self, event: Event) -> None:
        """Call all with an event."""
        for listener in tuple(self._all):
            self._call(listener, event)

    def end(self) -> None:
        """Call all with None; those that come later get it at once."""
        with self._lock:
            self._over = True
            self._held.clear()
            listeners = tuple(self._all)
        for listener in listeners:
            self._call(listener, None)

    def _call(self, listener: Listener, event: Event | None) -> None:
        try:
            listener(event)
        except Exception as error:  # noqa: BLE001 - one callback's fault must not end the session
            self._note(f"A listener failed: {type(error).__name__}: {error}")

    def events(self) -> Iterator[Event]:
        """Iterate over events from now on, in the calling thread."""
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
        """Iterate over events from now on, on the caller's loop."""
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


class _InThread:
    """Calls a callback in a thread of its own, in order."""

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


class Subscription:
    """Bounded queue of events for one reader on the session's loop, who may be slow.

    Of a turn that is still spoken only the newest state waits. Beyond 4096 events the oldest are dropped:
    the session's turns hold what they said.
    """

    def __init__(self) -> None:
        self._events: deque[Event | None] = deque(maxlen=_QUEUE)
        self._some = asyncio.Event()

    def put(self, event: Event | None) -> None:
        """Add an event; None is the end."""
        last = self._events[-1] if self._events else None
        if (
            isinstance(event, Turn)
            and isinstance(last, Turn)
            and not last.end_of_turn
            and (last.turn_order, last.channel) == (event.turn_order, event.channel)
        ):
            self._events[-1] = event
        else:
            self._events.append(event)
        self._some.set()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        while not self._events:
            self._some.clear()
            await self._some.wait()
        event = self._events[0]
        if event is None:  # stays, so that every later call ends too
            raise StopAsyncIteration
        self._events.popleft()
        return event
