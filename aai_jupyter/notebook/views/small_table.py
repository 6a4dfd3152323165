"""A small table for the notebook: HTML where it can be shown, aligned text elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from aai_jupyter.text.sanitize import VERBATIM, clean, one_line


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
        self.headings = list(headings)
        self.rows = [[one_line(str(value)) for value in row] for row in rows]
        self.note = clean(note)

    def __repr__(self) -> str:
        lines = [self.headings, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.headings))]
        text = ["  ".join(v.ljust(w) for v, w in zip(line, widths, strict=True)).rstrip() for line in lines]
        return "\n".join([*text, *([self.note] if self.note else [])])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        style = ' style="text-align:left"'
        head = "".join(f"<th{style}>{escape(h)}</th>" for h in self.headings)
        body = "".join(
            f"<tr>{''.join(f'<td{style}>{escape(value)}</td>' for value in row)}</tr>" for row in self.rows
        )
        note = f"<div>{escape(self.note)}</div>" if self.note else ""
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        table = f'<div class="{VERBATIM}">{table}{note}</div>'
        return {"text/html": table, "text/plain": repr(self)}
