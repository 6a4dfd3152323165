"""The frames of a transcript or of a set, as attributes."""

from __future__ import annotations

import pandas as pd

from aai_jupyter.settings.configuration import settings
from aai_jupyter.tables.table import Units
from aai_jupyter.transcripts import accessor as _accessor  # noqa: F401  (registers df.aai)


def default_units() -> Units:
    """Return the time unit of the settings."""
    found: Units = settings.units
    return found


class Frames:
    """The frames of a transcript or of a set, as attributes."""

    def frame(self, name: str, units: Units | None = None, extra: bool = False) -> pd.DataFrame:
        raise NotImplementedError

    @property
    def words(self) -> pd.DataFrame:
        """Every word with its time, confidence, speaker and utterance."""
        return self.frame("words")

    @property
    def utterances(self) -> pd.DataFrame:
        """What one speaker said in one go.

        Without ``speaker_labels`` or ``multichannel`` the service sends no utterances; then these are the
        paragraphs of the words (they end at pauses and when they get long), and ``speaker`` is NA.
        """
        return self.frame("utterances")

    @property
    def sentences(self) -> pd.DataFrame:
        """Sentences: the service's when attached, else made from the words."""
        return self.frame("sentences")

    @property
    def paragraphs(self) -> pd.DataFrame:
        """Paragraphs: the service's when attached, else made from the words."""
        return self.frame("paragraphs")

    @property
    def chapters(self) -> pd.DataFrame:
        """Chapters (``auto_chapters``)."""
        return self.frame("chapters")

    @property
    def entities(self) -> pd.DataFrame:
        """Named entities (``entity_detection``)."""
        return self.frame("entities")

    @property
    def sentiments(self) -> pd.DataFrame:
        """Sentiment of each sentence (``sentiment_analysis``)."""
        return self.frame("sentiments")

    @property
    def highlights(self) -> pd.DataFrame:
        """Key phrases, one row per occurrence (``auto_highlights``)."""
        return self.frame("highlights")

    @property
    def topics(self) -> pd.DataFrame:
        """IAB topics, one row per section and label (``iab_categories``)."""
        return self.frame("topics")

    @property
    def content_safety(self) -> pd.DataFrame:
        """Sensitive content, one row per section and label (``content_safety``)."""
        return self.frame("content_safety")

    @property
    def summary(self) -> pd.DataFrame:
        """The summary, whole or by sections."""
        return self.frame("summary")

    @property
    def action_items(self) -> pd.DataFrame:
        """What is to be done, and the words it rests on."""
        return self.frame("action_items")

    @property
    def translations(self) -> pd.DataFrame:
        """Translations, per utterance or whole."""
        return self.frame("translations")

    @property
    def turns(self) -> pd.DataFrame:
        """Utterances in the form of a real-time session's turns."""
        return self.frame("turns")
