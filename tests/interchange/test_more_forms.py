"""Traits of files that other programs wrote, typed by hand with other words."""

from __future__ import annotations

import struct

import pytest

import aai_jupyter as aai
from tests.interchange.files import rows

EAF_NUMBERS = (
    '<ANNOTATION_DOCUMENT><HEADER/><TIME_ORDER><TIME_SLOT TIME_SLOT_ID="t1" TIME_VALUE="100"/><TIME_SLOT'
    ' TIME_SLOT_ID="t2" TIME_VALUE="900"/></TIME_ORDER><TIER TIER_ID="ref@A" LINGUISTIC_TYPE_REF="ref"'
    ' PARTICIPANT="Ann"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="t1"'
    ' TIME_SLOT_REF2="t2"><ANNOTATION_VALUE>BEJ_01_001</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>'
    '</TIER><TIER TIER_ID="ft@A" PARENT_REF="ref@A" LINGUISTIC_TYPE_REF="ft"><ANNOTATION><REF_ANNOTATION'
    ' ANNOTATION_ID="a2" ANNOTATION_REF="a1"><ANNOTATION_VALUE>Good day.</ANNOTATION_VALUE></REF_ANNOTATION>'
    '</ANNOTATION></TIER><TIER TIER_ID="tx@A" PARENT_REF="ref@A" LINGUISTIC_TYPE_REF="tx"><ANNOTATION>'
    '<REF_ANNOTATION ANNOTATION_ID="a3" ANNOTATION_REF="a1"><ANNOTATION_VALUE>guten tag</ANNOTATION_VALUE>'
    "</REF_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>"
)

