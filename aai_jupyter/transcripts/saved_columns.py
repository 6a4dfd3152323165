"""Columns of a set in its folder of saved transcripts: a file beside them, in the same order."""

from __future__ import annotations

import io
import json
import warnings
from pathlib import Path
from typing import Any

import pandas as pd

from aai_jupyter.errors import UsageError
from aai_jupyter.transcripts.atomic_file import write_file
from aai_jupyter.transcripts.set_columns import ORIGIN, RECORDED_AT, SetColumns

FILE = "columns.json"


def save_columns(columns: SetColumns, folder: Path) -> None:
    """Write the columns of the transcripts; where there are none, the file of an earlier set goes."""
    parts = [] if columns.kept is None else [columns.kept]
    if columns.recorded_at is not None and columns.origin is not None:
        times = {RECORDED_AT: columns.recorded_at, ORIGIN: columns.origin}
        parts.append(pd.DataFrame(times))
    target = folder / FILE
    if not parts:
        target.unlink(missing_ok=True)
        return
    table = pd.concat(parts, axis=1)
    table.columns = table.columns.map(str)
    # The table schema of pandas: with types, categories and time zones.
    text: Any = table.to_json(orient="table", date_unit="us", index=False)
    write_file(target, lambda file: file.write(text.encode()))


def load_columns(folder: Path, count: int) -> SetColumns | None:
    """Read the columns of so many transcripts; None when the folder has none.

    Raises
    ------
    UsageError
        The file is damaged. One that is of another number of transcripts is left out, with a warning.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        text: Any = path.read_text("utf-8")
        table = pd.read_json(io.StringIO(text), orient="table")
        zones = {one["name"]: one.get("tz") for one in json.loads(text)["schema"]["fields"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        hint = "Delete it to load the transcripts alone."
        raise UsageError(f"{path} is damaged: {error}.", hint=hint) from error
    if len(table) != count:
        said = f"{path} is of {len(table)} transcripts, and here are {count}: left out."
        warnings.warn(said, stacklevel=3)
        return None
    when = origin = None
    if RECORDED_AT in table:
        moments = pd.to_datetime(table.pop(RECORDED_AT), utc=True)
        when = moments.dt.tz_convert(zones.get(RECORDED_AT) or "UTC").dt.as_unit("us")
        origin = table.pop(ORIGIN).astype("string")
    return SetColumns(table if len(table.columns) else None, when, origin)
