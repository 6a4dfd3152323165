"""A transcript and a set keep what they were given, under the names that the user gives."""

from __future__ import annotations

import contextlib
import copy
import functools
import json
import operator
import os
import stat
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from aai_jupyter.errors import OptionError, SourceError, TranscriptionFailedError, UsageError
from aai_jupyter.settings.configuration import settings as aai_settings
from aai_jupyter.tables import TABLES
from aai_jupyter.transcripts.saved_recording import portable_name
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.transcripts.transcript_set import TranscriptSet
from tests.examples import examples
from tests.transcripts import EMPTY, full


def t(**changes: Any) -> Transcript:
    return Transcript.from_json({**full(), **changes}, source="calls/one.mp3")


def test_facts() -> None:
    one = t()
    assert (one.id, one.status, one.error, one.duration) == (full()["id"], "completed", None, 6)
    assert (one.language, one.model, one.confidence) == ("en_us", "universal-2", 0.93)
    assert one.warnings == ["handled by universal-2"]
    assert one.raw["project_id"] == 12
    assert one.text == full()["text"]
    assert "one.mp3, completed, 6 s, 11 words, 2 speakers" in repr(one)


def test_a_job_that_is_not_done_is_a_transcript_too() -> None:
    for raw in (EMPTY, {"status": "error", "error": "too short"}):
        one = Transcript.from_json(raw)
        assert (one.text, one.duration, one.to_srt(), one.to_text()) == ("", None, "", "")
        assert all(one.frame(name).empty for name in TABLES)
        assert repr(one)


@pytest.mark.parametrize("name", TABLES)
def test_changing_a_frame_changes_nothing_else(name: str) -> None:
    one = t()
    before = one.frame(name)
    spoilt = one.frame(name)
    for column in spoilt:
        values = spoilt[column].to_numpy()
        if values.flags.writeable and len(values) and values.dtype.kind in "if":
            values[:] = 7
        with contextlib.suppress(ValueError):  # read-only in pandas 3
            spoilt[column].array[:-1] = spoilt[column].array[-1:]
    spoilt.iloc[:-1] = spoilt.iloc[-1:].to_numpy()
    spoilt["new"] = 1
    spoilt.attrs["transcript_id"] = "other"
    pd.testing.assert_frame_equal(one.frame(name), before)
    assert one.frame(name).attrs == before.attrs


def test_names_reach_frames_and_texts() -> None:
    one = t()
    one.speakers = {"A": "Ann"}
    assert dict(one.speakers) == {"A": "Ann", "B": "B"}
    for name in ("words", "utterances", "sentences", "sentiments", "turns"):
        assert one.frame(name)["speaker"].cat.categories.tolist() == ["Ann", "B"]
    assert one.to_text().startswith("[0:00] Ann: Good morning.")
    assert one.to_markdown().startswith("**Ann** (0:00)")
    assert "Ann: Good" in one.to_srt(speakers=True)
    assert "<v Ann>" in one.to_vtt(speakers=True)
    assert "Ann" not in one.to_srt()
    assert one.search("refund")["speaker"].tolist() == ["Ann"]
    one.speakers["B"] = "Bob"
    assert one.words["speaker"].cat.categories.tolist() == ["Ann", "Bob"]
    del one.speakers["A"]
    assert dict(one.speakers) == {"A": "A", "B": "Bob"}
    one.speakers = {}
    assert dict(one.speakers) == {"A": "A", "B": "B"}


def test_two_labels_with_one_name_are_one_speaker() -> None:
    one = t()
    one.speakers = {"A": "Ann", "B": "Ann"}
    assert one.words["speaker"].cat.categories.tolist() == ["Ann"]
    assert one.words["speaker"].eq("Ann").all()


@pytest.mark.parametrize("names", [{"C": "Cid"}, {"A": ""}, {"A": None}, {"A": "Ann", "Q": "x"}, ["A"]])
def test_names_that_cannot_be_are_refused_and_change_nothing(names: Any) -> None:
    one = t()
    with pytest.raises(OptionError):
        one.speakers = names
    assert dict(one.speakers) == {"A": "A", "B": "B"}
    with pytest.raises(OptionError, match=r"No speaker 'C'[^A]*A, B"):
        one.speakers["C"] = "Cid"


def test_the_units_setting_is_the_default() -> None:
    aai_settings.units = "ms"
    assert t().words["start"].dtype == "int64"
    assert t().frame("words", units="s")["start"].dtype == "float64"


def test_markdown_shows_what_was_said_as_text() -> None:
    one = Transcript.from_json(
        {"words": [{"text": "<b>*x*</b>", "start": 0, "end": 1, "speaker": "[A](javascript:1)"}]}
    )
    assert "<b>" not in one.to_markdown().replace("\\<", "")
    assert "](" not in one.to_markdown().replace("\\]", "")


