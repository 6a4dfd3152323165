"""A strict and quick service with a ledger of what it took, and a proxy before it that spoils answers.

What is paid is what stands in the ledger, by recording and options. Faults, delays of the list and of single
jobs, and boundaries at which somebody is killed are set from outside.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "0123456789abcdef0123456789abcdef"
DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(("speaker_labels", "redact_pii", "disfluencies", "filter_profanity"), False),
    **dict.fromkeys(("multichannel", "sentiment_analysis", "entity_detection", "auto_highlights"), False),
    **dict.fromkeys(("language_code", "redact_pii_policies", "prompt", "keyterms_prompt"), None),
    **{"punctuate": True, "format_text": True, "language_detection": False, "speech_models": None},
}


@dataclass(frozen=True)
class Fault:
    """What becomes of one request.

    ``taken``: the service carries it out first. Then the answer is lost (``reset``), cut after some bytes, or
    replaced by a status with a body; ``late`` are seconds before it.
    """

    taken: bool = True
    reset: bool = False
    cut: int | None = None
    status: int | None = None
    body: bytes = b""
    headers: str = ""
    late: float = 0.0


@dataclass
class Job:
    id: str
    audio: str
    params: dict[str, Any]
    made: float = field(default_factory=time.monotonic)
    created: str = field(default_factory=lambda: datetime.now(UTC).replace(tzinfo=None).isoformat())

    @property
    def bill(self) -> str:
        """What is paid: a recording, and what is done with it."""
        options = {k: v for k, v in self.params.items() if k != "audio_url"}
        return f"{self.audio} {json.dumps(options, sort_keys=True)}"

    def shown(self, seconds: float, length: int = 1) -> dict[str, Any]:
        done = time.monotonic() - self.made >= seconds
        said = (
            {"text": f"Words of {self.audio}.", "words": [], "audio_duration": length}
            if done
            else {"text": None}
        )
        head = {"id": self.id, "status": "completed" if done else "queued", "created": self.created}
        echoed = {k: v for k, v in self.params.items() if k != "webhook_auth_header_value"}
        return {**DEFAULTS, **echoed, **head, **said}


class Simulator:
    """``with Simulator() as service``: speak to ``service.url``.

    Attributes
    ----------
    jobs : list of Job
        The ledger, oldest first.
    requests : Counter
        By kind: "list", "upload", "post", "get".
    fault : callable
        ``fault(kind, number, body)`` gives the :class:`Fault` of a request, or None.
    on_boundary : callable
        Gets "post received", "post taken", "post answered" and so on.
    lengths : dict of str to int
        Seconds of recordings, by the hashes that the ledger names them by; 1 for others.
    processing, list_lag, get_lag : float
        Seconds that a job takes, until the list shows it, and until it is found by its id.
    """

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.requests: Counter[str] = Counter()
        self.fault: Callable[[str, int, bytes], Fault | None] = lambda kind, number, body: None
        self.on_boundary: Callable[[str], None] = lambda name: None
        self.processing = self.list_lag = self.get_lag = 0.0
        self.lost: set[str] = set()
        self.lengths: dict[str, int] = {}
        self._uploads: dict[str, str] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    # -- the ledger ----------------------------------------------------------------------------------

    @property
    def paid_twice(self) -> dict[str, int]:
        """What was paid more often than once."""
        counts = Counter(job.bill for job in self.jobs)
        return {bill: count for bill, count in counts.items() if count > 1}

    # -- the server ----------------------------------------------------------------------------------

    def __enter__(self) -> Simulator:
        self._thread.start()
        start = asyncio.start_server(self._connected, "127.0.0.1", 0, backlog=512)
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result()
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
                if "chunked" in headers.get("transfer-encoding", ""):
                    body = await _chunks(reader)
                else:
                    body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, target, _ = first.split(" ")
                if not await self._answer(writer, method, target, headers, body):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(
        self, writer: asyncio.StreamWriter, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> bool:
        kind = _kind(method, target)
        self.requests[kind] += 1
        fault = self.fault(kind, self.requests[kind], body) or Fault()
        self.on_boundary(f"{kind} received")
        status, answer = 200, b""
        if fault.taken:
            known = headers.get("authorization") == KEY
            status, data = self._do(kind, target, body) if known else (401, {"error": "Authentication error"})
            answer = json.dumps(data).encode()
            self.on_boundary(f"{kind} taken")
        await asyncio.sleep(fault.late)
        if fault.reset:
            writer.transport.abort()
            return False
        if fault.status is not None:
            status, answer = fault.status, fault.body
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n"
        answered = answer if fault.cut is None else answer[: fault.cut]
        writer.write((head + fault.headers + "\r\n").encode() + answered)
        await writer.drain()
        self.on_boundary(f"{kind} answered")
        return fault.cut is None

    def _do(self, kind: str, target: str, body: bytes) -> tuple[int, Any]:
        parts = urlsplit(target)
        if kind == "upload":
            url = f"{self.url}/upload/{len(self._uploads)}"
            self._uploads[url] = hashlib.sha256(body).hexdigest()[:12]
            return 200, {"upload_url": url}
        if kind == "post":
            params = json.loads(body)
            url = params.get("audio_url", "")
            if url.startswith(self.url) and url not in self._uploads:
                return 403, {"error": "Cannot access uploaded file"}
            job = Job(f"job-{len(self.jobs)}", self._uploads.get(url, url), params)
            self.jobs.append(job)
            return 200, {**job.shown(self.processing), "status": "queued"}
        if kind == "list":
            return 200, self._list(parse_qs(parts.query))
        ident = parts.path.rsplit("/", 1)[-1]
        found = next((job for job in self.jobs if job.id == ident), None)
        if found is None or ident in self.lost or time.monotonic() - found.made < self.get_lag:
            return 404, {"error": "Transcript lookup error, transcript id not found"}
        return 200, found.shown(self.processing, self.lengths.get(found.audio, 1))

    def _list(self, query: dict[str, list[str]]) -> dict[str, Any]:
        rows = [job for job in reversed(self.jobs) if time.monotonic() - job.made >= self.list_lag]
        rows = [job for job in rows if job.id not in self.lost]
        before = query.get("before_id", [None])[0]
        if before is not None:
            rows = rows[next((i + 1 for i, job in enumerate(rows) if job.id == before), 0) :]
        limit = int(query.get("limit", ["10"])[0])
        keys = ("id", "status", "audio_url", "created")
        items = [{k: job.shown(self.processing).get(k) for k in keys} for job in rows[:limit]]
        return {
            "page_details": {"prev_url": "older" if len(rows) > limit else None},
            "transcripts": items,
        }


def _kind(method: str, target: str) -> str:
    path = urlsplit(target).path
    if path == "/v2/upload":
        return "upload"
    if path == "/v2/transcript":
        return "post" if method == "POST" else "list"
    return "get"


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readline()).strip(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body
