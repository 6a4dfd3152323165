"""The table of turns: of a real-time session, or of a recording in the same form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from aai_jupyter.client.lenient import Problems, as_float, as_int, as_text, dict_rows, struct_rows
from aai_jupyter.client.shapes import Word
from aai_jupyter.segmentation import join
from aai_jupyter.tables.findings import utterances
from aai_jupyter.tables.intervals import gaps
from aai_jupyter.tables.speech import Speech
from aai_jupyter.tables.table import Table, Values, labels, no_labels, numbers, texts


def turns(speech: Speech, extra: bool) -> Table:
    """Utterances of a recording as complete turns, so that one analysis serves recordings and sessions."""
    said = utterances(speech, extra)
    rows = len(said)
    language = speech.data.language_code
    columns = dict(said.columns) | {
        "turn_order": np.arange(rows),
        "end_of_turn": np.ones(rows, dtype=bool),
        "end_of_turn_confidence": np.full(rows, np.nan),
        "language": labels([language] * rows),
    }
    return Table("turns", columns, said.extra)


def session_turns(messages: Iterable[Mapping[str, Any]], session_id: str | None = None) -> Table:
    """Turns of a real-time session from its messages in order of arrival.

    Each ``Turn`` message replaces the earlier one of its ``turn_order``; a ``SpeakerRevision`` changes the
    speaker of a turn that is there. Turns without words (a session's empty last one) are left out.

    Parameters
    ----------
    messages : iterable of mapping
        Decoded ``Turn`` and ``SpeakerRevision`` messages; others are passed over.
    session_id : str, optional
        Fills ``transcript_id``.
    """
    latest: dict[int, dict[str, Any]] = {}
    for message in messages:
        if message.get("type") == "Turn":
            if (order := _read(as_int, message.get("turn_order"))) is not None:
                latest[order] = dict(message)
        elif message.get("type") == "SpeakerRevision":
            for revision in dict_rows(message.get("revisions"), "revisions", Problems()):
                order = _read(as_int, revision.get("turn_order"))
                if order in latest:
                    latest[order] |= {k: v for k, v in revision.items() if k in ("speaker_label", "words")}
    rows = [(order, row, _words(row)) for order, row in sorted(latest.items())]
    rows = [(order, row, words) for order, row, words in rows if words or row.get("transcript")]
    count = len(rows)
    start = numbers(
        [min((w.start for w in words if w.start is not None), default=None) for *_, words in rows]
    )
    end = numbers([max((w.end for w in words if w.end is not None), default=None) for *_, words in rows])
    gap_before, overlap = gaps(start, end)
    means = [[w.confidence for w in words if w.confidence is not None] for *_, words in rows]
    speakers = [_read(as_text, row.get("speaker_label")) for _, row, _ in rows]
    columns: dict[str, Values] = {
        "transcript_id": labels([session_id] * count),
        "utterance": np.arange(count),
        "speaker": labels(speakers),
        "text": texts([_said(row, words) for _, row, words in rows]),
        "start": start,
        "end": end,
        "n_words": np.array([len(words) for *_, words in rows], dtype=np.int64),
        "confidence": numbers([sum(values) / len(values) if values else None for values in means]),
        "gap_before": gap_before,
        "overlap": overlap,
        "channel": no_labels(count),
        "turn_order": np.array([order for order, *_ in rows], dtype=np.int64),
        "end_of_turn": np.array([row.get("end_of_turn") is True for _, row, _ in rows], dtype=bool),
        "end_of_turn_confidence": numbers(
            [_read(as_float, row.get("end_of_turn_confidence")) for _, row, _ in rows]
        ),
        "language": labels([_read(as_text, row.get("language_code")) for _, row, _ in rows]),
    }
    return Table("turns", columns)


def _read(reader: Any, value: Any) -> Any:
    try:
        return reader(value)
    except ValueError:
        return None


def _words(row: Mapping[str, Any]) -> list[Word]:
    problems = Problems()
    return struct_rows(dict_rows(row.get("words"), "words", problems), Word, "words", problems)


def _said(row: Mapping[str, Any], words: list[Word]) -> str:
    text = row.get("transcript")
    return text if isinstance(text, str) and text else join([word.text or "" for word in words])
