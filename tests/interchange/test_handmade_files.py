"""Forms that the reference names, each by an example made by hand after what the program documents."""

from __future__ import annotations

import json

import pytest

import aai_jupyter as aai

from .files import rows

WORDS = [{"text": " Good", "start": 0.5, "end": 0.9}, {"text": " day.", "start": 1.0, "end": 1.5}]
ROW = {"start": 0.5, "end": 1.5, "text": " Good day."}
FORMS = {
    "YouTube, srv1": '<transcript><text start="0.5" dur="1">I&amp;#39;m here.</text></transcript>',
    "YouTube, srv3": '<timedtext format="3"><body><p t="500" d="1000"><s>I\'m</s><s t="400"> here.'
    "</s></p></body></timedtext>",
    "Whisper TSV": "start\tend\ttext\n500\t1500\tI'm here.\n1500\t2500\tYes.\n",
    "TextGrid, short": 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n2\n<exists>\n1\n'
    '"IntervalTier"\n"Ann"\n0\n2\n2\n0\n0.5\n""\n0.5\n1.5\n"I\'m here."\n',
    "Webex": 'WEBVTT\n\n1 "Ann" (42)\n00:00:00.500 --> 00:00:01.500\nI\'m here.\n',
    "Teams": "WEBVTT\n\n0f3a/1-0\n00:00:00.500 --> 00:00:01.500\n<v Ann>I'm here.</v>\n",
    "Zoom": "WEBVTT\n\n1\n00:00:00.500 --> 00:00:01.500\nAnn: I'm here.\n",
    "NVivo": "Timespan\tContent\tSpeaker\n0:00.5 - 0:01.5\tI'm here.\tAnn\n",
    "diarized": json.dumps(
        {"text": "I'm here.", "segments": [{**ROW, "text": "I'm here.", "speaker": "Ann", "id": "s_0"}]}
    ),
    "Podcasting 2.0": json.dumps(
        {
            "version": "1.0.0",
            "segments": [{"speaker": "Ann", "startTime": 0.5, "endTime": 1.5, "body": "I'm here."}],
        }
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_text_times_and_speaker(name):
    who, *said = rows(aai.load(FORMS[name]))[0]
    assert said == ["I'm here.", 0.5, 1.5]
    assert who == (None if name.startswith(("YouTube", "Whisper")) else "Ann")


@pytest.mark.parametrize(
    ("found", "format"),
    [
        ({"text": " Good day.", "sentences": [{**ROW, "tokens": WORDS}]}, "Parakeet JSON"),
        ({"text": " Good day.", "segments": [{**ROW, "words": WORDS}], "ori_dict": {}}, "stable-ts JSON"),
    ],
)
def test_words_have_their_own_times(found, format):
    read = aai.load(json.dumps(found))
    assert read.words[["text", "start", "end", "timing"]].values.tolist() == [
        ["Good", 0.5, 0.9, "measured"],
        ["day.", 1.0, 1.5, "measured"],
    ]
    assert read.edited_answer.data.raw["imported"]["format"] == format
