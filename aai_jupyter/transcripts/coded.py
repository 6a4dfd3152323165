"""Codes of transcripts: as a frame, from any frame, and taken away."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aai_jupyter.analysis.spans import seconds, units_of
from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.tables.any_frame import as_pandas
from aai_jupyter.tables.table import Table, labels, texts
from aai_jupyter.text.tokenization import join
from aai_jupyter.transcripts import upward
from aai_jupyter.transcripts.codebook import Code, Codebook, with_codes
from aai_jupyter.transcripts.edits.editor import author

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

    from aai_jupyter.asking.coding_run import CodingRun
    from aai_jupyter.tables.speech import Speech
    from aai_jupyter.transcripts.edits.state import CodedPassage
    from aai_jupyter.transcripts.transcript import Transcript

_TEXTS = ("code", "coder", "memo", "created", "evidence", "code_id")


class CodedTranscripts:
    """Codes of one transcript or of a set."""

    def _each(self) -> Sequence[Transcript]:
        raise NotImplementedError

    def _codes_frame(self, parts: list[Table]) -> pd.DataFrame:
        raise NotImplementedError

    @property
    def codes(self) -> pd.DataFrame:
        """Coded passages, one row each: times, text, code, coder, memo, created, evidence, ``code_id``.

        Saved with the transcript, undone by ``t.edit.undo()``; ``t.edit.change_code`` and
        ``t.edit.remove_codes`` take ``code_id``.
        """
        return self._codes_frame([codes_table(one) for one in self._each()])

    @property
    def codebook(self) -> Codebook:
        """The codes that can be chosen in the player, and those that passages have; assign one to change it.

        Examples
        --------
        >>> from aai_jupyter import Transcript
        >>> t = Transcript.from_json({"words": [{"text": "Yes.", "start": 0, "end": 90}]})
        >>> t.codebook = {"trust": "Says whom they trust."}
        >>> t.codebook.names
        ['trust']
        """
        books = [codebook_of(one) for one in self._each()]
        first = next((book for book in books if len(book)), Codebook(()))
        return with_codes(first, [code.name for book in books for code in book])

    @codebook.setter
    def codebook(self, what: Any) -> None:
        rows = [asdict(code) for code in Codebook.of(what)]
        for one in self._each():
            one.edit.set_codebook(rows)

    def code(
        self, what: Any, coder: str | None = None, *, model: str | None = None, **options: Any
    ) -> pd.DataFrame | CodingRun:
        """Give codes to passages: from a frame, or by a language model with a codebook.

        Parameters
        ----------
        what : DataFrame or Codebook
            Rows with ``start``, ``end`` and ``code`` (``transcript_id`` or ``source`` in a set), and perhaps
            ``coder``, ``memo``, ``evidence``: those of `codes`, of a search, of another program. Passages
            that the coder has coded so already are left out. Or a codebook (or a dict of one), which a
            language model applies; see :func:`aai_jupyter.ask` for ``options``.
        coder : str, optional
            Whose codes they are; the column ``coder``, else you. A model's are its own.
        model : str, optional
            The model that codes by a codebook.

        Returns
        -------
        DataFrame or CodingRun
            The codes that are new. Of a model: ``.codes``, ``.rejected`` with the reason (a quote that is not
            in the words, a code that is not in the codebook), ``.answers``, ``.cost``. After an error
            ``resume=error.answers`` goes on.

        Raises
        ------
        UsageError, OptionError
            The rows do not say what is coded, or no model answers.

        Examples
        --------
        >>> from aai_jupyter import Transcript
        >>> t = Transcript.from_json({"words": [{"text": "We", "start": 0, "end": 90},
        ...                                     {"text": "trusted.", "start": 90, "end": 400}]})
        >>> t.code(t.search("trusted").assign(code="trust"), coder="Ann")[["text", "code", "coder"]]
               text   code coder
        0  trusted.  trust   Ann
        """
        what = as_pandas(what)
        if isinstance(what, pd.DataFrame):
            if model is not None or options:
                raise OptionError("A frame of codes takes coder alone; model= goes with a codebook.")
            return self._codes_frame([*_added(self._each(), what, coder)])
        if isinstance(what, Codebook | Mapping):
            return upward.code_by_model(self, Codebook.of(what), coder=coder, model=model, **options)
        raise OptionError(
            f"Passages cannot be coded by a {type(what).__name__}.",
            hint="Give a frame, or a codebook and model=.",
        )

    def trail(self, path: str | Path, *, of: Sequence[Any] = (), codebook: Any = None) -> Path:
        """Write what a methods section and a reviewer need: the audit trail of these transcripts.

        Recordings with lengths and hashes, models and options, corrections by whom, whether personal data was
        redacted, codes by coder, versions, and code that brings the same words and codes from the cache.

        Parameters
        ----------
        path : path
            ``.md``, ``.qmd`` (Quarto, whose code runs) or ``.html``.
        of : sequence, optional
            What the study rests on: answers of language models and coding runs (every question in full, with
            tokens and costs), agreements, evaluations, audits, frames.
        codebook : Codebook, optional
            With the definitions of the codes.

        Returns
        -------
        Path

        Raises
        ------
        OptionError, UsageError
            The name says no such format, or the file cannot be written.

        Examples
        --------
        >>> calls.trail("methods.qmd", of=[agreement, run], codebook=book)  # doctest: +SKIP
        """
        return upward.trail(self._each(), path, of=of, codebook=codebook)


def codebook_of(transcript: Transcript) -> Codebook:
    """Return the codebook of a transcript, with all codes that its passages have."""
    editor = transcript.edited_answer.editor
    if editor is None:
        return Codebook(())
    state = editor.state
    book = Codebook.of([Code(*one) for one in state.codebook])
    return with_codes(book, [one.code for one in state.codes])


def codes_table(transcript: Transcript, only: set[str] | None = None) -> Table:
    """Return the codes of a transcript as a table; times in milliseconds."""
    editor = transcript.edited_answer.editor
    codes = [one for one in editor.state.codes if only is None or one.code_id in only] if editor else []
    codes = sorted(codes, key=lambda one: (one.start, one.end))
    speech = transcript.edited_answer.speech
    start = np.array([one.start for one in codes], dtype=np.float64)
    end = np.array([one.end for one in codes], dtype=np.float64)
    columns: dict[str, Any] = {
        "start": start,
        "end": end,
        "duration": end - start,
        "text": texts([one.text for one in codes]),
        "speaker": speech.speakers([_speaker(speech, one) for one in codes]),
        **{name: texts([getattr(one, name) or None for one in codes]) for name in _TEXTS},
        "transcript_id": labels([transcript.id] * len(codes)),
    }
    return Table("codes", columns)


def _speaker(speech: Speech, passage: CodedPassage) -> str | None:
    """Return who speaks for most of a passage."""
    words = speech.words
    shared = np.minimum(words.end, passage.end) - np.maximum(words.start, passage.start)
    inside = (shared > 0) & (words.speaker.codes >= 0)
    if not inside.any():
        return None
    return words.speaker.names[int(np.bincount(words.speaker.codes[inside], shared[inside]).argmax())]


def _added(transcripts: Sequence[Transcript], frame: pd.DataFrame, coder: str | None) -> Iterable[Table]:
    if missing := [name for name in ("start", "end", "code") if name not in frame]:
        raise UsageError(
            f"The frame has no column {missing[0]}.",
            hint='For one code: calls.code(frame.assign(code="trust")).',
        )
    units = units_of(frame)
    start, end = (np.round(seconds(frame[name], units) * 1000) for name in ("start", "end"))
    if np.isnan(start).any() or np.isnan(end).any():
        raise UsageError("A coded passage has no start or no end.")
    rows = frame.to_dict("records")
    whose = [_recording(transcripts, row) for row in rows]  # all of them before anything is changed
    for number, transcript in enumerate(transcripts):
        own = [place for place, one in enumerate(whose) if one == number]
        made = [coded_row(transcript, rows[place], start[place], end[place], coder) for place in own]
        before = _ids(transcript)
        if made:
            transcript.edit.add_codes(made)
        yield codes_table(transcript, _ids(transcript) - before)


def _ids(transcript: Transcript) -> set[str]:
    editor = transcript.edited_answer.editor
    return {one.code_id for one in editor.state.codes} if editor is not None else set()


def coded_row(
    transcript: Transcript, row: Mapping[Hashable, Any], start: float, end: float, coder: str | None = None
) -> dict[str, Any]:
    """Return a row for ``t.edit.add_codes``, with what is missing in the one given; times in milliseconds."""
    said = {name: _text(row.get(name)) for name in (*_TEXTS, "text")}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {
        **said,
        "start": float(start),
        "end": float(end),
        "text": said["text"] or passage_text(transcript, start, end),
        "coder": coder or said["coder"] or author(),
        "created": said["created"] or now,
        "code_id": said["code_id"] or uuid.uuid4().hex[:12],
    }


def passage_text(transcript: Transcript, start: float, end: float) -> str:
    """Return the words whose middle lies between two times in milliseconds."""
    words = transcript.edited_answer.speech.words
    middle = (words.start + words.end) / 2
    return join(words.text[(middle >= start) & (middle <= end)].tolist())


def _text(value: Any) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)


def _recording(transcripts: Sequence[Transcript], row: Mapping[Hashable, Any]) -> int:
    """Return which transcript a row is of."""
    if len(transcripts) == 1:
        return 0
    for column, name in (("transcript_id", "id"), ("source", "source")):
        wanted = _text(row.get(column))
        found = [n for n, one in enumerate(transcripts) if wanted and getattr(one, name) == wanted]
        if len(found) == 1:
            return found[0]
    raise UsageError(
        "A row does not say of which recording it is.",
        hint="Add transcript_id, or code one transcript: calls[0].",
    )
