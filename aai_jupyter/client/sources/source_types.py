"""What a recording may be given as: for type checkers only."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from os import DirEntry
from pathlib import PurePath
from typing import IO, Any, Protocol, TypeAlias, Union

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aai_jupyter.client.sources.source import Source
from aai_jupyter.client.sources.track_list import Tracks


class Samples(Protocol):
    """An array of samples: of NumPy, PyTorch or the like."""

    @property
    def shape(self) -> Any: ...

    def __array__(self, *args: Any, **kwargs: Any) -> Any: ...


AudioSource: TypeAlias = (
    str
    | PurePath  # not PathLike: for mypy a Series is one, as it has every attribute
    | DirEntry[str]
    | bytes
    | bytearray
    | memoryview
    | IO[bytes]
    | tuple[Samples | Sequence[float], float]
    | tuple[float, Samples | Sequence[float]]
    | Mapping[str, Any]
    | Source
    | Tracks
)
"""One recording. A pattern or a folder, which name several, cannot be told from a path by its type."""
# Not with `|`: the classes of pandas take no type arguments when they run.
AudioSources: TypeAlias = Union[
    list[Any],
    Generator[Any, Any, Any],
    tuple[AudioSource, ...],
    set[Any],
    frozenset[Any],
    "pd.Series[Any]",
    "pd.Index[Any]",
    pd.DataFrame,
    NDArray[np.object_ | np.str_],
]
"""Several recordings in one thing."""
