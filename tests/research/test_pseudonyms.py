"""Pseudonyms: what is found, the view without names, the key that brings them back, the search for leaks."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aai_jupyter as aai
from aai_jupyter.api import pseudonyms as asking
from aai_jupyter.client.entity_api import FoundEntities, FoundEntity
from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.interchange.writers.export_formats import FORMATS
from aai_jupyter.live.dictation import Dictation
from aai_jupyter.local.entity_route import found_in
from aai_jupyter.runtime.process import Runtime
from aai_jupyter.transcripts.pseudonyms.name_matching import Name, Names, form_of
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.transcripts.transcript_set import TranscriptSet
from tests.asking.recordings import transcript
from tests.research.planted import PLANTED, interviews

TURNS = [
    ("A", 0.0, 4.0, "Then I met Anna Miller in Berlin, at Northgate Bank."),
    ("B", 5.0, 9.0, "Anna's sister will call Ms. Miller."),
    ("A", 10.0, 13.0, "Will she? Berlin's weather is bad."),
]


def call(**more: Any) -> Transcript:
    given: dict[str, Any] = {"id": "t1", "source": "x/anna_miller.mp3", "language_code": "en"}
    return transcript(TURNS, **(given | more))


@pytest.fixture(autouse=True)
def engine_in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the engine's route does, without a process for it."""

    def ask(spoken: Any) -> FoundEntities:
        texts = [text.split() for one in spoken for text in one.turns]
        found = found_in(texts, lambda share: None)
        return FoundEntities([FoundEntity(*one) for one in found["entities"]], found["names"])

    monkeypatch.setattr(asking, "_ask_engine", ask)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "secret" / "study.key"


NAMES = pd.DataFrame(
    {
        "found": ["Anna Miller", "Berlin", "Northgate Bank"],
        "kind": ["person", "place", "organisation"],
        "proposal": ["P01", "Place01", "Org01"],
    }
)


def viewed(key: Path, t: Transcript | None = None, names: pd.DataFrame = NAMES) -> Transcript:
    key.parent.mkdir(exist_ok=True)
    return (t or call()).pseudonymised(names, key=key)


def everything(what: bytes) -> bytes:
    """Bytes, and those of what is packed in them."""
    found = [what]
    if what[:2] == b"PK":
        import io

        with zipfile.ZipFile(io.BytesIO(what)) as archive:
            found += [everything(archive.read(name)) for name in archive.namelist()]
    return b"\n".join(found)


def is_in(name: str, data: bytes, folded: bytes = b"") -> bool:
    folded = folded or data.lower()
    return any(
        one.lower() in folded
        for one in (name.encode(), json.dumps(name)[1:-1].encode(), name.encode("utf-16-le"))
    )


# The whole study ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def study() -> tuple[TranscriptSet, dict[str, set[str]]]:
    made, spelled = interviews()
    return TranscriptSet(made), spelled


def names_of_frame(frame: pd.DataFrame) -> Names:
    return Names(
        [Name(row.found, row.proposal, row.kind, tuple(row.forms.split("; "))) for row in frame.itertuples()]
    )


def pseudonym(names: Names, text: str) -> str:
    """The one pseudonym of a whole text, or nothing."""
    new = names.text(text)
    return new if new in {one.pseudonym for one in names.names} else ""


def test_most_names_are_found_before_anybody_looks(study: Any) -> None:
    calls, spelled = study
    names = names_of_frame(calls.pseudonyms())
    found = [name for name in PLANTED if pseudonym(names, name)]
    assert len(found) / len(PLANTED) >= 0.85
    same = [
        pseudonym(names, one) == pseudonym(names, name) != "" for name in PLANTED for one in spelled[name]
    ]
    assert sum(same) / len(same) >= 0.85
    assert len({pseudonym(names, name) for name in found}) == len(found)  # two names are never one


