"""Files as other programs and people wrote them: no word is lost, and what is left out is told.

Each file's words are counted by a reader of a few lines that shares nothing with the package's.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

import aai_jupyter as aai

FOLDER = Path(__file__).parent.parent / "data" / "interchange"


def captions(text: str) -> str:
    """Text of SRT, VTT and SBV: what stands below a time, without tags."""
    found = []
    for block in re.split(r"\n\s*\n", text.replace("\r", "")):
        lines = block.split("\n")
        times = [n for n, line in enumerate(lines) if "-->" in line or re.match(r"\d+:\d\d:\d\d\.\d+,", line)]
        found += lines[times[0] + 1 :] if times else []
    text = re.sub(r"<[^>]*>|\{\\[^}]*\}", "", "\n".join(found))
    return html.unescape(re.sub(r"(?m)^>> ", "", text)).replace("[br]", "\n")


def dialogue(text: str) -> str:
    found = [line.split(",", 9)[9] for line in text.splitlines() if line.strip().startswith("Dialogue:")]
    return re.sub(r"\{[^}]*\}", "", " ".join(found)).replace(r"\N", " ").replace(r"\n", " ")


def paragraphs(text: str) -> str:
    root = ElementTree.fromstring(text.encode())
    for one in root.iter():
        if one.tag.endswith("}br"):
            one.text = " "
    return " ".join("".join(one.itertext()) for one in root.iter() if one.tag.endswith("}p"))


def contents(text: str) -> str:
    found = []
    for one in json.loads(text)["results"]["items"]:
        content = one["alternatives"][0]["content"]
        found.append(content if one["type"] == "punctuation" else f" {content}")
    return "".join(found)


def speechmatics(text: str) -> str:
    rows = json.loads(text)["results"]
    return "".join(" " * (row["type"] == "word") + row["alternatives"][0]["content"] for row in rows)


def deepgram(text: str) -> str:
    return json.loads(text)["results"]["channels"][0]["alternatives"][0]["transcript"]


def rev(text: str) -> str:
    return "".join(one["value"] for row in json.loads(text)["monologues"] for one in row["elements"])


def elan(text: str) -> str:
    tier = next(
        one for one in ElementTree.fromstring(text.encode()).iter("TIER") if one.get("TIER_ID") == "text"
    )
    return " ".join(value.text or "" for value in tier.iter("ANNOTATION_VALUE"))


def seglst(text: str) -> str:
    rows = json.loads(text)
    return " ".join(row["words"] for row in rows if row["session_id"] == rows[0]["session_id"])


def labels(text: str) -> str:
    return " ".join(re.findall(r'text = "((?:[^"]|"")*)"', text)).replace('""', '"')


def short_labels(text: str) -> str:
    tiers = text.split('"IntervalTier"')[1:]
    tiers[-1] = tiers[-1].split('"TextTier"')[0]
    rows = [row for tier in tiers for row in re.findall(r'(?m)^"(.*)"', tier)[1:]]
    return " ".join(rows).replace('""', '"')


def chat(text: str) -> str:
    return " ".join(re.findall(r"(?m)^\*\w+:\t(.*?) \x15", text))


def annotation_values(text: str) -> str:
    return " ".join(re.findall(r"<ANNOTATION_VALUE>(.*?)</ANNOTATION_VALUE>", text))


def lyrics(text: str) -> str:
    return " ".join(re.findall(r"^\[\d\d:\d\d\.\d\d\](.*)$", text, re.MULTILINE))


def spoken(word: str) -> bool:
    """Whether it is more than a dash."""
    return any(map(str.isalnum, word))


ENCODINGS = {
    "srt-to-vtt_latin1.srt": "cp1252",
    "srt2vtt_cp1252.srt": "cp1252",
    "srt2vtt_utf16le.srt": "utf-16",
    "praat_text.TextGrid": "utf-16",
    "praat_short.TextGrid": "utf-16",
}

# File, its format, how its words are counted, and how many passages and speakers a person counts in it.
FILES = [
    ("subsrt.srt", "SubRip (SRT)", captions, 5, 2),
    ("subsrt.vtt", "WebVTT", captions, 6, 0),
    ("subsrt.sbv", "SubViewer (SBV)", captions, 5, 2),
    ("subsrt.ass", "SubStation Alpha (ASS)", dialogue, 1, 1),
    ("subsrt.ssa", "SubStation Alpha (ASS)", dialogue, 1, 1),
    ("subsrt.lrc", "LRC", lyrics, 6, 0),
    (
        "subsrt.json",
        "JSON with timed rows",
        lambda text: " ".join(row["text"] for row in json.loads(text)),
        5,
        0,
    ),
    ("webvtt-py_comments.vtt", "WebVTT", captions, 5, 0),
    ("webvtt-py_cue_tags.vtt", "WebVTT", captions, 3, 0),
    ("webvtt-py_missing_caption_text.srt", "SubRip (SRT)", captions, 4, 0),
    ("webvtt-py_non_padded_timestamps.vtt", "WebVTT", captions, 3, 2),
    ("webvtt-py_regions.vtt", "WebVTT", captions, 2, 2),
    ("webvtt-py_sample.sbv", "SubViewer (SBV)", captions, 5, 0),
    ("webvtt-py_styles_colours.srt", "SubRip (SRT)", captions, 6, 0),
    ("webvtt-py_styles_colours.vtt", "WebVTT", captions, 6, 0),
    ("webvtt-py_using_identifiers.vtt", "WebVTT", None, 6, 0),
    ("webvtt-py_youtube_dl.vtt", "WebVTT", None, 3, 0),
    ("pysubs2_ttml_example.ass", "SubStation Alpha (ASS)", dialogue, 11, 0),
    ("pysubs2_ttml_example.ttml", "TTML", paragraphs, 11, 0),
    ("pysubs2_ttml_example2.ttml", "TTML", paragraphs, 11, 0),
    ("aws_transcribe_futurama.json", "AWS Transcribe JSON", contents, 1, 0),
    ("aws-to-vtt_expert.vtt", "WebVTT", captions, 91, 0),
    ("rev_transcript.json", "Rev JSON", rev, 1, 1),
    ("whisper-timestamped_spacewalk.json", "Whisper JSON", lambda text: json.loads(text)["text"], 1, 0),
    ("pympi_sample.eaf", "ELAN (EAF)", elan, 6, 0),
    ("webvtt-py_sample.srt", "SubRip (SRT)", captions, 5, 0),
    ("webvtt-py_sample.vtt", "WebVTT", captions, 16, 0),
    ("webvtt-py_one_caption.vtt", "WebVTT", captions, 1, 0),
    ("webvtt-py_two_captions.sbv", "SubViewer (SBV)", captions, 2, 0),
    ("webvtt-py_styles.vtt", "WebVTT", captions, 1, 0),
    ("webvtt-py_metadata_headers.vtt", "WebVTT", captions, 2, 0),
    ("srt-to-vtt_latin1.srt", "SubRip (SRT)", captions, 3, 0),
    ("srt2vtt_utf16le.srt", "SubRip (SRT)", captions, 1, 0),
    ("srt2vtt_cp1252.srt", "SubRip (SRT)", captions, 1, 0),
    ("subtitles-parser_test.srt", "SubRip (SRT)", captions, 3, 0),
    ("deepgram_captions.json", "Deepgram JSON", deepgram, 1, 0),
    ("speechmatics_two_speakers.json", "Speechmatics JSON", speechmatics, 2, 2),
    ("meeteval_hyp.seglst.json", "SegLST", seglst, 4, 2),
    ("meeteval_hypA.stm", "STM", lambda text: re.sub(r"(?m)^(\S+ ){5}", "", text), 4, 2),
    (
        "praatio_bobby_words.TextGrid",
        "Praat TextGrid",
        lambda text: labels(text.split("item [2]")[0]),  # both tiers have the same words
        1,
        0,
    ),
    ("praat_text.TextGrid", "Praat TextGrid", labels, 3, 2),
    ("praat_short.TextGrid", "Praat TextGrid", short_labels, 3, 2),
    ("ttconv_imsc.ttml", "TTML", paragraphs, 3, 0),
    ("ffmpeg_captions.ttml", "TTML", paragraphs, 3, 0),
    ("ffmpeg_captions.ass", "SubStation Alpha (ASS)", dialogue, 3, 0),
    ("ffmpeg_captions.lrc", "LRC", lambda text: re.sub(r"</?i>", "", lyrics(text)), 4, 0),
    ("rustling.cha", "CHAT", chat, 2, 1),
    ("rustling.eaf", "ELAN (EAF)", annotation_values, 2, 1),
    ("pyannote.ctm", "CTM", lambda text: " ".join(line.split()[4] for line in text.splitlines()), 1, 0),
]


@pytest.mark.parametrize(
    ("name", "form", "count", "passages", "speakers"), FILES, ids=[row[0] for row in FILES]
)
def test_no_word_of_a_file_is_lost(name, form, count, passages, speakers):
    path = FOLDER / name
    found = aai.load(path)
    assert found.raw["imported"]["format"] == form
    assert (len(found.utterances), len(found.speakers)) == (passages, speakers)
    assert list(found.words.columns) == list(aai.Transcript.from_json({}).words.columns)
    said = " ".join(found.words["text"])
    assert Counter(said.split()) == Counter(found.text.split())
    if count is not None:
        expected = count(path.read_text(encoding=ENCODINGS.get(name, "utf-8-sig")))
        for speaker in found.speakers.values():  # a name before the text is no word
            expected = re.sub(rf"(?m)^{re.escape(speaker)}:", "", expected)
        assert Counter(filter(spoken, html.unescape(said).split())) == Counter(
            filter(spoken, expected.split())
        )
    assert found.words["start"].notna().all()


def test_every_file_is_tried_and_has_its_source_named():
    tried = {row[0] for row in FILES} | {"pyannote_train.rttm"}
    assert tried == {path.name for path in FOLDER.iterdir()}
    sources = (FOLDER.parent.parent.parent / "THIRD_PARTY.md").read_text(encoding="utf-8")
    unnamed = [
        name for name in tried if not re.search(rf"`{re.escape(re.split('[_.]', name)[0])}[_.]", sources)
    ]
    assert unnamed == []


def test_youtube_captions_that_roll_up_are_read_once():
    found = aai.load(FOLDER / "webvtt-py_youtube_dl.vtt")
    assert found.text == "yeah what this will happen is I'm telling"
    assert found.words["timing"].tolist().count("measured") == 6
    assert any("roll up" in line for line in found.problems)


def test_rttm_gives_a_ctm_its_speakers(tmp_path):
    words, turns = FOLDER / "pyannote.ctm", FOLDER / "pyannote_train.rttm"
    (tmp_path / "talk.ctm").write_bytes(words.read_bytes())
    (tmp_path / "talk.rttm").write_bytes(turns.read_bytes())
    both = [aai.load(tmp_path / "talk.ctm"), aai.load(tmp_path / "talk.rttm")]
    both.append(aai.load([words, turns]))
    for found in both:
        assert found.text == "hello world"
        assert len(found.speakers) == 1
