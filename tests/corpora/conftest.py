"""Small transcripts of two people, made from their turns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import aai_jupyter as aai

pytest.importorskip("duckdb")
pytest.importorskip("pyarrow")


def transcript(ident: str, turns: Sequence[str], speakers: str = "AB") -> aai.Transcript:
    """A transcript whose words take 0.2 s, every quarter of a second."""
    words, said, clock = [], [], 0
    for number, turn in enumerate(turns):
        speaker = speakers[number % len(speakers)]
        own = []
        for text in turn.split():
            word = {"text": text, "start": clock, "end": clock + 200, "confidence": 0.9, "speaker": speaker}
            own.append(word)
            clock += 250
        span = {"start": own[0]["start"], "end": own[-1]["end"], "confidence": 0.9}
        said.append({"speaker": speaker, "text": turn, **span, "words": own})
        words += own
    raw = {"id": ident, "status": "completed", "words": words, "utterances": said, "audio_duration": 9}
    return aai.Transcript.from_json({**raw, "language_code": "en"}, source=f"calls/{ident}.mp3")


SAID = (
    "Hello, how are you?",
    "I want a full refund, please!",
    "A full refund costs nothing.",
    "用Python写「代码」。 天气很好",
)


def calls(count: int = 5) -> aai.TranscriptSet:
    return aai.TranscriptSet(transcript(f"t{number}", SAID) for number in range(count))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "corpus"


@pytest.fixture
def corpus(folder: Path) -> aai.Corpus:
    found = aai.corpus(folder)
    found.add(calls())
    return found
