"""Transcripts of the bundled recording and of a telephone call, made from their reference texts."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from aai_jupyter.transcripts.transcript import Transcript


def transcript(
    turns: list[tuple[str, float, float, str]],
    *,
    id: str = "t1",
    source: str | None = "call.mp3",
    **more: Any,
) -> Transcript:
    """A transcript of (speaker, start, end, text); words share their turn's time evenly."""
    words: list[dict[str, Any]] = []
    utterances = []
    for speaker, start, end, text in turns:
        parts = text.split()
        step = (end - start) / max(len(parts), 1) * 1000
        own = [
            {
                "text": part,
                "start": int(start * 1000 + n * step),
                "end": int(start * 1000 + (n + 1) * step),
                "confidence": 0.9,
                "speaker": speaker,
            }
            for n, part in enumerate(parts)
        ]
        words += own
        span = {"start": int(start * 1000), "end": int(end * 1000), "confidence": 0.9}
        utterances.append({"speaker": speaker, "text": text, "words": own, **span})
    raw = {
        "id": id,
        "status": "completed",
        "text": " ".join(text for *_, text in turns),
        "words": words,
        "utterances": utterances,
        "audio_duration": max((end for _, _, end, _ in turns), default=0),
        **more,
    }
    return Transcript.from_json(raw, source=source)


MEETING = [
    ("Anna", 2.0, 8.0, "Let us start with the budget for the third quarter."),
    ("Ben", 9.0, 20.0, "Marketing spent twelve thousand dollars on the campaign in Berlin."),
    ("Anna", 21.0, 26.0, "Then we cut the print budget by two thousand. Do we agree?"),
    ("Ben", 27.0, 32.0, "Agreed. I will send the revised numbers on Friday."),
]


def meeting(**more: Any) -> Transcript:
    return transcript(MEETING, **more)


def two_readers() -> Transcript:
    text = (files("aai_jupyter") / "data" / "two_readers.json").read_text(encoding="utf-8")
    turns = [(t["speaker"], t["start"], t["end"], t["text"]) for t in json.loads(text)["turns"]]
    return transcript(turns, id="two-readers", source="two_readers.flac")


def telephone() -> Transcript:
    """The telephone call of tests/data: its reference text cut into turns by ear, at even times."""
    said = [
        ("A", "Hello? Hello? Oh, hello. I didn't know you were there."),
        ("B", "Neither did I. Okay, I thought, you know, I heard a beep."),
        ("A", "This is Diane in New Jersey."),
        ("B", "And I'm Sheila in Texas, originally from Chicago."),
        ("A", "Oh, I'm originally from Chicago also. I'm in New Jersey now though."),
        ("B", "Well, there isn't that much difference. At least, you know, they all call me a Yankee down "
              "here, so what can I say?"),
        ("A", "Oh, I don't hear that in New Jersey now."),
    ]  # fmt: skip
    turns = [(who, 4.0 * n, 4.0 * n + 3.5, text) for n, (who, text) in enumerate(said)]
    return transcript(turns, id="telephone", source="pyannote_sample.flac")
