"""A real server over real sockets whose recogniser reads scripts, and a proxy that counts requests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from aai_jupyter.client import Client
from aai_jupyter.client.options.transcript_request import build_request
from aai_jupyter.client.retry import RetryPolicy
from aai_jupyter.client.sources.reading import resolve_sources
from aai_jupyter.jobs.batch import transcribe_many
from aai_jupyter.jobs.job_events import JobEvent
from aai_jupyter.jobs.store import Store
from aai_jupyter.local.models.failures import JobFailed
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import settings
from aai_jupyter.settings.endpoint import ApiKey, Endpoint
from aai_jupyter.transcripts.restore import restored
from tests.jobs.proxy import Proxy
from tests.local.conftest import KEY, Running, run_engine
from tests.local.engine_process import ScriptReader

HEAD = "RIFF....WAVE\n"  # enough of a recording for the check before an upload

#: Quick retries; nothing else differs from the policy people get.
QUICK = RetryPolicy(first=0.01, longest=0.05, total=5.0, settle=0.05, missing=0.3)


def speech(text: str) -> bytes:
    return f"{HEAD}A: {text}".encode()


class Reader(ScriptReader):
    """Fails as the service does when the fault is its own, as often as it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.faults = 0

    def recognise(self, path: Path, params: dict[str, Any], *, on_progress: Any) -> Any:
        if self.faults:
            self.faults -= 1
            raise JobFailed("Server error, developers have been alerted")
        return super().recognise(path, params, on_progress=on_progress)


@dataclass
class Service:
    """The server, the proxy before it, and how to run a batch against them."""

    engine: Running
    proxy: Proxy
    home: Path
    events: list[JobEvent] = field(default_factory=list)

    @property
    def reader(self) -> Any:
        return self.engine.reader

    @property
    def endpoint(self) -> Endpoint:
        url = self.proxy.url
        return Endpoint(url, url.replace("http", "ws"), url, ApiKey(KEY), region="custom")

    @property
    def made(self) -> int:
        """Jobs that the server knows, which is what would be paid for."""
        page = self.engine.client.get("/v2/transcript", params={"limit": 200}).json()
        return len(page["transcripts"])

    async def run(self, *sources: Any, endpoint: Endpoint | None = None, **options: Any) -> list[Any]:
        """One batch in a kernel of its own: new store object, new client."""
        given = {name: options.pop(name) for name in ("use_cache", "on_event") if name in options}
        given.setdefault("on_event", self.events.append)
        store = Store(self.home)
        try:
            async with Client(endpoint or self.endpoint, policy=QUICK) as client:
                request = build_request({"language_code": "en", **options})
                return await transcribe_many(
                    client,
                    resolve_sources(*sources),
                    request,
                    store=store,
                    restore=lambda data, source: restored(data, store, source),
                    **given,
                )
        finally:
            store.close()

    def stages(self, index: int = 0) -> list[str]:
        """Stages in order, each named once."""
        return list(dict.fromkeys(event.stage for event in self.events if event.index == index))


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(
        "aai_jupyter.client.transcripts.transcripts_api.QUICKEST", 0.05
    )  # scripts are read at once
    with run_engine(tmp_path / "engine", recogniser=Reader()) as engine, Proxy(engine.url) as proxy:
        yield Service(engine, proxy, tmp_path / "home")


@pytest.fixture
def logged_in(service: Service) -> Iterator[Service]:
    """The Python functions speak to the service, with a key and the home folder of the test."""
    settings.login(KEY)
    settings.base_url = service.proxy.url
    settings.home = service.home
    rt = runtime()
    yield service
    rt.close()


@pytest.fixture
def later() -> Iterator[Callable[[Callable[[], Any], Callable[[], bool]], None]]:
    """``later(action, when)``: do something on another thread as soon as a condition holds."""
    ended = threading.Event()
    threads = []

    def start(action: Callable[[], Any], when: Callable[[], bool]) -> None:
        def wait() -> None:
            while not ended.is_set():
                if when():
                    action()
                    return
                ended.wait(0.01)

        threads.append(threading.Thread(target=wait))
        threads[-1].start()

    yield start
    ended.set()
    for thread in threads:
        thread.join()
