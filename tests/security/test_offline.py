"""``offline = true``: nothing but this machine is asked, and the administrator's word stays."""

from __future__ import annotations

import ast
import os
import socket
from pathlib import Path

import pytest

import aai_jupyter as aai
from aai_jupyter.audio.pyav import open_audio
from aai_jupyter.client.client import Client
from aai_jupyter.client.streaming.websocket import open_connection
from aai_jupyter.errors import OfflineError, OptionError
from aai_jupyter.jobs.shared_objects import PatientObjects, shared_objects
from aai_jupyter.local.fetch import download
from aai_jupyter.local.gateway.errors import GatewayError
from aai_jupyter.local.gateway.upstream import Upstream, UpstreamServer
from aai_jupyter.local.models.failures import JobFailed
from aai_jupyter.local.webhooks import WebhookRules, deliver
from aai_jupyter.network import offline_policy
from aai_jupyter.network.offline_lock import lock
from aai_jupyter.notebook.magics.status_magic import connection
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import Settings, settings, user_config_path
from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.widgets.player.audio_route import route
from tests.barred.here import ATTEMPTS
from tests.client.scripted import KEY, ScriptedService, reply
from tests.test_layout import modules

ELSEWHERE = "https://api.example.org"


@pytest.fixture
def offline():
    settings.offline = True


@pytest.fixture
def policy(tmp_path, monkeypatch):
    """A policy file that stands where that of the administrator would."""
    path = tmp_path / "policy.toml"
    monkeypatch.setattr(offline_policy, "policy_path", lambda: path)
    return path


def client(url: str = ELSEWHERE) -> Client:
    return Client(api_key=KEY, base_url=url, llm_gateway_base_url=url, sync_base_url=url)


async def test_no_request_leaves(offline, in_folder):
    async with client() as one:
        for call in (
            one.transcripts.get("t1"),
            one.transcripts.upload(b"RIFF....WAVE" * 9),
            one.transcripts.submit(f"{ELSEWHERE}/a.mp3"),
            one.gateway.models(),
            one.gateway.chat("m", [{"role": "user", "content": "Hi"}]),
            one.gateway.chat("m", [{"role": "user", "content": "Hi"}], on_delta=print),
            one.http.download(f"{ELSEWHERE}/a.wav", in_folder / "a.wav"),
            one.clips.warm(),
            open_connection(one.http, {}),
            open_connection(one.http, {}, auth="token"),
        ):
            with pytest.raises(
                OfflineError, match=r"Nothing leaves this machine: offline = true \(set in code\)"
            ):
                await call


async def test_this_machine_answers(offline, stage):
    service = stage.put(ScriptedService())
    service.on("GET", "/v2/transcript/t1", reply({"id": "t1", "status": "completed"}))
    async with client(service.url) as one:
        assert (await one.transcripts.get("t1")).id == "t1"


def test_a_call_of_the_user_says_so(offline):
    settings.login(KEY)
    with pytest.raises(OfflineError) as refused:
        aai.transcribe(b"RIFF....WAVE" * 9)
    assert "aai.settings.local = True" in refused.value.hint
    assert "api.assemblyai.com was not asked" in str(refused.value)
    runtime().close()


async def test_the_engine_asks_nobody_else(offline, tmp_path):
    with pytest.raises(JobFailed, match="Nothing leaves this machine"):
        await download(f"{ELSEWHERE}/a.wav", tmp_path / "a.wav")
    async with Upstream(f"{ELSEWHERE}/llm") as servers:
        assert await servers.models() == []
        assert "Nothing leaves this machine" in str(servers.missing)
        with pytest.raises(GatewayError, match="Nothing leaves"):
            await servers.answer(UpstreamServer("x", ELSEWHERE), {"messages": []})
    assert await deliver({"webhook_url": ELSEWHERE}, {}, WebhookRules(2, 0.0, 1.0)) is None


def test_decoder_and_page_open_nothing_else(offline):
    pytest.importorskip("av")
    with pytest.raises(OfflineError):
        open_audio(f"{ELSEWHERE}/a.mp3")
    with pytest.raises(OfflineError):
        aai.stream(f"{ELSEWHERE}/a.mp3")
    assert route(Recording("a.mp3", url=f"{ELSEWHERE}/a.mp3")) == ("none", "")
    assert route(Recording("a.mp3", url="http://127.0.0.1:9/a.mp3"))[0] == "url"
    runtime().close()


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "[::2]", "127.example.org", "localhost.example.org", "0x7f.1.example"]
)
def test_names_that_look_like_this_machine(offline, host):
    with pytest.raises(OfflineError):
        lock.check(f"http://{host}/")


def test_neither_environment_nor_code_opens_the_policy(policy, monkeypatch, in_folder):
    policy.write_text("offline = true\n")
    monkeypatch.setenv("AAI_JUPYTER_OFFLINE", "0")
    settings.offline = False
    assert settings.offline is True
    assert str(policy) in settings.origin("offline")
    assert Settings(environ={"AAI_JUPYTER_OFFLINE": "0"}).overlay(offline=False).offline is True
    with pytest.raises(OfflineError, match=r"policy\.toml"):
        lock.check(ELSEWHERE)
    assert str(policy) in connection(offline=True)
    policy.unlink()
    lock.check(ELSEWHERE)


