"""Handlers of ``/v2/transcript``."""

from __future__ import annotations

from collections.abc import Callable
from sqlite3 import Row
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from aai_jupyter.local import exports, transcript_object, upload_route
from aai_jupyter.local.auth import sign
from aai_jupyter.local.errors import UNKNOWN_ID, ApiError
from aai_jupyter.local.models.failures import Unsupported
from aai_jupyter.local.request_body import json_body
from aai_jupyter.local.storage import unpack
from aai_jupyter.local.transcript_params import decode_params, parse_date

if TYPE_CHECKING:
    from aai_jupyter.local.app import Engine

MAX_LIMIT = 200
DEFAULT_LIMIT = 10
MAX_BODY_BYTES = 8_000_000
STATUSES = ("queued", "processing", "completed", "error")


async def submit(request: Request, engine: Engine, project: str) -> Response:
    """Handle ``POST /v2/transcript``: validate, store and queue a job."""
    params = decode_params(await json_body(request, MAX_BODY_BYTES))

    def store() -> dict[str, Any]:
        try:
            engine.recogniser.check_params(params)
        except Unsupported as error:
            raise ApiError(400, error.reason) from error
        upload = upload_route.resolve(params["audio_url"], request.url.netloc, engine.storage, project)
        return show(engine.storage.add(project, params, upload))

    shown = await to_thread.run_sync(store)
    engine.queue.wake()
    return json_response(shown)


async def get(request: Request, engine: Engine, project: str) -> Response:
    """Handle ``GET /v2/transcript/{id}``."""
    return await _answer(lambda: show(_find(request, engine, project)))


async def delete(request: Request, engine: Engine, project: str) -> Response:
    """Handle ``DELETE /v2/transcript/{id}``."""
    id = request.path_params["id"]

    def clear(row: Row) -> dict[str, Any]:
        shown = show(row)
        if shown["status"] in ("queued", "processing"):  # whoever waits for it must not wait for ever
            shown |= {"status": "error", "error": transcript_object.DELETED_TEXT}
        return transcript_object.deleted_object(shown)

    answer = await _answer(lambda: show(_known(engine.storage.delete(project, id, clear))))
    engine.queue.cancel(id)
    return answer


async def sentences(request: Request, engine: Engine, project: str) -> Response:
    """Handle ``GET .../sentences``."""
    return await _answer(lambda: exports.sentences(_completed(request, engine, project, "sentences")))


async def paragraphs(request: Request, engine: Engine, project: str) -> Response:
    """Handle ``GET .../paragraphs``."""
    return await _answer(lambda: exports.paragraphs(_completed(request, engine, project, "paragraphs")))


async def subtitles(request: Request, engine: Engine, project: str) -> Response:
    """Handle ``GET .../srt`` and ``GET .../vtt``."""
    width = _integer(request, "chars_per_caption", 1, 10_000)
    kind = request.url.path.rpartition("/")[2]
    text = await to_thread.run_sync(
        lambda: exports.subtitles(_completed(request, engine, project, "captions"), kind, width)
    )
    return PlainTextResponse(text)


async def word_search(request: Request, engine: Engine, project: str) -> Response:
    """Handle ``GET .../word-search``."""
    query = request.query_params.get("words", "")
    return await _answer(
        lambda: exports.word_search(_completed(request, engine, project, "word search"), query)
    )


async def redacted_audio(request: Request, engine: Engine, project: str) -> Response:
    """Handle ``GET .../redacted-audio``."""
    row = await to_thread.run_sync(_find, request, engine, project)
    params = msgspec.json.decode(row["params"])
    if not params.get("redact_pii_audio"):
        raise ApiError(
            400, "Redacted audio is not available: redact_pii_audio was not set for this transcript"
        )
    if row["task"] is not None:
        return json_response({"error": "Redacted audio is not ready yet"}, 202)
    if not row["redacted"] or not engine.storage.redacted_path(row["redacted"]).exists():
        raise ApiError(400, "Redacted audio is no longer available, or there is none")
    url = redacted_url(request.url.netloc, engine.secret, row["redacted"])
    return json_response({"redacted_audio_url": url, "status": "redacted_audio_ready"})


