"""JSON of recognisers and services, by examples made by hand after their documentation."""

from __future__ import annotations

import json

import aai_jupyter as aai

from .files import rows


def test_nemo_and_scripts_without_spaces():
    nemo = {
        "text": "a b",
        "timestamp": {
            "word": [{"word": "a", "start": 0, "end": 0.5}, {"word": "b", "start": 0.5, "end": 1}],
            "segment": [{"segment": "a b", "start": 0, "end": 1}],
        },
    }
    assert aai.load(nemo).words["timing"].tolist() == ["measured"] * 2
    words = [{"word": " 今日", "start": 0, "end": 0.5}, {"word": "は", "start": 0.5, "end": 1}]
    found = aai.load(
        {"text": "今日は", "segments": [{"start": 0, "end": 1, "text": "今日は", "words": words}]}
    )
    assert found.words["text"].tolist() == ["今日", "は"]
    assert found.text == "今日は"


def test_openai_words_beside_segments():
    verbose = {
        "task": "transcribe",
        "language": "english",
        "duration": 2.0,
        "text": "Good day.",
        "segments": [{"id": 0, "start": 0.0, "end": 1.5, "text": " Good day."}],
        "words": [{"word": "Good", "start": 0.1, "end": 0.4}, {"word": "day", "start": 0.5, "end": 1.4}],
    }
    found = aai.load(json.dumps(verbose, indent=1))
    assert found.words[["text", "start", "timing"]].values.tolist() == [
        ["Good", 0.1, "measured"],
        ["day.", 0.5, "measured"],
    ]
    assert found.language == "en"


def test_services():
    google = {
        "results": [
            {
                "alternatives": [
                    {
                        "transcript": "hello you",
                        "confidence": 0.9,
                        "words": [
                            {"startTime": "0.500s", "endTime": "0.9s", "word": "hello"},
                            {"startTime": "1s", "endTime": "1.4s", "word": "you"},
                        ],
                    }
                ]
            },
            {
                "alternatives": [
                    {
                        "words": [
                            {"startTime": "0.500s", "endTime": "0.9s", "word": "hello", "speakerTag": 1},
                            {"startTime": "1s", "endTime": "1.4s", "word": "you", "speakerTag": 2},
                        ]
                    }
                ]
            },
        ]
    }
    assert rows(aai.load(google)) == [("1", "hello", 0.5, 0.9), ("2", "you", 1.0, 1.4)]
    azure = {
        "source": "a.wav",
        "recognizedPhrases": [
            {
                "channel": 0,
                "speaker": 1,
                "offset": "PT0.5S",
                "duration": "PT1S",
                "nBest": [
                    {
                        "display": "Hello you.",
                        "words": [
                            {"word": "hello", "offset": "PT0.5S", "duration": "PT0.4S"},
                            {"word": "you", "offset": "PT1S", "duration": "PT0.5S"},
                        ],
                    }
                ],
            }
        ],
    }
    found = aai.load(azure)
    assert rows(found) == [("1", "Hello you.", 0.5, 1.5)]
    assert found.words["timing"].tolist() == ["measured"] * 2
    eleven = {
        "language_code": "en",
        "text": "Hi you",
        "words": [
            {"text": "Hi", "start": 0.1, "end": 0.3, "type": "word", "speaker_id": "speaker_0"},
            {"text": " ", "start": 0.3, "end": 0.4, "type": "spacing", "speaker_id": "speaker_0"},
            {"text": "(laughs)", "start": 0.4, "end": 0.5, "type": "audio_event", "speaker_id": "speaker_0"},
            {"text": "you", "start": 0.5, "end": 0.8, "type": "word", "speaker_id": "speaker_1"},
        ],
    }
    found = aai.load(eleven)
    assert rows(found) == [("speaker_0", "Hi", 0.1, 0.3), ("speaker_1", "you", 0.5, 0.8)]
    assert "no speech" in found.problems[0]
    cpp = {
        "systeminfo": "x",
        "result": {"language": "en"},
        "transcription": [
            {
                "timestamps": {"from": "00:00:00,000", "to": "00:00:01,000"},
                "offsets": {"from": 0, "to": 1000},
                "text": " Hello",
                "tokens": [
                    {"text": "[_BEG_]", "offsets": {"from": 0, "to": 0}},
                    {"text": " Hel", "offsets": {"from": 0, "to": 400}, "p": 0.5},
                    {"text": "lo", "offsets": {"from": 400, "to": 900}, "p": 1.0},
                ],
            }
        ],
    }
    found = aai.load(cpp)
    assert found.words[["text", "start", "end", "confidence"]].values.tolist() == [["Hello", 0.0, 0.9, 0.75]]
    whisperx = {
        "segments": [
            {
                "start": 0.0,
                "end": 2.0,
                "text": " In 2024 yes",
                "speaker": "A",
                "words": [
                    {"word": "In", "start": 0.0, "end": 0.4, "speaker": "A"},
                    {"word": "2024"},
                    {"word": "yes", "start": 1.5, "end": 2.0, "speaker": "B"},
                ],
            }
        ],
        "word_segments": [],
        "language": "en",
    }
    found = aai.load(whisperx)
    assert found.words["timing"].tolist() == ["measured", "interpolated", "measured"]
    assert found.words["speaker"].tolist() == ["A", "A", "B"]


def test_tokens_of_korean_words_are_joined_and_full_stops_stay_with_their_word():
    tokens = [
        {"text": text, "offsets": {"from": 100 * n, "to": 100 * n + 90}}
        for n, text in enumerate([" 안", "녕", " 세계", "。", "今", "日", "。"])
    ]
    cpp = {"systeminfo": "x", "transcription": [{"offsets": {"from": 0, "to": 700}, "tokens": tokens}]}
    cpp["transcription"][0]["text"] = " 안녕 세계。今日。"
    words = aai.load(cpp).words
    assert words["text"].tolist() == ["안녕", "세계。", "今", "日。"]
    assert words["end"].tolist() == [0.19, 0.39, 0.49, 0.69]


def test_parts_of_one_word_without_spacing_between_them_are_joined():
    parts = [("it", "word"), ("’s", "word"), (" ", "spacing"), ("안", "word"), ("녕", "word")]
    parts += [(" ", "spacing"), ("今", "word"), ("日", "word")]
    words = [
        {"text": text, "type": kind, "start": n / 10, "end": (n + 1) / 10, "speaker_id": "s"}
        for n, (text, kind) in enumerate(parts)
    ]
    assert aai.load({"words": words}).words["text"].tolist() == ["it’s", "안녕", "今", "日"]


def test_a_list_of_one_row_is_read():
    row = {"text": "Good day, everybody.", "start": 0.5, "end": 1.5, "speaker": "Ann"}
    assert rows(aai.load(json.dumps([row]))) == [("Ann", "Good day, everybody.", 0.5, 1.5)]
