"""Transcripts for the display tests, built by hand: what a display needs, and nothing cleaned up first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd


def frames(turns: list[tuple[str | None, float, float, str]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Words and utterances of turns (speaker, start, end, text); words divide a turn evenly."""
    words, utterances = [], []
    for number, (speaker, start, end, text) in enumerate(turns):
        tokens = text.split()
        step = (end - start) / max(len(tokens), 1)
        for nth, token in enumerate(tokens):
            words.append((number, len(words), speaker, token, start + nth * step, start + (nth + 1) * step))
        utterances.append((number, speaker, text, start, end, len(tokens)))
    labels = list(dict.fromkeys(turn[0] for turn in turns if turn[0] is not None))
    made = []
    for rows, columns in (
        (words, ["utterance", "word", "speaker", "text", "start", "end"]),
        (utterances, ["utterance", "speaker", "text", "start", "end", "n_words"]),
    ):
        frame = pd.DataFrame(rows, columns=columns, dtype=object)  # pyarrow's text holds no lone surrogates
        frame.insert(0, "transcript_id", pd.Categorical(["t1"] * len(frame)))
        frame["speaker"] = pd.Categorical(frame["speaker"], categories=pd.Index(labels, dtype=object))
        frame["text"] = frame["text"].astype(pd.StringDtype("python"))
        frame["duration"] = frame["end"] - frame["start"]
        made.append(frame.astype({"start": "float64", "end": "float64", "duration": "float64"}))
    return made[0], made[1]


@dataclass
class Sample:
    """A stand-in with the attributes of a Transcript that displays read."""

    turns: list[tuple[str | None, float, float, str]]
    source: str | None = "call.mp3"
    id: str | None = "9f3b2c1e"
    status: str = "completed"
    error: str | None = None
    language: str | None = "en"
    model: str | None = "universal-2"
    confidence: float | None = 0.94
    warnings: tuple[Any, ...] = ()
    speakers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.words, self.utterances = frames(self.turns)
        self.text = " ".join(turn[3] for turn in self.turns)
        self.duration = max((turn[2] for turn in self.turns), default=0.0)


class SampleSet(list):
    """A stand-in for a TranscriptSet."""

    failed = pd.DataFrame({"source": ["broken.mp3"], "message": ["Transcoding failed."]})


def dialogue(n: int = 6) -> Sample:
    """Two speakers in turns of two seconds, half a second apart."""
    texts = ["It was the best of times,", "and Mister Dashwood had then leisure"]
    return Sample([("AB"[i % 2], 2.5 * i, 2.5 * i + 2, f"{texts[i % 2]} {i}") for i in range(n)])
