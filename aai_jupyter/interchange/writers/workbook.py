"""Frames as sheets of an Excel workbook: any frame, and no text is a formula."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aai_jupyter.errors import MissingDependencyError, OptionError, UsageError
from aai_jupyter.text.sanitize import clean
from aai_jupyter.transcripts.atomic_file import write_file

CELL_CHARS = 32_767
"""What a cell of Excel holds."""
SHEET_ROWS, SHEET_COLUMNS = 1_048_576, 16_384
_TITLE_CHARS = 31
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_EXACT = 10**15
"""Excel keeps fifteen digits of a number."""
_FIRST_DAY = datetime(1900, 3, 1)
"""Before it the days of Excel's calendar are not those of any other."""


def to_excel(frames: pd.DataFrame | Mapping[str, pd.DataFrame], path: str | PathLike[str]) -> Path:
    """Write frames to an Excel workbook.

    Every text is a text: ``=1+1`` is no formula there. Times of day with a time zone become UTC, as Excel has
    none; durations are Excel's own; what a cell cannot hold (lists, dicts) is written as JSON, and numbers of
    more than fifteen digits as text. An index that is no mere row number becomes the first columns.

    Parameters
    ----------
    frames : DataFrame, or mapping of str to DataFrame
        One frame, or one for each sheet, under the sheet's name.
    path : path
        Ends in ``.xlsx``.

    Returns
    -------
    Path

    Raises
    ------
    OptionError
        A frame is too long for a sheet, or a text for a cell.
    UsageError
        It cannot be written there, or is no frame.
    MissingDependencyError
        openpyxl is not installed.

    Examples
    --------
    >>> aai.to_excel(calls.recordings, "calls.xlsx")  # doctest: +SKIP
    >>> aai.to_excel({"words": t.words, "chapters": t.chapters}, "talk.xlsx")  # doctest: +SKIP
    """
    target = Path(path).expanduser()
    if target.suffix.lower() != ".xlsx":
        raise UsageError(
            f"A workbook ends in .xlsx, not {target.suffix or 'without ending'}.",
            hint=f"Write {target.with_suffix('.xlsx').name}.",
        )
    sheets = dict(frames) if isinstance(frames, Mapping) else {"Sheet1": frames}
    if not sheets:
        raise UsageError("There is no frame to write.")
    for name, frame in sheets.items():
        if not isinstance(frame, pd.DataFrame):
            raise UsageError(
                f"{name} is a {type(frame).__name__}, not a DataFrame.",
                hint="Write t.words, calls.recordings.",
            )
    prepared = {
        title: frame_rows(title, frame)
        for title, frame in zip(sheet_titles(list(sheets)), sheets.values(), strict=True)
    }
    data = workbook(prepared)
    return write_file(target, lambda stream: stream.write(data))


def workbook(sheets: Mapping[str, Sequence[list[Any]]], title: str = "") -> bytes:
    """Return a workbook of these rows; see :func:`frame_rows`.

    Raises
    ------
    MissingDependencyError
        openpyxl is not installed.
    """
    try:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
    except ImportError as error:
        raise MissingDependencyError(
            "Excel workbooks need openpyxl.", hint='pip install "aai-jupyter[export]"'
        ) from error
    book = Workbook(write_only=True)
    book.properties.creator = "aai_jupyter"
    book.properties.title = title[:255]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for row in rows:
            cells = []
            for value in row:
                cell = value
                if isinstance(value, str):
                    cell = WriteOnlyCell(sheet, value)
                    cell.data_type = "s"  # also of "=...", which openpyxl takes for a formula
                elif isinstance(value, timedelta):
                    cell = WriteOnlyCell(sheet, value)
                    cell.number_format = "[h]:mm:ss.000"
                cells.append(cell)
            sheet.append(cells)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def sheet_titles(names: Sequence[Any]) -> list[str]:
    """Return names as Excel takes them for sheets: short, without its signs, no two the same.

    Examples
    --------
    >>> sheet_titles(["a/b", "A_B", ""])
    ['a_b', 'A_B (2)', 'Sheet']
    """
    taken: set[str] = set()
    found = []
    for name in names:
        base = _NOT_IN_TITLES.sub("_", clean(str(name))).strip("' ") or "Sheet"
        title, number = base[:_TITLE_CHARS], 1
        while title.casefold() in taken:
            number += 1
            mark = f" ({number})"
            title = base[: _TITLE_CHARS - len(mark)] + mark
        taken.add(title.casefold())
        found.append(title)
    return found


def frame_rows(title: str, frame: pd.DataFrame) -> list[list[Any]]:
    """Return a frame as rows of values that cells hold, the heading first.

    Raises
    ------
    OptionError
        It is longer than a sheet, or a text longer than a cell.
    """
    if frame.index.nlevels > 1 or frame.index.name is not None or not _counts(frame.index):
        frame = frame.reset_index(names=_index_names(frame))
    if len(frame) >= SHEET_ROWS or len(frame.columns) > SHEET_COLUMNS:
        raise OptionError(
            f"{title} is too long for a sheet of Excel.", hint="Use to_csv or to_parquet, or write a part."
        )
    columns = [[_cell(value) for value in _values(frame.iloc[:, n])] for n in range(len(frame.columns))]
    return [[_heading(name) for name in frame.columns], *map(list, zip(*columns, strict=True))]


def _counts(index: pd.Index[Any]) -> bool:
    return bool(pd.api.types.is_integer_dtype(index.dtype))


def _index_names(frame: pd.DataFrame) -> list[Any]:
    """Return a name for each level of the index that no column has."""
    names = enumerate(frame.index.names)
    return [f"index_{n}" if name is None or name in frame.columns else name for n, name in names]


def _heading(name: Any) -> str:
    parts = name if isinstance(name, tuple) else (name,)
    return clean(" ".join(str(part) for part in parts if part not in ("", None)))


def _values(column: pd.Series[Any]) -> list[Any]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    found: list[Any] = column.astype(object).tolist()
    return found


def _cell(value: Any) -> Any:
    """Return a value as a cell has it: number, text, date, duration, bool, or None where it is missing."""
    found = _plain(value)
    if isinstance(found, str):
        found = clean(found)
        if len(found) > CELL_CHARS:
            raise OptionError(
                f"A text of {len(found):,} characters is too long for a cell of Excel.",
                hint="Use .csv or .parquet instead.",
            )
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        if isinstance(value, int):
            return value if abs(value) < _EXACT else str(value)
        return None if math.isnan(value) else value if math.isfinite(value) else str(value)
    if isinstance(value, pd.Timedelta | timedelta):
        length = pd.Timedelta(value).to_pytimedelta()
        return length if length >= timedelta() else str(value)  # Excel shows no negative time
    if isinstance(value, datetime):  # also pandas' own
        moment = pd.Timestamp(value)
        if moment.tzinfo is not None:
            moment = moment.tz_convert("UTC").tz_localize(None)
        return moment.to_pydatetime(warn=False) if moment >= _FIRST_DAY else str(value)
    if isinstance(value, list | tuple | dict | set | frozenset | np.ndarray):
        return _as_json(value)
    return str(value)


def _as_json(value: Any) -> str:
    def plain(other: Any) -> Any:
        return list(other) if isinstance(other, set | frozenset | np.ndarray) else str(other)

    return json.dumps(
        plain(value) if isinstance(value, np.ndarray | set | frozenset) else value,
        ensure_ascii=False,
        default=plain,
    )
