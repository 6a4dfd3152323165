"""SQLite FTS5, tantivy and LanceDB on the same turns: which index the search of a corpus is built on.

Run by hand, with what is to be compared installed: ``python -m benchmarks.compare_text_indexes``.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from aai_jupyter.corpora.numbered_turns import base36
from aai_jupyter.text.tokenization import units
from benchmarks.synthetic_speech import Conversations

AT_ONCE = 50_000
RARE, USUAL, FREQUENT = "rare", "usual", "frequent"


def turns(words: int) -> Iterator[list[str]]:
    """Turns, so many at a time."""
    some: list[str] = []
    for _, said in Conversations().recordings(words):
        some += said
        if len(some) >= AT_ONCE:
            yield some
            some = []
    yield some


def size_of(place: Path) -> int:
    """Bytes on disk."""
    return sum(path.stat().st_size for path in place.rglob("*") if path.is_file())


class Fts5:
    """Words as numbers, as in :mod:`aai_jupyter.corpora.word_index`."""

    def __init__(self, place: Path) -> None:
        self._db = sqlite3.connect(place / "words.sqlite3", isolation_level=None)
        self._db.execute("PRAGMA page_size = 8192")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("CREATE VIRTUAL TABLE said USING fts5(text, content='', tokenize='ascii')")
        self._db.execute("INSERT INTO said (said, rank) VALUES ('hashsize', 67108864)")
        self._known: dict[str, str] = {}
        self._row = 0

    def add(self, some: list[str]) -> None:
        self._db.execute("BEGIN")
        rows = []
        for text in some:
            self._row += 1
            rows.append((self._row, " ".join(self._number(word) for word in text.split())))
        self._db.executemany("INSERT INTO said (rowid, text) VALUES (?, ?)", rows)
        self._db.execute("COMMIT")

    def _number(self, word: str) -> str:
        found = self._known.get(word)
        if found is None:
            key = units(word)[0]
            found = self._known.get(key) or base36(len(self._known) + 1)
            self._known[key] = self._known[word] = found
        return found

    def finish(self) -> None:
        """Nothing: each transaction is whole."""

    def count(self, phrase: str, most: int) -> int:
        match = '"' + " ".join(self._known[word] for word in phrase.split()) + '"'
        sql = "SELECT rowid FROM said WHERE said MATCH ? LIMIT ?"
        return len(self._db.execute(sql, (match, most)).fetchall())


class Tantivy:
    """Text as it is, its default tokenizer (English punctuation and case), with positions."""

    def __init__(self, place: Path) -> None:
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_text_field("text", stored=False)
        builder.add_integer_field("turn", stored=True, fast=True)
        (place / "tantivy").mkdir()
        self._library = tantivy
        self._index = tantivy.Index(builder.build(), path=str(place / "tantivy"))
        self._writer = self._index.writer(200_000_000, 2)
        self._row = 0

    def add(self, some: list[str]) -> None:
        for text in some:
            self._row += 1
            self._writer.add_document(self._library.Document(text=text, turn=self._row))
        self._writer.commit()

    def finish(self) -> None:
        """Wait for the merges."""
        self._writer.wait_merging_threads()
        self._index.reload()

    def count(self, phrase: str, most: int) -> int:
        query = self._index.parse_query(f'"{phrase}"', ["text"])
        return len(self._index.searcher().search(query, most).hits)


class LanceDB:
    """Text as it is in a table, and its index with positions."""

    def __init__(self, place: Path) -> None:
        import lancedb

        self._db = lancedb.connect(str(place / "lance"))
        self._table: Any = None

    def add(self, some: list[str]) -> None:
        import pyarrow as pa

        table = pa.table({"text": some})
        if self._table is None:
            self._table = self._db.create_table("said", table)
        else:
            self._table.add(table)

    def finish(self) -> None:
        """The index is made of the whole table."""
        self._table.create_fts_index("text", with_position=True, stem=False, remove_stop_words=False)

    def count(self, phrase: str, most: int) -> int:
        from lancedb.query import PhraseQuery

        found = self._table.search(PhraseQuery(phrase, "text", slop=0), query_type="fts").limit(most)
        return len(found.with_row_id(True).select(["_rowid"]).to_arrow())


KINDS: dict[str, Callable[[Path], Any]] = {"fts5": Fts5, "tantivy": Tantivy, "lancedb": LanceDB}


def sampled(words: int) -> dict[str, str]:
    """Two words in a row, by how often they are said in the first turns."""
    counts: dict[str, int] = {}
    for some in turns(min(words, 1_000_000)):
        for text in some:
            said = [units(word)[0] for word in text.split()]
            for pair in pairwise(said):
                counts[" ".join(pair)] = counts.get(" ".join(pair), 0) + 1
    ordered = sorted(counts, key=lambda pair: (-counts[pair], pair))
    return {FREQUENT: ordered[2], USUAL: ordered[2000], RARE: ordered[-1]}


def measure(kind: str, words: int) -> dict[str, Any]:
    """Build one index and search it."""
    import resource

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        index = KINDS[kind](place)
        text = spent = 0.0
        for some in turns(words):
            text += sum(map(len, some)) + len(some)
            began = time.perf_counter()
            index.add(some)
            spent += time.perf_counter() - began
        began = time.perf_counter()
        index.finish()
        spent += time.perf_counter() - began
        found: dict[str, Any] = {
            "words/s": round(words / spent),
            "index / text": round(size_of(place) / text, 2),
            "GB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20), 2),
        }
        for name, phrase in sampled(words).items():
            for most in (1, 10_000_000):
                began = time.perf_counter()
                count = index.count(phrase, most)
                found[f"{name}, {'first' if most == 1 else 'all'}"] = (
                    f"{time.perf_counter() - began:.4f} s, {count:,}"
                )
        return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, default=1_000_000)
    parser.add_argument("kinds", nargs="*", default=[*KINDS], choices=[*KINDS, []])
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    for one in chosen.kinds:
        if chosen.here:
            print(json.dumps(measure(one, chosen.words)))
        else:  # each in a process of its own, for its memory
            command = [sys.executable, "-m", "benchmarks.compare_text_indexes", "--here"]
            done = subprocess.run(
                [*command, f"--words={chosen.words}", one], capture_output=True, text=True, check=False
            )
            print(one, done.stdout.strip() or done.stderr.strip()[-500:], flush=True)
