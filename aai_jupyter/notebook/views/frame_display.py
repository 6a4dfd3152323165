"""Frames in a notebook: ids are shown short. The frames themselves hold them whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from aai_jupyter.runtime.saved_output import (
    hides_frames,
    keeps_words,
    saved_form,
    saved_frame,
    saved_html,
    saved_line,
    saved_series,
)
from aai_jupyter.text.bounded_text import MOST, bounded

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler

_LEAST = 8
_BUNDLE = "all types"
_ATTRIBUTES = ("transcript_id", "units", "price_list", "measured_from")
"""A frame with one of them is of this package."""
# pandas 3 names its class without the inner module.
_FRAMES = (("pandas", "DataFrame"), ("pandas.core.frame", "DataFrame"))
_SERIES = (("pandas", "Series"), ("pandas.core.series", "Series"))
_STYLERS = (("pandas.io.formats.style", "Styler"),)
_TABLES = (
    ("polars.dataframe.frame", "DataFrame"),
    ("polars.series.series", "Series"),
    ("pyarrow.lib", "Table"),
    ("pyarrow.lib", "RecordBatch"),
    ("pyarrow.lib", "ChunkedArray"),
)
_RELATIONS = (("duckdb._relation", "DuckDBPyRelation"), ("duckdb.duckdb", "DuckDBPyRelation"))


def register(shell: Any) -> Callable[[], None]:
    """Show ids short in the frames that this shell displays, and words as `saved_output` has it.

    Returns
    -------
    callable
        Undoes it.

    Notes
    -----
    IPython's own registry of formatters is used: another extension that registers one for DataFrames
    (itables, quak) has its way, whichever is loaded first.
    """
    undo = ExitStack()
    made = (
        ("text/html", _html, _FRAMES),
        ("text/plain", _plain, _FRAMES),
        ("text/plain", _series, _SERIES),
        ("text/html", _styler_html, _STYLERS),
        ("text/plain", _styler, _STYLERS),
        ("text/html", _table_html, _TABLES),
        ("text/plain", _table, _TABLES),
        ("text/plain", _relation_plain, _RELATIONS),
        (_BUNDLE, _relation, _RELATIONS),
    )
    display = getattr(shell, "display_formatter", None)
    bundles = getattr(display, "mimebundle_formatter", None)
    formatters = {**getattr(display, "formatters", {}), _BUNDLE: bundles}
    for kind, show, names in made:
        formatter = formatters.get(kind)
        if formatter is None or _is_registered(formatter, names):
            continue
        for module, name in names:
            formatter.for_type_by_name(module, name, show)
        undo.callback(_remove, formatter, show)
    return undo.close


def _is_registered(formatter: Any, names: Sequence[tuple[str, str]]) -> bool:
    known = [*formatter.deferred_printers, *((t.__module__, t.__name__) for t in formatter.type_printers)]
    return any(one in known for one in names)


def _remove(formatter: Any, show: Callable[..., Any]) -> None:
    for printers in (formatter.deferred_printers, formatter.type_printers):
        for key in [key for key, value in printers.items() if value is show]:
            del printers[key]


def _html(frame: pd.DataFrame) -> str | None:
    if hides_frames():
        return saved_html("", f"{len(frame)} rows × {len(frame.columns)} columns")
    found: str | None = with_short_ids(saved_frame(frame))._repr_html_()  # type: ignore[operator]
    return found


def _plain(frame: pd.DataFrame, printer: Any, cycle: bool) -> None:
    shown = saved_line("") if hides_frames() else _bounded(with_short_ids(saved_frame(frame)))
    printer.text(shown)


def _series(series: pd.Series, printer: Any, cycle: bool) -> None:
    printer.text(saved_line("") if hides_frames() else _bounded(saved_series(series)))


def _bounded(frame: Any) -> str:
    """Return the text of a frame; of one of ours as many rows as a short text holds."""
    text = repr(frame)
    if len(text) <= MOST or not _is_ours(frame):
        return text
    import pandas as pd

    shown = min(len(frame), pd.get_option("display.max_rows") or len(frame))
    if len(frame) > shown:
        shown = pd.get_option("display.min_rows") or shown
    rows = max(2, int(0.9 * shown * MOST / len(text)))
    with pd.option_context("display.max_rows", rows, "display.min_rows", rows):
        return bounded(repr(frame), "print(frame)")


def _is_ours(frame: Any) -> bool:
    columns = getattr(frame, "columns", ())
    return "transcript_id" in columns or any(name in frame.attrs for name in _ATTRIBUTES)


def _styler_html(styler: Styler) -> str | None:
    # What a style does to a text is not known to us: the plain frame stands for it.
    return styler._repr_html_() if keeps_words() else _html(styler.data)  # type: ignore[attr-defined]


def _styler(styler: Styler, printer: Any, cycle: bool) -> None:
    if keeps_words():
        printer.text(repr(styler))
    else:
        _plain(styler.data, printer, cycle)  # type: ignore[attr-defined]


def _table_html(table: Any) -> str | None:
    if keeps_words():
        own = getattr(table, "_repr_html_", None)
        return own() if own else None
    return saved_html("", _size(table))


def _table(table: Any, printer: Any, cycle: bool) -> None:
    printer.text(repr(table) if keeps_words() else saved_line(_size(table)))


def _relation_plain(relation: Any, printer: Any, cycle: bool) -> None:
    printer.text(repr(relation) if keeps_words() else saved_line(f"{len(relation.columns)} columns"))


def _relation(relation: Any, include: Any = None, exclude: Any = None) -> Any:
    own = getattr(relation, "_repr_mimebundle_", None)
    if keeps_words():
        return own(include=include, exclude=exclude) if own else None
    # Its rows are not counted for this: that would read them all.
    return saved_form({"text/plain": ""}, f"{len(relation.columns)} columns")


def _size(table: Any) -> str:
    """How large a table of another library is."""
    shape = getattr(table, "shape", None) or (len(table),)
    return " × ".join(f"{number} {name}" for number, name in zip(shape, ("rows", "columns"), strict=False))


def with_short_ids(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame for display whose ``transcript_id`` is short where its recording is named, too.

    Listings of jobs and transcripts have no ``file``: there the id is what one came for, and stays whole.

    Examples
    --------
    >>> import pandas as pd
    >>> ids = pd.Categorical(["b7c1f0e2-0000-4000-8000-000000000001"])
    >>> with_short_ids(pd.DataFrame({"file": ["1.mp3"], "transcript_id": ids}))
        file transcript_id
    0  1.mp3     b7c1f0e2…
    """
    if "transcript_id" not in frame or not frame.columns.is_unique:
        return frame
    ids = frame["transcript_id"]
    category = getattr(ids.dtype, "name", "") == "category"
    passages = {"source", "start"} <= set(frame)  # what a search has found
    if not (passages or (category and "file" in frame)):
        return frame
    names = (ids.cat.categories if category else ids.dropna().drop_duplicates()).tolist()
    shorter = dict(zip(names, short_ids(names), strict=True))
    shown = frame.copy(deep=False)
    shown["transcript_id"] = ids.cat.rename_categories(shorter) if category else ids.map(shorter)
    return shown


def short_ids(ids: Sequence[Any]) -> list[str]:
    """Return the beginnings of ids, as long as it takes to tell them apart.

    Examples
    --------
    >>> short_ids(["b7c1f0e2-a1b2c3", "b7c1f0e2-b2c3d4", "x"])
    ['b7c1f0e2-a…', 'b7c1f0e2-b…', 'x']
    """
    texts = [str(one) for one in ids]
    length = _LEAST
    while len({text[:length] for text in texts}) < len(set(texts)):
        length += 1
    return [text if len(text) <= length + 1 else text[:length] + "…" for text in texts]
