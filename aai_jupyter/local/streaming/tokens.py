"""Temporary tokens of the real-time socket, and authorisation of its clients."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from aai_jupyter.local.transcript_routes import json_response

MAX_SESSION_SECONDS = 10800
_SECONDS = (1, 600)
_SESSION = (60, MAX_SESSION_SECONDS)
_PERSON = "aai-jupyter streaming token"

MISSING = "Missing Authorization header"
INVALID = "Invalid API key"
EXPIRED = "Signature has expired"


class Refused(Exception):
    """Reason why a session may not be opened."""


def make_token(secret: bytes, project: str, *, seconds: int, session: int, now: float | None = None) -> str:
    """Return a token that opens sessions for `seconds`, each of at most `session` seconds."""
    expires = (time.time() if now is None else now) + seconds
    claims = {"project": project, "expires": expires, "session": session, "nonce": secrets.token_hex(8)}
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    return f"{body.decode()}.{_sign(secret, body)}"


def admit(given: str, keys: Mapping[str, str], secret: bytes, now: float | None = None) -> int:
    """Return the longest session in seconds that a key or token may open.

    Raises
    ------
    Refused
        With the service's words.
    """
    known = False
    for key in keys:  # all of them, so that time tells nothing
        known |= hmac.compare_digest(given.encode(), key.encode())
    if known:
        return MAX_SESSION_SECONDS
    body, _, signature = given.partition(".")
    if not signature or not hmac.compare_digest(_sign(secret, body.encode()).encode(), signature.encode()):
        raise Refused(INVALID)
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    if claims["expires"] < (time.time() if now is None else now):
        raise Refused(EXPIRED)
    return int(claims["session"])


def _sign(secret: bytes, body: bytes) -> str:
    return hmac.new(secret, _PERSON.encode() + b"\n" + body, "sha256").hexdigest()


async def token(request: Request) -> Response:
    """Handle ``GET /v3/token``."""
    engine = request.app.state.engine
    given = request.headers.get("authorization")
    problems = [] if given else [_detail("missing", ["header", "authorization"], "Field required", None)]
    seconds = _number(request, "expires_in_seconds", _SECONDS, None, problems)
    session = _number(request, "max_session_duration_seconds", _SESSION, MAX_SESSION_SECONDS, problems)
    if problems:
        return json_response({"detail": problems}, 422)
    assert given is not None
    # Bearer worked on the service's token endpoint, though not on its socket.
    project = _project(given.removeprefix("Bearer ").strip(), engine.keys)
    if project is None:
        return json_response({"error": f"Unauthorized Connection: {INVALID}"}, 401)
    made = make_token(engine.secret, project, seconds=seconds, session=session)
    return json_response({"token": made, "expires_in_seconds": seconds})


def _project(given: str, keys: Mapping[str, str]) -> str | None:
    found = None
    for key, project in keys.items():
        if hmac.compare_digest(given.encode(), key.encode()):
            found = project
    return found


def _number(
    request: Request, name: str, allowed: tuple[int, int], default: int | None, problems: list[dict[str, Any]]
) -> int:
    given, place = request.query_params.get(name), ["query", name]
    if given is None:
        if default is None:
            problems.append(_detail("missing", place, "Field required", None))
        return default or 0
    low, high = allowed
    try:
        number = int(given)
    except ValueError:
        problems.append(_detail("int_parsing", place, "Input should be a valid integer", given))
        return 0
    if number < low:
        text = f"Input should be greater than or equal to {low}"
        problems.append(_detail("greater_than_equal", place, text, given) | {"ctx": {"ge": low}})
    elif number > high:
        text = f"Input should be less than or equal to {high}"
        problems.append(_detail("less_than_equal", place, text, given) | {"ctx": {"le": high}})
    return number


def _detail(kind: str, place: list[str], text: str, given: Any) -> dict[str, Any]:
    return {"type": kind, "loc": place, "msg": text, "input": given}
