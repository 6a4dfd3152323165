"""Tables as columns of numpy arrays, one step before a DataFrame.

Times are float64 milliseconds here (exact up to 2**53, NaN when missing), labels are codes. Many
transcripts are joined in this form, so that categories are united once and no frame is copied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal

import numpy as np
import pandas as pd

from aai_jupyter.client.decoding import EXACT
from aai_jupyter.errors import OptionError
from aai_jupyter.tables.schema import COLUMNS, FILE, SOURCE, Column, in_set
from aai_jupyter.text.short_names import short_name

Units = Literal["s", "ms", "timedelta"]
UNITS: tuple[Units, ...] = ("s", "ms", "timedelta")

# A recogniser that cannot tell yet sends one of these where a label should be.
NO_LABEL = frozenset({"", "UNKNOWN", "PENDING"})


@dataclass(slots=True)
class Labels:
    """A categorical column: ``names[codes[i]]``, code -1 for a missing label."""

    codes: np.ndarray
    names: list[str]

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: np.ndarray) -> Labels:
        """Return the labels of these rows."""
        return Labels(self.codes[rows], self.names)

    def renamed(self, names: Mapping[str, str]) -> Labels:
        """Rename the labels; labels that get the same name become one."""
        new = [names.get(name, name) for name in self.names]
        return joined([Labels(self.codes, new)])

    def values(self) -> list[str | None]:
        """Return one name per row, None where missing."""
        names = [*self.names, None]
        return [names[code] for code in self.codes.tolist()]


def labels(values: Iterable[str | None], known: Sequence[str] = ()) -> Labels:
    """Return labels of a column of text, in order of first appearance after the ``known`` ones.

    Examples
    --------
    >>> labels(["B", None, "A", "B"]).names
    ['B', 'A']
    """
    column = list(values)
    found = dict.fromkeys([*known, *dict.fromkeys(column)])
    names = [name for name in found if name is not None and name not in NO_LABEL]
    if not names:
        return no_labels(len(column))
    codes = {name: code for code, name in enumerate(names)}
    missing = dict.fromkeys([None, *NO_LABEL], -1)
    code = map((missing | codes).__getitem__, column)
    return Labels(np.fromiter(code, dtype=np.int32, count=len(column)), names)


def no_labels(rows: int, known: Sequence[str] = ()) -> Labels:
    """Return a label column in which every label is missing."""
    return Labels(np.full(rows, -1, dtype=np.int32), list(known))


def joined(parts: Sequence[Labels]) -> Labels:
    """Concatenate labels, their names united in order of appearance."""
    place: dict[str, int] = {}
    codes = []
    for part in parts:
        # The last entry serves code -1.
        table = [place.setdefault(name, len(place)) for name in part.names] + [-1]
        codes.append(np.array(table, dtype=np.int32)[part.codes])
    return Labels(np.concatenate(codes) if codes else np.empty(0, np.int32), list(place))


def numbers(values: Sequence[Any]) -> np.ndarray:
    """Convert to float64; None and values beyond all meaning become NaN."""
    try:
        found = np.array(values, dtype=np.float64)
    except OverflowError:  # a whole number of hundreds of digits
        found = np.array([_sized(value) for value in values], dtype=np.float64)
    found[np.abs(found) > EXACT] = np.nan
    return found


def attribute(rows: Sequence[Any], name: str) -> np.ndarray:
    """Return one number per row as float64, quickly when none is missing."""
    try:
        found = np.fromiter(map(attrgetter(name), rows), dtype=np.float64, count=len(rows))
    except (TypeError, OverflowError):
        return numbers([getattr(row, name) for row in rows])
    if len(found) and not np.abs(found).max() <= EXACT:
        found[np.abs(found) > EXACT] = np.nan
    return found


def _sized(value: float | None) -> float | None:
    return value if value is not None and abs(value) <= EXACT else None


def texts(values: Sequence[str | None]) -> np.ndarray:
    """Convert to an object array of str and None."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


Values = np.ndarray | Labels


