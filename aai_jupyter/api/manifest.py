"""Manifests: tables with a recording in each row, and what is known of it in the other columns."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import MissingDependencyError, OptionError, SourceError
from aai_jupyter.text.sanitize import one_line
from aai_jupyter.transcripts.archive import DAMAGED

if TYPE_CHECKING:
    import pandas as pd

FILES = (".csv", ".tsv", ".txt", ".parquet", ".xlsx")
MOST_COLUMNS = 5_000
_HEAD = 65_536


@dataclass(frozen=True)
class Manifest:
    """Rows of recordings.

    Attributes
    ----------
    table : DataFrame
        All columns, with a plain index.
    source : str
        The column of the recordings.
    keep : list of str
        The columns that go along.
    folder : Path or None
        Where relative paths are looked for first.
    """

    table: pd.DataFrame
    source: Any
    keep: list[Any]
    folder: Path | None = None

    @property
    def cells(self) -> list[Any]:
        """What each row calls its recording."""
        found: list[Any] = self.table[self.source].astype(object).tolist()
        if self.folder is None:
            return found
        return [_placed(cell, self.folder) for cell in found]

    @property
    def kept(self) -> pd.DataFrame:
        return self.table[self.keep]


def read_manifest(
    given: Any, source: Any = None, keep: Sequence[Any] | str | None = None, *, also: Any = None
) -> Manifest:
    """Read a manifest: a DataFrame (pandas, polars, ...), or a file (CSV, TSV, Parquet, Excel).

    Parameters
    ----------
    given : DataFrame or path
    source : str
        The column of the recordings.
    keep : sequence of str, optional
        The columns that go along; all others of the table when left out.
    also : str, optional
        A column that is used, and goes along only when ``keep`` names it.

    Raises
    ------
    OptionError, SourceError
        There is no such column or file.
    """
    from aai_jupyter.transcripts.set_columns import check_names

    folder = None
    if not hasattr(given, "columns"):
        path = Path(given).expanduser()
        given, folder = _read_file(path), path.parent
    table = (given.to_pandas() if hasattr(given, "to_pandas") else given).reset_index(drop=True)
    names = list(table.columns)
    if len(set(names)) != len(names):
        raise OptionError("The manifest has two columns of the same name.", hint="Rename one of them.")
    if source is None:
        raise OptionError(
            "Which column has the recordings?", hint=f'source="…": one of {", ".join(map(str, names[:12]))}'
        )
    wanted = [keep] if isinstance(keep, str) else keep
    if wanted is None:
        wanted = [name for name in names if name not in (source, also)]
    for name in (source, *wanted):
        if name not in names:
            raise OptionError(
                f"The manifest has no column {name!r}.", hint=f"It has {', '.join(map(str, names[:12]))}."
            )
    check_names(wanted)
    return Manifest(table, source, list(wanted), folder)


def _read_file(path: Path) -> pd.DataFrame:
    import pandas as pd

    if path.suffix.lower() not in FILES:
        raise SourceError(f"{path} is no manifest.", hint=f"Manifests end with {', '.join(FILES)}.")
    try:
        if path.suffix.lower() == ".parquet":
            return pd.read_parquet(path)
        if path.suffix.lower() == ".xlsx":
            return pd.read_excel(path)
        return read_text_table(path)
    except FileNotFoundError:
        raise SourceError(f"{path} does not exist.", hint="--manifest takes the path of a table.") from None
    except ImportError as error:
        raise MissingDependencyError(
            f"The manifest {path} needs another package: {error}.", hint='pip install "aai-jupyter[export]"'
        ) from error
    except (*DAMAGED, OSError, SyntaxError) as error:  # pandas' own are ValueErrors; SyntaxError: bad XML
        reason = one_line(str(error) or type(error).__name__).rstrip(".")
        raise SourceError(f"The manifest {path} cannot be read: {reason}.") from error


def read_text_table(path: Path) -> pd.DataFrame:
    """Read a table with a header line, its cells separated by commas, semicolons, tabs or bars.

    A column is of numbers only if each of its values is written as a number is: 007 and 030/12 stay text.
    """
    import pandas as pd

    with path.open(encoding="utf-8-sig", newline="") as file:
        head = file.read(_HEAD)
    first = head.splitlines()[0] if head else ""
    counts = {mark: first.count(mark) for mark in ",;\t|"}
    mark = max(counts, key=lambda one: counts[one])
    if path.suffix.lower() == ".tsv":
        mark = "\t"
    if counts[mark] >= MOST_COLUMNS:
        raise ValueError(f"it has more than {MOST_COLUMNS:,} columns")
    table = pd.read_csv(
        path, sep=mark, dtype=str, encoding="utf-8-sig", quoting=csv.QUOTE_MINIMAL, skipinitialspace=True,
        keep_default_na=False, na_values=[""],
    )  # fmt: skip
    for name in table.columns:
        known = table[name].dropna()
        if len(known) and known.str.fullmatch(r"-?(0|[1-9]\d{0,14})(\.\d+)?").all():
            table[name] = pd.to_numeric(table[name])
    return table


def _placed(cell: Any, folder: Path) -> Any:
    """A relative path, from the manifest's folder where there is such a file."""
    if not isinstance(cell, str) or "://" in cell:
        return cell
    try:
        placed = folder / Path(cell).expanduser()
        return str(placed) if placed.exists() else cell
    except (OSError, ValueError, RuntimeError):  # no path at all: the reader of sources says so
        return cell
