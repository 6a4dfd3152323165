"""Frames in a notebook: ids are shown short. The frames themselves hold them whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from aai_jupyter.runtime.saved_output import hides_frames, saved_frame, saved_html, saved_line, saved_series

if TYPE_CHECKING:
    import pandas as pd

_LEAST = 8
# pandas 3 names its class without the inner module.
_FRAMES = (("pandas", "DataFrame"), ("pandas.core.frame", "DataFrame"))
_SERIES = (("pandas", "Series"), ("pandas.core.series", "Series"))


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
    made = (("text/html", _html, _FRAMES), ("text/plain", _plain, _FRAMES), ("text/plain", _series, _SERIES))
    formatters = getattr(getattr(shell, "display_formatter", None), "formatters", {})
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
    shown = saved_line("") if hides_frames() else repr(with_short_ids(saved_frame(frame)))
    printer.text(shown)


def _series(series: pd.Series, printer: Any, cycle: bool) -> None:
    printer.text(saved_line("") if hides_frames() else repr(saved_series(series)))


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
