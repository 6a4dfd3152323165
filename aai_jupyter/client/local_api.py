"""Client of the local engine's own paths (``/v2/local/...``) that answer with a stream of events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


async def ask_engine(
    http: Http,
    path: str,
    body: Mapping[str, Any],
    failed: str,
    on_progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Return the last event of the engine's answer.

    Parameters
    ----------
    failed : str
        What an error says first, as in "The text could not be aligned."

    Raises
    ------
    AaiError
        The engine cannot be reached, refuses the request, or cannot read the recording.
    """
    parser = EventParser()
    last: dict[str, Any] = {}
    try:
        async with http.stream(path, json=dict(body), base_url=http.endpoint.base_url, limits=_LIMITS) as (
            _,
            chunks,
        ):
            async for chunk in chunks:
                for event in parser.feed(chunk):
                    last = msgspec.json.decode(event, type=dict[str, Any])
                    if on_progress is not None and "progress" in last:
                        on_progress(float(last["progress"]))
    except FailedAttempt as fault:
        raise fault.error from None
    except NOT_JSON:
        raise ResponseError("The engine's answer cannot be read.") from None
    if "error" in last:
        raise TranscriptionFailedError(failed, detail=str(last["error"]))
    return last
