"""What a saved notebook keeps of the words: the setting ``saved_output``.

A notebook saves what its cells show. So the static form of every display that has words in it, which is what
is saved beside a live view, comes through here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from aai_jupyter.settings.configuration import settings
from aai_jupyter.text.html_tags import one_block, tag
from aai_jupyter.text.sanitize import escape

if TYPE_CHECKING:
    import pandas as pd

_WHY = "Its words are not kept in this notebook (saved_output)."
_MASK = "…"
_PLAIN = ("file", "source", "transcript_id", "status", "code_id")
"""Columns of texts that are no words of anybody."""


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
        html = {"text/html": one_block(bundle["text/html"])} if "text/html" in bundle else {}
        return {**bundle, **html}
    line = saved_line(summary)
    made = {"text/plain": line, "text/html": tag("div", escape(line))}
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
    """Return a frame whose texts are masked, where words are not kept.

    Times and numbers stay, and so do the categories of our own frames: speakers, channels, labels.
    """
    if keeps_words():
        return frame
    shown = frame.copy(deep=False)
    for place in text_columns(frame):
        shown.isetitem(place, _masked(frame.iloc[:, place]))
    shown.index = _masked_index(frame.index)
    if any(name is not None for name in frame.columns.names):  # values were made columns (crosstab, unstack)
        shown.columns = _masked_index(frame.columns)
    return shown


def saved_series(series: pd.Series) -> pd.Series:
    """Return a column by itself as it may be shown, in the same way."""
    if keeps_words():
        return series
    shown = series.copy(deep=False)
    if text_columns(series.to_frame("" if series.name is None else series.name)):
        shown = shown.astype(object)
        shown.iloc[:] = _masked(series)
    shown.index = _masked_index(series.index)
    return shown


def text_columns(frame: pd.DataFrame) -> list[int]:
    """Return the places of columns with texts, but for those of ids and names of files."""
    return [
        place
        for place, (name, dtype) in enumerate(zip(frame.columns, frame.dtypes, strict=True))
        if _has_texts(name, dtype)
    ]


def _has_texts(name: Any, dtype: Any) -> bool:
    """Whether a column or an index of that name and dtype may have words."""
    import pandas as pd

    from aai_jupyter.tables.schema import category_columns  # with pandas, which %load_ext does not wait for

    if isinstance(name, str) and name in _PLAIN:
        return False
    if isinstance(dtype, pd.CategoricalDtype):
        return name not in category_columns() and _has_texts(None, dtype.categories.dtype)
    return pd.api.types.is_object_dtype(dtype) or pd.api.types.is_string_dtype(dtype)


def _masked(values: Iterable[Any]) -> list[Any]:
    return [
        _MASK if isinstance(value, str | list | tuple | dict | set) and value else value for value in values
    ]


def _masked_index(index: pd.Index) -> pd.Index:
    """Return an index without texts: words may have been made rows (``value_counts``)."""
    import pandas as pd

    if isinstance(index, pd.MultiIndex):
        levels = [_masked_index(index.get_level_values(number)) for number in range(index.nlevels)]
        return pd.MultiIndex.from_arrays(levels, names=index.names)
    if not _has_texts(index.name, index.dtype):
        return index
    made: pd.Index = pd.Index(_masked(index), name=index.name, dtype=object)
    return made
