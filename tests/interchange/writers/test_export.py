"""Exports: which format, which file, what is refused, and what is kept."""

from __future__ import annotations

import json
import zipfile

import pytest

from aai_jupyter import OptionError, Transcript, TranscriptSet, UsageError
from aai_jupyter.interchange.writers.content import content_of, translated
from aai_jupyter.interchange.writers.export_formats import FORMATS, KEPT, find_format
from aai_jupyter.tables import COLUMNS
from tests.interchange.writers.spoken import call, transcript
from tests.transcripts import full


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"docx", "excel", "parquet"}))
def test_every_format_writes_a_file_of_nothing_and_of_a_call(name, tmp_path):
    for number, one in enumerate((Transcript.from_json({"id": "x", "status": "completed"}), call())):
        format = FORMATS[name]
        path = tmp_path / f"{number}{format.suffixes[0] if format.suffixes else ''}"
        assert one.export(path, name) == path
        assert path.exists()


def test_the_table_of_formats_says_nothing_unknown():
    for format in FORMATS.values():
        assert set(format.keeps) <= set(KEPT)
        assert callable(format.load())


@pytest.mark.parametrize(
    ("path", "name", "found"),
    [
        ("a.TextGrid", None, "textgrid"),
        ("a.seglst.json", None, "seglst"),
        ("a.json", None, "json"),
        ("a.txt", "audacity", "audacity"),
        ("folder", ".eaf", "eaf"),
        ("folder", "Label-Studio", "labelstudio"),
    ],
)
def test_a_format_is_found_by_name_or_by_the_longest_suffix(path, name, found):
    assert find_format(path, name).name == found


def test_what_is_no_format_or_option_is_refused_with_what_there_is(tmp_path):
    with pytest.raises(OptionError, match=r"No format has the suffix '\.xyz'"):
        call().export(tmp_path / "a.xyz")
    with pytest.raises(OptionError, match="Did you mean 'textgrid'"):
        call().export(tmp_path / "a", "textgird")
    with pytest.raises(OptionError, match="no option 'stile'"):
        call().export(tmp_path / "a.srt", stile="bbc")
    with pytest.raises(OptionError, match="has no field 'who'"):
        call().export(tmp_path / "a.txt", template="{who}: {text}")
    with pytest.raises(OptionError, match="template"):
        call().export(tmp_path / "a.txt", template="{text")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("srt", {"start": 10}),
        ("srt", {"fps": 1000}),
        ("srt", {"fps": "x"}),
        ("srt", {"language": 5}),
        ("srt", {"style": 3}),
        ("text", {"template": 7}),
        ("text", {"template": "{text}", "start": 1}),
        ("text", {"template": "{text}", "style": "hiat"}),
        ("csv", {"separator": "ab"}),
        ("csv", {"frame": "nothing"}),
        ("csv", {"units": "years"}),
        ("seglst", {"level": "phones"}),
        ("text", {"profile": "word"}),
    ],
)
def test_a_wrong_value_is_refused_in_words(name, options, tmp_path):
    with pytest.raises(OptionError):
        call().export(tmp_path / "a", name, **options)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path):
    old = tmp_path / "a.srt"
    old.write_text("old")
    with pytest.raises(OptionError):
        call().export(old, style="none")
    assert old.read_text() == "old"
    with pytest.raises(UsageError, match="Cannot save"):
        call().export(tmp_path / "missing" / "a.srt")


def test_names_edits_and_origin_are_in_the_files(tmp_path):
    t = call()
    t.edit.set_turn_text(0, "Good evening. A refund")
    t.export(tmp_path / "a.json")
    made = json.loads((tmp_path / "a.json").read_text())
    assert made["utterances"][0]["text"] == "Good evening. A refund"
    assert made["utterances"][0]["speaker"] == "Ann Lee"
    assert made["provenance"]["edits"] == 2
    assert made["provenance"]["model"] == "universal-2"
    again = Transcript.load(tmp_path / "a.json")
    assert again.words["text"].tolist() == t.words["text"].tolist()
    assert again.words["start"].tolist() == t.words["start"].tolist()
    for name in ("eaf", "cha", "vtt", "ass", "ttml", "md"):
        t.export(tmp_path / f"a.{name}")
        text = (tmp_path / f"a.{name}").read_text()
        assert "universal-2" in text
        assert "Good evening" in text or "evening" in text


