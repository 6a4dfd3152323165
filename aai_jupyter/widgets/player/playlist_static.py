"""A playlist where its player cannot be: a line for each excerpt, in HTML and in plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from aai_jupyter.runtime.saved_output import saved_form
from aai_jupyter.text.bounded_text import bounded
from aai_jupyter.text.html_tags import BREAK, CELL, NAME, ROW, TABLE, TIME, box, note, tag
from aai_jupyter.text.readable_numbers import amount
from aai_jupyter.text.sanitize import clean, escape, one_line

WIDTH = 100
"""Letters of a line of plain text."""
MAX_TEXT = 300
"""Letters of one excerpt."""


class StaticRow(NamedTuple):
    """One excerpt; ``recording`` is empty where all are of one."""

    at: str
    recording: str
    speaker: str
    text: str


def static_rows(title: str, rows: Sequence[StaticRow], left_out: int) -> dict[str, str]:
    """Return ``text/plain`` and ``text/html``.

    Examples
    --------
    >>> print(static_rows("1 excerpt of a.wav", [StaticRow("0:15", "", "Ann", "Hello.")], 0)["text/plain"])
    1 excerpt of a.wav
       0:15  Ann: Hello.
    """
    more = f"and {amount(left_out, 'more excerpt')}" if left_out > 0 else ""
    lines = [clean(title), *(_line(row) for row in rows), *([more] if more else [])]
    cells = (_cells(row, named=any(one.recording for one in rows)) for row in rows)
    table = tag("table", *(tag("tr", one, style=ROW) for one in cells), style=TABLE)
    html = box("div", tag("b", escape(one_line(title))), table, note(more) if more else "")
    bundle = {"text/plain": bounded("\n".join(lines), "print the frame"), "text/html": html}
    return saved_form(bundle, one_line(title))


def _line(row: StaticRow) -> str:
    lead = f"{row.at:>7}  {f'{one_line(row.recording)}  ' if row.recording else ''}"
    said = f"{one_line(row.speaker)}: {_text(row)}" if row.speaker else _text(row)
    return textwrap.fill(clean(said), WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead))


def _cells(row: StaticRow, *, named: bool) -> str:
    recording = tag("td", escape(one_line(row.recording)), style=f"{NAME};width:12em") if named else ""
    who = tag("b", f"{escape(one_line(row.speaker))}: ") if row.speaker else ""
    text = tag("td", who, escape(_text(row)), dir="auto", style=f"{CELL};{BREAK}")
    return tag("td", row.at, style=TIME) + recording + text


def _text(row: StaticRow) -> str:
    text = one_line(row.text)
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
