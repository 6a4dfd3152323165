"""Client of the local engine's ``/v2/local/align``: times for a typed text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aai_jupyter.client.http import Http
from aai_jupyter.client.local_api import ask_engine
from aai_jupyter.errors import ResponseError


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
    body = {"audio_url": audio_url, "words": list(words)} | ({"language_code": language} if language else {})
    last = await ask_engine(http, "/v2/local/align", body, "The text could not be aligned.", on_progress)
    rows = last.get("words")
    if not isinstance(rows, list) or len(rows) != len(words):
        raise ResponseError("The engine ended before the text was aligned.")
    return last