@pytest.mark.parametrize("some", [2, pytest.param(20, marks=pytest.mark.nightly)])
def test_no_name_is_left_in_any_export(study: Any, tmp_path: Path, key: Path, some: int) -> None:
    whole, spelled = study
    calls = whole[:some]
    key.parent.mkdir()
    frame = with_missing(calls.pseudonyms(), spelled)
    view = calls.pseudonymised(frame, key=key)
    out = tmp_path / "out"
    out.mkdir()
    for name, form in FORMATS.items():
        if form.several:
            view.export(out / f"{name}{form.suffixes[0] if form.suffixes else ''}", name)
        elif form.suffixes:
            view.export(out / name, name)
        else:
            view[0].export(out / name, name)
    view.save(out / "saved")
    (out / "view.pickle").write_bytes(pickle.dumps(view))
    view.trail(out / "methods.md")
    view.words.to_csv(out / "words.csv")
    data = (
        view._repr_mimebundle_()[0]["text/html"]
        + view[0]._repr_html_()
        + view[0].player()._static_form()["text/html"]
    )
    (out / "page.html").write_text(data, encoding="utf-8")
    names = {one for name in PLANTED for one in (name, *spelled[name])}
    leaked = []
    for file in out.rglob("*"):
        if file.is_file():
            folded = (everything(file.read_bytes()) + file.name.encode()).lower()
            leaked += [(file.name, name) for name in names if is_in(name, b"", folded)]
    assert leaked == []
    assert view.leaks(out, key=key).empty
    back = view.restored(key)
    for one, other in zip(back, calls, strict=True):
        assert one.words["text"].tolist() == other.words["text"].tolist()
        assert one.words["start"].tolist() == other.words["start"].tolist()
        assert one.utterances["text"].tolist() == other.utterances["text"].tolist()
        assert one.speakers == other.speakers
        assert (one.source, one.id) == (other.source, other.id)


def with_missing(frame: pd.DataFrame, spelled: dict[str, set[str]]) -> pd.DataFrame:
    """What a person does: names and spellings that were not found are added."""
    names = names_of_frame(frame)
    rows = []
    for number, name in enumerate(PLANTED):
        home = pseudonym(names, name) or f"Added{number:02d}"
        rows += [
            {"found": one, "forms": one, "kind": "name", "proposal": home}
            for one in sorted(spelled[name])
            if not pseudonym(names, one)
        ]
    return pd.concat([frame, pd.DataFrame(rows, columns=["found", "forms", "kind", "proposal"])])


# One transcript -------------------------------------------------------------------------------------------


def test_a_view_says_the_same_with_pseudonyms(key: Path) -> None:
    view = viewed(key)
    assert view.to_text().splitlines() == [
        "[0:00] A: Then I met P01 in Place01, at Org01.",
        "[0:05] B: P01's sister will call Ms. P01.",
        "[0:10] A: Will she? Place01's weather is bad.",
    ]
    assert view.source == "recording-01.mp3"
    assert view.id is not None
    assert view.id.startswith("recording-01-")  # and what tells the study
    assert view.words["text"].tolist()[:5] == ["Then", "I", "met", "P01", "in"]
    row = view.words.iloc[3]
    before = call().words
    assert (row["start"], row["end"]) == (before["start"].iloc[3], before["end"].iloc[4])
    assert not is_in("Anna", pickle.dumps(view) + view.raw_bytes)


