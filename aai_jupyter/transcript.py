"""One transcript: its text, its frames, its speakers' names, its exports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import numpy as np
import pandas as pd

from aai_jupyter import archive
from aai_jupyter.client.answer import Answer
from aai_jupyter.client.schema import TranscriptData, decode_transcript
from aai_jupyter.errors import OptionError
from aai_jupyter.frames import Frames, default_units
from aai_jupyter.naming import short_name
from aai_jupyter.recording import Recording
from aai_jupyter.speakers import SpeakerNames
from aai_jupyter.tables import Speech, Table
from aai_jupyter.tables import search as _search
from aai_jupyter.tables.table import Units, check_units
from aai_jupyter.tables.understanding import identified
from aai_jupyter.transcript_facts import Facts
from aai_jupyter.transcript_layers import Layered, Layers, Watcher
from aai_jupyter.transcript_text import TextForms

if TYPE_CHECKING:
    from aai_jupyter.edits import Editor
    from aai_jupyter.widgets.player import Player

Raw = bytes | bytearray | memoryview | str | Mapping[str, Any]

ATTACHABLE = ("sentences", "paragraphs", "understanding")
"""Further answers of the service about one transcript, by the name of their endpoint."""


class Transcript(Facts, TextForms, Frames):
    """A transcript in any state of its job.

    Parameters
    ----------
    data : TranscriptData
        The service's answer; see :meth:`from_json` to start from JSON.
    source : str, optional
        Where the recording came from, as the user named it.

    Notes
    -----
    Each access to a frame gives a new DataFrame: changing one changes neither the transcript nor another.

    Examples
    --------
    >>> t = Transcript.from_json({"status": "completed", "audio_duration": 2, "words": [
    ...     {"text": "Hello.", "start": 240, "end": 620, "confidence": 0.98, "speaker": "A"}]})
    >>> t.words[["text", "start", "end", "speaker"]].values.tolist()
    [['Hello.', 0.24, 0.62, 'A']]
    >>> t.speakers["A"] = "Ann"
    >>> print(t.to_text())
    [0:00] Ann: Hello.
    """

    def __init__(self, data: TranscriptData, *, source: str | None = None) -> None:
        self._data = data
        self._layered = Layered(data)
        self.source = source

    @classmethod
    def from_json(cls, raw: Raw, *, source: str | None = None) -> Transcript:
        """A transcript from the JSON that the service sent, as bytes, str or dict.

        Raises
        ------
        ResponseError
            ``raw`` is no JSON object. Nothing else about it is refused: see :attr:`problems`.
        """
        return cls(decode_transcript(raw), source=source)

    # The answer as it is now -----------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The whole text; empty while there is none."""
        return self._speech.text if self._layered.edited else self._data.text

    @property
    def duration(self) -> float | None:
        """Length of the recording in seconds (the service rounds up); of the speech when it is not told."""
        if self._data.audio_duration is not None:
            return self._data.audio_duration
        ends = self._speech.words.end
        return float(np.nanmax(ends)) / 1000 if len(ends) and not np.isnan(ends).all() else None

    @property
    def fetched(self) -> bool:
        """Whether it came from the service, or the store: then more about it can be asked for by its id."""
        return self._layered.kept

    @property
    def problems(self) -> list[str]:
        """What was odd in the answer, as far as it has been read; empty as a rule."""
        return self._layered.problems

    @property
    def unredacted(self) -> Transcript | None:
        """The transcript before redaction, when the service was asked to return it (``None`` otherwise)."""
        names = [name for name in ("text", "words", "utterances") if f"unredacted_{name}" in self._data]
        if not names:
            return None
        raw = {name: value for name, value in self.raw.items() if not name.startswith("unredacted_")}
        return type(self).from_json(
            raw | {name: self.raw[f"unredacted_{name}"] for name in names}, source=self.source
        )

    # Frames ----------------------------------------------------------------------------------------------

    @property
    def _speech(self) -> Speech:
        return self._layered.speech

    @property
    def _watchers(self) -> WeakSet[Watcher]:
        return self._layered.watchers

    def frame(self, name: str, units: Units | None = None, extra: bool = False) -> pd.DataFrame:
        """A frame by name.

        Parameters
        ----------
        name : str
            One of ``aai_jupyter.tables.TABLES``; columns in ``aai_jupyter.tables.COLUMNS``.
        units : {"s", "ms", "timedelta"}, optional
            Unit of times; the setting ``units`` by default.
        extra : bool, default False
            Append the service's further fields of each row.

        Raises
        ------
        OptionError
            Unknown frame or unit.
        """
        return self._framed(self._layered.table(name, extra), units)

    def search(self, *phrases: str) -> pd.DataFrame:
        """Where words or phrases were said, whatever their case and punctuation.

        Examples
        --------
        >>> t = Transcript.from_json({"words": [{"text": "Refund?", "start": 0, "end": 400}]})
        >>> t.search("refund")[["text", "start"]].values.tolist()
        [['Refund?', 0.0]]
        """
        return self._framed(_search.search(self._speech, phrases))

    def word_search(self, raw: Raw) -> pd.DataFrame:
        """The answer of the service's word search as a frame."""
        return self._framed(_search.service_matches(self._speech, Answer(raw)))

    def _framed(self, table: Table, units: Units | None = None) -> pd.DataFrame:
        frame = table.frame(check_units(units or default_units()), self._renamed())
        frame.attrs = {"transcript_id": self.id, "model": self.model}
        return frame

    def attach(self, kind: str, raw: Raw) -> None:
        """Add another answer of the service about this transcript; frames use it, :meth:`save` keeps it.

        Parameters
        ----------
        kind : {"sentences", "paragraphs", "understanding"}
            ``understanding`` is an answer of ``POST /v1/understanding``, which the service does not store.
        raw : bytes, str or dict
            The JSON.

        Raises
        ------
        OptionError, ResponseError
        """
        if kind not in ATTACHABLE:
            raise OptionError(f"Cannot attach {kind!r}.", hint=f"Use one of {', '.join(ATTACHABLE)}.")
        self._layered.attach(kind, Answer(raw))

    # Edits -----------------------------------------------------------------------------------------------

    @property
    def edit(self) -> Editor:
        """Corrects speakers, turns and words: ``t.edit.set_turn_text(3, "...")``, ``t.edit.undo()``.

        What the service sent stays as it is in :attr:`raw` and :attr:`original`. Edits show in every frame,
        export and view, :meth:`save` keeps them, and the same transcript opened again has them again.
        """
        return self._layered.edit()

    @property
    def edits(self) -> pd.DataFrame:
        """Every edit: what it was, when, by whom, before and after; see :meth:`Editor.frame`."""
        return self.edit.frame()

    @property
    def original(self) -> Transcript:
        """The transcript without any edit."""
        found = type(self)(self._data, source=self.source)
        found._layered = Layered(self._data, self._layered.answers, self.audio)
        return found

    def take_layers(self, layers: Layers, audio: Recording | None) -> None:
        """Take up the edits that are kept elsewhere, and keep all further ones there."""
        self._layered.take(layers, audio)

    def understand(self, **features: Any) -> Transcript:
        """Run Speech Understanding on this finished transcript: each feature with its fields, or True.

        Parameters
        ----------
        **features
            ``translation={"target_languages": ["de"]}`` (frame ``translations``),
            ``speaker_identification={"speaker_type": "name"}`` (renames speakers), ``custom_formatting``
            (``formatting``), ``summarization={"summary_type": "bullets"}`` (``summary``),
            ``action_items=True``.

        Returns
        -------
        Transcript
            Itself. The service does not store these results: :meth:`save` does.

        Raises
        ------
        OptionError, UsageError
            Before anything is sent.
        """
        from aai_jupyter.asking.understanding import understand

        return understand(self, **features)

    @property
    def speakers(self) -> SpeakerNames:
        """Speaker label -> name, in order of first speech.

        ``t.speakers = {"A": "Ann"}`` or ``t.speakers["A"] = "Ann"`` renames a speaker in every frame, export
        and view: an edit like all others. Labels that get the same name become one speaker in frames.
        ``t.speakers = {}`` takes all names back.
        """
        given = {} if self._layered.editor is None else self._layered.editor.state.names
        rename = lambda label, name: self.edit.rename_speaker(label, name)  # noqa: E731
        return SpeakerNames(self._speech.speaker_names, identified(self._speech), given, rename)

    @speakers.setter
    def speakers(self, names: Mapping[str, str]) -> None:
        self.edit.rename_speakers(names)

    # Sound -----------------------------------------------------------------------------------------------

    @property
    def audio(self) -> Recording | None:
        """Where the recording is; assign a path, URL, bytes or ``(samples, rate)`` when it has moved."""
        return self._layered.audio

    @audio.setter
    def audio(self, source: Any) -> None:
        recording = source if isinstance(source, Recording) or source is None else Recording.of(source)
        self._layered.set_audio(recording)

    def _renamed(self) -> dict[str, str]:
        return self.speakers.other_than_labels()

    # Files -----------------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> Path:
        """Write everything to one file that :meth:`load` reads; see :mod:`aai_jupyter.archive`."""
        answers, audio, edits = self._layered.parts()
        return archive.write(path, self.raw_bytes, {"source": self.source, "audio": audio}, answers, edits)

    @classmethod
    def load(cls, path: str | Path) -> Transcript:
        """Read a file of :meth:`save`, or one with the service's JSON.

        Raises
        ------
        UsageError
            The file is missing, unreadable, damaged or something else.
        """
        raw, facts, answers, edits = archive.read(path)
        return _restored(cls, raw, facts.get("source"), answers, facts.get("audio"), edits)

    def __reduce__(self) -> tuple[Any, ...]:
        answers, audio, edits = self._layered.parts()
        return _restored, (type(self), self.raw_bytes, self.source, answers, audio, edits)

    # Display ---------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        parts = [
            short_name(self.source) if self.source else self.id or "without id",
            self.status or "unknown state",
        ]
        if self.duration is not None:
            parts.append(f"{self.duration:g} s")
        if count := len(self._speech.words):
            parts.append(f"{count} words")
        if speakers := len({*self.speakers.values()}):
            parts.append(f"{speakers} speaker{'s' * (speakers > 1)}")
        return f"<Transcript {', '.join(parts)}>"

    def _repr_html_(self) -> str:
        from aai_jupyter.analysis.report import transcript_html

        return transcript_html(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], Any]:
        from aai_jupyter.analysis.report import transcript_html, transcript_text
        from aai_jupyter.widgets.display import one_of_two, widget_view

        # The id in the output's metadata: a saved notebook can get the transcript again by it.
        metadata = {"aai_jupyter": {"transcript_id": self.id}}
        static = {"text/plain": transcript_text(self), "text/html": transcript_html(self)}
        return one_of_two(static, widget_view(self)), metadata

    def player(self) -> Player:
        """The player as an object: ``selection``, ``current_time``, ``goto(12.5)``; see :class:`Player`."""
        from aai_jupyter.widgets.display import player

        return player(self)

    @property
    def selection(self) -> pd.DataFrame:
        """What was selected last in one of its players: rows of ``words``, after a brush of ``utterances``.

        Examples
        --------
        >>> t.selection["text"].str.cat(sep=" ")  # doctest: +SKIP
        """
        from aai_jupyter.widgets.content import TranscriptContent
        from aai_jupyter.widgets.selection import rows_of

        return rows_of(TranscriptContent(self), self._layered.selection)


def _restored(
    kind: type[Transcript],
    raw: bytes,
    source: str | None,
    answers: list[tuple[str, bytes]],
    audio: dict[str, Any] | None,
    edits: bytes,
) -> Transcript:
    found = kind.from_json(raw, source=source)
    for name, answer in answers:
        found.attach(name, answer)
    found._layered.audio = Recording.from_facts(audio)
    if edits:
        found._layered.restore(edits)
    return found
