"""Input that is no transcript, or made to do harm: it is refused, and crashes and hangs nothing."""

from __future__ import annotations

import contextlib
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aai_jupyter as aai
from tests.examples import examples

from .files import docx

UNKNOWN = [
    "",
    "  \n ",
    "Dear all,\nplease find attached nothing at all.\n",
    "{}x",
    '{"a": 1}',
    "[1, 2]",
    "<a/>",
    "<html>hi</html>",
    "name,age\nAnn,3\n",
    "%PDF-1.7 x",
    "{\\rtf1\\ansi Ann: Hello\\par}",
    "\x00\x01\x02\x03" * 50,
    "WEBVTT\n",
    "12 13 14 15",
]


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_is_no_transcript_is_refused_with_what_it_is(text):
    with pytest.raises(aai.AaiError) as caught:
        aai.load(text.encode())
    assert len(str(caught.value)) < 600
    if text.startswith("Dear"):
        assert "Dear all," in str(caught.value)
        assert "aai.align" in str(caught.value)


def test_a_recording_is_refused_as_one():
    with pytest.raises(aai.UsageError, match=r"recording[\s\S]*aai.transcribe"):
        aai.load(b"RIFF\x24\x00\x00\x00WAVEfmt ")


BOMB = '<!DOCTYPE tt [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "data",
    [
        f"{BOMB}<tt><body><p begin='0s'>&b;</p></body></tt>".encode(),
        b'<!DOCTYPE tt SYSTEM "file:///etc/passwd"><tt/>',
        docx("Ann: Hello", extra=BOMB),
    ],
)
def test_document_types_and_entities_are_refused(data):
    with pytest.raises(aai.UsageError, match="document type or entities"):
        aai.load(data)


def test_a_packed_bomb_is_refused(monkeypatch):
    from aai_jupyter.interchange.readers import word_document

    monkeypatch.setattr(word_document, "MAX_BYTES", 10_000)
    with pytest.raises(aai.UsageError, match="holds more"):
        aai.load(docx("Ann: " + "x" * 20_000))


PIECES = [
    "WEBVTT\n\n",
    "1\n",
    "00:00:01,000 --> 00:00:02,000\n",
    "00:01.0 --> 00:02.0 line:0\n",
    "<v Ann>",
    "</v>",
    "\n\n",
    "<00:00:01.5>",
    "{\\k20}",
    "[Script Info]\n[Events]\n",
    "Dialogue: 0,0:00:01.0,0:00:02.0,D,Ann,0,0,0,,",
    "[00:01.00]",
    "Ann: ",
    "SPEAKER_00\n",
    "Transcribed with noScribe vers. 0.7\n",
    "S01: [00:00:01] a //S02: b // c\n",
    "a 1 * * <ALT_BEGIN>\n",
    "{ a / ( b ) }",
    "Hello",
    "#00:00:01-5#",
    "<tt><body>",
    "<p begin='1s' end='2s'>",
    "<span begin='0.1s'>a</span>",
    "</p>",
    "</body></tt>",
    '{"segments":[',
    '{"start":1,"end":"x","text":"a","words":[{"word":" b"}]}',
    "]}",
    ",",
    '"ooTextFile"\n"TextGrid"\n0 1 <exists> 1\n"IntervalTier" "w" 0 1 1\n0 1 "a"\n',
    "@UTF8\n@Begin\n",
    "*ANN:\ta \x151_2\x15\n",
    "SPEAKER a 1 0 1 <NA> <NA> x <NA> <NA>\n",
    "a 1 0.0 1.0 word\n",
    "a 1 x 0.0 1.0 text\n",
    "0.0\t1.0\ttext\n",
    "start,end,text\n",
    "1,2,hi\n",
    "0:00:01.0,0:00:02.0\n",
    "<",
    ">",
    "&amp;",
    "\x00",
    "\ufeff",
    "é",
    "\ud83d",
    "--",
    "\t",
]


