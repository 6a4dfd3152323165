"""Tables of words, utterances and everything that the service found in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from aai_jupyter.client.decoding import as_float, as_int
from aai_jupyter.tables.intervals import filled, gaps
from aai_jupyter.tables.speech import Speech, Stretches, Words
from aai_jupyter.tables.table import Labels, Table, Values, labels, no_labels, numbers, texts

SENTIMENTS = ("NEGATIVE", "NEUTRAL", "POSITIVE")
_SPEAKER_TAG = re.compile(r"\s*\[\s*speaker\s*:[^\]\[]{0,60}\]\s*", re.IGNORECASE)


def base(speech: Speech, rows: int) -> dict[str, Values]:
    """Return the ``transcript_id`` column, first in every table."""
    return {
        "transcript_id": labels([speech.data.id]).take(np.zeros(rows, dtype=np.int64))
        if speech.data.id
        else no_labels(rows)
    }


def further(rows: Sequence[Mapping[str, Any]], known: Sequence[str]) -> dict[str, list[Any]]:
    """Return fields of the service's rows that no column holds."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names if name not in known}


def words(speech: Speech, extra: bool) -> Table:
    """Return the table of words."""
    found = speech.words
    columns = base(speech, len(found)) | {
        "utterance": speech.utterance,
        "word": np.arange(len(found)),
        "text": found.text,
        "start": found.start,
        "end": found.end,
        "confidence": found.confidence,
        "speaker": found.speaker,
        "speaker_confidence": found.speaker_confidence,
        "channel": found.channel,
    }
    rows = speech.sent("words") if extra else []
    return Table("words", columns, further(rows, [*columns]) if len(rows) == len(found) else {})


def _stretches(speech: Speech, found: Stretches, number: str) -> dict[str, Values]:
    return base(speech, len(found)) | columns_of_stretches(found, number, np.arange(len(found)))


def columns_of_stretches(found: Stretches, number: str, places: np.ndarray) -> dict[str, Values]:
    """Return the columns that utterances, sentences and paragraphs have."""
    return {
        number: places,
        "speaker": found.speaker,
        "text": found.text,
        "start": found.start,
        "end": found.end,
        "n_words": found.n_words,
        "confidence": found.confidence,
        "channel": found.channel,
    }


def utterances(speech: Speech, extra: bool) -> Table:
    """Return the table of utterances; paragraphs where the service gives no utterances."""
    found = speech.utterances
    columns = _stretches(speech, found, "utterance")
    columns["gap_before"], columns["overlap"] = gaps(found.start, found.end)
    columns["speaker_confidence"] = found.speaker_confidence
    rows = speech.sent("utterances") if extra else []
    more = further(rows, [*columns.keys() - {"confidence"}, "words"]) if len(rows) == len(found) else {}
    return Table("utterances", columns, {_SERVICE_NAMES.get(name, name): more[name] for name in more})


_SERVICE_NAMES = {"confidence": "service_confidence"}


def sentences(speech: Speech, extra: bool) -> Table:
    """Return sentences: the service's when its answer is attached, else made from the words."""
    return _segments(speech, extra, "sentences")


def paragraphs(speech: Speech, extra: bool) -> Table:
    """Return paragraphs: the service's when its answer is attached, else made from the words."""
    return _segments(speech, extra, "paragraphs")


def _segments(speech: Speech, extra: bool, kind: str) -> Table:
    found = speech.segments(kind)
    columns = _stretches(speech, found, kind.removesuffix("s"))
    answer = speech.answer(kind)
    rows = answer.dicts(kind) if extra and answer is not None else []
    more = further(rows, [*columns, "words"]) if len(rows) == len(found) else {}
    return Table(kind, columns, more)


def chapters(speech: Speech, extra: bool) -> Table:
    """Return chapters of ``auto_chapters``."""
    found = speech.data.rows("chapters")
    columns = base(speech, len(found)) | {
        "chapter": np.arange(len(found)),
        "gist": texts([row.gist for row in found]),
        "headline": texts([row.headline for row in found]),
        "summary": texts([row.summary for row in found]),
        "start": numbers([row.start for row in found]),
        "end": numbers([row.end for row in found]),
    }
    return Table("chapters", columns, _more(speech, extra, "chapters", columns))


