"""Tables of matches: of the service's word search, and of the same search done here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from aai_jupyter.client.json_object import JsonObject
from aai_jupyter.tables.findings import _int, _spans, base
from aai_jupyter.tables.intervals import filled
from aai_jupyter.tables.speech import Speech
from aai_jupyter.tables.table import Table, numbers, texts
from aai_jupyter.text.tokenization import join, positions


def search(speech: Speech, phrases: Sequence[str]) -> Table:
    """Find where words or phrases occur; case and punctuation around words do not count.

    In scripts without spaces a phrase may begin and end inside a word.

    Parameters
    ----------
    phrases : sequence of str
        Each one word or several in a row.
    """
    rows = []
    for query, found in zip(phrases, positions(speech.words.text.tolist(), phrases), strict=True):
        rows += [(query, len(found), first, last, None) for first, last in found]
    return _matches(speech, rows)


def service_matches(speech: Speech, answer: JsonObject) -> Table:
    """Return the answer of the service's word search as a table."""
    rows: list[Any] = []
    for match in answer.rows("matches"):
        spans = _spans(match.timestamps)
        indexes = match.indexes or []
        query = match.text or ""
        for number in range(max(len(spans), len(indexes))):
            span = spans[number] if number < len(spans) else (None, None)
            first = _int(indexes[number]) if number < len(indexes) else None
            if first is None or not 0 <= first < len(speech.words):
                first = _at(speech, span[0])
            count = match.count if match.count is not None else len(spans)
            last = None if first is None else first + max(1, len(query.split()))
            rows.append((query, count, first, last, span))
    return _matches(speech, rows)


def _at(speech: Speech, start: int | None) -> int | None:
    if start is None:
        return None
    found = np.flatnonzero(speech.words.start == start)
    return int(found[0]) if len(found) else None


def _matches(speech: Speech, rows: Sequence[tuple[str, int, int | None, int | None, Any]]) -> Table:
    words = speech.words
    begin, finish = filled(words.start), filled(words.end)
    names = words.speaker.values() if rows else []
    spans, said = [], []
    for query, _, first, last, span in rows:
        if first is None or last is None:
            said.append(query)
            spans.append(span or (None, None))
            continue
        last = min(last, len(words))
        said.append(join(words.text[first:last]))
        own = (begin[first], max(finish[first:last]))
        spans.append(own if span is None or span == (None, None) else span)
    first_words = [first for _, _, first, _, _ in rows]
    columns = base(speech, len(rows)) | {
        "query": texts([row[0] for row in rows]),
        "text": texts(said),
        "count": np.array([row[1] for row in rows], dtype=np.int64),
        "word": numbers(first_words),
        "utterance": numbers([None if i is None else speech.utterance[i] for i in first_words]),
        "speaker": speech.speakers([None if i is None else names[i] for i in first_words]),
        "start": numbers([span[0] for span in spans]),
        "end": numbers([span[1] for span in spans]),
    }
    return Table("word_search", columns)
