"""A real HTTP server on loopback, its replies scripted path by path, with the faults a network makes."""

from __future__ import annotations

import asyncio
import fnmatch
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from aai_jupyter.client.retry import RetryPolicy
from aai_jupyter.settings.endpoint import ApiKey, Endpoint

KEY = "0123456789abcdef0123456789abcdef"
QUICK = RetryPolicy(first=0.01, longest=0.02, total=1.5, settle=0.02, outage=0.6, missing=0.2)


@dataclass
class Received:
    """One request as it arrived."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Step:
    """One scripted reply.

    `cut`: close after so many bytes of the body. `reset`: close without a reply, after the request was read.
    `unread`: reply without reading the body. `delay`: seconds before the reply.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    reset: bool = False
    unread: bool = False
    delay: float = 0.0


def reply(data: Any = None, status: int = 200, **more: Any) -> Step:
    """A JSON reply, or one with the bytes given."""
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return Step(status, body, **more)


RESET = Step(reset=True)
HTML_502 = Step(502, b"<html><head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body></html>")

Script = Step | Callable[[Received], Step]


class ScriptedService:
    """Replies of `on(method, path)` are used one after another; the last one stays."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self._scripts: list[tuple[str, str, list[Script]]] = []
        self.url = ""

    def on(self, method: str, path: str, *steps: Script) -> None:
        self._scripts.insert(0, (method, path, list(steps)))

    def sent(self, method: str, path: str = "*") -> list[Received]:
        return [r for r in self.received if r.method == method and fnmatch.fnmatch(r.path, path)]

    async def wait_for(self, requests: int) -> None:
        """Until so many requests have arrived."""
        async with asyncio.timeout(60):
            while len(self.received) < requests:  # noqa: ASYNC110 - the server is another thread
                await asyncio.sleep(0.01)

    def _next(self, request: Received) -> Script:
        for method, path, steps in self._scripts:
            if method == request.method and fnmatch.fnmatch(request.path, path):
                return steps.pop(0) if len(steps) > 1 else steps[0]
        return reply({"error": f"nothing scripted for {request.method} {request.path}"}, 404)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = {k.decode(): v.decode() for k, v in scope["headers"]}
        request = Received(scope["method"], scope["path"], scope["query_string"].decode(), headers)
        self.received.append(request)
        script = self._next(request)
        if not (isinstance(script, Step) and script.unread):
            parts: list[bytes] = []
            more = True
            while more:
                message = await receive()
                parts.append(message.get("body", b""))
                more = message.get("more_body", False)
            request.body = b"".join(parts)
        step = script(request) if callable(script) else script
        await asyncio.sleep(step.delay)
        if step.reset:
            _reset(receive)
            return
        names = {"content-length": str(len(step.body)), **step.headers}
        await send(
            {
                "type": "http.response.start",
                "status": step.status,
                "headers": [(k.encode(), v.encode()) for k, v in names.items()],
            }
        )
        if step.cut is not None:
            await send({"type": "http.response.body", "body": step.body[: step.cut], "more_body": True})
            _reset(receive)
            return
        await send({"type": "http.response.body", "body": step.body})


def _reset(receive: Any) -> None:
    """Break the connection as a network does: the server's own transport is not part of ASGI."""
    transport = receive.__self__.transport
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def serve(app: Any) -> Iterator[str]:
    """Run an ASGI app on a free loopback port in a thread."""
    sock = socket.create_server(("127.0.0.1", 0))
    # asyncio does not do this for a socket that it has not made, and each reply would wait 40 ms for an ACK.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", proxy_headers=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


class Stage:
    """One server for a whole session; what plays on it changes from test to test."""

    def __init__(self) -> None:
        self.url = ""
        self._playing: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._playing(scope, receive, send)

    def put(self, script: Any) -> Any:
        """Let this one play, with the server's address as its ``url``."""
        script.url = self.url
        self._playing = script
        return script


def staged() -> Iterator[Stage]:
    """A stage while the session lasts."""
    made = Stage()
    for url in serve(made):
        made.url = url
        yield made


def endpoint_at(url: str, key: str = KEY, **more: Any) -> Endpoint:
    return Endpoint(url, url.replace("http", "ws"), url, ApiKey(key), **{"region": "custom", **more})
