"""Where sound comes from: uploads, which only the engine reads, and addresses."""

from __future__ import annotations

import re
import stat
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from aai_jupyter.local import fetch, upload_route
from tests.local.conftest import SCRIPT, UUID, error, run_engine, wait_for

# --- upload


def test_upload_takes_anything_and_gives_a_url_that_only_the_engine_reads(engine):
    url = engine.upload(b'{"not": "audio"}')
    assert re.fullmatch(rf"{engine.url}/upload/[0-9a-f]{{32}}/{UUID}", url)
    assert error(engine.client.get(url), 403) == "Cannot access uploaded file"
    stored = engine.app.state.engine.storage.upload_path(url.rpartition("/")[2])
    assert stored.read_bytes() == b'{"not": "audio"}'
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    assert stat.S_IMODE(stored.parents[1].stat().st_mode) == 0o700
    assert stat.S_IMODE((stored.parents[1] / "engine.sqlite").stat().st_mode) == 0o600


def test_a_chunked_upload_of_unknown_length(engine):
    blocks = [bytes([n]) * 300_000 for n in range(10)]
    answer = engine.client.post("/v2/upload", content=iter(blocks))
    stored = engine.app.state.engine.storage.upload_path(answer.json()["upload_url"].rpartition("/")[2])
    assert stored.read_bytes() == b"".join(blocks)


def test_uploads_above_the_limit_leave_nothing(engine, monkeypatch):
    monkeypatch.setattr(upload_route, "MAX_BYTES", 1000)
    assert "limit" in error(engine.client.post("/v2/upload", content=bytes(1001)), 413)
    assert "limit" in error(engine.client.post("/v2/upload", content=iter([bytes(600), bytes(600)])), 413)
    folder = engine.app.state.engine.storage.folder / "uploads"
    wait_for(lambda: not list(folder.iterdir()))


def test_an_upload_that_breaks_off_leaves_nothing(engine):
    def broken():
        yield bytes(100_000)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        engine.client.post("/v2/upload", content=broken())
    folder = engine.app.state.engine.storage.folder / "uploads"
    wait_for(lambda: not list(folder.iterdir()))


def test_uploads_of_another_key_or_of_the_service_are_403(engine):
    url = engine.upload(SCRIPT)
    unknown = re.sub(r"[0-9a-f]{12}$", "0" * 12, url)
    cdn = f"https://cdn.assemblyai.com/upload/{url.partition('/upload/')[2]}"
    with engine.as_other() as other:
        assert (
            error(other.post("/v2/transcript", json={"audio_url": url}), 403) == "Cannot access uploaded file"
        )
    for foreign in (unknown, cdn):
        answer = engine.client.post("/v2/transcript", json={"audio_url": foreign})
        assert error(answer, 403) == "Cannot access uploaded file"


# --- audio by URL


class Files(BaseHTTPRequestHandler):
    def do_GET(self):
        kind, body, status = {
            "/talk": ("audio/wav", SCRIPT.encode(), 200),
            "/page": ("text/html; charset=utf-8", b"<html>", 200),
            "/moved": ("", b"", 302),
            "/cut": ("audio/wav", b"A: Hello", 200),
        }.get(self.path, ("text/plain", b"no", 404))
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body) + 10 * (self.path == "/cut")))
        if self.path == "/moved":
            self.send_header("location", "/talk")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def files():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def by_url(engine, url):
    answer = engine.client.post("/v2/transcript", json={"audio_url": url})
    return engine.wait(answer.raise_for_status().json()["id"])


def test_audio_by_url(engine, files):
    assert by_url(engine, f"{files}/talk")["text"].endswith("Ann.")
    assert by_url(engine, f"{files}/moved")["text"].endswith("Ann.")
    work = engine.app.state.engine.storage.work
    wait_for(lambda: not list(work.iterdir()))


def test_a_page_is_not_audio(engine, files):
    failed = by_url(engine, f"{files}/page")
    assert failed["error"] == "File does not appear to contain audio. File type is text/html"


@pytest.mark.parametrize("path", ["/missing", "/cut", ":1/closed"])
def test_a_url_that_cannot_be_read(engine, files, path):
    url = files + path if path.startswith("/") else "http://127.0.0.1:1/closed"
    assert by_url(engine, url)["error"] == (
        f"Download error, unable to download {url}. "
        "Please make sure the file exists and is accessible from the internet."
    )


def test_a_url_with_too_much_behind_it(engine, files, monkeypatch):
    monkeypatch.setattr(fetch, "MAX_BYTES", 10)
    assert by_url(engine, f"{files}/talk")["error"].startswith("Download error, unable to download")


def test_an_upload_url_of_an_earlier_port_still_works(tmp_path):
    with run_engine(tmp_path) as engine:
        url = engine.upload(SCRIPT)
    with run_engine(tmp_path) as engine:
        assert by_url(engine, url)["status"] == "completed"
