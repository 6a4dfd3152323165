"""Requests to the engine, and what hosts answer it: nothing ends it, fills memory or leads it astray."""

from __future__ import annotations

import gzip
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from aai_jupyter.local import fetch
from aai_jupyter.local.webhooks import WebhookRules
from aai_jupyter.network.addresses import leads_inside
from aai_jupyter.text.urls import is_internal, is_web_url
from tests.local.conftest import SCRIPT, error, run_engine, wait_for


@pytest.fixture
def engine(tmp_path):
    with run_engine(tmp_path, webhooks=WebhookRules(attempts=2, pause=0.01)) as running:
        yield running


@pytest.fixture
def host():
    """Answers every path with ``server.answer``: headers and body."""

    class Host(BaseHTTPRequestHandler):
        def do_GET(self):
            server.asked.append((self.path, self.headers.get("accept-encoding")))
            status, headers, body = server.answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    server.asked = []
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def by_url(engine, url):
    answer = engine.client.post("/v2/transcript", json={"audio_url": url})
    return engine.wait(answer.raise_for_status().json()["id"])


# --- downloads


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_packed_answer_is_refused_unread(engine, host, layers):
    body = bytes(5_000_000)
    for _ in range(layers):
        body = gzip.compress(body)
    host.answer = 200, {"content-encoding": ", ".join(["gzip"] * layers)}, body
    assert "Content-Encoding" in by_url(engine, f"{host.url}/a.wav")["error"]
    assert host.asked == [("/a.wav", "identity")]


def test_a_plain_answer_is_taken(engine, host):
    host.answer = 200, {"content-encoding": "identity"}, SCRIPT.encode()
    assert by_url(engine, f"{host.url}/a.wav")["status"] == "completed"


def test_a_host_that_drips_ends_its_job(engine, host, monkeypatch):
    monkeypatch.setattr(fetch, "MAX_SECONDS", 0.0)
    host.answer = 200, {}, SCRIPT.encode()
    assert "takes longer" in by_url(engine, f"{host.url}/a.wav")["error"]


def test_a_redirect_does_not_lead_inside(engine, host, monkeypatch):
    """The first host counts as one of the internet here; it sends the engine to this machine."""
    host.answer = 302, {"location": f"{host.url}/admin"}, b""
    inside = leads_inside

    async def outside_first(url):
        return False if url.endswith("/a.wav") else await inside(url)

    monkeypatch.setattr(fetch, "leads_inside", outside_first)
    assert "redirects to an address of this machine" in by_url(engine, f"{host.url}/a.wav")["error"]
    assert [path for path, _ in host.asked] == ["/a.wav"]


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "//[", "http://h:99999/", "ftp://127.0.0.1/x", "/a.wav"]
)
def test_redirects_that_lead_nowhere(engine, host, to):
    host.answer = 302, {"location": to}, b""
    assert by_url(engine, f"{host.url}/a.wav")["error"].startswith("Download error")


@pytest.mark.parametrize(
    "url", ["http://h:99999/a", "http://[::1/a", "http://h\x01/a", "http://" + "é" * 300]
)
def test_urls_that_are_none_fail_their_job_only(engine, url):
    answer = engine.client.post("/v2/transcript", json={"audio_url": url})
    if answer.status_code == 200:
        assert engine.wait(answer.json()["id"])["status"] == "error"
    assert engine.finished(SCRIPT)["status"] == "completed"


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "0x7f000001", "2130706433", "017700000001", "::1", "::ffff:127.0.0.1"),
        *("0.0.0.0", "10.0.0.1", "192.168.1.1", "169.254.169.254", "fe80::1%eth0", "fd00::1", "localhost"),
        *("LOCALHOST.", "metadata.google.internal", "printer.local", "lan", ""),
    ],
)
def test_internal_hosts_are_known_by_their_text(host):
    assert is_internal(host)


@pytest.mark.parametrize(
    "host", ["example.org", "8.8.8.8", "2606:4700::1111", "1.example.org", "10.example.org"]
)
def test_hosts_of_the_internet_are_not(host):
    assert not is_internal(host)


@pytest.mark.parametrize(
    "url", ["", None, 5, "tcp://h:1", "concat:a|b", "file:///x", "http://", "http://h:99999/", "http://h:abc/",
            "http://h/\x00", "http://h\\@evil/", "http://[", "javascript:alert(1)", " http://h/", "http://h/\n"],
)  # fmt: skip
def test_what_no_library_may_be_given_as_a_url(url):
    assert not is_web_url(url)


# --- webhooks

HOOKS = [
    {"webhook_url": "http://127.0.0.1:99999/"},
    {"webhook_url": "http://127.0.0.1:abc/"},
    {"webhook_url": "http://127.0.0.1:1/\x01"},
    {"webhook_url": "http://127.0.0.1:1/" + "x" * 70_000},
    {"webhook_url": "http://127.0.0.1:1/", "webhook_auth_header_name": "é", "webhook_auth_header_value": "x"},
    {"webhook_url": "http://127.0.0.1:1/", "webhook_auth_header_name": "Ⅷ", "webhook_auth_header_value": "x"},
]


@pytest.mark.parametrize("hook", HOOKS)
def test_a_webhook_that_cannot_be_called_is_refused(engine, hook):
    answer = engine.client.post("/v2/transcript", json={"audio_url": engine.upload(SCRIPT), **hook})
    assert "webhook" in error(answer)


@pytest.mark.parametrize("hook", HOOKS)
def test_no_webhook_ends_the_engine(engine, hook, monkeypatch):
    """Even one that got past the check, as those of an earlier version did."""
    monkeypatch.setattr("aai_jupyter.local.transcript_params._check_webhook", lambda given: None)
    monkeypatch.setattr("aai_jupyter.local.transcript_params._MAX_URL", 1_000_000)
    engine.finished(SCRIPT, **hook)
    assert engine.finished(SCRIPT)["status"] == "completed"
    assert engine.client.get("/v2/transcript").status_code == 200


@pytest.mark.parametrize("call", ["claim", "free_dead", "complete", "fail", "purge"])
def test_a_database_that_fails_for_a_while_ends_no_engine(engine, call, monkeypatch):
    storage = engine.app.state.engine.storage
    own = getattr(storage, call)
    failed = []

    def broken(*arguments, **options):
        if not failed:
            failed.append(call)
            raise sqlite3.OperationalError("database or disk is full")
        return own(*arguments, **options)

    if call == "fail":
        monkeypatch.setattr(storage, "complete", lambda *a, **k: 1 / 0)
    monkeypatch.setattr(type(storage), call, lambda self, *a, **k: broken(*a, **k), raising=True)
    engine.submit(SCRIPT)
    if call != "purge":
        wait_for(lambda: failed)
    monkeypatch.undo()
    assert engine.finished(SCRIPT)["status"] == "completed"
