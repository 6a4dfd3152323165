"""Webhooks: one notice when a transcript is done, tried again as documented, to this machine only."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from aai_jupyter.local.webhooks import WebhookRules
from tests.local.conftest import run_engine, wait_for


@pytest.fixture
def hook():
    """A listener that answers with the statuses in ``answers``, then with 200."""

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            server.got.append((body, self.path, self.headers.get("X-Secret")))  # type: ignore[attr-defined]
            self.send_response(server.answers.pop(0) if server.answers else 200)  # type: ignore[attr-defined]
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.got, server.answers = [], []  # type: ignore[attr-defined]
    server.url = f"http://127.0.0.1:{server.server_port}/done?job=7"  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def engine(tmp_path):
    with run_engine(tmp_path, webhooks=WebhookRules(attempts=4, pause=0.01)) as running:
        yield running


def webhook_status(engine, id):
    return wait_for(lambda: engine.get(id)["webhook_status_code"])


def test_the_notice(engine, hook):
    done = engine.finished(
        "Hello.",
        webhook_url=hook.url,
        webhook_auth_header_name="X-Secret",
        webhook_auth_header_value="hush",
    )
    assert webhook_status(engine, done["id"]) == 200
    assert hook.got == [({"transcript_id": done["id"], "status": "completed"}, "/done?job=7", "hush")]


def test_a_failed_job_is_told_too(engine, hook):
    failed = engine.finished("", webhook_url=hook.url)
    assert webhook_status(engine, failed["id"]) == 200
    assert hook.got[0][0] == {"transcript_id": failed["id"], "status": "error"}


def test_redacted_audio_has_a_notice_of_its_own(engine, hook):
    done = engine.finished("A Secret told.", webhook_url=hook.url, redact_pii=True, redact_pii_audio=True)
    wait_for(lambda: len(hook.got) == 2)
    ready = next(body for body, *_ in hook.got if "transcript_id" not in body)
    assert ready["status"] == "redacted_audio_ready"
    assert httpx.get(ready["redacted_audio_url"]).text == "beeps at 400-700"
    assert webhook_status(engine, done["id"]) == 200


@pytest.mark.parametrize(
    ("answers", "tries", "last"),
    [([500, 503], 3, 200), ([302], 2, 200), ([404], 1, 404), ([500] * 9, 4, 500), ([500, 410], 2, 410)],
)
def test_retries(engine, hook, answers, tries, last):
    hook.answers = list(answers)
    id = engine.finished("Hello.", webhook_url=hook.url)["id"]
    assert webhook_status(engine, id) == last
    assert len(hook.got) == tries


def test_nobody_listens(engine):
    id = engine.finished("Hello.", webhook_url="http://127.0.0.1:1/")["id"]
    assert engine.get(id)["webhook_status_code"] is None
    assert WebhookRules() == WebhookRules(attempts=10, pause=10.0, timeout=10.0)
