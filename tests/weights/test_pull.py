"""Speech models: the list of them, and the download of one from a hub on loopback."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from aai_jupyter.cli import main
from aai_jupyter.errors import EngineError, NetworkError, OfflineError
from aai_jupyter.settings.configuration import settings
from aai_jupyter.weights.find_weights import find_weights, is_installed, pinned
from aai_jupyter.weights.pulling import pull
from aai_jupyter.weights.speech_models import NOT_TRIED, pulled_folder, speech_model, speech_models

COMMIT = "5" * 40
MODEL = "small.en"


@dataclass
class Hub:
    """What a hub has: files, what it says of them, and its faults."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    sent: dict[str, bytes] = field(default_factory=dict)
    """What it really sends, where that differs."""
    breaks: int = 0
    """So often it closes the connection in the middle of model.bin."""
    status: int = 200
    ranges: list[str | None] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)

    def listing(self) -> bytes:
        rows = []
        for name, data in {**self.files, "README.md": b"# read me"}.items():
            row = {"rfilename": name, "size": len(data)}
            row["blobId"] = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            if name == "model.bin":
                row["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            rows.append(row)
        return json.dumps({"sha": COMMIT, "siblings": rows}).encode()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    found = Hub()
    found.files = {
        "config.json": b'{"alignment_heads": []}',
        "model.bin": bytes(range(256)) * 12_000,
        "tokenizer.json": b"{}",
        "vocabulary.txt": b"a\nb\n",
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.tokens.append(self.headers.get("authorization"))
            repo = speech_model(MODEL).repo
            if self.path.startswith(f"/api/models/{repo}/revision/main"):
                self._send(found.status, found.listing())
                return
            assert self.path.startswith(f"/{repo}/resolve/{COMMIT}/"), self.path
            name = self.path.rpartition("/")[2]
            data = found.sent.get(name, found.files[name])
            asked = self.headers.get("range")
            if name == "model.bin":
                found.ranges.append(asked)
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            if name == "model.bin" and found.breaks:
                found.breaks -= 1
                self.send_response(206 if asked else 200)
                self.send_header("content-length", str(len(data) - start))
                self.end_headers()
                self.wfile.write(data[start : start + 100_000])
                self.wfile.flush()
                self.close_connection = True
                self.connection.shutdown(2)
                return
            self._send(206 if asked else 200, data[start:])

        def _send(self, status: int, data: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("HF_ENDPOINT", found.url)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def pulled(home: Path, told: list[tuple[int, int]] | None = None) -> Path:
    seen = [] if told is None else told
    return asyncio.run(pull(speech_model(MODEL), home, lambda here, whole: seen.append((here, whole))))


def test_a_model_is_pulled_checked_and_found(hub: Hub, tmp_path: Path) -> None:
    assert not is_installed(MODEL, tmp_path)
    with pytest.raises(EngineError, match="not here") as refused:
        find_weights(MODEL, tmp_path)
    assert refused.value.hint == f"aai-jupyter pull {MODEL}"
    assert hub.tokens == []  # to look for it asks nobody

    told: list[tuple[int, int]] = []
    folder = pulled(tmp_path, told)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name in hub.files} == hub.files
    assert told == sorted(told)
    assert told[-1] == (sum(map(len, hub.files.values())),) * 2
    assert is_installed(MODEL, tmp_path)
    assert find_weights(MODEL, tmp_path) == folder

    (folder / "model.bin").write_bytes(b"something else")
    with pytest.raises(EngineError, match="damaged or changed"):
        find_weights(MODEL, tmp_path)


def test_a_broken_download_goes_on_where_it_broke(hub: Hub, tmp_path: Path) -> None:
    hub.breaks = 2
    pulled(tmp_path)
    first, *others = hub.ranges
    assert first is None
    starts = [int(str(one).removeprefix("bytes=").rstrip("-")) for one in others]
    assert len(starts) == 2
    assert 0 < starts[0] < starts[1]

    hub.breaks, hub.ranges = 99, []
    hub.files["model.bin"] = hub.files["model.bin"][::-1]
    with pytest.raises(NetworkError, match="cannot be reached") as failed:
        pulled(tmp_path)
    assert failed.value.hint == "Run it again: it goes on."
    hub.breaks, hub.ranges = 0, []
    folder = pulled(tmp_path)
    assert hub.ranges[0] is not None  # a later call goes on, too
    assert (folder / "model.bin").read_bytes() == hub.files["model.bin"]


@pytest.mark.parametrize("name", ["model.bin", "config.json"])
def test_what_is_not_what_the_hub_states_is_refused(hub: Hub, tmp_path: Path, name: str) -> None:
    data = hub.files[name]
    hub.sent[name] = data[:-1] + b"!"
    with pytest.raises(EngineError, match=f"{name} came damaged or changed"):
        pulled(tmp_path)
    assert not is_installed(MODEL, tmp_path)
    assert not (pulled_folder(tmp_path, MODEL).with_name(f"pulled-{MODEL}.part") / name).exists()


def test_a_token_goes_to_the_hub(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    pulled(tmp_path)
    assert set(hub.tokens) == {"Bearer hf_secret"}


@pytest.mark.parametrize(
    ("status", "reason"),
    [(404, "has no .* any more"), (403, "only to those with access"), (500, "does not answer")],
)
def test_what_a_hub_refuses_is_said(hub: Hub, tmp_path: Path, status: int, reason: str) -> None:
    hub.status = status
    with pytest.raises(EngineError, match=reason):
        pulled(tmp_path)


def test_a_repository_without_a_whisper_model(hub: Hub, tmp_path: Path) -> None:
    del hub.files["vocabulary.txt"]
    with pytest.raises(EngineError, match="holds no CTranslate2 Whisper model"):
        pulled(tmp_path)


def test_offline_nothing_is_asked(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(OfflineError, match="HF_HUB_OFFLINE"):
        pulled(tmp_path)
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.example.org")
    settings.offline = True
    with pytest.raises(OfflineError, match="Nothing leaves this machine"):
        pulled(tmp_path)
    assert hub.tokens == []


def test_hashes_that_are_fixed_win_over_the_hub_s(hub: Hub) -> None:
    assert set(pinned("base")) == {"model.bin", "config.json", "tokenizer.json", "vocabulary.txt"}
    assert pinned(MODEL) == {}


def test_the_command_line(hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings.home = tmp_path
    assert main(["pull", "smal"]) == 1
    assert "Did you mean small?" in capsys.readouterr().err
    assert main(["pull", "canary-1b-v2"]) == 1
    assert "does not run" in capsys.readouterr().err
    assert main(["pull", MODEL]) == 0
    said = capsys.readouterr()
    assert f"local_model = '{MODEL}'" in said.out
    assert "100 %" in said.err
    assert main(["models"]) == 0
    table = capsys.readouterr().out
    rows = {line.split()[0]: line for line in table.splitlines() if line}
    assert "installed" in rows[MODEL]
    assert "can be had" in rows["large-v3"]
    assert "not run by this engine" in rows["canary-1b-v2"]


def test_an_entry_that_was_not_tried_says_so() -> None:
    known = speech_models()
    assert {name for name, model in known.items() if model.measured} == {"base", "tiny.en"}
    for model in known.values():
        assert model.repo.count("/") == 1
        assert model.licence
        assert model.megabytes > 0
    assert NOT_TRIED == "not tried"
