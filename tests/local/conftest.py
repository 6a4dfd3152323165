from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from engine_process import ScriptReader  # type: ignore[import-not-found]

KEY, OTHER_KEY = "test-key-1", "test-key-2"
SCRIPT = "A: Good morning. How are you?\nB: Fine, thanks. Good morning, Ann."
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@dataclass
class Running:
    """An engine behind a real socket, and a client that holds its key."""

    url: str
    client: httpx.Client
    reader: ScriptReader
    app: Any

    def as_other(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"authorization": OTHER_KEY}, trust_env=False)

    def upload(self, script: str | bytes) -> str:
        data = script.encode() if isinstance(script, str) else script
        return self.client.post("/v2/upload", content=data).raise_for_status().json()["upload_url"]

    def submit(self, script: str | bytes, **params: Any) -> dict[str, Any]:
        answer = self.client.post("/v2/transcript", json={"audio_url": self.upload(script), **params})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wait(self, id: str, until: tuple[str, ...] = ("completed", "error")) -> dict[str, Any]:
        return wait_for(lambda: (t := self.get(id))["status"] in until and t)

    def get(self, id: str) -> dict[str, Any]:
        return self.client.get(f"/v2/transcript/{id}").raise_for_status().json()

    def finished(self, script: str | bytes, **params: Any) -> dict[str, Any]:
        return self.wait(self.submit(script, **params)["id"])


def error(answer: httpx.Response, status: int = 400) -> str:
    """The reason in a reply that says no."""
    assert answer.status_code == status, answer.text
    return answer.json()["error"]


def wait_for(ready: Callable[[], Any], seconds: float = 60) -> Any:
    """Poll until true. The limit only ends a test that would hang."""
    deadline = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)
    return found


@contextmanager
def run_engine(home: Path, **options: Any) -> Iterator[Running]:
    import uvicorn

    from aai_jupyter.local.app import create_app
    from aai_jupyter.local.http_protocol import config_options
    from aai_jupyter.network.addresses import listen

    reader = options.pop("recogniser", None) or ScriptReader()
    listener = listen()
    netloc = f"127.0.0.1:{listener.getsockname()[1]}"
    options.setdefault("keys", {KEY: "one", OTHER_KEY: "two"})
    app = create_app(recogniser=reader, home=home, netloc=netloc, **options)
    server = uvicorn.Server(uvicorn.Config(app, timeout_graceful_shutdown=1, **config_options()))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    thread.start()
    try:
        with httpx.Client(
            base_url=f"http://{netloc}", headers={"authorization": KEY}, trust_env=False, timeout=30
        ) as client:
            yield Running(f"http://{netloc}", client, reader, app)
    finally:
        if isinstance(reader, ScriptReader):
            reader.hold.clear()
        server.should_exit = True
        thread.join()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Running]:
    with run_engine(tmp_path / "home") as running:
        yield running


@pytest.fixture(scope="session")
def idle_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One engine for all tests in which every request is refused."""
    with run_engine(tmp_path_factory.mktemp("idle")) as running:
        yield running
