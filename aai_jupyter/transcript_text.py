"""A transcript as text: to read, as Markdown, as captions."""

from __future__ import annotations

from os import PathLike
from typing import Any

from aai_jupyter import captions, readable
from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.tables import Speech


class TextForms:
    """What text can be made of speech; base of :class:`Transcript`. Edits and names of speakers are in it."""

    @property
    def _speech(self) -> Speech:
        """What was said, as it is now."""
        raise NotImplementedError

    def _renamed(self) -> dict[str, str]:
        """Label -> name of the speakers that have one."""
        raise NotImplementedError

    def _lines(self) -> list[readable.Line]:
        """Start in milliseconds, speaker and text of each utterance."""
        said = self._speech.utterances
        names = said.speaker.renamed(self._renamed()).values()
        starts = [None if start != start else start for start in said.start.tolist()]
        return list(zip(starts, names, said.text.tolist(), strict=True))

    def to_text(self) -> str:
        """Readable text, one utterance a line, with times and speakers."""
        return readable.text(self._lines())

    def to_markdown(self) -> str:
        """Readable Markdown, one paragraph an utterance. What was said is escaped: it stays text."""
        return readable.markdown(self._lines())

    def to_srt(self, chars_per_caption: int | None = None, speakers: bool = False) -> str:
        """SubRip captions.

        Parameters
        ----------
        chars_per_caption : int, optional
            Most characters of a caption; two lines of 42 by default.
        speakers : bool, default False
            Show who speaks.

        Raises
        ------
        OptionError
            ``chars_per_caption`` is less than 1.
        """
        return captions.srt(*self._caption_columns(chars_per_caption, speakers))

    def to_vtt(self, chars_per_caption: int | None = None, speakers: bool = False) -> str:
        """WebVTT captions; parameters as in :meth:`to_srt`."""
        return captions.vtt(*self._caption_columns(chars_per_caption, speakers))

    def _caption_columns(self, chars_per_caption: int | None, speakers: bool) -> tuple[Any, ...]:
        if isinstance(chars_per_caption, str | PathLike):
            raise UsageError(
                "to_srt and to_vtt give the text; they write no file.",
                hint='Path("talk.srt").write_text(talk.to_srt(), encoding="utf-8")',
            )
        if chars_per_caption is not None and chars_per_caption < 1:
            raise OptionError(f"chars_per_caption must be at least 1, got {chars_per_caption}.")
        order = self._speech.by_utterance
        words = self._speech.words.take(order)
        starts, ends = (
            [None if time != time else time for time in times.tolist()] for times in (words.start, words.end)
        )
        names = words.speaker.renamed(self._renamed()).values() if speakers else None
        groups = self._speech.utterance[order].tolist()
        return words.text.tolist(), starts, ends, chars_per_caption, names, groups
