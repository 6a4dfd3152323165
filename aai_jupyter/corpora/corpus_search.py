"""Search of a corpus: turns by words and by meaning, restricted to what counts, and their places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aai_jupyter.corpora.catalog import CorpusCatalog
from aai_jupyter.corpora.hits import TurnPlaces, hits_of
from aai_jupyter.corpora.meaning_index import MeaningIndex
from aai_jupyter.corpora.part_files import part_path
from aai_jupyter.corpora.part_schema import UTTERANCES
from aai_jupyter.corpora.query import parse, wanted
from aai_jupyter.corpora.word_index import TURN_BITS, WordIndex

CANDIDATES = 200
"""Turns of each kind of search that are fused."""
RANK_CONSTANT = 60
"""Reciprocal rank fusion: a turn scores the sum of 1 / (60 + its rank) (Cormack et al., SIGIR 2009)."""
MEANING = 2.0
"""How much a rank by meaning weighs: any word of a question that a turn has says less."""
_MASK = (1 << TURN_BITS) - 1


class CorpusSearch:
    """The indexes of one corpus.

    Parameters
    ----------
    folder : Path
        Of the corpus.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.words = WordIndex(folder)

    @cached_property
    def meaning(self) -> MeaningIndex:
        """Vectors of turns."""
        return MeaningIndex(self._folder)

    def by_words(
        self,
        catalog: CorpusCatalog,
        query: str,
        speaker: str | None,
        chosen: set[str] | None,
        limit: int | None,
    ) -> pd.DataFrame:
        """Return places of a query in the order of the corpus; see :meth:`Corpus.search`."""
        parsed = parse(query)
        self.words.extend(catalog.names)
        turns = self._counted(catalog, self.words.turns(parsed, speaker), chosen)
        # Each turn has at least one place.
        rows = np.sort(np.fromiter(turns if limit is None else islice(turns, limit), dtype=np.int64))
        found = hits_of(self._folder, catalog, self.places(catalog, rows), list(wanted(parsed)))
        return found if limit is None else found.head(limit)

    def by_meaning(
        self, catalog: CorpusCatalog, question: str, speaker: str | None, chosen: set[str] | None, limit: int
    ) -> pd.DataFrame:
        """Return turns by words and meaning together, the best first, with their score."""
        self.words.extend(catalog.names)
        self.meaning.extend(catalog.names)
        most = max(limit, CANDIDATES)
        ranked: list[tuple[float, list[int]]] = []
        asked = self.words.of_question(question)
        if asked is not None:
            turns = self.words.turns(asked, speaker, by_rank=True)
            ranked.append((1.0, list(islice(self._counted(catalog, turns, chosen), most))))
        live = _Live(catalog, np.arange(len(catalog.names), dtype=np.int64) << TURN_BITS, chosen)

        def counts(place: int, rows: np.ndarray) -> np.ndarray:
            good = live.of((place << TURN_BITS) + rows)
            return good if speaker is None else good & self._said_by(catalog.names[place], rows, speaker)

        numbers = self.words.parts()
        nearest = self.meaning.nearest(catalog.names, question, most, counts)
        meant = [(numbers[catalog.names[place]] << TURN_BITS) + row for place, row in nearest]
        ranked.append((MEANING, meant))
        scores: dict[int, float] = {}
        for weight, some in ranked:
            for rank, turn in enumerate(some, 1):
                scores[turn] = scores.get(turn, 0.0) + weight / (RANK_CONSTANT + rank)
        best = sorted(scores, key=lambda turn: (-scores[turn], turn))[:limit]
        rows = np.sort(np.array(best, dtype=np.int64))
        found = hits_of(self._folder, catalog, self.places(catalog, rows), ())
        found.insert(len(found.columns) - 2, "score", np.array([scores[turn] for turn in rows.tolist()]))
        order = np.argsort([best.index(turn) for turn in rows.tolist()], kind="stable")
        return found.take(order).reset_index(drop=True).assign(query=question).astype({"query": "string"})

    def close(self) -> None:
        """Let go of the files."""
        self.words.close()

    def _counted(self, catalog: CorpusCatalog, rows: Iterable[int], chosen: set[str] | None) -> Iterator[int]:
        """Yield those turns of the index whose recording counts, and is one of those chosen."""
        numbers = self.words.parts()
        bases = np.array([numbers[name] << TURN_BITS for name in catalog.names], dtype=np.int64)
        live = _Live(catalog, bases, chosen)
        iterator = iter(rows)
        while some := list(islice(iterator, 10_000)):
            at = np.array(some, dtype=np.int64)
            yield from at[live.of(at)].tolist()

    def places(self, catalog: CorpusCatalog, rows: np.ndarray) -> list[TurnPlaces]:
        """Return rows of the index, in their order, by part."""
        numbers = self.words.parts()
        part_of = {numbers[name]: place for place, name in enumerate(catalog.names)}
        cuts = np.flatnonzero(np.diff(rows >> TURN_BITS)) + 1
        return [
            TurnPlaces(part_of[int(some[0] >> TURN_BITS)], some & _MASK)
            for some in np.split(rows, cuts)
            if len(some)
        ]

    def _said_by(self, name: str, rows: np.ndarray, speaker: str) -> np.ndarray:
        with pq.ParquetFile(part_path(self._folder, UTTERANCES, name), read_dictionary=["speaker"]) as file:
            table = file.read(columns=["turn_row", "speaker"])
        said = table.column("turn_row").filter(pc.equal(table.column("speaker"), speaker)).to_numpy()
        return np.isin(rows, said)


class _Live:
    """Which turns count: those of the newest layer of a recording, one of those chosen."""

    def __init__(self, catalog: CorpusCatalog, bases: np.ndarray, chosen: set[str] | None) -> None:
        table = catalog.recordings
        firsts = bases[table.column("part").to_numpy()] + table.column("first_turn").to_numpy()
        good = catalog.newest
        if chosen is not None:
            good = good & np.array(
                [one in chosen for one in table.column("transcript_id").to_pylist()], dtype=bool
            )
        order = np.argsort(firsts, kind="stable")
        self._firsts, self._good = firsts[order], good[order]
        self._lasts = self._firsts + table.column("turns").to_numpy()[order]

    def of(self, turns: np.ndarray) -> np.ndarray:
        place = np.searchsorted(self._firsts, turns, side="right") - 1
        found: np.ndarray = (place >= 0) & (turns < self._lasts[place]) & self._good[place]
        return found
