"""Forms of programs whose own files may not be copied: written by hand, with other words."""

from __future__ import annotations

import pytest

import aai_jupyter as aai
from tests.interchange.files import docx, rows

FORMS = {
    "Zoom, with titles, initials and a company": (
        """WEBVTT

1
00:00:16.240 --> 00:00:19.230
Ann Lee: Good morning everyone.

2
00:00:19.900 --> 00:00:21.120
So, let's start: three items.

3
00:00:22.900 --> 00:00:24.120
Dr. M. O'Neil-Smith | ACME: Yes.
""",
        "WebVTT",
        [
            ("Ann Lee", "Good morning everyone.", 16.24, 19.23),
            ("Ann Lee", "So, let's start: three items.", 19.9, 21.12),
            ("Dr. M. O'Neil-Smith | ACME", "Yes.", 22.9, 24.12),
        ],
    ),
    "Webex, numbers of people behind their names": (
        """WEBVTT

1 "Ann Lee" (2305728768)
00:00:03.219 --> 00:00:06.689
Good morning, everyone.

2 "" (0)
00:00:06.949 --> 00:00:09.000
It's 10:30: let us go.
""",
        "WebVTT",
        [
            ("Ann Lee", "Good morning, everyone.", 3.219, 6.689),
            (None, "It's 10:30: let us go.", 6.949, 9.0),
        ],
    ),
    "Teams, one name with a comma and a company": (
        """WEBVTT

df0a9f34-3d34-4a85-9b0a-2ad6d9f5a1a5/12-0
00:00:03.219 --> 00:00:06.689
<v Ann Lee>Good morning &amp; hello.
Two lines.</v>

df0a9f34-3d34-4a85-9b0a-2ad6d9f5a1a5/12-1
00:00:06.689 --> 00:00:08.000
<v Chan, Bo (External)>Morning.</v>
""",
        "WebVTT",
        [
            ("Ann Lee", "Good morning & hello. Two lines.", 3.219, 6.689),
            ("Chan, Bo (External)", "Morning.", 6.689, 8.0),
        ],
    ),
    "Google Meet, times every five minutes and its last lines": (
        """Mar 5, 2024
Weekly sync - Transcript
00:00:00

Ann Lee: Good.
Bo Chan: Fine?
00:05:00

Bo Chan: And now?
Transcription ended after 00:07:12

This editable transcript was computer generated and might contain errors. People can also change it.
""",
        "text with times and names",
        [
            ("Ann Lee", "Good.", 0.0, 150.0),
            ("Bo Chan", "Fine?", 150.0, 300.0),
            ("Bo Chan", "And now?", 300.0, None),
        ],
    ),
    "Otter, with a head and a date in it": (
        """Weekly sync
Tue, Mar 05, 2024 10:02AM • 5:12
SUMMARY KEYWORDS
budget, plan
SPEAKERS
Ann Lee, Bo Chan

Ann Lee  00:00
Good morning.

Bo Chan  1:00:05
Morning.

Transcribed by https://otter.ai
""",
        "text with times and names",
        [("Ann Lee", "Good morning.", 0.0, 3605.0), ("Bo Chan", "Morning.", 3605.0, None)],
    ),
    "noScribe, speech that overlaps and marks of pauses": (
        """Ein Gespräch

Transcribed with noScribe vers. 0.7
Audio file: ./Ein Gespräch.mp3
(Language: German (de) | Speaker detection: auto | Overlapping speech: 1 | Timestamps: 1 | Mark pause: 1)

(12 seconds pause)

S01: [00:00:12] Guten Tag. (..) //S02: Herrlich. // Danke.

S00: [00:00:36] Ja. [00:01:01] Ach //so.//
""",
        "text with times and names",
        [
            ("S01", "Guten Tag.", 12.0, 21.6),
            ("S02", "Herrlich.", 21.6, 30.24),
            ("S01", "Danke.", 30.24, 36.0),
            ("S00", "Ja.", 36.0, 61.0),
            ("S00", "Ach so.", 61.0, None),
        ],
    ),
    "aTrain, names alone above several times": (
        """SPEAKER_00
[00:00:01] - Good morning.
[00:00:03] - How are you?
SPEAKER_01
[00:00:05] - Fine.
""",
        "text with times and names",
        [
            ("SPEAKER_00", "Good morning.", 1.0, 3.0),
            ("SPEAKER_00", "How are you?", 3.0, 5.0),
            ("SPEAKER_01", "Fine.", 5.0, None),
        ],
    ),
    "names and times on lines of their own, each person once": (
        "Sync\n5. März 2024\nAnn Lee hat die Transkription gestartet\nAnn Lee\n0:03\nGuten Morgen.\n"
        "Bo Chan\n0:05\nMorgen. Wie geht es?\n",
        "text with times and names",
        [("Ann Lee", "Guten Morgen.", 3.0, 5.0), ("Bo Chan", "Morgen. Wie geht es?", 5.0, None)],
    ),
    "Markdown, names in bold with their colons": (
        "# Title\n\n**Ann:** [00:00:03] Good morning.\n\n**Bo:** [00:00:05] Hi.\n",
        "text with times and names",
        [("Ann", "Good morning.", 3.0, 5.0), ("Bo", "Hi.", 5.0, None)],
    ),
    "NVivo, rows with numbers under a head that has no name": (
        "\tTimespan\tContent\tSpeaker\n1\t0:00.0 - 0:04.5\tGood morning.\tAnn\n2\t0:04.5 -"
        " 0:08.0\tFine.\tBo\n",
        "table (CSV)",
        [("Ann", "Good morning.", 0.0, 4.5), ("Bo", "Fine.", 4.5, 8.0)],
    ),
    "f4, times at the ends": (
        "I: How are you? #00:00:04-5#\n\nB: Fine. #00:00:07-1#\n\nI: (laughs) Good. #00:00:09-9#\n",
        "text with times and names",
        [
            ("I", "How are you?", 0.0, 4.5),
            ("B", "Fine.", 4.5, 7.1),
            ("I", "(laughs) Good.", 7.1, 9.9),
        ],
    ),
    "MAXQDA, time and name without a space": (
        "00:00:01.5Ann: Good morning.\n\n00:00:04.5Bo: Fine.\n\n00:00:08.5Ann: Good.\n",
        "text with times and names",
        [
            ("Ann", "Good morning.", 1.5, 4.5),
            ("Bo", "Fine.", 4.5, 8.5),
            ("Ann", "Good.", 8.5, None),
        ],
    ),
    "Descript, times within the text": (
        "Ann: [00:00:00] Good.\n\nBo: [00:00:05] Morning. [00:00:09] So.\n\nAnn: [00:00:12] Fine.\n",
        "text with times and names",
        [
            ("Ann", "Good.", 0.0, 5.0),
            ("Bo", "Morning.", 5.0, 9.0),
            ("Bo", "So.", 9.0, 12.0),
            ("Ann", "Fine.", 12.0, None),
        ],
    ),
    "Google, an answer of a batch by its address": (
        '{"results": {"gs://b/a.wav": {"uri": "gs://b/o.json", "transcript": {"results":'
        ' [{"alternatives": [{"transcript":'
        ' "hi there"}], "resultEndOffset": "1.2s", "languageCode": "en-us"}]}}}}',
        "Google JSON",
        [(None, "hi there", 0.0, 1.2)],
    ),
    "Azure, results that a program collected": (
        '[{"Id": "a", "RecognitionStatus": "Success", "DisplayText": "Hello.", "Offset": 7600000,'
        ' "Duration": 13200000,'
        ' "SpeakerId": "Guest-1"}, {"DisplayText": "Bye.", "Offset": 27600000, "Duration": 3200000,'
        ' "SpeakerId": "Guest-2"}]',
        "Azure JSON",
        [("Guest-1", "Hello.", 0.76, 2.08), ("Guest-2", "Bye.", 2.76, 3.08)],
    ),
    "IBM Watson, words as lists": (
        '{"results": [{"final": true, "alternatives": [{"transcript": "hi there ", "confidence": 0.9,'
        ' "timestamps":'
        ' [["hi", 0.1, 0.3], ["there", 0.4, 0.8]], "word_confidence": [["hi", 0.9], ["there", 0.8]]}]}],'
        ' "speaker_labels": [{"from": 0.1, "to": 0.3, "speaker": 1}, {"from": 0.4, "to": 0.8,'
        ' "speaker": 2}]}',
        "IBM Watson JSON",
        [("1", "hi", 0.1, 0.3), ("2", "there", 0.4, 0.8)],
    ),
    "Speechmatics before 2019": (
        '{"job": {"lang": "en", "duration": 4}, "speakers": [{"duration": "1", "name": "F1", "time": "0"},'
        ' {"duration": "2", "name": "M2", "time": "1.00"}], "words": [{"duration": "0.5", "confidence":'
        ' "0.9",'
        ' "name": "Hi", "time": "0.25"}, {"duration": "0", "confidence": null, "name": ".", "time": "0.75"},'
        ' {"duration": "0.5", "confidence": "0.8", "name": "Yes", "time": "1.25"}]}',
        "Speechmatics JSON",
        [("F1", "Hi.", 0.25, 0.75), ("M2", "Yes", 1.25, 1.75)],
    ),
    "faster-whisper, one segment with its words": (
        '[{"id": 1, "start": 0.0, "end": 2.0, "text": " Hello there.", "tokens": [50364], "words":'
        ' [{"start": 0.0,'
        ' "end": 0.8, "word": " Hello", "probability": 0.9}, {"start": 0.8, "end": 2.0, "word": "'
        ' there."}]}]',
        "JSON with timed rows",
        [(None, "Hello there.", 0.0, 2.0)],
    ),
    "autoEdit, paragraphs of words in `text`": (
        '{"audioFile": "/Users/u/a.ogg", "status": true, "text": [{"id": 0, "paragraph": [{"id": 0,'
        ' "line": [{"text":'
        ' "There", "startTime": 0.5, "endTime": 0.9}, {"text": "is", "startTime": 0.9, "endTime": 1.1},'
        ' {"text": "a", "startTime": 1.1, "endTime": 1.2},'
        ' {"text": "day.", "startTime": 1.2, "endTime": 1.6}]}]}]}',
        "JSON with timed rows",
        [(None, "There is a day.", 0.5, 1.6)],
    ),
    "JSON with whole numbers that are milliseconds": (
        '[{"start": 1, "end": 5000, "text": "A sunny day."}, {"start": 25801, "end": 28700, "text":'
        ' "And hot."}]',
        "JSON with timed rows",
        [(None, "A sunny day.", 0.001, 5.0), (None, "And hot.", 25.801, 28.7)],
    ),
    "JSON with whole seconds": (
        '[{"start": 0, "end": 5, "text": "A sunny day."}, {"start": 25, "end": 28, "text": "And hot."}]',
        "JSON with timed rows",
        [(None, "A sunny day.", 0.0, 5.0), (None, "And hot.", 25.0, 28.0)],
    ),
    "CTM with alternatives, tags and two channels": (
        ";; comment\n3129 A 0.39 0.08 BUT;tag1\n3129 A *      *    <ALT_BEGIN>\n3129 A 13.33 0.16 WE\n"
        "3129 A *      *    <ALT>\n3129 A 13.30 0.22 YEAH\n3129 A *      *    <ALT_END>\n3129 B 0.41"
        " 0.1 UH-HUH\n",
        "CTM",
        [(None, "BUT", 0.39, 0.47), (None, "UH-HUH", 0.41, 0.51), (None, "WE", 13.33, 13.49)],
    ),
    "STM with alternatives and optional words": (
        ";; comment\n2347 A 2347-a 0.5 2.5 <O,M> { um / uh } so (you) { i am / { i'm / @ } } here\n",
        "STM",
        [("2347-a", "um so you i am here", 0.5, 2.5)],
    ),
    "EXMARaLDA of a program, one event a word": (
        '<basic-transcription><head><speakertable><speaker id="S"><abbreviation>ANN</abbreviation></speaker>'
        '</speakertable></head><basic-body><common-timeline><tli id="T0" time="0"/><tli id="T1" time="1"/>'
        '<tli id="T2" time="2"/></common-timeline><tier id="T" speaker="S" type="t" display-name="x">'
        '<event start="T0" end="T1">Good</event><event start="T1" end="T2">day</event></tier>'
        '<tier id="P" type="t" display-name="[pos]"><event start="T0" end="T1">JJ</event>'
        '<event start="T1" end="T2">NN</event></tier></basic-body>'
        "</basic-transcription>",
        "EXMARaLDA (EXB)",
        [("ANN", "Good day", 0.0, 2.0)],
    ),
    "Podcasting 2.0, a segment for each word, mark and space": (
        '{"version": "1.0.0", "segments": [{"speaker": "A", "startTime": 0.2, "endTime": 0.4, "body":'
        ' "Good"},'
        ' {"speaker": "A", "startTime": 0.4, "endTime": 0.4, "body": " "}, {"speaker": "A", "startTime": 0.5,'
        ' "endTime": 0.9, "body": "day"}, {"speaker": "A", "startTime": 0.9, "endTime": 0.9, "body": "."},'
        ' {"speaker": "B", "startTime": 1.5, "endTime": 1.9, "body": "Yes"}, {"speaker": "B",'
        ' "startTime": 1.9,'
        ' "endTime": 1.9, "body": " "}]}',
        "Podcasting 2.0 JSON",
        [("A", "Good day.", 0.2, 0.9), ("B", "Yes", 1.5, 1.9)],
    ),
    "Google, times as seconds and nanoseconds": (
        '{"results": [{"alternatives": [{"transcript": " Good day.", "confidence": 0.75, "words":'
        ' [{"startTime":'
        ' {"seconds": "321", "nanos": 300000000}, "endTime": {"seconds": "321", "nanos": 700000000}, "word":'
        ' "Good"}, {"startTime": {"seconds": "321", "nanos": 700000000}, "endTime": {"seconds": "322"},'
        ' "word":'
        ' "day."}]}], "languageCode": "en-us"}]}',
        "Google JSON",
        [(None, "Good day.", 321.3, 322.0)],
    ),
    "SRT with long names of tags": (
        "1\n00:00:01,000 --> 00:00:02,000\nHello <bold>my</bold> <italic>name</italic>\n",
        "SubRip (SRT)",
        [(None, "Hello my name", 1.0, 2.0)],
    ),
    "VTT with bytes of zero": (
        "WEBVTT\n\n00:01.000 --> 00:02.000\nHe\0llo\n",
        "WebVTT",
        [(None, "He\ufffdllo", 1.0, 2.0)],
    ),
}


@pytest.mark.parametrize(("text", "form", "expected"), FORMS.values(), ids=FORMS)
def test_form_of_a_program_is_read(text, form, expected):
    found = aai.load(text)
    assert found.raw["imported"]["format"] == form
    assert [
        (who, said, start, None if end != end else end) for who, said, start, end in rows(found)
    ] == expected


def test_what_a_program_says_of_itself_is_told_and_no_speech():
    found = aai.load(FORMS["Otter, with a head and a date in it"][0])
    assert any("Transcribed by" in line for line in found.problems)
    assert "otter" not in found.text


def test_a_word_document_of_teams():
    found = aai.load(
        docx(
            "Weekly sync-20240305_100200-Meeting Recording",
            "March 5, 2024, 10:02AM",
            "5m 12s",
            "Ann Lee started transcription",
            "Ann Lee   0:03\nGood morning.",
            "Bo Chan   1:00:09\nFine.",
            "Ann Lee stopped transcription",
        )
    )
    assert found.utterances["text"].tolist() == ["Good morning.", "Fine."]
    assert found.utterances["speaker"].tolist() == ["Ann Lee", "Bo Chan"]
    assert found.utterances["start"].tolist() == [3.0, 3609.0]
