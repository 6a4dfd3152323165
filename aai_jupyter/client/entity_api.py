"""Client of the local engine's ``/v2/local/entities``: names and numbers in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from aai_jupyter.client.http import Http
from aai_jupyter.client.local_api import ask_engine
from aai_jupyter.errors import ResponseError
from aai_jupyter.text.ready_types import ready


class FoundEntity(NamedTuple):
    """Words ``[first, last)`` of a text, with the service's name for what they are."""

    text: int
    first: int
    last: int
    kind: str


@ready
class FoundEntities(msgspec.Struct):
    """Entities, and whether the engine has a model of names."""

    entities: list[FoundEntity]
    names: bool


async def find_entities(
    http: Http, texts: Sequence[Sequence[str]], on_progress: Callable[[float], None] | None = None
) -> FoundEntities:
    """Return the entities in the words of texts.

    Raises
    ------
    AaiError
        The engine cannot be reached, or refuses the request.
    """
    body = {"texts": [list(text) for text in texts]}
    last = await ask_engine(http, "/v2/local/entities", body, "Names could not be looked for.", on_progress)
    try:
        return msgspec.convert(last, FoundEntities)
    except msgspec.ValidationError:
        raise ResponseError("The engine's answer cannot be read.") from None