def test_a_set_makes_a_folder_with_a_file_each_or_one_file(tmp_path):
    calls = TranscriptSet([call(), call(), transcript([("A", [("Bye.", 0, 400)])], source="x/Call.mp3")])
    assert calls.export(tmp_path / "elan", "eaf") == tmp_path / "elan"
    assert sorted(path.name for path in (tmp_path / "elan").iterdir()) == [
        "Call (3).eaf",
        "call (2).eaf",
        "call.eaf",
    ]
    calls.export(tmp_path / "all.stm")
    files = [line.split()[0] for line in (tmp_path / "all.stm").read_text().splitlines()]
    assert list(dict.fromkeys(files)) == ["call", "call_(2)", "Call_(3)"]
    calls.export(tmp_path / "all.csv")
    assert (tmp_path / "all.csv").read_text().startswith("file,")
    with pytest.raises(UsageError, match="holds one transcript"):
        calls.export(tmp_path / "all.srt")
    with zipfile.ZipFile(calls.export(tmp_path / "all.qdpx")) as archive:
        assert len(archive.namelist()) == 4


def test_file_names_of_a_set_cannot_leave_its_folder(tmp_path):
    evil = Transcript.from_json({"id": "../../evil", "status": "completed"})
    TranscriptSet([evil]).export(tmp_path / "in", "srt")
    (made,) = tmp_path.rglob("*.srt")
    assert made.parent == tmp_path / "in"


def test_a_project_holds_the_recording_but_not_that_of_a_redacted_transcript(tmp_path):
    sound = tmp_path / "call.wav"
    sound.write_bytes(b"RIFF" + bytes(40))
    t = call()
    t.audio = sound
    with zipfile.ZipFile(t.export(tmp_path / "a.qdpx")) as archive:
        assert [name for name in archive.namelist() if name.endswith(".wav")]
    hidden = transcript([("A", [("[NAME]", 0, 400)])], redact_pii=True)
    hidden.audio = sound
    with zipfile.ZipFile(hidden.export(tmp_path / "b.qdpx")) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".wav")]
    with zipfile.ZipFile(hidden.export(tmp_path / "b.qdpx", media=True)) as archive:
        assert [name for name in archive.namelist() if name.endswith(".wav")]


def test_a_translation_stays_within_its_turns(tmp_path):
    t = Transcript.from_json(full())
    german = translated(content_of(t), "de")
    assert [turn.text for turn in german.turns][-1] == "Warum nicht?"
    for turn in german.turns:
        assert all(turn.start <= word.start <= word.end <= turn.end for word in turn.words)
    t.export(tmp_path / "de.txt", language="de")
    assert "Warum nicht?" in (tmp_path / "de.txt").read_text()
    with pytest.raises(OptionError, match="holds a frame"):
        t.export(tmp_path / "de.csv", language="de")
    with pytest.raises(OptionError, match="no translation of its turns to 'fr'"):
        t.export(tmp_path / "fr.txt", language="fr")


def test_profiles_and_templates_of_text(tmp_path):
    t = transcript([("Ann", [("Hello.", 3_725_960, 3_726_500)])])

    def written(**options: str) -> str:
        return t.export(tmp_path / "a.txt", **options).read_text()

    assert written() == "[1:02:05] Ann: Hello.\n"
    assert written(profile="maxqda").startswith("01:02:05.9Ann: Hello.\n")
    assert written(profile="atlasti") == "Ann: Hello. #01:02:05-9#\n"
    assert written(profile="nvivo").splitlines()[1] == "01:02:05.9\tAnn\tHello."
    assert written(template="{timecode}", start="10:00:00:00") == "11:02:05:24\n"
    assert written(template="{number:03} {start} {speaker}|{text}") == "001 1:02:05 Ann|Hello.\n"


def test_unknown_times_stand_between_their_neighbours_and_the_file_says_so():
    words = [{"text": "a", "start": 0, "end": 400}, {"text": "b"}, {"text": "c", "start": 900, "end": 1000}]
    content = content_of(Transcript.from_json({"words": words, "status": "completed"}))
    assert [(word.start, word.end) for word in content.words] == [(0, 400), (400, 400), (900, 1000)]
    assert "times were unknown" in content.provenance.line()


def test_the_frame_of_captions_is_described():
    frame = call().captions()
    assert list(frame.columns) == [column.name for column in COLUMNS["captions"]]
