"""Client of the local engine's ``/v2/local/overlap``: when several people speak at once."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from aai_jupyter.client.http import Http
from aai_jupyter.client.local_api import ask_engine
from aai_jupyter.errors import ResponseError
from aai_jupyter.text.ready_types import ready


@ready
class _HeardOverlap(msgspec.Struct):
    overlap: list[tuple[int, int]]


async def hear_overlap(
    http: Http, audio_url: str, on_progress: Callable[[float], None] | None = None
) -> list[tuple[int, int]]:
    """Return stretches in milliseconds in which at least two people speak.

    Raises
    ------
    AaiError
        The engine cannot be reached, refuses the request, or cannot read the recording.
    """
    body = {"audio_url": audio_url}
    last = await ask_engine(http, "/v2/local/overlap", body, "The sound could not be heard.", on_progress)
    try:
        return msgspec.convert(last, _HeardOverlap).overlap
    except msgspec.ValidationError:
        raise ResponseError("The engine ended before the sound was heard.") from None
