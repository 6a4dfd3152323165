"""Rows of the service's answers as msgspec structs: every field may be absent, unknown ones are skipped.

What is spoken has a text, empty if need be: a null there is odd, and read the careful way.
Times are whole milliseconds from the start of the recording.
"""

from __future__ import annotations

from typing import Any

import msgspec

from aai_jupyter.text.ready_types import ready


@ready
class Word(msgspec.Struct, gc=False):
    """One recognised word. ``confidence`` is between 0 and 1."""

    text: str = ""
    start: int | None = None
    end: int | None = None
    confidence: float | None = None
    speaker: str | None = None
    channel: str | int | None = None
    speaker_confidence: float | None = None


@ready
class Utterance(msgspec.Struct, gc=False):
    """What one speaker (or channel) said in one go. Its words are skipped: they stand in ``words`` too."""

    text: str = ""
    start: int | None = None
    end: int | None = None
    confidence: float | None = None
    speaker: str | None = None
    channel: str | int | None = None
    speaker_confidence: float | None = None


@ready
class Segment(msgspec.Struct, gc=False):
    """An item of the sentences or paragraphs answer (paragraphs carry no speaker)."""

    text: str = ""
    start: int | None = None
    end: int | None = None
    confidence: float | None = None
    speaker: str | None = None
    channel: str | int | None = None
    words: list[Any] | None = None


@ready
class ChapterRow(msgspec.Struct, gc=False):
    """A chapter; ``gist`` may be absent."""

    gist: str | None = None
    headline: str | None = None
    summary: str | None = None
    start: int | None = None
    end: int | None = None


@ready
class Entity(msgspec.Struct, gc=False):
    """A named entity. The vocabulary of types grows, so a type is plain text."""

    entity_type: str | None = None
    text: str | None = None
    start: int | None = None
    end: int | None = None
    speaker: str | None = None


@ready
class Sentiment(msgspec.Struct, gc=False):
    """The sentiment of one sentence: POSITIVE, NEUTRAL or NEGATIVE. ``start`` may be null."""

    text: str | None = None
    start: int | None = None
    end: int | None = None
    sentiment: str | None = None
    confidence: float | None = None
    speaker: str | None = None
    channel: str | int | None = None


@ready
class Highlight(msgspec.Struct):
    """A key phrase; ``rank`` may be absent, ``timestamps`` is a list of ``{start, end}``."""

    text: str | None = None
    count: int | None = None
    rank: float | None = None
    timestamps: list[Any] | None = None


@ready
class LabelledSection(msgspec.Struct):
    """A stretch of text with labels: topics, or content-safety labels."""

    text: str | None = None
    labels: list[Any] | None = None
    timestamp: Any = None
    sentences_idx_start: int | None = None
    sentences_idx_end: int | None = None


@ready
class Match(msgspec.Struct):
    """A word-search match: ``timestamps`` are ``[start, end]`` pairs, ``indexes`` point into the words."""

    text: str | None = None
    count: int | None = None
    timestamps: list[Any] | None = None
    indexes: list[Any] | None = None


@ready
class TranscriptItem(msgspec.Struct, gc=False):
    """A row of the transcript list; it carries no text."""

    id: str | None = None
    status: str | None = None
    created: str | None = None
    completed: str | None = None
    audio_url: str | None = None
    error: str | None = None
    resource_url: str | None = None


@ready
class TranscriptPage(msgspec.Struct):
    """A page of the transcript list, newest first. ``prev_url`` leads to older items."""

    transcripts: list[TranscriptItem]
    limit: int | None = None
    result_count: int | None = None
    current_url: str | None = None
    prev_url: str | None = None
    next_url: str | None = None


ROWS: dict[str, type[msgspec.Struct]] = {
    "words": Word,
    "utterances": Utterance,
    "unredacted_words": Word,
    "unredacted_utterances": Utterance,
    "sentences": Segment,
    "paragraphs": Segment,
    "chapters": ChapterRow,
    "entities": Entity,
    "sentiment_analysis_results": Sentiment,
    "auto_highlights_result": Highlight,
    "iab_categories_result": LabelledSection,
    "content_safety_labels": LabelledSection,
    "matches": Match,
    "transcripts": TranscriptItem,
}
"""The row type of every field that holds rows. Three of them wrap the rows in ``{"status", "results"}``."""

WRAPPED = ("auto_highlights_result", "iab_categories_result", "content_safety_labels")
"""Fields whose rows stand under ``results``."""

_SCALARS = (
    "id status error text confidence audio_duration audio_channels language_code language_confidence "
    "speech_model_used speech_model summary metadata speech_understanding translated_texts "
    "unredacted_text unredacted_words unredacted_utterances "
    "chapters entities sentiment_analysis_results auto_highlights_result iab_categories_result "
    "content_safety_labels"
)

Transcript = msgspec.defstruct(
    "Transcript",
    [
        ("words", list[Word] | None, None),
        ("utterances", list[Utterance] | None, None),
        *((name, msgspec.Raw, msgspec.Raw()) for name in _SCALARS.split()),
    ],
    module=__name__,
)
"""A transcript for one quick pass: words and utterances decoded, the other fields that frames use left raw.

An absent field is an empty Raw.
"""