@pytest.mark.parametrize("text", ["offline = ", 'offline = "no"', "\x00", "offline = 0"])
def test_a_policy_that_cannot_be_read_locks(policy, text):
    policy.write_text(text)
    assert not lock.allows(ELSEWHERE)


@pytest.mark.parametrize("text", ["", "offline = false", "other = 1"])
def test_a_policy_that_allows(policy, text):
    policy.write_text(text)
    assert lock.allows(ELSEWHERE)


@pytest.mark.skipif(os.name != "posix", reason="rights of files")
def test_a_policy_that_others_can_write_says_so(policy):
    policy.write_text("offline = true")
    policy.chmod(0o666)
    assert "which is no lock" in str(lock.holder())


def test_no_variable_moves_the_policy(monkeypatch):
    before = offline_policy.policy_path()
    for name in ("HOME", "XDG_CONFIG_HOME", "PROGRAMDATA", "AAI_JUPYTER_HOME", "ETC"):
        monkeypatch.setenv(name, "/tmp")
    assert offline_policy.policy_path() == before


def test_variable_and_files(in_folder):
    assert Settings(environ={"AAI_JUPYTER_OFFLINE": "1"}).offline is True
    with pytest.raises(OptionError, match="true or false"):
        assert Settings(environ={"AAI_JUPYTER_OFFLINE": "perhaps"}).offline
    user_config_path().parent.mkdir(parents=True)
    user_config_path().write_text("offline = true")
    Path("pyproject.toml").write_text("[tool.aai_jupyter]\noffline = false")
    assert Settings(environ={}).offline is True  # a project does not open it


def test_the_variable_counts_at_once(in_folder):
    environ = {}
    asked = Settings(environ=environ, start=in_folder)
    assert asked.offline_holder() is None
    environ["AAI_JUPYTER_OFFLINE"] = "1"
    assert asked.offline_holder() == "AAI_JUPYTER_OFFLINE"
    del environ["AAI_JUPYTER_OFFLINE"]
    assert asked.offline_holder() is None


@pytest.mark.parametrize(
    ("options", "refused"),
    [
        ({}, True),
        ({"endpoint_url": "https://s3.example.org"}, True),
        ({"endpoint_url": "http://127.0.0.1:9"}, False),
    ],
)
def test_a_shared_store_elsewhere_is_refused(offline, options, refused):
    pytest.importorskip("s3fs")
    if not refused:
        assert shared_objects("s3://bucket/store", {**options, "anon": True})
        return
    with pytest.raises(OfflineError, match="offline = true"):
        shared_objects("s3://bucket/store", options)


def test_a_shared_store_is_left_when_the_lock_comes():
    pytest.importorskip("s3fs")
    objects = PatientObjects(shared_objects("s3://bucket/store", {"anon": True}))
    settings.offline = True
    with pytest.raises(OfflineError):
        objects.read("jobs/a")
    assert shared_objects("memory://store").read("jobs/a") is None


LIBRARIES = ("httpx", "socket", "asyncio", "anyio", "websockets", "urllib")
BARE = {"socket", "http.client", "urllib.request", "urllib3", "requests", "aiohttp", "ftplib"}
CONNECTING = {"AsyncClient", "Client", "HTTPTransport", "AsyncHTTPTransport", "create_connection", "socket",
              "urlopen", "getaddrinfo", "gethostbyname", "open_connection", "create_datagram_endpoint",
              "start_tls", "connect_tcp", "connect_udp", "HTTPConnection", "HTTPSConnection"}  # fmt: skip


def test_only_the_network_room_connects():
    """By name: whatever makes a socket, a client or a look-up stands in one room, which asks the lock."""
    found = []
    for path, tree in modules().items():
        if path.startswith("network/"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
                names = [alias.name for alias in node.names]
                if isinstance(node, ast.Import) and BARE & set(names):
                    found.append(f"{path}:{node.lineno} {names}")
                if module.startswith("websockets.asyncio.client") and "connect" in names:
                    found.append(f"{path}:{node.lineno} {names}")
                if module in BARE and set(names) - {"url2pathname", "getproxies", "socket"}:
                    found.append(f"{path}:{node.lineno} {module}.{names}")
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                called = node.func.attr
                if called in CONNECTING and ast.unparse(node.func.value) in LIBRARIES:
                    found.append(f"{path}:{node.lineno} {ast.unparse(node.func)}")
                if called == "open" and ast.unparse(node.func).endswith("av.open") and not _writes(node):
                    found.append(f"{path}:{node.lineno} {ast.unparse(node.func)}")
    assert [one for one in found if not one.startswith("audio/pyav.py")] == []


def _writes(call: ast.Call) -> bool:
    """Whether PyAV is asked for a file to write, or for sound in memory."""
    mode = next((ast.unparse(argument) for argument in call.args[1:2]), "'r'")
    return mode == "'w'" or any("protocol_whitelist" in ast.unparse(word) for word in call.keywords)


def test_the_suite_is_barred():
    with pytest.raises(PermissionError, match="never leave this machine"):
        socket.getaddrinfo("barred.example.org", 80)
    lines = ATTEMPTS.read_text("utf-8").splitlines()
    assert any("barred.example.org" in line for line in lines)
    ATTEMPTS.write_text("".join(f"{line}\n" for line in lines if "barred.example.org" not in line))
