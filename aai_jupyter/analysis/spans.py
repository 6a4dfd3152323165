"""Time spans of a frame as arrays in seconds, from which every metric is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from aai_jupyter.analysis.frame_columns import Coded, FrameColumns, group_codes
from aai_jupyter.analysis.frame_columns import Units as Units
from aai_jupyter.errors import UsageError
from aai_jupyter.text.sanitize import one_line
from aai_jupyter.text.short_names import short_names
from aai_jupyter.text.tokenization import split

if TYPE_CHECKING:
    import pandas as pd

UNITS: tuple[str, ...] = ("s", "ms", "timedelta")
#: Columns that say which recording a row belongs to.
KEYS = ("file", "source", "transcript_id")


def units_of(df: pd.DataFrame) -> Units:
    """Return the unit of ``start`` and ``end``: timedelta by dtype; integers are ms, floats seconds.

    ``df.attrs["units"]`` decides between seconds and milliseconds when it is there.

    Examples
    --------
    >>> import pandas as pd
    >>> units_of(pd.DataFrame({"start": [250], "end": [900]}))
    'ms'
    """
    return FrameColumns(df).units()


def seconds(values: pd.Series, units: Units) -> np.ndarray:
    """Return a column of times as float64 seconds, NaN where it is missing."""
    if units == "timedelta":
        whole = values.to_numpy().astype("timedelta64[ns]")
        found: np.ndarray = whole.astype(np.int64) / 1e9
        found[np.isnat(whole)] = np.nan
        return found
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(numbers / 1000 if units == "ms" else numbers)


def native(value: Any, units: Units, name: str = "time") -> Any:
    """Convert a time given by the user to the unit of the frame.

    Numbers are in the frame's own unit (seconds for a timedelta frame); ``"1:02.5"`` and timedeltas fit any.
    """
    import pandas as pd

    if isinstance(value, str):
        try:
            parts = [float(part) for part in value.split(":")]
        except ValueError:
            parts = []
        if not 1 <= len(parts) <= 3:
            raise UsageError(
                f"{name}={value!r} is not a time.", hint='Write "1:02.5", "1:00:00" or a number.'
            )
        value = pd.Timedelta(seconds=sum(part * 60**power for power, part in enumerate(reversed(parts))))
    if isinstance(value, pd.Timedelta | np.timedelta64) or hasattr(value, "total_seconds"):
        value = pd.Timedelta(value)
        if units == "timedelta":
            return value
        return value.total_seconds() * (1000 if units == "ms" else 1)
    number = float(value)
    return pd.Timedelta(seconds=number) if units == "timedelta" else number


def speaker_column(df: pd.DataFrame) -> pd.Series:
    """Return ``speaker``, or ``channel`` where no row has a speaker, or only missing values."""
    import pandas as pd

    for name in ("speaker", "channel"):
        if name in df and bool(df[name].notna().any()):
            return df[name]
    return pd.Series(pd.Categorical([None] * len(df)), index=df.index)


def word_counts(columns: FrameColumns) -> np.ndarray:
    """Return words of each row: 1 in a words frame, else ``n_words``, else the tokens of ``text``."""
    if "word" in columns:
        return np.ones(len(columns))
    if "n_words" in columns:
        return np.asarray(np.nan_to_num(columns.floats("n_words")))
    if "text" in columns:
        return np.array([len(split(text)) for text in columns.texts()], dtype=float)
    return np.zeros(len(columns))


def running_max(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return the largest value so far within each group; groups are contiguous."""
    if len(values) < 2 or bool(np.all((values[1:] >= values[:-1]) | (group[1:] != group[:-1]))):
        return values
    found: np.ndarray = np.empty_like(values)
    edges = np.r_[np.flatnonzero(np.r_[True, group[1:] != group[:-1]]), len(values)].tolist()
    for first, last in pairwise(edges):  # over groups, not rows
        found[first:last] = np.maximum.accumulate(values[first:last])
    return found


def stable_order(key: np.ndarray, size: int) -> np.ndarray:
    """Return a stable argsort of small codes; 16-bit keys take numpy's radix sort."""
    return np.argsort(key.astype(np.int16) if size < 2**15 else key, kind="stable")


