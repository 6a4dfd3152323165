"""Authorisation of the engine's clients: holders of a key, never a page that a browser shows.

Every call but the two kinds of unguessable URL needs the ``Authorization`` header. A page on another
origin cannot send it, because the engine answers no CORS preflight. The ``Host`` check (in
:mod:`~aai_jupyter.local.app`) stops the remaining trick, a foreign name that resolves to 127.0.0.1.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping

from starlette.requests import Request

from aai_jupyter.local.errors import UNAUTHORISED, ApiError

LOCAL_PROJECT = "local"
"""Project of keys that are made anew at each start: what they own must survive the key."""

URL_SECONDS = 30 * 60
"""Life of one URL of redacted audio."""


def project_of(key: str) -> str:
    """Return the project of a key that a user chose; the same key finds its data after a restart."""
    return hashlib.sha256(b"aai-jupyter project " + key.encode()).hexdigest()[:16]


def authorise(request: Request, keys: Mapping[str, str]) -> str:
    """Return the project of the request's key.

    Raises
    ------
    ApiError
        401 when the key is missing or unknown. ``Bearer`` is not understood here, as on the service.
    """
    given = request.headers.get("authorization", "").encode("latin-1")
    found = None
    for key, project in keys.items():  # all of them, so that time tells nothing
        if hmac.compare_digest(given, key.encode()):
            found = project
    if found is None:
        raise ApiError(401, UNAUTHORISED)
    return found


def sign(secret: bytes, path: str, now: float | None = None) -> str:
    """Return the query of a URL that lets its holder read ``path`` for :data:`URL_SECONDS`."""
    expires = int(time.time() if now is None else now) + URL_SECONDS
    return f"Expires={expires}&Signature={_signature(secret, path, expires)}"


def check_signature(secret: bytes, path: str, query: Mapping[str, str], now: float | None = None) -> None:
    """Raise 403 unless the query is one that :func:`sign` made for this path not long ago."""
    try:
        expires = int(query.get("Expires", ""))
    except ValueError:
        raise ApiError(403, "Access denied") from None
    right = _signature(secret, path, expires).encode()
    if not hmac.compare_digest(query.get("Signature", "").encode(), right):
        raise ApiError(403, "Access denied")
    if expires < (time.time() if now is None else now):
        raise ApiError(403, "Request has expired")


def _signature(secret: bytes, path: str, expires: int) -> str:
    return hmac.new(secret, f"{path}\n{expires}".encode(), "sha256").hexdigest()
