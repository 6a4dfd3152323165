"""A slow and far link in front of a server: so many bits a second each way, and so long for a way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PIECE = 8192
AHEAD = 16
"""Pieces that may be under way; then the sender waits, as with a full buffer."""


class _Way:
    """One direction, shared by all connections."""

    def __init__(self, bits: float, delay: float) -> None:
        self._bits, self._delay = bits, delay
        self._free = 0.0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on all there is, in time."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(AHEAD)
        arriving = asyncio.create_task(self._arrive(under_way, writer))
        try:
            while data := await reader.read(PIECE):
                now = asyncio.get_running_loop().time()
                self._free = max(self._free, now) + 8 * len(data) / self._bits
                await under_way.put((self._free + self._delay, data))
            await under_way.put((0.0, b""))
            await arriving
        finally:
            arriving.cancel()

    async def _arrive(
        self, under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        while True:
            when, data = await under_way.get()
            await asyncio.sleep(max(0.0, when - asyncio.get_running_loop().time()))
            if not data:
                return
            writer.write(data)
            await writer.drain()


async def _serve(target: int, bits: float, delay: float, ready: threading.Event, found: list[int]) -> None:
    there, back = _Way(bits, delay), _Way(bits, delay)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        ways = [
            asyncio.create_task(there.carry(reader, far_writer)),
            asyncio.create_task(back.carry(far_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            with suppress(OSError):
                far_writer.close()
                writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    found.append(server.sockets[0].getsockname()[1])
    ready.set()
    async with server:
        await server.serve_forever()


@contextmanager
def shaped_link(target: int, *, mbits: float = 5.0, round_trip: float = 0.15) -> Iterator[int]:
    """Give a port of this machine that leads to another one, over a link of this kind.

    Parameters
    ----------
    target : int
        Port of the server.
    mbits : float
        Megabits a second, each way.
    round_trip : float
        Seconds there and back.
    """
    ready, found = threading.Event(), list[int]()
    loop = asyncio.new_event_loop()
    task = loop.create_task(_serve(target, mbits * 1e6, round_trip / 2, ready, found))

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        for one in asyncio.all_tasks(loop):
            one.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(10)
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
