"""One engine for all notebooks of a user: found, started once, told apart, gone after the last of them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aai_jupyter.errors import EngineError
from aai_jupyter.jobs.engine_client import EngineClient, _key
from aai_jupyter.jobs.engine_process import EngineSpec
from aai_jupyter.local.clients import Clients
from aai_jupyter.local.errors import ApiError
from aai_jupyter.settings.configuration import Settings
from aai_jupyter.settings.endpoint import ApiKey
from tests.jobs.test_engine import alive
from tests.local.conftest import wait_for

# A stand-in that answers only on the path of clients, and ends when the last of them has left.
SCRIPT = """
    import json, os, socket, sys, threading, time
    token = os.environ["AAI_JUPYTER_ENGINE_KEY"]
    listener = socket.create_server(("127.0.0.1", 0))
    count, seen = 0, False
    def serve(peer):
        global count, seen
        head = peer.recv(4096).decode()
        if token not in head:
            peer.sendall(b"HTTP/1.1 401 No\\r\\nContent-Length: 0\\r\\n\\r\\n")
            return
        count, seen = count + 1, True
        peer.sendall(b"HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n1\\r\\n\\n\\r\\n")
        while peer.recv(100):
            pass
        count -= 1
        if not count:
            os._exit(0)
    def accept():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    time.sleep(float(os.environ.get("SLOW", "0")))
    print(json.dumps({"url": "http://127.0.0.1:%d" % listener.getsockname()[1], "model": "m"}), flush=True)
    time.sleep(60)
"""
COMMAND = [sys.executable, "-c", textwrap.dedent(SCRIPT)]


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    return Settings(environ={"AAI_JUPYTER_HOME": str(tmp_path / "home")}, start=tmp_path)


@pytest.fixture
def clients() -> Iterator[list[EngineClient]]:
    made = [EngineClient(COMMAND) for _ in range(3)]
    yield made
    for one in made:
        one.stop()


def test_a_second_client_joins_and_the_engine_ends_after_the_last(
    here: Settings, clients: list[EngineClient]
) -> None:
    first, second, third = clients
    endpoint = first.ensure(here)
    assert second.ensure(here) == endpoint
    assert first.pid == second.pid
    assert first.pid is not None
    pid = first.pid
    first.stop()
    assert second.running
    assert alive(pid)
    second.stop()
    wait_for(lambda: not alive(pid))
    assert third.ensure(here) != endpoint


def test_another_model_server_or_key_is_another_engine(here: Settings, tmp_path: Path) -> None:
    base = EngineSpec(tmp_path, "base", None, ApiKey())
    others = [
        EngineSpec(tmp_path, "tiny.en", None, ApiKey()),
        EngineSpec(tmp_path, "base", "http://127.0.0.1:11434", ApiKey()),
        EngineSpec(tmp_path, "base", "http://127.0.0.1:11434", ApiKey("k")),
    ]
    assert len({_key(spec) for spec in (base, *others)}) == 4


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_its_token_is_in_a_file_of_its_user_alone(here: Settings, clients: list[EngineClient]) -> None:
    endpoint = clients[0].ensure(here)
    folder = Path(here.home) / "engine"
    token = endpoint.api_key.reveal()
    holding = [
        file for file in folder.iterdir() if file.is_file() and token in file.read_text("utf-8", "replace")
    ]
    assert [stat.S_IMODE(file.stat().st_mode) for file in holding] == [0o600]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert token not in repr(endpoint)


@pytest.mark.parametrize("left", ["", "{", '{"url": 7}', '{"url": "http://127.0.0.1:9", "token": "x"}', "[]"])
def test_what_an_engine_that_died_has_left_is_replaced(
    here: Settings, clients: list[EngineClient], left: str
) -> None:
    folder = Path(here.home) / "engine"
    folder.mkdir(parents=True)
    (folder / f"shared-{_key(EngineSpec.of(here))}.json").write_text(left)
    clients[0].ensure(here)
    assert clients[0].running
    assert clients[1].ensure(here).base_url == clients[0].ensure(here).base_url


def test_two_kernels_that_begin_at_once_start_one(here: Settings, tmp_path: Path) -> None:
    code = f"""
        import sys, time
        from pathlib import Path
        from aai_jupyter.jobs.engine_client import EngineClient
        from aai_jupyter.settings.configuration import settings
        client = EngineClient({COMMAND!r})
        client.ensure(settings)
        print(client.pid, flush=True)
        sys.stdin.read()
    """
    run = [sys.executable, "-c", textwrap.dedent(code)]
    env = {**os.environ, "AAI_JUPYTER_HOME": str(here.home), "SLOW": "0.5"}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    kernels = [subprocess.Popen(run, env=env, **pipes) for _ in range(3)]
    pids = {kernel.stdout.readline() for kernel in kernels if kernel.stdout}
    assert len(pids) == 1
    pid = int(pids.pop())
    kernels[0].kill()  # also the one that started it: it belongs to all
    kernels[1].communicate("")
    assert alive(pid)
    kernels[2].kill()
    for kernel in kernels:
        kernel.communicate()
    wait_for(lambda: not alive(pid))


def test_an_engine_that_died_is_started_again(here: Settings, clients: list[EngineClient]) -> None:
    first = clients[0].ensure(here)
    assert clients[0].pid is not None
    os.kill(clients[0].pid, 9)
    wait_for(lambda: not clients[0].running)
    assert clients[0].ensure(here) != first


def test_a_home_that_cannot_be_used_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for home in (tmp_path / "file", tmp_path / "file" / "deeper"):
        here = Settings(environ={"AAI_JUPYTER_HOME": str(home)}, start=tmp_path)
        with pytest.raises(EngineError, match="cannot use its folder") as caught:
            EngineClient(COMMAND).ensure(here)
        assert "AAI_JUPYTER_HOME" in (caught.value.hint or "")


def test_one_that_fails_leaves_nothing_behind(here: Settings) -> None:
    said = json.dumps({"error": "There are no weights.", "hint": "pip install x"})
    client = EngineClient([sys.executable, "-c", f"print({said!r})"])
    for _ in range(2):
        with pytest.raises(EngineError, match="did not start"):
            client.ensure(here)
    assert not list((Path(here.home) / "engine").glob("shared-*.json"))


def test_an_engine_counts_its_clients() -> None:
    clients = Clients(linger=600, now=0.0)
    assert not clients.end_if_left(now=599)
    clients.enter()
    clients.enter()
    clients.leave(now=10.0)
    assert not clients.end_if_left(now=10_000)
    clients.leave(now=10_000)
    assert not clients.end_if_left(now=10_599)
    clients.enter()
    clients.leave(now=10_599)
    assert not clients.end_if_left(now=11_000)
    assert clients.end_if_left(now=11_199)
    with pytest.raises(ApiError):
        clients.enter()


def test_a_first_client_has_time_to_come() -> None:
    clients = Clients(linger=0, now=0.0)
    assert not clients.end_if_left(now=20)
    clients.enter()
    clients.leave(now=21)
    assert clients.end_if_left(now=21)