def test_captions() -> None:
    assert one_srt() == (
        "1\n00:00:00,240 --> 00:00:01,900\nGood morning. I want a refund.\n\n"
        "2\n00:00:01,800 --> 00:00:03,000\nHello, Dr. Ray.\n\n"
        "3\n00:00:05,000 --> 00:00:05,600\nWhy not?\n"
    )
    assert t().to_vtt(12).count("-->") > t().to_vtt().count("-->")
    with pytest.raises(OptionError, match="at least 1"):
        t().to_srt(chars_per_caption=0)


def one_srt() -> str:
    return t().to_srt()


def test_the_text_before_redaction() -> None:
    assert t().unredacted is None
    open_text = [{"text": "Ann", "start": 0, "end": 1}]
    one = t(unredacted_text="Ann", unredacted_words=open_text, unredacted_utterances=None).unredacted
    assert one is not None
    assert (one.text, one.words["text"].tolist(), one.source) == ("Ann", ["Ann"], "calls/one.mp3")


def test_a_notebook_shows_escaped_html_and_useful_text() -> None:
    one = t()
    one.speakers = {"A": "<script>Ann"}
    several = TranscriptSet([one, Transcript.from_json(EMPTY)], failed=[("x.mp3", SourceError("No audio."))])
    for shown in (one, several, Transcript.from_json(EMPTY), TranscriptSet()):
        bundle, _ = shown._repr_mimebundle_()
        assert set(bundle) == {"text/plain", "text/html"}
        assert bundle["text/html"] == shown._repr_html_()
        assert "<script" not in bundle["text/html"]
    assert "I want a refund." in one._repr_mimebundle_()[0]["text/plain"]
    assert "x.mp3" in several._repr_mimebundle_()[0]["text/plain"]


# Files ---------------------------------------------------------------------------------------------------


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    raw = json.dumps(full(), indent=3).encode() + b"\n"
    one = Transcript.from_json(raw, source="räksmörgås.mp3")
    one.speakers = {"B": "Bob"}
    one.attach("sentences", b'{"sentences": [ {"text": "S"} ]}')
    one.attach("understanding", {"translated_texts": {"es": "Hola."}})
    path = one.save(tmp_path / "one.aai")
    back = Transcript.load(str(path))
    assert back.raw_bytes == raw
    assert (back.source, dict(back.speakers)) == ("räksmörgås.mp3", {"A": "A", "B": "Bob"})
    for name in TABLES:
        pd.testing.assert_frame_equal(back.frame(name), one.frame(name))
    again = back.save(tmp_path / "two.aai")
    assert again.read_bytes() == path.read_bytes()


