"""Erasure reaches corpora: parts, indexes and what a killed erasure has left; nothing else is harmed."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import aai_jupyter as aai
from aai_jupyter import cli
from aai_jupyter.corpora import corpus_erasure, part_rewriting, part_tables
from aai_jupyter.corpora.word_index import FILE
from aai_jupyter.jobs.erasure_intent import ErasureIntent, IntentFile, pending
from aai_jupyter.jobs.noted_places import CORPORA, noted_places
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import settings
from tests.corpora.conftest import SAID, calls, transcript
from tests.corpora.test_corpus import same

SECRET = ("Quagmire zeppelin", "told Marzipan.", "Yes.")


@pytest.fixture
def home(in_folder: Path) -> Iterator[Path]:
    settings.home = in_folder / "home"
    yield in_folder / "home"
    runtime().close()


def bytes_with(folder: Path, *words: str) -> list[str]:
    """Files that have one of these: in their bytes, in Parquet also in what is unpacked."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes().lower()
        if path.suffix == ".parquet":
            data += repr(pq.ParquetFile(path).read().to_pydict()).lower().encode()
        found += [f"{path.relative_to(folder)}: {word}" for word in words if word.lower().encode() in data]
    return found


def vectors(folder: Path) -> None:
    """Vectors of all parts, as the model would leave them."""
    place = folder / "index" / "meaning-1"
    place.mkdir(exist_ok=True)
    for path in (folder / "recordings").glob("*.parquet"):
        np.save(place / f"{path.stem}.npy", np.zeros((2, 3), np.float16))
        np.savez(place / f"{path.stem}.npz", rows=np.arange(2))
        (place / f".{path.stem}.npy.left").write_bytes(b"of a writer that died")


def erase(*what: object, **options: bool) -> aai.ErasureReceipt:
    return aai.erase(*what, at_service=False, **options)


