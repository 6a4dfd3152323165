"""Validation of requests for Speech Understanding, and the schemas of a model's answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from aai_jupyter.text.ready_types import ready

FEATURES = ("translation", "speaker_identification", "custom_formatting", "summarization", "action_items")
NO_SERVER = (
    "the local engine has no model that writes text. Name a server of language models (setting llm_url, or "
    "--llm-url), or use the service."
)
FORMATS = ("date", "phone_number", "email")


@ready
class Lines(msgspec.Struct):
    """A translation, line by line."""

    lines: list[str]


@ready
class Person(msgspec.Struct):
    """Name or role of one speaker label."""

    label: str
    name: str | None


@ready
class Speakers(msgspec.Struct):
    """Identified speakers; without a name where the transcript does not tell."""

    speakers: list[Person]


@ready
class Change(msgspec.Struct):
    """One replacement: the text as it was, and in the wanted format."""

    original: str
    formatted: str


@ready
class Changes(msgspec.Struct):
    """Replacements for the wanted format."""

    changes: list[Change]


@ready
class Chapter(msgspec.Struct):
    """One section: its first and last line, headline and main points."""

    first: int
    last: int
    headline: str
    points: list[str]


@ready
class Chapters(msgspec.Struct):
    """Sections of the recording, by their first and last line."""

    chapters: list[Chapter]


@ready
class Item(msgspec.Struct):
    """One action item, and the words that state it."""

    action_item: str
    quote: str


@ready
class Items(msgspec.Struct):
    """Action items, with the words that state them."""

    items: list[Item]


def problems(wanted: Any, transcript: Mapping[str, Any] | None = None) -> list[str]:
    """List what is wrong with a request.

    Examples
    --------
    >>> problems({"translation": {}})
    ['translation.target_languages is required']
    """
    if not isinstance(wanted, dict) or not wanted:
        return ["speech_understanding.request is required"]
    found = []
    for name, given in wanted.items():
        if name not in FEATURES:
            found.append(f"{name}: there is no such feature.")
        elif not isinstance(given, dict):
            found.append(f"{name} must be an object")
        elif name == "translation" and not _strings(given.get("target_languages")):
            found.append("translation.target_languages is required")
        elif name == "summarization" and given.get("summary_type") not in ("bullets", "paragraph"):
            found.append("summarization.summary_type must be bullets or paragraph")
        elif name == "custom_formatting" and not any(isinstance(given.get(n), str) for n in FORMATS):
            found.append("custom_formatting needs date, phone_number or email")
        elif name == "speaker_identification":
            found += _identification(given)
        elif name == "translation" and given.get("match_original_utterance") and _speakerless(transcript):
            found.append("translation.match_original_utterance requires speaker_labels")
    return found


def _speakerless(transcript: Mapping[str, Any] | None) -> bool:
    return transcript is not None and not transcript.get("utterances")


def _identification(given: Mapping[str, Any]) -> list[str]:
    if given.get("speaker_type") not in ("name", "role"):
        return ["speaker_identification.speaker_type must be name or role"]
    if given["speaker_type"] == "role" and not allowed(given):
        return ["speaker_identification.known_values or speakers is required for roles"]
    return []


def allowed(given: Mapping[str, Any]) -> dict[str, str]:
    """Return names or roles to choose from, with the description of each."""
    known, speakers = given.get("known_values"), given.get("speakers")
    found = {str(value): str(value) for value in known} if isinstance(known, list) else {}
    for speaker in speakers if isinstance(speakers, list) else ():
        name = speaker.get("name") or speaker.get("role") if isinstance(speaker, dict) else None
        if name:
            more = ", ".join(f"{key} {value}" for key, value in speaker.items() if value != name)
            found[str(name)] = f"{name} ({more})" if more else str(name)
    return found


def _strings(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)
