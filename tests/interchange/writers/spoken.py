"""Transcripts for the tests of writers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from aai_jupyter import Transcript

Said = list[tuple[str | None, list[tuple[str, int, int]]]]
"""Speaker, and words with start and end in milliseconds, of each turn."""


def transcript(said: Said, source: str | None = "calls/call.mp3", **more: Any) -> Transcript:
    """Return a transcript of turns."""
    utterances: list[dict[str, Any]] = []
    for speaker, words in said:
        listed = [
            {"text": text, "start": start, "end": end, "confidence": 0.9, "speaker": speaker}
            for text, start, end in words
        ]
        utterances.append(
            {
                "speaker": speaker,
                "text": " ".join(text for text, _, _ in words),
                "start": words[0][1],
                "end": max(end for _, _, end in words),
                "confidence": 0.9,
                "words": listed,
            }
        )
    every: list[dict[str, Any]] = [word for one in utterances for word in one["words"]]
    every.sort(key=lambda word: word["start"])
    raw = {
        "id": "b7c1",
        "status": "completed",
        "words": every,
        "utterances": utterances,
        "language_code": "en",
    }
    return Transcript.from_json(raw | more, source=source)


def call() -> Transcript:
    """Return a short call in which two people speak at the same time."""
    found = transcript(
        [
            ("A", [("Good", 240, 500), ("morning.", 520, 900), ("A", 1000, 1100), ("<refund>", 1400, 1900)]),
            ("B", [("Hello,", 1800, 2200), ("Dr.", 2300, 2500), ('"Ray".', 2550, 3000)]),
            ("A", [("=1+1", 5000, 5200), ("&c?", 5250, 5600)]),
        ],
        speech_model_used="universal-2",
        audio_duration=7,
    )
    found.speakers["A"] = "Ann Lee"
    return found


# Without what cleaning replaces: invisible marks, which can hide text or turn it, and what is no character.
_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cf", "Cn", "Zl", "Zp", "Zs"]),
    min_size=1,
    max_size=8,
)
_WORD = st.tuples(_TEXT, st.integers(0, 900), st.integers(0, 1500))


@st.composite
def spoken(draw: st.DrawFn, texts: st.SearchStrategy[str] = _TEXT) -> Said:
    """Draw turns of up to three speakers, who may overlap; turns and their words come in order of start."""
    said: Said = []
    clock = begun = 0
    for _ in range(draw(st.integers(1, 6))):
        begun = clock = max(begun + 1, clock + draw(st.integers(-1500, 3000)))
        words, at = [], clock
        for _ in range(draw(st.integers(1, 8))):
            length = draw(st.integers(0, 900))
            words.append((draw(texts), at, at + length))
            at += length + draw(st.integers(0, 1200))
        said.append((draw(st.sampled_from(["Ann", "Ben", None])), words))
        clock = at
    return said
