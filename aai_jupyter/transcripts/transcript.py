"""One transcript: answers of the service, edits, audio, file and display."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from aai_jupyter.client.json_object import JsonObject
from aai_jupyter.client.transcript_data import decode_transcript
from aai_jupyter.errors import OptionError
from aai_jupyter.runtime.saved_output import saved_form, saved_html
from aai_jupyter.tables.table import Table
from aai_jupyter.text.sanitize import one_line
from aai_jupyter.text.short_names import short_name
from aai_jupyter.transcripts import archive, upward
from aai_jupyter.transcripts.coded import CodedTranscripts
from aai_jupyter.transcripts.edited_answer import EditedAnswer, LayerStore
from aai_jupyter.transcripts.pseudonymising import PseudonymisedTranscripts
from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.transcripts.saved_recording import portable_facts, portable_name, sound_of
from aai_jupyter.transcripts.sound_methods import SoundMethods
from aai_jupyter.transcripts.transcript_base import Raw, TranscriptBase

if TYPE_CHECKING:
    from aai_jupyter.transcripts.edits import Editor
    from aai_jupyter.widgets.player.player import Player

ATTACHABLE = ("sentences", "paragraphs", "understanding")
"""Further answers of the service about one transcript, by the name of their endpoint."""


class Transcript(SoundMethods, TranscriptBase, CodedTranscripts, PseudonymisedTranscripts):
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

    __module__ = "aai_jupyter"

    @classmethod
    def from_json(cls, raw: Raw, *, source: str | None = None) -> Transcript:
        """Return a transcript from the JSON that the service sent, as bytes, str or dict.

        Raises
        ------
        ResponseError
            ``raw`` is no JSON object. Nothing else about it is refused: see :attr:`problems`.
        """
        return cls(decode_transcript(raw), source=source)

    @property
    def unredacted(self) -> Transcript | None:
        """The transcript before redaction, when the service was asked to return it (``None`` otherwise)."""
        names = [
            name
            for name in ("text", "words", "utterances")
            if f"unredacted_{name}" in self.edited_answer.data
        ]
        if not names:
            return None
        raw = {name: value for name, value in self.raw.items() if not name.startswith("unredacted_")}
        return type(self).from_json(
            raw | {name: self.raw[f"unredacted_{name}"] for name in names}, source=self.source
        )

    # The answer -----------------------------------------------------------------------------------------

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
        self.edited_answer.attach(kind, JsonObject(raw))

    # Edits -----------------------------------------------------------------------------------------------

    @property
    def edit(self) -> Editor:
        """Editor of speakers, turns and words: ``t.edit.set_turn_text(3, "...")``, ``t.edit.undo()``.

        What the service sent stays as it is in :attr:`raw` and :attr:`original`. Edits show in every frame,
        export and view, :meth:`save` keeps them, and the same transcript opened again has them again.
        """
        return self.edited_answer.edit()

    @property
    def edits(self) -> pd.DataFrame:
        """Every edit as a frame: operation, time, author, before and after; see :meth:`Editor.frame`."""
        return self.edit.frame()

    @property
    def original(self) -> Transcript:
        """The transcript without any edit."""
        found = type(self)(self.edited_answer.data, source=self.source)
        found.edited_answer = EditedAnswer(self.edited_answer.data, self.edited_answer.answers, self.audio)
        return found

    def take_layers(self, layers: LayerStore, audio: Recording | None, edits: bytes) -> None:
        """Take the edits of a store, and save all further ones there."""
        self.edited_answer.take_layers(layers, audio, edits)

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
        return upward.understand(self, **features)

    def redacted_audio(self, path: str | Path = ".") -> Path:
        """Save the recording with personal data beeped out; waits until the service has made it.

        Parameters
        ----------
        path : path
            A file, or a folder to save it in under a name with the transcript's id.

        Raises
        ------
        AaiError
            It was not asked for (``redact_pii_audio``), or is gone: the service keeps it for a day.
        """
        return upward.redacted_audio(self, path)

    def _each(self) -> list[Transcript]:
        return [self]

    def _codes_frame(self, parts: list[Table]) -> pd.DataFrame:
        return self._framed(parts[0])

    def _with_names(self, views: Sequence[Transcript], change: upward.TextChange) -> Transcript:
        return views[0]

    # Sound -----------------------------------------------------------------------------------------------

    @property
    def audio(self) -> Recording | None:
        """The recording; assign a path, URL, bytes or ``(samples, rate)`` when it has moved."""
        return self.edited_answer.audio

    @audio.setter
    def audio(self, source: Any) -> None:
        recording = source if isinstance(source, Recording) or source is None else Recording.of(source)
        self.edited_answer.set_audio(recording)

    # Files -----------------------------------------------------------------------------------------------

    def save(self, path: str | Path, *, audio: bool = False) -> Path:
        """Write everything to one file that :meth:`load` reads (a zip with the JSON).

        It names the recording, but no folder of this machine; :meth:`load` finds the recording beside the
        file by its content.

        Parameters
        ----------
        audio : bool, default False
            Put the recording into the file, too.

        Raises
        ------
        UsageError
            The name is that of another kind of file (``talk.srt``), the folder is missing, or there is no
            recording to put into it.
        """
        answers, facts, edits = self.edited_answer.parts()
        named = {"source": portable_name(self.source), "audio": portable_facts(facts, path)}
        if not audio:
            return archive.write(path, self.raw_bytes, named, answers, edits)
        with sound_of(self.audio) as sound:
            name = portable_name(self.audio.label if self.audio else None) or "recording"
            return archive.write(path, self.raw_bytes, named, answers, edits, (name, sound))

    def export(
        self, path: str | Path, format: str | None = None, *, language: Any = None, **options: Any
    ) -> Path:
        """Write a file that another program opens, with all edits and names.

        Parameters
        ----------
        path : path
            Its suffix says the format: ``.docx``, ``.TextGrid``, ``.eaf``, ``.srt``, ``.xlsx``, ...
        format : str, optional
            The format by name, where the suffix does not say it: ``"audacity"`` for a ``.txt``.
        language : str, optional
            Write the translation of the turns to this language. Captions take two, one below the other:
            ``("en", "de")``.
        **options
            Options of the format; the documentation has them in its table of formats.

        Returns
        -------
        Path
            The file that was written: whole, or not at all.

        Raises
        ------
        OptionError, UsageError
            There is no such format, option or translation; or the file cannot be written.

        Examples
        --------
        >>> t.export("talk.TextGrid")  # doctest: +SKIP
        """
        return upward.export(self, path, format, language=language, **options)

    @classmethod
    def load(cls, path: str | Path) -> Transcript:
        """Read a file of :meth:`save`, or any other transcript; see :func:`aai_jupyter.load`.

        Raises
        ------
        UsageError
            The file is missing, unreadable, damaged or something else.
        """
        return upward.load(path)

    @classmethod
    def from_parts(
        cls,
        raw: bytes,
        source: str | None,
        answers: list[tuple[str, bytes]],
        audio: dict[str, Any] | None,
        edits: bytes,
    ) -> Transcript:
        """Return a transcript from what :meth:`save` wrote; its paths are not trusted."""
        return _restored(cls, raw, source, answers, audio, edits)

    def __reduce__(self) -> tuple[Any, ...]:
        answers, audio, edits = self.edited_answer.parts()
        return _restored, (type(self), self.raw_bytes, self.source, answers, audio, edits)

    # Display ---------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        parts = [
            short_name(self.source) if self.source else self.id or "without id",
            self.status or "unknown state",
        ]
        if self.duration is not None:
            parts.append(f"{self.duration:g} s")
        if count := len(self.edited_answer.speech.words):
            parts.append(f"{count} words")
        if speakers := len({*self.speakers.values()}):
            parts.append(f"{speakers} speaker{'s' * (speakers > 1)}")
        return one_line(f"<Transcript {', '.join(parts)}>")

    def _repr_html_(self) -> str:
        from aai_jupyter.reports.page import transcript_html

        return saved_html(transcript_html(self), repr(self))

    def _ipython_display_(self) -> None:
        if not upward.display_transcript(self, self._metadata):
            raise NotImplementedError  # IPython then asks for the mimebundle

    @property
    def _metadata(self) -> dict[str, Any]:
        """Metadata of an output: with the id a saved notebook can get the transcript again."""
        return {"aai_jupyter": {"transcript_id": self.id}}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], Any]:
        from aai_jupyter.reports.page import transcript_bundle

        static = saved_form(transcript_bundle(self), repr(self))
        return upward.mimebundle(self, static), self._metadata

    def player(self) -> Player:
        """Return the player as an object: ``selection``, ``current_time``, ``goto(12.5)``."""
        return upward.player(self)

    @property
    def selection(self) -> pd.DataFrame:
        """Rows selected last in one of its players: of ``words``, after a brush of ``utterances``.

        Examples
        --------
        >>> t.selection["text"].str.cat(sep=" ")  # doctest: +SKIP
        """
        return upward.selection(self)


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
    found.edited_answer.audio = Recording.from_facts(audio, ours=False)
    if edits:
        found.edited_answer.restore(edits)
    return found
