"""Routes ``POST /v1/transcribe/live``, its older names, and ``GET /v1/warm``; nothing is stored."""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from aai_jupyter.local.clips.clip_config import ClipConfig
from aai_jupyter.local.clips.clip_decoding import MAX_BYTES, decode_clip
from aai_jupyter.local.clips.errors import ClipError, bad_request, too_large
from aai_jupyter.local.clips.multipart import Part, boundary_of, parts_of
from aai_jupyter.local.errors import told
from aai_jupyter.local.models.clip_recognition import check_languages, clip_words
from aai_jupyter.local.models.failures import Unsupported
from aai_jupyter.local.models.live_first import ORDER
from aai_jupyter.local.models.live_models import LiveModels
from aai_jupyter.local.models.words import RecognisedWord, mean_confidence, text_of
from aai_jupyter.local.request_body import limited_body

log = logging.getLogger(__name__)

LIVE = ("/v1/transcribe/live", "/v1/transcribe/stream")
BUFFERED = ("/v1/transcribe", "/transcribe")
SERVICE_MODELS = ("universal-3-5-pro", "u3-sync-pro")
MAX_WAITING = 8
"""Clips at once; one more is told to come again."""
_ROOM = 100_000
"""Bytes of a body beside its sound."""


class ClipRoutes:
    """Handlers and their shared state.

    Parameters
    ----------
    models : LiveModels
        The models of live speech serve for clips too.
    waiting : int
        Most at once.

    Notes
    -----
    The service gives up after 30 s. This engine does not: on a slow machine a late text is better than none.
    """

    def __init__(self, models: LiveModels, *, waiting: int = MAX_WAITING) -> None:
        self.models = models
        self._most, self._now = waiting, 0
        self._one = asyncio.Lock()

    def routes(self) -> tuple[BaseRoute, ...]:
        """The paths of Sync STT."""
        live = [Route(path, self._endpoint(self._live), methods=["POST"]) for path in LIVE]
        rest = [Route(path, self._endpoint(self._buffered), methods=["POST"]) for path in BUFFERED]
        return (*live, *rest, Route("/v1/warm", self._endpoint(self._warm), methods=["GET"]))

    def _endpoint(
        self, handler: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                _admit(request)
                return await handler(request)
            except ClipError as error:
                return error.response()
            except Unsupported as error:
                return bad_request(error.reason).response()
            except ClientDisconnect:
                raise
            except Exception as error:
                log.exception("A clip failed")
                if (said := told(error)) is not None:
                    return bad_request(said).response()
                return ClipError(500, "Inference Error", "The clip could not be recognised").response()

        return endpoint

    async def _warm(self, request: Request) -> Response:
        await to_thread.run_sync(self.models.warm_up, self.models.model)
        return JSONResponse({"warm": "toasty"})

    async def _live(self, request: Request) -> Response:
        return await self._transcribe(request, ordered=True)

    async def _buffered(self, request: Request) -> Response:
        return await self._transcribe(request, ordered=False)

    async def _transcribe(self, request: Request, *, ordered: bool) -> Response:
        began = time.perf_counter()
        name = self._model(request.headers.get("x-aai-model"))
        boundary = boundary_of(request.headers.get("content-type", ""))
        too_long = too_large(f"The audio has more than {MAX_BYTES / 1e6:.0f} MB")
        body = bytes(await limited_body(request, MAX_BYTES + _ROOM, too_long))
        config_part, audio = _two(parts_of(body, boundary), ordered=ordered)
        config = ClipConfig.of(config_part.content if config_part else b"")
        samples, seconds = await to_thread.run_sync(decode_clip, audio.content, audio.content_type, config)
        check_languages(self.models, name, config.language_codes)
        if self._now >= self._most:
            raise ClipError(503, "Capacity Exceeded", "Too many clips at once", retry_after=1)
        self._now += 1
        try:
            async with self._one:  # one after the other: two at once are each twice as slow
                words = await to_thread.run_sync(
                    self._words, name, samples, config.language_codes, config.prompt
                )
        finally:
            self._now -= 1
        return JSONResponse(
            {
                "text": text_of(words),
                "words": [_shown(word, times=config.timestamps) for word in words],
                "confidence": mean_confidence(words) or 0.0,
                "audio_duration_ms": round(1000 * seconds),
                "session_id": str(uuid.uuid4()),
                "request_time_ms": round(1000 * (time.perf_counter() - began), 1),
            }
        )

    def _words(self, name: str, samples: Any, codes: list[str], prompt: str | None) -> list[RecognisedWord]:
        with ORDER.live():  # somebody waits for it with a finger on the key
            return clip_words(self.models, name, samples, codes, prompt)

    def _model(self, asked: str | None) -> str:
        if not asked:
            raise bad_request("The header X-AAI-Model is required")
        if asked not in (*SERVICE_MODELS, *self.models.ids):
            raise bad_request(f"X-AAI-Model: there is no model {asked!r}")
        return self.models.chosen(asked)


def _admit(request: Request) -> None:
    """Check a key, given bare, with Bearer, or as ``?token=``: the three ways of the service."""
    engine = request.app.state.engine
    header = request.headers.get("authorization", "")
    given = header.removeprefix("Bearer ") or request.query_params.get("token", "")
    known = [hmac.compare_digest(given.encode("utf-8", "replace"), key.encode()) for key in engine.keys]
    if not any(known):
        raise ClipError(401, "Unauthorized", "Invalid API key")


def _two(parts: list[Part], *, ordered: bool) -> tuple[Part | None, Part]:
    """Return the parts ``config`` and ``audio``."""
    names = [part.name for part in parts]
    for name in names:
        if name not in ("config", "audio") or names.count(name) > 1:
            raise bad_request(f"There must be one part config and one part audio, not {', '.join(names)}")
    if "audio" not in names:
        raise bad_request("The part audio is missing")
    if ordered and names != ["config", "audio"]:
        raise bad_request("The part config must come before the part audio")
    found = dict(zip(names, parts, strict=True))
    return found.get("config"), found["audio"]


def _shown(word: RecognisedWord, *, times: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"text": word.text, "confidence": round(word.confidence, 5)}
    return {**shown, "start": word.start, "end": word.end} if times else shown
