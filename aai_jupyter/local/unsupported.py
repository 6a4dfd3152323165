"""Limits of the local engine: refused by the engine, and shown by ``%aai_status`` beforehand."""

from __future__ import annotations

NO_MODEL = (
    "content_safety",
    "iab_categories",
    "auto_chapters",
    "summarization",
    "speech_understanding",
    "domain",
)
"""Parameters of the API that need models which the local engine does not have."""

ENGLISH_ONLY = ("sentiment_analysis", "auto_highlights", "entity_detection")
"""Parameters that the local engine takes for English only."""


def sentence() -> str:
    """Return the limits in words.

    Examples
    --------
    >>> sentence().startswith("It has no models for content_safety, iab_categories")
    True
    """
    return (
        f"It has no models for {', '.join(NO_MODEL)}, and refuses them "
        "(speech_understanding works with a server of language models: llm_url); "
        f"{', '.join(ENGLISH_ONLY)} are for English."
    )
