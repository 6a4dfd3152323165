"""Saved transcripts: names of files, recordings, sets."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pandas as pd
import pytest

import aai_jupyter as aai
from aai_jupyter.errors import UsageError
from aai_jupyter.interchange.writers.export_formats import FORMATS
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.transcripts.transcript_set import TranscriptSet


@pytest.fixture
def call(tmp_path: Path) -> Transcript:
    home = tmp_path / "calls"
    home.mkdir(parents=True)
    sound = home / "разговор 1.mp3"
    sound.write_bytes(b"ID3\x04" + bytes(range(256)) * 20)
    raw = {"id": "a", "status": "completed", "words": [{"text": "Hi.", "start": 0, "end": 500}]}
    t = Transcript.from_json(raw, source=str(sound))
    t.audio = str(sound)
    return t


def test_what_export_writes_is_no_name_of_an_archive(tmp_path, call):
    suffixes = {suffix for one in FORMATS.values() for suffix in one.suffixes}
    for suffix in (one for one in suffixes if not one.endswith(".json")):  # archives have had that name
        with pytest.raises(UsageError):
            call.save(tmp_path / f"t{suffix}")


@pytest.mark.parametrize(
    ("name", "call_named"),
    [("t.srt", 'export("t.srt")'), ("t.VTT", 'export("t.vtt")'), ("t.html", "save_html_report"),
     ("t.docx", 'export("t.docx")'), ("t.xlsx", 'export("t.xlsx")'), ("t.pdf", 'export("t.docx")'),
     ("t.TextGrid", "export"), ("t.qdpx", "export")],
)  # fmt: skip
def test_another_kind_of_file_is_refused_with_the_call_for_it(tmp_path, call, name, call_named):
    with pytest.raises(UsageError) as refused:
        call.save(tmp_path / name)
    assert call_named in str(refused.value.hint)
    assert not (tmp_path / name).exists()


def test_a_saved_file_names_no_folder_and_finds_the_recording_beside_it(tmp_path, call):
    saved = call.save(tmp_path / "t.aai")
    with zipfile.ZipFile(saved) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert str(tmp_path) not in content
    assert aai.load(saved).audio.path == call.audio.path  # below the file
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    assert aai.load(call.save(outside / "t.aai")).audio is None
    moved = tmp_path / "renamed.mp3"
    Path(call.audio.path).rename(moved)
    (tmp_path / "other.mp3").write_bytes(bytes(moved.stat().st_size))  # as long, but another
    found = aai.load(saved)
    assert found.source == "разговор 1.mp3"
    assert found.audio.path == str(moved)


def test_the_recording_may_be_in_the_file(tmp_path, call):
    sound = Path(call.audio.path).read_bytes()
    saved = call.save(tmp_path / "t.aai", audio=True)
    Path(call.audio.path).unlink()
    with aai.load(saved).audio.open() as stream:
        assert stream.read() == sound


def test_a_set_is_saved_to_a_folder(tmp_path, call):
    folder = TranscriptSet([call, call]).save(tmp_path / "set")
    found = TranscriptSet.load(folder)
    assert [t.raw_bytes for t in found] == [call.raw_bytes] * 2
    assert found.recordings[["file", "words"]].values.tolist() == [["разговор 1.mp3", 1]] * 2
    with pytest.raises(UsageError) as refused:
        aai.load(folder)
    assert "TranscriptSet.load" in str(refused.value.hint)
    with pytest.raises(UsageError):
        TranscriptSet.load(tmp_path / "nothing")


def test_whole_seconds_are_not_milliseconds(call):
    frame = call.words.round().astype({"start": "int64", "end": "int64"})
    assert frame.aai.units == "s"
    assert call.frame("words", units="ms").attrs["units"] == "ms"


def test_talk_time_keeps_further_columns():
    frame = pd.DataFrame(
        {"team": ["x", "x", "y"], "day": [1, 1, 2], "speaker": ["A", "B", "A"],
         "start": [0.0, 3.0, 0.0], "end": [3.0, 4.0, 2.0], "text": ["a", "b", "c"]}
    )  # fmt: skip
    found = frame.aai.talk_time(by=["team", "day"])
    assert found[["team", "day", "speaker", "time", "share"]].values.tolist() == [
        ["x", 1, "A", 3.0, 0.75],
        ["x", 1, "B", 1.0, 0.25],
        ["y", 2, "A", 2.0, 1.0],
    ]
    with pytest.raises(UsageError, match="no column shop"):
        frame.aai.talk_time(by="shop")
