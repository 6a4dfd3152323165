"""Saved prompts of the gateway: requests under a name, whose placeholders are filled when they are run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from aai_jupyter.local.gateway.chat_body import text_of
from aai_jupyter.local.gateway.errors import GatewayError
from aai_jupyter.text.json_faults import NOT_JSON

if TYPE_CHECKING:
    from aai_jupyter.local.storage import Storage

MAX_NAME = 200
MAX_PROMPT_BYTES = 1_000_000
_PLACEHOLDER = re.compile(r"\{\{ ?([^{}\s]{1,100}) ?\}\}")


def save_prompt(storage: Storage, project: str, name: Any, prompt: Any, *, replace: bool) -> dict[str, Any]:
    """Keep the body of a chat completion, which comes as text, under a name.

    Raises
    ------
    GatewayError
        400 with every reason; 404: none of this name can be overwritten; 409: the name is taken.
    """
    reasons = []
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        reasons.append(f"name must be a string of 1 to {MAX_NAME} characters")
    if not isinstance(prompt, str):
        reasons.append("prompt must be a JSON string of a chat completion request")
    elif len(prompt.encode("utf-8", "replace")) > MAX_PROMPT_BYTES:
        reasons.append(f"prompt must not be longer than {MAX_PROMPT_BYTES} bytes")
    elif not isinstance(_decoded(prompt), dict):
        reasons.append("prompt must be a JSON string of an object")
    if reasons:
        raise GatewayError(400, "invalid request body", reasons)
    if not storage.save_prompt(project, name, prompt, replace=replace):
        if replace:
            raise GatewayError(404, "prompt not found")
        raise GatewayError(409, "a prompt of this name exists")
    return {"name": name, "prompt": prompt}


def fill_prompt(storage: Storage, project: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the request with the saved prompt that it names, its placeholders filled.

    What the request itself says wins; the transcript's own tag is left for later.
    """
    name = body.get("aai_prompt")
    if name is None:
        return body
    replacements = body.get("prompt_replacements") or {}
    if not isinstance(name, str) or not isinstance(replacements, dict):
        raise GatewayError(
            400, "invalid request body", ["aai_prompt must be a name, prompt_replacements an object"]
        )
    kept = storage.prompt(project, name)
    if kept is None:
        raise GatewayError(404, "prompt not found")
    own = {
        key: value
        for key, value in body.items()
        if key not in ("aai_prompt", "prompt_replacements", "prompt")
    }
    saved = _decoded(kept)
    if "messages" not in saved and isinstance(saved.get("prompt"), str):
        saved["messages"] = [{"role": "user", "content": saved.pop("prompt")}]
    found: dict[str, Any] = {**saved, **own}
    if own.get("messages") in (None, []):
        found["messages"] = saved.get("messages")
    messages = found.get("messages")
    if isinstance(messages, list):
        found["messages"] = [_filled(message, replacements) for message in messages]
    return found


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except NOT_JSON:
        return None


def _filled(message: Any, replacements: dict[str, Any]) -> Any:
    if not isinstance(message, dict) or "{{" not in (text := text_of(message)):
        return message

    def value(match: re.Match[str]) -> str:
        given = replacements.get(match[1])
        return match[0] if given is None else given if isinstance(given, str) else str(given)

    return {**message, "content": _PLACEHOLDER.sub(value, text)}
