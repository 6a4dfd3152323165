"""A corpus of synthetic conversations: built, searched and measured, beside DuckDB's LIKE, grep and pandas.

One million words here; ``make bench-corpus`` takes a hundred million. Words by a Zipf-Mandelbrot law over
20,000 English ones, in recordings of 5,000 words and turns of 18. "Built" is from the JSON of the service in
memory to Parquet and index on disk. Phrases are found with the index opened anew.
"""

from __future__ import annotations

import argparse
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

import aai_jupyter as aai
from benchmarks import corpus_questions
from benchmarks.synthetic_speech import Conversations

AT_ONCE = 400
"""Recordings added in one call, as a batch would."""
FITS_PANDAS = 5_000_000
GROUPED = (
    "SELECT source, speaker, count(*) AS words, avg(confidence) AS confidence, sum(duration) AS seconds, "
    'min(start) AS first, max("end") AS last FROM words GROUP BY source, speaker'
)
GOALS = {"build": 100_000, "index": 1.5, "first": 0.5, "all": 5.0, "group": 10.0, "memory": 4.0}


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds of a call, and its result."""
    began = time.perf_counter()
    found = call()
    return time.perf_counter() - began, found


def peak() -> float:
    """Most memory of this process so far, GB."""
    return (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        / (1 if sys.platform == "darwin" else 1 << 10)
        / 1024
    )


def build(corpus: aai.Corpus, words: int, lines: Path) -> dict[str, float]:
    """Fill a corpus; return seconds of adding and of indexing, and bytes of text."""
    conversations = Conversations()
    some: list[aai.Transcript] = []
    adding = indexing = size = 0.0

    def add() -> None:
        nonlocal adding, indexing
        adding += timed(lambda: corpus.add(aai.TranscriptSet(some)))[0]
        indexing += timed(corpus.index)[0]
        some.clear()

    with lines.open("w", encoding="utf-8") as file:
        for number, (raw, turns) in enumerate(conversations.recordings(words)):
            some.append(aai.Transcript.from_json(raw, source=f"calls/{number}.mp3"))
            text = "\n".join(turns) + "\n"
            size += len(text)
            file.write(text)
            if len(some) == AT_ONCE:
                add()
        if some:
            add()
    return {"adding": adding, "indexing": indexing, "text": size}


def phrases(lines: Path, count: int, seed: int = 3) -> list[str]:
    """Three words in a row from turns here and there: phrases that are said, most of them rarely."""
    chance = np.random.default_rng(seed)
    size = lines.stat().st_size
    found: list[str] = []
    with lines.open("rb") as file:
        while len(found) < count:
            file.seek(int(chance.integers(0, max(1, size - 10_000))))
            file.readline()
            words = file.readline().decode().strip().rstrip(".").lower().split()
            if len(words) >= 3:
                at = int(chance.integers(0, len(words) - 2))
                found.append(" ".join(words[at : at + 3]))
    return found


def row(
    what: str, ours: object, against: object = "", goal: object = "", met: object = ""
) -> dict[str, object]:
    """One line of the table."""
    return {"what": what, "ours": ours, "against": against, "goal": goal, "met": met}


def main(words: int = 1_000_000, folder: Path | None = None) -> list[dict[str, object]]:
    """Run it; ``words`` in all."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        return _run(words, Path(place))


def _run(words: int, place: Path) -> list[dict[str, object]]:
    lines = place / "turns.txt"
    corpus = aai.corpus(place / "corpus")
    made = build(corpus, words, lines)
    building = made["adding"] + made["indexing"]
    ratio = corpus.index_size / made["text"]
    rows = [
        row(
            f"{words:,} words: JSON to Parquet and index",
            f"{words / building:,.0f} words/s ({made['adding']:.0f} s + {made['indexing']:.0f} s)",
            goal=f"{GOALS['build']:,} words/s",
            met=words / building >= GOALS["build"],
        ),
        row(
            "index / text",
            f"{ratio:.2f} ({corpus.index_size / 1e6:,.0f} MB of {made['text'] / 1e6:,.0f} MB)",
            goal=GOALS["index"],
            met=ratio <= GOALS["index"],
        ),
        row("most memory while building", f"{peak():.2f} GB", goal=f"{GOALS['memory']} GB", met=peak() < 4),
    ]
    rows += _searched(corpus, lines)
    rows += _grouped(corpus, words)
    rows += _asked(place)
    rows.append(row("most memory of all", f"{peak():.2f} GB", goal=f"{GOALS['memory']} GB", met=peak() < 4))
    corpus.close()
    return rows


