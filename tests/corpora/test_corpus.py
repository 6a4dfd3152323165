"""Transcripts in Parquet: what goes in comes out, the newest layer counts, a crash changes nothing."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import aai_jupyter as aai
from aai_jupyter import analysis
from aai_jupyter.corpora import corpus_writer, part_files, part_tables
from aai_jupyter.corpora.part_tables import PartBuilder, versioned
from tests.corpora.conftest import SAID, calls, transcript


def same(found: pd.DataFrame, wanted: pd.DataFrame, by: list[str]) -> None:
    """Whether two frames have the same rows, whatever their order and however text is held."""
    plain = []
    for frame in (found, wanted):
        frame = frame.astype({c: object for c in frame if not pd.api.types.is_numeric_dtype(frame[c])})
        frame = frame.where(frame.notna(), None)
        plain.append(frame.sort_values(by, ignore_index=True))
    pd.testing.assert_frame_equal(*plain, check_dtype=False)


def test_tables_are_the_frames_of_the_set(corpus: aai.Corpus) -> None:
    given = calls()
    same(corpus.words.df(), given.words, ["transcript_id", "word"])
    same(corpus.utterances.df(), given.utterances, ["transcript_id", "utterance"])
    same(corpus.recordings.df(), given.recordings, ["transcript_id"])


def test_of_nothing_the_columns_are_there(folder: Path) -> None:
    empty = aai.corpus(folder)
    assert list(empty.words.df()) == list(calls(1).words)
    assert len(empty) == len(empty.search("hello")) == 0
    assert list(empty.recordings.df()) == list(calls(1).recordings)


def test_it_is_added_once(corpus: aai.Corpus) -> None:
    assert corpus.add(calls()) == 0
    assert corpus.add([*calls(), transcript("new", ["Once", "more."])]) == 1
    assert len(corpus) == 6
    twice = transcript("twice", ["One."])
    assert corpus.add([twice, twice]) == 1


def test_of_layers_the_newest_counts(corpus: aai.Corpus) -> None:
    given = calls()
    given[0].edit.set_word(0, "Goodbye,")
    given[1].speakers = {"A": "Ann"}
    assert corpus.add(given) == 2
    same(corpus.words.df(), given.words, ["transcript_id", "word"])
    assert corpus.search("goodbye")["transcript_id"].tolist() == ["t0"]
    assert sorted(corpus.search("hello")["transcript_id"]) == ["t1", "t2", "t3", "t4"]
    assert set(corpus.search("full", speaker="Ann")["transcript_id"]) == {"t1"}
    given[0].edit.undo()
    assert corpus.add(given) == 1
    assert len(corpus.search("hello")) == 5


def test_transcripts_of_other_programs_have_no_id(folder: Path) -> None:
    plain = [
        aai.Transcript.from_json({"words": [{"text": text, "start": 0, "end": 9}]}, source=f"{text}.srt")
        for text in ("one", "two")
    ]
    corpus = aai.corpus(folder)
    assert (corpus.add(plain), corpus.add(plain), len(corpus)) == (2, 0, 2)
    assert corpus.search("two")["source"].tolist() == ["two.srt"]


def test_columns_of_the_user(folder: Path) -> None:
    corpus = aai.corpus(folder)
    corpus.add(calls(2), pd.DataFrame({"agent": ["Ann", "Bob"], "score": [1.5, None]}))
    corpus.add(transcript("t9", SAID), {"team": "north"})
    frame = corpus.recordings.df().set_index("transcript_id")
    assert frame["agent"].dropna().to_dict() == {
        "t0": "Ann",
        "t1": "Bob",
    }
    assert frame.loc["t0", "score"] == 1.5
    assert corpus.search("hello", where="agent = 'Bob'")["transcript_id"].tolist() == ["t1"]
    assert corpus.search("hello", where="team IS NOT NULL")["transcript_id"].tolist() == ["t9"]
    with pytest.raises(aai.UsageError, match="rows of columns"):
        corpus.add(calls(2), pd.DataFrame({"agent": ["Ann"]}))


def test_columns_of_several_kinds_become_text(folder: Path) -> None:
    corpus = aai.corpus(folder)
    for number, year in enumerate([2026, "2026", 2.5]):
        corpus.add(transcript(f"y{number}", SAID), {"year": year, "score": number or None})
    frame = aai.corpus(folder).recordings.df().set_index("transcript_id")
    assert frame["year"].to_dict() == {"y0": "2026", "y1": "2026", "y2": "2.5"}
    assert frame["score"].dropna().to_dict() == {"y1": 1, "y2": 2}


def test_a_recording_without_words(folder: Path) -> None:
    corpus = aai.corpus(folder)
    silent = aai.Transcript.from_json(
        {"id": "silent", "status": "completed", "words": [], "audio_duration": 3}
    )
    corpus.add([silent, transcript("one", ["Hello."])])
    assert (len(corpus), len(corpus.words.df()), len(corpus.search("hello"))) == (2, 1, 1)
    assert len(corpus.measure("talk_time")) == 1


@pytest.mark.parametrize("name", ["talk_time", "gaps", "pace"])
@pytest.mark.parametrize("frame", ["words", "utterances"])
def test_measures_equal_those_of_the_set(
    folder: Path, name: str, frame: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_tables, "GROUP_WORDS", 40)  # two recordings at a time
    given = calls()
    corpus = aai.corpus(folder)
    corpus.add(given)
    wanted = getattr(analysis, name)(getattr(given, frame))
    by = [c for c in wanted if not pd.api.types.is_float_dtype(wanted[c])] + ["start"] * ("start" in wanted)
    same(corpus.measure(name, frame), wanted, by)
    written = corpus.measure(name, frame, into=folder.parent / "measured.parquet")
    same(pd.read_parquet(written), wanted, by)
    assert sum(1 for _ in corpus.frames(frame)) > 1


def test_other_programs_read_the_files(corpus: aai.Corpus, folder: Path) -> None:
    pattern = f"{folder}/words/*.parquet"
    with duckdb.connect() as db:
        assert db.sql(f"SELECT count(*) FROM '{pattern}'").fetchall() == [(len(calls().words),)]
    table = ds.dataset(folder / "words", format="parquet").to_table()
    assert set(calls().words) <= set(table.column_names)
    assert not any(path.name.startswith(".") for path in folder.rglob("*.parquet"))


def test_a_part_is_made_of_whole_recordings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_tables, "GROUP_WORDS", 30)
    monkeypatch.setattr(part_tables, "PART_WORDS", 60)
    corpus = aai.corpus(folder)
    corpus.add(calls(7))
    same(corpus.words.df(), calls(7).words, ["transcript_id", "word"])
    assert len(list((folder / "words").glob("*.parquet"))) > 1
    for path in (folder / "words").glob("*.parquet"):
        with pq.ParquetFile(path) as file:
            ids = [
                {*file.read_row_group(n, columns=["transcript_id"]).column(0).to_pylist()}
                for n in range(file.num_row_groups)
            ]
        assert sum(map(len, ids)) == len(set().union(*ids))
    assert len(corpus.search('"full refund"', limit=None)) == 14


def test_other_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(aai.UsageError, match="is no corpus"):
        aai.corpus(tmp_path)
    newer = tmp_path / "newer"
    newer.mkdir()
    (newer / "corpus.json").write_text('{"format": "aai-jupyter corpus", "version": 99}')
    with pytest.raises(aai.UsageError, match="newer version"):
        aai.corpus(newer)


# Crashes ----------------------------------------------------------------------------------------------


def _die_at(folder: Path, moves: int) -> None:
    """Add to a corpus in a process that is killed before a file is moved to its place."""
    real, left = os.replace, [moves]

    def move(source: Any, target: Any) -> None:
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        real(source, target)

    os.replace = move  # only in this process, which dies
    aai.corpus(folder).add(transcript("late", ["Never", "lost."]))


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("moves", [0, 1, 2])
def test_killed_while_a_part_is_written(corpus: aai.Corpus, folder: Path, moves: int) -> None:
    before = len(corpus)
    process = multiprocessing.get_context("fork").Process(target=_die_at, args=(folder, moves))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    after = aai.corpus(folder)
    assert len(after) == before
    assert len(after.search("lost")) == 0
    same(after.words.df(), calls().words, ["transcript_id", "word"])
    assert after.add(transcript("late", ["Never", "lost."])) == 1
    assert len(after.search("lost")) == 1
    assert part_files.sweep(folder, now=4e9) > 0
    assert len(aai.corpus(folder)) == before + 1


def test_many_writers_at_once(folder: Path) -> None:
    aai.corpus(folder)

    def write(number: int) -> int:
        return aai.corpus(folder).add(transcript(f"w{number}", ["The same words", f"and {number}."]))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(write, range(12))) == 12
    corpus = aai.corpus(folder)
    assert len(corpus) == 12
    assert len(corpus.search('"same words"')) == 12


def test_two_writers_of_one_recording(folder: Path) -> None:
    """They do not see each other: both layers have the same number, and one of them counts."""
    corpus = aai.corpus(folder)
    for text in ("First.", "Second."):
        part_files.write_part(folder, [PartBuilder({}).group([versioned(transcript("same", [text]))])])
    assert len(corpus) == len(corpus.words) == 1
    assert corpus.words.df()["text"].tolist() == ["Second."]
    assert (len(corpus.search("first")), len(corpus.search("second"))) == (0, 1)


def test_a_damaged_index_is_made_anew(corpus: aai.Corpus, folder: Path) -> None:
    wanted = corpus.search("refund")
    corpus.close()
    for path in (folder / "index").iterdir():
        path.write_bytes(b"not a database" * 1000)
    pd.testing.assert_frame_equal(aai.corpus(folder).search("refund"), wanted)


# While a batch runs -----------------------------------------------------------------------------------


def _finished(one: aai.Transcript) -> aai.JobEvent:
    return aai.JobEvent(0, str(one.source), "completed", transcript=one)


def test_what_is_finished_is_added_while_the_rest_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus_writer, "AT_ONCE", 2)
    corpus = aai.corpus(folder)
    seen: list[Any] = []
    writer = corpus_writer.CorpusWriter(corpus.add, seen.append)
    for one in calls(5):
        writer(_finished(one))
    writer.close()
    assert len(seen) == 5
    assert len(aai.corpus(folder)) == 5
    assert len(list((folder / "recordings").glob("*.parquet"))) == 3


def test_a_corpus_that_cannot_be_written_costs_no_transcript(folder: Path) -> None:
    def refuse(some: list[aai.Transcript]) -> None:
        raise aai.UsageError("The disk is full.")

    writer = corpus_writer.CorpusWriter(refuse)
    writer(_finished(transcript("one", ["Hello."])))
    with pytest.warns(UserWarning, match="The disk is full"):
        writer.close()
