"""Frames as CSV, Parquet and Excel workbooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, BinaryIO

import pandas as pd

from aai_jupyter.errors import MissingDependencyError, OptionError
from aai_jupyter.interchange.writers.content import ExportContent
from aai_jupyter.text.sanitize import clean
from aai_jupyter.transcripts.transcript_set import TranscriptSet

CELL_CHARS = 32_767
"""What a cell of Excel holds."""
SHEET_ROWS = 1_048_576
_SHEETS = ("utterances", "words")


def csv(
    contents: Sequence[ExportContent], frame: str = "words", units: Any = None, separator: str = ","
) -> str:
    """Return a frame as CSV: each text as it is, for programs; a spreadsheet takes ``=1+1`` for a formula."""
    if not isinstance(separator, str) or len(separator) != 1:
        raise OptionError(f"separator is one character, got {separator!r}.")
    found: str = _frame(contents, frame, units).to_csv(index=False, sep=separator, lineterminator="\n")
    return found


def tsv(contents: Sequence[ExportContent], frame: str = "words", units: Any = None) -> str:
    """Return a frame as values divided by tabs."""
    return csv(contents, frame, units, "\t")


def parquet(
    contents: Sequence[ExportContent], frame: str = "words", units: Any = None
) -> Callable[[BinaryIO], None]:
    """Return a writer of a frame, with its categories and the origin in the file's metadata."""
    made = _frame(contents, frame, units)
    made.attrs["provenance"] = [content.provenance.facts() for content in contents]

    def write(stream: BinaryIO) -> None:
        try:
            made.to_parquet(stream, index=False, engine="pyarrow")
        except ImportError as error:
            raise MissingDependencyError(
                "Parquet files need pyarrow.", hint='pip install "aai-jupyter[export]"'
            ) from error

    return write


def excel(contents: Sequence[ExportContent], units: Any = None) -> Callable[[BinaryIO], None]:
    """Return a writer of a workbook: utterances, words, origin. No text is a formula.

    Raises
    ------
    OptionError
        A text or a table is longer than Excel allows.
    """
    try:
        from openpyxl import Workbook
    except ImportError as error:
        raise MissingDependencyError(
            "Excel workbooks need openpyxl.", hint='pip install "aai-jupyter[export]"'
        ) from error
    frames = {name: _frame(contents, name, units) for name in _SHEETS}
    for name, frame in frames.items():
        longest = frame["text"].str.len().max() if len(frame) else 0
        if len(frame) >= SHEET_ROWS or longest > CELL_CHARS:
            raise OptionError(
                f"The {name} are too long for a sheet of Excel.", hint="Use .csv or .parquet instead."
            )
    book = Workbook(write_only=True)
    for name, frame in frames.items():
        sheet = book.create_sheet(name)
        columns = [_values(frame[column]) for column in frame]
        _fill(sheet, [list(frame.columns), *map(list, zip(*columns, strict=True))])
    origin = [
        [content.name, name, text]
        for content in contents
        for name, text in content.provenance.texts().items()
    ]
    _fill(book.create_sheet("provenance"), [["transcript", "name", "value"], *origin])
    book.properties.creator = "aai_jupyter"
    book.properties.title = ", ".join(content.name for content in contents)[:255]
    return lambda stream: book.save(stream)


def _frame(contents: Sequence[ExportContent], name: str, units: Any) -> pd.DataFrame:
    if len(contents) == 1:
        return contents[0].transcript.frame(name, units=units)
    return TranscriptSet(content.transcript for content in contents).frame(name, units=units)


def _values(column: pd.Series[Any]) -> list[Any]:
    """Return the values as Excel has them: numbers, texts, times of day as text, None where missing."""
    if pd.api.types.is_timedelta64_dtype(column):
        column = column.astype(str)
    return [None if pd.isna(value) else value for value in column.astype(object).tolist()]


def _fill(sheet: Any, rows: Iterable[list[Any]]) -> None:
    from openpyxl.cell import WriteOnlyCell

    sheet.freeze_panes = "A2"
    for row in rows:
        cells: list[Any] = []
        for value in row:
            if not isinstance(value, str):
                cells.append(value)
                continue
            cell = WriteOnlyCell(sheet, clean(value))
            cell.data_type = "s"  # also of a text that begins with "=", which openpyxl takes for a formula
            cells.append(cell)
        sheet.append(cells)
