"""Conversion of other servers' responses to the gateway's shapes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from aai_jupyter.local.gateway.errors import GatewayError
from aai_jupyter.text.thinking import split_thinking

if TYPE_CHECKING:
    from aai_jupyter.local.gateway.upstream import UpstreamServer

OVERFLOW = "model context limit exceeded"
"""The service's words."""
SUPPORTED = (
    "max_tokens", "temperature", "top_p", "stream", "tools", "tool_choice", "response_format",
)  # fmt: skip
_OVERFLOW = re.compile(
    r"context.{0,40}(length|size|window|limit)|exceed.{0,60}context", re.IGNORECASE | re.DOTALL
)


def name_usage(data: dict[str, Any]) -> None:
    """Add token counts under both sets of names, as the gateway does."""
    usage = data.get("usage")
    if not isinstance(usage, dict):
        return
    given, made = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if isinstance(given, int) and isinstance(made, int):
        named = {"input_tokens": given, "output_tokens": made, "total_tokens": given + made}
        data["usage"] = {**named, **usage}


def repair(data: dict[str, Any]) -> None:
    """Repair JSON with small faults, as the service's step json-repair does."""
    import json_repair

    for choice in data.get("choices") or ():
        message = choice.get("message") if isinstance(choice, dict) else None
        if not isinstance(message, dict):
            continue
        text = message.get("content")
        if isinstance(text, str):
            text, thought = split_thinking(text)
            if thought:
                message["content"], message["thinking"] = text, thought
        if isinstance(text, str) and any(mark in text for mark in "{["):
            fixed = json_repair.repair_json(text, ensure_ascii=False)
            if isinstance(fixed, str) and fixed.strip('" \n'):
                message["content"] = fixed


def refusal(status: int, content: bytes, server: UpstreamServer) -> GatewayError:
    """Return the error of a server's refusal."""
    try:
        data = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        data = content[:300].decode("utf-8", "replace")
    inner = data.get("error", data) if isinstance(data, dict) else data
    text = inner.get("message") if isinstance(inner, dict) else inner
    message = str(text or f"it answered with status {status}")[:500]
    if status in (400, 413) and _OVERFLOW.search(message):
        return GatewayError(400, OVERFLOW, [message])
    # Its own key and address are matters between the engine and that server, not of the caller's key.
    shown = 502 if status in (401, 403, 404) else status
    return GatewayError(shown, f"the server at {server.name}: {message}")


def entry(row: dict[str, Any], server: UpstreamServer) -> dict[str, Any]:
    """Return a catalog entry in the gateway's form. What the server does not say is 0 or null."""
    meta: Any = row.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    told = (
        row.get("max_model_len"),
        row.get("context_length"),
        meta.get("n_ctx"),
        row.get("max_context_length"),
    )
    context = next((n for n in told if isinstance(n, int) and n > 0), 0)
    free = {"prompt": 0.0, "completions": 0.0}
    provider = {"id": "local" if server.on_this_machine else "remote", "name": server.name}
    where = "on this machine" if server.on_this_machine else "which is another machine"
    return {
        "id": row["id"],
        "name": str(row.get("name") or row["id"]),
        "description": f"Served by {server.name} ({server.url}), {where}.",
        "creator": provider["id"],
        "context_length": context,
        "supported_parameters": list(SUPPORTED),
        "default_parameters": {"temperature": None, "top_p": None, "frequency_penalty": None},
        "top_provider": {"is_moderated": False, "context_length": context, "max_completion_tokens": 0},
        "pricing": {"global": free, "us": free, "eu": free, "regional_increase_percent": 0.0},
        "retirement_date": 0,
        "available_regions": ["us", "eu", "global"],
        "providers": [provider],
        "default_provider": provider,
    }
