"""Functions of frames over a whole corpus: whole recordings at a time, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from aai_jupyter.corpora.catalog import CorpusCatalog
from aai_jupyter.corpora.part_files import part_path
from aai_jupyter.errors import UsageError
from aai_jupyter.tables.schema import in_set
from aai_jupyter.transcripts.atomic_file import write_file


def frames(
    folder: Path, catalog: CorpusCatalog, name: str, columns: Sequence[str] | None = None
) -> Iterator[pd.DataFrame]:
    """Yield the rows of a table as frames of whole recordings, with the dtypes of frames of transcripts."""
    known = [column.name for column in in_set(name)]
    wanted = known if columns is None else list(columns)
    if unknown := [column for column in wanted if column not in known]:
        raise UsageError(
            f"The table {name} has no column {unknown[0]!r}.", hint=f"It has {', '.join(known)}."
        )
    read = list(dict.fromkeys([*wanted, "transcript_id"]))
    rows = catalog.recordings.select(["part", "row_group", "transcript_id"]).to_pandas()
    rows["newest"] = catalog.newest
    for part, of_part in rows.groupby("part", sort=True):
        with pq.ParquetFile(part_path(folder, name, catalog.names[int(part)])) as file:
            for group, recordings in of_part.groupby("row_group", sort=True):
                if not recordings["newest"].any():
                    continue
                table = file.read_row_group(int(group), columns=read)
                if not recordings["newest"].all():
                    ids = pa.array(recordings.loc[recordings["newest"], "transcript_id"])
                    table = table.filter(pa.compute.is_in(table.column("transcript_id"), ids))
                yield pandas_frame(table.select(wanted), name)


def pandas_frame(table: pa.Table, name: str) -> pd.DataFrame:
    """Return rows of a part as a frame, dtypes as in frames of transcripts."""
    dtypes = {column.name: column.dtype for column in in_set(name)}
    data: dict[str, Any] = {}
    for column in table.column_names:
        values = table.column(column).combine_chunks()
        if dtypes.get(column) == "category":
            coded = values.dictionary_encode()
            codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            names = pd.Index(coded.dictionary.to_pylist(), dtype=str)
            data[column] = pd.Categorical.from_codes(codes, categories=names)
        elif pa.types.is_string(values.type):
            data[column] = pd.array(values.to_numpy(zero_copy_only=False), dtype=pd.StringDtype("python"))
        else:
            data[column] = values.to_numpy(zero_copy_only=False)
    return pd.DataFrame(data, copy=False)


def measure(
    parts: Iterator[pd.DataFrame], function: Callable[..., pd.DataFrame], options: dict[str, Any]
) -> pd.DataFrame:
    """Return the results of a function for all frames, one below the other."""
    found = [function(frame, **options) for frame in parts]
    return joined(found)


def joined(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Concatenate frames of the same columns, their categories united in order of appearance."""
    if not found:
        return pd.DataFrame()
    data: dict[str, Any] = {}
    for column in found[0].columns:
        parts = [frame[column] for frame in found]
        if isinstance(parts[0].dtype, pd.CategoricalDtype):
            data[column] = pd.api.types.union_categoricals(parts, ignore_order=True)
        else:
            data[column] = pd.concat(parts, ignore_index=True).array
    return pd.DataFrame(data)


def measure_into(
    parts: Iterator[pd.DataFrame],
    function: Callable[..., pd.DataFrame],
    options: dict[str, Any],
    into: str | Path,
) -> Path:
    """Write the results of a function for all frames to a Parquet file, as they are made."""

    def write(stream: Any) -> None:
        writer: pq.ParquetWriter | None = None
        for frame in parts:
            table = _plain(pa.Table.from_pandas(function(frame, **options), preserve_index=False))
            if writer is None:
                writer = pq.ParquetWriter(stream, table.schema, compression="zstd")
            writer.write_table(table.cast(writer.schema))
        if writer is None:
            raise UsageError("The corpus is empty: there is nothing to measure.")
        writer.close()

    return write_file(into, write)


def _plain(table: pa.Table) -> pa.Table:
    """Return labels as text: a Parquet file has one schema, whatever labels come later."""
    fields = [
        pa.field(
            f.name, pa.string() if pa.types.is_dictionary(f.type) or pa.types.is_null(f.type) else f.type
        )
        for f in table.schema
    ]
    return table.cast(pa.schema(fields))
