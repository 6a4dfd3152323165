"""Conversion of the service's answers to tidy DataFrames. Pure: no network, no notebook.

``COLUMNS`` says what is in every frame; ``TABLES`` holds what makes each one of a transcript's.
"""

from __future__ import annotations

from collections.abc import Callable

from aai_jupyter.tables import findings, turns, understanding
from aai_jupyter.tables.listing import transcripts_frame
from aai_jupyter.tables.schema import COLUMNS, Column
from aai_jupyter.tables.speech import Speech
from aai_jupyter.tables.table import UNITS, Table

__all__ = ["COLUMNS", "TABLES", "UNITS", "Column", "Speech", "Table", "transcripts_frame"]

TABLES: dict[str, Callable[[Speech, bool], Table]] = {
    "words": findings.words,
    "utterances": findings.utterances,
    "sentences": findings.sentences,
    "paragraphs": findings.paragraphs,
    "chapters": findings.chapters,
    "entities": findings.entities,
    "sentiments": findings.sentiments,
    "highlights": findings.highlights,
    "topics": findings.topics,
    "topics_summary": findings.topics_summary,
    "content_safety": findings.content_safety,
    "content_safety_summary": findings.content_safety_summary,
    "summary": understanding.summary,
    "action_items": understanding.action_items,
    "translations": understanding.translations,
    "speaker_mapping": understanding.speaker_mapping,
    "formatting": understanding.formatting,
    "turns": turns.turns,
}
"""Frame name -> its builder, from a transcript and whether extra fields are wanted."""
