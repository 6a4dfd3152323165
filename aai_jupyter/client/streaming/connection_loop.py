"""The use of one connection: sound and commands out, messages in, and the goodbye that ends the bill."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from aai_jupyter.client.streaming.close_codes import Closed
from aai_jupyter.client.streaming.codec import make_encoder
from aai_jupyter.client.streaming.events import Termination
from aai_jupyter.client.streaming.websocket import Connection

if TYPE_CHECKING:
    from aai_jupyter.client.streaming.core import Core


class ConnectionLoop:
    """What a session does with one of its connections."""

    def __init__(self, core: Core, connection: Connection) -> None:
        self._core, self._connection = core, connection
        self._goodbye = False
        self._told: float | None = None  # by the service: seconds to be billed

    async def run(self) -> Closed | None:
        """Until the connection's end; None when that was clean."""
        core = self._core
        limit = core.loop.call_later(max(0.0, core.max_seconds - core.billed), core.too_long)
        sender = core.loop.create_task(self._send_all())
        receiver = core.loop.create_task(self._receive_all())
        try:
            await asyncio.wait({sender, receiver}, return_when=asyncio.FIRST_COMPLETED)
            if not receiver.done():
                if (failed := sender.exception()) is not None and not isinstance(failed, Closed):
                    raise failed
                await self._last_words(receiver)
            return receiver.result() if receiver.done() else None
        finally:
            limit.cancel()
            # Every way out ends the session at the service: an open one is billed for hours.
            await asyncio.shield(core.loop.create_task(self._leave(sender, receiver)))

    async def _last_words(self, receiver: asyncio.Task[Closed | None]) -> None:
        """After ``Terminate``: wait as long as messages come."""
        core = self._core
        patience = core.policy.hasty_end if core.hasty else core.policy.end
        since = time.monotonic()
        while not receiver.done():
            rest = max(since, self._connection.heard) + patience - time.monotonic()
            if rest <= 0:
                core.warn("The service did not confirm the end of the session.")
                return
            await asyncio.wait({receiver}, timeout=rest)

    async def _leave(self, sender: asyncio.Task[None], receiver: asyncio.Task[Closed | None]) -> None:
        core = self._core
        sender.cancel()
        await asyncio.wait({sender})
        gone = receiver.done() and not receiver.cancelled()
        receiver.cancel()
        await asyncio.wait({receiver})
        if not gone and not self._goodbye:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(core.policy.hasty_end):
                    await self._say_goodbye()
                    await self._receive_all()
        for task in (sender, receiver):
            if not task.cancelled():
                task.exception()  # seen: what it means is known from the other one
        await self._connection.close()
        core.left(self._connection, self._told)

    async def _send_all(self) -> None:
        core = self._core
        encoder = make_encoder(str(core.request.params["encoding"]), core.rate)
        idle = max(1.0, float(core.request.params.get("inactivity_timeout") or 60) / 3)
        while True:
            while core.controls:
                await self._connection.send(core.controls.pop(0))
            if core.hasty:
                break
            if core.released:
                core.reopens = True
                break
            frame = core.buffer.take() if core.state != "paused" else None
            if frame is not None:
                start, pcm = frame
                core.intake.clock.sending(start, len(pcm) // 2)
                for message in encoder.encode(pcm):
                    await self._connection.send(message)
                core.room.set()
                if core.buffer.ready:  # sound has been waiting: catch up, but not all at once
                    await asyncio.sleep(len(pcm) / 2 / core.rate / core.policy.catch_up)
                continue
            if core.buffer.closed and core.state != "paused":
                break
            core.wake.clear()
            try:
                async with asyncio.timeout(idle if core.state == "paused" else None):
                    await core.wake.wait()
            except TimeoutError:
                await self._connection.send({"type": "KeepAlive"})
        if not core.hasty:
            for message in encoder.finish():
                await self._connection.send(message)
        if core.state != "paused":
            core.state = "ending"
        await self._say_goodbye()

    async def _say_goodbye(self) -> None:
        with contextlib.suppress(Closed):  # the receiver knows why
            await self._connection.send({"type": "Terminate"})
            self._goodbye = True

    async def _receive_all(self) -> Closed | None:
        """Until the end; None after a clean one."""
        core = self._core
        clean = False
        try:
            while True:
                event = await self._connection.receive()
                if isinstance(event, Termination):
                    clean = True
                    self._told = event.session_duration_seconds
                core.take(event)
                if clean:
                    return None
        except Closed as closed:
            return closed
