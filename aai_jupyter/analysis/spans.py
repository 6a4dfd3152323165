"""Time spans of a frame as arrays in seconds, from which every metric is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from aai_jupyter.errors import UsageError
from aai_jupyter.text.sanitize import one_line
from aai_jupyter.text.short_names import short_names
from aai_jupyter.text.tokenization import split

Units = Literal["s", "ms", "timedelta"]
UNITS: tuple[str, ...] = ("s", "ms", "timedelta")
#: Columns that say which recording a row belongs to.
KEYS = ("file", "source", "transcript_id")


def units_of(df: pd.DataFrame) -> Units:
    """Return the unit of ``start`` and ``end``: timedelta by dtype; integers are ms, floats seconds.

    ``df.attrs["units"]`` decides between seconds and milliseconds when it is there.

    Examples
    --------
    >>> units_of(pd.DataFrame({"start": [250], "end": [900]}))
    'ms'
    """
    kinds = [df[column].dtype for column in ("start", "end")]
    if all(getattr(kind, "kind", "") == "m" for kind in kinds):
        return "timedelta"
    told = df.attrs.get("units")
    if told in ("s", "ms"):
        found: Units = told
        return found
    return "ms" if all(pd.api.types.is_integer_dtype(kind) for kind in kinds) else "s"


def seconds(values: pd.Series, units: Units) -> np.ndarray:
    """Return a column of times as float64 seconds, NaN where it is missing."""
    if units == "timedelta":
        whole = values.to_numpy().astype("timedelta64[ns]")
        found = whole.astype(np.int64) / 1e9
        found[np.isnat(whole)] = np.nan
        return found
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return numbers / 1000 if units == "ms" else numbers


def native(value: Any, units: Units, name: str = "time") -> Any:
    """Convert a time given by the user to the unit of the frame.

    Numbers are in the frame's own unit (seconds for a timedelta frame); ``"1:02.5"`` and timedeltas fit any.
    """
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
    for name in ("speaker", "channel"):
        if name in df and bool(df[name].notna().any()):
            return df[name]
    return pd.Series(pd.Categorical([None] * len(df)), index=df.index)


def word_counts(df: pd.DataFrame) -> np.ndarray:
    """Return words of each row: 1 in a words frame, else ``n_words``, else the tokens of ``text``."""
    if "word" in df:
        return np.ones(len(df))
    if "n_words" in df:
        found: np.ndarray = np.nan_to_num(df["n_words"].to_numpy(dtype=np.float64, na_value=np.nan))
        return found
    if "text" in df:
        return np.array(
            [len(split(text)) if isinstance(text, str) else 0 for text in df["text"]], dtype=float
        )
    return np.zeros(len(df))


def running_max(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return the largest value so far within each group; groups are contiguous."""
    if len(values) < 2 or bool(np.all((values[1:] >= values[:-1]) | (group[1:] != group[:-1]))):
        return values
    return pd.Series(values).groupby(group, sort=False).cummax().to_numpy()


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
    recordings: pd.DataFrame  # one row for each recording, columns of KEYS (none when there is one recording)
    speakers: pd.Index  # labels; code len(speakers) means unknown

    @classmethod
    def of(cls, df: pd.DataFrame, units: Units | None = None) -> Spans:
        """Read a frame with columns ``start`` and ``end``; everything else is optional."""
        unit = units or units_of(df)
        start, end = seconds(df["start"], unit), seconds(df["end"], unit)
        recording, recordings = _recordings(df)
        who = speaker_column(df)
        if isinstance(who.dtype, pd.CategoricalDtype):
            speaker, speakers = who.cat.codes.to_numpy().astype(np.int64), who.cat.categories
        else:
            speaker, speakers = pd.factorize(who)
            speakers = pd.Index(speakers)
        speaker = np.where(speaker < 0, len(speakers), speaker)
        words = word_counts(df)
        utterance = None
        if "utterance" in df:
            utterance = df["utterance"].to_numpy(dtype=np.float64, na_value=np.nan)

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
        return cls(start, end, recording, speaker, words[position], turn, recordings, speakers)

    @property
    def group(self) -> np.ndarray:
        """One code for each pair of recording and speaker."""
        found: np.ndarray = self.recording * (len(self.speakers) + 1) + self.speaker
        return found

    @property
    def n_groups(self) -> int:
        return max(len(self.recordings), 1) * (len(self.speakers) + 1)

    def speaker_of(self, codes: np.ndarray) -> pd.Categorical:
        """Return speaker codes as a categorical with the frame's own categories."""
        known = np.where(codes == len(self.speakers), -1, codes)
        return pd.Categorical.from_codes(known.astype(np.int64), categories=self.speakers)

    @property
    def names(self) -> list[str]:
        """Name of each recording for people: its file, with folders where two have the same; else its id."""
        return _names(self.recordings)

    def keyed(self, recording: np.ndarray, columns: dict[str, Any]) -> pd.DataFrame:
        """Return a result frame that names the recordings when there are several: file first, ids last."""
        keys: dict[str, Any] = {
            str(name): self.recordings[name].array.take(recording) for name in self.recordings
        }
        first = {"file": keys.pop("file")} if "file" in keys else {}
        return pd.DataFrame({**first, **columns, **keys})


def recordings_of(df: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """Return the recording of each row as a code, and the name of each recording for people."""
    codes, found = _recordings(df)
    return codes, _names(found)


def _names(recordings: pd.DataFrame) -> list[str]:
    named = ("source", "file", "transcript_id")
    told = [
        next((str(row[key]) for key in named if pd.notna(row.get(key))), "")
        for row in recordings.to_dict("records")
    ]
    return [one_line(name) for name in short_names(told)]


def _recordings(df: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """Return recording codes by row, and the columns that name each recording.

    A frame of one transcript needs no naming; one with ``source`` comes from a set and always has it.
    """
    alone = np.zeros(len(df), dtype=np.int64), pd.DataFrame(index=[0])
    columns = [key for key in KEYS if key in df]
    if not columns:
        return alone
    codes = np.zeros(len(df), dtype=np.int64)
    for name in columns:  # one recording under two names counts twice, and so do two under one name
        if isinstance(df[name].dtype, pd.CategoricalDtype):
            own, size = df[name].cat.codes.to_numpy() + 1, len(df[name].cat.categories) + 1
        else:
            own, found = pd.factorize(df[name], use_na_sentinel=False)
            size = max(len(found), 1)
        codes = codes * size + own
    if "source" not in df and (len(codes) == 0 or codes.max() == codes.min()):
        return alone
    codes, seen = pd.factorize(codes)  # in order of appearance
    first = np.full(len(seen), len(codes))
    np.minimum.at(first, codes, np.arange(len(codes)))
    return codes, df[columns].iloc[first].reset_index(drop=True)


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
            unit, _ = pd.factorize(key)
        first = np.r_[True, unit[1:] > np.maximum.accumulate(unit)[:-1]]
        group = group[first]
    turn = np.cumsum(np.r_[False, group[1:] != group[:-1]])
    return turn if unit is None else turn[unit]
