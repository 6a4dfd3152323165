"""Which recordings a corpus has, where each is, and which of its layers is the newest."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aai_jupyter.corpora.part_files import part_names, part_path
from aai_jupyter.corpora.part_schema import RECORDINGS, SCHEMAS, united

INTERNAL = ("layer", "version", "added", "first_turn", "turns", "row_group", "part")


@dataclass
class Catalog:
    """The recordings of all parts, read again when a part was added.

    Attributes
    ----------
    names : list of str
        Parts, oldest first.
    recordings : Table
        All layers of all recordings; ``part`` is the place of its part in ``names``.
    newest : array of bool
        Which of those rows count.
    """

    folder: Path
    names: list[str] = field(default_factory=list)
    recordings: pa.Table = field(default_factory=lambda: _numbered(SCHEMAS[RECORDINGS].empty_table(), 0))
    newest: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    _read: dict[str, pa.Table] = field(default_factory=dict)

    def refresh(self) -> bool:
        """Look for new parts; return whether there are any, or some have gone."""
        names = part_names(self.folder)
        if names == self.names:
            return False
        read = {}
        for name in names:
            table = self._read.get(name)
            read[name] = pq.read_table(part_path(self.folder, RECORDINGS, name)) if table is None else table
        tables = [_numbered(table, place) for place, table in enumerate(read.values())]
        if tables:
            self.recordings = united(tables)
        else:
            self.recordings = _numbered(SCHEMAS[RECORDINGS].empty_table(), 0)
        self.newest = _newest(self.recordings)
        self.names, self._read = names, read
        return True

    @property
    def current(self) -> pa.Table:
        """The newest layer of each recording."""
        return self.recordings.filter(pa.array(self.newest))

    def known(self) -> dict[str, tuple[int, str]]:
        """Return layer and version of each recording."""
        rows = self.current.select(["transcript_id", "layer", "version"]).to_pydict()
        return {
            ident: (layer, version)
            for ident, layer, version in zip(
                rows["transcript_id"], rows["layer"], rows["version"], strict=True
            )
        }

    def superseded(self) -> pa.Table:
        """Return the parts and ids of rows that do not count any more."""
        old = self.recordings.filter(pa.array(~self.newest)).select(["part", "transcript_id"])
        names = pa.array(self.names, pa.string())
        return old.set_column(0, "part", pc.take(names, old.column("part")))


def _numbered(table: pa.Table, place: int) -> pa.Table:
    return table.append_column("part", pa.array(np.full(table.num_rows, place, dtype=np.int32)))


def _newest(recordings: pa.Table) -> np.ndarray:
    """Return which rows have the newest layer of their recording; of two alike the one that came later."""
    count = recordings.num_rows
    newest = np.zeros(count, dtype=bool)
    if count:
        ids = recordings.column("transcript_id").combine_chunks().dictionary_encode().indices.to_numpy()
        layer = recordings.column("layer").to_numpy()
        added = recordings.column("added").cast(pa.int64()).to_numpy()
        order = np.lexsort((recordings.column("part").to_numpy(), added, layer, ids))
        last = np.r_[ids[order][1:] != ids[order][:-1], True]
        newest[order[last]] = True
    return newest
