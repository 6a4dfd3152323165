"""What a saved notebook keeps of the words: the setting ``saved_output``.

A notebook saves what its cells show. So the static form of every display that has words in it, which is what
is saved beside a live view, comes through here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aai_jupyter.settings.configuration import settings
from aai_jupyter.text.sanitize import escape

if TYPE_CHECKING:
    import pandas as pd

_WHY = "Its words are not kept in this notebook (saved_output)."
_MASK = "…"


def keeps_words() -> bool:
    """Whether a saved notebook may have words."""
    return str(settings.saved_output) == "full"


def saved_form(bundle: Mapping[str, Any], summary: str) -> dict[str, Any]:
    """Return a display as it may be saved.

    Parameters
    ----------
    bundle : mapping
        MIME type -> content.
    summary : str
        What is kept with ``"summary"``: facts without words.
    """
    if keeps_words():
        return dict(bundle)
    line = saved_line(summary)
    made = {"text/plain": line, "text/html": f"<div>{escape(line)}</div>"}
    return {
        kind: made.get(kind, content)
        for kind, content in bundle.items()
        if kind in made or kind.endswith("+json")
    }


def saved_html(html: str, summary: str) -> str:
    """Return HTML as it may be saved."""
    found: str = saved_form({"text/html": html}, summary)["text/html"]
    return found


def saved_line(summary: str) -> str:
    """Return the line that stands for a display."""
    return f"{summary}. {_WHY}" if str(settings.saved_output) == "summary" else _WHY


def hides_frames() -> bool:
    """Whether frames are not shown at all: a table of words without them is of use in a summary only."""
    return str(settings.saved_output) == "none"


def saved_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose texts are masked, where words are not kept; times, numbers and categories stay."""
    if keeps_words() or not (has_words := text_columns(frame)):
        return frame
    shown = frame.copy(deep=False)
    for place in has_words:
        shown.isetitem(
            place, [_MASK if isinstance(value, str) and value else value for value in frame.iloc[:, place]]
        )
    return shown


def text_columns(frame: pd.DataFrame) -> list[int]:
    """Return the places of columns with texts, but for those of ids and names of files."""
    import pandas as pd

    plain = {"file", "source", "transcript_id", "status", "code_id"}
    return [
        place
        for place, (name, dtype) in enumerate(zip(frame.columns, frame.dtypes, strict=True))
        if name not in plain
        and (pd.api.types.is_object_dtype(dtype) or pd.api.types.is_string_dtype(dtype))
        and not isinstance(dtype, pd.CategoricalDtype)
    ]
