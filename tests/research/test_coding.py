"""Codes as rows: given, undone, saved, exported, merged; and those of a language model."""

from __future__ import annotations

import json
import pickle
import random
import re
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import aai_jupyter as aai
from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.transcripts.transcript_set import TranscriptSet
from tests.asking.conftest import llm  # noqa: F401
from tests.asking.recordings import transcript
from tests.scripted_llm import Say, ScriptedLlm

TURNS = [
    ("A", 0.0, 4.0, "We trusted the doctor at once."),
    ("B", 5.0, 9.0, "I was afraid of the long night."),
    ("A", 10.0, 13.0, "Then nobody came to help us."),
]
BOOK = {
    "feeling": "",
    "trust": {"definition": "Says whom they trust.", "parent": "feeling", "colour": "#0072b2"},
    "fear": {"definition": "Says what they fear.", "parent": "feeling"},
}


def call(ident: str = "t1") -> Transcript:
    return transcript(TURNS, id=ident, source=f"{ident}.mp3")


def coded(ident: str = "t1", coder: str = "Ann") -> Transcript:
    t = call(ident)
    t.code(t.utterances.iloc[:1].assign(code="trust", memo="at once <3"), coder=coder)
    t.code(t.search("long night").assign(code="fear"), coder=coder)
    return t


def test_codes_are_rows_with_words_speaker_and_coder():
    t = coded()
    assert t.codes[["start", "text", "speaker", "code", "coder", "memo"]].fillna("").values.tolist() == [
        [0.0, TURNS[0][3], "A", "trust", "Ann", "at once <3"],
        [7.857, "long night.", "B", "fear", "Ann", ""],
    ]
    assert list(t.codes.dtypes.astype(str)) == list(call().codes.dtypes.astype(str))  # also without any
    assert hasattr(t.codes, "aai")
    t.speakers["A"] = "Dr. Ann"
    assert t.codes["speaker"].iloc[0] == "Dr. Ann"


def test_codes_are_undone_and_come_once():
    t = coded()
    again = t.code(t.codes)
    assert (len(again), len(t.codes)) == (0, 2)
    t.edit.undo()
    assert t.codes["code"].tolist() == ["trust"]
    t.edit.redo()
    t.edit.change_code(t.codes["code_id"].iloc[1], "dread", "of the dark")
    assert t.codes[["code", "memo"]].values.tolist()[1] == ["dread", "of the dark"]
    t.edit.remove_codes([t.codes["code_id"].iloc[0]])
    assert t.codes["code"].tolist() == ["dread"]
    assert t.edits["operation"].tolist() == ["add_codes", "add_codes", "change_code", "remove_codes"]
    with pytest.raises(OptionError, match="no code 'x'"):
        t.edit.remove_codes(["x"])


def test_codes_are_saved_and_stay_where_they_were_said(tmp_path: Path):
    t = coded()
    t.edit.set_turn_text(0, "Hello. We trusted the doctor at once.")
    for other in (Transcript.load(t.save(tmp_path / "a.aai")), pickle.loads(pickle.dumps(t))):
        pd.testing.assert_frame_equal(other.codes, t.codes)
        assert other.text == t.text


def test_a_set_is_coded_by_recording():
    calls = TranscriptSet([coded("one"), call("two")])
    new = calls.code(calls[0].codes.assign(transcript_id="two", coder="Ben").drop(columns="code_id"))
    assert new["source"].tolist() == ["two.mp3"] * 2
    assert calls.codes[["source", "coder"]].values.tolist() == [
        ["one.mp3", "Ann"], ["one.mp3", "Ann"], ["two.mp3", "Ben"], ["two.mp3", "Ben"],
    ]  # fmt: skip
    found = aai.agreement(calls.codes, "turn", of=calls, coders=["Ann", "Ben"])
    assert len(found.disagreements) == 4
    with pytest.raises(UsageError, match="which recording"):
        calls.code(pd.DataFrame({"start": [0.0], "end": [1.0], "code": ["x"]}))
    with pytest.raises(UsageError, match="no column code"):
        calls.code(calls.utterances)


