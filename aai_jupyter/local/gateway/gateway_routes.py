"""Routes of the LLM Gateway on this machine: catalog, prompts, chat completions, Speech Understanding."""

from __future__ import annotations

import hmac
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from aai_jupyter.local import transcript_routes
from aai_jupyter.local.errors import UNAUTHORISED, ApiError, defect, told
from aai_jupyter.local.gateway.chat_body import check_body, read_body
from aai_jupyter.local.gateway.errors import GatewayError
from aai_jupyter.local.gateway.extractive import MODEL, Extractive
from aai_jupyter.local.gateway.json_writer import Writer
from aai_jupyter.local.gateway.saved_prompts import fill_prompt, save_prompt
from aai_jupyter.local.gateway.transcript_tag import fill_tag, used_transcript
from aai_jupyter.local.gateway.understanding_forms import NO_SERVER, problems
from aai_jupyter.local.gateway.understanding_tasks import understand
from aai_jupyter.local.gateway.upstream import Upstream

if TYPE_CHECKING:
    from aai_jupyter.local.app import Engine

log = logging.getLogger(__name__)

Handler = Callable[[Request, "Engine", str, str], Awaitable[Response]]


def gateway_routes(url: str | None = None, key: str | None = None) -> tuple[BaseRoute, ...]:
    """Return routes for :func:`~aai_jupyter.local.app.create_app`.

    Parameters
    ----------
    url : str, optional
        Base of an OpenAI-compatible server whose models are offered too, or ``"auto"`` to look for one on
        this machine at each look at the catalog.
    key : str, optional
        Key of that server.
    """
    gateway = _Gateway(Upstream(url, key), Extractive())
    return (
        Route("/v1/models", _open(gateway.models), methods=["GET"]),
        Route("/v1/prompts", _keyed(gateway.save_prompt), methods=["POST"]),
        Route("/v1/prompts/{name:path}", _keyed(gateway.save_prompt), methods=["PUT"]),
        Route("/v1/chat/completions", _keyed(gateway.chat), methods=["POST"]),
        Route("/v1/understanding", _keyed(gateway.understand), methods=["POST"]),
        Route("/v1/understanding/validate", _keyed(gateway.understand), methods=["POST"]),
    )


class _Gateway:
    def __init__(self, upstream: Upstream, extractive: Extractive) -> None:
        self.upstream, self.extractive = upstream, extractive

    async def models(self, request: Request, request_id: str) -> Response:
        own = await to_thread.run_sync(self.extractive.entry)
        if _project(request, request.app.state.engine) is None:
            return _json({"data": [own]}, request_id)  # which servers the user has is nobody else's business
        # Models that write come first: without a choice, they are what people want.
        found = {"data": [*await self.upstream.models(request.url.port), own]}
        return _json(
            found | ({"missing": self.upstream.missing} if self.upstream.missing else {}), request_id
        )

    async def chat(self, request: Request, engine: Engine, project: str, request_id: str) -> Response:
        body = await read_body(request)
        if body.get("aai_prompt") is not None:
            body = await to_thread.run_sync(fill_prompt, engine.storage, project, body)
        served = None
        if body.get("model") != MODEL:
            served = await self.upstream.server_of(str(body.get("model")), request.url.port)
        check_body(body, known=served is not None or body.get("model") == MODEL)
        transcript = await to_thread.run_sync(used_transcript, body, engine, project)
        if served is not None:
            body = fill_tag(body, transcript)
            return await self.upstream.complete(served, body, request_id)
        made = await to_thread.run_sync(self.extractive.answer, body, transcript)
        if not body.get("stream"):
            return _json(made.whole(request_id), request_id)

        async def pieces() -> AsyncIterator[bytes]:
            for piece in made.pieces(request_id, body):
                yield b"data: " + msgspec.json.encode(piece) + b"\n\n"
            yield b"data: [DONE]\n\n"

        return StreamingResponse(
            pieces(), media_type="text/event-stream", headers={"x-request-id": request_id}
        )

    async def save_prompt(self, request: Request, engine: Engine, project: str, request_id: str) -> Response:
        body = await read_body(request)
        replace = request.method == "PUT"
        name = request.path_params["name"] if replace else body.get("name")
        keep = partial(save_prompt, engine.storage, project, name, body.get("prompt"), replace=replace)
        return _json(await to_thread.run_sync(keep), request_id, 200 if replace else 201)

    async def understand(self, request: Request, engine: Engine, project: str, request_id: str) -> Response:
        body = await read_body(request)
        wanted = body.get("speech_understanding")
        wanted = wanted.get("request") if isinstance(wanted, dict) else None
        only_check = request.url.path.endswith("/validate")
        found = None
        if "transcript_id" in body or not only_check:
            found = await to_thread.run_sync(_completed, body.get("transcript_id"), engine, project)
            labelled = found.get("speaker_labels") or found.get("multichannel")
            if isinstance(wanted, dict) and "speaker_identification" in wanted and not labelled:
                raise GatewayError(400, "speaker_labels or multichannel required")
        reasons = problems(wanted, found)
        if reasons or not isinstance(wanted, dict):
            raise GatewayError(400, "invalid request body", reasons)
        serving = await self.upstream.writer(request.url.port)
        if serving is None:
            why = f"{self.upstream.missing}." if self.upstream.missing else NO_SERVER
            raise GatewayError(400, "invalid request body", [f"{name}: {why}" for name in wanted])
        if only_check or found is None:
            return _json({"valid": True}, request_id)
        made = await understand(Writer(self.upstream, *serving), wanted, found)
        return _json(made, request_id)