@examples(30)
@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=12),
    st.sampled_from(["utf-8", "utf-16"]),
)
def test_no_text_crashes_or_hangs_a_reader(pieces, coding):
    data = "".join(pieces).encode(coding, "surrogatepass")
    try:
        found = aai.load(data)
    except aai.AaiError:
        return
    assert len(found.words) == len(found.frame("words", units="ms"))
    found.utterances, found.to_srt(), found.problems


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.sampled_from(["a", "1.5s", "PT1S", "", "word", "pronunciation"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "segments",
                    "words",
                    "text",
                    "start",
                    "end",
                    "speaker",
                    "results",
                    "channels",
                    "alternatives",
                    "items",
                    "type",
                    "transcript",
                    "monologues",
                    "elements",
                    "value",
                    "word",
                    "recognizedPhrases",
                    "nBest",
                    "display",
                    "timestamp",
                    "offsets",
                    "from",
                    "to",
                    "startTime",
                    "speakerTag",
                    "transcripts",
                    "media-time",
                    "session_id",
                    "content",
                    "tokens",
                    "timestamps",
                    "speaker_labels",
                    "word_confidence",
                    "name",
                    "time",
                    "duration",
                    "Offset",
                    "Duration",
                    "DisplayText",
                    "data",
                    "predictions",
                    "result",
                    "speakers",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@examples(30)
@given(JSON)
def test_no_json_crashes_a_reader(value):
    try:
        found = aai.load(json.dumps(value).encode())
    except aai.AaiError:
        return
    found.words, found.utterances, found.problems  # noqa: B018


@pytest.mark.parametrize(
    "unit",
    [
        "<",
        "<!--",
        "[",
        "(",
        "00:00:01 ",
        "Ann: ",
        "<v ",
        "{\\",
        "{",
        '"',
        "\x15",
        "&",
        "&#",
        "a 1 ",
        "\t",
        "-",
        "- ",
        "#00:00:01#",
        "[00:01.00]",
        "<p>",
        '{"a":',
        "[[",
        "1\n",
        "00:00:01,000 --> 00:00:02,000\n",
    ],
)
def test_long_repetitions_are_read_in_linear_time(unit):
    for before in (
        "",
        "WEBVTT\n\n00:00.0 --> 00:01.0\n",
        "1\n00:00:00,000 --> 00:00:01,000\n",
        "<html>",
        "0:01\n",
        "[Events]\n",
        "@UTF8\n",
        '"ooTextFile"\n"TextGrid"\n',
    ):
        with contextlib.suppress(aai.AaiError):
            aai.load((before + unit * (60_000 // len(unit))).encode())


def test_random_bytes_crash_nothing():
    random.seed(7)
    for _ in range(200):
        data = random.choice([b"", b"PK\x03\x04", b"\xff\xfe", b"{", b"<", b"WEBVTT\n"]) + random.randbytes(
            200
        )
        with contextlib.suppress(aai.AaiError):
            aai.load(data)


def test_an_answer_with_broken_utf8_in_its_words_is_read(tmp_path):
    path = tmp_path / "answer.json"
    path.write_bytes(b'{"id": "x", "words": [{"text": "caf\xff", "start": 0, "end": 300}]}')
    found = aai.load(path)
    assert (found.id, found.words["text"].tolist()) == ("x", ["caf\ufffd"])


def test_tables_that_are_damaged_or_too_large_are_refused(monkeypatch, tmp_path):
    from aai_jupyter.interchange.readers import table_files
    from tests.interchange.writers.spoken import call

    for suffix in ("parquet", "xlsx"):
        path = call().export(tmp_path / f"a.{suffix}")
        data = path.read_bytes()
        assert len(aai.load(data).words) == 9
        middle = len(data) // 2
        for damaged in (data[:middle] + bytes(40) + data[middle + 40 :], data[:middle] + data[middle + 99 :]):
            with contextlib.suppress(aai.AaiError):
                aai.load(damaged)
        with monkeypatch.context() as patch:
            patch.setattr(table_files, "MAX_BYTES", 100)
            with pytest.raises(aai.UsageError, match="more than any transcript"):
                aai.load(data)


SEPARATE = "1\n00:00:01,000 --> 00:00:02,000\nHi you\n\n2\n00:00:03,000 --> 00:00:04,000\nBye\n"


@pytest.mark.parametrize("mark", ["\r", "\r\n", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_any_separator_of_lines_in_any_encoding(mark, coding):
    found = aai.load(SEPARATE.replace("\n", mark).encode(coding))
    assert found.utterances["text"].tolist() == ["Hi you", "Bye"]


def test_a_file_put_together_of_two_encodings_is_read_line_by_line():
    cue = "{0}\n00:00:0{0},000 --> 00:00:0{0},900\nCafé\n\n"
    found = aai.load(cue.format(1).encode() + cue.format(2).encode("cp1252"))
    assert found.utterances["text"].tolist() == ["Café", "Café"]
    assert any("some lines are not UTF-8" in line for line in found.problems)


@pytest.mark.parametrize(
    "value",
    [
        {
            "results": [{"alternatives": [{"timestamps": [["a", 1], [1, 2, 3], ["b", "c", [1]]]}]}],
            "speaker_labels": [1, {"from": [], "to": {}}],
        },
        {"words": [{"name": 1, "time": [], "duration": {}}], "speakers": [{"name": "A", "time": "0"}]},
        [{"Offset": "x", "Duration": [], "DisplayText": 5}],
        {"results": {"a": {"transcript": {"results": {"b": {"results": []}}}}}},
        [{"data": {"a": 1}, "predictions": [{"result": [{"id": [], "value": {"text": 1, "start": 0}}]}]}],
    ],
)
def test_services_with_values_of_other_types_crash_nothing(value):
    with contextlib.suppress(aai.AaiError):
        aai.load(json.dumps(value).encode())
