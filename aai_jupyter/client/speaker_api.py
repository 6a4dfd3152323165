"""Client of the local engine's ``/v2/local/speakers``: who says each word, by the voices in the sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from aai_jupyter.client.http import Http
from aai_jupyter.client.local_api import ask_engine
from aai_jupyter.errors import ResponseError
from aai_jupyter.text.ready_types import ready


@ready
class HeardWord(msgspec.Struct):
    """The speaker that a word's voice tells, and how sure that is."""

    speaker: str | None
    confidence: float


@ready
class HeardVoice(msgspec.Struct):
    """The embedding of a speaker's voice, and the seconds that it was heard in."""

    vector: list[float]
    seconds: float


@ready
class HeardSpeakers(msgspec.Struct):
    """The engine's answer.

    Attributes
    ----------
    ghosts : list of str
        Speakers who say so little that they are likely pieces of another.
    model : str
        What made the vectors; those of different models cannot be compared.
    """

    words: list[HeardWord]
    ghosts: list[str]
    voices: dict[str, HeardVoice]
    model: str


async def hear_speakers(
    http: Http,
    audio_url: str,
    words: Sequence[dict[str, Any]],
    on_progress: Callable[[float], None] | None = None,
) -> HeardSpeakers:
    """Return who says each word by the voices in a recording.

    Parameters
    ----------
    words : sequence of dict
        ``text``, ``start``, ``end`` (milliseconds) and ``speaker``, in order of time.

    Raises
    ------
    AaiError
        The engine cannot be reached, refuses the request, or cannot read the recording.
    """
    body = {"audio_url": audio_url, "words": list(words)}
    path = "/v2/local/speakers"
    last = await ask_engine(http, path, body, "The speakers could not be checked.", on_progress)
    try:
        found = msgspec.convert(last, HeardSpeakers)
    except msgspec.ValidationError:
        raise ResponseError("The engine ended before the speakers were checked.") from None
    if len(found.words) != len(words):
        raise ResponseError("The engine's answer is of other words.")
    return found
