"""Findings of the service by time (chapters, entities, sentiments), as columns for the front end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from aai_jupyter.tables.intervals import filled
from aai_jupyter.text.sanitize import encodable

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript

MAX_LAYERS = 20_000
"""So many stretches have fewer than 65,536 texts: two bytes name each."""
MAX_TEXT = 500
_REDACTED = re.compile(r"^\W*(\[[A-Z_]+\]|#{2,})\W*$")


class Layer(NamedTuple):
    """One interval of a timeline layer; milliseconds."""

    kind: str
    start: int
    end: int
    label: str = ""
    value: str = ""
    text: str = ""


def traits(layers: Sequence[Layer]) -> dict[str, Any]:
    """Return the intervals as little-endian bytes: times, and texts by their index in one list.

    Examples
    --------
    >>> sent = traits([Layer("entity", 0, 900, "", "person_name", "Ada"), Layer("entity", 950, 1200)])
    >>> sent["layer_texts"], np.frombuffer(sent["layer_times"], "<i4").tolist()
    (['entity', '', 'person_name', 'Ada'], [0, 900, 950, 1200])
    """
    layers = layers[:MAX_LAYERS]
    places: dict[str, int] = {}
    cells = [places.setdefault(text, len(places)) for one in layers for text in (one.kind, *one[3:])]
    times = np.array([time for one in layers for time in one[1:3]], dtype=np.int64)
    return {
        "layer_texts": list(places),
        "layer_times": times.clip(0, 2**31 - 1).astype("<i4").tobytes(),
        "layer_cells": np.array(cells, dtype="<u2").tobytes(),
    }


def layers(transcript: Transcript) -> list[Layer]:
    """Return the service's findings in a recording, by time."""
    found: list[Layer] = []
    for kind, frame, label, value, text in (
        ("chapter", "chapters", "gist", "headline", "summary"),
        ("sentiment", "sentiments", None, "sentiment", None),
        ("entity", "entities", None, "entity_type", "text"),
        ("highlight", "highlights", None, None, "text"),
        ("safety", "content_safety", None, "label", None),
        ("topic", "topics", None, "label", None),
    ):
        table = transcript.edited_answer.table(frame, False)
        start, end = table.columns["start"], table.columns["end"]
        assert isinstance(start, np.ndarray)
        assert isinstance(end, np.ndarray)
        parts = [_cells(table.columns[name]) if name else [""] * len(table) for name in (label, value, text)]
        rows = zip(start.tolist(), end.tolist(), *parts, strict=True)
        found += [Layer(kind, int(a), int(max(a, b)), *rest) for a, b, *rest in rows if a == a and b == b]
    return found + _redactions(transcript) + _sealed(transcript)


def _cells(values: Any) -> list[str]:
    cells = values.tolist() if isinstance(values, np.ndarray) else values.values()
    return ["" if cell is None else encodable(str(cell))[:MAX_TEXT] for cell in cells]


def _sealed(transcript: Transcript) -> list[Layer]:
    editor = transcript.edited_answer.editor
    sealed = editor.state.sealed if editor is not None else ()
    return [Layer("sealed", round(start), round(end), value="sealed") for start, end in sealed]


def _redactions(transcript: Transcript) -> list[Layer]:
    words = transcript.edited_answer.speech.words
    texts = words.text.tolist()
    places = [i for i, text in enumerate(texts) if text[:1] in "[#(\"'" and _REDACTED.match(text)]
    start, end = filled(words.start), filled(words.end)
    return [
        Layer("redaction", int(start[i]), int(max(start[i], end[i])), value=texts[i].strip("[]#.,"))
        for i in places
    ]
