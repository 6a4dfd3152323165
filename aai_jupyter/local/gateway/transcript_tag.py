"""Substitution of ``transcript_id`` and the tag ``{{ transcript }}`` in messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aai_jupyter.local import transcript_routes
from aai_jupyter.local.gateway.chat_body import text_of
from aai_jupyter.local.gateway.errors import GatewayError

if TYPE_CHECKING:
    from aai_jupyter.local.app import Engine

TAG = "{{ transcript }}"
"""Exactly so, with one space on each side; anything else stays as it is."""


def used_transcript(body: dict[str, Any], engine: Engine, project: str) -> dict[str, Any] | None:
    """Return the transcript that a tag asks for; None without a tag, when the id is ignored.

    Raises
    ------
    GatewayError
        404: no such transcript, or deleted; 400: not finished.
    """
    id = body.get("transcript_id")
    if id is None or place_of_tag(body) is None:
        return None
    row = engine.storage.get(project, id)
    if row is None:
        raise GatewayError(404, "transcript not found")
    if row["deleted"]:
        raise GatewayError(404, "transcript deleted")
    if row["status"] != "completed":
        raise GatewayError(400, f"transcript has the status {row['status']}")
    return transcript_routes.show(row)


def place_of_tag(body: dict[str, Any]) -> int | None:
    """Return the index of the first message that has the tag."""
    return next((n for n, message in enumerate(body["messages"]) if TAG in text_of(message)), None)


def fill_tag(body: dict[str, Any], transcript: dict[str, Any] | None) -> dict[str, Any]:
    """Replace the first tag by the plain text, and remove ``transcript_id``."""
    found = {name: value for name, value in body.items() if name != "transcript_id"}
    place = None if transcript is None else place_of_tag(body)
    if transcript is not None and place is not None:
        messages = list(body["messages"])
        text = text_of(messages[place]).replace(TAG, transcript.get("text") or "", 1)
        messages[place] = {**messages[place], "content": text}
        found["messages"] = messages
    return found
