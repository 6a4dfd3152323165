"""The recognised word, and texts built of words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aai_jupyter.text.tokenization import join

UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue"})
"""Languages that Whisper writes without spaces between words."""


@dataclass(slots=True)
class RecognisedWord:
    """One word; `start` and `end` in milliseconds of the source, `confidence` 0-1."""

    text: str
    start: int
    end: int
    confidence: float
    speaker: str | None = None
    channel: str | None = None
    speaker_confidence: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the word as the service shows it; `channel`, `speaker_confidence` only where known."""
        shown: dict[str, Any] = {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "confidence": round(self.confidence, 5),
            "speaker": self.speaker,
        }
        if self.speaker_confidence is not None:
            shown["speaker_confidence"] = round(self.speaker_confidence, 5)
        return shown if self.channel is None else {**shown, "channel": self.channel}


def text_of(words: Sequence[RecognisedWord]) -> str:
    """Join the text of words, without spaces in scripts that have none.

    >>> text_of([RecognisedWord("Good", 0, 1, 1.0), RecognisedWord("day.", 1, 2, 1.0)])
    'Good day.'
    """
    return join([word.text for word in words])


def mean_confidence(words: Sequence[RecognisedWord]) -> float | None:
    """Return the mean of the words' confidences; None without words."""
    return round(sum(word.confidence for word in words) / len(words), 5) if words else None