FORMS = {
    "Google Meet in Markdown, headings with anchors": (
        "# Notes\n\n### Summary\n\nThings: were said.\n\n### 00:00:00 {#00:00:00}\n\n**Ann Lee:** Good.\n"
        "**Bo:** Fine, at 10:30?\n\n### 00:05:00 {#00:05:00}\n\n**Bo:** And now?\n\n### **Transcription ended"
        " after 00:07:12**\n\n*This editable transcript was computer generated and might contain errors.*\n",
        "text with times and names",
        [
            ("Ann Lee", "Good.", 0.0, 75.0),
            ("Bo", "Fine, at 10:30?", 75.0, 300.0),
            ("Bo", "And now?", 300.0, None),
        ],
    ),
    "captions that Zoom saved, by a clock of twelve hours": (
        "12:59:50 There is a thing\n12:59:58 to keep in mind.\n01:00:05 and one more.\n",
        "text with times and names",
        [
            (None, "There is a thing", 0.0, 8.0),
            (None, "to keep in mind.", 8.0, 15.0),
            (None, "and one more.", 15.0, None),
        ],
    ),
    "times before small letters": (
        "0:00 so welcome\n0:03 to the show\n0:06 and now\n",
        "text with times and names",
        [(None, "so welcome", 0.0, 3.0), (None, "to the show", 3.0, 6.0), (None, "and now", 6.0, None)],
    ),
    "Speechmatics text": (
        "SPEAKER: S1\nThat's fine.\nSPEAKER: S2\nI know.\n",
        "text with times and names",
        [("S1", "That's fine.", None, None), ("S2", "I know.", None, None)],
    ),
    "noScribe captions, speech that overlaps": (
        "WEBVTT Talk\n\nNOTE\nTranscribed with noScribe vers. 0.7\n\n1\n00:00:10.000 --> 00:00:20.000\n"
        "<v S01>Good day. (..) //S02: Hello you. // And so\n\n2\n00:00:20.000 --> 00:00:21.000\n"
        "<v //S02>Fine.\n",
        "WebVTT",
        [
            ("S01", "Good day.", 10.0, 13.6),
            ("S02", "Hello you.", 13.6, 17.6),
            ("S01", "And so", 17.6, 20.0),
            ("S02", "Fine.", 20.0, 21.0),
        ],
    ),
    "ELAN, tab-delimited text": (
        "Ann\t\t00:00:01.040\t00:00:02.330\t00:00:01.290\tGood day.\n"
        "Bo\t\t00:00:02.330\t00:00:03.330\t00:00:01.000\tHi.\n",
        "ELAN text",
        [("Ann", "Good day.", 1.04, 2.33), ("Bo", "Hi.", 2.33, 3.33)],
    ),
    "CSV without a head, words": (
        '"Tell me,",0.38,1.1\nplease,1.28,1.5\n',
        "table (CSV) without a head",
        [(None, "Tell me,", 0.38, 1.1), (None, "please", 1.28, 1.5)],
    ),
    "whisper.cpp CSV, milliseconds": (
        'start,end,text\n0,1500," Good day."\n1500,4000," How are you, then?"\n',
        "table (CSV)",
        [(None, "Good day.", 0.0, 1.5), (None, "How are you, then?", 1.5, 4.0)],
    ),
    "ELAN, text below numbers": (EAF_NUMBERS, "ELAN (EAF)", [("Ann", "guten tag", 0.1, 0.9)]),
    "Azure of Video Indexer, keys with capitals": (
        '{"RecognizedPhrases": [{"Speaker": 1, "Offset": "PT0.5S", "Duration": "PT1S", "NBest": [{"Display":'
        ' "Thanks all.", "Words": [{"Word": "thanks", "Offset": "PT0.5S", "Duration": "PT0.4S"}, {"Word":'
        ' "all", "Offset": "PT1S", "Duration": "PT0.5S"}]}]}]}',
        "Azure JSON",
        [("1", "Thanks all.", 0.5, 1.5)],
    ),
    "Azure batch before its version 3": (
        '{"AudioFileResults": [{"AudioFileName": null, "SegmentResults": [{"SpeakerId": "2",'
        ' "OffsetInSeconds": 0.5, "DurationInSeconds": 1.5, "NBest": [{"Display": "Hello.", "Words":'
        " null}]}]}]}",
        "Azure JSON",
        [("2", "Hello.", 0.5, 2.0)],
    ),
    "YouTube as JSON": (
        '{"events": [{"tStartMs": 0, "dDurationMs": 5000}, {"tStartMs": 100, "dDurationMs": 4000, "segs":'
        ' [{"utf8": "so"}, {"utf8": " well", "tOffsetMs": 300}]}, {"tStartMs": 900, "aAppend": 1, "segs":'
        ' [{"utf8": "\\n"}]}, {"tStartMs": 4100, "dDurationMs": 900, "segs": [{"utf8": "then"}]}]}',
        "YouTube timed text",
        [(None, "so well", 0.1, 4.1), (None, "then", 4.1, 5.0)],
    ),
    "words beside paragraphs that name the speakers": (
        '{"words": [{"text": "Good", "start": 0.5, "end": 0.9}, {"text": "day.", "start": 1.0, "end": 1.4},'
        ' {"text": "Hi.", "start": 2.1, "end": 2.5}], "paragraphs": [{"start": 0.5, "end": 1.4, "speaker":'
        ' "Ann"}, {"start": 2.1, "end": 2.5, "speaker": "Bo"}]}',
        "JSON with timed rows",
        [("Ann", "Good day.", 0.5, 1.4), ("Bo", "Hi.", 2.1, 2.5)],
    ),
    "Premiere, frames of the picture": (
        "00;00;01;12 - 00;00;05;03\nSpeaker 1\nGood day.\n\n00;00;05;10 - 00;00;07;00\nSpeaker 2\nFine.\n",
        "text with times and names",
        [("Speaker 1", "Good day.", 1.401, 5.105), ("Speaker 2", "Fine.", 5.339, 7.007)],
    ),
    "faster-whisper, seconds in brackets": (
        "[0.50s -> 2.10s] Good day.\n[2.10s -> 4.50s] fine.\n",
        "text with times and names",
        [(None, "Good day.", 0.5, 2.1), (None, "fine.", 2.1, 4.5)],
    ),
    "QualCoder, times with dots": (
        "[00.00.01] Ann: Good day.\n[00.00.04] Bo: Fine.\n",
        "text with times and names",
        [("Ann", "Good day.", 1.0, 4.0), ("Bo", "Fine.", 4.0, None)],
    ),
    "Teams, copied from its page": (
        "Ann Lee\n3 minutes 5 seconds\n3:05\nAnn Lee 3 minutes 5 seconds\nGood day.\nBo\n9 seconds\n3:09\n"
        "Bo 3 minutes 9 seconds\nFine.\n",
        "text with times and names",
        [("Ann Lee", "Good day.", 185.0, 189.0), ("Bo", "Fine.", 189.0, None)],
    ),
    "times between number signs behind the name": (
        "Ann: #00:00:01-5# Good day.\nBo: #00:00:04-2# Fine.\n",
        "text with times and names",
        [("Ann", "Good day.", 1.5, 4.2), ("Bo", "Fine.", 4.2, None)],
    ),
    "whisper.cpp, speakers of two channels": (
        "1\n00:00:00,000 --> 00:00:02,000\n(speaker 0) And so\n\n2\n00:00:02,000 --> 00:00:03,000\n"
        "(speaker 1) Right.\n",
        "SubRip (SRT)",
        [("speaker 0", "And so", 0.0, 2.0), ("speaker 1", "Right.", 2.0, 3.0)],
    ),
    "Azure, the first version of fast transcription": (
        '{"duration": 5079, "combinedPhrases": [{"channel": 0, "text": "Hi. Yes."}], "phrases": [{"channel":'
        ' 0, "offset": 720, "duration": 480, "text": "Hi."}, {"channel": 0, "offset": 1720, "duration": 480,'
        ' "text": "Yes."}]}',
        "Azure JSON",
        [(None, "Hi.", 0.72, 1.2), (None, "Yes.", 1.72, 2.2)],
    ),
    "AWS, channels without a list of all items": (
        '{"results": {"transcripts": [], "items": [], "channel_labels": {"channels": [{"channel_label":'
        ' "ch_0", "items": [{"start_time": "0.1", "end_time": "0.3", "type": "pronunciation",'
        ' "alternatives": [{"content": "Hi"}]}, {"type": "punctuation", "alternatives": [{"content":'
        ' "."}]}]}]}}}',
        "AWS Transcribe JSON",
        [(None, "Hi.", 0.1, 0.3)],
    ),
    "AWS Call Analytics": (
        '{"Transcript": [{"BeginOffsetMillis": 120, "EndOffsetMillis": 900, "Content": "Good day.",'
        ' "ParticipantRole": "AGENT", "Items": [{"Content": "Good", "BeginOffsetMillis": 120,'
        ' "EndOffsetMillis": 400}, {"Content": "day", "BeginOffsetMillis": 420, "EndOffsetMillis": 900},'
        ' {"Content": "."}]}]}',
        "JSON with timed rows",
        [("AGENT", "Good day.", 0.12, 0.9)],
    ),
    "parts of words beside a text, which is no answer of the service": (
        '{"id": "x", "text": "Hello all.", "tokens": [{"text": "Hel", "start_ms": 100, "end_ms": 300,'
        ' "speaker": "1"}, {"text": "lo", "start_ms": 300, "end_ms": 400, "speaker": "1"}, {"text": " all",'
        ' "start_ms": 400, "end_ms": 600, "speaker": "2"}, {"text": ".", "start_ms": 600, "end_ms": 610,'
        ' "speaker": "2"}]}',
        "JSON with timed rows",
        [("1", "Hello", 0.1, 0.4), ("2", "all.", 0.4, 0.61)],
    ),
    "Rev, a sound": (
        '{"monologues": [{"speaker": 0, "elements": [{"type": "text", "value": "Hi", "ts": 0.27, "end_ts":'
        ' 0.5}, {"type": "punct", "value": " "}, {"type": "unknown", "value": "<laugh>"}]}]}',
        "Rev JSON",
        [("0", "Hi", 0.27, 0.5)],
    ),
    "oTranscribe, exact times and ends": (
        '{"text": "<p>[Theme]</p><p><span class=\\"timestamp\\" data-timestamp=\\"12.111684\\">00:12</span>'
        '<b>Ann</b>: Good day.</p><p><span class=\\"timestamp\\" data-timestamp=\\"15.5\\">00:15</span>'
        ' <b>Bo:</b> Yes. <span class=\\"timestamp\\" data-timestamp=\\"16.25\\">00:16</span></p>",'
        ' "media": "", "media-time": 3.0}',
        "oTranscribe (OTR)",
        [("Ann", "Good day.", 12.112, 15.5), ("Bo", "Yes.", 15.5, 16.25)],
    ),
    "RTTM with points": (
        ";; comment\nSPEAKER f 1 10.0 4.0 <NA> <NA> a <NA>\nLEXEME f 1 10.0 3.9 well lex a <NA>\n"
        "IP f 1 14.0 <NA> <NA> filler a <NA>\n",
        "RTTM",
        [("a", "well", 10.0, 13.9)],
    ),
}


