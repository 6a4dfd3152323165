"""Route ``POST /v2/local/overlap``: when several people speak at once, asked of this engine alone.

The body is ``{"audio_url": an upload of this engine}``. The answer is a stream of events (`event_stream`),
the last one with ``overlap``: ``[start, end]`` in milliseconds of each stretch. Nothing is kept.
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
from aai_jupyter.local.event_stream import streamed
from aai_jupyter.local.request_body import json_body
from aai_jupyter.local.upload_route import uploaded
from aai_jupyter.text.ready_types import ready

if TYPE_CHECKING:
    from aai_jupyter.local.app import Engine

_MAX_BODY_BYTES = 100_000


@ready
class _OverlapQuestion(msgspec.Struct):
    audio_url: str


def overlap_routes() -> list[BaseRoute]:
    """Return the route."""
    return [Route("/v2/local/overlap", keyed(_overlap), methods=["POST"])]


async def _overlap(request: Request, engine: Engine, project: str) -> Response:
    asked: _OverlapQuestion = await json_body(request, _MAX_BODY_BYTES, _OverlapQuestion)

    def prepare() -> Path:
        return uploaded(asked.audio_url, request.url.netloc, engine.storage, project)

    path = await to_thread.run_sync(prepare)
    return streamed("overlap", lambda on_progress: engine.recogniser.overlap(path, on_progress=on_progress))
