"""Route ``POST /v2/local/align``: times for a typed text, asked of this engine alone.

The body is ``{"audio_url": an upload of this engine, "words": [text, ...], "language_code": optional}``. The
answer is a stream of events: ``{"progress": 0.4}`` and at last the words' times, or ``{"error": text}``.
Nothing is kept; whoever closes the connection stops the work.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from aai_jupyter.local.app import keyed
from aai_jupyter.local.errors import ApiError
from aai_jupyter.local.event_stream import streamed
from aai_jupyter.local.models.failures import Unsupported
from aai_jupyter.local.request_body import json_body
from aai_jupyter.local.upload_route import uploaded
from aai_jupyter.text.ready_types import ready

if TYPE_CHECKING:
    from aai_jupyter.local.app import Engine

MAX_BODY_BYTES = 50_000_000
MAX_WORDS = 2_000_000
LONGEST_WORD = 10_000


@ready
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
        return uploaded(asked.audio_url, request.url.netloc, engine.storage, project)

    path = await to_thread.run_sync(prepare)
    return streamed(
        "align",
        lambda on_progress: engine.recogniser.align(path, asked.words, params, on_progress=on_progress),
    )