@dataclass(slots=True)
class Table:
    """The columns of one frame, named as in ``COLUMNS[name]``; ``duration`` is filled in.

    ``extra`` holds further fields of the service, one value per row.
    """

    name: str
    columns: dict[str, Values]
    extra: dict[str, list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [column.name for column in COLUMNS[self.name]]
        if "duration" in names and "duration" not in self.columns:
            start, end = self.columns["start"], self.columns["end"]
            assert isinstance(start, np.ndarray)
            assert isinstance(end, np.ndarray)
            self.columns["duration"] = end - start

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def frame(
        self, units: Units = "s", names: Mapping[str, str] | None = None, file: str | None = None
    ) -> pd.DataFrame:
        """Return a new DataFrame that shares nothing with this table.

        Parameters
        ----------
        units : {"s", "ms", "timedelta"}
        names : mapping, optional
            Other names for speakers.
        file : str, optional
            Name of the one recording that all rows are of; a table with sources needs none.
        """
        units = check_units(units)
        spec = list(COLUMNS[self.name])
        known = self.columns
        if FILE in spec:
            known = known | {"file": self._files(file)}
        if "source" in known and SOURCE not in spec:
            spec = in_set(self.name)
        data: dict[str, Any] = {}
        for column in spec:
            values = known[column.name]
            if names and column.name == "speaker" and isinstance(values, Labels):
                values = values.renamed(names)
            data[column.name] = _pandas(values, column, units)
        for name, extra in self.extra.items():
            data[name if name not in data else f"raw_{name}"] = pd.Series(extra, dtype=_extra_dtype(extra))
        return pd.DataFrame(data, copy=False)

    def _files(self, file: str | None) -> Labels:
        """Return the name of each row's file."""
        sources = self.columns.get("source")
        if isinstance(sources, Labels):
            return sources.renamed({name: short_name(name) for name in sources.names})
        if not file:
            return no_labels(len(self))
        return Labels(np.zeros(len(self), dtype=np.int32), [short_name(file)])


def check_units(units: str) -> Units:
    """Return the unit, or raise for an unknown one.

    Raises
    ------
    OptionError
        It is none of ``UNITS``.
    """
    if units not in UNITS:
        raise OptionError(f"Unknown units {units!r}.", hint=f"Use one of {', '.join(UNITS)}.")
    return units


def empty(name: str) -> Table:
    """Return the table without rows."""
    columns: dict[str, Values] = {}
    for column in COLUMNS[name]:
        if column.dtype == "category":
            columns[column.name] = no_labels(0)
        elif column.dtype == "string":
            columns[column.name] = np.empty(0, dtype=object)
        elif column.dtype.startswith("datetime64"):
            columns[column.name] = np.empty(0, dtype="datetime64[us]")
        else:
            columns[column.name] = np.empty(0, dtype=_NUMPY.get(column.dtype, column.dtype))
    return Table(name, columns)


_NUMPY = {"Int64": "float64"}


def concat(name: str, parts: Sequence[Table]) -> Table:
    """Concatenate tables of several transcripts, their categories united."""
    if not parts:
        return empty(name)
    columns: dict[str, Values] = {}
    for key, first in parts[0].columns.items():
        values = [part.columns[key] for part in parts]
        if isinstance(first, Labels):
            columns[key] = joined([one for one in values if isinstance(one, Labels)])
        else:
            columns[key] = np.concatenate([one for one in values if isinstance(one, np.ndarray)])
    extra: dict[str, list[Any]] = {}
    for key in dict.fromkeys(key for part in parts for key in part.extra):
        extra[key] = [value for part in parts for value in part.extra.get(key, [None] * len(part))]
    return Table(name, columns, extra)


def _pandas(values: Values, column: Column, units: Units) -> Any:
    if isinstance(values, Labels):
        return pd.Categorical.from_codes(values.codes, dtype=_categories(tuple(values.names)))
    if column.unit == "s":
        return _times(values, units)
    if column.dtype == "string":
        return pd.array(values.copy(), dtype=pd.StringDtype("python"))
    if column.dtype == "Int64":
        return _nullable(values)
    if column.dtype.startswith("datetime64"):
        return pd.Series(values.astype("datetime64[us]")).dt.tz_localize("UTC")
    return np.array(values, dtype=column.dtype)


@lru_cache(maxsize=256)
def _categories(names: tuple[str, ...]) -> pd.CategoricalDtype:
    """Return the dtype of labels: to make it costs more than a frame of a thousand rows."""
    # dtype=str: object in pandas 2, str in pandas 3, also when there is no label at all.
    return pd.CategoricalDtype(pd.Index(names, dtype=str))


def _times(ms: np.ndarray, units: Units) -> Any:
    if units == "s":
        return ms / 1000
    missing = np.isnan(ms)
    whole = np.rint(np.where(missing, 0, ms)).astype(np.int64)
    if units == "ms":
        return _nullable(ms) if missing.any() else whole
    deltas = whole.astype("timedelta64[ms]")
    deltas[missing] = np.timedelta64("NaT", "ms")
    return deltas


def _nullable(values: np.ndarray) -> Any:
    missing = np.isnan(values)
    whole = np.rint(np.where(missing, 0, values)).astype(np.int64)
    return pd.arrays.IntegerArray(whole, missing)


def _extra_dtype(values: list[Any]) -> Any:
    """Convert plain numbers and booleans to their dtype; anything else stays as it was sent."""
    known = [value for value in values if value is not None]
    kinds = {type(value) for value in known}
    complete = len(known) == len(values)
    if kinds and kinds <= {int, float} and all(abs(value) <= EXACT for value in known):
        return np.int64 if complete and kinds == {int} else np.float64
    return bool if complete and kinds == {bool} else object
