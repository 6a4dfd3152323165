"""What other users of the machine can see of the engine, take from it, or slip into what it loads."""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import socket

import httpx
import pytest

from aai_jupyter.files.private_folder import private_database, private_folder
from aai_jupyter.jobs.store import FILE, Store
from aai_jupyter.local import http_protocol
from aai_jupyter.local.gateway.gateway_routes import gateway_routes
from aai_jupyter.local.models import names
from aai_jupyter.local.models.failures import JobFailed
from aai_jupyter.local.server import accepted_keys, add_arguments
from aai_jupyter.weights import find_weights as weights
from aai_jupyter.weights.checked_files import CheckedFiles
from tests.local.conftest import run_engine
from tests.scripted_llm import ScriptedLlm, running


@pytest.fixture
def engine(tmp_path, monkeypatch):
    monkeypatch.setattr(http_protocol, "MAX_WAITING", 20)
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 3.0)  # a whole request of a busy machine comes in time
    with run_engine(tmp_path) as running:
        yield running


def half_requests(url: str, count: int, text: bytes) -> list[socket.socket]:
    address = ("127.0.0.1", int(url.rpartition(":")[2]))
    sockets = [socket.create_connection(address) for _ in range(count)]
    for one in sockets:
        one.sendall(text)
    return sockets


@pytest.mark.parametrize("text", [b"", b"GET", b"POST /v2/upload HTTP/1.1\r\nContent-Length: 9\r\nX: "])
def test_half_requests_keep_nobody_out(engine, text):
    sockets = half_requests(engine.url, 60, text)
    assert engine.client.get("/v2/transcript").status_code == 200
    assert all(map(is_closed, sockets))  # the first for the last, and the last when their time is over
    assert engine.client.get("/v2/transcript").status_code == 200


def is_closed(one: socket.socket) -> bool:
    """Whether the other side closes a connection."""
    with one:
        one.settimeout(60)
        try:
            return one.recv(1000) == b""
        except ConnectionResetError:
            return True


def test_a_fault_of_every_connection_does_not_fill_the_log():
    log = logging.Logger("x")
    few, record = http_protocol.FewLines(), log.makeRecord("x", 40, "", 1, "full", (), None)
    assert sum(few.filter(record) for _ in range(1000)) == 20


def test_keys_come_from_a_file(tmp_path, capsys):
    path = tmp_path / "keys"
    path.write_text("one\n\n two \n")
    path.chmod(0o600)
    assert set(accepted_keys([], path)[0]) == {"one", "two"}
    assert capsys.readouterr().err == ""
    accepted_keys(["three"])
    assert "other users can see a key" in capsys.readouterr().err
    path.write_text("\n")
    with pytest.raises(OSError, match="no key"):
        accepted_keys([], path)


@pytest.mark.skipif(os.name != "posix", reason="rights of files")
def test_a_file_of_keys_that_others_can_read_is_refused(tmp_path):
    path = tmp_path / "keys"
    path.write_text("one")
    path.chmod(0o644)
    with pytest.raises(OSError, match="Others can read"):
        accepted_keys([], path)


@pytest.mark.parametrize("url", ["http://user:secret@127.0.0.1:1", "https://user@h", "ftp://h", "h:1"])
def test_no_password_in_the_address_of_a_model_server(url, capsys):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["--llm-url", url])
    assert "--llm-url" in capsys.readouterr().err


def test_the_servers_of_the_user_are_shown_with_a_key_only(tmp_path):
    with running(ScriptedLlm()) as llm, run_engine(tmp_path, routes=gateway_routes(llm.url)) as engine:
        own = httpx.get(f"{engine.url}/v1/models", trust_env=False).json()
        assert [row["id"] for row in own["data"]] == ["extractive"]
        every = engine.client.get("/v1/models").json()["data"]
        assert len(every) > 1
        assert all("http://" not in row["description"] for row in every)


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root can give files away")
def test_a_home_of_another_user_is_not_used_by_root_either(tmp_path):
    home = tmp_path / "theirs"
    home.mkdir()
    os.chown(home, 65534, 65534)
    with pytest.raises(PermissionError, match="another user"):
        private_folder(home)
    said: list[str] = []
    store = Store(home, said.append)
    store.keep("a", "t1", b"{}")
    store.close()
    assert "another user" in said[0]
    assert not list(home.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
@pytest.mark.parametrize("name", [FILE, "engine.sqlite"])
def test_a_link_in_place_of_the_database_is_not_followed(tmp_path, name):
    target = tmp_path / "target"
    (tmp_path / name).symlink_to(target)
    with pytest.raises(OSError, match=r"link|symbolic"):
        private_database(tmp_path / name)
    assert not target.exists()


def test_a_changed_model_of_names_is_not_loaded(tmp_path, monkeypatch):
    folder = names._folder()
    if folder is None:
        pytest.skip("needs the model")
    names.check_model(folder)
    copy = tmp_path / "model"
    shutil.copytree(folder, copy)
    (copy / "config.cfg").write_text((copy / "config.cfg").read_text().replace("spacy.Tok2Vec.v2", "evil.v1"))
    with pytest.raises(JobFailed, match=r"config\.cfg"):
        names.check_model(copy)
    shutil.copy(folder / "config.cfg", copy)
    (copy / "ner" / "more.py").write_text("")
    with pytest.raises(JobFailed, match=r"more\.py"):
        names.check_model(copy)


def test_weights_that_changed_after_their_check_are_found(tmp_path, monkeypatch):
    path = tmp_path / "model.bin"
    path.write_bytes(b"good")
    digest = "770e607624d689265ca6c44884d0807d9b054d23c473c106c72be9de08b7376c"
    assert CheckedFiles(tmp_path / "seen").has(path, digest)
    monkeypatch.setattr("aai_jupyter.weights.checked_files._hash", lambda _: pytest.fail("hashed again"))
    assert CheckedFiles(tmp_path / "seen").has(path, digest)
    monkeypatch.undo()
    status = path.stat()
    path.write_bytes(b"evil")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))  # size and time as they were
    assert not CheckedFiles(tmp_path / "seen").has(path, digest)
    (tmp_path / "seen" / "checked.json").write_text("[]")
    assert not CheckedFiles(tmp_path / "seen").has(path, digest)


def test_a_foreign_hub_cache_is_hashed(tmp_path, monkeypatch, caplog):
    hub = tmp_path / "hub"
    hub.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"):
        (hub / name).write_bytes(b"evil")
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_: str(hub / "model.bin"))
    assert weights._hub_folder(weights._CARRIERS["base"], tmp_path) is None
    assert "is not the published" in caplog.text