@pytest.mark.parametrize(("text", "form", "expected"), FORMS.values(), ids=FORMS)
def test_trait_of_a_program_is_read(text, form, expected):
    found = aai.load(text)
    assert found.raw["imported"]["format"] == form
    assert [
        (who, said, *(None if time != time else time for time in times)) for who, said, *times in rows(found)
    ] == expected


def test_rich_text_of_f4():
    found = aai.load(
        rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}{\*\generator Msftedit;}\uc1\pard\b I:\b0  Well"
        rb" \'f6? #00:00:05-2#\par" + b"\n" + rb"\par B: Fi\u8211-ne \{so\}. #00:00:09-8#\par}"
    )
    assert found.raw["imported"]["format"] == "RTF document, text with times and names"
    assert rows(found) == [("I", "Well ö?", 0.0, 5.2), ("B", "Fi–ne {so}.", 5.2, 9.8)]


def _text(text: str) -> bytes:
    if text.isascii():
        return struct.pack(">H", len(text)) + text.encode()
    wide = text.encode("utf-16-be")
    return struct.pack(">HH", 0xFFFF, len(wide) // 2) + wide


def test_binary_textgrid():
    points = struct.pack(">d", 0.5) + _text("H*")
    intervals = b"".join(
        struct.pack(">dd", start, end) + _text(text)
        for start, end, text in [(0.0, 0.4, "gü𝄞t"), (0.4, 0.8, ""), (0.8, 2.0, "tag")]
    )
    head = struct.pack(">dd", 0.0, 2.0)
    data = b"ooBinaryFile\x08TextGrid" + head + b"\x01" + struct.pack(">i", 2)
    data += b"\x0cIntervalTier" + _text("Ann") + head + struct.pack(">i", 3) + intervals
    data += b"\x08TextTier" + _text("tones") + head + struct.pack(">i", 1) + points
    found = aai.load(data)
    assert rows(found) == [("Ann", "gü𝄞t", 0.0, 0.4), ("Ann", "tag", 0.8, 2.0)]
    assert list(found.problems) == ["tier 'tones': points in time, no speech; left out (1 points)"]
    with pytest.raises(aai.UsageError, match="breaks off"):
        aai.load(data[:-20])


def test_chronological_textgrid():
    found = aai.load(
        '"Praat chronological TextGrid text file"\n0 2   ! Time domain.\n2   ! Number of tiers.\n'
        '"IntervalTier" "Ann" 0 2\n"TextTier" "bell" 0 2\n\n! Ann:\n1 0 1.5\n"good day"\n'
        '\n! bell:\n2 1\n"x"\n\n! Ann:\n1 1.5 2\n""\n'
    )
    assert rows(found) == [("Ann", "good day", 0.0, 1.5)]


def _grid(**tiers: list[tuple[float, float, str]]) -> str:
    made = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "0",
        "9",
        "<exists>",
        str(len(tiers)),
    ]
    for name, found in tiers.items():
        made += ['"IntervalTier"', f'"{name}"', "0", "9", str(len(found))]
        made += [f'{start}\n{end}\n"{text}"' for start, end, text in found]
    return "\n".join(made)


