"""From turns of the index to a frame of places: which words, from when to when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from aai_jupyter.corpora.catalog import CorpusCatalog
from aai_jupyter.corpora.part_files import part_path
from aai_jupyter.corpora.part_schema import UTTERANCES, WORDS
from aai_jupyter.corpora.query import Phrase, accepts
from aai_jupyter.text.short_names import short_name
from aai_jupyter.text.tokenization import join, units

COLUMNS = (
    "utterance",
    "speaker",
    "start",
    "end",
    "query",
    "match",
    "text",
    "word",
    "source",
    "transcript_id",
)
_TURN = ["turn_row", "source", "transcript_id", "utterance", "speaker", "start", "end", "text", "n_words"]
_THREADS = 2


@dataclass(frozen=True)
class TurnPlaces:
    """Turns by part: the place of the part in the catalog, and rows of it in order."""

    part: int
    rows: np.ndarray


def hits_of(
    folder: Path, catalog: CorpusCatalog, places: Sequence[TurnPlaces], phrases: Sequence[Phrase]
) -> pd.DataFrame:
    """Return one row for each place where one of the phrases is said in these turns.

    Without phrases one row for each turn.
    """
    with ThreadPoolExecutor(_THREADS) as pool:
        found = list(pool.map(lambda place: _part_hits(folder, catalog, place, phrases), places))
    groups = [columns for some in found for columns in some]
    return _framed({name: [*chain.from_iterable(one[name] for one in groups)] for name in COLUMNS})


def _part_hits(
    folder: Path, catalog: CorpusCatalog, place: TurnPlaces, phrases: Sequence[Phrase]
) -> list[dict[str, Any]]:
    said, words = (part_path(folder, table, catalog.names[place.part]) for table in (UTTERANCES, WORDS))
    with pq.ParquetFile(said) as turns, pq.ParquetFile(words, read_dictionary=["text"]) as spoken:
        return [_group_hits(turns, spoken, group, rows, phrases) for group, rows in _by_group(catalog, place)]


def _by_group(catalog: CorpusCatalog, place: TurnPlaces) -> Iterator[tuple[int, np.ndarray]]:
    """Yield row groups with the turns in them that are asked for."""
    of_part = catalog.recordings.filter(pa.compute.equal(catalog.recordings.column("part"), place.part))
    groups = of_part.column("row_group").to_numpy()
    firsts = of_part.column("first_turn").to_numpy()
    known, begin = np.unique(groups, return_index=True)
    of_rows = known[np.searchsorted(firsts[begin], place.rows, side="right") - 1]
    cuts = np.flatnonzero(np.diff(of_rows)) + 1
    for rows in np.split(place.rows, cuts):
        yield int(known[np.searchsorted(firsts[begin], rows[0], side="right") - 1]), rows


def _group_hits(
    said: pq.ParquetFile, words: pq.ParquetFile, group: int, rows: np.ndarray, phrases: Sequence[Phrase]
) -> dict[str, Any]:
    turns = said.read_row_group(group, columns=_TURN)
    turns = turns.take(pa.array(np.searchsorted(turns.column("turn_row").to_numpy(), rows)))
    if not phrases:
        columns = {n: turns.column(n).to_pylist() for n in _TURN}
        empty = [""] * len(rows)
        return {**columns, "query": empty, "match": empty, "word": [None] * len(rows)}
    spoken = words.read_row_group(group, columns=["turn_row", "text", "start", "end", "word"])
    of = spoken.column("turn_row").to_numpy()
    kept = np.isin(of, rows)
    spoken = spoken.filter(pa.array(kept))
    of = of[kept]
    texts = spoken.column("text").combine_chunks()
    first, last, which = phrase_places(texts, of, phrases)
    start, end = spoken.column("start").to_numpy(), spoken.column("end").to_numpy()
    number = spoken.column("word").to_numpy()
    turn = np.searchsorted(rows, of[first])
    order = np.lexsort((which, first))
    first, last, which, turn = first[order], last[order], which[order], turn[order]
    own = turns.take(pa.array(turn))
    ranges = list(zip(first.tolist(), (last + 1).tolist(), strict=True))
    return {
        **{name: own.column(name).to_pylist() for name in ("source", "utterance", "speaker", "text")},
        "transcript_id": own.column("transcript_id").to_pylist(),
        "start": start[first].tolist(),
        "end": [_latest(end[a:b]) for a, b in ranges],
        "query": [phrases[place].text for place in which.tolist()],
        "match": [join(texts[a:b].to_pylist()) for a, b in ranges],
        "word": number[first].tolist(),
    }


def _latest(ends: np.ndarray) -> float:
    return float(np.nanmax(ends)) if not np.isnan(ends).all() else float("nan")


def phrase_places(
    texts: pa.DictionaryArray, turn: np.ndarray, phrases: Sequence[Phrase]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the first and last word of each place, and which phrase is there.

    Words are compared by their keys; a phrase stays within a turn, and may begin and end inside a word where
    a script has no spaces.
    """
    nothing = len(texts.dictionary)
    indices = texts.indices.fill_null(nothing).to_numpy(zero_copy_only=False)
    used, codes = np.unique(indices, return_inverse=True)
    known = texts.dictionary.take(pa.array(used, mask=used == nothing)).to_pylist()
    keys = [units(text or "") for text in known]
    counts = np.array([*map(len, keys)], dtype=np.int64)
    sizes = counts[codes]
    owner = np.repeat(np.arange(len(codes)), sizes)
    first_key = np.concatenate([[0], np.cumsum(counts)])
    first_unit = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    inside = np.arange(len(owner)) - first_unit[owner]
    unit = first_key[codes[owner]] + inside  # the place of each unit among the keys of the dictionary
    flat = [one for some in keys for one in some]
    of = turn[owner]
    firsts, lasts, whiches = [], [], []
    for number, phrase in enumerate(phrases):
        tests = accepts(phrase)
        there = np.ones(max(0, len(owner) - len(tests) + 1), dtype=bool)
        for shift, test in enumerate(tests):
            passes = np.fromiter(map(test, flat), dtype=bool, count=len(flat))
            there &= passes[unit[shift : shift + len(there)]]
        begin = np.flatnonzero(there)
        begin = begin[of[begin] == of[begin + len(tests) - 1]]
        a, b = owner[begin], owner[begin + len(tests) - 1]
        pairs = np.unique(np.stack([a, b]), axis=1) if len(a) else np.stack([a, b])
        firsts.append(pairs[0])
        lasts.append(pairs[1])
        whiches.append(np.full(pairs.shape[1], number))
    return np.concatenate(firsts), np.concatenate(lasts), np.concatenate(whiches)


def _framed(data: dict[str, Any]) -> pd.DataFrame:
    string = pd.StringDtype("python")
    kinds: dict[str, Any] = dict.fromkeys(("start", "end"), "float64")
    kinds |= {"utterance": "int64", "word": "Int64"}
    kinds |= dict.fromkeys(("query", "match", "text"), string)
    columns = {}
    for name in COLUMNS:
        values = data[name]
        if name in kinds:
            columns[name] = pd.array(values, dtype=kinds[name])
        else:
            columns[name] = pd.Categorical(pd.array(values, dtype=object))
    frame = pd.DataFrame(columns)
    frame.insert(4, "duration", frame["end"] - frame["start"])
    sources = frame["source"].cat
    names = frame["source"].map({one: short_name(one) for one in sources.categories})
    frame.insert(0, "file", names.astype("category"))
    return frame