def test_a_codebook_of_a_dict_a_table_and_a_file(tmp_path: Path):
    book = aai.codebook(BOOK)
    assert book.names == ["feeling", "trust", "fear"]
    assert book.path("fear") == "feeling / fear"
    book.frame.to_csv(tmp_path / "book.csv", index=False)
    call().export(tmp_path / "book.qdc", codebook=book)
    for path in ("book.csv", "book.qdc"):
        found = aai.codebook(tmp_path / path)
        assert found.codes == book.codes
    assert aai.codebook(["a", "b"]).names == ["a", "b"]
    assert repr(book).startswith("<Codebook: ")
    assert all(name in book._repr_html_() for name in book.names)
    for wrong in ({"a": {"parent": "b"}}, {"a": {"parent": "a"}}, ["a", "a"], [""]):
        with pytest.raises(OptionError):
            aai.codebook(wrong)
    (tmp_path / "x.qdc").write_text("<a/>")
    with pytest.raises(UsageError, match="no codebook"):
        aai.codebook(tmp_path / "x.qdc")


def test_others_open_codebook_and_project_with_the_codes(tmp_path: Path):
    refi = pytest.importorskip("pyrefiqda")
    book = aai.codebook(BOOK)
    calls = TranscriptSet([coded("one", "Ann"), coded("two", "Ben")])
    theirs = refi.RefiCodebook.load(calls.export(tmp_path / "a.qdc", codebook=book))
    assert [code.name for code in theirs.codes.code] == ["feeling"]
    assert [code.name for code in theirs.codes.code[0].code] == ["trust", "fear"]
    path = calls.export(tmp_path / "a.qdpx", codebook=book)
    project = refi.RefiProject.load(path, str(tmp_path / "out"))
    with zipfile.ZipFile(path) as archive:
        xml = archive.read("project.qde").decode()
        texts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".txt")}
    assert len(re.findall("<CodeRef ", xml)) == 4
    assert {user.name for user in project.users.user} == {"aai_jupyter", "Ann", "Ben"}
    places = re.findall(r'position="(\d+)"', xml)
    text = next(iter(texts.values()))
    assert "long night." in {text[int(a) : int(b)] for a in places for b in places if int(a) < int(b)}


def test_quotes_by_code_are_a_page(tmp_path: Path):
    page = coded().export(tmp_path / "a.quotes.html", codebook=aai.codebook(BOOK)).read_text()
    assert "feeling / trust (1)" in page
    assert "at once &lt;3" in page
    assert 'src="t1.mp3#t=7.86,9.00"' in page
    assert "<script" not in page


# A model ---------------------------------------------------------------------------------------------------


def rows(*found: tuple[str, str]) -> Say:
    return Say(json.dumps({"rows": [{"code": code, "quote": quote} for code, quote in found]}))


def test_a_model_is_one_coder_among_others(llm: ScriptedLlm):  # noqa: F811
    llm.scripts = [
        rows(("trust", "trusted the doctor"), ("fear", "afraid of the dark"), ("joy", "came to help"))
    ]
    calls = TranscriptSet([call("one")])
    found = calls.code(aai.codebook(BOOK), model="smart")
    assert found.codes[["text", "code", "coder", "evidence", "speaker"]].values.tolist() == [
        ["trusted the doctor", "trust", "smart", "trusted the doctor", "A"]
    ]
    assert "joy" not in calls.codes["code"].tolist()
    assert found.rejected[["code", "why"]].values.tolist() == [
        ["fear", "the quote is not in the words"],
        ["joy", "the code is not in the codebook"],
    ]
    assert found.cost is not None
    assert "Says whom they trust." in json.dumps(llm.bodies[0])
    again = calls.code(aai.codebook(BOOK), model="smart", resume=found.answers)
    assert (len(llm.bodies), len(again.codes)) == (len(llm.bodies), 0)


