"""The key: in no log, no traceback, no error, and at no other host."""

from __future__ import annotations

import logging
import traceback
from http import HTTPStatus
from importlib.metadata import version
from types import SimpleNamespace

import httpx
import pytest
from websockets.asyncio.server import serve

from aai_jupyter.client.client import Client
from aai_jupyter.client.hosts import Hosts
from aai_jupyter.client.http import Http
from aai_jupyter.client.options.catalog.streaming_vocabulary import AUTH
from aai_jupyter.client.retry import FailedAttempt
from aai_jupyter.client.streaming import websocket
from aai_jupyter.client.streaming.close_codes import Closed
from aai_jupyter.client.streaming.websocket import open_connection
from aai_jupyter.errors import AaiError, NetworkError, UsageError
from aai_jupyter.notebook.magics import login_magic
from aai_jupyter.settings.configuration import settings
from aai_jupyter.settings.endpoint import ApiKey, Endpoint
from tests.client.scripted import ScriptedService, reply

KEY = "S3CRET-0123456789abcdef0123456789"


def endpoint(url: str) -> Endpoint:
    return Endpoint(url, url.replace("http", "ws"), url, ApiKey(KEY))


def frames(error: BaseException) -> str:
    """What a report of an error with all local names would hold."""
    seen = []
    todo: list[BaseException | None] = [error]
    while todo:
        one = todo.pop()
        if one is None:
            continue
        todo += [one.__cause__, one.__context__]
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if frame.f_globals["__name__"].startswith(("aai_jupyter", "websockets", "keyring")):
                seen.append(repr(frame.f_locals))
    return "\n".join([*seen, str(error), repr(error)])