def test_words_are_not_lost_for_other_tiers():
    words = [(0.0, 0.5, "damon"), (0.5, 1.0, "fried"), (1.0, 1.2, "the"), (1.2, 2.0, "omelet")]
    found = aai.load(_grid(vowel=[(0.1, 0.3, "T"), (0.6, 0.8, "T"), (1.3, 1.5, "T")], words=words))
    assert found.words["text"].tolist() == ["damon", "fried", "the", "omelet"]
    assert any("annotations of single words" in line for line in found.problems)
    found = aai.load(_grid(**{"Ann - word": words, "Bo - word": [(3.0, 3.5, "no")]}))
    assert [(who, said) for who, said, *_ in rows(found)] == [("Ann", "damon fried the omelet"), ("Bo", "no")]
    found = aai.load(_grid(**{"notes of Bo": [(5.0, 8.0, "he comes in")], "Ann - words": words}))
    assert "damon fried the omelet" in found.text


@pytest.mark.parametrize(
    ("encoding", "text"), [("cp1251", "Сегодня очень хорошая погода, пойдём гулять в парк")]
)
def test_encoding_of_another_script(encoding, text):
    captions = "".join(f"{k}\n00:00:0{k},000 --> 00:00:0{k + 1},000\n{text}\n\n" for k in range(1, 6))
    found = aai.load(captions.encode(encoding))
    assert found.utterances["text"].tolist() == [text] * 5
    assert any(encoding in line for line in found.problems)


