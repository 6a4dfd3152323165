"""Route ``POST /v2/local/speakers``: who says each word of a transcript, asked of this engine alone.

The body is ``{"audio_url": an upload of this engine, "words": [{"text", "start", "end", "speaker"}, ...]}``
with times in milliseconds. The answer is a stream of events (`event_stream`), the last one with ``words``
(speaker and confidence of each), ``ghosts`` and ``voices``: the embedding of each speaker's voice, and the
model that made it.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from aai_jupyter.local.alignment_route import LONGEST_WORD, MAX_BODY_BYTES, MAX_WORDS
from aai_jupyter.local.app import keyed
from aai_jupyter.local.errors import ApiError
from aai_jupyter.local.event_stream import streamed
from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.local.request_body import json_body
from aai_jupyter.local.upload_route import uploaded
from aai_jupyter.text.ready_types import ready

if TYPE_CHECKING:
    from aai_jupyter.local.app import Engine

MAX_SPEAKERS = 200
_MAX_MS = 2**40


@ready
class _SaidWord(msgspec.Struct):
    text: str
    start: int
    end: int
    speaker: str | None = None


@ready
class _CheckQuestion(msgspec.Struct):
    audio_url: str
    words: list[_SaidWord]


def speaker_routes() -> list[BaseRoute]:
    """Return the route."""
    return [Route("/v2/local/speakers", keyed(_speakers), methods=["POST"])]


async def _speakers(request: Request, engine: Engine, project: str) -> Response:
    asked: _CheckQuestion = await json_body(request, MAX_BODY_BYTES, _CheckQuestion)
    _check_words(asked.words)

    def prepare() -> Path:
        return uploaded(asked.audio_url, request.url.netloc, engine.storage, project)

    path = await to_thread.run_sync(prepare)
    words = [RecognisedWord(word.text, word.start, word.end, 1.0, word.speaker) for word in asked.words]
    return streamed(
        "speakers", lambda on_progress: engine.recogniser.speakers(path, words, on_progress=on_progress)
    )


def _check_words(words: list[_SaidWord]) -> None:
    if not words or len(words) > MAX_WORDS:
        raise ApiError(400, f"words must be 1 to {MAX_WORDS}")
    if any(len(word.text) > LONGEST_WORD or len(word.speaker or "") > LONGEST_WORD for word in words):
        raise ApiError(400, f"text and speaker must be of at most {LONGEST_WORD} characters")
    if len({word.speaker for word in words}) > MAX_SPEAKERS:
        raise ApiError(400, f"words must be of at most {MAX_SPEAKERS} speakers")
    in_order = all(one.start <= two.start for one, two in pairwise(words))
    if not in_order or not all(0 <= word.start <= word.end <= _MAX_MS for word in words):
        raise ApiError(400, "words must be in order of time, with start and end in milliseconds")
