"""Tables without a head: ELAN's tab-delimited text, and what some programs call CSV.

Columns are told by what stands in them: times of one form, the text, and a name.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import Any

from aai_jupyter.interchange.readers.clock import number_ms
from aai_jupyter.interchange.readers.document import Document
from aai_jupyter.interchange.readers.passages import ReadFile
from aai_jupyter.interchange.readers.segment_json import read_segments
from aai_jupyter.interchange.readers.tiers import Tier, add_tiers
from aai_jupyter.interchange.readers.typed_lines import frame_rate

_FORMS = (
    re.compile(r"-?(?:\d{1,5}:)?\d{1,3}:\d{1,2}(?:[.,]\d{1,6})?"),
    re.compile(r"-?\d{1,9}\.\d{1,9}"),
    re.compile(r"-?\d{1,12}"),
)
"""Times by the clock, in seconds, and whole ones: a program may write a time in several of them."""
FEWEST, MOST = 3, 24
"""Columns."""
_SEMICOLONS = re.compile(r"\[?\d{2};\d{2};\d{2};\d{2}(?![\d;])")
NEAR_MS = 2.0


def is_elan_table(document: Document) -> bool:
    """Whether columns between tabs are begin, end and duration, which no other program writes in a row."""
    rows = _rows(document.first_lines[:40], "\t")
    found = _columns(rows) if len(rows) and len(rows[0]) >= FEWEST + 1 else None
    if found is None or len(found[1]) < 3:
        return False
    begin, end, length = found[1][:3]
    return all(
        abs((number_ms(row[begin]) or 0.0) + (number_ms(row[length]) or 0.0) - (number_ms(row[end]) or 0.0))
        <= NEAR_MS * (1000.0 if row[begin].isdigit() else 1.0)
        for row in rows
    )


def is_bare_table(document: Document) -> bool:
    """Whether every line has a start, an end and a text between commas, semicolons or tabs."""
    lines = document.first_lines[:40]
    if frame_rate(lines) is not None and all(map(_SEMICOLONS.match, filter(None, lines))):
        return False  # drop-frame timecodes have semicolons, too
    return any(_columns(_rows(lines, mark)) for mark in ",;\t")


def read_bare_table(document: Document) -> ReadFile:
    """Read rows of a table without a head."""
    lines = [line for line in document.lines if line.strip()]
    mark = next((mark for mark in "\t,;" if _columns(_rows(document.first_lines[:40], mark))), ",")
    rows = _rows(lines, mark)
    found = _columns(rows[:40])
    assert found is not None
    text, times, names = found
    width = len(rows[0])
    kept: list[dict[str, Any]] = []
    for number, row in enumerate(rows):
        if len(row) != width:
            document.problems.add("rows", "of other columns; left out", number)
            continue
        who = next((row[name].strip() for name in reversed(names) if row[name].strip()), None)
        kept.append(
            {"text": row[text], "start": _time(row[times[0]]), "end": _time(row[times[1]]), "speaker": who}
        )
    return read_segments(document, kept, "table (CSV) without a head")


def read_elan_table(document: Document) -> ReadFile:
    """Read ELAN's tab-delimited text: tier and participant, times, and the annotation."""
    read = ReadFile("ELAN text", problems=document.problems)
    rows = _rows([line for line in document.lines if line.strip()], "\t")
    found = _columns(rows[:40])
    assert found is not None
    text, times, _ = found
    before = [k for k in range(times[0]) if not all(map(_FORMS[-1].fullmatch, (row[k] for row in rows[:40])))]
    whole = all(row[times[0]].isdigit() for row in rows[:40])
    tiers: dict[tuple[str, str | None], Tier] = {}
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            read.note("rows", "of other columns; left out", number)
            continue
        names = [row[k].strip() for k in before if k != text]
        key = (names[0] if names else "", (names[1] or None) if len(names) > 1 else None)
        start, end = (number_ms(row[k], 1.0 if whole else 1000.0) for k in times[:2])
        tiers.setdefault(key, Tier(key[0], [], key[1])).rows.append((start, end, row[text]))
    add_tiers(read, list(tiers.values()))
    return read


def _time(cell: str) -> Any:
    cell = cell.strip()
    return int(cell) if re.fullmatch(r"-?\d{1,12}", cell) else cell


def _rows(lines: Sequence[str], mark: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO("\n".join(lines)), delimiter=mark))
    except csv.Error:
        return []


def _columns(rows: list[list[str]]) -> tuple[int, list[int], list[int]] | None:
    """Return the column of the text, those of times in one form, and those of names before the text."""
    if not rows or not FEWEST <= len(rows[0]) <= MOST or any(len(row) != len(rows[0]) for row in rows):
        return None
    columns = [[row[k].strip() for row in rows] for k in range(len(rows[0]))]
    times: list[int] = []
    timed: set[int] = set()
    for form in _FORMS:
        found = [k for k, cells in enumerate(columns) if all(map(form.fullmatch, cells))]
        timed |= set(found)
        times = times or (found if len(found) > 1 else [])
    if not times:
        return None
    for row in rows:
        start, end = number_ms(row[times[0]]), number_ms(row[times[1]])
        if start is None or end is None or start > end:
            return None
    others = [k for k in range(len(columns)) if k not in timed and any(columns[k])]
    if not others:
        return None
    text = max(others, key=lambda k: (len(set(columns[k])), sum(map(len, columns[k]))))
    letters = sum(any(map(str.isalpha, cell)) for cell in columns[text])
    if 2 * letters < len(rows):
        return None
    names = [k for k in others if k != text and 2 * len(set(columns[k])) <= max(2, len(rows))]
    return text, times, names
