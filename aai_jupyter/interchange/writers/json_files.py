"""JSON: the service's own form, Podcasting 2.0 transcripts, Label Studio tasks."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from aai_jupyter.interchange.writers.content import ExportContent, SpokenTurn, SpokenWord
from aai_jupyter.interchange.writers.levels import passages


def service(contents: Sequence[ExportContent]) -> str:
    """Return the transcript as the service writes it, with edits and names; several as a list.

    ``aai.load`` and every program that reads the service's answers read it. ``provenance`` is added.
    """
    made = [_answer(content) for content in contents]
    return _dumped(made[0] if len(made) == 1 else made)


def _answer(content: ExportContent) -> dict[str, Any]:
    return {
        "id": content.transcript.id,
        "status": "completed",
        "text": content.transcript.text
        if content.language == content.transcript.language
        else " ".join(turn.text for turn in content.turns),
        "words": [_word(word) for word in sorted(content.words, key=lambda one: one.start)],
        "utterances": [
            {
                "text": turn.text,
                "start": turn.start,
                "end": turn.end,
                "speaker": turn.speaker,
                "words": [_word(word) for word in turn.words],
            }
            for turn in content.turns
        ],
        "audio_duration": content.transcript.duration,
        "language_code": content.language,
        "speech_model_used": content.transcript.model,
        "provenance": content.provenance.facts(),
    }


def _word(word: SpokenWord) -> dict[str, Any]:
    return {
        "text": word.text,
        "start": word.start,
        "end": word.end,
        "confidence": None if math.isnan(word.confidence) else word.confidence,
        "speaker": word.speaker,
    }


def podcast(contents: Sequence[ExportContent], level: str = "sentences") -> str:
    """Return a transcript of the Podcasting 2.0 namespace: version and segments, times in seconds.

    Examples
    --------
    >>> from aai_jupyter import Transcript
    >>> from aai_jupyter.interchange.writers.content import content_of
    >>> word = {"text": "Hi.", "start": 90, "end": 400, "speaker": "A"}
    >>> json.loads(podcast([content_of(Transcript.from_json({"words": [word]}))]))["segments"]
    [{'speaker': 'A', 'startTime': 0.09, 'endTime': 0.4, 'body': 'Hi.'}]
    """
    (content,) = contents
    segments = [
        ({"speaker": one.speaker} if one.speaker else {})
        | {"startTime": one.start / 1000, "endTime": one.end / 1000, "body": one.text}
        for one in sorted(passages(content, level), key=lambda one: one.start)
    ]
    return _dumped({"version": "1.0.0", "segments": segments})


def labelstudio(contents: Sequence[ExportContent], level: str = "turns") -> str:
    """Return tasks with predictions: each passage a region with its speaker as label and its text.

    The labelling interface needs ``Labels name="labels"`` and ``TextArea name="transcription"``, both
    ``toName="audio"``.
    """
    tasks = [
        {
            "data": {"audio": content.media or content.name},
            "meta": content.provenance.facts(),
            "predictions": [
                {
                    "model_version": content.transcript.model or "unknown",
                    "result": [
                        part
                        for number, one in enumerate(passages(content, level))
                        for part in _regions(number, one)
                    ],
                }
            ],
        }
        for content in contents
    ]
    return _dumped(tasks)


def _regions(number: int, one: SpokenTurn) -> list[dict[str, Any]]:
    known = [word.confidence for word in one.words if not math.isnan(word.confidence)]
    where = {"start": one.start / 1000, "end": one.end / 1000, "channel": 0}
    region: dict[str, Any] = {"id": f"r{number}", "to_name": "audio", "origin": "prediction"}
    if known:
        region["score"] = sum(known) / len(known)
    return [
        region | {"from_name": "labels", "type": "labels", "value": where | {"labels": [one.who]}},
        region | {"from_name": "transcription", "type": "textarea", "value": where | {"text": [one.text]}},
    ]


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
