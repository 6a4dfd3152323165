"""A real-time service by script: real sockets, and words that are a function of the sound's place.

The sound says where it is from: every sample holds its place in units of 10 ms. So the server knows which
words a connection has heard whole, wherever that connection began.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from aai_jupyter.settings.endpoint import ApiKey, Endpoint

RATE = 8000
UNIT_MS = 10
WORD_MS, SPOKEN_MS, TURN_WORDS = 300, 200, 7
KEY = "scripted-key-0123456789"


def speech(seconds: float) -> bytes:
    """Sound in which each sample tells its place."""
    units = int(seconds * 1000 / UNIT_MS)
    return np.repeat(np.arange(units, dtype="<i2"), RATE * UNIT_MS // 1000).tobytes()


def words_of(seconds: float) -> list[tuple[str, int, int]]:
    """Every word of the recording: text, start, end (ms)."""
    count = int((seconds * 1000 - 50 - SPOKEN_MS) // WORD_MS) + 1
    return [(f"w{k}", k * WORD_MS + 50, k * WORD_MS + 50 + SPOKEN_MS) for k in range(count)]


@dataclass
class Script:
    """What the server does, and what it saw."""

    begin: bool = True
    terminate: bool = True
    partials: bool = True
    faults: Callable[[int, int], int | None] = lambda leg, frame: None
    """(connection number, frame number) -> code to end with after that frame; 1006 cuts the line."""
    error: tuple[int, str] | None = None
    model: str | None = None
    extra: list[dict[str, Any]] = field(default_factory=list)
    stall: Callable[[int, int], float] = lambda leg, frame: 0.0
    refusals: list[int] = field(default_factory=list)
    """Statuses that the first handshakes are refused with."""

    legs: int = 0
    open: int = 0
    messages: list[dict[str, Any]] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)
    url: str = ""

    @property
    def endpoint(self) -> Endpoint:
        http = self.url.replace("ws", "http", 1)
        return Endpoint(http, self.url, http, ApiKey(KEY), region="custom")


class _Leg:
    """One connection's hearing."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.heard: list[tuple[int, int, int]] = []  # (place in the recording, length, own time), ms
        self.time = 0
        self.order = 0
        self.done = -1  # last word that is in a final turn

    def hear(self, data: bytes) -> None:
        samples = np.frombuffer(data, "<i2")
        place, length = int(samples[0]) * UNIT_MS, len(samples) * 1000 // RATE
        offset = 0
        if len(samples):  # a frame may begin inside a unit
            same = int(np.argmax(samples != samples[0])) if (samples != samples[0]).any() else len(samples)
            offset = max(0, UNIT_MS - same * 1000 // RATE) if same < RATE * UNIT_MS // 1000 else 0
        place += offset
        if self.heard and self.heard[-1][0] + self.heard[-1][1] == place:
            first, total, own = self.heard[-1]
            self.heard[-1] = (first, total + length, own)
        else:
            self.heard.append((place, length, self.time))
        self.time += length

    def words(self) -> list[tuple[int, int, int]]:
        """(number, start, end) of words heard whole and not yet final, by the connection's own clock."""
        first, length, own = self.heard[-1]
        start = max(self.done + 1, -(-(first - 50) // WORD_MS), 0)
        found = []
        number = start
        while number * WORD_MS + 50 + SPOKEN_MS <= first + length:
            at = number * WORD_MS + 50 - first + own
            found.append((number, at, at + SPOKEN_MS))
            number += 1
        return found

    def turns(self, *, flush: bool = False) -> list[dict[str, Any]]:
        found = []
        words = self.words()
        while words:
            last = (words[0][0] // TURN_WORDS + 1) * TURN_WORDS
            inside = [word for word in words if word[0] < last]
            final = flush or len(words) > len(inside)
            if final or self.script.partials:
                found.append(self.message(inside, final))
            if not final:
                break
            self.order, self.done = self.order + 1, inside[-1][0]
            words = words[len(inside) :]
        return found

    def message(self, words: list[tuple[int, int, int]], final: bool) -> dict[str, Any]:
        return {
            "type": "Turn",
            "turn_order": self.order,
            "turn_is_formatted": final,
            "end_of_turn": final,
            "transcript": " ".join(f"w{number}" for number, _, _ in words),
            "end_of_turn_confidence": 1.0 if final else 0.0,
            "utterance": "",
            "words": [
                {"start": s, "end": e, "text": f"w{n}", "confidence": 0.9, "word_is_final": final}
                for n, s, e in words
            ],
        }


async def _read_on(socket: ServerConnection) -> None:
    async for _ in socket:
        pass


async def _session(socket: ServerConnection, script: Script) -> None:
    leg, number = _Leg(script), script.legs
    script.legs += 1
    assert socket.request is not None
    query = {
        k: v[0] for k, v in parse_qs(urlsplit(socket.request.path).query, keep_blank_values=True).items()
    }
    script.queries.append(query)
    script.headers.append({k.lower(): v for k, v in socket.request.headers.raw_items()})
    opened = time.monotonic()

    async def say(message: dict[str, Any]) -> None:
        await socket.send(json.dumps(message))

    async def fail(code: int, text: str = "Session Cancelled: An error occurred") -> None:
        if code == 1006:
            socket.transport.abort()
            return
        if code >= 3000 or code == 1008:
            await say({"type": "Error", "error_code": code, "error": text})
        rest = asyncio.ensure_future(_read_on(socket))  # the client's own Close stands behind its sound
        await socket.close(code, "See Error message for details")
        await rest

    if script.error:
        await fail(*script.error)
        return
    if not script.begin:
        await socket.wait_closed()
        return
    await say(
        {
            "type": "Begin",
            "id": f"session-{number}",
            "expires_at": int(time.time()) + 10800,
            "configuration": {"model": script.model or query.get("speech_model")},
        }
    )
    for message in script.extra:
        await say(message)
    count = 0
    async for data in socket:
        if isinstance(data, str):
            message = json.loads(data)
            script.messages.append(message)
            if message["type"] == "Terminate":
                for turn in leg.turns(flush=True) if leg.heard else []:
                    await say(turn)
                code = script.faults(number, -1)
                if code is not None:
                    await fail(code)
                    return
                if script.terminate:
                    seconds = round(time.monotonic() - opened)
                    await say(
                        {
                            "type": "Termination",
                            "audio_duration_seconds": leg.time // 1000,
                            "session_duration_seconds": seconds,
                        }
                    )
                    await socket.close()
                else:
                    await socket.wait_closed()
                return
            continue
        script.frames.append(len(data) // 2 * 1000 // RATE)
        leg.hear(data)
        for turn in leg.turns():
            await say(turn)
        code = script.faults(number, count)
        if pause := script.stall(number, count):
            await asyncio.sleep(pause)
        count += 1
        if code is not None:
            await fail(code)
            return


@asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[Script]:
    """The server while the block runs."""

    async def handler(socket: ServerConnection) -> None:
        script.open += 1
        try:
            await _session(socket, script)
        except ConnectionClosed:
            pass
        finally:
            script.open -= 1

    def refuse(connection: ServerConnection, request: Request) -> Response | None:
        return connection.respond(script.refusals.pop(0), "Busy.") if script.refusals else None

    async with serve(handler, "127.0.0.1", 0, compression=None, process_request=refuse) as server:
        port = server.sockets[0].getsockname()[1]
        script.url = f"ws://127.0.0.1:{port}"
        yield script


@contextmanager
def scripted_beside(script: Script) -> Iterator[Script]:
    """The server in a thread of its own while the block runs."""
    ready, loop, stop = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def main() -> None:
        async with scripted(script):
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),))
    thread.start()
    ready.wait()
    try:
        yield script
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
