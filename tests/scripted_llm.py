"""A real HTTP server with an OpenAI-shaped gateway whose answers are scripted; it keeps a ledger.

Everything generative is tested against it: what it says is decided by the test, how it says it is real.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aai_jupyter.client.retry import RetryPolicy
from aai_jupyter.settings.endpoint import ApiKey, Endpoint
from tests.client.scripted import serve

KEY = "0123456789abcdef0123456789abcdef"
QUICK = RetryPolicy(first=0.005, longest=0.01, total=2.0)
ALL = ["max_tokens", "temperature", "top_p", "stream", "tools", "tool_choice", "response_format", "reasoning"]


def model(
    id: str, *, supported: list[str] | None = ALL, context: int = 200_000, **more: Any
) -> dict[str, Any]:
    """A catalog entry in the service's form."""
    prices = more.pop("prices", {"prompt": 0.3, "completions": 2.5, "input_cache_read": 0.075})
    return {
        "id": id,
        "name": id.title(),
        "description": "",
        "creator": "test",
        "context_length": context,
        "supported_parameters": supported,
        "default_parameters": {"temperature": 1.0, "top_p": None, "frequency_penalty": None},
        "top_provider": {"is_moderated": False, "context_length": context, "max_completion_tokens": 8192},
        "pricing": {"global": prices, "us": {k: v * 1.1 for k, v in prices.items()}, "eu": None},
        "retirement_date": 0,
        "available_regions": None,
        "providers": None,
        "default_provider": {"id": "test", "name": "Test"},
        **more,
    }


@dataclass
class Say:
    """One answer. ``text`` may be a list of pieces for a stream; ``raw`` is sent as it is.

    ``hold_at``: after so many bytes a stream stands still until the caller goes away.
    """

    text: str | list[str] = ""
    calls: list[dict[str, Any]] | None = None
    usage: dict[str, Any] | None = None
    finish: str | None = "stop"
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    cut_at: int | None = None
    chunk: int | None = None
    delay: float = 0.0
    hold_at: int | None = None


Script = Say | Callable[[dict[str, Any]], Say]


