"""Schema of an answer, in the formats that servers of language models accept.

OpenAI's ``json_schema`` is known to llama.cpp's own server, Ollama, vLLM and LM Studio; llama-cpp-python
knows ``json_object`` with a ``schema`` beside it; others know none, and are asked in words.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

WAYS = ("json_schema", "json_object", "words")
"""From the surest to the last."""
_REFUSED = re.compile(r"response_format|json_schema|json_object|structured output|grammar", re.IGNORECASE)
_IN_WORDS = "\n\nAnswer with one JSON object that fits this JSON schema, and with nothing else:\n"


def has_schema(body: dict[str, Any]) -> bool:
    """Return whether a body asks for an answer that fits a schema."""
    wanted = body.get("response_format")
    return isinstance(wanted, dict) and wanted.get("type") == "json_schema"


def refuses_schema(message: str) -> bool:
    """Return whether a server's refusal is about the format and not about the question.

    Examples
    --------
    >>> refuses_schema("body.response_format.type: Input should be 'text' or 'json_object'")
    True
    >>> refuses_schema("This model's maximum context length is 1024 tokens")
    False
    """
    return bool(_REFUSED.search(message))


def with_schema(body: dict[str, Any], way: str) -> dict[str, Any]:
    """Return the same request, with its schema in one of :data:`WAYS`.

    Examples
    --------
    >>> wanted = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    >>> with_schema({"messages": [], "response_format": wanted}, "json_object")["response_format"]
    {'type': 'json_object', 'schema': {'type': 'object'}}
    """
    if way == WAYS[0]:
        return body
    schema = body["response_format"]["json_schema"]["schema"]
    found = {name: value for name, value in body.items() if name != "response_format"}
    if way == "json_object":
        found["response_format"] = {"type": "json_object", "schema": schema}
    # A server may take the form and not look at the schema: the words are sent in both ways.
    words = _IN_WORDS + msgspec.json.encode(schema).decode()
    first, *rest = body["messages"] or [{"role": "system", "content": ""}]
    if first.get("role") == "system" and isinstance(first.get("content"), str):
        found["messages"] = [{**first, "content": (first["content"] + words).strip()}, *rest]
    else:
        found["messages"] = [{"role": "system", "content": words.strip()}, *body["messages"]]
    return found
