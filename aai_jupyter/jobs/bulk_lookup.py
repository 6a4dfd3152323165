"""Many rows of the store in one read: transcripts by cache key, and their layers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from aai_jupyter.jobs.store import Store, Stored, layer_value, stored_row

_AT_ONCE = 500
"""Values of one query: some builds of SQLite take no more than 999."""


def cached_many(store: Store, keys: Sequence[Sequence[str]]) -> list[Stored | None]:
    """Return the newest transcript of each group of cache keys, as :meth:`Store.cached`; None without one."""
    wanted = list(dict.fromkeys(key for group in keys for key in group))
    sql = (
        "SELECT c.key, c.saved, t.id, t.raw, t.source, t.saved FROM cache c JOIN transcripts t "
        "ON t.account = c.account AND t.id = c.id WHERE c.key IN ({})"
    )

    def read(db: sqlite3.Connection) -> dict[str, tuple[float, Stored]]:
        found: dict[str, tuple[float, Stored]] = {}
        for some in _some(wanted):
            for key, when, *row in db.execute(sql.format(_marks(some)), some):
                if (stored := stored_row(row)) is not None:
                    found[key] = when, stored
        return found

    found = store.database.read(read)
    newest = (max((found[key] for key in group if key in found), key=_when, default=None) for group in keys)
    return [None if one is None else one[1] for one in newest]


def _when(row: tuple[float, Stored]) -> float:
    return row[0]


def layers_many(store: Store, ids: Iterable[str]) -> dict[str, dict[str, bytes]]:
    """Return the layers of transcripts: id -> kind -> value."""
    wanted = list(dict.fromkeys(ids))
    sql = "SELECT id, kind, value FROM layers WHERE id IN ({})"

    def read(db: sqlite3.Connection) -> list[tuple[str, str, bytes]]:
        return [row for some in _some(wanted) for row in db.execute(sql.format(_marks(some)), some)]

    found: dict[str, dict[str, bytes]] = {}
    for id, kind, value in store.database.read(read):
        found.setdefault(id, {})[kind] = layer_value(value)
    return found


def _some(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[first : first + _AT_ONCE] for first in range(0, len(values), _AT_ONCE))


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))
