"""Connections that are used again, given back and closed, over a real socket."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from aai_jupyter.network.certificates import tls_context
from aai_jupyter.network.direct_connections import DirectTransport
from tests.client.scripted import RESET, ScriptedService, Step, reply


async def test_a_connection_serves_one_request_after_another(service: ScriptedService) -> None:
    service.on("GET", "/x", reply({"a": 1}))
    transport = DirectTransport(tls_context, most=2, idle=2)
    async with httpx.AsyncClient(transport=transport) as client:
        for _ in range(3):
            assert (await client.get(service.url + "/x")).json() == {"a": 1}
        replies = await asyncio.gather(*(client.get(service.url + "/x") for _ in range(10)))
        assert [r.status_code for r in replies] == [200] * 10
        (idle,) = transport._idle.values()
        assert 1 <= len(idle) <= 2
    assert not any(transport._idle.values())


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (RESET, httpx.ReadError),
        (reply({"a": 1}, cut=3), httpx.RemoteProtocolError),
        (Step(delay=1.0), httpx.ReadTimeout),
    ],
)
async def test_faults_are_those_of_httpx(service: ScriptedService, step: Step, kind: type[Exception]) -> None:
    service.on("GET", "/x", step)
    timeout = 0.3 if kind is httpx.ReadTimeout else 60.0
    async with httpx.AsyncClient(transport=DirectTransport(tls_context, most=1), timeout=timeout) as client:
        for _ in range(3):  # a place that is not given back would block the next request for good
            with pytest.raises((kind, httpx.NetworkError, httpx.RemoteProtocolError)):
                await client.get(service.url + "/x")
        with pytest.raises(httpx.ConnectError):
            await client.get("http://127.0.0.1:9/")


@pytest.mark.parametrize("farewell", [b"", b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"])
async def test_what_a_server_says_to_an_idle_connection_answers_no_request(farewell: bytes) -> None:
    said: list[bytes] = []
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await over.wait()
        writer.write(farewell)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        transport = DirectTransport(tls_context, expiry=3600.0)
        async with asyncio.timeout(20), httpx.AsyncClient(transport=transport) as client:
            assert (await client.get(url)).text == "ok"
            ((idle,),) = transport._idle.values()
            over.set()
            while not idle.has_expired():  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)
            assert (await client.get(url)).text == "ok"
    assert len(said) == 2
