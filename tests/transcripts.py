"""Transcripts for the tests: one with every field that the service sends, in its own shapes."""

from __future__ import annotations

import json
from typing import Any


def word(text: str, start: int, end: int, speaker: str | None = "A", **more: Any) -> dict[str, Any]:
    return {"text": text, "start": start, "end": end, "confidence": 0.9, "speaker": speaker, **more}


_WORDS = [
    word("Good", 240, 500),
    word("morning.", 520, 900),
    word("I", 1000, 1100),
    word("want", 1120, 1300),
    word("a", 1310, 1350),
    word("refund.", 1400, 1900),
    word("Hello,", 1800, 2200, "B"),
    word("Dr.", 2300, 2500, "B"),
    word("Ray.", 2550, 3000, "B"),
    word("Why", 5000, 5200, "A"),
    word("not?", 5250, 5600, "A"),
]


def _utterance(first: int, last: int, **more: Any) -> dict[str, Any]:
    words = _WORDS[first:last]
    return {
        "speaker": words[0]["speaker"],
        "text": " ".join(one["text"] for one in words),
        "start": words[0]["start"],
        "end": words[-1]["end"],
        "confidence": 0.91,
        "words": words,
        **more,
    }


_FULL: dict[str, Any] = {
    "id": "b7c1d2e3-0000-4000-8000-000000000001",
    "status": "completed",
    "audio_url": "https://example.org/call.mp3",
    "text": " ".join(one["text"] for one in _WORDS),
    "words": _WORDS,
    "utterances": [
        _utterance(
            0, 6, translated_texts={"de": "Guten Morgen. Ich will mein Geld zurück."}, speaker_confidence=0.8
        ),
        _utterance(6, 9, translated_texts={"de": "Hallo, Dr. Ray."}, speaker_confidence=0.7),
        _utterance(9, 11, translated_texts={"de": "Warum nicht?"}, speaker_confidence=0.9),
    ],
    "confidence": 0.93,
    "audio_duration": 6,
    "language_code": "en_us",
    "language_confidence": 0.99,
    "speech_model_used": "universal-2",
    "chapters": [{"headline": "A refund.", "summary": "Somebody wants a refund.", "start": 240, "end": 5600}],
    "entities": [{"entity_type": "person_name", "text": "Ray", "start": 2550, "end": 3000, "speaker": "B"}],
    "sentiment_analysis_results": [
        {
            "text": "[Speaker:1] Good morning.",
            "start": 240,
            "end": 900,
            "sentiment": "POSITIVE",
            "confidence": 0.8,
            "speaker": "B",
            "channel": None,
        },
        {
            "text": "I want a refund.",
            "start": 1000,
            "end": 1900,
            "sentiment": "NEGATIVE",
            "confidence": 0.7,
            "speaker": "A",
        },
        {
            "text": "Hello, Dr. Ray. [Speaker:0]",
            "start": 1800,
            "end": 3000,
            "sentiment": "NEUTRAL",
            "confidence": 0.6,
            "speaker": "A",
        },
        {
            "text": "Why not?",
            "start": None,
            "end": 5600,
            "sentiment": "NEUTRAL",
            "confidence": 0.6,
            "speaker": None,
        },
    ],
    "auto_highlights_result": {
        "status": "success",
        "results": [
            {
                "count": 2,
                "rank": 0.08,
                "text": "refund",
                "timestamps": [{"start": 1400, "end": 1900}, {"start": 5250, "end": 5600}],
            },
            {"count": 1, "text": "good morning", "timestamps": [{"start": 240, "end": 900}]},
        ],
    },
    "iab_categories_result": {
        "status": "success",
        "results": [
            {
                "text": "I want a refund.",
                "timestamp": {"start": 1000, "end": 1900},
                "labels": [
                    {"relevance": 0.9, "label": "Shopping>Sales"},
                    {"relevance": 0.2, "label": "Business"},
                ],
            }
        ],
        "summary": {"Shopping>Sales": 1.0, "Business": 0.3},
    },
    "content_safety_labels": {
        "status": "success",
        "results": [
            {
                "text": "Why not?",
                "labels": [{"label": "profanity", "confidence": 0.6, "severity": None}],
                "sentences_idx_start": 3,
                "sentences_idx_end": 3,
                "timestamp": {"start": 5000, "end": 5600},
            }
        ],
        "summary": {"profanity": 0.6},
        "severity_score_summary": {"profanity": {"low": 0.7, "medium": 0.2, "high": 0.1}},
    },
    "summary": "- A refund is wanted.",
    "speech_understanding": {
        "request": {"summarization": {"summary_type": "bullets"}},
        "response": {
            "summarization": {
                "status": "success",
                "summary": [
                    {"start": 240, "end": 1900, "headline": "Refund", "bullets": ["wants one", "today"]}
                ],
            },
            "action_items": {
                "status": "success",
                "items": [
                    {"action_item": "Send the refund.", "quote": "I want a refund.", "timestamp": 1000}
                ],
            },
            "translation": {"status": "success"},
            "custom_formatting": {"status": "success", "mapping": {"one two": "12"}},
        },
    },
    "translated_texts": {"de": "Guten Morgen. ...", "fr": "Bonjour. ..."},
    "metadata": {"domain_used": None, "warnings": [{"message": "handled by universal-2"}]},
    "project_id": 12,
}


def full() -> dict[str, Any]:
    """A completed transcript with every kind of result; a fresh copy."""
    return json.loads(json.dumps(_FULL))


EMPTY = {"id": "q", "status": "queued", "text": None, "words": None, "utterances": None}
