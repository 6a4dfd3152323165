"""Names of transcripts: found, replaced by pseudonyms, searched for in what was written, and restored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from aai_jupyter.transcripts import upward

if TYPE_CHECKING:
    import pandas as pd

    from aai_jupyter.transcripts.transcript import Transcript


PSEUDONYMISED = "pseudonymised"
"""Field of the answer of a view with pseudonyms, which no service has."""


class PseudonymisedTranscripts:
    """Pseudonyms of one transcript or of a set."""

    def _each(self) -> Sequence[Transcript]:
        raise NotImplementedError

    def _with_names(self, views: Sequence[Transcript], change: upward.TextChange) -> Self:
        """Return the same of other transcripts; ``change`` is for texts that stand beside them."""
        raise NotImplementedError

    @property
    def has_pseudonyms(self) -> bool:
        """Whether this is a view with pseudonyms; see `pseudonymised`."""
        return all(one.edited_answer.data.get(PSEUDONYMISED) is True for one in self._each())

    def pseudonyms(self, key: str | Path | None = None, *, model: bool = True) -> pd.DataFrame:
        """Propose pseudonyms for people, places, organisations and numbers, the same in all recordings.

        Parameters
        ----------
        key : path, optional
            Key file of the study: its names keep their pseudonyms.
        model : bool, default True
            Ask the local engine, which has a model of English names (``aai-jupyter[local-nlp]``) and patterns
            of numbers and addresses.

        Returns
        -------
        DataFrame
            One row a name: ``found``, ``kind``, ``count``, ``recordings`` (how many), ``forms`` (all
            spellings, with ``;`` between), ``contexts``, ``proposal``, ``how``. Edit it like any frame: drop
            the rows that are no names, change proposals, give two rows the same proposal where they are one
            person, add rows with ``found`` and ``proposal``. ``attrs["languages"]`` says how names were
            looked for in each.

        Notes
        -----
        Names of speakers, entities of the service, what the model finds, and words with a capital inside a
        sentence are proposed. Inflected and possessive forms, and spellings with one letter off, are rows of
        the name they are like. It finds most names, not all: look through the frame, and search with `leaks`.

        Examples
        --------
        >>> from aai_jupyter import Transcript
        >>> texts = "Then I met Anna Miller and Anna's sister.".split()
        >>> words = [{"text": text, "start": 90 * n, "end": 90 * n + 80} for n, text in enumerate(texts)]
        >>> t = Transcript.from_json({"words": words, "language_code": "en"})
        >>> t.pseudonyms(model=False)[["found", "count", "proposal"]].values.tolist()
        [['Anna Miller', 2, 'Name01']]
        """
        return upward.pseudonyms(self._each(), key, model=model)

    def pseudonymised(self, names: pd.DataFrame | None = None, *, key: str | Path) -> Self:
        """Return a view with pseudonyms: text, words, speakers, frames, player, captions, prompts, exports.

        In its sound a tone is heard where a name was said; recordings are called ``recording-01``. Edits are
        applied, their history is not part of it.

        Parameters
        ----------
        names : DataFrame, optional
            The frame of `pseudonyms` after you have edited it. Without it those of the key are taken, and
            what is found in recordings that the key does not know, which a notice counts.
        key : path
            Key file of the study, made when it is missing, readable by you alone. It restores the view; keep
            it apart from what you hand over.

        Returns
        -------
        Transcript or TranscriptSet
            Of its own: saved, exported and pickled without the names.

        Raises
        ------
        UsageError, OptionError
            The frame has no names, or the key is another file.

        Examples
        --------
        >>> names = calls.pseudonyms()  # doctest: +SKIP
        >>> view = calls.pseudonymised(names[names["kind"] != "place"], key="study.key")  # doctest: +SKIP
        >>> view.export("handover", "docx")  # doctest: +SKIP
        """
        views, change = upward.pseudonymised(self._each(), names, key)
        return self._with_names(views, change)

    def restored(self, key: str | Path) -> Self:
        """Return the transcripts of a view with the names again: words, texts, speakers and codes.

        Each word is as it was said and spelled. After corrections in the view, names are written as in the
        key's first spelling.

        Raises
        ------
        UsageError
            The key is missing, or does not know the recordings.

        Examples
        --------
        >>> view.restored("study.key").to_text()  # doctest: +SKIP
        """
        views, change = upward.restored_names(self._each(), key)
        return self._with_names(views, change)

    def leaks(
        self, *places: str | Path, key: str | Path | None = None, notebooks: bool = True
    ) -> pd.DataFrame:
        """Search notebooks and exports for names that should not be there.

        Parameters
        ----------
        *places : path
            Files and folders, searched with what is packed in them (Word, Excel, ``.qdpx``, ``.aai``), and
            their names. Pictures, sound and PDF files are not read.
        key : path, optional
            Whose names are searched for: the setting ``privacy`` without it, else `pseudonyms` of these.
        notebooks : bool, default True
            Search the saved notebooks of the working folder, too, with their checkpoints.

        Returns
        -------
        DataFrame
            ``file``, ``part``, ``found``, ``count``, ``context``; no rows when no name is left. A row tells
            when the key itself lies there.

        Examples
        --------
        >>> view.leaks("handover", key="study.key")  # doctest: +SKIP
        """
        return upward.leaks(self._each(), places, key, notebooks=notebooks)
