"""A real-time session over as many connections as it takes.

The user's object (`session.StreamingSession`) points here and not the other way round, so that a session
nobody holds any more can be ended.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from typing import Any

from aai_jupyter.client.http import Http
from aai_jupyter.client.options.catalog.streaming_vocabulary import Auth
from aai_jupyter.client.streaming.audio_buffer import AudioBuffer
from aai_jupyter.client.streaming.close_codes import NORMAL, Closed
from aai_jupyter.client.streaming.codec import make_encoder
from aai_jupyter.client.streaming.connection_loop import ConnectionLoop
from aai_jupyter.client.streaming.events import (
    Begin,
    Event,
    Reconnected,
    Reconnecting,
    Turn,
    Warning,
)
from aai_jupyter.client.streaming.policy import Listener, State, StreamingPolicy
from aai_jupyter.client.streaming.resequencing import Resequencer
from aai_jupyter.client.streaming.streaming_request import StreamingRequest, streaming_price
from aai_jupyter.client.streaming.websocket import Connection, open_connection

log = logging.getLogger("aai_jupyter")

_SETTLED = 5.0


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
        self.buffer = AudioBuffer(self.rate, self.policy.buffer, frame_ms=frame_ms)
        self.intake = Resequencer(self.rate)
        self.turns = self.intake.turns
        self.state: State = "connecting"
        self.begin: Begin | None = None
        self.error: BaseException | None = None
        self.warnings: list[str] = list(request.warnings)
        self.reconnections: list[Reconnected] = []
        self.ids: list[str] = []
        self.listeners: list[Listener] = []
        self._billed = 0.0
        self._connection: Connection | None = None
        self.controls: list[dict[str, Any]] = []
        self.wake = asyncio.Event()
        self.room = asyncio.Event()
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()
        self.hasty = self.reopens = self._released = False
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
            self.wake.set()
        return lost

    async def send(self, pcm: bytes) -> None:
        """Take sound, after waiting for room."""
        while self.accepting and self.buffer.unsent > self.rate * min(self.policy.buffer / 2, 5.0):
            self.room.clear()
            await self.room.wait()
        self.push(pcm)

    def control(self, message: dict[str, Any]) -> None:
        self.controls.append(message)
        self.wake.set()

    def update(self, changes: dict[str, Any]) -> None:
        self.request = self.request.updated(changes)
        self.control({"type": "UpdateConfiguration", **changes})

    def pause(self, *, release: bool) -> None:
        if self.accepting and self.state in ("open", "paused"):
            self.state, self._released = "paused", release
            self.wake.set()

    def resume(self) -> None:
        if self.state == "paused":
            self.state, self._released = "open", False
            self.wake.set()

    def finish(self) -> None:
        """No more sound: send the rest, then end cleanly."""
        if self.state == "paused":
            self.resume()
        self.buffer.close()
        self.wake.set()
        self.room.set()

    def abort(self) -> None:
        """End now: what is not sent is left out, but ``Terminate`` is sent."""
        self.hasty = True
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
        self.room.set()
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
            if self.hasty:
                return
            if not closed.retry and not (closed.code == NORMAL and self.accepting):
                if closed.code == NORMAL:
                    return
                raise closed.error()
            tried += 1
            few = self.begin is None or self.state == "ending"
            if tried >= (min(3, self.policy.attempts) if few else self.policy.attempts):
                if self.state == "ending" and not self.turns.open():
                    self.warn("The service did not confirm the end of the session.")
                    return
                raise closed.error()
            await self._between(closed, tried)

    def _settled(self, began: float) -> bool:
        return self.intake.advanced or time.monotonic() - began > _SETTLED

    async def _resumed(self) -> bool:
        """After a clean end: whether it was only a pause."""
        if not self.reopens or self.hasty:
            return False
        self.reopens = False  # also when it was resumed while the last words were still awaited
        while self.state == "paused":
            self.wake.clear()
            await self.wake.wait()
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
        self._connection = connection
        self._begin(connection)
        return await ConnectionLoop(self, connection).run()

    def left(self, connection: Connection, told: float | None) -> None:
        """A connection has been closed; `told` is what the service says that it bills, in seconds."""
        self._billed += time.monotonic() - connection.opened if told is None else told
        self._connection = None

    def _begin(self, connection: Connection) -> None:
        self.controls.clear()  # the query already says what they would
        first = self.begin is None
        self.intake.connected(first=first)
        replayed = 0 if first else self.buffer.rewind(self.intake.wanted)
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
            self.warn("After the reconnection the service names speakers anew: A may be somebody else.")
        self.reconnections.append(event)
        self._emit(event)

    def _to_ms(self, samples: int) -> int:
        return samples * 1000 // self.rate

    def _check_model(self, begin: Begin) -> None:
        ran, asked = begin.configuration.get("model"), self.request.params.get("speech_model")
        if ran and asked and ran != asked:
            self.warn(f"The service runs {ran}, not {asked} as asked for.")

    def too_long(self) -> None:
        self.warn(f"The session was ended after {self.max_seconds / 60:g} minutes (max_minutes).")
        self.finish()

    # What is told ----------------------------------------------------------------------------------------

    def take(self, event: Event) -> None:
        """A message of the service."""
        if not self.intake.take(event):
            return
        if isinstance(event, Turn) and event.end_of_turn:
            self.buffer.forget(self.intake.done_with)
        elif isinstance(event, Warning):
            self._note(event.warning)
        self._emit(event)

    def warn(self, text: str) -> None:
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
