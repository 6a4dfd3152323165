"""Decoding of the events of a streamed answer, and of errors in an answer with status 200."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from aai_jupyter.client.gateway.chat_completion import Delta, Gatherer
from aai_jupyter.client.gateway.sse import EventParser
from aai_jupyter.client.responses import error_text
from aai_jupyter.errors import AaiError, BadRequestError, NetworkError, ResponseError, ServerError

_DONE = "[DONE]"


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Decode the events of a stream. Raises ResponseError when it is none."""
    parser = EventParser()
    try:
        async for chunk in chunks:
            for event in parser.feed(chunk):
                yield event
    except ValueError as error:
        raise ResponseError("The stream of the gateway cannot be read.", detail=str(error)) from None
    for event in parser.close():
        # Without its empty line an event may be whole (some servers end so) or cut off with the connection.
        if event.strip() == _DONE or _decoded(event) is not None:
            yield event


async def deltas(chunks: AsyncIterator[bytes], gatherer: Gatherer) -> AsyncIterator[Delta]:
    """Decode the chunks of a streamed answer into a gatherer, and give each.

    Raises
    ------
    ResponseError
        It is no stream of an answer: nothing in it could be read.
    NetworkError
        It broke off.
    """
    read = False
    async for event in events(chunks):
        delta = piece(event, gatherer)
        if delta is None:
            break
        read = True
        yield delta
    else:
        if read and gatherer.finish_reason is None:  # some servers end without [DONE]; this one did not end
            raise NetworkError("The answer broke off.", hint="Ask again; what came so far is in .partial.")
    if not read:
        raise ResponseError("The answer of the gateway is empty.", hint="Ask again.")
    yield gatherer.close()


async def begun(answer: AsyncIterator[Delta]) -> AsyncIterator[Delta]:
    """Wait for the first chunk of an answer; raises what keeps it from beginning."""
    first = await anext(answer)

    async def whole() -> AsyncIterator[Delta]:
        yield first
        async for delta in answer:
            yield delta

    return whole()


def piece(event: str, gatherer: Gatherer) -> Delta | None:
    """Decode the chunk of one event; None at the end of the stream."""
    if event.strip() == _DONE:
        return None
    data = _decoded(event)
    if data is None:
        raise ResponseError("A piece of the answer is not JSON.", detail=event[:80].strip() or None)
    if (error := error_in(data)) is not None:
        raise error
    return gatherer.add(data)


def _decoded(event: str) -> dict[str, Any] | None:
    try:
        data = msgspec.json.decode(event)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def error_in(data: Mapping[str, Any]) -> AaiError | None:
    """Find the error that a body with status 200 carries, in either envelope."""
    flat = isinstance(data.get("code"), int) and isinstance(data.get("message"), str)
    if not data.get("error") and not (flat and "choices" not in data):
        return None
    text, request_id = error_text(msgspec.json.encode(data))
    nested = data.get("error")
    code = data.get("code") if flat else nested.get("code") if isinstance(nested, dict) else None
    kind = BadRequestError if isinstance(code, int) and 400 <= code < 500 else ServerError
    status = code if isinstance(code, int) else None
    return explained(kind("The model's answer failed.", detail=text, status=status, request_id=request_id))


_HINTS = {
    "the server at ": "It is your own server of language models (setting llm_url): see that it runs.",
    "does not have access": "Choose a model that the account may use: %aai_models, or top up the account.",
    "in the form that was asked for": "The model is too small for this: take a larger one on your server.",
    "context limit": "Ask about less, or take a model with more room: %aai_models shows context_length.",
    "is not supported": "%aai_models lists the models that are there now.",
    "does not support": "%aai_models shows what each model takes.",
    "transcript not found": "A transcript is found only by the account and in the region that made it.",
}


def explained(error: AaiError) -> AaiError:
    """Add to an error what to do about it, where the service's words tell."""
    lowered = (error.detail or "").lower()
    hint = next((hint for words, hint in _HINTS.items() if words in lowered), None)
    if hint is not None and isinstance(error, BadRequestError | ServerError):
        error.hint = hint
    return error
