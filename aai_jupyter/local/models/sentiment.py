"""Sentiment of English sentences, by VADER (Hutto & Gilbert, 2014)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from aai_jupyter.local.models.words import RecognisedWord, text_of

_NEUTRAL = 0.05
"""Compound scores nearer to zero are neutral, as VADER's authors recommend."""


def sentiments(words: Sequence[RecognisedWord], spans: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """Return ``sentiment_analysis_results`` for sentences given as index pairs.

    ``confidence`` is VADER's compound score without its sign for positive and negative sentences, and
    one minus it for neutral ones: how far the sentence is from being neutral, or from not being it.

    Examples
    --------
    >>> words = [RecognisedWord("Wonderful", 0, 500, 0.9), RecognisedWord("news!", 500, 900, 0.9)]
    >>> sentiments(words, [(0, 2)])[0]["sentiment"]
    'POSITIVE'
    """
    analyser = _analyser()
    found = []
    for first, last in spans:
        own = words[first:last]
        text = text_of(own)
        compound = analyser.polarity_scores(text)["compound"]
        label = "NEUTRAL" if abs(compound) < _NEUTRAL else "POSITIVE" if compound > 0 else "NEGATIVE"
        row: dict[str, Any] = {
            "text": text,
            "start": own[0].start,
            "end": own[-1].end,
            "sentiment": label,
            "confidence": round(1 - abs(compound) if label == "NEUTRAL" else abs(compound), 4),
            "speaker": own[0].speaker,
        }
        found.append(row if own[0].channel is None else {**row, "channel": own[0].channel})
    return found


@lru_cache(maxsize=1)
def _analyser() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
