"""The service's answer with the layers upon it: attached answers, edits, path of the recording."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakSet

from aai_jupyter.client.json_object import JsonObject
from aai_jupyter.client.transcript_data import TranscriptData
from aai_jupyter.errors import OptionError
from aai_jupyter.tables import TABLES, Speech, Table

if TYPE_CHECKING:
    from aai_jupyter.transcripts.edits import Editor
    from aai_jupyter.transcripts.recording import Recording


class LayerStore(Protocol):
    """Storage of the layers of a transcript, by kind: "edits", "audio"."""

    def read(self, kind: str) -> bytes:
        """Return what was stored last, perhaps by another kernel; empty when nothing was."""

    def keep(self, kind: str, value: bytes) -> None:
        """Store a layer."""


class Watcher(Protocol):
    """Observer of a transcript, such as a player."""

    def transcript_changed(self) -> None:
        """Called after a change, in the thread that made it."""


class EditedAnswer:
    """The current state of a transcript; watchers are notified of every change.

    Parameters
    ----------
    data : TranscriptData
    answers : tuple of (str, JsonObject)
        Further answers about it, by the name of their endpoint.
    audio : Recording, optional

    Attributes
    ----------
    watchers : WeakSet of Watcher
    editor : Editor or None
        None before the first edit is made, or looked for.
    selection : mapping or None
        What was selected last in one of its players, as the page describes it.
    """

    def __init__(
        self,
        data: TranscriptData,
        answers: tuple[tuple[str, JsonObject], ...] = (),
        audio: Recording | None = None,
    ) -> None:
        self.data = data
        self.answers = answers
        self.audio = audio
        self.watchers: WeakSet[Watcher] = WeakSet()
        self.editor: Editor | None = None
        self.selection: Mapping[str, Any] | None = None
        self._layers: LayerStore | None = None
        self._remarks: list[str] = []

    def remark(self, lines: list[str]) -> None:
        """Set what a check of the recording has found; it stands among the problems."""
        self._remarks = list(lines)

    @property
    def kept(self) -> bool:
        """Whether layers are stored elsewhere, too."""
        return self._layers is not None

    @property
    def problems(self) -> list[str]:
        """Faults of the answers and edits, as far as they have been read."""
        lines = [
            line for answer in (self.data, *(one for _, one in self.answers)) for line in answer.problems
        ]
        lines += self.editor.problems if self.editor is not None else []
        return list(dict.fromkeys(lines + self._remarks))

    def parts(self) -> tuple[list[tuple[str, bytes]], dict[str, Any] | None, bytes]:
        """Return everything but the answer itself, to be saved: attached answers, recording, edits."""
        answers = [(kind, answer.raw_bytes) for kind, answer in self.answers]
        return answers, self.audio.facts() if self.audio else None, self._made_edits

    # What was said ----------------------------------------------------------------------------------------

    @cached_property
    def _sent(self) -> Speech:
        return Speech(self.data, self.answers)

    @property
    def has_edits(self) -> bool:
        """Whether there are edits."""
        return self.editor is not None and self.editor.changed

    @cached_property
    def speech(self) -> Speech:
        """Words and utterances, with all edits."""
        if self.editor is None or not self.editor.changed:
            return self._sent
        from aai_jupyter.transcripts.edits import EditedSpeech

        return EditedSpeech(self.data, self.answers, self.editor.state)

    @cached_property
    def _tables(self) -> dict[tuple[str, bool], Table]:
        return {}

    def table(self, name: str, extra: bool) -> Table:
        """Return the table behind a frame."""
        if name not in TABLES:
            raise OptionError(f"No frame {name!r}.", hint=f"There are {', '.join(TABLES)}.")
        if (name, extra) not in self._tables:
            self._tables[name, extra] = TABLES[name](self.speech, extra)
        return self._tables[name, extra]

    # Layers -----------------------------------------------------------------------------------------------

    def attach(self, kind: str, answer: JsonObject) -> None:
        """Add another answer; edits are applied again on top of it."""
        self.answers = (*self.answers, (kind, answer))
        made = self._made_edits
        self.editor = None
        self.__dict__.pop("_sent", None)
        self._forget()
        if made:
            self.edit().restore(made)
        self._tell()

    def edit(self) -> Editor:
        """The editor, made on first use."""
        if self.editor is None:
            from aai_jupyter.transcripts.edits import Editor

            self.editor = Editor(self._sent, self._was_edited, self._kept_edits)
        return self.editor

    def restore(self, edits: bytes) -> None:
        """Apply saved edits."""
        self.edit().restore(edits)
        self._forget()

    def set_audio(self, recording: Recording | None) -> None:
        """Set where the recording is."""
        self.audio = recording
        if self._layers is not None:
            self._layers.keep("audio", json.dumps(recording.facts()).encode() if recording else b"")
        self._tell()

    def take_layers(self, layers: LayerStore, audio: Recording | None, edits: bytes) -> None:
        """Take the edits of a store, and save all further ones there."""
        self._layers, self.audio = layers, audio
        if edits:
            self.restore(edits)

    @property
    def _made_edits(self) -> bytes:
        return b"" if self.editor is None else self.editor.to_json()

    def _kept_edits(self) -> bytes | None:
        return None if self._layers is None else self._layers.read("edits")

    def _was_edited(self) -> None:
        self._forget()
        if self._layers is not None:
            self._layers.keep("edits", self._made_edits)
        self._tell()

    def _forget(self) -> None:
        self.__dict__.pop("speech", None)
        self.__dict__.pop("_tables", None)

    def _tell(self) -> None:
        for watcher in list(self.watchers):
            watcher.transcript_changed()