def test_a_tier_of_names_says_who_speaks():
    text = [(0.0, 1.0, "maman je veux"), (1.0, 2.0, "pardon"), (3.0, 4.0, "oui d'accord")]
    found = aai.load(_grid(ortho=text, spk=[(0.0, 1.0, "L1"), (1.0, 2.5, "L2"), (2.5, 4.0, "L1")]))
    assert [(who, said) for who, said, *_ in rows(found)] == [
        ("L1", "maman je veux"),
        ("L2", "pardon"),
        ("L1", "oui d'accord"),
    ]


def test_headers_of_chat_in_small_letters():
    head = "@UTF8\n@begin\n@participants:\tCHI Lily Target_Child, MOT Mother\n"
    found = aai.load(f"{head}*CHI:\tgood day .\n@end\n")
    assert [(who, said) for who, said, *_ in rows(found)] == [("Lily", "good day.")]


@pytest.mark.parametrize(
    ("typed", "starts", "counted"),
    [
        ("00:00:01:05 Ann: a\n00:00:03:20 Ben: b", [1.2, 3.8], "25 a second"),
        ("00:00:01:05 Ann: a\n00:00:03:29 Ben: b", [1.167, 3.967], "30 a second"),
        ("00:00:01;00 Ann: a\n00:01:00;02 Ben: b", [1.001, 60.06], "29.97 a second, drop-frame"),
        ("00;10;00;00 Ann: a\n00;10;02;59 Ben: b", [600.0, 602.984], "59.94 a second, drop-frame"),
    ],
)
def test_timecodes_count_the_frames_that_they_need(typed: str, starts: list[float], counted: str) -> None:
    found = aai.load(typed)
    assert found.utterances["start"].tolist() == pytest.approx(starts, abs=0.02)
    assert any(problem.endswith(f"counted as {counted}") for problem in found.problems)
