"""A gateway on loopback that limits and charges like the real one, and writes down what it charged.

The model is what is simulated: it takes a time, says a sentence, counts tokens. Limit, headers, streams and
HTTP are real.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import random
import socket
import time
from collections.abc import Iterator
from typing import Any

MODEL = "stub"
PRICES = {"prompt": 0.3, "completions": 2.5, "input_cache_read": 0.075}
STEP = 0.02  # seconds between two pieces of a stream


class StubGateway:
    """The ASGI application: a window of ``limit`` requests that begins with its first one."""

    def __init__(self, limit: int, window: float, latency: tuple[float, float]) -> None:
        self.limit, self.window, self.latency = limit, window, latency
        self._ends, self._count = 0.0, 0
        self._random = random.Random(1)
        self.state: dict[str, Any] = {"refused": 0, "answered": 0, "first": None, "ledger": []}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if scope["path"] == "/v1/models":
            await _json(send, 200, {"data": [_entry()]})
        elif scope["path"] == "/state":
            await _json(send, 200, self.state)
        else:
            await self._chat(send, json.loads(body))

    async def _chat(self, send: Any, body: dict[str, Any]) -> None:
        now = time.monotonic()
        self.state["first"] = self.state["first"] or now
        if now >= self._ends:
            self._ends, self._count = now + self.window, 0
        self._count += 1
        left = self.limit - self._count
        told = {"x-ratelimit-limit": self.limit, "x-ratelimit-remaining": left}
        told |= {"x-ratelimit-reset": f"{self._ends - now:.4f}", "x-ratelimit-model": MODEL}
        if left < 0:
            self.state["refused"] += 1
            error = {"code": 429, "message": "too many requests for this action", "request_id": "r"}
            await _json(send, 429, error, {**told, "retry-after": f"{self._ends - now:.4f}"})
            return
        given = len(json.dumps(body["messages"])) // 4
        usage = {
            "prompt_tokens": given,
            "completion_tokens": self._random.randint(20, 60),
            "prompt_tokens_details": {
                "cached_tokens": self._random.randint(0, given // 2),
                "audio_tokens": 0,
            },
        }
        self.state["ledger"].append(
            [given, usage["completion_tokens"], usage["prompt_tokens_details"]["cached_tokens"]]
        )
        if body.get("stream"):
            await _stream(send, told, usage)
        else:
            await asyncio.sleep(self._random.uniform(*self.latency))
            message = {"role": "assistant", "content": "It was agreed [1]."}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            await _json(
                send, 200, {"request_id": "r", "model": MODEL, "choices": [choice], "usage": usage}, told
            )
        self.state["answered"] += 1


async def _stream(send: Any, told: dict[str, Any], usage: dict[str, Any]) -> None:
    headers = {"content-type": "text/event-stream", **told}
    await send({"type": "http.response.start", "status": 200, "headers": _headers(headers)})
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": MODEL}
    for _ in range(50):
        text = f"{time.monotonic():.6f} "  # the moment of sending; one clock for all processes of a machine
        await _event(
            send, {**head, "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
        )
        await asyncio.sleep(STEP)
    await _event(send, {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    await _event(send, {**head, "choices": [], "usage": usage})
    await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})


async def _event(send: Any, data: dict[str, Any]) -> None:
    content = b"data: " + json.dumps(data).encode() + b"\n\n"
    await send({"type": "http.response.body", "body": content, "more_body": True})


async def _json(send: Any, status: int, data: Any, headers: dict[str, Any] | None = None) -> None:
    content = json.dumps(data).encode()
    names = {"content-type": "application/json", "content-length": len(content), **(headers or {})}
    await send({"type": "http.response.start", "status": status, "headers": _headers(names)})
    await send({"type": "http.response.body", "body": content})


def _headers(names: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), str(value).encode()) for name, value in names.items()]


def _entry() -> dict[str, Any]:
    return {
        "id": MODEL,
        "context_length": 128_000,
        "supported_parameters": ["max_tokens", "stream"],
        "pricing": {"global": PRICES},
    }


def _serve(listener: socket.socket, limit: int, window: float, latency: tuple[float, float]) -> None:
    import uvicorn

    config = uvicorn.Config(StubGateway(limit, window, latency), log_level="critical", lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


@contextlib.contextmanager
def stub_gateway(limit: int, window: float, latency: tuple[float, float]) -> Iterator[str]:
    """Run it in a process of its own; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    # asyncio does not do this for a socket that it has not made, and each reply would wait 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(listener, limit, window, latency), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        process.terminate()
        process.join()
        listener.close()
