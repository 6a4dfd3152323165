"""Written files as other people's libraries and schemas read them."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given

from aai_jupyter import Transcript
from aai_jupyter.interchange.writers.content import content_of
from tests.examples import examples
from tests.interchange.writers.spoken import Said, call, spoken, transcript

SCHEMAS = Path(__file__).parents[2] / "data" / "schemas"
MANY = examples(8, HealthCheck.function_scoped_fixture)


def words_of(t: Transcript) -> list[tuple[str, int, int]]:
    """Words that take some time, in order of start."""
    found = [(word.text, word.start, max(word.end, word.start + 1)) for word in content_of(t).words]
    return sorted(found, key=lambda word: (word[1], word[2], word[0]))


def _valid(schema: str, data: bytes) -> None:
    etree = pytest.importorskip("lxml.etree")
    etree.XMLSchema(file=str(SCHEMAS / schema)).assertValid(etree.fromstring(data))


@MANY
@given(said=spoken())
def test_praat_sees_every_word_and_turn(said: Said, tmp_path):
    textgrid = pytest.importorskip("praatio.textgrid")
    t = transcript(said)
    t.export(tmp_path / "a.TextGrid")
    grid = textgrid.openTextgrid(str(tmp_path / "a.TextGrid"), includeEmptyIntervals=False)
    found = [
        (entry.label, round(1000 * entry.start), round(1000 * entry.end))
        for name in grid.tierNames
        if " - words" in name
        for entry in grid.getTier(name).entries
    ]
    assert sorted(found, key=lambda word: (word[1], word[2], word[0])) == words_of(t)
    turns = [name for name in grid.tierNames if " - words" not in name]
    assert sum(len(grid.getTier(name).entries) for name in turns) == len(content_of(t).turns)


@MANY
@given(said=spoken())
def test_elan_sees_every_word_and_turn(said: Said, tmp_path):
    elan = pytest.importorskip("pympi.Elan")
    t = transcript(said)
    t.export(tmp_path / "a.eaf")
    _valid("EAFv3.0.xsd", (tmp_path / "a.eaf").read_bytes())
    eaf = elan.Eaf(str(tmp_path / "a.eaf"))
    found = [
        (text, start, end)
        for name in eaf.get_tier_names()
        if " - words" in name
        for start, end, text in eaf.get_annotation_data_for_tier(name)
    ]
    assert sorted(found, key=lambda word: (word[1], word[2], word[0])) == words_of(t)
    assert "speakers" in eaf.get_controlled_vocabulary_names()


def test_elan_finds_the_recording_and_the_origin(tmp_path):
    elan = pytest.importorskip("pympi.Elan")
    t = call()
    sound = tmp_path / "my call.wav"
    sound.write_bytes(b"RIFF")
    t.audio = sound
    t.export(tmp_path / "a.eaf")
    eaf = elan.Eaf(str(tmp_path / "a.eaf"))
    (media,) = eaf.get_linked_files()
    assert media["RELATIVE_MEDIA_URL"] == "./my call.wav"
    assert media["MEDIA_URL"] == sound.as_uri()
    assert dict(eaf.get_properties())["model"] == "universal-2"


@MANY
@given(said=spoken())
def test_diarization_is_equal_in_pyannote(said: Said, tmp_path):
    util = pytest.importorskip("pyannote.database.util")
    t = transcript(said)
    t.export(tmp_path / "a.rttm")
    annotation = util.load_rttm(str(tmp_path / "a.rttm"))["call"]
    found = {
        (round(1000 * segment.start), round(1000 * segment.end)) for segment, _ in annotation.itertracks()
    }
    assert found == {(turn.start, turn.end) for turn in content_of(t).turns if turn.end > turn.start}
    assert set(annotation.labels()) <= set(content_of(t).speakers)


def test_scoring_finds_no_error(tmp_path):
    meeteval = pytest.importorskip("meeteval")
    t = call()
    for suffix in ("stm", "seglst.json"):
        t.export(tmp_path / f"a.{suffix}")
    reference = meeteval.io.load(str(tmp_path / "a.stm")).to_seglst()
    said = [(line["speaker"], line["words"]) for line in reference.segments]
    assert said == [(turn.who.replace(" ", "_"), turn.text) for turn in content_of(t).turns]
    segments = json.loads((tmp_path / "a.seglst.json").read_text())
    assert [(one["speaker"], one["words"]) for one in segments] == [
        (turn.who, turn.text) for turn in content_of(t).turns
    ]
    t.export(tmp_path / "a.ctm")
    assert len(meeteval.io.load(str(tmp_path / "a.ctm")).lines) == len(t.words)


def test_chat_has_utterances_words_and_time_marks(tmp_path):
    pylangacq = pytest.importorskip("pylangacq")
    t = transcript(
        [
            ("Ann", [("Why", 5000, 5200), ("not?", 5250, 5600)]),
            ("Ben", [("(Yes),", 6000, 6300), ("ok.", 6400, 6500)]),
        ]
    )
    t.export(tmp_path / "call.cha")
    chat = pylangacq.read_chat(str(tmp_path / "call.cha"))
    found = [
        (one.participant, [token.word for token in one.tokens], one.time_marks) for one in chat.utterances()
    ]
    assert found == [
        ("ANN", ["Why", "not", "?"], (5000, 5600)),
        ("BEN", ["Yes", "ok", "."], (6000, 6500)),
    ]


@MANY
@given(said=spoken())
def test_chat_can_be_read_whatever_was_said(said: Said, tmp_path):
    pylangacq = pytest.importorskip("pylangacq")
    transcript(said).export(tmp_path / "call.cha")
    pylangacq.read_chat(str(tmp_path / "call.cha"))


@pytest.mark.parametrize("suffix", ["srt", "vtt", "ass", "ttml"])
def test_captions_are_equal_in_pysubs2(suffix, tmp_path):
    pysubs2 = pytest.importorskip("pysubs2")
    t = transcript([("A", [(f"w{n}", 400 * n, 400 * n + 350) for n in range(40)])])
    t.export(tmp_path / f"a.{suffix}")
    found = pysubs2.load(str(tmp_path / f"a.{suffix}"))
    frame = t.captions(units="ms")
    assert [event.plaintext for event in found] == frame["text"].tolist()
    off = 9 if suffix == "ass" else 0  # centiseconds
    for event, start, end in zip(found, frame["start"], frame["end"], strict=True):
        assert 0 <= start - event.start <= off
        assert 0 <= end - event.end <= off


def test_each_word_lights_up_when_it_is_said(tmp_path):
    t = transcript([("A", [(f"word{n}", 400 * n, 400 * n + 350) for n in range(12)])])
    t.export(tmp_path / "a.ass")
    (line,) = [one for one in (tmp_path / "a.ass").read_text().splitlines() if one.startswith("Dialogue")]
    clock, starts = 0, []
    for length, text in re.findall(r"\{\\k(\d+)\}([^{]*)", line):
        if text.strip("\\N ").strip():
            starts.append(clock)
        clock += int(length)
    assert starts == [40 * n for n in range(12)]


@MANY
@given(said=spoken())
def test_ttml_is_imsc(said: Said, tmp_path):
    reader = pytest.importorskip("ttconv.imsc.reader")
    from xml.etree.ElementTree import parse

    t = transcript(said)
    t.export(tmp_path / "a.ttml")
    model = reader.to_model(parse(tmp_path / "a.ttml"))
    cues = [one for one in model.get_body().dfs_iterator() if type(one).__name__ == "P"]
    frame = t.captions(units="ms")
    assert [(1000 * one.get_begin(), 1000 * one.get_end()) for one in cues] == list(
        zip(frame["start"], frame["end"], strict=True)
    )


@MANY
@given(said=spoken())
def test_a_project_is_valid_and_its_points_lie_at_their_turns(said: Said, tmp_path):
    t = transcript(said)
    t.export(tmp_path / "a.qdpx")
    with zipfile.ZipFile(tmp_path / "a.qdpx") as archive:
        data = archive.read("project.qde")
        (name,) = [one for one in archive.namelist() if one.endswith(".txt")]
        text = archive.read(name).decode()
    _valid("Project-mrt2019.xsd", data)
    points = re.findall(rb'timeStamp="(\d+)" position="(\d+)"', data)
    turns = content_of(t).turns
    assert len(points) == 2 * len(turns)
    for turn, begin, end in zip(turns, points[::2], points[1::2], strict=True):
        assert text[int(begin[1]) : int(end[1])].endswith(turn.text)
        assert (int(begin[0]), int(end[0])) == (turn.start, turn.end)


def test_a_project_opens_in_pyrefiqda(tmp_path):
    pyrefiqda = pytest.importorskip("pyrefiqda")
    call().export(tmp_path / "a.qdpx")
    t = call()
    project = pyrefiqda.RefiProject.load(tmp_path / "a.qdpx", str(tmp_path / "out"))
    (source,) = project.sources.audio_source
    (made,) = source.transcript
    assert [point.time_stamp for point in made.sync_point] == [
        time for turn in content_of(t).turns for time in (turn.start, turn.end)
    ]
    assert [one.name for one in made.transcript_selection] == [turn.who for turn in content_of(t).turns]


def test_word_documents_open_in_word_libraries(tmp_path):
    docx = pytest.importorskip("docx")
    t = call()
    t.export(tmp_path / "a.docx")
    document = docx.Document(str(tmp_path / "a.docx"))
    texts = [one.text for one in document.paragraphs]
    assert texts[1] == "0:00  Ann Lee: Good morning. A <refund>"
    assert "universal-2" in document.core_properties.comments
    assert document.sections[0].header.paragraphs[0].text == "call"
    assert "Speaker Ann Lee" in [style.name for style in document.styles]
    with zipfile.ZipFile(tmp_path / "a.docx") as archive:
        assert b"<w:lnNumType" in archive.read("word/document.xml")
    for profile, expected in (("maxqda", "00:00:00.2Ann Lee: Good"), ("f4", "<refund> #00:00:00-2#")):
        t.export(tmp_path / "p.docx", profile=profile)
        assert expected in "\n".join(one.text for one in docx.Document(str(tmp_path / "p.docx")).paragraphs)
    t.export(tmp_path / "n.docx", profile="nvivo")
    (table,) = docx.Document(str(tmp_path / "n.docx")).tables
    assert [cell.text for cell in table.rows[2].cells] == [
        "00:00:01.8 - 00:00:03.0",
        "B",
        'Hello, Dr. "Ray".',
    ]
    mammoth = pytest.importorskip("mammoth")
    with (tmp_path / "a.docx").open("rb") as file:
        assert "Hello, Dr." in mammoth.extract_raw_text(file).value


def test_excel_has_no_formula(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    call().export(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(str(tmp_path / "a.xlsx"))
    assert book.sheetnames == ["utterances", "words", "provenance"]
    cells = [cell for row in book["words"].iter_rows() for cell in row]
    assert "=1+1" in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells} <= {"s", "n"}


def test_parquet_is_the_frame(tmp_path):
    pytest.importorskip("pyarrow")
    t = call()
    t.export(tmp_path / "a.parquet", units="ms")
    found = pd.read_parquet(tmp_path / "a.parquet")
    expected = t.frame("words", units="ms")
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_categorical=False)
    assert found["speaker"].dtype == "category"
    assert found.attrs["provenance"][0]["model"] == "universal-2"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # audformat in newer pandas
def test_audformat_loads_its_database(tmp_path):
    audformat = pytest.importorskip("audformat")
    t = call()
    t.export(tmp_path / "db", "audformat")
    database = audformat.Database.load(str(tmp_path / "db"))
    frame = database["words"].df
    assert frame["transcription"].tolist() == [word.text for word in content_of(t).words]
    assert frame.index.get_level_values("start").tolist() == [
        pd.Timedelta(word.start, "ms") for word in content_of(t).words
    ]


def _podcast(t: Transcript, tmp_path: Path) -> Any:
    return json.loads(t.export(tmp_path / "a.podcast.json", level="words").read_text())


def test_a_podcast_transcript_has_the_words(tmp_path):
    t = call()
    made = _podcast(t, tmp_path)
    assert made["version"] == "1.0.0"
    assert [(one["body"], round(1000 * one["startTime"])) for one in made["segments"]] == [
        (word[0], word[1]) for word in words_of(t)
    ]
