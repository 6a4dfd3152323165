"""A small table for the notebook: HTML where it can be shown, aligned text elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aai_jupyter.text.bounded_text import MOST, bounded
from aai_jupyter.text.html_tags import tag
from aai_jupyter.text.sanitize import VERBATIM, clean, escape, one_line


class SmallTable:
    """Rows of text under headings.

    Parameters
    ----------
    headings : sequence of str
    rows : sequence of sequences of str
    note : str
        A line below the table.

    Examples
    --------
    >>> print(SmallTable(["name", "value"], [["region", "us"]]))
    name    value
    region  us
    """

    def __init__(self, headings: Sequence[str], rows: Sequence[Sequence[str]], note: str = "") -> None:
        self.headings = [one_line(heading) for heading in headings]
        self.rows = [[one_line(str(value)) for value in row] for row in rows]
        self.note = clean(note)

    def __repr__(self) -> str:
        lines = [self.headings, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.headings))]
        return self._text(
            ["  ".join(v.ljust(w) for v, w in zip(line, widths, strict=True)).rstrip() for line in lines]
        )

    def _text(self, lines: Sequence[str]) -> str:
        return "\n".join([*lines, *([self.note] if self.note else [])])

    def _plain(self) -> str:
        """Return the text of a display: what would be too long stands without the spaces that align it."""
        if len(text := repr(self)) <= MOST:
            return text
        lines = ["  ".join(value or "–" for value in line) for line in [self.headings, *self.rows]]
        return bounded(self._text(lines), "print(...) shows all")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        body = (_row("td", row) for row in self.rows)
        table = tag("table", tag("thead", _row("th", self.headings)), tag("tbody", *body))
        note = tag("div", escape(self.note)) if self.note else ""
        return {
            "text/html": tag("div", table, note, class_=VERBATIM),
            "text/plain": self._plain(),
        }


def _row(cell: str, values: Sequence[str]) -> str:
    return tag("tr", *(tag(cell, escape(value), style="text-align:left") for value in values))
