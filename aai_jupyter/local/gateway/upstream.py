"""Models of an OpenAI-compatible server that the user runs: Ollama, llama.cpp, vLLM, LM Studio and others."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
from starlette.responses import Response, StreamingResponse

from aai_jupyter.local.gateway.errors import GatewayError

AUTO = "auto"
PORTS = {"Ollama": 11434, "llama.cpp": 8080, "vLLM": 8000, "LM Studio": 1234}
"""Default ports of the servers that ``auto`` looks for, on this machine only."""
SUPPORTED = (
    "max_tokens", "temperature", "top_p", "stream", "tools", "tool_choice", "response_format",
)  # fmt: skip
CATALOG_SECONDS = 10.0
_PROBE_SECONDS = 0.5
_TIMEOUT = httpx.Timeout(600.0, connect=5.0)
_MAX_CATALOG_BYTES = 4 << 20
# Fields of the gateway that these servers do not know; some refuse a request that has them.
_OURS = (
    "transcript_id", "post_processing_steps", "fallbacks", "fallback_config", "model_region", "cache_control",
    "prompt_cache_key", "prompt_cache_retention", "zero_data_retention", "fail_fast", "max_timeout",
    "reasoning",
)  # fmt: skip
_OVERFLOW = re.compile(
    r"context.{0,40}(length|size|window|limit)|exceed.{0,60}context", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True)
class Server:
    """One server: its base address without ``/v1``, and the key it wants."""

    name: str
    url: str
    key: str | None = None

    @property
    def on_this_machine(self) -> bool:
        host = urlsplit(self.url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}


class Upstream:
    """The models of a named server, or of those found on this machine.

    Parameters
    ----------
    url : str or None
        Base address; ``"auto"``; None for none.
    key : str, optional
        Sent to the named server only.

    Attributes
    ----------
    missing : str or None
        Why the named server had no models at the last look.
    """

    def __init__(self, url: str | None = None, key: str | None = None) -> None:
        self._url, self._key = url, key
        self._entries: list[dict[str, Any]] = []
        self._servers: dict[str, Server] = {}
        self.missing: str | None = None
        self._looked = -CATALOG_SECONDS
        self._lock: asyncio.Lock | None = None
        self._clients: dict[bool, httpx.AsyncClient] = {}

    def _client(self, server: Server) -> httpx.AsyncClient:
        here = server.on_this_machine
        if here not in self._clients:  # made on the loop that uses it
            self._clients[here] = httpx.AsyncClient(timeout=_TIMEOUT, trust_env=not here)
        return self._clients[here]

    async def models(self, own_port: int | None = None) -> list[dict[str, Any]]:
        """Entries for the catalog. A server that does not answer has none."""
        if self._url is None:
            return []
        self._lock = self._lock or asyncio.Lock()
        async with self._lock:
            if self.missing or time.monotonic() - self._looked > CATALOG_SECONDS:
                candidates = self._candidates(own_port)
                self.missing = None
                found = await asyncio.gather(*(self._look(server) for server in candidates))
                self._entries, self._servers = [], {}
                for server, entries in zip(candidates, found, strict=True):
                    for entry in entries:
                        if entry["id"] not in self._servers:
                            self._servers[entry["id"]] = server
                            self._entries.append(entry)
                self._looked = time.monotonic()
            return self._entries

    def _candidates(self, own_port: int | None) -> list[Server]:
        if self._url != AUTO:
            return [Server(urlsplit(str(self._url)).netloc, str(self._url), self._key)]
        return [Server(name, f"http://127.0.0.1:{port}") for name, port in PORTS.items() if port != own_port]

    async def _look(self, server: Server) -> list[dict[str, Any]]:
        limit = _PROBE_SECONDS if self._url == AUTO else 5.0
        try:
            reply = await self._client(server).get(
                f"{server.url}/v1/models", headers=server.headers, timeout=limit, follow_redirects=False
            )
            if not reply.is_success or len(reply.content) > _MAX_CATALOG_BYTES:
                return self._without(server, f"answers with status {reply.status_code}")
            data = msgspec.json.decode(reply.content)
        except (httpx.HTTPError, httpx.InvalidURL):
            return self._without(server, "does not answer")
        except (msgspec.DecodeError, UnicodeDecodeError):
            return self._without(server, "does not answer in JSON")
        rows = data.get("data") if isinstance(data, dict) else None
        entries = [
            _entry(row, server)
            for row in rows or ()
            if isinstance(row, dict) and isinstance(row.get("id"), str)
        ]
        return entries or self._without(server, "has no models")

    def _without(self, server: Server, why: str) -> list[dict[str, Any]]:
        if self._url != AUTO:
            self.missing = f"the server at {server.name} {why}"
        return []

    async def server_of(self, model: str, own_port: int | None = None) -> Server | None:
        """Who serves a model."""
        if model not in self._servers:
            await self.models(own_port)
        return self._servers.get(model)

    async def complete(self, server: Server, body: dict[str, Any], request_id: str) -> Response:
        """Pass a request on; a stream is passed back piece by piece.

        Raises
        ------
        GatewayError
            What the server answered, in the gateway's envelope.
        """
        sent = {name: value for name, value in body.items() if name not in _OURS and value is not None}
        client = self._client(server)
        request = client.build_request(
            "POST", f"{server.url}/v1/chat/completions", json=sent, headers=server.headers
        )
        try:
            reply = await client.send(request, stream=True)
        except httpx.TimeoutException:
            raise GatewayError(504, f"the server at {server.name} did not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise GatewayError(502, f"the server at {server.name} does not answer: {error}") from None
        if reply.is_success and body.get("stream"):
            head = {"x-request-id": request_id}
            return StreamingResponse(_pieces(reply, server), media_type="text/event-stream", headers=head)
        try:
            content = await reply.aread()
        except httpx.HTTPError as error:
            raise GatewayError(502, f"the server at {server.name} broke off: {error}") from None
        finally:
            await reply.aclose()
        if not reply.is_success:
            raise _refusal(reply.status_code, content, server)
        return _whole(content, body, request_id, server)


async def _pieces(reply: httpx.Response, server: Server) -> AsyncIterator[bytes]:
    try:
        async for chunk in reply.aiter_bytes():
            yield chunk
    except httpx.HTTPError as error:
        broken = {"error": {"message": f"the server at {server.name} broke off: {error}", "code": 502}}
        yield b"\n\ndata: " + msgspec.json.encode(broken) + b"\n\n"
    finally:
        await reply.aclose()


def _whole(content: bytes, body: dict[str, Any], request_id: str, server: Server) -> Response:
    try:
        data = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        data = None
    if not isinstance(data, dict):
        raise GatewayError(502, f"the server at {server.name} did not answer in JSON")
    steps = body.get("post_processing_steps")
    if isinstance(steps, list) and {"type": "json-repair"} in steps:
        _repair(data)
    data["request_id"] = request_id
    _name_usage(data)
    head = {"x-request-id": request_id}
    return Response(msgspec.json.encode(data), 200, head, media_type="application/json")


def _name_usage(data: dict[str, Any]) -> None:
    """Tokens under both sets of names, as the gateway tells them."""
    usage = data.get("usage")
    if not isinstance(usage, dict):
        return
    given, made = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if isinstance(given, int) and isinstance(made, int):
        named = {"input_tokens": given, "output_tokens": made, "total_tokens": given + made}
        data["usage"] = {**named, **usage}


def _repair(data: dict[str, Any]) -> None:
    """What the service's step json-repair does: JSON with small faults is written anew."""
    import json_repair

    for choice in data.get("choices") or ():
        message = choice.get("message") if isinstance(choice, dict) else None
        if not isinstance(message, dict):
            continue
        text = message.get("content")
        if isinstance(text, str) and any(mark in text for mark in "{["):
            fixed = json_repair.repair_json(text, ensure_ascii=False)
            if isinstance(fixed, str) and fixed.strip('" \n'):
                message["content"] = fixed