@pytest.fixture
def filled(home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> aai.Corpus:
    """Several recordings in each of several row groups and parts, one of them to be erased, and corrected."""
    monkeypatch.setattr(part_tables, "GROUP_WORDS", 20)
    monkeypatch.setattr(part_tables, "PART_WORDS", 45)
    corpus = aai.corpus(folder)
    some = [*calls(5)]
    some.insert(2, transcript("secret", SECRET))
    corpus.add(some, pd.DataFrame({"who": ["Ann", "Bob", "Zanzibar", "Cy", "Di", "Ed"]}))
    some[2].edit.set_word(0, "Obfuscating")
    corpus.add(some[2])
    assert len(corpus.search("marzipan")) == 1
    vectors(folder)
    return corpus


WORDS = ("quagmire", "zeppelin", "marzipan", "obfuscating", "zanzibar", "secret")


def test_no_byte_is_left(filled: aai.Corpus, folder: Path) -> None:
    assert bytes_with(folder, *WORDS)
    receipt = erase("secret")
    assert receipt.unreached == []
    assert receipt.count(f"corpus {folder}") == 1
    assert bytes_with(folder, *WORDS) == []
    assert not list(pending(Path(settings.home)))
    # What is left is as if it had never been there: tables, their order, measures, places of words.
    given = calls(5)
    for corpus in (filled, aai.corpus(folder)):
        same(corpus.words.df(), given.words, ["transcript_id", "word"])
        same(corpus.utterances.df(), given.utterances, ["transcript_id", "utterance"])
        assert [*corpus.recordings.df()["transcript_id"]] == [one.id for one in given]
        assert len(corpus.measure("talk_time")) == len(aai.analysis.talk_time(given.utterances))
        hits = corpus.search('"full refund"', limit=None)
        assert sorted(hits["transcript_id"]) == sorted(one.id for one in given for _ in range(2))
        assert set(hits["match"]) == {"full refund,", "full refund"}
        assert hits["start"].notna().all()
        assert len(corpus.search("zeppelin")) == 0
    kept = {path.stem for path in (folder / "recordings").iterdir()}
    assert {path.stem for path in (folder / "index" / "meaning-1").glob("[!.]*")} < kept


def test_parts_without_it_are_left_alone(filled: aai.Corpus, folder: Path) -> None:
    def files() -> dict[Path, int]:
        return {path: path.stat().st_ino for path in (folder / "words").iterdir()}

    before = files()
    erase("secret")
    assert {p for p in before if files().get(p) == before[p]}
    with contextlib.closing(sqlite3.connect(folder / "index" / FILE)) as db:
        keys = {key for (key,) in db.execute("SELECT key FROM keys")}
        assert {"refund", "hello"} <= keys  # of the other parts
        assert keys.isdisjoint(WORDS)


def test_a_dry_run_tells_and_keeps(filled: aai.Corpus, folder: Path) -> None:
    before = bytes_with(folder, *WORDS)
    receipt = erase("secret", dry_run=True)
    assert f"1 recording (corpus {folder})" in repr(receipt)
    assert bytes_with(folder, *WORDS) == before


def test_by_object_place_and_url(home: Path, folder: Path, in_folder: Path) -> None:
    corpus = aai.corpus(folder)
    plain = {"words": [{"text": "Plain.", "start": 0, "end": 9}]}
    raws = [{**plain, "n": n} for n in range(4)]
    places = ["https://radio.example/a.mp3", str(in_folder / "a.mp3"), "a.mp3", "b.mp3"]
    some = [aai.Transcript.from_json(raw, source=source) for raw, source in zip(raws, places, strict=True)]
    corpus.add(some)
    erase(places[0])
    erase("a.mp3")  # a relative name is a recording of this folder; another folder's has the same name
    assert [*corpus.recordings.df()["source"]] == ["a.mp3", "b.mp3"]
    erase(some[3])
    assert [*corpus.recordings.df()["source"]] == ["a.mp3"]
    (ident,) = corpus.recordings.df()["transcript_id"]
    erase(ident)
    assert len(corpus) == 0
    assert not list(folder.rglob("*.parquet"))


class Killed(BaseException):
    """What no clean-up of ours catches."""


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", ["rewrite_part", "remove_part", "_remove", "finish"])
def test_killed_it_is_finished_by_the_next_who_opens_it(
    filled: aai.Corpus, folder: Path, step: str, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = sys.modules[aai.erase.__module__ if step == "finish" else corpus_erasure.__name__]
    real = getattr(module, step)

    def die(*given: Any) -> None:
        if after and step != "finish":
            real(*given)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(module, step, die)
        with pytest.raises(Killed):
            erase("secret")
    assert len(list(pending(Path(settings.home)))) == 1
    assert (
        len(filled.search("hello", limit=None)) == 5
    )  # readers see each recording once, whatever is half done
    runtime().close()
    corpus = aai.corpus(folder)
    assert bytes_with(folder, *WORDS) == []
    same(corpus.words.df(), calls(5).words, ["transcript_id", "word"])
    assert erase().unreached == []
    assert not list(pending(Path(settings.home)))


def test_half_deleted_parts_go(filled: aai.Corpus, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between the files of one part: recordings gone, its words still there."""

    def half(folder: Path, name: str) -> None:
        (folder / "recordings" / f"{name}.parquet").unlink()
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(corpus_erasure, "remove_part", half)
        with pytest.raises(Killed):
            erase("secret")
    assert bytes_with(folder / "words", *WORDS)
    assert erase().unreached == []
    assert bytes_with(folder, *WORDS) == []


def test_what_cannot_be_reached_is_named(
    filled: aai.Corpus, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = folder / "words" / ".20990101T000000000000-abc.parquet"
    left.write_bytes(b"zeppelin")  # somebody writes
    receipt = erase("secret")
    assert str(left) in " ".join(receipt.unreached)
    left.unlink()
    assert erase().unreached == []
    with sqlite3.connect(folder / "index" / FILE) as reader:
        reader.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr("aai_jupyter.corpora.word_index.BUSY_SECONDS", 0.1)
        assert "locked" in " ".join(erase("t0").unreached)
        reader.rollback()
    reader.close()
    assert erase().unreached == []
    assert "t0" not in [*filled.recordings.df()["transcript_id"]]


def test_corpora_that_are_gone(home: Path, folder: Path) -> None:
    aai.corpus(folder).add(transcript("secret", SECRET))
    assert noted_places(home, CORPORA) == [str(folder)]
    moved = folder.rename(folder.with_name("moved"))
    assert "is not there any more" in " ".join(erase("secret").unreached)
    assert erase("secret").unreached == []  # said once
    aai.corpus(moved)
    assert erase("secret").unreached == []
    assert bytes_with(moved, *WORDS) == []


def test_the_command_line_reaches_it(
    filled: aai.Corpus, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled.close()
    assert cli.main(["forget", "secret", "--keep-at-service"]) == 0
    assert f"corpus {folder}" in capsys.readouterr().out
    assert bytes_with(folder, *WORDS) == []


def test_an_intent_names_no_other_files(home: Path, folder: Path, in_folder: Path) -> None:
    aai.corpus(folder)
    mine = in_folder / "mine.parquet"
    mine.write_text("mine")
    names = ["../../mine", str(in_folder / "mine")]
    kept = IntentFile.create(home, ErasureIntent(corpora={str(folder): []}, parts={str(folder): names}))
    assert corpus_erasure.erase_from_corpora(kept) == []
    assert mine.read_text() == "mine"
    kept.remove()


def test_a_part_written_anew_is_written_once(filled: aai.Corpus, folder: Path) -> None:
    (name, *_) = sorted(path.stem for path in (folder / "recordings").iterdir())
    first = part_rewriting.rewrite_part(folder, name, ["t0"])
    assert first == part_rewriting.rewrite_part(folder, name, ["t0"])
    assert len(filled) == 6
    assert SAID[0] in filled.utterances.df()["text"].tolist()
