"""The tables of a corpus as lazy relations of DuckDB, in bounded memory."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from aai_jupyter.corpora.catalog import INTERNAL, Catalog
from aai_jupyter.corpora.part_files import part_path
from aai_jupyter.corpora.part_schema import RECORDINGS, SCHEMAS, TABLES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

HIDDEN = {"words": ("layer", "turn_row"), "utterances": ("layer", "turn_row", "first_word")}


class TablesView:
    """``words``, ``utterances`` and ``recordings`` as views of a DuckDB connection of its own.

    Parameters
    ----------
    folder : Path
    memory : str
        Most memory, as DuckDB writes it: ``"2GB"``. What does not fit is put on disk for a while.
    """

    def __init__(self, folder: Path, memory: str) -> None:
        import duckdb

        # Nothing is ever downloaded at run time: extensions would be.
        config: dict[str, Any] = {
            "memory_limit": memory,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        self._folder = folder
        self._connection = duckdb.connect(":memory:", config=config)
        self._lock = threading.Lock()
        self._made: list[str] | None = None

    def relation(self, query: str, catalog: Catalog, parameters: Any = None) -> DuckDBPyRelation:
        """Return the result of a query over the views, lazily."""
        with self._lock:
            if self._made != catalog.names:
                self._make_views(catalog)
                self._made = list(catalog.names)
            cursor = self._connection.cursor()
        return cursor.sql(query, params=parameters)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _make_views(self, catalog: Catalog) -> None:
        connection = self._connection
        old = catalog.superseded()
        _keep(connection, "superseded", old)
        dirty = set(old.column("part").to_pylist())
        clean = [name for name in catalog.names if name not in dirty]
        for table in TABLES[:2]:
            selects = [
                _select(self._folder, table, names, filtered)
                for names, filtered in ((clean, False), (sorted(dirty), True))
                if names
            ]
            if not selects:
                _keep(connection, f"no_{table}", SCHEMAS[table].empty_table())
                selects = [f"SELECT * EXCLUDE ({', '.join(HIDDEN[table])}) FROM no_{table}"]
            connection.execute(f"CREATE OR REPLACE VIEW {table} AS {' UNION ALL '.join(selects)}")
        _keep(connection, RECORDINGS, catalog.current.drop_columns(list(INTERNAL)))


def _keep(connection: DuckDBPyConnection, name: str, table: pa.Table) -> None:
    """Copy a small table into the database: what is only registered, other cursors do not see."""
    connection.register("arrived", table)
    connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM arrived")
    connection.unregister("arrived")


def _select(folder: Path, table: str, names: list[str], filtered: bool) -> str:
    files = ", ".join(_quoted(str(part_path(folder, table, name))) for name in names)
    hidden = ", ".join([*HIDDEN[table], "filename"] if filtered else HIDDEN[table])
    source = f"SELECT * EXCLUDE ({hidden}) FROM read_parquet([{files}], filename={str(filtered).lower()})"
    if not filtered:
        return source
    part = "parse_filename(filename, true)"
    return f"{source} WHERE ({part}, transcript_id) NOT IN (SELECT (part, transcript_id) FROM superseded)"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