def test_edits_names_and_codes_go_along_without_their_history(key: Path) -> None:
    t = call()
    t.speakers = {"A": "Anna Miller", "B": "Interviewer"}
    t.edit.set_word(2, "saw")
    t.edit.merge_turns(1)
    t.codebook = aai.codebook({"trust": {"definition": "Anna Miller trusts."}, "doubt": {}})
    t.code(
        pd.DataFrame({"start": [0.0], "end": [4.0], "code": ["trust"], "memo": ["Anna trusts Berlin"]}),
        coder="me",
    )
    view = viewed(key, t)
    assert view.speakers == {"A": "P01", "B": "Interviewer"}
    assert view.text.startswith("Then I saw P01 in")
    assert len(view.utterances) == 2
    assert view.codes[["code", "memo", "text"]].values.tolist() == [
        ["trust", "P01 trusts Place01", "Then I saw P01 in Place01, at Org01."]
    ]
    assert not is_in("Anna", pickle.dumps(view) + view.edits.to_csv().encode())
    assert view.codebook is not None
    assert view.codebook.frame["definition"].tolist()[:1] == ["P01 trusts."]
    back = view.restored(key)
    assert back.codebook is not None
    assert back.codebook.frame[["name", "definition"]].values.tolist()[0] == ["trust", "Anna Miller trusts."]
    assert back.text == t.text
    assert back.speakers == t.speakers
    assert back.utterances["text"].tolist() == t.utterances["text"].tolist()


def test_answers_about_the_transcript_go_along(key: Path) -> None:
    t = call(
        summary="Anna met the bank.",
        entities=[{"entity_type": "person_name", "text": "Anna Miller", "start": 0, "end": 900}],
        chapters=[
            {"gist": "Berlin", "headline": "Northgate bank", "summary": "anna miller", "start": 0, "end": 9}
        ],
        unredacted_text="Anna Miller",
        prompt="Anna Miller speaks",
        audio_url="https://example.org/anna_miller.mp3",
    )
    t.attach("understanding", {"summary": {"Anna": "Anna's day"}})
    view = viewed(key, t)
    assert view.raw["summary"] == "P01 met the bank."
    assert view.entities["text"].tolist() == ["P01"]
    assert view.chapters[["gist", "headline", "summary"]].values.tolist() == [["Place01", "Org01", "P01"]]
    assert view.unredacted is None
    assert not is_in("Anna", pickle.dumps(view))


def test_a_study_keeps_its_pseudonyms(key: Path) -> None:
    viewed(key)
    later = transcript(
        [("A", 0.0, 3.0, "Again Anna Miller and then Mr. Thornbury came.")],
        id="t2",
        source="b.mp3",
        language_code="en",
    )
    with pytest.warns(UserWarning, match="without your pass"):
        view = later.pseudonymised(key=key)
    assert view.text == "Again P01 and then Mr. P02 came."
    assert view.source == "recording-02.mp3"
    assert viewed(key).source == "recording-01.mp3"
    frame = later.pseudonyms(key=key)
    assert frame.set_index("found").loc["Anna Miller", "proposal"] == "P01"


def test_the_frame_decides(key: Path) -> None:
    t = call()
    frame = t.pseudonyms().set_index("found")
    assert frame.loc["Anna Miller", ["kind", "count", "proposal"]].tolist() == ["person", 3, "P01"]
    edited = frame.reset_index()
    edited = edited[edited["kind"] == "person"].assign(proposal="Maria Meier")
    view = viewed(key, t, edited)
    assert view.text.startswith("Then I met Maria Meier in Berlin, at Northgate Bank.")
    assert view.words["text"].tolist()[3:5] == ["Maria", "Meier"]
    assert view.restored(key).words["text"].tolist() == t.words["text"].tolist()


