"""Columns of the Parquet files of a corpus, in the terms of Arrow."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from aai_jupyter.tables.schema import in_set

SCHEMA_VERSION = 1
WORDS, UTTERANCES, RECORDINGS = "words", "utterances", "recordings"
TABLES = (WORDS, UTTERANCES, RECORDINGS)

_ARROW = {
    "float64": pa.float64(),
    "int64": pa.int64(),
    "Int64": pa.int64(),
    "bool": pa.bool_(),
    "string": pa.string(),
    "category": pa.string(),
}
# A corrected recording is written again with the next layer; the newest counts.
_LAYER = (("layer", pa.int32()),)


def _framed(name: str) -> list[tuple[str, pa.DataType]]:
    return [(column.name, _ARROW[column.dtype]) for column in in_set(name)]


SCHEMAS: dict[str, pa.Schema] = {
    WORDS: pa.schema([*_framed(WORDS), *_LAYER, ("turn_row", pa.int64())]),
    UTTERANCES: pa.schema(
        [*_framed(UTTERANCES), *_LAYER, ("turn_row", pa.int64()), ("first_word", pa.int64())]
    ),
    RECORDINGS: pa.schema(
        [
            ("file", pa.string()),
            ("duration", pa.float64()),
            ("language", pa.string()),
            ("speakers", pa.int64()),
            ("words", pa.int64()),
            ("status", pa.string()),
            ("source", pa.string()),
            ("transcript_id", pa.string()),
            *_LAYER,
            ("version", pa.string()),
            ("added", pa.timestamp("us", tz="UTC")),
            ("first_turn", pa.int64()),
            ("turns", pa.int64()),
            ("row_group", pa.int64()),
        ]
    ),
}
"""Table -> its columns. ``turn_row`` is the row of an utterance in its part, ``first_word`` that of its first
word; ``row_group`` is where both are; ``version`` is the hash of what was written. Recordings may have
further columns, which the user brought."""


def united(tables: Sequence[pa.Table]) -> pa.Table:
    """Concatenate recordings; a column of the user that has different kinds of values becomes text."""
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        kinds: dict[str, set[pa.DataType]] = {}
        for field in (field for table in tables for field in table.schema):
            if not pa.types.is_null(field.type):
                kinds.setdefault(field.name, set()).add(field.type)
        names = {name for name, some in kinds.items() if len(some) > 1 and not _are_numbers(some)}
        return pa.concat_tables([_as_text(table, names) for table in tables], promote_options="permissive")


def _are_numbers(kinds: set[pa.DataType]) -> bool:
    return all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in kinds)


def _as_text(table: pa.Table, names: set[str]) -> pa.Table:
    for place, name in enumerate(table.column_names):
        if name in names:
            table = table.set_column(place, name, table.column(place).cast(pa.string()))
    return table
