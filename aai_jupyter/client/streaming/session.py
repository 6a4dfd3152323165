"""One real-time session, as its user holds it."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any

from aai_jupyter.client.streaming.core import Core
from aai_jupyter.client.streaming.events import Begin, Event, Reconnected
from aai_jupyter.client.streaming.finalizers import EXIT_SECONDS, abandon, watch_exit
from aai_jupyter.client.streaming.paced_source import feed
from aai_jupyter.client.streaming.pcm_source import PcmSource
from aai_jupyter.client.streaming.policy import Listener, State
from aai_jupyter.client.streaming.streaming_request import check_update
from aai_jupyter.client.streaming.subscription import Subscription
from aai_jupyter.client.streaming.turn_log import TurnLog


class StreamingSession:
    """One real-time session; made by :meth:`Streaming.connect`.

    Sound is 16-bit PCM, one channel, of ``sample_rate``, in pieces of any size. It may be given before the
    session has begun. When the connection breaks, a new one goes on: times count on, and nothing finished
    is lost or repeated.

    Leaving the ``async with`` block sends the rest and waits for the last words; an exception, or letting
    go of the session, ends it at once. In every case the service is told, as an open session is billed.

    Attributes
    ----------
    turns : TurnLog
        What was said so far.
    warnings : list of str
    reconnections : list of Reconnected
    """

    def __init__(self, make: Callable[[], Core], source: PcmSource | None, speed: float) -> None:
        self._make, self._source, self._speed = make, source, speed
        self._core_: Core | None = None
        self._events: Subscription | None = None
        self._feeder: asyncio.Task[None] | None = None

    # Life -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to connect, without waiting. Must run on the event loop."""
        if self._core_ is not None:
            return
        core = self._core_ = self._make()
        self._events = Subscription()
        core.listeners.append(self._events.put)
        core.start()
        # At exit too: the newest finalizers run first, so the loop's thread is still there.
        self._finalizer = weakref.finalize(self, abandon, core)
        watch_exit()
        if self._source is not None:
            self._feeder = core.loop.create_task(feed([core], self._source, self._speed))

    async def __aenter__(self) -> StreamingSession:
        self.start()
        try:
            await self.core.begun.wait()
        except BaseException:
            await self.abort()
            raise
        if self.core.error is not None:
            raise self.core.error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            await self.finish()
        else:
            await self.abort()

    async def finish(self) -> None:
        """Send what is waiting, end the session and wait for its last words.

        Raises
        ------
        StreamingError
            What ended the session, if it was no clean end.
        """
        core = self.core
        if self._feeder is not None and not self._feeder.done() and core.accepting:
            self._feeder.cancel()
        core.finish()
        try:
            await core.wait()
        except BaseException:
            await self.abort()
            raise
        await self._end_feeding()
        if core.error is not None:
            raise core.error

    async def abort(self) -> None:
        """End the session now. Sound that waits is left out."""
        if self._core_ is None:
            return
        if self._feeder is not None:
            self._feeder.cancel()
        self._core_.abort()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EXIT_SECONDS):
                await self._core_.wait()

    async def _end_feeding(self) -> None:
        if self._feeder is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._feeder

    # Sound ------------------------------------------------------------------------------------------------

    async def send(self, pcm: bytes) -> None:
        """Give sound; waits while much of it waits already. After the end nothing happens."""
        await self.core.send(pcm)

    def push(self, pcm: bytes) -> float:
        """Give sound that cannot wait (a microphone). On the event loop only.

        Returns
        -------
        float
            Seconds of older sound that had to be given up, because too much was waiting.
        """
        return self.core.push(pcm) / self.core.rate

    # Messages ---------------------------------------------------------------------------------------------

    def update(self, **options: Any) -> None:
        """Change options that may change while the session runs (``UpdateConfiguration``).

        An empty ``prompt``, ``agent_context``, ``keyterms_prompt`` or ``language_codes`` clears it. Not
        acknowledged by the service; a new connection keeps the changes.

        Raises
        ------
        OptionError
        """
        self.core.update(check_update(options))

    def force_endpoint(self) -> None:
        """End the current turn now."""
        self.core.control({"type": "ForceEndpoint"})

    def keep_alive(self) -> None:
        """Start the service's ``inactivity_timeout`` anew."""
        self.core.control({"type": "KeepAlive"})

    def pause(self, *, release: bool = False) -> None:
        """Send no sound until `resume`; what is given meanwhile is left out.

        Parameters
        ----------
        release : bool
            End the service's session meanwhile, so that nothing is billed; `resume` opens a new one, which
            takes about a second. Otherwise it stays open, and is billed.
        """
        self.core.pause(release=release)

    def resume(self) -> None:
        """Go on after `pause`."""
        self.core.resume()

    # Listening --------------------------------------------------------------------------------------------

    def __aiter__(self) -> AsyncIterator[Event]:
        return self._iterate()

    async def _iterate(self) -> AsyncIterator[Event]:
        core, events = self.core, self._events
        assert events is not None
        async for event in events:
            yield event
        if core.error is not None:
            raise core.error

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every event, on the event loop, and with None at the end.

        Returns what stops that.
        """
        self.core.listeners.append(listener)
        return lambda: self.core.listeners.remove(listener)

    # State ------------------------------------------------------------------------------------------------

    @property
    def core(self) -> Core:
        """What does the work; for those who feed several sessions."""
        if self._core_ is None:
            raise RuntimeError("The session has not been started: use `async with`.")
        return self._core_

    @property
    def state(self) -> State:
        return self.core.state

    @property
    def begin(self) -> Begin | None:
        """The service's first message, of the newest connection."""
        return self.core.begin

    @property
    def id(self) -> str | None:
        """The session's id; of the first connection when there were several (see `ids`)."""
        return self.core.ids[0] if self.core.ids else None

    @property
    def ids(self) -> list[str]:
        return list(self.core.ids)

    @property
    def turns(self) -> TurnLog:
        return self.core.turns

    @property
    def warnings(self) -> list[str]:
        return list(self.core.warnings)

    @property
    def reconnections(self) -> list[Reconnected]:
        return list(self.core.reconnections)

    @property
    def error(self) -> BaseException | None:
        return self.core.error

    @property
    def sample_rate(self) -> int:
        return self.core.rate

    @property
    def seconds_sent(self) -> float:
        """Sound given so far, in seconds."""
        return self.core.buffer.position / self.core.rate

    @property
    def seconds_lost(self) -> float:
        """Sound given up because too much was waiting, in seconds."""
        return self.core.buffer.dropped / self.core.rate

    @property
    def seconds_billed(self) -> float:
        """Open time so far; exact after the end, as the service tells it."""
        return self.core.billed

    @property
    def price_per_hour(self) -> float:
        """Estimated USD for an hour of the open session."""
        return self.core.price

    @property
    def estimate(self) -> float:
        """Estimated USD so far."""
        return self.core.billed * self.core.price / 3600

    async def wait(self) -> None:
        """Until the session has ended, however it ends."""
        await self.core.wait()
