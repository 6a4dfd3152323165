"""Route ``POST /v2/local/align``: times for a typed text, asked of this engine alone.

The body is ``{"audio_url": an upload of this engine, "words": [text, ...], "language_code": optional}``. The
answer is a stream of events: ``{"progress": 0.4}`` and at last the words' times, or ``{"error": text}``.
Nothing is kept; whoever closes the connection stops the work.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from aai_jupyter.local import upload_route
from aai_jupyter.local.app import keyed
from aai_jupyter.local.errors import SERVER_ERROR, ApiError
from aai_jupyter.local.models.failures import Cancelled, JobFailed, Unsupported
from aai_jupyter.local.request_body import json_body

if TYPE_CHECKING:
    from aai_jupyter.local.app import Engine

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 50_000_000
MAX_WORDS = 2_000_000
LONGEST_WORD = 10_000
_QUIET_SECONDS = 5.0
"""An event at least this often tells both sides that the other is there."""


class _Question(msgspec.Struct):
    audio_url: str
    words: list[str]
    language_code: str | None = None


def alignment_routes() -> list[BaseRoute]:
    """Return the route."""
    return [Route("/v2/local/align", keyed(_align), methods=["POST"])]


async def _align(request: Request, engine: Engine, project: str) -> Response:
    asked: _Question = await json_body(request, MAX_BODY_BYTES, _Question)
    if not asked.words or len(asked.words) > MAX_WORDS or max(map(len, asked.words)) > LONGEST_WORD:
        raise ApiError(400, f"words must be 1 to {MAX_WORDS} words of at most {LONGEST_WORD} characters")
    params = {"language_code": asked.language_code} if asked.language_code else {}

    def prepare() -> Path:
        try:
            engine.recogniser.check_params(params)
        except Unsupported as error:
            raise ApiError(400, error.reason) from error
        upload = upload_route.resolve(asked.audio_url, request.url.netloc, engine.storage, project)
        if upload is None:
            raise ApiError(400, "audio_url must be an upload of this engine")
        path = engine.storage.upload_path(upload)
        if not path.exists():
            raise ApiError(400, "The upload is no longer available")
        return path

    path = await to_thread.run_sync(prepare)
    return StreamingResponse(_events(engine, path, asked.words, params), media_type="text/event-stream")


async def _events(
    engine: Engine, path: Path, words: list[str], params: dict[str, Any]
) -> AsyncIterator[bytes]:
    """Run the alignment in a thread, and yield its progress and its answer."""
    stopped = threading.Event()
    share = 0.0

    def on_progress(done: float) -> None:
        nonlocal share
        share = float(done)  # of numpy, which JSON does not know
        if stopped.is_set():
            raise Cancelled("Nobody waits for it any more.")

    work = asyncio.ensure_future(
        asyncio.to_thread(engine.recogniser.align, path, words, params, on_progress=on_progress)
    )
    told = -1.0
    quiet = 0.0
    try:
        while not work.done():
            await asyncio.wait([work], timeout=0.2)
            quiet += 0.2
            if share - told >= 0.01 or quiet >= _QUIET_SECONDS:
                told, quiet = share, 0.0
                yield _event({"progress": round(share, 3)})
        try:
            answer = work.result()
        except JobFailed as error:
            answer = {"error": error.message}
        except Exception:  # the boundary: a fault of ours ends one alignment, is logged whole, and is told
            log.exception("align")
            answer = {"error": SERVER_ERROR}
        yield _event(answer)
    finally:
        stopped.set()
        work.add_done_callback(_seen)


def _seen(work: asyncio.Future[Any]) -> None:
    if not work.cancelled():
        work.exception()  # nobody waits for it: asyncio would complain


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"
