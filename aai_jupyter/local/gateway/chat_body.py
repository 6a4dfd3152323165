"""Parsing and validation of the body of ``/v1/chat/completions``, as by the service."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request

from aai_jupyter.local.gateway.errors import GatewayError
from aai_jupyter.local.request_body import limited_body
from aai_jupyter.text.json_faults import NOT_JSON

MAX_BODY_BYTES = 32_000_000
ROLES = ("system", "user", "assistant", "tool")


async def read_body(request: Request) -> dict[str, Any]:
    """Return the JSON object that was sent."""
    body = await limited_body(request, MAX_BODY_BYTES, GatewayError(413, "request body is too large"))
    try:
        found = msgspec.json.decode(body)
    except NOT_JSON:
        found = None
    if not isinstance(found, dict):
        raise GatewayError(400, "invalid request body", ["a JSON object is expected"])
    return found


def check_body(body: dict[str, Any], *, known: bool) -> None:
    """Refuse what is wrong for any model, and convert ``messages`` to text."""
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise GatewayError(400, "invalid request body", ["model is required"])
    if not known:
        raise GatewayError(400, f"model {model} is not supported")
    if body.get("messages") is None and isinstance(body.get("prompt"), str):
        body["messages"] = [{"role": "user", "content": body.pop("prompt")}]
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise GatewayError(400, "one of messages or prompt required")
    reasons = []
    for number, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in ROLES:
            reasons.append(f"messages[{number}].role must be one of {', '.join(ROLES)}")
        elif not isinstance(message.get("content"), str | list | None):
            reasons.append(f"messages[{number}].content must be a string or a list of parts")
    for name, kind in (("stream", bool), ("transcript_id", str), ("response_format", dict), ("tools", list)):
        if body.get(name) is not None and not isinstance(body[name], kind):
            reasons.append(f"{name} must be {'a' if kind is not list else 'a list, not a'} {kind.__name__}")
    limit = body.get("max_tokens")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        reasons.append("max_tokens must be at least 1")
    if reasons:
        raise GatewayError(400, "invalid request body", reasons)
    if body.get("model_region") not in (None, "global"):
        raise GatewayError(400, "model_region can only be set to global")
    check_format(body.get("response_format"))


def check_format(response_format: Any) -> None:
    """Refuse an invalid ``response_format``."""
    if response_format is None or response_format.get("type") in ("text", "json_object"):
        return
    inner = response_format.get("json_schema")
    if response_format.get("type") != "json_schema" or not isinstance(inner, dict):
        raise GatewayError(400, "response_format is invalid: type must be json_schema, with a json_schema")
    if not isinstance(inner.get("schema"), dict) or not isinstance(inner.get("name"), str):
        raise GatewayError(400, "response_format is invalid: json_schema needs a name and a schema")


def text_of(message: dict[str, Any]) -> str:
    """Return the text of a message, whichever of its forms it has."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(p["text"] for p in parts if isinstance(p, dict) and isinstance(p.get("text"), str))
