"""Columns of a frame of any library as arrays, and results as frames of the same library.

pandas frames are read by pandas; polars, Arrow and others by narwhals, without pandas being imported.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from aai_jupyter.errors import UsageError

Units = Literal["s", "ms", "timedelta"]
LAST = ("source", "transcript_id")
"""Columns that stand last: they join frames, and are not for reading."""


@dataclass(frozen=True)
class Coded:
    """A column of labels: ``names[codes[i]]``, missing for code -1."""

    codes: np.ndarray
    names: Any

    def __len__(self) -> int:
        return len(self.codes)

    def values(self) -> list[Any]:
        """Return one label a row, None where it is missing."""
        names = [*self.names, None]
        return [names[code] for code in self.codes.tolist()]


def is_pandas(frame: Any) -> bool:
    """Tell whether this is a pandas frame; pandas is not imported for it."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(frame, pandas.DataFrame)


class FrameColumns:
    """Columns of a frame.

    Parameters
    ----------
    frame : DataFrame
        Of pandas, polars, PyArrow or another library that narwhals knows.

    Raises
    ------
    UsageError
        It is no frame.
    """

    def __init__(self, frame: Any) -> None:
        self.native = frame
        self.pandas = is_pandas(frame)
        if not self.pandas:
            import narwhals

            try:
                self._frame: Any = narwhals.from_native(frame, eager_only=True)
            except TypeError as error:
                raise UsageError(
                    f"A {type(frame).__name__} is no table.", hint="Give a DataFrame of pandas or polars."
                ) from error

    def __contains__(self, name: str) -> bool:
        return name in (self.native if self.pandas else self._frame.columns)

    def __len__(self) -> int:
        return len(self.native if self.pandas else self._frame)

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [*map(str, self.native)] if self.pandas else list(self._frame.columns)

    @property
    def attrs(self) -> dict[Any, Any]:
        """Facts about the frame, where its library keeps any."""
        return dict(self.native.attrs) if self.pandas else {}

    def check(self, *names: str) -> None:
        """Raise UsageError for the first of these columns that is missing."""
        for name in names:
            if name not in self:
                known = ", ".join(self.names)
                raise UsageError(f"The frame has no column {name}.", hint=f"It has: {known}.")

    # Reading -------------------------------------------------------------------------------------------

    def floats(self, name: str) -> np.ndarray:
        """Return a column of numbers as float64, NaN where it is missing."""
        if self.pandas:
            found: np.ndarray = self.native[name].to_numpy(dtype=np.float64, na_value=np.nan)
            return found
        import narwhals

        values = self._frame[name].cast(narwhals.Float64).fill_null(float("nan")).to_numpy()
        return np.asarray(values, dtype=np.float64)

    def seconds(self, name: str, units: Units) -> np.ndarray:
        """Return a column of times as seconds, NaN where it is missing."""
        if units != "timedelta":
            return self.floats(name) / (1000 if units == "ms" else 1)
        if self.pandas:
            whole = self.native[name].to_numpy().astype("timedelta64[ns]")
        else:
            whole = np.asarray(self._frame[name].to_numpy()).astype("timedelta64[ns]")
        found: np.ndarray = whole.astype(np.int64) / 1e9
        found[np.isnat(whole)] = np.nan
        return found

    def units(self) -> Units:
        """Return the unit of ``start`` and ``end``: timedelta by dtype; integers are ms, floats seconds."""
        kinds = [self._kind(name) for name in ("start", "end")]
        if all(kind == "m" for kind in kinds):
            return "timedelta"
        told = self.attrs.get("units")
        if told in ("s", "ms"):
            unit: Units = told
            return unit
        return "ms" if all(kind == "i" for kind in kinds) else "s"

    def _kind(self, name: str) -> str:
        if self.pandas:
            dtype = self.native[name].dtype
            kind = getattr(dtype, "kind", "")
            return "m" if kind == "m" else "i" if kind in "iu" and kind else ""
        import narwhals

        dtype = self._frame[name].dtype
        return "m" if dtype == narwhals.Duration else "i" if dtype.is_integer() else ""

    def labels(self, name: str) -> Coded:
        """Return a column of labels; those of a pandas category keep its categories and their order."""
        if self.pandas:
            import pandas as pd

            column = self.native[name]
            if isinstance(column.dtype, pd.CategoricalDtype):
                return Coded(column.cat.codes.to_numpy().astype(np.int64), column.cat.categories)
            codes, names = pd.factorize(column)
            return Coded(codes.astype(np.int64), pd.Index(names))
        values = self._values(name)
        known: dict[Any, int] = {}
        for value in dict.fromkeys(values):
            if value is not None and value == value:
                known[value] = len(known)
        found = np.fromiter((known.get(value, -1) for value in values), np.int64, len(values))
        return Coded(found, list(known))

    def _values(self, name: str) -> list[Any]:
        import narwhals

        column = self._frame[name]
        if column.dtype in (narwhals.Categorical, narwhals.Enum):
            column = column.cast(narwhals.String)
        values: list[Any] = column.to_list()
        return values

    def texts(self, name: str = "text") -> list[str]:
        """Return a column of texts, empty where it is missing."""
        values = self.native[name].astype(object).tolist() if self.pandas else self._values(name)
        return [value if isinstance(value, str) else "" for value in values]

    def speaker(self) -> Coded:
        """Return ``speaker``, or ``channel`` where no row has a speaker; nobody where there is neither."""
        for name in ("speaker", "channel"):
            if name in self:
                found = self.labels(name)
                if (found.codes >= 0).any():
                    return found
        return Coded(np.full(len(self), -1, dtype=np.int64), [])

    # Writing -------------------------------------------------------------------------------------------

    def result(
        self, columns: Mapping[str, Any], taken: Mapping[str, np.ndarray] | None = None, **attrs: Any
    ) -> Any:
        """Return a frame of the same library.

        Parameters
        ----------
        columns : mapping
            Arrays, lists, or labels.
        taken : mapping of str to array of int, optional
            Columns of this frame that stand first, and which of its rows; source and ids stand last.
        **attrs
            Facts about the result, where the library keeps any.
        """
        rows = {name: at for name, at in (taken or {}).items() if name not in LAST}
        ending = {name: at for name, at in (taken or {}).items() if name in LAST}
        if self.pandas:
            import pandas as pd

            own: dict[str, Any] = {name: self.native[name].array.take(at) for name, at in rows.items()}
            for name, values in columns.items():
                if isinstance(values, Coded):
                    index = values.names if isinstance(values.names, pd.Index) else pd.Index([*values.names])
                    own[name] = pd.Categorical.from_codes(values.codes, categories=index)
                elif isinstance(values, list):
                    own[name] = pd.Series(values, dtype=pd.StringDtype("python")).array
                else:
                    own[name] = values
            own |= {name: self.native[name].array.take(at) for name, at in ending.items()}
            frame = pd.DataFrame(own)
            frame.attrs.update(attrs)
            return frame
        import narwhals

        backend = self._frame.implementation
        made = []
        made += [self._rows(name, at) for name, at in rows.items()]
        for name, values in columns.items():
            if isinstance(values, Coded):
                kind: Any = narwhals.Categorical
                text = narwhals.new_series(
                    name, [*map(_text, values.values())], narwhals.String, backend=backend
                )
                made.append(text.cast(kind))
            elif isinstance(values, list):
                made.append(narwhals.new_series(name, values, narwhals.String, backend=backend))
            else:
                whole = np.asarray(values).dtype.kind in "iu"
                kind = narwhals.Int64 if whole else narwhals.Float64
                made.append(narwhals.new_series(name, np.asarray(values).tolist(), kind, backend=backend))
        made += [self._rows(name, at) for name, at in ending.items()]
        return narwhals.from_dict({one.name: one for one in made}, backend=backend).to_native()

    def _rows(self, name: str, at: np.ndarray) -> Any:
        column = self._frame[name]
        return column[at.tolist()] if len(at) else column.head(0)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def group_codes(columns: Sequence[Coded]) -> tuple[np.ndarray, np.ndarray]:
    """Return one number for each combination of labels, in order of appearance, and where each appears first.

    Examples
    --------
    >>> codes, first = group_codes([Coded(np.array([1, 0, 1, -1]), ["a", "b"])])
    >>> codes.tolist(), first.tolist()
    ([0, 1, 0, 2], [0, 1, 3])
    """
    rows = len(columns[0]) if columns else 0
    joined = np.zeros(rows, dtype=np.int64)
    for column in columns:
        joined = joined * (len(column.names) + 1) + column.codes + 1
        if len(column.names) > 2**20:  # of several such columns the product would not fit
            _, joined = np.unique(joined, return_inverse=True)
    if not rows:
        return joined, np.zeros(0, dtype=np.int64)
    if bool((joined == joined[0]).all()):
        return np.zeros(rows, dtype=np.int64), np.zeros(1, dtype=np.int64)
    _, first, codes = np.unique(joined, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[codes], first[order]
