"""Coded passages and the codebook of a transcript, as the player shows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import OptionError
from aai_jupyter.text.sanitize import encodable
from aai_jupyter.transcripts.coded import codebook_of, coded_row

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript

MAX_SHOWN = 20_000
"""Coded passages of one player; all are in ``t.codes``."""
MAX_AT_ONCE = 1_000
_COLOUR = re.compile("#[0-9a-f]{6}")


def traits(transcript: Transcript) -> dict[str, Any]:
    """Return ``codes`` (id, start, end, code, coder, memo; milliseconds) and ``codebook``."""
    editor = transcript.edited_answer.editor
    if editor is None:
        return {"codes": [], "codebook": []}
    codes = sorted(editor.state.codes, key=lambda one: (one.start, one.end))[:MAX_SHOWN]
    return {
        "codes": [
            [one.code_id, round(one.start), round(one.end), *map(encodable, (one.code, one.coder, one.memo))]
            for one in codes
        ],
        "codebook": [
            {
                "name": encodable(code.name),
                "definition": encodable(code.definition),
                "colour": code.colour if _COLOUR.fullmatch(code.colour) else "",
                "parent": encodable(code.parent or ""),
            }
            for code in codebook_of(transcript)
        ],
    }


def rows_of_page(transcript: Transcript, rows: Any) -> list[dict[str, Any]]:
    """Return rows for ``t.edit.add_codes`` of what a page sent: start, end and code; the coder is the user.

    Raises
    ------
    OptionError
        They are no such rows.
    """
    if not isinstance(rows, list) or len(rows) > MAX_AT_ONCE or not all(isinstance(r, Mapping) for r in rows):
        raise OptionError("Passages are coded by rows with start, end and code.")
    made = []
    for row in rows:
        times = [row.get(name) for name in ("start", "end")]
        if any(isinstance(time, bool) or not isinstance(time, int | float) for time in times):
            raise OptionError("A coded passage has a start and an end, in milliseconds.")
        kept = {name: str(row[name]) for name in ("code", "memo") if row.get(name)}
        made.append(coded_row(transcript, kept, float(times[0]), float(times[1])))  # type: ignore[arg-type]
    return made