@pytest.mark.parametrize(
    ("frame", "error", "said"),
    [
        (pd.DataFrame({"found": ["Anna"]}), UsageError, "proposal"),
        (pd.DataFrame({"found": ["!"], "proposal": ["P01"]}), OptionError, "no letters"),
        (
            pd.DataFrame({"found": ["Anna", "Berlin"], "proposal": ["Berlin", "P01"]}),
            OptionError,
            "a name that",
        ),
    ],
)
def test_frames_that_cannot_be_used(
    key: Path, frame: pd.DataFrame, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        viewed(key, names=frame)
    assert not key.exists()


def test_a_key_is_its_owners_alone(key: Path) -> None:
    viewed(key)
    if os.name == "posix":
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        key.chmod(0o644)
        viewed(key)
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.write_text("{}")
    with pytest.raises(UsageError, match="no key"):
        viewed(key)
    with pytest.raises(UsageError, match="no key"):
        call().restored(key.with_name("other.key"))


def test_a_set_keeps_columns_of_its_manifest_without_names(key: Path) -> None:
    from aai_jupyter.transcripts.set_call import SetCall
    from aai_jupyter.transcripts.set_columns import SetColumns

    kept = pd.DataFrame({"who": ["Anna Miller"], "age": [40], "site": pd.Categorical(["Berlin"])})
    calls = TranscriptSet([call()], call=SetCall([0], [], SetColumns(kept)))
    key.parent.mkdir()
    view = calls.pseudonymised(NAMES, key=key)
    assert view.recordings[["who", "age", "site"]].values.tolist() == [["P01", 40, "Place01"]]
    assert not is_in("Anna", pickle.dumps(view))
    assert view.restored(key).recordings["who"].tolist() == ["Anna Miller"]


def test_a_tone_is_heard_where_a_name_was_said(key: Path, tmp_path: Path) -> None:
    rate = 8000
    quiet = np.zeros(13 * rate, dtype=np.int16)
    t = call()
    t.audio = (quiet, rate)
    view = viewed(key, t)
    assert view.audio is not None
    assert view.audio.label == "recording-01.flac"
    saved = view.save(tmp_path / "view.aai", audio=True)
    with zipfile.ZipFile(saved) as archive:
        (name,) = [one for one in archive.namelist() if one.endswith(".flac")]
        sound = archive.read(name)
    import io

    import av

    with av.open(io.BytesIO(sound)) as container:
        assert not container.metadata.get("title")
        samples = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    assert len(samples) == len(quiet)
    loud = np.abs(samples.astype(float)) > 100
    words = view.words
    for text, start, end in words[["text", "start", "end"]].itertuples(index=False):
        inside = loud[int((start + 0.1) * rate) : int((end - 0.1) * rate)]
        if len(inside):
            assert inside.any() == text.startswith(("P01", "Place01", "Org01"))


# Leaks ----------------------------------------------------------------------------------------------------


def test_leaks_are_found_wherever_they_hide(
    key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = viewed(key)
    work = tmp_path / "work"
    (work / ".ipynb_checkpoints").mkdir(parents=True)
    monkeypatch.chdir(work)
    cell = {"outputs": [{"text": ["met M\u00fcller and Anna Miller\n"]}]}
    (work / "study.ipynb").write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    (work / ".ipynb_checkpoints" / "study-checkpoint.ipynb").write_text("anna_miller", encoding="utf-8")
    (work / "out").mkdir()
    call().export(work / "out" / "x.docx")
    (work / "out" / "clean.txt").write_text(view.text, encoding="utf-8")
    found = view.leaks("out", key=key)
    assert {Path(file).name for file in found["file"]} == {"study.ipynb", "study-checkpoint.ipynb", "x.docx"}
    assert {*found["found"]} >= {"Anna Miller", "anna_miller"}
    with pytest.raises(UsageError, match="no"):
        view.leaks("nowhere", key=key)


def test_leaks_in_names_of_folders_and_in_other_encodings(tmp_path: Path) -> None:
    names = pd.DataFrame({"found": ["Jörg Müller"], "proposal": ["P01"]})
    out = tmp_path / "handover"
    (out / "Joerg").mkdir(parents=True)
    (out / "jörg_müller").mkdir()
    (out / "jörg_müller" / "clean.txt").write_text("nothing", encoding="utf-8")
    (out / "windows.csv").write_bytes("who;Jörg Müller\n".encode("cp1252"))
    (out / "link.txt").write_text("https://example.org/J%C3%B6rg%20M%C3%BCller.mp3", encoding="utf-8")
    view = viewed(out / "study.key", call(), names)
    found = view.leaks(out, key=out / "study.key", notebooks=False)
    assert {(Path(one.file).name, one.part) for one in found.itertuples()} == {
        ("clean.txt", "name"),
        ("windows.csv", ""),
        ("link.txt", ""),
        ("study.key", "key"),
    }
    assert found["count"].tolist() == [1] * 4


# Rules ----------------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.sampled_from(["Anna", "anna", "Miller", "met", "Berlin's", "(Berlin)", "Annas", "x"]), max_size=12
    )
)
def test_what_is_replaced_comes_back(words: list[str]) -> None:
    names = Names(
        [Name("Anna Miller", "P01", "person", ("Anna", "Miller")), Name("Berlin", "Place01", "place")]
    )
    text = " ".join(words)
    new = names.text(text)
    assert not {"anna", "miller", "berlin"} & {*form_of(new)}
    assert names.text(new) == new
    rest = [word for word in words if word in ("met", "x", "Annas")]
    assert [word for word in new.split() if word in ("met", "x", "Annas")] == rest


