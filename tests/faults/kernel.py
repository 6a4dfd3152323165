"""A kernel of its own that transcribes, and is killed or stopped at a boundary that it is told."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aai_jupyter.client import Client
from aai_jupyter.client.options.transcript_request import build_request
from aai_jupyter.client.retry import RetryPolicy
from aai_jupyter.client.sources.reading import resolve_sources
from aai_jupyter.jobs.batch import transcribe_many
from aai_jupyter.jobs.shared_objects import PatientObjects, shared_objects
from aai_jupyter.jobs.shared_store import SharedStore
from aai_jupyter.jobs.store import Store
from aai_jupyter.settings.endpoint import ApiKey, Endpoint
from tests.faults.simulator import KEY

QUICK = RetryPolicy(first=0.01, longest=0.05, total=3.0, settle=0.05, missing=0.5, outage=3.0)


@dataclass(frozen=True)
class Plan:
    """What a kernel does.

    ``at`` is a boundary of the store, ``number`` says which of them when it comes several times, ``does``
    what happens there. ``shared`` is the place of a store that several machines use, instead of that of this
    one; its boundaries are those of its objects, without their key. ``clock`` is how far its
    clock is off, and ``clock_at`` the boundary from which on.
    """

    url: str
    home: Path
    sources: tuple[Any, ...]
    options: dict[str, Any] = field(default_factory=dict)
    use_cache: bool = True
    at: str = ""
    number: int = 1
    does: int = signal.SIGKILL
    clock: float = 0.0
    clock_at: str = ""
    largest_file: int | None = None
    network: str | None = None
    policy: RetryPolicy = QUICK
    shared: str = ""
    storage_options: dict[str, Any] = field(default_factory=dict)


def shared_store(plan: Plan, on_boundary: Callable[[str], None] | None) -> SharedStore:
    def tell(name: str) -> None:
        if on_boundary is not None:
            on_boundary(re.sub(r"(jobs|results)/\w\w/\w+/?", "", name).strip())

    return SharedStore(PatientObjects(shared_objects(plan.shared, plan.storage_options), 10.0, tell))


async def transcribe(plan: Plan, on_boundary: Callable[[str], None] | None = None) -> list[str]:
    """Run one batch; the texts, and the errors, in order."""
    messages: list[str] = []
    store: Store | SharedStore
    if plan.shared:
        store = shared_store(plan, on_boundary)
    else:
        store = Store(plan.home, messages.append, on_boundary=on_boundary, network=plan.network)
    endpoint = Endpoint(plan.url, plan.url, plan.url, ApiKey(KEY), region="custom")
    try:
        async with Client(endpoint, policy=plan.policy) as client:
            outcomes = await transcribe_many(
                client,
                resolve_sources(list(plan.sources)),
                build_request({"language_code": "en", **plan.options}),
                store=store,
                restore=lambda data, source: data.raw,
                use_cache=plan.use_cache,
            )
    finally:
        if isinstance(store, Store):
            store.close()
    said = [
        f"{type(o.error).__name__}: {o.error}" if o.error is not None else str(o.transcript["text"])
        for o in outcomes
    ]
    return said + [f"message: {line}" for line in messages]


def _main(plan: Plan, results: Any) -> None:
    seen = 0
    offset = 0.0 if plan.clock_at else plan.clock
    true_time = time.time
    time.time = lambda: true_time() + offset  # the clock of this machine, not the product
    if plan.largest_file is not None:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (plan.largest_file, plan.largest_file))

    def on_boundary(name: str) -> None:
        nonlocal seen, offset
        if plan.clock_at and name == plan.clock_at:
            offset = plan.clock
        if name == plan.at:
            seen += 1
            if seen == plan.number:
                os.kill(os.getpid(), plan.does)

    try:
        results.send(asyncio.run(transcribe(plan, on_boundary)))
    except Exception as error:  # noqa: BLE001 - told to the test
        results.send([f"RAW {type(error).__name__}: {error}"])


class Kernel:
    """A started kernel."""

    _context = multiprocessing.get_context("forkserver")

    def __init__(self, plan: Plan) -> None:
        self._context.set_forkserver_preload(["tests.faults.kernel"])
        self._results, far = self._context.Pipe(duplex=False)
        self._process = self._context.Process(target=_main, args=(plan, far), daemon=True)
        self._process.start()
        far.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended: below 0 by a signal."""
        return self._process.exitcode

    def kill(self, number: int = signal.SIGKILL) -> None:
        os.kill(self.pid, number)

    def result(self, seconds: float = 60.0) -> list[str] | None:
        """What it said; None when it was killed. One that does not end is a fault."""
        try:
            assert self._results.poll(seconds), "it never ended"
            said: list[str] = self._results.recv()
        except (EOFError, ConnectionResetError):
            said = []
        finally:
            if self._process.is_alive() and not self._results.closed:
                self._process.join(5)
            if self._process.is_alive():
                self._process.kill()
            self._process.join()
        return said or None
