"""One recording that cannot be read is a row in ``failed``; it ends neither the batch nor a display of it."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pytest

import aai_jupyter as aai
from aai_jupyter.notebook.views.dry_run import plan
from aai_jupyter.runtime.process import runtime
from tests.jobs.conftest import speech

SAID = "RIFF....WAVE My name is Ann."


class OnADrive(io.BytesIO):
    """A file of a drive that goes away after some reads."""

    name = "drive/b.wav"

    def __init__(self, data: bytes, reads: int, error: Exception) -> None:
        super().__init__(data)
        self.left, self.error = reads, error

    def read(self, *size: int | None) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise self.error
        return super().read(*size)


@pytest.fixture
def calls(logged_in, in_folder):
    (in_folder / "calls").mkdir()
    (in_folder / "calls/good.wav").write_bytes(speech("My name is Ann."))
    return logged_in


def only_good(found):
    assert [t.text for t in found] == [SAID]
    return dict(zip(found.failed["source"], found.failed["error"], strict=True))


def test_bad_files_of_a_folder_pattern_and_list_are_rows(calls):
    Path("calls/failed.wav").write_bytes(b"")
    Path("calls/notes.mp3").write_text("call me back")
    bad = {"calls/failed.wav": "SourceError", "calls/notes.mp3": "SourceError"}
    for source in ("calls", "calls/*", ["calls/good.wav", "calls/failed.wav", "calls/notes.mp3"]):
        found = aai.transcribe(source, language_code="en")
        assert only_good(found) == bad
        assert "2 failed" in repr(found)
    several = aai.transcribe(["calls/good.wav", "gone.wav", None], language_code="en")
    assert list(only_good(several)) == ["gone.wav", "source 3"]
    with pytest.raises(aai.SourceError, match="2 sources"):
        aai.transcribe("calls/failed.wav", "gone.wav", language_code="en")


@pytest.mark.parametrize("reads", [2, 3, 4, 6])
@pytest.mark.parametrize("error", [OSError(107, "Transport endpoint is not connected"), RuntimeError("gone")])
def test_a_read_that_fails_at_any_time_is_a_row(calls, reads, error):
    drive = OnADrive(speech("Nobody hears this. " * 5), reads, error)
    found = aai.transcribe(["calls/good.wav", drive], language_code="en")
    assert only_good(found) == {"drive/b.wav": "SourceError"}
    assert str(error.args[-1]) in found.failed["message"][0]


def test_what_vanishes_while_others_are_read_is_a_row(calls):
    Path("calls/late.wav").write_bytes(speech("Late."))
    if hasattr(os, "mkfifo"):
        Path("calls/later.wav").write_bytes(speech("Later."))

    def spoil(event):
        if event.stage == "checking" and Path("calls/late.wav").is_file():
            Path("calls/late.wav").unlink()
            Path("calls/late.wav").mkdir()
            if hasattr(os, "mkfifo"):
                Path("calls/later.wav").unlink()
                os.mkfifo("calls/later.wav")

    found = aai.transcribe(["calls"], language_code="en", progress=spoil)
    assert set(only_good(found).values()) == {"SourceError"}


def test_jobs_that_are_not_waited_for_hold_their_own_error(calls):
    good, bad = aai.transcribe(["calls/good.wav", "gone.wav"], wait=False, language_code="en")
    assert good.result().text == SAID
    with pytest.raises(aai.SourceError, match="gone"):
        bad.result()


def test_a_dry_run_says_what_cannot_be_used(calls):
    Path("calls/failed.wav").write_bytes(b"")
    shown = plan(["calls"], {})
    assert "1 recording, " in repr(shown)
    assert "calls/failed.wav is empty" in repr(shown)
    assert "cannot be used" in shown._repr_mimebundle_()["text/html"]


def test_a_damaged_row_of_the_store_costs_its_layer_only(calls):
    talk = aai.transcribe("calls/good.wav", language_code="en", speaker_labels=True)
    talk.speakers["A"] = "Ann"
    layers = "UPDATE layers SET value = CAST(X'7b225d' AS BLOB)"
    runtime().store.database.write(lambda db: db.execute(layers))
    before = calls.made
    (again,) = aai.transcribe(["calls/good.wav"], language_code="en", speaker_labels=True)
    assert again.text == SAID
    assert any("edits" in line for line in again.problems)
    again.speakers["A"] = "Anna"
    (third,) = aai.transcribe(["calls/good.wav"], language_code="en", speaker_labels=True)
    assert dict(third.speakers) == {"A": "Anna"}
    assert calls.made == before


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_not_utf_8_go_everywhere(calls, tmp_path):
    odd = os.fsdecode(b"calls/b\xff.wav")
    Path(odd).write_bytes(speech("Odd name."))
    Path(os.fsdecode(b"calls/c\xfe.wav")).write_bytes(b"")
    found = aai.transcribe(["calls"], language_code="en")
    assert len(found) == 2
    assert list(found.failed["source"]) == ["calls/c\ufffd.wav"]
    talk = found[odd]
    assert talk.source == "calls/b\ufffd.wav"
    assert aai.transcribe(odd, language_code="en").id == talk.id
    for thing in (found, talk):
        json.dumps(thing._repr_mimebundle_(), ensure_ascii=False, default=str).encode()
        repr(thing).encode()
        thing.words.to_csv(tmp_path / "words.csv", encoding="utf-8")
    found.failed.to_csv(tmp_path / "failed.csv", encoding="utf-8")
    talk.save(tmp_path / "talk.aai")
    loaded = aai.load(tmp_path / "talk.aai")
    assert loaded.source == "b\ufffd.wav"  # a saved file names no folder
    assert loaded.audio.file == Path(odd).absolute()
    assert talk.audio.file == Path(odd).absolute()
    assert runtime().store.transcript(talk.id).source == talk.source
    own = aai.Transcript.from_json(talk.raw, source="x\udcff.wav")
    aai.TranscriptSet([own], [("y\udcff", ValueError("z\udcff"))]).failed.to_csv(tmp_path / "set.csv")
    json.dumps(aai.TranscriptSet([own])._repr_mimebundle_(), ensure_ascii=False).encode()