@given(st.text(max_size=60))
def test_text_without_names_stays(text: str) -> None:
    assert Names([Name("Qwertz Uiop", "P01")]).text(text) == text


def test_scripts_without_spaces() -> None:
    names = Names([Name("王小明", "P01", "person")])
    assert names.text("我见到王小明了。") == "我见到P01了。"


def test_restoring_needs_the_recording(key: Path) -> None:
    viewed(key)
    with pytest.raises(UsageError, match="does not know"):
        call(id="else").restored(key)


def test_views_of_two_studies_are_never_one(tmp_path: Path) -> None:
    keys = [tmp_path / "a.key", tmp_path / "b.key"]
    one, two = (viewed(key) for key in keys)
    assert one.source == two.source
    assert one.id != two.id
    assert viewed(keys[0]).id == one.id
    corpus = aai.corpus(tmp_path / "both")
    assert corpus.add([one, two]) == 2
    assert len(corpus) == 2
    with pytest.raises(UsageError, match="does not know"):
        one.restored(keys[1])


def test_a_key_from_before_studies_had_ids_restores_its_views(key: Path) -> None:
    viewed(key)
    saved = json.loads(key.read_text())
    del saved["study"]
    key.write_text(json.dumps(saved))
    view = viewed(key)
    assert view.id == "recording-01"
    assert view.restored(key).text == call().text


# Settings -------------------------------------------------------------------------------------------------


def test_privacy_makes_every_result_a_view(key: Path, tmp_path: Path) -> None:
    viewed(key)
    saved = call().save(tmp_path / "t.aai")
    assert aai.load(saved).text.startswith("Then I met Anna")
    aai.settings.privacy = str(key)  # every test begins without
    assert aai.load(saved).text.startswith("Then I met P01")


def test_privacy_refuses_speech_that_is_seen_at_once(
    key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names are known when all was said: nothing is sent, shown or kept before."""
    early, dictation = aai.LiveStream(), Dictation()
    aai.settings.privacy = str(key)
    sound = (np.zeros(16_000, np.int16), 16_000)
    monkeypatch.setattr(Runtime, "endpoint", lambda self: pytest.fail("an engine was asked for"))
    refused: list[Callable[[], object]] = [
        aai.LiveStream,
        early.start,
        lambda: aai.stream(sound),
        lambda: asyncio.run(aai.stream_async(sound)),
        lambda: aai.dictate(sound),
        lambda: asyncio.run(aai.dictate_async(sound)),
        dictation.start,
    ]
    for call_it in refused:
        with pytest.raises(UsageError, match=r"^(Live speech|Dictation) would show names") as told:
            call_it()
        assert told.value.hint is not None
    assert dictation.state == "idle"
    dictation.add(bytes(32_000))  # the page had recorded before the setting came
    with pytest.raises(UsageError, match="would show names"):
        dictation.wait(30)
    assert not dictation.clips
    assert capsys.readouterr().out == ""
    assert not key.exists()