def _refusal(status: int, content: bytes, server: Server) -> GatewayError:
    try:
        data = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        data = content[:300].decode("utf-8", "replace")
    inner = data.get("error", data) if isinstance(data, dict) else data
    text = inner.get("message") if isinstance(inner, dict) else inner
    message = str(text or f"the server at {server.name} answered with status {status}")[:500]
    if status in (400, 413) and _OVERFLOW.search(message):
        return GatewayError(400, "model context limit exceeded", [message])
    # Its own key and address are matters between the engine and that server, not of the caller's key.
    return GatewayError(502 if status in (401, 403, 404) else status, f"{server.name}: {message}")


def _entry(row: dict[str, Any], server: Server) -> dict[str, Any]:
    """An entry in the gateway's form. What the server does not tell is 0 or null, never guessed."""
    meta: Any = row.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    told = (
        row.get("max_model_len"),
        row.get("context_length"),
        meta.get("n_ctx"),
        row.get("max_context_length"),
    )
    context = next((n for n in told if isinstance(n, int) and n > 0), 0)
    free = {"prompt": 0.0, "completions": 0.0}
    provider = {"id": "local" if server.on_this_machine else "remote", "name": server.name}
    where = "on this machine" if server.on_this_machine else "which is another machine"
    return {
        "id": row["id"],
        "name": str(row.get("name") or row["id"]),
        "description": f"Served by {server.name} ({server.url}), {where}.",
        "creator": provider["id"],
        "context_length": context,
        "supported_parameters": list(SUPPORTED),
        "default_parameters": {"temperature": None, "top_p": None, "frequency_penalty": None},
        "top_provider": {"is_moderated": False, "context_length": context, "max_completion_tokens": 0},
        "pricing": {"global": free, "us": free, "eu": free, "regional_increase_percent": 0.0},
        "retirement_date": 0,
        "available_regions": ["us", "eu", "global"],
        "providers": [provider],
        "default_provider": provider,
    }
