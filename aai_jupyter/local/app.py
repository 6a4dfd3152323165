"""ASGI application of the engine: the service's paths on this machine."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from anyio import to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from aai_jupyter.local import transcript_routes, upload_route
from aai_jupyter.local.auth import LOCAL_PROJECT, authorise, check_signature
from aai_jupyter.local.clients import Clients
from aai_jupyter.local.errors import FOREIGN_UPLOAD, NOT_FOUND, ApiError, defect, told
from aai_jupyter.local.queue import JobQueue
from aai_jupyter.local.recogniser import Recogniser
from aai_jupyter.local.storage import Storage
from aai_jupyter.local.transcript_routes import json_response, redacted_url
from aai_jupyter.local.webhooks import WebhookRules

log = logging.getLogger(__name__)

Handler = Callable[[Request, "Engine", str], Awaitable[Response]]


@dataclass(slots=True)
class Engine:
    """State that the handlers share."""

    recogniser: Recogniser
    storage: Storage
    keys: Mapping[str, str]
    queue: JobQueue
    secret: bytes
    clients: Clients


def create_app(
    *,
    recogniser: Recogniser,
    home: Path,
    keys: str | Mapping[str, str],
    netloc: str = "127.0.0.1",
    concurrency: int = 1,
    webhooks: WebhookRules | None = None,
    routes: tuple[BaseRoute, ...] = (),
    linger: float = 0.0,
) -> Starlette:
    """Build the application.

    Parameters
    ----------
    recogniser : Recogniser
        The models.
    home : Path
        Folder for transcripts and audio.
    keys : str or mapping
        The key, or several with the project of each. Keys of one project see the same data.
    netloc : str
        Host and port under which the engine is reached; used in webhooks.
    concurrency : int
        Jobs recognised at once.
    webhooks : WebhookRules, optional
        When deliveries are tried again.
    routes : tuple of BaseRoute
        More paths, such as real-time speech and the gateway; they find the engine in
        ``request.app.state.engine``.
    linger : float
        Seconds after the last client of ``/v2/local/clients`` that the engine may end.
    """
    storage = Storage(home)
    secret = storage.secret()
    queue = JobQueue(
        storage,
        recogniser,
        concurrency=concurrency,
        webhooks=webhooks or WebhookRules(),
        redacted_url=lambda name: redacted_url(netloc, secret, name),
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            async with queue.running():
                yield
        finally:
            storage.close()

    one = "/v2/transcript/{id}"
    app = Starlette(
        routes=[
            Route("/v2/upload", keyed(_upload), methods=["POST"]),
            Route("/v2/transcript", keyed(transcript_routes.submit), methods=["POST"]),
            Route("/v2/transcript", keyed(transcript_routes.list_), methods=["GET"]),
            Route(one, keyed(transcript_routes.get), methods=["GET"]),
            Route(one, keyed(transcript_routes.delete), methods=["DELETE"]),
            Route(f"{one}/sentences", keyed(transcript_routes.sentences), methods=["GET"]),
            Route(f"{one}/paragraphs", keyed(transcript_routes.paragraphs), methods=["GET"]),
            Route(f"{one}/srt", keyed(transcript_routes.subtitles), methods=["GET"]),
            Route(f"{one}/vtt", keyed(transcript_routes.subtitles), methods=["GET"]),
            Route(f"{one}/word-search", keyed(transcript_routes.word_search), methods=["GET"]),
            Route(f"{one}/redacted-audio", keyed(transcript_routes.redacted_audio), methods=["GET"]),
            Route("/v2/local/clients", keyed(_stay), methods=["GET"]),
            Route("/v2/local/progress", keyed(_progress), methods=["GET"]),
            Route("/v2/local/everything", keyed(_forget), methods=["DELETE"]),
            Route("/upload/{folder}/{name}", _closed_upload, methods=["GET"]),
            Route("/redacted-audio/{name}", _redacted_file, methods=["GET"]),
            *routes,
        ],
        # Anything else in Host means that a foreign name was made to point here.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
        exception_handlers={
            ApiError: _refuse,
            HTTPException: _no_route,
            ClientDisconnect: _gone,
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    projects = {keys: LOCAL_PROJECT} if isinstance(keys, str) else dict(keys)
    app.state.engine = Engine(recogniser, storage, projects, queue, secret, Clients(linger))
    return app


def keyed(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a handler as a route that gets the engine and the project of the request's key."""

    async def endpoint(request: Request) -> Response:
        engine: Engine = request.app.state.engine
        try:
            return await handler(request, engine, authorise(request, engine.keys))
        except (ApiError, HTTPException, ClientDisconnect):
            raise
        except Exception as error:  # not left to the server, which would cut the client's connection
            log.exception("%s %s", request.method, request.url.path)
            if (said := told(error, engine.storage.folder)) is not None:  # to try again changes nothing
                return json_response({"error": said}, 400)
            return json_response({"error": defect(error)}, 500)

    return endpoint


async def _upload(request: Request, engine: Engine, project: str) -> Response:
    path = await upload_route.receive(request, engine.storage, project)
    return json_response({"upload_url": f"http://{request.url.netloc}{path}"})


async def _stay(request: Request, engine: Engine, project: str) -> Response:
    return engine.clients.stay()


async def _progress(request: Request, engine: Engine, project: str) -> Response:
    """How far the jobs of this project are, which the service does not tell of its own."""
    return json_response({"jobs": engine.queue.progress(project)})


async def _forget(request: Request, engine: Engine, project: str) -> Response:
    only = None if project == LOCAL_PROJECT else project
    return json_response({"deleted": await to_thread.run_sync(engine.storage.forget, only)})


async def _closed_upload(request: Request) -> Response:
    raise ApiError(403, FOREIGN_UPLOAD)


async def _redacted_file(request: Request) -> Response:
    engine: Engine = request.app.state.engine
    if request.method == "HEAD":
        raise ApiError(403, "Access denied")  # the service's URL is signed for GET alone
    check_signature(engine.secret, request.url.path, request.query_params)
    path = engine.storage.redacted_path(request.path_params["name"])
    if not path.is_file():
        raise ApiError(404, NOT_FOUND)
    return FileResponse(path, media_type="audio/wav" if path.suffix == ".wav" else "audio/mpeg")


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return json_response({"error": error.message}, error.status)


async def _no_route(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return json_response(
        {"error": NOT_FOUND if error.status_code == 404 else error.detail}, error.status_code
    )


async def _gone(_: Request, error: Exception) -> Response:
    return Response(status_code=400)  # nobody reads it, and it is no fault worth a traceback
