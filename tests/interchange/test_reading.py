"""Readers of other programs' transcripts: forms that hand-written files take, and input that is hostile."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import aai_jupyter as aai

from .files import docx, rows

SRT = "1\n00:00:01,000 --> 00:00:03,000\nGood morning.\n\n2\n100:00:05,250 --> 100:00:06,000\nHello.\n"


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(coding, end):
    found = aai.load(SRT.replace("morning", "mörning").replace("\n", end).encode(coding))
    assert rows(found) == [(None, "Good mörning.", 1.0, 3.0), (None, "Hello.", 360005.25, 360006.0)]
    assert found.problems == []


def test_windows_1252_is_read_and_said():
    found = aai.load("1\n00:00:01,000 --> 00:00:03,000\n“Grüße”\n".encode("cp1252"))
    assert found.text == "“Grüße”"
    assert "Windows-1252" in found.problems[0]


def test_odd_times_are_kept_and_told():
    text = (
        "1\n-00:00:01,000 --> 00:00:03,000\nbefore\n\n2\n00:00:02,000 --> 00:00:01,000\nback\n\n"
        "3\n00:00:02,500 --> 00:00:09,000\nover a b\n\n4\n00:00:03,000 --> 00:00:04,000\n \n\n"
        "5\n00:00:03,000 --> 00:00:08,000\nlap\n"
    )
    found = aai.load(text)
    assert [row[1] for row in rows(found)] == ["before", "back", "over a b", "lap"]
    assert found.words["utterance"].tolist() == [0, 1, 2, 3, 2, 2]  # in order of time
    assert (found.words["start"] >= 0).all()
    told = " ".join(found.problems)
    for what in ("empty", "begins before 0", "ends before it begins"):
        assert what in told


def test_words_without_times_of_their_own_say_so():
    found = aai.load(SRT)
    assert found.words["timing"].tolist() == ["interpolated"] * 3
    assert found.words["start"].tolist()[0] == 1.0
    assert found.words["end"].tolist()[1] == 3.0
    service = aai.Transcript.from_json({"words": [{"text": "Hi", "start": 0, "end": 1}]})
    assert service.words["timing"].tolist() == ["measured"]
    assert found.words.dtypes.equals(service.words.dtypes)


def test_an_edit_marks_only_the_words_that_it_moves():
    found = aai.load(
        {
            "segments": [
                {
                    "start": 0,
                    "end": 2,
                    "text": "a b c",
                    "words": [
                        {"word": "a", "start": 0, "end": 0.5},
                        {"word": "b", "start": 1, "end": 1.5},
                        {"word": "c", "start": 1.5, "end": 2},
                    ],
                }
            ],
            "text": "a b c",
        }
    )
    found.edit.set_turn_text(0, "a b new c")
    assert found.words["timing"].tolist() == ["measured", "measured", "interpolated", "measured"]


def test_saved_and_pickled_imports_stay_what_they_are(tmp_path):
    import pickle

    found = aai.load(SRT + "\n3\n00:00:01,500 --> 00:00:02,000\n<b>Bye.</b>\n")
    for again in (aai.load(found.save(tmp_path / "talk.aai")), pickle.loads(pickle.dumps(found))):
        pd.testing.assert_frame_equal(again.words, found.words)
        pd.testing.assert_frame_equal(again.utterances, found.utterances)
        assert again.problems == found.problems != []


def test_srt_comes_back_with_its_times():
    assert aai.load(aai.load(SRT).to_srt()).to_srt() == aai.load(SRT).to_srt()
    assert [row[2:] for row in rows(aai.load(aai.load(SRT).to_srt()))] == [
        row[2:] for row in rows(aai.load(SRT))
    ]


TEXTS = {
    "Otter": (
        "Alice Chen  0:01\nRight, let's start.\nAnd on.\n\nBob Ferreira  0:09\nTwelve?\n",
        [("Alice Chen", "Right, let's start. And on.", 1.0, 9.0), ("Bob Ferreira", "Twelve?", 9.0, None)],
    ),
    "time, name, text": (
        "[00:00:01] Ann: Hello there.\n[00:00:04] Ben: Hi.\n",
        [("Ann", "Hello there.", 1.0, 4.0), ("Ben", "Hi.", 4.0, None)],
    ),
    "range, name and text below": (
        "0:0:0.0 --> 0:0:4.70\nAnn Lee\nHello there.\n0:0:5.0 --> 0:0:6.0\nBen\nHi.\n"
        "0:0:7.0 --> 0:0:8.0\nAnn Lee\nBye.\n",
        [("Ann Lee", "Hello there.", 0.0, 4.7), ("Ben", "Hi.", 5.0, 6.0), ("Ann Lee", "Bye.", 7.0, 8.0)],
    ),
    "f4": (
        "Ann: Hello there. #00:00:04-5#\nBen: Hi. #00:00:06-0#\n",
        [("Ann", "Hello there.", 0.0, 4.5), ("Ben", "Hi.", 4.5, 6.0)],
    ),
    "MAXQDA": (
        "00:00:01.5Ann: Hello there.\n\n00:00:04.0Ben: Hi.\n",
        [("Ann", "Hello there.", 1.5, 4.0), ("Ben", "Hi.", 4.0, None)],
    ),
    "Rev": (
        "Speaker 1 (00:03):\nHello there.\n\nSpeaker 2 (00:07):\nHi.\n",
        [("Speaker 1", "Hello there.", 3.0, 7.0), ("Speaker 2", "Hi.", 7.0, None)],
    ),
    "Sonix": (
        "[00:00:05.19] - Speaker 1\nHello there.\n\n[00:00:08.00] - Speaker 2\nHi.\n\n"
        "[00:00:09.00] - Speaker 1\nBye.\n",
        [
            ("Speaker 1", "Hello there.", 5.19, 8.0),
            ("Speaker 2", "Hi.", 8.0, 9.0),
            ("Speaker 1", "Bye.", 9.0, None),
        ],
    ),
    "Zoom's saved captions": (
        "[Ann Lee] 14:02:11\nHello there.\n\n[Ben] 14:02:15\nHi.\n",
        [("Ann Lee", "Hello there.", 0.0, 4.0), ("Ben", "Hi.", 4.0, None)],
    ),
    "Whisper's screen": (
        "[00:00.000 --> 00:04.000]  Hello there.\n[00:04.000 --> 00:05.000]  Hi.\n",
        [(None, "Hello there.", 0.0, 4.0), (None, "Hi.", 4.0, 5.0)],
    ),
    "YouTube's panel": (
        "0:01\nhello there\n0:04\nhi you\n",
        [(None, "hello there", 1.0, 4.0), (None, "hi you", 4.0, None)],
    ),
    "Meet": ("00:00:00\nAnn Lee: Hello there.\nBen: Hi you.\n00:00:10\nAnn Lee: Bye.\n", None),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_with_times_and_names(name):
    text, expected = TEXTS[name]
    found = aai.load(text)
    if expected is None:
        assert [row[0] for row in rows(found)] == ["Ann Lee", "Ben", "Ann Lee"]
        assert [row[1] for row in rows(found)] == ["Hello there.", "Hi you.", "Bye."]
        return
    assert [tuple(None if one != one else one for one in row) for row in rows(found)] == expected


def test_names_alone_give_turns_without_times():
    found = aai.load("Ann: Hello.\nBen: Hi.\nAnn: And\nso on.\nBen: Yes.\n")
    assert found.utterances["text"].tolist() == ["Hello.", "Hi.", "And so on.", "Yes."]
    assert found.words["start"].isna().all()
    assert found.words["timing"].isna().all()
    assert "no times" in " ".join(found.problems)


def test_word_documents_of_meetings():
    found = aai.load(docx("Weekly", "Ann Lee   0:03", "Hello there.", "Ben   0:07", "Hi."))
    assert [row[:3] for row in rows(found)] == [("Ann Lee", "Hello there.", 3.0), ("Ben", "Hi.", 7.0)]
    assert "Weekly" in found.problems[0]
    older = aai.load(
        docx(
            "0:0:0.0 --> 0:0:4.7\nAnn\nHello.",
            "0:0:5.0 --> 0:0:6.0\nBen\nHi.",
            "0:0:7.0 --> 0:0:8.0\nAnn\nBye.",
        )
    )
    assert [row[0] for row in rows(older)] == ["Ann", "Ben", "Ann"]


def test_frames_and_lists_of_rows():
    frame = pd.DataFrame(
        {"speaker": ["Ann", None], "text": ["Hello you", "Hi"], "start": [0.5, 2.0], "end": [1.5, None]}
    )
    expected = [("Ann", "Hello you", 0.5, 1.5), (None, "Hi", 2.0)]
    for what in (frame, frame.to_dict("records")):
        assert [
            row[: len(want)] for row, want in zip(rows(aai.load(what)), expected, strict=True)
        ] == expected
    table = aai.load("Start,End,Speaker,Text\n0.5,1.5,Ann,Hello you\n00:00:02,00:00:03,Ben,Hi\n")
    assert rows(table) == [("Ann", "Hello you", 0.5, 1.5), ("Ben", "Hi", 2.0, 3.0)]
    own = aai.load(SRT)
    assert rows(aai.load(own.utterances)) == rows(own)
    assert rows(aai.load(own.words)) == rows(own)


def test_a_name_lasts_until_the_next_one_and_that_is_told():
    text = "1\n00:00:00,000 --> 00:00:01,000\nAnn: Hi.\n\n2\n00:00:01,000 --> 00:00:02,000\nGo on.\n\n"
    text += "3\n00:00:02,000 --> 00:00:03,000\nBen: Yes.\n\n4\n00:01:02,000 --> 00:01:03,000\nLate.\n"
    found = aai.load(text)
    assert [row[0] for row in rows(found)] == ["Ann", "Ann", "Ben", None]
    assert any("without a name" in line for line in found.problems)
    assert [row[0] for row in rows(aai.load(found.to_srt(speakers=True)))][:3] == ["Ann", "Ann", "Ben"]


def test_the_service_reader_says_what_it_does_not_read():
    found = aai.Transcript.from_json({"text": "Hi", "segments": [{"start": 0, "end": 1, "text": "Hi"}]})
    assert "aai.load" in found.problems[0]


def test_deep_xml_is_refused():
    deep = 5000
    with pytest.raises(aai.UsageError, match="nested deeper"):
        aai.load("<tt>" * deep + "</tt>" * deep)


def test_eaf_and_exb():
    eaf = """<ANNOTATION_DOCUMENT><HEADER><MEDIA_DESCRIPTOR MEDIA_URL="file:///x/talk.wav"/></HEADER><TIME_ORDER>
    <TIME_SLOT TIME_SLOT_ID="t1" TIME_VALUE="0"/><TIME_SLOT TIME_SLOT_ID="t2" TIME_VALUE="1000"/>
    <TIME_SLOT TIME_SLOT_ID="t3" TIME_VALUE="500"/><TIME_SLOT TIME_SLOT_ID="t4" TIME_VALUE="900"/>
    </TIME_ORDER>
    <TIER TIER_ID="A" PARTICIPANT="Ann" LINGUISTIC_TYPE_REF="default"><ANNOTATION><ALIGNABLE_ANNOTATION
     ANNOTATION_ID="a" TIME_SLOT_REF1="t1" TIME_SLOT_REF2="t2"><ANNOTATION_VALUE>Hello you.</ANNOTATION_VALUE>
    </ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
    <TIER TIER_ID="B" PARTICIPANT="Ben"><ANNOTATION><ALIGNABLE_ANNOTATION
     ANNOTATION_ID="b" TIME_SLOT_REF1="t3" TIME_SLOT_REF2="t4"><ANNOTATION_VALUE>Hi.</ANNOTATION_VALUE>
    </ALIGNABLE_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>"""
    assert rows(aai.load(eaf)) == [("Ann", "Hello you.", 0.0, 1.0), ("Ben", "Hi.", 0.5, 0.9)]
    exb = """<basic-transcription><head><meta-information><referenced-file url="talk.wav"/></meta-information>
    <speakertable><speaker id="S0"><abbreviation>ANN</abbreviation></speaker></speakertable></head>
    <basic-body>
    <common-timeline><tli id="T0" time="0.5"/><tli id="T1"/><tli id="T2" time="1.5"/></common-timeline>
    <tier id="X" speaker="S0" category="v" type="t"><event start="T0" end="T1">Hello </event>
    <event start="T1" end="T2">you</event></tier>
    <tier id="Y" type="d"><event start="T0" end="T1">nods</event></tier>
    </basic-body></basic-transcription>"""
    found = aai.load(exb)
    assert rows(found) == [("ANN", "Hello you", 0.5, 1.5)]
    assert any("'Y'" in line for line in found.problems)


def test_chat():
    text = (
        "@UTF8\n@Begin\n@Languages:\teng\n@Participants:\tANN Ann Adult, BEN Ben Adult\n"
        "*ANN:\t<the the> [/] the (be)cause &-um went . \x150_1500\x15\n%wor:\tx\n"
        "%mor:\tn|x\n*BEN:\tyes +/. \x151500_2000\x15\n@End\n"
    )
    found = aai.load(text)
    assert rows(found) == [("Ann", "the the the because um went.", 0.0, 1.5), ("Ben", "yes.", 1.5, 2.0)]
    assert found.language == "en"


def test_pages_with_times():
    noscribe = """<!DOCTYPE HTML><html><head><style>p { color: red }</style>
    <meta name="audio_source" content="./talk.mp3" /></head><body><p>Transcribed with noScribe</p>
    <p><a name="ts_0_900_" >(1 second pause) </a></p>
    <p><a name="ts_1000_2500_S01" >S01: <span>[00:00:01]</span> Good day &amp; welcome.</a>
    <a name="ts_2600_3000_//S02" > //S02: Hi.</a><a name="ts_3100_3500_S01" >// So.</a></p></body></html>"""
    found = aai.load(noscribe)
    assert rows(found) == [
        ("S01", "Good day & welcome.", 1.0, 2.5),
        ("S02", "Hi.", 2.6, 3.0),
        ("S01", "So.", 3.1, 3.5),
    ]
    told = " ".join(found.problems)
    for what in ("pauses", "Transcribed with noScribe", "talk.mp3"):
        assert what in told
    page = "<cite>Ann:</cite> <time>0:00</time> <p>Hello there.</p>"
    page += "<cite>Ben:</cite> <time>0:04</time> <p>Hi.</p>"
    assert [row[:3] for row in rows(aai.load(page))] == [("Ann", "Hello there.", 0.0), ("Ben", "Hi.", 4.0)]
    stamp = '<p><span class="timestamp" data-timestamp="1.5">0:01</span>Ann: Hello</p>'
    stamp += '<p><span class="timestamp">0:04</span>Ben: Hi</p>'
    otr = aai.load(json.dumps({"text": stamp, "media": "talk.mp3", "media-time": 3.0}))
    assert [row[:3] for row in rows(otr)] == [("Ann", "Hello", 1.5), ("Ben", "Hi", 4.0)]


