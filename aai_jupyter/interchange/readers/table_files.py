"""Tables in files of their own: Parquet, and workbooks of Excel."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from aai_jupyter.errors import MissingDependencyError, UsageError
from aai_jupyter.interchange.readers.document import MAX_BYTES, Document
from aai_jupyter.interchange.readers.frame_rows import is_head, read_frame, read_rows
from aai_jupyter.interchange.readers.passages import ReadFile
from aai_jupyter.text.sanitize import one_line
from aai_jupyter.transcripts.archive import DAMAGED

_BOOK = "xl/workbook.xml"
MOST_ROWS = 2_000_000


def is_parquet(document: Document) -> bool:
    """Whether it begins and ends as such a file."""
    return document.data.startswith(b"PAR1") and document.data.endswith(b"PAR1")


def read_parquet(document: Document) -> ReadFile:
    """Read a frame.

    Raises
    ------
    UsageError
        It is damaged, larger than it may be, or has no column with text.
    """
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise _missing(document, "a Parquet file", "pyarrow") from error
    try:
        file = parquet.ParquetFile(io.BytesIO(document.data))
        facts = file.metadata
        size = sum(facts.row_group(k).total_byte_size for k in range(facts.num_row_groups))
        if facts.num_rows > MOST_ROWS or size > MAX_BYTES:
            raise UsageError(f"{document.name} holds more than any transcript.")
        frame = file.read().to_pandas()
    except UsageError:
        raise
    except (ArrowException, OSError, ValueError) as error:
        raise UsageError(f"{document.name} is a damaged Parquet file ({one_line(error)[:200]}).") from error
    read = read_frame(frame, "table")
    read.format = "table (Parquet)"
    return read


def is_workbook(document: Document) -> bool:
    """Whether it is a zip with a workbook."""
    if not document.data.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(document.data)) as archive:
            return _BOOK in archive.namelist()
    except DAMAGED:
        return False


def read_workbook(document: Document) -> ReadFile:
    """Read the sheet with the most rows that have a text and a time.

    Raises
    ------
    UsageError
        It is damaged, larger than it may be, or no sheet has such rows.
    """
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise _missing(document, "a workbook", "openpyxl") from error
    try:
        with zipfile.ZipFile(io.BytesIO(document.data)) as archive:
            if sum(one.file_size for one in archive.infolist()) > MAX_BYTES:
                raise UsageError(f"{document.name} holds more than any transcript.")
        book = load_workbook(io.BytesIO(document.data), read_only=True, data_only=True)
        sheets = {sheet.title: _rows(sheet) for sheet in book.worksheets}
    except UsageError:
        raise
    except (*DAMAGED, OSError, SyntaxError) as error:  # SyntaxError: XML that is none
        raise UsageError(f"{document.name} is a damaged workbook ({one_line(error)[:200]}).") from error
    usable = {name: rows for name, rows in sheets.items() if len(rows) > 1 and _is_head(rows[0])}
    if not usable:
        raise UsageError(
            f"{document.name} is a workbook, but no sheet has columns with text and start.",
            hint="Name one 'text'; 'start' and 'end' are seconds, 'speaker' is a name.",
        )
    chosen = max(usable, key=lambda name: len(usable[name]))
    read = ReadFile("table (Excel)", problems=document.problems)
    for name in sheets:
        if name != chosen:
            read.note("sheets", f"{one_line(name)!r} left out")
    head, *rows = usable[chosen]
    named = [str(cell) if cell is not None else "" for cell in head]
    return read_rows([dict(zip(named, row, strict=False)) for row in rows], "sheet", read)


def _rows(sheet: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for row in sheet.iter_rows(values_only=True):
        if len(found) >= MOST_ROWS:
            break
        if any(cell is not None for cell in row):
            found.append(row)
    return found


def _is_head(row: tuple[Any, ...]) -> bool:
    return is_head("\t".join("" if cell is None else one_line(cell) for cell in row))


def _missing(document: Document, kind: str, package: str) -> MissingDependencyError:
    return MissingDependencyError(
        f"{document.name} is {kind}, which is read with {package}.", hint='pip install "aai-jupyter[export]"'
    )