@examples(12, HealthCheck.function_scoped_fixture)
@given(
    st.dictionaries(st.text(max_size=5), st.none() | st.text() | st.integers(-9, 9) | st.floats(0, 1)),
    st.none() | st.text(min_size=1),
    st.text(min_size=1).filter(str.strip),
)
def test_any_transcript_survives_a_round_trip(
    tmp_path: Path, more: dict, source: str | None, name: str
) -> None:
    raw = json.dumps(full() | {f"x_{key}": value for key, value in more.items()}).encode()
    one = Transcript.from_json(raw, source=source)
    one.speakers = {"A": name}
    back = Transcript.load(one.save(tmp_path / "x"))
    assert (back.raw_bytes, back.source, back.speakers["A"]) == (raw, portable_name(source), name)


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
def test_only_the_owner_can_read_a_saved_file(tmp_path: Path) -> None:
    path = tmp_path / "one.aai"
    path.write_text("old")
    path.chmod(0o644)
    t().save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_failed_save_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = t().save(tmp_path / "one.aai")
    old = path.read_bytes()

    def full_disk(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(UsageError, match="No space left"):
        t(text="new").save(path)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["one.aai"]


def test_the_json_of_the_service_loads_too(tmp_path: Path) -> None:
    path = tmp_path / "saved.json"
    path.write_text(json.dumps(full()))
    assert Transcript.load(path).raw == full()


def test_what_cannot_be_loaded_says_why(tmp_path: Path) -> None:
    cases = {"text.json": b"hello", "cut.aai": t().save(tmp_path / "x").read_bytes()[:-9]}
    for name, data in cases.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=r"transcript"):
            Transcript.load(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a", "b")
    with zipfile.ZipFile(tmp_path / "newer.aai", "w") as archive:
        archive.writestr("manifest.json", '{"format": "aai-jupyter transcript", "version": 99}')
    for name, words in {
        "other.zip": "no saved transcript",
        "newer.aai": "newer",
        "gone": "No such file",
    }.items():
        with pytest.raises(UsageError, match=words):
            Transcript.load(tmp_path / name)
    with pytest.raises(UsageError, match="Cannot save"):
        t().save(tmp_path / "no" / "folder" / "x")


# Sets ----------------------------------------------------------------------------------------------------


def _set() -> TranscriptSet:
    second = copy.deepcopy(full()) | {"id": "second"}
    failed = TranscriptionFailedError("Failed.", detail="too short", transcript_id="third")
    return TranscriptSet(
        [t(), Transcript.from_json(second, source="calls/two.mp3")],
        failed=[("calls/three.mp3", failed), ("four.txt", SourceError("No audio."))],
    )


def test_a_set_is_a_sequence_and_a_mapping() -> None:
    calls = _set()
    assert len(calls) == len(list(calls)) == 2
    assert calls[1] is calls["calls/two.mp3"] is calls["two.mp3"] is calls["second"] is calls[-1]
    assert isinstance(calls[:1], TranscriptSet)
    assert (calls[:1].sources, calls.ids[1]) == (["calls/one.mp3"], "second")
    assert "two.mp3" in calls
    assert calls[0] in calls
    assert "five" not in calls
    with pytest.raises(IndexError):
        calls[2]
    with pytest.raises(UsageError, match="it failed"):
        calls["calls/three.mp3"]
    with pytest.raises(UsageError, match="No transcript 'five'"):
        calls["five"]
    with pytest.raises(UsageError, match="Several"):
        TranscriptSet([t(), t()])["one.mp3"]


def test_failures_are_a_frame() -> None:
    assert _set().failed.astype(object).where(_set().failed.notna(), None).values.tolist() == [
        ["three.mp3", "TranscriptionFailedError", "too short", None, "calls/three.mp3", "third"],
        ["four.txt", "SourceError", "No audio.", None, "four.txt", None],
    ]
    assert list(TranscriptSet().failed) == ["file", "error", "message", "remedy", "source", "transcript_id"]


def test_captions_are_text_and_a_path_for_them_is_said_to_be_none() -> None:
    with pytest.raises(UsageError, match="write no file"):
        Transcript.from_json({"id": "a"}).to_vtt("talk.vtt")


def test_a_set_has_no_speakers_to_name() -> None:
    calls = TranscriptSet([Transcript.from_json({"id": "a"})])
    with pytest.raises(UsageError, match="in each recording"):
        calls.speakers = {"A": "Ann"}
    assert not hasattr(calls, "speakers")


def test_names_reach_the_frames_of_a_set() -> None:
    calls = _set()
    calls[1].speakers = {"A": "Ann"}
    assert calls.words["speaker"].cat.categories.tolist() == ["A", "B", "Ann"]
    assert calls.words.groupby("source", observed=True).size().tolist() == [11, 11]
    assert calls.search("refund")["source"].tolist() == calls.sources


# Damage --------------------------------------------------------------------------------------------------

ODD = st.sampled_from(
    [
        None,
        "odd",
        "",
        3.5,
        -1,
        10**400,
        2**60,
        True,
        [],
        {},
        [None],
        [1, 2],
        {"x": [1]},
        "\ud83d",
        "00:01",
        1e308,
    ]
)


def _paths(value: Any, path: tuple = ()) -> list[tuple]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [one for key, inner in items for one in ((*path, key), *_paths(inner, (*path, key)))]


@examples(12)
@given(st.lists(st.tuples(st.sampled_from(_paths(full())), st.none() | ODD), min_size=1, max_size=4))
def test_damage_anywhere_leaves_every_frame_readable(damage: list[tuple[tuple, Any]]) -> None:
    raw: Any = full()
    for path, value in damage:
        # The place may be gone by an earlier damage.
        with contextlib.suppress(KeyError, IndexError, TypeError):
            functools.reduce(operator.getitem, path[:-1], raw)[path[-1]] = value
    one = Transcript.from_json(raw, source="a")
    for name in TABLES:
        for units in ("s", "ms", "timedelta"):
            one.frame(name, units=units, extra=True)
    TranscriptSet([one, t()]).frame("utterances", extra=True)
    for shown in (one.to_text, one.to_markdown, one.to_srt, one.to_vtt, one._repr_html_):
        assert isinstance(shown(), str)
    assert isinstance(one.problems, list)
    assert one.search("refund") is not None
    if not any(path[0] in ("words", "text") for path, _ in damage):
        assert one.words["text"].tolist() == full()["text"].split()
        assert one.text == full()["text"]
