"""Rows of a DataFrame, of a list of dicts or of a table in text: text, start, end and speaker."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from aai_jupyter.errors import UsageError
from aai_jupyter.interchange.readers.clock import number_ms
from aai_jupyter.interchange.readers.document import Document
from aai_jupyter.interchange.readers.json_values import share
from aai_jupyter.interchange.readers.passages import ReadFile, ReadWord, TimedPassage
from aai_jupyter.interchange.readers.segment_json import read_segments, time_scale, timed_rows

_NAMES = {
    "text": ("text", "transcript", "content", "utterance", "sentence", "caption", "words", "body", "word",
             "transcription"),
    "start": ("start", "start_time", "starttime", "start time", "begin", "begin time", "from", "in",
              "timecode in", "time", "timestamp", "start (s)", "offset"),
    "end": ("end", "end_time", "endtime", "end time", "stop", "to", "out", "timecode out", "end (s)"),
    "speaker": ("speaker", "speaker_name", "speaker name", "name", "participant", "who", "speaker_label"),
    "duration": ("duration", "dur", "dur.", "length"),
    "timespan": ("timespan", "time span", "time range"),
}  # fmt: skip
_SPAN = re.compile(r"\s{0,5}([\d:.,]{1,20})\s{0,5}(?:-{1,2}>|–|—|-)\s{0,5}([\d:.,]{1,20})\s{0,5}")


def read_frame(frame: Any, name: str = "DataFrame") -> ReadFile:
    """Read a DataFrame with the columns ``text``, ``start``, ``end`` and perhaps ``speaker``.

    Times are seconds, or timedeltas. Rows of single words may have an ``utterance``, as in ``t.words``.

    Raises
    ------
    UsageError
        It has no column with text.
    """
    return read_rows(frame.to_dict("records"), name)


def _plain(value: Any) -> Any:
    if hasattr(value, "total_seconds"):
        return None if str(value) == "NaT" else value.total_seconds()
    if isinstance(value, list | tuple | Mapping):
        return value
    if value is None or str(value) in ("<NA>", "nan", "NaT"):
        return None
    if hasattr(value, "item") and not isinstance(value, str):
        return value.item()
    return value if isinstance(value, str | int | float | bool) else str(value)


def read_rows(rows: Sequence[Mapping[str, Any]], name: str, read: ReadFile | None = None) -> ReadFile:
    """Read rows as dicts.

    Raises
    ------
    UsageError
        None has a text.
    """
    read = ReadFile(name) if read is None else read
    rows = [{str(key): _plain(value) for key, value in row.items()} for row in rows]
    columns = list(dict.fromkeys(str(key) for row in rows for key in row))
    taken = {role: _column(columns, names) for role, names in _NAMES.items()}
    if taken["text"] is None:
        if timed_rows(list(rows)) is not None:
            return read_segments(Document(b"", problems=read.problems), list(rows), name)
        raise UsageError(
            f"The {name} has no column with text: {', '.join(columns[:12]) or 'none at all'}.",
            hint="Name one 'text'; 'start' and 'end' are seconds, 'speaker' is a name.",
        )
    used = {column for column in taken.values() if column} | {"utterance", "confidence", "word", "duration"}
    known = {
        "n_words",
        "gap_before",
        "overlap",
        "transcript_id",
        "speaker_confidence",
        "channel",
        "source",
        "timing",
    }
    if others := [column for column in columns if column not in used | known and column.strip()]:
        read.note("columns", f"left out: {', '.join(others[:12])}")
    grouped_by = (
        "utterance" if "utterance" in columns and taken["text"] != "utterance" and "word" in columns else None
    )
    last: Any = None
    scale = _scale(rows, taken)
    if scale < 1:
        read.note("rows", "the times are whole numbers, taken as milliseconds by their size")
    for number, row in enumerate(rows):
        text = row.get(taken["text"])
        if text is None or not str(text).strip():
            read.note("rows", "without text; left out", number)
            continue
        start, end = (None if time is None else time * scale for time in _times(row, taken))
        speaker = row.get(taken["speaker"] or "")
        who = None if speaker is None or not str(speaker).strip() else str(speaker).strip()
        sure = share(row.get("confidence"))
        if grouped_by is None:
            read.passages.append(TimedPassage(str(text), start, end, who, confidence=sure))
            continue
        word = ReadWord(str(text), start, end, sure, who)
        if read.passages and row.get(grouped_by) == last:
            read.passages[-1].words = [*(read.passages[-1].words or ()), word]
        else:
            read.passages.append(TimedPassage("", None, None, who, [word]))
        last = row.get(grouped_by)
    return read


def _scale(rows: Sequence[Mapping[str, Any]], taken: Mapping[str, str | None]) -> float:
    """A thousandth where whole numbers can only be milliseconds, as whisper.cpp writes them."""
    plain = []
    for row in rows[:200]:
        cells = [row.get(taken[role] or "") for role in ("start", "end")]
        times = [int(cell) if isinstance(cell, str) and cell.strip().isdecimal() else cell for cell in cells]
        plain.append({"start": times[0], "end": times[1], "text": str(row.get(taken["text"] or "") or "")})
    return time_scale(plain)


def _column(columns: list[str], names: tuple[str, ...]) -> str | None:
    lowered = {column.strip().lower(): column for column in reversed(columns)}
    return next((lowered[name] for name in names if name in lowered), None)


def _times(row: Mapping[str, Any], taken: Mapping[str, str | None]) -> tuple[float | None, float | None]:
    if taken["timespan"] and (match := _SPAN.fullmatch(str(row.get(taken["timespan"]) or ""))):
        return number_ms(match[1]), number_ms(match[2])
    start = number_ms(row.get(taken["start"] or ""))
    end = number_ms(row.get(taken["end"] or ""))
    if end is None and start is not None and taken["duration"]:
        length = number_ms(row.get(taken["duration"]))
        end = start + length if length is not None else None
    return start, end


def _delimiter(line: str) -> str | None:
    found = max("\t,;|", key=line.count)
    return found if found in line else None


def is_table(document: Document) -> bool:
    """Whether the first line names columns: a text, and a start or a time span."""
    lines = document.first_lines
    return len(lines) > 1 and is_head(lines[0])


def is_head(line: str) -> bool:
    """Whether a line names such columns."""
    mark = _delimiter(line)
    if mark is None:
        return False
    cells = [cell.strip().strip('"').lower() for cell in line.split(mark)]
    return bool(
        _column(cells, _NAMES["text"])
        and (_column(cells, _NAMES["start"]) or _column(cells, _NAMES["timespan"]))
        and all(len(cell) < 40 for cell in cells)
    )


def read_table(document: Document) -> ReadFile:
    """Read a table with a head, between commas, semicolons or tabs.

    Raises
    ------
    UsageError
        It is damaged.
    """
    mark = _delimiter(document.first_lines[0]) or ","
    try:
        rows = [
            {str(key): value for key, value in row.items() if key is not None}
            for row in csv.DictReader(io.StringIO(document.text.lstrip("\n ")), delimiter=mark)
        ]
    except csv.Error as error:
        raise UsageError(f"{document.name} is a damaged table ({error}).") from error
    return read_rows(rows, "table", ReadFile("table (CSV)", problems=document.problems))
