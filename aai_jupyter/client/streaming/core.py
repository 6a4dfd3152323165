"""A real-time session over as many connections as it takes.

The user's object (`streaming.StreamingSession`) points here and not the other way round, so that a session
nobody holds any more can be ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from aai_jupyter.client.http import Http
from aai_jupyter.client.streaming.buffer import Clock, SoundBuffer
from aai_jupyter.client.streaming.close import NORMAL, Closed
from aai_jupyter.client.streaming.codec import make_encoder
from aai_jupyter.client.streaming.events import (
    Begin,
    Event,
    Reconnected,
    Reconnecting,
    Silence,
    SpeakerRevision,
    SpeechStarted,
    StreamWord,
    Termination,
    Turn,
    Warning,
)
from aai_jupyter.client.streaming.request import StreamingRequest, streaming_price
from aai_jupyter.client.streaming.socket import Auth, Connection, open_connection
from aai_jupyter.client.streaming.turns import TurnLog

log = logging.getLogger("aai_jupyter")

Listener = Callable[[Event], object]
State = Literal["connecting", "open", "paused", "reconnecting", "ending", "ended"]

_MARGIN_MS = 100
"""Sound before the end of the kept text that is sent again too: word ends are not exact."""
_SETTLED = 5.0


@dataclass(frozen=True)
class StreamingPolicy:
    """Limits and patience of a session. All times in seconds.

    Attributes
    ----------
    begin : float
        For the connection, and again for the first message.
    end : float
        For the next message after the sound has ended.
    hasty_end : float
        The same when the session is broken off (Interrupt, exit).
    attempts : int
        Connections tried in a row before giving up.
    first, longest : float
        Waits between them, doubling.
    buffer : float
        Most sound kept for a connection that is not there.
    catch_up : float
        How many times as fast as spoken sound is sent that has been waiting.
    """

    begin: float = 10.0
    end: float = 15.0
    hasty_end: float = 1.5
    attempts: int = 10
    first: float = 0.25
    longest: float = 5.0
    buffer: float = 120.0
    catch_up: float = 8.0


class Core:
    """The session itself; everything but `push` and the properties runs on one event loop."""

    def __init__(
        self,
        http: Http,
        request: StreamingRequest,
        *,
        auth: Auth = "header",
        token: str | None = None,
        policy: StreamingPolicy | None = None,
        max_seconds: float = 3600.0,
        frame_ms: int = 100,
    ) -> None:
        self.http, self.request, self.auth, self.token = http, request, auth, token
        self.policy = policy or StreamingPolicy()
        self.max_seconds = max_seconds
        self.rate = int(request.params["sample_rate"])
        self.buffer = SoundBuffer(self.rate, self.policy.buffer, frame_ms=frame_ms)
        self.turns = TurnLog()
        self.state: State = "connecting"
        self.begin: Begin | None = None
        self.error: BaseException | None = None
        self.warnings: list[str] = list(request.warnings)
        self.reconnections: list[Reconnected] = []
        self.ids: list[str] = []
        self.listeners: list[Listener] = []
        self._billed = 0.0
        self._connection: Connection | None = None
        self._clock = Clock(self.rate)
        self._controls: list[dict[str, Any]] = []
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()
        self._hasty = self._goodbye = False
        self._told: float | None = None  # by the service: seconds to be billed
        self._released = self._reopens = False
        self._base = 0
        self._boundary: tuple[int, StreamWord | None] = (0, None)
        self._drop: Reconnecting | None = None
        self._task: asyncio.Task[None] | None = None
        self.loop = asyncio.get_running_loop()
        make_encoder(str(request.params["encoding"]), self.rate)  # what cannot be encoded is known at once

    # What the user's object calls ------------------------------------------------------------------------

    def start(self) -> None:
        self._task = self.loop.create_task(self._connections())
        # Not a `finally` in it: a task that is cancelled before its first step never comes there.
        self._task.add_done_callback(self._finished)

    @property
    def accepting(self) -> bool:
        """Whether sound is taken."""
        return not self.buffer.closed and not self.ended.is_set()

    @property
    def billed(self) -> float:
        """Seconds of open sessions so far."""
        connection = self._connection
        return self._billed + (time.monotonic() - connection.opened if connection is not None else 0.0)

    @property
    def released(self) -> bool:
        """Paused, and no session is open meanwhile."""
        return self._released and self.state == "paused"

    @property
    def price(self) -> float:
        """Estimated USD per hour of an open session."""
        return 0.0 if self.http.endpoint.local else streaming_price(self.request.params).total

    def push(self, pcm: bytes) -> int:
        """Take sound without waiting; samples of older, unsent sound that had to be given up for it."""
        if self.state == "paused" or not self.accepting:
            return 0
        lost = self.buffer.push(pcm)
        if self.buffer.ready:
            self._wake.set()
        return lost

    async def send(self, pcm: bytes) -> None:
        """Take sound, after waiting for room."""
        while self.accepting and self.buffer.unsent > self.rate * min(self.policy.buffer / 2, 5.0):
            self._room.clear()
            await self._room.wait()
        self.push(pcm)

    def control(self, message: dict[str, Any]) -> None:
        self._controls.append(message)
        self._wake.set()

    def update(self, changes: dict[str, Any]) -> None:
        self.request = self.request.updated(changes)
        self.control({"type": "UpdateConfiguration", **changes})

    def pause(self, *, release: bool) -> None:
        if self.accepting and self.state in ("open", "paused"):
            self.state, self._released = "paused", release
            self._wake.set()

    def resume(self) -> None:
        if self.state == "paused":
            self.state, self._released = "open", False
            self._wake.set()

    def finish(self) -> None:
        """No more sound: send the rest, then end cleanly."""
        if self.state == "paused":
            self.resume()
        self.buffer.close()
        self._wake.set()
        self._room.set()

    def abort(self) -> None:
        """End now: what is not sent is left out, but ``Terminate`` is sent."""
        self._hasty = True
        self.finish()
        if self._task is None:
            return
        if self._connection is None:
            self._task.cancel()
        else:  # a network that stands still must not hold it up
            self.loop.call_later(self.policy.hasty_end, self._task.cancel)

    async def wait(self) -> None:
        """Until it has ended."""
        await self.ended.wait()

    # The run ----------------------------------------------------------------------------------------------

    def _finished(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.error = error
        self.buffer.close()
        self.state = "ended"
        self.ended.set()
        self.begun.set()
        self._room.set()
        self._emit(None)

    async def _connections(self) -> None:
        tried = 0
        while True:
            try:
                connection = await open_connection(
                    self.http,
                    self.request.query(),
                    auth=self.auth,
                    token=self.token,
                    patience=self.policy.begin,
                )
                began = time.monotonic()
                closed = await self._serve(connection)
                if self._settled(began):
                    tried = 0
            except Closed as error:
                closed = error
            if closed is None:
                if not await self._resumed():
                    return
                tried = 0
                continue
            if self._hasty:
                return
            if not closed.retry and not (closed.code == NORMAL and self.accepting):
                if closed.code == NORMAL:
                    return
                raise closed.error()
            tried += 1
            few = self.begin is None or self.state == "ending"
            if tried >= (min(3, self.policy.attempts) if few else self.policy.attempts):
                if self.state == "ending" and not self.turns.open():
                    self._warn("The service did not confirm the end of the session.")
                    return
                raise closed.error()
            await self._between(closed, tried)

    def _settled(self, began: float) -> bool:
        progress = self.turns.next_order > self._base
        return progress or time.monotonic() - began > _SETTLED

    async def _resumed(self) -> bool:
        """After a clean end: whether it was only a pause."""
        if not self._reopens or self._hasty:
            return False
        self._reopens = False  # also when it was resumed while the last words were still awaited
        while self.state == "paused":
            self._wake.clear()
            await self._wake.wait()
        return not (self.buffer.closed and not self.buffer.ready)

    async def _between(self, closed: Closed, tried: int) -> None:
        if self.state not in ("paused", "ending"):
            self.state = "reconnecting" if self.begin else "connecting"
        drop = Reconnecting(code=closed.code, reason=closed.text, attempt=tried)
        if self._drop is None:
            drop.raw = {
                "type": "Reconnecting",
                "at": time.monotonic(),
                "position": self.buffer.sent_to,
                "dropped": self.buffer.dropped,
            }
            self._drop = drop
        self._emit(drop)
        if tried > 1 or not self.begin:
            wait = min(self.policy.longest, self.policy.first * 2 ** (tried - 1))
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))

    async def _serve(self, connection: Connection) -> Closed | None:
        """Use one connection until its end; None when that was clean."""
        self._connection, self._goodbye = connection, False
        self._begin(connection)
        limit = self.loop.call_later(max(0.0, self.max_seconds - self._billed), self._too_long)
        sender = self.loop.create_task(self._send_all(connection))
        receiver = self.loop.create_task(self._receive_all(connection))
        try:
            await asyncio.wait({sender, receiver}, return_when=asyncio.FIRST_COMPLETED)
            if not receiver.done():
                if (failed := sender.exception()) is not None and not isinstance(failed, Closed):
                    raise failed
                await self._last_words(connection, receiver)
            return self._outcome(receiver)
        finally:
            limit.cancel()
            # Every way out ends the session at the service: an open one is billed for hours.
            await asyncio.shield(self.loop.create_task(self._leave(connection, sender, receiver)))

    async def _last_words(self, connection: Connection, receiver: asyncio.Task[Closed | None]) -> None:
        """After ``Terminate``: wait as long as messages come."""
        patience = self.policy.hasty_end if self._hasty else self.policy.end
        since = time.monotonic()
        while not receiver.done():
            rest = max(since, connection.heard) + patience - time.monotonic()
            if rest <= 0:
                self._warn("The service did not confirm the end of the session.")
                return
            await asyncio.wait({receiver}, timeout=rest)

    def _outcome(self, receiver: asyncio.Task[Closed | None]) -> Closed | None:
        return receiver.result() if receiver.done() else None

    async def _leave(
        self, connection: Connection, sender: asyncio.Task[None], receiver: asyncio.Task[Closed | None]
    ) -> None:
        sender.cancel()
        await asyncio.wait({sender})
        gone = receiver.done() and not receiver.cancelled()
        receiver.cancel()
        await asyncio.wait({receiver})
        if not gone and not self._goodbye:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.policy.hasty_end):
                    await self._say_goodbye(connection)
                    await self._receive_all(connection)
        for task in (sender, receiver):
            if not task.cancelled():
                task.exception()  # seen: what it means is known from the other one
        await connection.close()
        self._billed += time.monotonic() - connection.opened if self._told is None else self._told
        self._connection, self._told = None, None

    def _begin(self, connection: Connection) -> None:
        self._controls.clear()  # the query already says what they would
        self._clock = Clock(self.rate)
        self.turns.drop_open()
        self._base = self.turns.next_order
        self._boundary = (self.turns.heard_to, self.turns.last_word) if self.begin else (0, None)
        wanted = self.turns.heard_to - _MARGIN_MS if self.turns.heard_to else 0
        replayed = self.buffer.rewind(max(0, wanted) * self.rate // 1000) if self.begin else 0
        first = self.begin is None
        self.begin = connection.begin
        if connection.session_id:
            self.ids.append(connection.session_id)
        if self.state != "paused":
            self.state = "open"
        self._check_model(connection.begin)
        self._emit(connection.begin)
        if not first and self._drop is not None:
            self._note_reconnection(self._drop, replayed)
        self._drop = None
        self.begun.set()

    def _note_reconnection(self, drop: Reconnecting, replayed: int) -> None:
        event = Reconnected(
            code=drop.code,
            position=self._to_ms(drop.raw["position"]),
            replayed=self._to_ms(replayed),
            lost=self._to_ms(self.buffer.dropped - drop.raw["dropped"]),
            offline=round(time.monotonic() - drop.raw["at"], 3),
        )
        if self.request.params.get("speaker_labels"):
            self._warn("After the reconnection the service names speakers anew: A may be somebody else.")
        self.reconnections.append(event)
        self._emit(event)

    def _to_ms(self, samples: int) -> int:
        return samples * 1000 // self.rate

    def _check_model(self, begin: Begin) -> None:
        ran, asked = begin.configuration.get("model"), self.request.params.get("speech_model")
        if ran and asked and ran != asked:
            self._warn(f"The service runs {ran}, not {asked} as asked for.")

    def _too_long(self) -> None:
        self._warn(f"The session was ended after {self.max_seconds / 60:g} minutes (max_minutes).")
        self.finish()

    # Sending ----------------------------------------------------------------------------------------------

    async def _send_all(self, connection: Connection) -> None:
        encoder = make_encoder(str(self.request.params["encoding"]), self.rate)
        idle = max(1.0, float(self.request.params.get("inactivity_timeout") or 60) / 3)
        while True:
            while self._controls:
                await connection.send(self._controls.pop(0))
            if self._hasty:
                break
            if self.released:
                self._reopens = True
                break
            frame = self.buffer.take() if self.state != "paused" else None
            if frame is not None:
                start, pcm = frame
                self._clock.sending(start, len(pcm) // 2)
                for message in encoder.encode(pcm):
                    await connection.send(message)
                self._room.set()
                if self.buffer.ready:  # sound has been waiting: catch up, but not all at once
                    await asyncio.sleep(len(pcm) / 2 / self.rate / self.policy.catch_up)
                continue
            if self.buffer.closed and self.state != "paused":
                break
            self._wake.clear()
            try:
                async with asyncio.timeout(idle if self.state == "paused" else None):
                    await self._wake.wait()
            except TimeoutError:
                await connection.send({"type": "KeepAlive"})
        if not self._hasty:
            for message in encoder.finish():
                await connection.send(message)
        if self.state != "paused":
            self.state = "ending"
        await self._say_goodbye(connection)

    async def _say_goodbye(self, connection: Connection) -> None:
        with contextlib.suppress(Closed):  # the receiver knows why
            await connection.send({"type": "Terminate"})
            self._goodbye = True

    # Receiving --------------------------------------------------------------------------------------------

    async def _receive_all(self, connection: Connection) -> Closed | None:
        """Until the end; None after a clean one."""
        clean = False
        try:
            while True:
                event = await connection.receive()
                if isinstance(event, Termination):
                    clean = True
                    self._told = event.session_duration_seconds
                self._take(event)
                if clean:
                    return None
        except Closed as closed:
            return closed

    def _take(self, event: Event) -> None:
        match event:
            case Turn():
                event = self._shifted(event)
                if not self.turns.apply(event):
                    return
                if event.end_of_turn:
                    self._forget()
            case SpeakerRevision():
                for revision in event.revisions:
                    revision.turn_order += self._base
                if not self.turns.revise(event):
                    return
            case SpeechStarted():
                event.timestamp = self._clock.ms(event.timestamp)
            case Silence():
                event.start_ms, event.end_ms = self._clock.ms(event.start_ms), self._clock.ms(event.end_ms)
            case Warning():
                self._note(event.warning)
        self._emit(event)

    def _shifted(self, turn: Turn) -> Turn:
        turn.turn_order += self._base
        for word in turn.words:
            word.start, word.end = self._clock.ms(word.start), self._clock.ms(word.end)
        boundary, last = self._boundary
        if boundary and turn.words and turn.words[0].start < boundary + 2 * _MARGIN_MS:
            turn = self.turns.without_repeats(turn, boundary, last)
        return turn

    def _forget(self) -> None:
        keep = self.turns.heard_to - 2 * _MARGIN_MS
        self.buffer.forget(max(0, keep) * self.rate // 1000)

    def _warn(self, text: str) -> None:
        self._note(text)
        self._emit(Warning(warning=text, raw={"type": "Warning", "warning": text}))

    def _note(self, text: str) -> None:
        if text and text not in self.warnings:
            self.warnings.append(text)

    def _emit(self, event: Event | None) -> None:
        """Tell everybody; None is the end."""
        for listener in tuple(self.listeners):
            try:
                listener(event)  # type: ignore[arg-type]
            except Exception as error:
                log.exception("A listener of the real-time session failed")
                self._note(f"A listener failed: {type(error).__name__}: {error}")