def _searched(corpus: aai.Corpus, lines: Path) -> list[dict[str, object]]:
    firsts = []
    for phrase in phrases(lines, 20):
        corpus.close()
        seconds, hits = timed(lambda phrase=phrase: corpus.search(f'"{phrase}"', limit=1))
        assert hits["match"].str.lower().str.rstrip(".").tolist() == [phrase]
        firsts.append(seconds)
    rows = [
        row(
            "first hit of a phrase of three words",
            f"{statistics.median(firsts):.3f} s (worst {max(firsts):.3f})",
            goal=f"{GOALS['first']} s",
            met=max(firsts) <= GOALS["first"],
        )
    ]
    for kind, phrase in _by_frequency(corpus, lines).items():
        seconds, hits = timed(lambda phrase=phrase: corpus.search(f'"{phrase}"', limit=None))
        against = []
        pattern = re.escape(phrase)
        like, count = timed(lambda phrase=phrase: _like(corpus, phrase))
        against.append(f"DuckDB LIKE {like:.2f} s for {count:,} turns, without times")
        if shutil.which("grep"):
            spent, _ = timed(
                lambda pattern=pattern: subprocess.run(
                    ["grep", "-ciw", pattern, str(lines)],
                    capture_output=True,
                    env={"LC_ALL": "C"},
                    check=False,
                )
            )
            against.append(f"grep {spent:.2f} s, a count")
        rows.append(
            row(
                f"all hits of a {kind} phrase",
                f"{seconds:.2f} s ({len(hits):,} hits)",
                "; ".join(against),
                f"{GOALS['all']} s",
                seconds <= GOALS["all"],
            )
        )
    return rows


def _by_frequency(corpus: aai.Corpus, lines: Path) -> dict[str, str]:
    """A rare and a middling phrase of two words, by how many turns have them."""
    counts: dict[str, int] = {}
    for phrase in phrases(lines, 60, seed=5):
        two = " ".join(phrase.split()[:2])
        counts[two] = sum(1 for _ in corpus._search.words.turns(_parsed(two), None))
    ordered = sorted(counts, key=counts.__getitem__)
    return {"rare": ordered[len(ordered) // 10], "usual": ordered[len(ordered) // 2], "frequent": ordered[-3]}


def _parsed(phrase: str) -> Any:
    from aai_jupyter.corpora.query import parse

    return parse(f'"{phrase}"')


def _like(corpus: aai.Corpus, phrase: str) -> int:
    sql = "SELECT count(*) FROM utterances WHERE text ILIKE ?"
    (count,) = corpus.sql(sql, [f"%{phrase}%"]).fetchall()[0]
    return int(count)


def _grouped(corpus: aai.Corpus, words: int) -> list[dict[str, object]]:
    seconds, frame = timed(lambda: corpus.sql(GROUPED).df())
    against = ""
    if words <= FITS_PANDAS:
        loaded, whole = timed(lambda: corpus.words.df())
        spent, _ = timed(lambda: whole.groupby(["source", "speaker"])["duration"].agg(["size", "sum"]))
        against = f"pandas {spent:.2f} s after {loaded:.1f} s of loading"
    talk, _ = timed(lambda: corpus.measure("talk_time", columns=["start", "end", "speaker", "transcript_id"]))
    return [
        row(
            f"group by recording and speaker over all words ({len(frame):,} groups)",
            f"{seconds:.2f} s",
            against,
            f"{GOALS['group']} s",
            seconds <= GOALS["group"],
        ),
        row("talk_time of all recordings, streamed", f"{talk:.1f} s"),
    ]


def _asked(place: Path) -> list[dict[str, object]]:
    corpus = aai.corpus(place / "questions")
    corpus.add(corpus_questions.calls())
    words, together = (corpus_questions.recall(corpus, meaning=meaning) for meaning in (False, True))
    wrong = corpus_questions.foreign_sentences(corpus)
    corpus.close()
    return [
        row(
            "30 questions: turn among the first ten, words and meaning",
            f"{together:.0%}",
            f"words alone {words:.0%}",
            "10 points more",
            together - words >= 0.1,
        ),
        row("turns of somebody else with a speaker filter", wrong, goal=0, met=wrong == 0),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, default=100_000_000)
    parser.add_argument("--folder", type=Path, help="where the corpus is made; 60 bytes a word")
    chosen = parser.parse_args()
    print(f"DuckDB {duckdb.__version__}")
    for one in main(chosen.words, chosen.folder):
        print(" | ".join(str(value) for value in one.values()), flush=True)
