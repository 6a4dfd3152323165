"""Bodies of requests that are read whole, up to a limit."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request

from aai_jupyter.local.errors import BAD_SCHEMA, ApiError
from aai_jupyter.text.json_faults import NOT_JSON


async def limited_body(request: Request, most: int, too_large: Exception) -> bytearray:
    """Return the body; raise `too_large` as soon as it has, or says that it will have, more bytes."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise too_large
    return body


async def json_body(request: Request, most: int, kind: Any = Any) -> Any:
    """Return the decoded JSON of a body.

    Raises
    ------
    ApiError
        413 above `most` bytes, 400 for what is not JSON or not of this kind.
    """
    body = await limited_body(request, most, ApiError(413, "Request body is too large"))
    try:
        return msgspec.json.decode(body, type=kind)
    except NOT_JSON:
        raise ApiError(400, BAD_SCHEMA) from None
