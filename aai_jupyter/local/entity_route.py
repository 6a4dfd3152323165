"""Route ``POST /v2/local/entities``: names and numbers in words, asked of this engine alone.

The body is ``{"texts": [[word, ...], ...]}``: the words of each turn. The answer is a stream of events
(`event_stream`), the last one with ``entities``: ``[text, first word, last word (exclusive), kind]`` of each,
with the kinds of the service, and ``names``: whether the model of names (English) is installed. Nothing is
kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from aai_jupyter.local.alignment_route import LONGEST_WORD, MAX_BODY_BYTES, MAX_WORDS
from aai_jupyter.local.app import keyed
from aai_jupyter.local.errors import ApiError
from aai_jupyter.local.event_stream import streamed
from aai_jupyter.local.request_body import json_body
from aai_jupyter.text.ready_types import ready

if TYPE_CHECKING:
    from aai_jupyter.local.app import Engine

_POLICIES = (
    "email_address",
    "url",
    "ip_address",
    "credit_card_number",
    "us_social_security_number",
    "phone_number",
    "passport_number",
    "drivers_license",
    "healthcare_number",
    "banking_information",
)
_NAMES = ("person_name", "organization", "location")


@ready
class _EntityQuestion(msgspec.Struct):
    texts: list[list[str]]


def entity_routes() -> list[BaseRoute]:
    """Return the route."""
    return [Route("/v2/local/entities", keyed(_entities), methods=["POST"])]


async def _entities(request: Request, engine: Engine, project: str) -> Response:
    asked: _EntityQuestion = await json_body(request, MAX_BODY_BYTES, _EntityQuestion)
    if sum(map(len, asked.texts)) > MAX_WORDS or any(len(w) > LONGEST_WORD for t in asked.texts for w in t):
        raise ApiError(400, f"texts must be at most {MAX_WORDS} words of at most {LONGEST_WORD} characters")
    return streamed("entities", lambda on_progress: found_in(asked.texts, on_progress))


def found_in(texts: list[list[str]], on_progress: Callable[[float], None]) -> dict[str, Any]:
    """Return what the route answers for the words of texts."""
    from aai_jupyter.local.models.names import names_installed
    from aai_jupyter.local.models.pii import find_pii
    from aai_jupyter.local.models.words import RecognisedWord

    names = names_installed()
    policies = [*_POLICIES, *(_NAMES if names else ())]
    entities = []
    for number, text in enumerate(texts):
        on_progress(number / len(texts))
        words = [RecognisedWord(word, 0, 0, 1.0) for word in text]
        entities += [(number, one.first, one.last, one.kind) for one in find_pii(words, policies)]
    return {"entities": entities, "names": names}
