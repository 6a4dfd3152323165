"""Frames of polars, Arrow and others where ours are pandas: narwhals reads them, PyArrow is not needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd


def as_pandas(frame: Any) -> Any:
    """Return a frame of another library as one of pandas; anything else as it is.

    Examples
    --------
    >>> as_pandas([1, 2])
    [1, 2]
    """
    if isinstance(frame, pd.DataFrame) or not hasattr(frame, "columns"):
        return frame
    import narwhals

    table = narwhals.from_native(frame, eager_only=True, pass_through=True)
    if not isinstance(table, narwhals.DataFrame):
        return frame
    return pd.DataFrame({name: _values(table[name]) for name in table.columns})


def _values(column: Any) -> Any:
    import narwhals

    text = column.dtype in (narwhals.String, narwhals.Categorical, narwhals.Enum)
    return pd.Series(column.to_list(), dtype=object) if text else column.to_numpy()


def rows_of(frame: Any, found: pd.DataFrame, changed: Sequence[str]) -> Any:
    """Return the rows of `frame` that `found`, made of it, has, with columns that changed, in its library."""
    import narwhals

    table: Any = narwhals.from_native(frame, eager_only=True)
    kept = set(found.index)
    rows = table.filter([row in kept for row in range(len(table))])
    new = [
        narwhals.new_series(name, found[name].to_numpy(), backend=table.implementation)
        for name in changed
        if name in found
    ]
    return rows.with_columns(*(one.cast(table.schema[one.name]) for one in new)).to_native()


def in_library_of(frame: Any, found: pd.DataFrame) -> Any:
    """Return a result as a frame of the library of `frame`; missing texts are null."""
    import narwhals

    table: Any = narwhals.from_native(frame, eager_only=True)
    columns = {
        name: narwhals.new_series(name, _plain(found[name]), backend=table.implementation)
        for name in map(str, found)
    }
    return narwhals.from_dict(columns, backend=table.implementation).to_native()


def _plain(column: pd.Series) -> Any:
    if column.dtype.kind in "iufbmM":
        return column.to_numpy()
    return [None if pd.isna(one) else str(one) for one in column.astype(object)]
