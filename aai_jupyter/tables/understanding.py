"""Tables of Speech Understanding results, sent inside a transcript or attached to it later."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from aai_jupyter.client.decoding import Problems, as_float, dict_rows
from aai_jupyter.client.json_object import JsonObject
from aai_jupyter.tables.findings import base, further
from aai_jupyter.tables.speech import Speech
from aai_jupyter.tables.table import Table, labels, numbers, texts


def response(speech: Speech, feature: str) -> dict[str, Any]:
    """Return ``speech_understanding.response.<feature>`` of the latest attached answer, or inline."""
    attached = [answer for name, answer in reversed(speech.answers) if name == "understanding"]
    for answer in (*attached, speech.data):
        found = answer.object_of("speech_understanding").get("response")
        value = found.get(feature) if isinstance(found, dict) else None
        if isinstance(value, dict):
            return value
    return {}


def _rows(speech: Speech, value: Any, where: str) -> list[dict[str, Any]]:
    return dict_rows(value, where, Problems())


def _number(value: Any) -> float | None:
    try:
        return as_float(value)
    except ValueError:
        return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _whole(speech: Speech) -> float | None:
    """Return the length of the recording in milliseconds."""
    seconds = speech.data.audio_duration
    if seconds is not None:
        return seconds * 1000
    ends = speech.words.end
    return float(np.nanmax(ends)) if len(ends) and not np.isnan(ends).all() else None


def summary(speech: Speech, extra: bool) -> Table:
    """Return the summary of the whole (legacy), or of its sections and all of them as one block."""
    rows: list[dict[str, Any]] = []
    whole = {"start": 0, "end": _whole(speech)}
    if text := speech.data.text_of("summary"):
        rows.append({"kind": "summary", "text": text} | whole)
    found = response(speech, "summarization")
    sections = _rows(speech, found.get("summary"), "summarization.summary")
    rows += [{**row, "kind": "section", "text": _section_text(row)} for row in sections]
    if isinstance(found.get("summary"), str):
        rows.append({"kind": "block", "text": found["summary"]} | whole)
    if block := _bullets(found.get("block_summary")):
        rows.append({"kind": "block", "text": block} | whole)
    columns = base(speech, len(rows)) | {
        "section": np.arange(len(rows)),
        "kind": texts([row["kind"] for row in rows]),
        "headline": texts([_text(row.get("headline")) for row in rows]),
        "text": texts([row["text"] for row in rows]),
        "start": numbers([_number(row.get("start")) for row in rows]),
        "end": numbers([_number(row.get("end")) for row in rows]),
    }
    return Table("summary", columns, further(rows, list(columns)) if extra else {})


def _section_text(row: dict[str, Any]) -> str:
    return _bullets(row.get("text")) or _bullets(row.get("bullets"))


def _bullets(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(f"- {line}" for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""


def action_items(speech: Speech, extra: bool) -> Table:
    """Return action items, with the words that each rests on."""
    rows = _rows(speech, response(speech, "action_items").get("items"), "action_items.items")
    columns = base(speech, len(rows)) | {
        "item": np.arange(len(rows)),
        "action_item": texts([_text(row.get("action_item")) for row in rows]),
        "quote": texts([_text(row.get("quote")) for row in rows]),
        "start": numbers([_moment(row.get("timestamp", row.get("start"))) for row in rows]),
    }
    return Table("action_items", columns, further(rows, [*columns, "timestamp"]) if extra else {})


def _moment(value: Any) -> float | None:
    """Parse a timestamp to milliseconds: a number, ``{"start": ...}``, ``[start, end]``, or ``"mm:ss"``."""
    if isinstance(value, dict):
        value = value.get("start")
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str) and ":" in value:
        seconds = 0.0
        for part in value.split("-")[0].split(":"):
            if (number := _number(part.strip())) is None:
                return None
            seconds = seconds * 60 + number
        return seconds * 1000
    return _number(value)


def translations(speech: Speech, extra: bool) -> Table:
    """Return translations: per utterance where the service gives them so, else of the whole text."""
    attached = [answer for name, answer in speech.answers if name == "understanding"]
    said = speech.utterances
    by_utterance: dict[str, dict[int, str]] = {}
    whole: dict[str, str] = {}
    for answer in (speech.data, *attached):
        for number, row in enumerate(answer.dicts("utterances")):
            found = row.get("translated_texts")
            for language, text in (found if isinstance(found, dict) else {}).items():
                if isinstance(text, str) and number < len(said):
                    by_utterance.setdefault(language, {})[number] = text
        for language, text in answer.object_of("translated_texts").items():
            if isinstance(text, str):
                whole[language] = text
    rows: list[tuple[str, int | None, str]] = []
    for language in dict.fromkeys([*by_utterance, *whole]):
        if language in by_utterance:
            rows += [(language, number, text) for number, text in sorted(by_utterance[language].items())]
        else:
            rows.append((language, None, whole[language]))
    places = [number for _, number, _ in rows]
    length = _whole(speech)
    names = speech.utterances.speaker.values() if rows else []
    columns = base(speech, len(rows)) | {
        "language": labels([language for language, _, _ in rows]),
        "utterance": numbers(places),
        "speaker": speech.speakers([None if i is None else names[i] for i in places]),
        "text": texts([text for _, _, text in rows]),
        "start": numbers([0 if i is None else said.start[i] for i in places]),
        "end": numbers([length if i is None else said.end[i] for i in places]),
    }
    return Table("translations", columns)


def speaker_mapping(speech: Speech, extra: bool) -> Table:
    """Return which name or role the service found for which label."""
    found = identified(speech)
    columns = base(speech, len(found)) | {
        "label": texts(list(found)),
        "name": texts(list(found.values())),
    }
    return Table("speaker_mapping", columns)


def identified(speech: Speech) -> dict[str, str]:
    """Return label -> name of speaker identification."""
    mapping = response(speech, "speaker_identification").get("mapping")
    items = mapping.items() if isinstance(mapping, dict) else ()
    return {label: name for label, name in items if isinstance(name, str) and name}


def formatting(speech: Speech, extra: bool) -> Table:
    """Return the replacements of custom formatting."""
    mapping = response(speech, "custom_formatting").get("mapping")
    pairs = {k: v for k, v in mapping.items() if isinstance(v, str)} if isinstance(mapping, dict) else {}
    columns = base(speech, len(pairs)) | {
        "original": texts(list(pairs)),
        "formatted": texts(list(pairs.values())),
    }
    return Table("formatting", columns)


def formatted_text(speech: Speech) -> str | None:
    """The whole text as custom formatting wrote it."""
    return _text(response(speech, "custom_formatting").get("formatted_text"))


def formatted_utterances(speech: Speech) -> list[dict[str, Any]]:
    """The utterances as custom formatting wrote them; times in seconds."""
    rows = _rows(
        speech, response(speech, "custom_formatting").get("formatted_utterances"), "formatted_utterances"
    )
    return [
        {
            "speaker": _text(row.get("speaker")),
            "text": _text(row.get("text")),
            **{
                name: None if (time := _number(row.get(name))) is None else time / 1000
                for name in ("start", "end")
            },
        }
        for row in rows
    ]


def failed_tasks(data: JsonObject, answers: Iterable[tuple[str, JsonObject]]) -> list[str]:
    """A line for each task of Speech Understanding whose status is not ``success``."""
    lines = []
    for answer in (data, *(one for kind, one in answers if kind == "understanding")):
        found = answer.object_of("speech_understanding").get("response")
        for task, value in found.items() if isinstance(found, dict) else ():
            status = value.get("status") if isinstance(value, dict) else None
            if isinstance(status, str) and status != "success":
                reason = next(
                    (text for name in ("error", "message") if (text := _text(value.get(name)))), None
                )
                lines.append(f"speech_understanding.{task}: {status}" + (f" ({reason})" if reason else ""))
    return list(dict.fromkeys(lines))