def _completed(id: Any, engine: Engine, project: str) -> dict[str, Any]:
    row = engine.storage.get(project, id) if isinstance(id, str) else None
    if row is None:
        raise GatewayError(404, "transcript not found")
    if row["deleted"]:
        raise GatewayError(404, "transcript deleted")
    if row["status"] != "completed":
        raise GatewayError(400, f"transcript has the status {row['status']}")
    return transcript_routes.show(row)


def _open(
    handler: Callable[[Request, str], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a handler that needs no key, as the service's catalog does not."""

    async def endpoint(request: Request) -> Response:
        id = str(uuid.uuid4())
        return await _answered(request, id, handler(request, id))

    return endpoint


def _keyed(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        engine: Engine = request.app.state.engine
        id = str(uuid.uuid4())
        project = _project(request, engine)
        if project is None:
            return _json({"error": UNAUTHORISED, "status": "error"}, id, 401)
        return await _answered(request, id, handler(request, engine, project, id))

    return endpoint


async def _answered(request: Request, id: str, answering: Awaitable[Response]) -> Response:
    try:
        return await answering
    except GatewayError as error:
        return _json(error.body(id), id, error.status)
    except ApiError as error:
        return _json(GatewayError(error.status, error.message).body(id), id, error.status)
    except (HTTPException, ClientDisconnect):
        raise
    except Exception as error:  # not left to the server, which would cut the client's connection
        log.exception("%s %s", request.method, request.url.path)
        if (said := told(error)) is not None:
            return _json(GatewayError(400, said).body(id), id, 400)
        return _json(GatewayError(500, defect(error)).body(id), id, 500)


def _project(request: Request, engine: Engine) -> str | None:
    """Return the project of the key; unlike other paths, these take ``Bearer`` too, for OpenAI's clients."""
    given = request.headers.get("authorization", "").encode("latin-1")
    scheme, _, token = given.partition(b" ")
    if scheme.lower() == b"bearer":
        given = token.strip()
    found = None
    for key, project in engine.keys.items():  # all of them, so that time tells nothing
        if hmac.compare_digest(given, key.encode()):
            found = project
    return found


def _json(body: dict[str, Any], request_id: str, status: int = 200) -> Response:
    whole = {**body, "request_id": body.get("request_id", request_id)}
    content = msgspec.json.encode(whole)
    return Response(content, status, {"x-request-id": request_id}, media_type="application/json")
