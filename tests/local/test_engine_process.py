"""The engine as a process: ``python -m aai_jupyter.local`` and ``aai-jupyter serve``."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from aai_jupyter import cli
from aai_jupyter.jobs.store import Store
from aai_jupyter.local.server import EXIT_NOT_STARTED, KEY_VARIABLE
from aai_jupyter.local.storage import Storage
from aai_jupyter.network.addresses import listen
from aai_jupyter.settings.endpoint import LOCAL_ACCOUNT

ROOT = Path(__file__).parents[2]
ENV = os.environ | {"PYTHONPATH": str(ROOT)}


def python(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)], stdout=subprocess.PIPE, text=True, **({"env": ENV} | options)
    )


def test_a_model_that_is_not_there_is_one_line_of_json(tmp_path):
    process = python("-m", "aai_jupyter.local", "--home", tmp_path, "--model", tmp_path / "none")
    said = json.loads(process.communicate()[0])
    assert process.returncode == EXIT_NOT_STARTED == 3
    assert "none" in said["error"]
    assert said["hint"]


@pytest.mark.models
def test_a_port_that_is_taken(tmp_path):
    with listen() as other:
        port = other.getsockname()[1]
        process = python("-m", "aai_jupyter.local", "--home", tmp_path, "--port", port)
        said = json.loads(process.communicate()[0])
    assert process.returncode == EXIT_NOT_STARTED
    assert "in use" in said["error"]


@pytest.mark.models
def test_the_ready_line_and_the_end_of_the_parent(tmp_path):
    arguments = (
        "-m",
        "aai_jupyter.local",
        "--parent-pipe",
        "--port",
        0,
        "--home",
        tmp_path,
        "--model",
        "base",
    )
    process = python(*arguments, stdin=subprocess.PIPE, env=ENV | {KEY_VARIABLE: "token"})
    ready = json.loads(process.stdout.readline())
    assert ready["pid"] == process.pid
    assert ready["model"] == "whisper-base int8"
    assert "token" not in str(ready)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", ready["url"])
    list_url = ready["url"] + "/v2/transcript"
    assert httpx.get(list_url, headers={"authorization": "token"}).status_code == 200
    assert httpx.get(list_url).status_code == 401
    rest, _ = process.communicate()  # closes its standard input
    assert (process.returncode, rest) == (0, "")


@pytest.mark.models
def test_serve_by_hand_prints_what_to_export(tmp_path):
    process = python(
        "-c", "import sys; from aai_jupyter.cli import main; sys.exit(main())", "serve", "--home", tmp_path
    )
    lines = [process.stdout.readline() for _ in range(3)]
    url = re.search(r"ASSEMBLYAI_BASE_URL=(\S+)", lines[1])[1]
    key = re.search(r"ASSEMBLYAI_API_KEY=(\S+)", lines[2])[1]
    assert httpx.get(url + "/v2/transcript", headers={"authorization": key}).status_code == 200
    process.send_signal(signal.SIGINT)
    assert process.communicate()[0] == ""
    assert process.returncode in (0, -signal.SIGINT, 130)


def test_a_given_key_is_not_printed_and_each_key_has_its_project(monkeypatch):
    from aai_jupyter.local.server import accepted_keys

    keys, made = accepted_keys(["one", "two"])
    assert made is None
    assert keys["one"] != keys["two"]
    assert keys == accepted_keys(["one", "two"])[0]
    monkeypatch.setenv(KEY_VARIABLE, "token")
    assert accepted_keys([]) == ({"token": "local"}, None)
    monkeypatch.delenv(KEY_VARIABLE)
    keys, made = accepted_keys([])
    assert keys == {made: "local"}
    assert len(made) > 40


def test_forget_removes_everything(tmp_path, capsys):
    storage = Storage(tmp_path)
    storage.add("one", {"audio_url": "http://127.0.0.1/private.wav"}, None)
    storage.upload_path("x").write_text("sound")
    assert cli.main(["forget", "--home", str(tmp_path)]) == 0
    assert "Deleted 1 transcripts" in capsys.readouterr().out
    assert not list((tmp_path / "data" / "uploads").iterdir())
    assert b"private" not in (tmp_path / "data" / "engine.sqlite").read_bytes()
    storage.close()


def test_forget_takes_the_notebooks_copies_too(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("AAI_JUPYTER_HOME", str(tmp_path))
    store = Store(tmp_path)
    store.keep(LOCAL_ACCOUNT, "t1", b'{"id": "t1"}')
    store.keep("paid", "t2", b'{"id": "t2"}')
    assert cli.main(["forget"]) == 0
    assert "1 copies" in capsys.readouterr().out
    assert [id for id, _ in store] == ["t2"]
    store.close()


@pytest.mark.parametrize("port", ["99999", "-1", "x"])
def test_a_port_that_is_none_is_refused(port, capsys):
    with pytest.raises(SystemExit):
        cli.main(["serve", "--port", port])
    assert "--port" in capsys.readouterr().err


def test_a_port_in_use_is_named():
    with listen() as server:
        port = server.getsockname()[1]
        with pytest.raises(OSError, match=f"Port {port} cannot be used"):
            listen(port)


def test_a_missing_extra_is_told_in_two_lines(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.setitem(sys.modules, "aai_jupyter.local.app", None)
    assert cli.main(["serve"]) == 1
    assert 'pip install "aai-jupyter[local,local-weights]"' in capsys.readouterr().err


def test_an_answer_is_not_held_back_until_it_is_acknowledged():
    with listen() as server:
        assert server.proto == socket.IPPROTO_TCP  # asyncio sets TCP_NODELAY for these only
        threading.Thread(target=socket.create_connection, args=(server.getsockname(),)).start()
        accepted, _ = server.accept()
        assert accepted.proto == socket.IPPROTO_TCP
        accepted.close()