def _more(speech: Speech, extra: bool, name: str, columns: Mapping[str, Any]) -> dict[str, list[Any]]:
    return further(speech.data.dicts(name), list(columns)) if extra else {}


def entities(speech: Speech, extra: bool) -> Table:
    """Return named entities."""
    found = speech.data.rows("entities")
    columns = base(speech, len(found)) | {
        "entity_type": labels([row.entity_type for row in found]),
        "text": texts([row.text or "" for row in found]),
        "start": numbers([row.start for row in found]),
        "end": numbers([row.end for row in found]),
        "speaker": speech.speakers([row.speaker for row in found]),
    }
    return Table("entities", columns, _more(speech, extra, "entities", columns))


def sentiments(speech: Speech, extra: bool) -> Table:
    """Return sentiments, with two known faults of the service's rows corrected.

    Their speaker is often wrong, and tags like ``[Speaker:1]`` stand in their text. The speaker here is the
    one whose words fill most of the row's time; the values as sent are the extra columns ``raw_speaker`` and
    ``raw_text``.
    """
    found = speech.data.rows("sentiment_analysis_results")
    start, end = numbers([row.start for row in found]), numbers([row.end for row in found])
    sent = speech.speakers([row.speaker for row in found])
    columns = base(speech, len(found)) | {
        "speaker": speaker_in(speech.words, start, end, sent),
        "text": texts([_SPEAKER_TAG.sub(" ", row.text or "").strip() for row in found]),
        "start": start,
        "end": end,
        "sentiment": labels([row.sentiment for row in found], SENTIMENTS),
        "confidence": numbers([row.confidence for row in found]),
        "channel": labels([None if row.channel is None else str(row.channel) for row in found]),
    }
    more = _more(speech, extra, "sentiment_analysis_results", columns)
    if extra:
        more["raw_speaker"] = [row.speaker for row in found]
        more["raw_text"] = [row.text for row in found]
    return Table("sentiments", columns, more)


def speaker_in(words: Words, start: np.ndarray, end: np.ndarray, otherwise: Labels) -> Labels:
    """Return who speaks most of the time between ``start`` and ``end``, by the middles of words.

    Without a word there, the speaker of the last word before; without any speakers, ``otherwise``.
    """
    known = np.flatnonzero(words.speaker.codes >= 0)
    if not len(known) or not len(start):
        return otherwise
    begin, finish = filled(words.start[known]), filled(words.end[known])
    middle = (begin + np.fmax(finish, begin)) / 2
    order = np.argsort(middle, kind="stable")
    middle, codes = middle[order], words.speaker.codes[known][order]
    # One millisecond more, so that words without length count too.
    length = np.fmax(finish - begin, 0)[order] + 1
    first_ms = np.where(np.isnan(start), end, start)
    low = np.searchsorted(middle, np.nan_to_num(first_ms), side="left")
    high = np.searchsorted(middle, np.nan_to_num(np.fmax(end, first_ms)), side="right")
    best, most = np.full(len(start), -1, dtype=np.int32), np.zeros(len(start))
    for code in range(len(words.speaker.names)):
        spoken = np.concatenate([[0.0], np.cumsum(np.where(codes == code, length, 0))])
        share = spoken[high] - spoken[low]
        best[share > most] = code
        most = np.maximum(share, most)
    before = codes[np.clip(low - 1, 0, None)]
    best = np.where(best < 0, before, best).astype(np.int32)
    unknown = np.isnan(first_ms)
    best[unknown] = otherwise.codes[unknown]
    return Labels(best, otherwise.names)


def highlights(speech: Speech, extra: bool) -> Table:
    """Return key phrases, one row per occurrence (one without a time for a phrase without any)."""
    found = speech.data.rows("auto_highlights_result")
    spans = [_spans(row.timestamps) or [(None, None)] for row in found]
    phrase = np.repeat(np.arange(len(found)), [len(times) for times in spans])
    counts = [
        row.count if row.count is not None else sum(span != (None, None) for span in times)
        for row, times in zip(found, spans, strict=True)
    ]
    columns = base(speech, len(phrase)) | {
        "phrase": phrase,
        "text": texts([row.text or "" for row in found])[phrase],
        "count": np.array(counts, dtype=np.int64)[phrase],
        "rank": numbers([row.rank for row in found])[phrase],
        "start": numbers([span[0] for times in spans for span in times]),
        "end": numbers([span[1] for times in spans for span in times]),
    }
    known = [*columns, "timestamps"]
    rows = further(speech.data.dicts("auto_highlights_result"), known) if extra else {}
    more = {name: [values[i] for i in phrase] for name, values in rows.items()}
    return Table("highlights", columns, more)