# Sound -----------------------------------------------------------------------------------------------------


def test_sound_beside_a_file_is_found(tmp_path):
    (tmp_path / "talk.mp3").write_bytes(b"ID3 sound")
    for name in ("talk.srt", "talk.de.srt", "talk_transcript.srt"):
        (tmp_path / name).write_text(SRT)
        assert aai.load(tmp_path / name).audio.file == tmp_path / "talk.mp3"
    (tmp_path / "other.srt").write_text(SRT)
    assert aai.load(tmp_path / "other.srt").audio is None
    assert aai.load(tmp_path / "other.srt", audio=tmp_path / "talk.mp3").audio.file == tmp_path / "talk.mp3"


def test_sound_that_a_file_names_is_taken_from_its_own_folder_only(tmp_path):
    home, away = tmp_path / "home", tmp_path / "away"
    home.mkdir(), away.mkdir()
    (away / "secret.wav").write_bytes(b"RIFF")
    for named in (
        "../away/secret.wav",
        str(away / "secret.wav"),
        f"file://{away}/secret.wav",
        "..\\away\\secret.wav",
    ):
        (home / "a.vtt").write_text(f"WEBVTT\n\nNOTE media: {named}\n\n00:01.0 --> 00:02.0\nHi\n")
        found = aai.load(home / "a.vtt")
        assert found.audio is None
        assert any("secret.wav" in line for line in found.problems)
        (home / "secret.wav").write_bytes(b"RIFF1")
        assert aai.load(home / "a.vtt").audio.file == home / "secret.wav"
        (home / "secret.wav").unlink()


def test_an_address_in_a_file_is_opened_by_nobody(tmp_path):
    (tmp_path / "a.otr").write_text(
        json.dumps(
            {
                "text": "<p>[0:01] Hi</p><p>[0:04] You</p>",
                "media": "https://example.org/a.mp3",
                "media-time": 1,
            }
        )
    )
    found = aai.load(tmp_path / "a.otr")
    assert found.audio.asks_for == "example.org"


def test_a_recording_that_is_given_is_not_missed(tmp_path):
    path = tmp_path / "talk.vtt"
    path.write_text("WEBVTT\n\nNOTE media: gone.mp3\n\n00:01.000 --> 00:02.000\nHi\n")
    sound = tmp_path / "talk.wav"
    sound.write_bytes(b"RIFF")
    assert any("gone.mp3" in line for line in aai.load(path.read_bytes()).problems)
    found = aai.load(path.read_bytes(), audio=sound)
    assert not any("gone.mp3" in line for line in found.problems)
    assert found.audio.file == sound
