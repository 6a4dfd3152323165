"""Columns that a set has besides those of its transcripts: of a manifest, and when it was recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from aai_jupyter.errors import OptionError
from aai_jupyter.tables import TABLES
from aai_jupyter.tables.schema import COLUMNS

AT = "at"
"""Column of frames: the moment of each row, where it is known when the recording was made."""
ORIGIN = "recorded_at_origin"
RECORDED_AT = "recorded_at"
_RECORDINGS = ("file", "status", "words", "speakers", RECORDED_AT, ORIGIN, AT, "source")


def check_names(names: Iterable[str]) -> None:
    """Refuse columns that a frame has already.

    Raises
    ------
    OptionError

    Examples
    --------
    >>> check_names(["agent", "date"])
    >>> check_names(["speaker"])
    Traceback (most recent call last):
        ...
    aai_jupyter.OptionError: The frames of transcripts have the column speaker already.
      → Rename it (df.rename(columns={"speaker": "speaker_given"})), or name those to keep: keep=[...].
    """
    frames = (*TABLES, "failed")
    taken = {column.name for frame in frames for column in COLUMNS[frame]} | {*_RECORDINGS}
    clash = [str(name) for name in names if name in taken]
    if clash:
        many = "columns" if len(clash) > 1 else "column"
        raise OptionError(
            f"The frames of transcripts have the {many} {', '.join(clash)} already.",
            hint=f'Rename it (df.rename(columns={{"{clash[0]}": "{clash[0]}_given"}})), '
            "or name those to keep: keep=[...].",
        )


@dataclass(frozen=True)
class SetColumns:
    """One row for each recording of a call, by its place in it.

    Attributes
    ----------
    kept : DataFrame or None
        Columns of the manifest.
    recorded_at : Series or None
        When each was recorded, with its time zone; NaT where that is not known.
    origin : Series or None
        Where that is known from.
    """

    kept: pd.DataFrame | None = None
    recorded_at: pd.Series | None = None
    origin: pd.Series | None = None

    def take(self, places: Sequence[int]) -> SetColumns:
        """Return those of some recordings, in this order."""
        rows = list(places)

        def some(one: Any) -> Any:
            return None if one is None else one.iloc[rows].reset_index(drop=True)

        return SetColumns(some(self.kept), some(self.recorded_at), some(self.origin))

    def changed(self, change: Callable[[str], str]) -> SetColumns:
        """Return the same with other texts in the columns of the manifest, and in their names."""
        if self.kept is None:
            return self

        def text(value: Any) -> Any:
            return change(value) if isinstance(value, str) else value

        kept = self.kept.copy()
        for place, dtype in enumerate(kept.dtypes):
            if not pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_datetime64_any_dtype(dtype):
                kept.isetitem(place, [text(value) for value in kept.iloc[:, place]])
        return replace(self, kept=kept.rename(columns=text))

    def add_to(self, frame: pd.DataFrame, owner: np.ndarray, units: str) -> pd.DataFrame:
        """Add them to a frame of which each row belongs to a recording.

        Parameters
        ----------
        owner : array of int
            Recording of each row.
        units : {"s", "ms", "timedelta"}
            Of its times.
        """
        if self.recorded_at is not None:
            begin = self.recorded_at.take(owner).reset_index(drop=True)
            frame[AT] = begin if "start" not in frame else begin + _offsets(frame["start"], units)
        return self.add_kept(frame, owner)

    def add_kept(self, frame: pd.DataFrame, owner: np.ndarray) -> pd.DataFrame:
        """Add the columns of the manifest alone."""
        if self.kept is None:
            return frame
        kept = self.kept.take(owner)
        kept.index = frame.index
        return pd.concat([frame, kept], axis=1)


def _offsets(start: pd.Series, units: str) -> pd.Series:
    if units == "timedelta":
        return start
    values = start.astype("Float64").to_numpy(dtype="float64", na_value=np.nan)
    found = pd.to_timedelta(values, unit="ms" if units == "ms" else "s").round("us")
    return pd.Series(pd.TimedeltaIndex(found).as_unit("us"))
