"""A service on loopback that behaves like the real one towards a queue of jobs, without recognising anything.

A fixed number of jobs runs at once, the others are queued first in, first out; each takes a time of its own.
Recognition is what is simulated; requests, queue, list and pages are real.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import multiprocessing
import random
import socket
import time
from collections import Counter, deque
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs


def durations(jobs: int, shortest: float, longest: float, seed: int = 1) -> list[float]:
    """Seconds that each job takes, in the order of submission; the same for the same arguments."""
    rng = random.Random(seed)
    return [rng.uniform(shortest, longest) for _ in range(jobs)]


class SimulatedService:
    """The ASGI application.

    Parameters
    ----------
    taking : list of float
        Seconds of each job.
    at_once : int
        Jobs at a time.
    words : int
        Of each transcript; without any it has only a text.
    """

    def __init__(self, taking: list[float], at_once: int, words: int = 0) -> None:
        self._taking = iter(taking)
        self._free = at_once
        self._queue: deque[tuple[dict[str, Any], float]] = deque()
        self._jobs: dict[str, dict[str, Any]] = {}
        self._newest_first: list[dict[str, Any]] = []
        self._counts: Counter[str] = Counter()
        self._began: float | None = None
        self._submitted: list[float] = []  # seconds since the first request
        self._numbers = itertools.count()
        self._said = _conversation(words) if words else b""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        method, path = scope["method"], scope["path"]
        if path == "/counts":
            status, data = 200, {**self._counts, "submitted": self._submitted, "bytes": len(self._said)}
        else:
            self._began = self._began or time.monotonic()
            self._counts[f"{method} {'list' if path == '/v2/transcript' else path.split('/')[2]}"] += 1
            status, data = self._answer(method, path, parse_qs(scope["query_string"].decode()), body)
        content = json.dumps(data).encode()
        if self._said and path.startswith("/v2/transcript/") and data.get("status") == "completed":
            content = content[:-1] + b"," + self._said
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> tuple[int, Any]:
        if path == "/v2/upload":
            return 200, {"upload_url": f"https://cdn.example/upload/{next(self._numbers)}"}
        if path == "/v2/transcript" and method == "POST":
            return 200, self._submit(json.loads(body)["audio_url"])
        if path == "/v2/transcript":
            return 200, self._list(int(query.get("limit", ["10"])[0]), query.get("before_id", [None])[0])
        job = self._jobs.get(path.rsplit("/", 1)[-1])
        return (200, job) if job else (400, {"error": "Transcript lookup error, transcript id not found"})

    def _submit(self, audio_url: str) -> dict[str, Any]:
        created = datetime.now(UTC).replace(tzinfo=None).isoformat()
        job = {"id": f"job-{len(self._jobs)}", "status": "queued", "audio_url": audio_url, "created": created}
        self._jobs[job["id"]] = job
        self._newest_first.insert(0, job)
        self._submitted.append(time.monotonic() - (self._began or 0.0))
        answer = dict(job)
        self._queue.append((job, next(self._taking)))
        self._start_next()
        return answer

    def _start_next(self) -> None:
        while self._free and self._queue:
            job, seconds = self._queue.popleft()
            self._free -= 1
            job["status"] = "processing"
            asyncio.get_running_loop().call_later(seconds, self._complete, job)

    def _complete(self, job: dict[str, Any]) -> None:
        job.update(status="completed", text="Done.", completed_at=time.time())
        self._free += 1
        self._start_next()

    def _list(self, limit: int, before_id: str | None) -> dict[str, Any]:
        start = 0
        if before_id:
            start = len(self._newest_first) - int(before_id.removeprefix("job-"))
        rows = self._newest_first[start : start + limit]
        older = start + limit < len(self._newest_first)
        keys = ("id", "status", "audio_url", "created")
        return {
            "page_details": {
                "limit": limit,
                "result_count": len(rows),
                "prev_url": "older" if older else None,
            },
            "transcripts": [{key: row[key] for key in keys} for row in rows],
        }


def _conversation(words: int) -> bytes:
    """The end of an answer: words and turns of one conversation."""
    from benchmarks.synthetic_speech import Conversations

    raw, _ = next(Conversations().recordings(words))
    fields = {
        name: value
        for name, value in json.loads(raw).items()
        if name not in ("id", "status", "text", "created")
    }
    return json.dumps(fields, separators=(",", ":"))[1:].encode()


def _serve(listener: socket.socket, taking: list[float], at_once: int, words: int) -> None:
    import uvicorn

    config = uvicorn.Config(SimulatedService(taking, at_once, words), log_level="critical", lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


@contextlib.contextmanager
def simulated_service(taking: list[float], at_once: int, words: int = 0) -> Iterator[str]:
    """Run it in a process of its own; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    # asyncio does not do this for a socket that it has not made, and each reply would wait 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(listener, taking, at_once, words), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        process.terminate()
        process.join()
        listener.close()