async def list_(request: Request, engine: Engine, project: str) -> Response:
    """List transcripts, newest first; ``prev_url`` leads to older ones and ``next_url`` to newer ones."""
    asked = request.query_params
    limit = _integer(request, "limit", 1, MAX_LIMIT) or DEFAULT_LIMIT
    filters = {name: asked[name] for name in ("status", "created_on") if asked.get(name)}
    if filters.get("status", "queued") not in STATUSES:
        raise ApiError(400, f"status must be one of: {', '.join(STATUSES)}")
    if "created_on" in filters:
        parse_date(filters["created_on"])
    base = f"{request.url.scheme}://{request.url.netloc}/v2/transcript"

    def page() -> dict[str, Any]:
        ends: dict[str, int] = {}
        for name, end in (("before_id", "before"), ("after_id", "after")):
            if asked.get(name):
                ends[end] = _known(engine.storage.get(project, asked[name]))["seq"]
        rows: list[Row] = []
        older = newer = False
        if asked.get("throttled_only", "").lower() != "true":  # nothing is ever throttled here
            rows, older, newer = engine.storage.page(
                project, limit, status=filters.get("status"), created_on=filters.get("created_on"), **ends
            )

        def link(name: str, row: Row) -> str:
            return f"{base}?{urlencode({'limit': limit, **filters, name: row['id']})}"

        return {
            "page_details": {
                "limit": limit,
                "result_count": len(rows),
                "current_url": str(request.url),
                "prev_url": link("before_id", rows[-1]) if older else None,
                "next_url": link("after_id", rows[0]) if newer else None,
            },
            "transcripts": [
                {
                    "id": row["id"],
                    "resource_url": f"{base}/{row['id']}",
                    "status": row["status"],
                    "created": row["created"],
                    "completed": row["completed"] if row["status"] == "completed" else None,
                    "audio_url": transcript_object.DELETED_URL
                    if row["deleted"]
                    else msgspec.json.decode(row["params"])["audio_url"],
                    "error": row["error"],
                }
                for row in rows
            ],
        }

    return await _answer(page)


def show(row: Row) -> dict[str, Any]:
    """Return a stored row as the transcript object."""
    if row["deleted"]:
        found: dict[str, Any] = msgspec.json.decode(row["deleted"])
        return found
    return transcript_object.transcript_object(
        msgspec.json.decode(row["params"]),
        unpack(row),
        id=row["id"],
        status=row["status"],
        error=row["error"],
        webhook_status_code=row["webhook_status_code"],
    )


def redacted_url(netloc: str, secret: bytes, name: str) -> str:
    """Return the signed URL of a file of redacted audio."""
    path = f"/redacted-audio/{name}"
    return f"http://{netloc}{path}?{sign(secret, path)}"


def json_response(body: Any, status: int = 200) -> Response:
    """Return a JSON response."""
    return Response(msgspec.json.encode(body), status, media_type="application/json")


async def _answer(make: Callable[[], Any]) -> Response:
    """Build the response in a thread: a ten-hour transcript takes a while to decode and encode."""
    return await to_thread.run_sync(lambda: json_response(make()))


def _find(request: Request, engine: Engine, project: str) -> Row:
    return _known(engine.storage.get(project, request.path_params["id"]))


def _known(row: Row | None) -> Row:
    if row is None:
        raise ApiError(400, UNKNOWN_ID)
    return row


def _completed(request: Request, engine: Engine, project: str, what: str) -> dict[str, Any]:
    row = _find(request, engine, project)
    if row["status"] != "completed":
        raise ApiError(
            400,
            f"This transcript has a status of '{row['status']}'. "
            f"Transcripts must have a status of 'completed' before requesting {what}.",
        )
    if row["deleted"]:
        raise ApiError(400, "This transcript has been deleted.")
    return show(row)


def _integer(request: Request, name: str, low: int, high: int) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if len(text) > 18 or not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise ApiError(400, f"{name} must be an Integer between {low} and {high}")
    return int(text)