@pytest.mark.parametrize("auth", [a for a in AUTH if a != "token"])
async def test_no_log_of_a_connection_holds_the_key(auth, caplog):
    async def handler(socket):
        await socket.send('{"type": "Begin", "id": "x", "expires_at": 1}')
        await socket.wait_closed()

    caplog.set_level(logging.DEBUG)
    async with serve(handler, "127.0.0.1", 0) as server:
        http = Http(endpoint(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
        connection = await open_connection(http, {}, auth=auth)
        await connection.close()
        await http.aclose()
    ours = [record.getMessage() for record in caplog.records if record.name != "websockets.server"]
    assert KEY not in "\n".join(ours)


@pytest.mark.parametrize("auth", [a for a in AUTH if a != "token"])
@pytest.mark.parametrize("status", [301, 307, 308])
async def test_a_redirect_is_not_followed(auth, status):
    seen = []

    async def handler(socket):
        seen.append(socket.request.path)
        await socket.wait_closed()

    async with serve(handler, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]

        def redirect(connection, request):
            answer = connection.respond(HTTPStatus(status), "")
            answer.headers["Location"] = f"ws://localhost:{port}/stolen"
            return answer

        async with serve(handler, "127.0.0.1", 0, process_request=redirect) as server:
            http = Http(endpoint(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
            with pytest.raises(AaiError, match="redirect, which is not followed") as caught:
                await open_connection(http, {}, auth=auth)
            await http.aclose()
    assert seen == []
    assert KEY not in frames(caught.value)


@pytest.mark.parametrize("error", [ImportError("python-socks is required"), KeyError("x"), RuntimeError("x")])
async def test_no_error_of_a_library_below_holds_the_key(error, monkeypatch):
    async def broken(*arguments, **options):
        raise error

    monkeypatch.setattr(websocket, "open_web_socket", broken)
    http = Http(endpoint("http://127.0.0.1:9"))
    with pytest.raises(AaiError, match="cannot be reached") as caught:
        await open_connection(http, {}, auth="header")
    await http.aclose()
    assert KEY not in frames(caught.value)


async def _streamed(http: Http) -> None:
    async with http.stream("/x", json={}, base_url=http.endpoint.base_url):
        pass


@pytest.mark.parametrize("call", [_streamed, lambda http: http.request("GET", "/x")])
async def test_an_error_before_a_connection_holds_no_frame_that_has_the_request(call, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "ftp://proxy:21")
    http = Http(Endpoint("https://api.example.org", "wss://api.example.org", "", ApiKey(KEY)))
    with pytest.raises(NetworkError, match="HTTPS_PROXY is not the address") as caught:
        await call(http)
    await http.aclose()
    names = {frame.f_globals["__name__"] for frame, _ in traceback.walk_tb(caught.value.__traceback__)}
    assert not any(name.startswith(("httpx", "aai_jupyter.network")) for name in names)
    assert caught.value.__context__ is None


def test_versions_that_take_the_key_along_are_not_allowed():
    assert tuple(map(int, version("websockets").split(".")[:2])) >= (16, 1)


class NoBackend:
    """What keyring does on servers."""

    def set_password(self, service, name, key):
        raise RuntimeError("No recommended backend was available.")


def test_a_keyring_without_a_backend_does_not_show_the_key(monkeypatch, capsys):
    async def fine(endpoint):
        pass

    own = SimpleNamespace(bridge=SimpleNamespace(run=lambda made: made.close()))
    monkeypatch.setattr("aai_jupyter.runtime.process.runtime", lambda: own)
    monkeypatch.setattr(login_magic, "check", fine)
    monkeypatch.setattr(login_magic, "_keyring", NoBackend)
    monkeypatch.setattr("getpass.getpass", lambda text: KEY)
    with pytest.raises(UsageError, match="does not take the key") as caught:
        login_magic._log_in(None, True)
    settings.logout()
    assert KEY not in frames(caught.value)
    assert KEY not in capsys.readouterr().out


def test_a_refused_key_is_in_no_frame(monkeypatch):
    class Refused(Exception):
        pass

    def refuse(made):
        made.close()
        raise Refused

    own = SimpleNamespace(bridge=SimpleNamespace(run=refuse))
    monkeypatch.setattr("aai_jupyter.runtime.process.runtime", lambda: own)
    monkeypatch.setattr("getpass.getpass", lambda text: KEY)
    with pytest.raises(Refused) as caught:
        login_magic._log_in(None, False)
    assert KEY not in frames(caught.value)


@pytest.mark.parametrize("status", [200, 302, 401, 403, 500])
async def test_what_a_server_sends_back_of_the_key_is_left_out(status):
    """In headers, bodies and redirects."""
    http = Http(endpoint("http://127.0.0.1:9"))
    body = f'{{"error": "no {KEY}", "request_id": "{KEY}"}}'
    headers = {"location": f"/?key={KEY}", "x-request-id": KEY}
    http._client = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(status, text=body, headers=headers))
    )
    assert KEY not in repr(vars(Hosts(http.endpoint)))
    if status != 200:
        with pytest.raises((AaiError, FailedAttempt)) as caught:
            await http.request("POST", "/v2/transcript", json={})
        assert KEY not in frames(caught.value)
    await http.aclose()


async def test_a_reply_that_holds_the_key_shows_it_nowhere(stage):
    """A proxy that answers 200 with a page, or any server that sends back what it was sent."""
    service = stage.put(ScriptedService())
    body = f"<html>your key {KEY} is wrong</html>".encode()
    service.on("GET", "/v2/transcript/*", reply(body, headers={"x-request-id": KEY}))
    service.on("POST", "/v2/upload", reply(body))
    async with Client(endpoint(service.url)) as client:
        api = client.transcripts
        for call in (api.get("t1"), api.sentences("t1"), api.upload(b"RIFF....WAVE" * 9)):
            with pytest.raises(AaiError) as failed:
                await call
            shown = "\n".join((repr(failed.value), str(failed.value), str(vars(failed.value))))
            assert KEY not in shown


def test_a_socket_that_is_refused_shows_no_key():
    error = websocket._without(AaiError("no k1", detail="your key k1", request_id="k1"), "k1", "")
    assert "k1" not in f"{error!r} {error} {vars(error)}"
    closed = websocket._without(Closed(1008, "bad key k1"), "k1")
    assert "k1" not in f"{closed!r} {closed} {vars(closed)}"
