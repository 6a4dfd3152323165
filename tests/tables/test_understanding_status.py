"""What Speech Understanding sends beside its tables: formatted text, and tasks that failed."""

from __future__ import annotations

import pytest

from aai_jupyter.errors import UsageError
from aai_jupyter.transcripts.transcript import Transcript


def made(response: dict[str, object], **more: object) -> Transcript:
    return Transcript.from_json(
        {"id": "t1", "status": "completed", "speech_understanding": {"response": response}, **more}
    )


def test_formatted_text_and_utterances_can_be_read() -> None:
    rows = [
        {"speaker": "A", "text": "On 05/06/2026.", "start": 500, "end": 1500, "words": []},
        {"text": None},
    ]
    t = made({"custom_formatting": {"formatted_text": "On 05/06/2026.", "formatted_utterances": rows}})
    assert t.formatted_text == "On 05/06/2026."
    frame = t.formatted_utterances
    assert frame.iloc[0].tolist() == ["A", "On 05/06/2026.", 0.5, 1.5]
    assert len(frame) == 2
    assert made({}).formatted_text is None
    assert list(made({}).formatted_utterances.columns) == ["speaker", "text", "start", "end"]


def test_a_task_that_failed_is_a_problem() -> None:
    t = made({"translation": {"status": "success"}, "action_items": {"status": "failed", "error": "no text"}})
    assert t.problems == ["speech_understanding.action_items: failed (no text)"]
    t = made({})
    t.attach(
        "understanding", {"speech_understanding": {"response": {"summarization": {"status": "timed_out"}}}}
    )
    assert t.problems == ["speech_understanding.summarization: timed_out"]
    assert made({"translation": {"status": 3}, "x": None}).problems == []


def test_language_confidence_and_domain_are_attributes() -> None:
    t = made({}, language_confidence=0.97, metadata={"domain_used": "medical-v1"})
    assert (t.language_confidence, t.domain) == (0.97, "medical-v1")
    assert (made({}).language_confidence, made({}).domain) == (None, None)


def test_redacted_audio_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(UsageError, match="no redacted audio"):
        made({}).redacted_audio("out.mp3")


def test_speaker_confidence_is_a_column_of_words_and_utterances() -> None:
    words = [
        {
            "text": "Hello.",
            "start": 0,
            "end": 400,
            "confidence": 0.9,
            "speaker": "A",
            "speaker_confidence": 0.6,
        },
        {"text": "Hi.", "start": 500, "end": 700, "confidence": 0.9, "speaker": "B"},
    ]
    said = [
        {"text": "Hello.", "start": 0, "end": 400, "speaker": "A", "speaker_confidence": 0.8},
        {"text": "Hi.", "start": 500, "end": 700, "speaker": "B", "speaker_confidence": 0.7},
    ]
    t = Transcript.from_json({"id": "t1", "status": "completed", "words": words, "utterances": said})
    assert t.words["speaker_confidence"].tolist() == [0.6, 0.7]
    assert t.utterances["speaker_confidence"].tolist() == [0.8, 0.7]
    assert made({}, words=words[1:]).utterances["speaker_confidence"].isna().all()
    assert made({}).words["speaker_confidence"].dtype == "float64"
