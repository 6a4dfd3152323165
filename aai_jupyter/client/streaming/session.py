"""One real-time session: audio in, events and turns out, over as many connections as it takes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import weakref
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from aai_jupyter.client.http import Http
from aai_jupyter.client.options.catalog.streaming_vocabulary import Auth
from aai_jupyter.client.streaming.audio_buffer import AudioBuffer
from aai_jupyter.client.streaming.codec import make_encoder
from aai_jupyter.client.streaming.events import Begin, Event, Reconnected, Warning
from aai_jupyter.client.streaming.finalizers import EXIT_SECONDS, abandon, watch_exit, watch_signals
from aai_jupyter.client.streaming.paced_source import feed
from aai_jupyter.client.streaming.pcm_source import PcmSource
from aai_jupyter.client.streaming.policy import LOCAL_POLICY, MAX_MINUTES, State, StreamingPolicy
from aai_jupyter.client.streaming.reconnect_loop import ReconnectLoop
from aai_jupyter.client.streaming.resequencing import MARGIN_MS, Resequencer
from aai_jupyter.client.streaming.streaming_request import StreamingRequest, check_update, streaming_price
from aai_jupyter.client.streaming.subscribers import Listener, Subscribers, Subscription
from aai_jupyter.client.streaming.websocket import Connection

log = logging.getLogger("aai_jupyter")


class StreamingSession:
    """One real-time session; made by :meth:`Streaming.connect`.

    Audio is 16-bit PCM, one channel, of ``sample_rate``, in chunks of any size. It may be given before the
    session has begun. When the connection breaks, a new one goes on: times count on, and nothing finished
    is lost or repeated.

    Leaving the ``async with`` block sends the rest and waits for the last words; an exception, or letting
    go of the session, ends it at once. In every case the service is told, as an open session is billed.

    Everything but the figures is for the event loop that it was started on.

    Attributes
    ----------
    state : str
        ``connecting``, ``open``, ``paused``, ``reconnecting``, ``ending`` or ``ended``.
    begin : Begin or None
        The service's first message, of the newest connection.
    ids : list of str
        The service's id of each connection.
    turns : TurnLog
        What was said so far.
    warnings : list of str
    reconnections : list of Reconnected
    error : BaseException or None
        What ended the session, if it was no clean end.
    sample_rate : int
    request : StreamingRequest
        The options in force now.
    buffer : AudioBuffer
        Audio on its way.
    """

    def __init__(
        self,
        http: Http,
        request: StreamingRequest,
        *,
        auth: Auth = "header",
        token: str | None = None,
        policy: StreamingPolicy | None = None,
        max_seconds: float = 60 * MAX_MINUTES,
        source: PcmSource | None = None,
        speed: float = 1.0,
    ) -> None:
        self.http, self.request, self.auth, self.token = http, request, auth, token
        self.policy = policy or (LOCAL_POLICY if http.endpoint.local else StreamingPolicy())
        self.max_seconds = max_seconds
        self._source, self._speed = source, speed
        self.sample_rate = int(request.params["sample_rate"])
        self.buffer = AudioBuffer(self.sample_rate, self.policy.buffer)
        self.resequencer = Resequencer(self.sample_rate)
        self.turns = self.resequencer.turns
        self.state: State = "connecting"
        self.begin: Begin | None = None
        self.error: BaseException | None = None
        self.ids: list[str] = []
        self.warnings: list[str] = list(request.warnings)
        self.reconnections: list[Reconnected] = []
        # Not a method of ours: what the tasks refer to must not refer to `self`, see `_for_tasks`.
        self._subscribers, self._events = Subscribers(partial(_note_fault, self.warnings)), Subscription()
        self._task: asyncio.Task[None] | None = None
        self._feeder: asyncio.Task[None] | None = None
        # What the loops of the connections use, beside the above.
        self.controls: list[dict[str, Any]] = []
        self.wake, self.has_room = asyncio.Event(), asyncio.Event()
        self.begun, self.ended = asyncio.Event(), asyncio.Event()
        self.hasty = self._released = False
        self.connection: Connection | None = None
        self._billed = 0.0  # by connections that are closed

    # Life -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to connect, without waiting. Must run on the event loop."""
        if self._task is not None:
            return
        make_encoder(str(self.request.params["encoding"]), self.sample_rate)  # raises what it cannot encode
        self.loop = asyncio.get_running_loop()
        self._subscribers.add(self._events.put)
        run = self._for_tasks()
        self._task = self.loop.create_task(ReconnectLoop(run).run())
        # Not a `finally` in it: a task that is cancelled before its first step never comes there.
        self._task.add_done_callback(run._finished)
        # At exit too: the newest finalizers run first, so the loop's thread is still there.
        weakref.finalize(self, abandon, run)
        watch_exit()
        watch_signals(run)
        if self._source is not None:
            self._feeder = self.loop.create_task(feed([run], self._source, self._speed))

    def _for_tasks(self) -> StreamingSession:
        """Make a second object of the same session, with the same state.

        The loop keeps its tasks alive, and with them what they refer to. If they referred to the object that
        the user holds, a session that nobody holds any more could not be found out, and would be billed on.
        """
        twin = object.__new__(type(self))
        twin.__dict__ = self.__dict__
        return twin

    async def __aenter__(self) -> StreamingSession:
        self.start()
        try:
            await self.begun.wait()
        except BaseException:
            await self.abort()
            raise
        if self.error is not None:
            raise self.error
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await (self.finish() if kind is None else self.abort())

    async def finish(self) -> None:
        """Send what is waiting, end the session and wait for its last words.

        Raises
        ------
        StreamingError
            What ended the session, if it was no clean end.
        """
        self._check_started()
        if self._feeder is not None and not self._feeder.done() and self.accepting:
            self._feeder.cancel()
        self.end()
        try:
            await self.wait()
        except BaseException:
            await self.abort()
            raise
        if self._feeder is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._feeder
        if self.error is not None:
            raise self.error

    async def abort(self) -> None:
        """End the session now. Audio that waits is left out."""
        if self._task is None:
            return
        if self._feeder is not None:
            self._feeder.cancel()
        self.end(hasty=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EXIT_SECONDS):
                await self.wait()

    def end(self, *, hasty: bool = False) -> None:
        """Begin to end the session, without waiting: no more audio is taken.

        Parameters
        ----------
        hasty : bool
            Leave out audio that waits. The service is told in any case.
        """
        self.hasty = self.hasty or hasty
        if self.state == "paused":
            self.resume()
        self.buffer.close()
        self.wake.set()
        self.has_room.set()
        if hasty and self._task is not None:
            if self.connection is None:
                self._task.cancel()
            else:  # a network that stands still must not hold it up
                self.loop.call_later(self.policy.hasty_end, self._task.cancel)

    async def wait(self) -> None:
        """Wait until the session has ended, however it ends."""
        self._check_started()
        await self.ended.wait()

    def _check_started(self) -> None:
        if self._task is None:
            raise RuntimeError("The session has not been started: use `async with`.")

    def _finished(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.error = error
        self.buffer.close()
        self.state = "ended"
        self.ended.set()
        self.begun.set()
        self.has_room.set()
        self._subscribers.end()

    # Audio ------------------------------------------------------------------------------------------------

    async def send(self, pcm: bytes) -> None:
        """Send audio; waits while much of it waits already. After the end nothing happens."""
        self._check_started()
        while self.accepting and self.buffer.unsent > self.sample_rate * min(self.policy.buffer / 2, 5.0):
            self.has_room.clear()
            await self.has_room.wait()
        self.push(pcm)

    def push(self, pcm: bytes) -> float:
        """Send audio that cannot wait (a microphone).

        Returns
        -------
        float
            Seconds of older audio that had to be given up, because too much was waiting.
        """
        self._check_started()
        if self.state == "paused" or not self.accepting:
            return 0.0
        lost = self.buffer.push(pcm)
        if self.buffer.ready:
            self.wake.set()
        return lost / self.sample_rate

    @property
    def accepting(self) -> bool:
        """Whether audio is taken."""
        return not self.buffer.closed and not self.ended.is_set()

    # Messages ---------------------------------------------------------------------------------------------

    def update(self, **options: Any) -> None:
        """Change options that may change while the session runs (``UpdateConfiguration``).

        An empty ``prompt``, ``agent_context``, ``keyterms_prompt`` or ``language_codes`` clears it. Not
        acknowledged by the service; a new connection keeps the changes.

        Raises
        ------
        OptionError
        """
        changes = check_update(options)
        self.request = self.request.updated(changes)
        self._control({"type": "UpdateConfiguration", **changes})

    def force_endpoint(self) -> None:
        """End the current turn now."""
        self._control({"type": "ForceEndpoint"})

    def keep_alive(self) -> None:
        """Start the service's ``inactivity_timeout`` anew."""
        self._control({"type": "KeepAlive"})

    def _control(self, message: dict[str, Any]) -> None:
        self._check_started()
        self.controls.append(message)
        self.wake.set()

    def pause(self, *, release: bool = False) -> None:
        """Send no audio until `resume`; what is given meanwhile is left out.

        Parameters
        ----------
        release : bool
            End the service's session meanwhile, so that nothing is billed; `resume` opens a new one, which
            takes about a second. Otherwise it stays open, and is billed.
        """
        if self.accepting and self.state in ("open", "paused"):
            self.state, self._released = "paused", release
            self.wake.set()

    def resume(self) -> None:
        """Go on after `pause`."""
        if self.state == "paused":
            self.state, self._released = "open", False
            self.wake.set()

    @property
    def released(self) -> bool:
        """Whether it is paused, and no session is open meanwhile."""
        return self._released and self.state == "paused"

    # Events -----------------------------------------------------------------------------------------------

    async def __aiter__(self) -> AsyncIterator[Event]:
        self._check_started()
        async for event in self._events:
            yield event
        if self.error is not None:
            raise self.error

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every event, on the event loop, and with None at the end.

        Returns what stops that.
        """
        return self._subscribers.add(listener)

    def emit(self, event: Event) -> None:
        """Pass an event on to the subscribers."""
        if isinstance(event, Warning):
            _note(self.warnings, event.warning)
        self._subscribers.emit(event)

    def warn(self, text: str) -> None:
        """Emit a warning of our own."""
        self.emit(Warning(warning=text, raw={"type": "Warning", "warning": text}))

    # Figures ----------------------------------------------------------------------------------------------

    @property
    def id(self) -> str | None:
        """The session's id; of the first connection when there were several (see `ids`)."""
        return self.ids[0] if self.ids else None

    @property
    def seconds_sent(self) -> float:
        """Audio given so far, in seconds."""
        return self.buffer.position / self.sample_rate

    @property
    def seconds_lost(self) -> float:
        """Audio given up because too much was waiting, in seconds."""
        return self.buffer.dropped / self.sample_rate

    @property
    def seconds_unheard(self) -> float:
        """Audio behind the last finished turn in which there may be words, in seconds; 0 without any."""
        rest = self.buffer.position - self.resequencer.forget_before
        return rest / self.sample_rate if rest > 4 * MARGIN_MS * self.sample_rate // 1000 else 0.0

    @property
    def seconds_billed(self) -> float:
        """Open time so far; exact after the end, as the service tells it."""
        connection = self.connection
        return self._billed + (time.monotonic() - connection.opened if connection is not None else 0.0)

    def bill(self, seconds: float | None) -> None:
        """Add what the closed connection is billed: seconds by the service, or else by our clock."""
        assert self.connection is not None
        self._billed += time.monotonic() - self.connection.opened if seconds is None else seconds
        self.connection = None

    @property
    def price_per_hour(self) -> float:
        """Estimated USD for an hour of the open session."""
        return 0.0 if self.http.endpoint.local else streaming_price(self.request.params).total

    @property
    def estimate(self) -> float:
        """Estimated USD so far."""
        return self.seconds_billed * self.price_per_hour / 3600


def _note(warnings: list[str], text: str) -> None:
    if text and text not in warnings:
        warnings.append(text)


def _note_fault(warnings: list[str], text: str) -> None:
    log.exception("A listener of the real-time session failed")
    _note(warnings, text)
