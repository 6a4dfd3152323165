"""Client of the local engine's ``/v2/local/align``: times for a typed text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import httpx
import msgspec

from aai_jupyter.client.gateway.sse import EventParser
from aai_jupyter.client.http import Http
from aai_jupyter.client.retry import FailedAttempt
from aai_jupyter.errors import ResponseError, TranscriptionFailedError
from aai_jupyter.text.json_faults import NOT_JSON

_LIMITS = httpx.Timeout(30.0, read=300.0)
"""The engine says every few seconds how far it is, but for its first words it loads a model."""


async def align_words(
    http: Http,
    audio_url: str,
    words: Sequence[str],
    language: str | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Return the engine's answer: ``words`` with times, ``problems`` and ``language_code``.

    Raises
    ------
    AaiError
        The engine cannot be reached, refuses the request, or cannot read the recording.
    """
    parser = EventParser()
    last: dict[str, Any] = {}
    body = {"audio_url": audio_url, "words": list(words)} | ({"language_code": language} if language else {})
    try:
        async with http.stream(
            "/v2/local/align", json=body, base_url=http.endpoint.base_url, limits=_LIMITS
        ) as (_, chunks):
            async for chunk in chunks:
                for event in parser.feed(chunk):
                    last = msgspec.json.decode(event, type=dict[str, Any])
                    if on_progress is not None and "progress" in last:
                        on_progress(float(last["progress"]))
    except FailedAttempt as fault:
        error: Exception = fault.error
    except NOT_JSON:
        error = ResponseError("The engine's answer cannot be read.")
    else:
        if "error" in last:
            raise TranscriptionFailedError("The text could not be aligned.", detail=str(last["error"]))
        rows = last.get("words")
        if isinstance(rows, list) and len(rows) == len(words):
            return last
        error = ResponseError("The engine ended before the text was aligned.")
    raise error
