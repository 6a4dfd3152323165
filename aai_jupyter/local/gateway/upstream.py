"""OpenAI-compatible servers that the user runs: Ollama, llama.cpp, vLLM, LM Studio and others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
from starlette.responses import Response, StreamingResponse

from aai_jupyter.errors import AaiError
from aai_jupyter.local.gateway.errors import GatewayError
from aai_jupyter.local.gateway.response_format import WAYS, has_schema, refuses_schema, with_schema
from aai_jupyter.local.gateway.upstream_shapes import entry, name_usage, refusal, repair
from aai_jupyter.network.transport import Routes
from aai_jupyter.text.loopback import is_loopback_url

AUTO = "auto"
PORTS = {"Ollama": 11434, "llama.cpp": 8080, "vLLM": 8000, "LM Studio": 1234}
"""Default ports of the servers that ``auto`` looks for, on this machine only."""
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


@dataclass(frozen=True)
class UpstreamServer:
    """One server: its base address without ``/v1``, and its key."""

    name: str
    url: str
    key: str | None = None

    @property
    def on_this_machine(self) -> bool:
        return is_loopback_url(self.url)

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
        self._servers: dict[str, UpstreamServer] = {}
        self.missing: str | None = None
        self._looked = -CATALOG_SECONDS
        self._lock: asyncio.Lock | None = None
        self._clients: dict[bool, httpx.AsyncClient] = {}
        self._ways: dict[str, str] = {}

    async def __aenter__(self) -> Upstream:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients.values():
            await client.aclose()

    def _client(self, server: UpstreamServer) -> httpx.AsyncClient:
        here = server.on_this_machine
        if here not in self._clients:  # made on the loop that uses it
            self._clients[here] = httpx.AsyncClient(
                timeout=_TIMEOUT, transport=Routes(trust_env=not here), trust_env=False
            )
        return self._clients[here]

    async def models(self, own_port: int | None = None) -> list[dict[str, Any]]:
        """Return entries for the catalog. A server that does not answer has none."""
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
                    for one in entries:
                        if one["id"] not in self._servers:
                            self._servers[one["id"]] = server
                            self._entries.append(one)
                self._looked = time.monotonic()
            return self._entries

    def _candidates(self, own_port: int | None) -> list[UpstreamServer]:
        if self._url != AUTO:
            return [UpstreamServer(urlsplit(str(self._url)).netloc, str(self._url), self._key)]
        return [
            UpstreamServer(name, f"http://127.0.0.1:{port}")
            for name, port in PORTS.items()
            if port != own_port
        ]

    async def _look(self, server: UpstreamServer) -> list[dict[str, Any]]:
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
        except AaiError as error:  # of the user's proxy or certificates
            return self._without(server, f"cannot be asked: {error.message}")
        except (msgspec.DecodeError, UnicodeDecodeError):
            return self._without(server, "does not answer in JSON")
        rows = data.get("data") if isinstance(data, dict) else None
        entries = [
            entry(row, server)
            for row in rows or ()
            if isinstance(row, dict) and isinstance(row.get("id"), str)
        ]
        return entries or self._without(server, "has no models")

    def _without(self, server: UpstreamServer, why: str) -> list[dict[str, Any]]:
        if self._url != AUTO:
            self.missing = f"the server at {server.name} {why}"
        return []

    async def server_of(self, model: str, own_port: int | None = None) -> UpstreamServer | None:
        """Return the server of a model."""
        if model not in self._servers:
            await self.models(own_port)
        return self._servers.get(model)

    async def writer(self, own_port: int | None = None) -> tuple[UpstreamServer, dict[str, Any]] | None:
        """Return the first model that writes text, with its server; None when there is none."""
        for model in await self.models(own_port):
            if "embed" not in model["id"].lower():  # some servers list models of vectors too
                return self._servers[model["id"]], model
        return None

    async def complete(self, server: UpstreamServer, body: dict[str, Any], request_id: str) -> Response:
        """Forward a request; a stream is passed back chunk by chunk.

        Raises
        ------
        GatewayError
            What the server answered, in the gateway's envelope.
        """
        head = {"x-request-id": request_id}
        if body.get("stream"):
            reply = await self._send(server, body)
            return StreamingResponse(_pieces(reply, server), media_type="text/event-stream", headers=head)
        data = await self.answer(server, body)
        steps = body.get("post_processing_steps")
        if isinstance(steps, list) and {"type": "json-repair"} in steps:
            repair(data)
        data["request_id"] = request_id
        name_usage(data)
        return Response(msgspec.json.encode(data), 200, head, media_type="application/json")

    async def answer(self, server: UpstreamServer, body: dict[str, Any]) -> dict[str, Any]:
        """Return the response to a request that is not streamed. Raises as :meth:`complete` does."""
        reply = await self._send(server, body)
        content = await _read(reply, server)
        try:
            data = msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            data = None
        if not isinstance(data, dict):
            raise GatewayError(502, f"the server at {server.name} did not answer in JSON")
        return data

    async def _send(self, server: UpstreamServer, body: dict[str, Any]) -> httpx.Response:
        """Send a request and return the open response; retries with other formats of the schema."""
        sent = {name: value for name, value in body.items() if name not in _OURS and value is not None}
        if not has_schema(sent):
            return await self._post(server, sent)
        while True:
            way = self._ways.get(server.url, WAYS[0])
            try:
                return await self._post(server, with_schema(sent, way))
            except GatewayError as error:
                if way == WAYS[-1] or not refuses_schema(error.message):
                    raise
                self._ways[server.url] = WAYS[WAYS.index(way) + 1]

    async def _post(self, server: UpstreamServer, sent: dict[str, Any]) -> httpx.Response:
        try:
            client = self._client(server)
            request = client.build_request(
                "POST", f"{server.url}/v1/chat/completions", json=sent, headers=server.headers
            )
            reply = await client.send(request, stream=True)
        except httpx.TimeoutException:
            raise GatewayError(504, f"the server at {server.name} did not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise GatewayError(502, f"the server at {server.name} does not answer: {error}") from None
        except AaiError as error:  # of the user's proxy or certificates
            raise GatewayError(502, f"the server at {server.name} cannot be asked: {error.message}") from None
        if not reply.is_success:
            raise refusal(reply.status_code, await _read(reply, server), server)
        return reply


async def _pieces(reply: httpx.Response, server: UpstreamServer) -> AsyncIterator[bytes]:
    try:
        async for chunk in reply.aiter_bytes():
            yield chunk
    except httpx.HTTPError as error:
        broken = {"error": {"message": f"the server at {server.name} broke off: {error}", "code": 502}}
        yield b"\n\ndata: " + msgspec.json.encode(broken) + b"\n\n"
    finally:
        await reply.aclose()


async def _read(reply: httpx.Response, server: UpstreamServer) -> bytes:
    try:
        return await reply.aread()
    except httpx.HTTPError as error:
        raise GatewayError(502, f"the server at {server.name} broke off: {error}") from None
    finally:
        await reply.aclose()
