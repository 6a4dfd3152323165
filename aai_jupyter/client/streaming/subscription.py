"""Events of a session for one reader who may be slow."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from aai_jupyter.client.streaming.events import Event, Turn

_QUEUE = 4096


class Subscription:
    """Events of a session for one reader, in order; the reader may be slow.

    Of a turn that is still spoken only the newest state waits. Beyond 4096 events the oldest are dropped:
    the session's turns hold what they said.
    """

    def __init__(self) -> None:
        self._events: deque[Event | None] = deque(maxlen=_QUEUE)
        self._some = asyncio.Event()

    def put(self, event: Event | None) -> None:
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
