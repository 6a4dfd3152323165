"""Frames as CSV, Parquet and Excel workbooks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

import pandas as pd

from aai_jupyter.errors import MissingDependencyError, OptionError
from aai_jupyter.interchange.writers.content import ExportContent
from aai_jupyter.interchange.writers.workbook import frame_rows, sheet_titles, workbook
from aai_jupyter.text.sanitize import clean
from aai_jupyter.transcripts.transcript_set import TranscriptSet

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


def excel(
    contents: Sequence[ExportContent], units: Any = None, frame: str | Sequence[str] = _SHEETS
) -> Callable[[BinaryIO], int]:
    """Return a writer of a workbook: a sheet for each frame, and the origin. No text is a formula.

    Raises
    ------
    OptionError
        A text or a table is longer than Excel allows, or there is no such frame.
    """
    names = [frame] if isinstance(frame, str) else list(frame)
    sheets = {
        title: frame_rows(title, _frame(contents, name, units))
        for name, title in zip(names, sheet_titles(names), strict=True)
    }
    origin = [
        [content.name, name, text]
        for content in contents
        for name, text in content.provenance.texts().items()
    ]
    sheets["provenance"] = [
        ["transcript", "name", "value"],
        *([clean(text) for text in row] for row in origin),
    ]
    data = workbook(sheets, ", ".join(content.name for content in contents))
    return lambda stream: stream.write(data)


def _frame(contents: Sequence[ExportContent], name: str, units: Any) -> pd.DataFrame:
    if len(contents) == 1:
        return contents[0].transcript.frame(name, units=units)
    return TranscriptSet(content.transcript for content in contents).frame(name, units=units)