def test_a_lying_model_gives_no_code_without_a_quote(llm: ScriptedLlm):  # noqa: F811
    rng = random.Random(7)
    said = " ".join(text for *_, text in TURNS).split()
    vocabulary = [*said, "never", "said", "hospital", "I'm", "Dr.", "trust"]
    t = call()
    spoken = " ".join(re.sub(r"[^\w' ]", "", word).lower() for word in said)

    def lie(_: dict[str, object]) -> Say:
        answers = []
        for _ in range(50):
            words = [rng.choice(vocabulary) for _ in range(rng.randrange(0, 7))]
            quote = rng.choice([" ".join(words), "...", "", " ".join(reversed(said[:4])), "«»", "[1]"])
            answers.append((rng.choice(["trust", "fear", "feeling"]), quote))
        return rows(*answers)

    llm.scripts = [lie]
    checked = 0
    for _ in range(20):
        found = t.code(aai.codebook(BOOK), model="smart")
        checked += len(found.codes) + len(found.rejected)
    assert checked + len(t.codes) >= 900
    for quote in t.codes["evidence"]:
        parts = [re.sub(r"[^\w' ]", "", part).lower().strip() for part in quote.split("...")]
        assert all(part in spoken for part in parts), quote
        assert any(parts)


# Two people ------------------------------------------------------------------------------------------------


def test_two_people_are_merged_word_by_word():
    ann, ben = call(), call()
    ann.edit.set_word(1, "believed")
    ann.edit.set_word(4, "")
    ben.edit.set_word(2, "that young")
    ben.edit.set_word(1, "blamed")
    ben.edit.assign_turn(2, "B")
    ben.speakers["B"] = "Bea"
    ann.code(ann.utterances.iloc[:1].assign(code="trust"), coder="Ann")
    ben.code(ben.utterances.iloc[1:2].assign(code="fear"), coder="Ben")
    found = aai.merge(ann, ben)
    merged = found.transcript
    assert merged.utterances["text"].iloc[0] == "We believed that young doctor once."
    assert merged.utterances["speaker"].tolist() == ["A", "Bea", "Bea"]
    assert merged.codes[["code", "coder"]].values.tolist() == [["trust", "Ann"], ["fear", "Ben"]]
    assert found.conflicts[["what", "original", "mine", "theirs"]].values.tolist() == [
        ["text", "trusted", "believed", "blamed"]
    ]
    assert found.conflicts["start"].iloc[0] > 0
    with pytest.raises(UsageError, match="not two copies"):
        aai.merge(ann, transcript([("A", 0, 1, "Something else.")]))


def facts(t: Transcript) -> tuple[object, ...]:
    codes = t.codes[["start", "end", "code", "coder", "memo", "code_id"]].fillna("").values.tolist()
    return t.text, t.utterances["speaker"].tolist(), t.words["text"].tolist(), codes


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("set_word"), st.integers(0, 17), st.sampled_from(["", "x", "y z"])),
        st.tuples(st.just("assign_turn"), st.integers(0, 2), st.sampled_from("AB")),
        st.tuples(st.just("accept_word"), st.integers(0, 17)),
        st.tuples(st.just("code"), st.integers(0, 2), st.sampled_from(["trust", "fear"])),
        st.tuples(st.just("name"), st.sampled_from("AB"), st.sampled_from(["Ann", "Ben"])),
    ),
    max_size=5,
)


def worked(operations: list[tuple[Any, ...]], coder: str) -> Transcript:
    t = call()
    for name, *arguments in operations:
        try:
            if name == "code":
                t.code(t.utterances.iloc[[arguments[0]]].assign(code=arguments[1]), coder=coder)
            elif name == "name":
                t.edit.rename_speaker(*arguments)
            else:
                getattr(t.edit, name)(*arguments)
        except (OptionError, IndexError):  # that word, turn or speaker is gone
            pass
    return t


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(
    [], [("assign_turn", 2, "B"), ("assign_turn", 1, "A")]
)  # the only turn of B goes before another comes
@given(OPERATIONS, OPERATIONS)
def test_merging_again_changes_nothing(one, two):
    ann, ben = worked(one, "Ann"), worked(two, "Ben")
    first = aai.merge(ann, ben)
    assert facts(aai.merge(ann, ann).transcript) == facts(ann)
    again = aai.merge(first.transcript, ben)
    assert facts(again.transcript) == facts(first.transcript)
    assert len(again.conflicts) == len(first.conflicts)
    assert facts(aai.merge(first.transcript, ann).transcript) == facts(first.transcript)
