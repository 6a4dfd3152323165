"""Codes of a transcript with their places in the text that is exported."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from aai_jupyter.interchange.writers.content import ExportContent
from aai_jupyter.interchange.writers.text_files import said


class PlacedCode(NamedTuple):
    """A coded passage: milliseconds, and characters of the text with a line a turn."""

    start: int
    end: int
    first: int
    last: int
    text: str
    code: str
    coder: str
    memo: str
    created: str
    code_id: str


def passages_of(content: ExportContent) -> list[PlacedCode]:
    """Return the codes of a transcript, in order."""
    frame = content.transcript.codes
    if not len(frame):
        return []
    words = word_places(content)
    found = []
    scale = {"ms": 1.0, "s": 1000.0}.get(frame.attrs.get("units", "s"), 1.0)
    for row in frame.to_dict("records"):
        times = [row[name] for name in ("start", "end")]
        start, end = (
            round(one.total_seconds() * 1000) if hasattr(one, "total_seconds") else round(float(one) * scale)
            for one in times
        )
        inside = [place for place in words if start <= (place[0] + place[1]) / 2 <= end]
        after = next((place[2] for place in words if place[0] >= start), words[-1][3] if words else 0)
        first = min((place[2] for place in inside), default=after)
        last = max((place[3] for place in inside), default=after)
        said_of = {
            name: "" if value is None or value != value else str(value)
            for name, value in row.items()
            if name in ("text", "code", "coder", "memo", "created", "code_id")
        }
        said_of["created"] = _utc(said_of["created"])
        found.append(PlacedCode(start, end, first, last, **said_of))
    return found


def word_places(content: ExportContent) -> list[tuple[int, int, int, int]]:
    """Return each word's start and end, in milliseconds and in characters of the text."""
    found, place = [], 0
    for turn in content.turns:
        line = said(turn)
        at = len(line) - len(turn.text) if line.endswith(turn.text) else 0
        for word in turn.words:
            first = line.find(word.text, at)
            if first < 0:
                continue
            at = first + len(word.text)
            found.append((word.start, word.end, place + first, place + at))
        place += len(line) + 1
    return found


def _utc(created: str) -> str:
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return ""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