@dataclass(frozen=True, slots=True)
class Spans:
    """Rows that have both times, sorted by recording and start. All arrays are parallel.

    ``turn`` numbers the turns: a turn is a run of units of one speaker in order of start, where a unit is an
    utterance (rows with the same ``utterance``) or, without that column, a row.
    """

    start: np.ndarray
    end: np.ndarray
    recording: np.ndarray
    speaker: np.ndarray
    words: np.ndarray
    turn: np.ndarray
    speakers: Any  # labels; code len(speakers) means unknown
    columns: FrameColumns
    keys: list[str]  # columns that name each recording (none when there is one)
    first: np.ndarray  # a row of the frame for each recording

    @classmethod
    def of(cls, df: Any, units: Units | None = None, *, by: str | Sequence[str] = ()) -> Spans:
        """Read a frame with columns ``start`` and ``end``; everything else is optional.

        Parameters
        ----------
        by : str or sequence of str, optional
            Columns whose values part the rows, as recordings do.
        """
        columns = FrameColumns(df)
        columns.check("start", "end")
        unit = units or columns.units()
        start, end = columns.seconds("start", unit), columns.seconds("end", unit)
        recording, keys, first_rows = _recordings(columns, [by] if isinstance(by, str) else list(by))
        who = columns.speaker()
        speakers = who.names
        speaker = np.where(who.codes < 0, len(speakers), who.codes)
        words = word_counts(columns)
        utterance = columns.floats("utterance") if "utterance" in columns else None

        keep = ~(np.isnan(start) | np.isnan(end))
        position: Any = slice(None) if keep.all() else np.flatnonzero(keep)
        ordered = (recording[position][1:] > recording[position][:-1]) | (
            (recording[position][1:] == recording[position][:-1])
            & (start[position][1:] >= start[position][:-1])
        )
        if not ordered.all():
            rows = np.flatnonzero(keep)
            position = rows[np.lexsort((start[rows], recording[rows]))]
        start, recording, speaker = start[position], recording[position], speaker[position]
        end = np.maximum(end[position], start)
        turn = _turns(
            recording, speaker, start, None if utterance is None else utterance[position], len(speakers)
        )
        return cls(start, end, recording, speaker, words[position], turn, speakers, columns, keys, first_rows)

    @property
    def n_recordings(self) -> int:
        """How many recordings (and other parts) there are; 1 for an empty frame."""
        return max(len(self.first), 1)

    @property
    def recordings(self) -> pd.DataFrame:
        """One row for each recording with the columns that name it, of a pandas frame."""
        return _named(self.columns.native, self.keys, self.first)

    @property
    def group(self) -> np.ndarray:
        """One code for each pair of recording and speaker."""
        found: np.ndarray = self.recording * (len(self.speakers) + 1) + self.speaker
        return found

    @property
    def n_groups(self) -> int:
        return self.n_recordings * (len(self.speakers) + 1)

    def speaker_of(self, codes: np.ndarray) -> Coded:
        """Return speaker codes as labels with the frame's own categories."""
        known = np.where(codes == len(self.speakers), -1, codes)
        return Coded(known.astype(np.int64), self.speakers)

    @property
    def names(self) -> list[str]:
        """Name of each recording for people: its file, with folders where two have the same; else its id."""
        return _names(self.recordings)

    def keyed(self, recording: np.ndarray, columns: dict[str, Any], **attrs: Any) -> Any:
        """Return a result frame that names the recordings when there are several: file first, ids last."""
        rows = self.first[recording] if len(self.first) else np.zeros(0, dtype=np.int64)
        taken = {name: rows for name in self.keys if name not in columns}
        return self.columns.result(columns, taken, **attrs)


def recordings_of(df: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """Return the recording of each row as a code, and the name of each recording for people."""
    codes, keys, first = _recordings(FrameColumns(df), [])
    return codes, _names(_named(df, keys, first))


def _named(df: pd.DataFrame, keys: list[str], first: np.ndarray) -> pd.DataFrame:
    import pandas as pd

    if not keys:
        return pd.DataFrame(index=range(max(len(first), 1)))
    found: pd.DataFrame = df[keys].iloc[first].reset_index(drop=True)
    return found


def _names(recordings: pd.DataFrame) -> list[str]:
    import pandas as pd

    named = ("source", "file", "transcript_id")
    told = [
        next((str(row[key]) for key in named if pd.notna(row.get(key))), "")
        # Of a frame without columns pandas 2.2 makes no records at all.
        for row in recordings.to_dict("records") or [{}] * len(recordings)
    ]
    return [one_line(name) for name in short_names(told)]


def _recordings(columns: FrameColumns, by: list[str]) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Return recording codes by row, the columns that name each recording, and where each appears first.

    A frame of one transcript needs no naming; one with ``source`` comes from a set and always has it.
    """
    columns.check(*by)
    keys = [name for name in KEYS if name in columns and name not in by]
    coded = [columns.labels(name) for name in keys]
    several = "source" in keys or any(len(one) and one.codes.max() != one.codes.min() for one in coded)
    if not several:
        keys, coded = [], []
    if by or keys:
        parts = [columns.labels(name) for name in by] + coded
        codes, first = group_codes(parts)
        return codes, [*by, *keys], first
    return np.zeros(len(columns), dtype=np.int64), [], np.zeros(min(len(columns), 1), dtype=np.int64)


def _turns(
    recording: np.ndarray,
    speaker: np.ndarray,
    start: np.ndarray,
    utterance: np.ndarray | None,
    n_speakers: int,
) -> np.ndarray:
    """Return the number of the turn of each row. Rows come sorted by recording and start."""
    if len(start) == 0:
        return np.zeros(0, dtype=np.int64)
    group = recording * (n_speakers + 1) + speaker
    unit = None
    if utterance is not None:
        known = utterance >= 0  # neither missing nor -1
        # Words of overlapping utterances are interleaved; rows without a number stand alone.
        numbers = np.where(known, utterance, 0).astype(np.int64)
        key = np.where(known, numbers * (int(group.max()) + 1) + group, -1 - np.arange(len(group)))
        if bool(np.all(key[1:] >= key[:-1])):  # the usual case, several times quicker
            unit = np.cumsum(np.r_[False, key[1:] != key[:-1]])
        else:
            unit, _ = group_codes([Coded(np.unique(key, return_inverse=True)[1], range(len(key)))])
        first = np.r_[True, unit[1:] > np.maximum.accumulate(unit)[:-1]]
        group = group[first]
    turn = np.cumsum(np.r_[False, group[1:] != group[:-1]])
    return turn if unit is None else turn[unit]