class ScriptedLlm:
    """Scripts are used one after another; the last one stays. ``limit`` requests are taken per ``window``."""

    def __init__(self, *scripts: Script, limit: int | None = None, window: float = 1.0) -> None:
        self.scripts: list[Script] = list(scripts) or [Say("Yes.")]
        self.models = [model("smart"), model("plain", supported=["max_tokens"], context=3000)]
        self.bodies: list[dict[str, Any]] = []
        self.looks = 0
        self.refused = 0
        self.ledger: list[dict[str, int]] = []
        self.limit, self.window = limit, window
        self._window_ends = 0.0
        self._in_window = 0
        self.most_in_window = 0
        self.url = ""
        self._lock = threading.Lock()

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(self.url, self.url, self.url, ApiKey(KEY), region="us")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        content, more = b"", True
        while more:
            message = await receive()
            content += message.get("body", b"")
            more = message.get("more_body", False)
        if scope["path"] == "/v1/models":
            self.looks += 1
            await self._send(send, 200, json.dumps({"data": self.models}).encode(), {})
            return
        headers = self._count()
        if headers is None:
            self.refused += 1
            rest = max(0.0, self._window_ends - time.monotonic())
            body = {"code": 429, "message": "too many requests for this action", "request_id": "r"}
            told = {
                "retry-after": f"{rest:.3f}",
                "x-ratelimit-limit": str(self.limit),
                "x-ratelimit-remaining": "-1",
            }
            await self._send(send, 429, json.dumps(body).encode(), told)
            return
        body = json.loads(content)
        self.bodies.append(body)
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        say = script(body) if callable(script) else script
        gone = asyncio.ensure_future(receive())  # the caller may go away meanwhile
        done, _ = await asyncio.wait({gone}, timeout=say.delay)
        gone.cancel()
        if done:
            return
        await self._say(send, receive, say, body, {**headers, **say.headers})

    def _count(self) -> dict[str, str] | None:
        """The headers of the limit, as at the request's arrival; None when it is refused."""
        if self.limit is None:
            return {}
        now = time.monotonic()
        if now >= self._window_ends:
            self._window_ends, self._in_window = now + self.window, 0
        if self._in_window >= self.limit:
            return None
        self._in_window += 1
        self.most_in_window = max(self.most_in_window, self._in_window)
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.limit - self._in_window),
            "x-ratelimit-reset": f"{self._window_ends - now:.4f}",
        }

    async def _say(
        self, send: Any, receive: Any, say: Say, body: dict[str, Any], headers: dict[str, str]
    ) -> None:
        if say.status != 200 or say.body is not None:
            await self._send(send, say.status, json.dumps(say.body).encode(), headers)
            return
        usage = say.usage or {"prompt_tokens": len(json.dumps(body["messages"])) // 4, "completion_tokens": 5}
        self.ledger.append(usage)
        if not body.get("stream"):
            text = "".join(say.text)
            message: dict[str, Any] = {"role": "assistant", "content": text}
            if say.calls:
                message["tool_calls"] = say.calls
            choice = {"index": 0, "message": message, "finish_reason": say.finish}
            whole = {"request_id": "req-1", "model": body["model"], "choices": [choice], "usage": usage}
            await self._send(send, 200, say.raw or json.dumps(whole).encode(), headers, say.cut_at)
            return
        raw = say.raw or stream_bytes(say, usage)
        names = {"content-type": "text/event-stream", **headers}
        start = [(k.encode(), v.encode()) for k, v in names.items()]
        await send({"type": "http.response.start", "status": 200, "headers": start})
        raw = raw if say.cut_at is None else raw[: say.cut_at]
        size = say.chunk or len(raw) or 1
        if say.hold_at is not None:
            await send({"type": "http.response.body", "body": raw[: say.hold_at], "more_body": True})
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        for first in range(0, len(raw), size):
            await send({"type": "http.response.body", "body": raw[first : first + size], "more_body": True})
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b""})

    async def _send(
        self, send: Any, status: int, body: bytes, headers: dict[str, str], cut: int | None = None
    ) -> None:
        names = {"content-type": "application/json", "content-length": str(len(body)), **headers}
        start = [(k.encode(), v.encode()) for k, v in names.items()]
        await send({"type": "http.response.start", "status": status, "headers": start})
        await send({"type": "http.response.body", "body": body[:cut] if cut is not None else body})


def chunk(delta: dict[str, Any] | None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {
        "id": "c1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": choices,
        **more,
    }


def stream_bytes(say: Say, usage: dict[str, Any]) -> bytes:
    pieces = say.text if isinstance(say.text, list) else [say.text]
    events = [chunk({"role": "assistant", "content": ""})] + [chunk({"content": piece}) for piece in pieces]
    for number, call in enumerate(say.calls or []):
        arguments = call["function"]["arguments"]
        events.append(
            chunk({"tool_calls": [{"index": number, "id": call["id"], "type": "function",
                                   "function": {"name": call["function"]["name"], "arguments": ""}}]})
        )  # fmt: skip
        events += [
            chunk({"tool_calls": [{"index": number, "function": {"arguments": letter}}]})
            for letter in arguments
        ]
    events += [chunk({}, say.finish), chunk(None, usage=usage)]
    return b"".join(b"data: " + json.dumps(e).encode() + b"\n\n" for e in events) + b"data: [DONE]\n\n"


def call(name: str, arguments: dict[str, Any] | str, id: str = "call_a") -> dict[str, Any]:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"id": id, "type": "function", "function": {"name": name, "arguments": text}}


@contextmanager
def running(llm: ScriptedLlm) -> Iterator[ScriptedLlm]:
    """The server on a free port."""
    server = serve(llm)
    llm.url = next(server)
    try:
        yield llm
    finally:
        next(server, None)
