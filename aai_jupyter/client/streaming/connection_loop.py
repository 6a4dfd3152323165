"""Connection loop: audio and commands out, messages in, and the ``Terminate`` that ends the bill."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from aai_jupyter.client.streaming.close_codes import LOST, Closed
from aai_jupyter.client.streaming.codec import make_encoder
from aai_jupyter.client.streaming.events import Event, Termination, Turn
from aai_jupyter.client.streaming.websocket import Connection

if TYPE_CHECKING:
    from aai_jupyter.client.streaming.session import StreamingSession

NOT_CONFIRMED = "The service did not confirm the end of the session."


class ConnectionLoop:
    """Sender and receiver of one of a session's connections.

    Attributes
    ----------
    released : bool
        The connection was ended because the session is paused; another one is wanted on `resume`.
    """

    def __init__(self, session: StreamingSession, connection: Connection) -> None:
        self._session, self._connection = session, connection
        self.released = False
        self._terminated = False
        self._lost: Closed | None = None
        self._billed: float | None = None  # seconds, by the service

    async def run(self) -> Closed | None:
        """Use the connection until its end; None when that was clean, or as good as clean."""
        session = self._session
        limit = session.loop.call_later(
            max(0.0, session.max_seconds - session.seconds_billed), self._too_long
        )
        sender = session.loop.create_task(self._send_all())
        receiver = session.loop.create_task(self._receive_all())
        try:
            await asyncio.wait({sender, receiver}, return_when=asyncio.FIRST_COMPLETED)
            if not receiver.done():
                if (failed := sender.exception()) is not None and not isinstance(failed, Closed):
                    raise failed
                await self._await_last_words(receiver)
            return receiver.result() if receiver.done() else self._lost
        finally:
            limit.cancel()
            # Every way out ends the session at the service: an open one is billed for hours.
            await asyncio.shield(session.loop.create_task(self._close(sender, receiver)))

    async def _await_last_words(self, receiver: asyncio.Task[Closed | None]) -> None:
        """Wait as long as messages come, after ``Terminate``.

        A service that says nothing more has nothing to say; a network that says nothing more may hold the
        last words back. A ping tells one from the other.
        """
        session = self._session
        timeout = session.policy.hasty_end if session.hasty else session.policy.end
        since = time.monotonic()
        while not receiver.done():
            if max(since, self._connection.heard) + timeout <= time.monotonic():
                if session.hasty or await self._connection.answers(session.policy.hasty_end):
                    if max(since, self._connection.heard) + timeout > time.monotonic():
                        continue  # what was held back has come with the answer to the ping
                    session.warn(NOT_CONFIRMED)
                else:
                    self._lost = Closed(
                        LOST, "the network stood still at the end", self._connection.session_id
                    )
                return
            rest = max(since, self._connection.heard) + timeout - time.monotonic()
            await asyncio.wait({receiver}, timeout=max(0.0, rest))

    async def _close(self, sender: asyncio.Task[None], receiver: asyncio.Task[Closed | None]) -> None:
        session = self._session
        sender.cancel()
        await asyncio.wait({sender})
        gone = receiver.done() and not receiver.cancelled()
        receiver.cancel()
        await asyncio.wait({receiver})
        if not gone and not self._terminated:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(session.policy.hasty_end):
                    await self._terminate()
                    await self._receive_all()
        for task in (sender, receiver):
            if not task.cancelled():
                task.exception()  # seen: what it means is known from the other one
        await self._connection.close()
        session.bill(self._billed)

    def _too_long(self) -> None:
        minutes = self._session.max_seconds / 60
        self._session.warn(f"The session was ended after {minutes:g} minutes (max_minutes).")
        self._session.end()

    async def _send_all(self) -> None:
        session = self._session
        encoder = make_encoder(str(session.request.params["encoding"]), session.sample_rate)
        idle = max(1.0, float(session.request.params.get("inactivity_timeout") or 60) / 3)
        while True:
            while session.controls:
                await self._connection.send(session.controls.pop(0))
            if session.hasty:
                break
            if session.released:
                self.released = True
                break
            frame = session.buffer.take() if session.state != "paused" else None
            if frame is not None:
                start, pcm = frame
                session.resequencer.clock.sending(start, len(pcm) // 2)
                for message in encoder.encode(pcm):
                    await self._connection.send(message)
                session.has_room.set()
                if session.buffer.ready:  # audio has been waiting: catch up, but not all at once
                    await asyncio.sleep(len(pcm) / 2 / session.sample_rate / session.policy.catch_up)
                continue
            if session.buffer.closed and session.state != "paused":
                break
            session.wake.clear()
            try:
                async with asyncio.timeout(idle if session.state == "paused" else None):
                    await session.wake.wait()
            except TimeoutError:
                await self._connection.send({"type": "KeepAlive"})
        if not session.hasty:
            for message in encoder.finish():
                await self._connection.send(message)
        if session.state != "paused":
            session.state = "ending"
        await self._terminate()

    async def _terminate(self) -> None:
        with contextlib.suppress(Closed):  # the receiver knows why
            await self._connection.send({"type": "Terminate"})
            self._terminated = True

    async def _receive_all(self) -> Closed | None:
        """Receive messages until the end; None after a clean one."""
        clean = False
        try:
            while True:
                event = await self._connection.receive()
                if isinstance(event, Termination):
                    clean = True
                    self._billed = event.session_duration_seconds
                self._take(event)
                if clean:
                    return None
        except Closed as closed:
            return closed

    def _take(self, event: Event) -> None:
        """Pass a message on by the session's own clock, if it says anything new."""
        session = self._session
        if not session.resequencer.take(event):
            return
        if isinstance(event, Turn) and event.end_of_turn:
            session.buffer.forget(session.resequencer.forget_before)
        session.emit(event)