def _labelled(speech: Speech, name: str) -> tuple[dict[str, Values], list[Any], list[dict[str, Any]]]:
    """Return the common columns of topics and content safety: the label of each row, and its section."""
    found = speech.data.rows(name)
    pairs = [(i, one) for i, row in enumerate(found) for one in (row.labels or ()) if isinstance(one, dict)]
    section = np.array([i for i, _ in pairs], dtype=np.int64)
    spans = [_span(row.timestamp) for row in found]
    columns = base(speech, len(pairs)) | {
        "section": section,
        "text": texts([row.text or "" for row in found])[section],
        "start": numbers([span[0] for span in spans])[section],
        "end": numbers([span[1] for span in spans])[section],
    }
    sections = speech.data.dicts(name)
    known = ("text", "labels", "timestamp")
    merged = [
        {k: v for k, v in sections[i].items() if k not in known}
        | {k: v for k, v in one.items() if k not in ("label", "relevance", "confidence", "severity")}
        for i, one in pairs
    ]
    return columns, [one for _, one in pairs], merged


def topics(speech: Speech, extra: bool) -> Table:
    """Return IAB topics, one row per section and label."""
    columns, found, more = _labelled(speech, "iab_categories_result")
    columns["label"] = texts([_text(one.get("label")) for one in found])
    columns["relevance"] = numbers([_float(one.get("relevance")) for one in found])
    return Table("topics", columns, further(more, ()) if extra else {})


def topics_summary(speech: Speech, extra: bool) -> Table:
    """Return topics of the whole recording."""
    found = _summary(speech, "iab_categories_result", "summary")
    columns = base(speech, len(found)) | {
        "label": texts(list(found)),
        "relevance": numbers([_float(value) for value in found.values()]),
    }
    return Table("topics_summary", columns)


def content_safety(speech: Speech, extra: bool) -> Table:
    """Return sensitive content, one row per section and label."""
    columns, found, more = _labelled(speech, "content_safety_labels")
    columns["label"] = labels([_text(one.get("label")) for one in found])
    columns["confidence"] = numbers([_float(one.get("confidence")) for one in found])
    columns["severity"] = numbers([_float(one.get("severity")) for one in found])
    return Table("content_safety", columns, further(more, ()) if extra else {})


def content_safety_summary(speech: Speech, extra: bool) -> Table:
    """Return sensitive content of the whole recording."""
    found = _summary(speech, "content_safety_labels", "summary")
    severity = _summary(speech, "content_safety_labels", "severity_score_summary")
    names = list(dict.fromkeys([*found, *severity]))
    shares = [one if isinstance(one := severity.get(name), dict) else {} for name in names]
    columns = base(speech, len(names)) | {
        "label": labels(names),
        "confidence": numbers([_float(found.get(name)) for name in names]),
        **{level: numbers([_float(one.get(level)) for one in shares]) for level in ("low", "medium", "high")},
    }
    return Table("content_safety_summary", columns)


def _summary(speech: Speech, name: str, part: str) -> dict[str, Any]:
    value = speech.data.object_of(name).get(part)
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _float(value: Any) -> float | None:
    try:
        return as_float(value)
    except ValueError:
        return None


def _int(value: Any) -> int | None:
    try:
        return as_int(value)
    except ValueError:
        return None


def _span(value: Any) -> tuple[int | None, int | None]:
    """Parse ``{start, end}`` or ``[start, end]`` in milliseconds."""
    if isinstance(value, Mapping):
        return _int(value.get("start")), _int(value.get("end"))
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2:
        return _int(value[0]), _int(value[1])
    return None, None


def _spans(value: Any) -> list[tuple[int | None, int | None]]:
    return [_span(one) for one in value] if isinstance(value, list) else []
