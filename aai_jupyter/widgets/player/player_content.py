"""Content of a player: one transcript with its audio and its edits."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from aai_jupyter.errors import OptionError
from aai_jupyter.runtime.saved_output import saved_form
from aai_jupyter.text.sanitize import encodable
from aai_jupyter.text.short_names import short_name
from aai_jupyter.widgets.player import (
    coding_layer,
    muted_tracks,
    player_payload,
    redacted_recording,
    timeline_layers,
)
from aai_jupyter.widgets.player.audio_reader import RATE, AudioReader, RecordingReader
from aai_jupyter.widgets.player.audio_route import route

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from aai_jupyter.transcripts.edited_answer import Watcher
    from aai_jupyter.transcripts.recording import Recording
    from aai_jupyter.transcripts.transcript import Transcript

LOW_CONFIDENCE = 0.5
"""Words below this are shaded, and are the review queue, until another threshold is chosen."""


class Content(Protocol):
    """Interface of what a player shows."""

    @property
    def recording(self) -> Recording | None: ...
    @property
    def duration_ms(self) -> int: ...
    def fetch(self) -> None: ...
    def allow(self) -> None: ...
    def traits(self) -> dict[str, Any]: ...
    def head(self) -> dict[str, Any]: ...
    def meta(self) -> dict[str, Any]: ...
    def words(self, first: int, last: int) -> pd.DataFrame: ...
    def turns(self, start_ms: float, end_ms: float) -> pd.DataFrame: ...
    def sound(self) -> AudioReader: ...
    def segment(self, from_ms: int, to_ms: int, muted: Collection[int]) -> np.ndarray: ...
    def close_sound(self) -> None: ...
    def export(self, kind: str) -> str: ...
    def static(self) -> dict[str, str]: ...
    @property
    def editing(self) -> Editing | None: ...
    def watch(self, watcher: Watcher) -> None: ...


class Editing(Protocol):
    """Interface of content that can be edited, and keeps its selection."""

    def history(self) -> dict[str, str | None]: ...
    def edit(
        self, operation: str, arguments: dict[str, Any], seen: Mapping[str, Any] | None = None
    ) -> None: ...
    def undo(self) -> None: ...
    def redo(self) -> None: ...
    def selected(self, chosen: Mapping[str, Any] | None) -> None: ...


class TranscriptContent:
    """One transcript and its recording."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self._lock = threading.Lock()
        self._columns: tuple[Any, player_payload.PlayerColumns] | None = None
        self._heard: tuple[Recording, AudioReader] | None = None
        self._tracks: tuple[Recording, muted_tracks.TrackReaders] | None = None
        self._told: tuple[int, Recording | None] = (0, None)

    @property
    def editing(self) -> Editing:
        return self

    @property
    def recording(self) -> Recording | None:
        return self.transcript.audio

    @property
    def duration_ms(self) -> int:
        columns = self._current()
        last = float(columns.turn_end.max()) if len(columns.turn_end) else 0.0
        return round(max(last, 1000 * (self.transcript.duration or 0.0)))

    def _current(self) -> player_payload.PlayerColumns:
        speech = self.transcript.edited_answer.speech
        with self._lock:
            if self._columns is None or self._columns[0] is not speech:
                self._columns = (speech, player_payload.columns(speech))
            return self._columns[1]

    def traits(self) -> dict[str, Any]:
        return self._current().traits() | {
            "speakers": player_payload.speakers(self.transcript),
            **timeline_layers.traits(timeline_layers.layers(self.transcript)),
            **coding_layer.traits(self.transcript),
        }

    def head(self) -> dict[str, Any]:
        """Return what a page gets first of a long transcript: its first words."""
        return self._current().head(player_payload.HEAD_WORDS).traits() | timeline_layers.traits(())

    def meta(self) -> dict[str, Any]:
        t, recording = self.transcript, self.recording
        has_audio, url = route(recording)
        hint = (
            f"{recording.problem if recording else 'The recording is not known.'} Attach it: t.audio = path"
        )
        if redacted_recording.wanted(t):
            hint = "The recording without personal data is being fetched."
        if has_audio == "ask" and recording is not None:
            hint = f"The file that this transcript comes from says that its sound is at {recording.asks_for}."
        with self._lock:
            if self._told[1] is not recording:
                self._told = (self._told[0] + 1, recording)
            number = self._told[0]
        return {
            "id": t.id or "",
            "title": encodable(short_name(t.source) if t.source else t.id or "Transcript"),
            "source": encodable(short_name(t.source) if t.source else ""),
            "duration": self.duration_ms,
            "language": t.language or "",
            "model": t.model or "",
            "has_audio": has_audio,
            "audio_url": url,
            "audio_hint": encodable(hint) if has_audio in ("none", "ask") else "",
            "recording": number,
            "sample_rate": RATE,
            "redacted": t.redacted,
            "editable": True,
            "low_confidence": LOW_CONFIDENCE,
            "tracks": [encodable(name) for name in muted_tracks.track_names(t)],
            "warnings": [encodable(text) for text in t.warnings],
        }

    def history(self) -> dict[str, str | None]:
        editor = self.transcript.edited_answer.editor
        return {"undo": None, "redo": None} if editor is None else editor.history

    # Frames ------------------------------------------------------------------------------------------

    def words(self, first: int, last: int) -> pd.DataFrame:
        rows = self._current().row[max(0, first) : last + 1]
        return self.transcript.words.iloc[_distinct(rows[rows >= 0])]

    def turns(self, start_ms: float, end_ms: float) -> pd.DataFrame:
        said = self.transcript.edited_answer.speech.utterances
        return self.transcript.utterances[(said.start < end_ms) & (said.end > start_ms)]

    # Sound -------------------------------------------------------------------------------------------

    def fetch(self) -> None:
        """Download the recording from the service where that is the one to play."""
        if redacted_recording.wanted(self.transcript):
            redacted_recording.fetch(self.transcript)

    def allow(self) -> None:
        """The user agreed that the page opens the address of the recording."""
        if self.recording is not None and self.recording.asks_for is not None:
            self.transcript.edited_answer.set_audio(self.recording.allowed())

    def sound(self) -> AudioReader:
        """Return a reader of the recording.

        Raises
        ------
        SourceError
            There is none.
        """
        recording = self.recording
        if recording is None or recording.problem:
            raise OptionError(str(self.meta()["audio_hint"]))
        with self._lock:
            if self._heard is None or self._heard[0] is not recording:
                self._heard = (recording, RecordingReader(recording))
            return self._heard[1]

    def segment(self, from_ms: int, to_ms: int, muted: Collection[int]) -> np.ndarray:
        """Return samples for the page, without the tracks that it has muted."""
        count, recording = len(muted_tracks.track_names(self.transcript)), self.recording
        if not muted or not count or recording is None:
            return self.sound().segment(from_ms, to_ms)
        with self._lock:
            if self._tracks is None or self._tracks[0] is not recording:
                self._tracks = (recording, muted_tracks.TrackReaders(recording, count))
            tracks = self._tracks[1]
        return tracks.segment(from_ms, to_ms, muted)

    def close_sound(self) -> None:
        """Close the files; they are opened again when they are needed."""
        with self._lock:
            heard, tracks = self._heard, self._tracks
        for one in (heard, tracks):
            if one is not None:
                one[1].close()

    # Edits -------------------------------------------------------------------------------------------

    def edit(self, operation: str, arguments: dict[str, Any], seen: Mapping[str, Any] | None = None) -> None:
        """Apply one edit of the front end, whose row numbers are those of its columns.

        Parameters
        ----------
        seen : mapping, optional
            ``turn``, ``word`` or ``name``: the text that the user saw of what is changed.

        Raises
        ------
        OptionError
            It is another text by now: another page, or a cell, was faster, and the user has not seen that.
        """
        columns, given = self._current(), dict(arguments)
        self._check_seen(columns, given, seen or {})
        if operation == "add_codes":
            given["rows"] = coding_layer.rows_of_page(self.transcript, given.get("rows"))
        if operation == "rename_speaker" and not str(given.get("name") or "").strip():
            given["name"] = None
        if "word" in given:
            given["word"] = _at(columns.row, given["word"], "word")
            if given["word"] < 0:
                raise OptionError("This text has no words of its own; edit its whole turn.")
        if "turn" in given:
            given["turn"] = _at(columns.turn, given["turn"], "turn")
        if isinstance(given.get("turns"), list):
            given["turns"] = [_at(columns.turn, turn, "turn") for turn in given["turns"]]
        self.transcript.edit.do(operation, **given)

    def _check_seen(
        self, columns: player_payload.PlayerColumns, given: dict[str, Any], seen: Mapping[str, Any]
    ) -> None:
        if "turn" in seen and (turn := columns.turn_with(given.get("turn"), str(seen["turn"]))) is not None:
            given["turn"] = turn
            return
        word, label = given.get("word"), str(given.get("label"))
        names = {one["label"]: one["name"] for one in player_payload.speakers(self.transcript)}
        if ("word" in seen and columns.has_word(word, str(seen["word"]))) or (
            "name" in seen and names.get(label) == seen["name"]
        ):
            return
        for what in ("turn", "word", "name"):
            if what in seen:
                raise OptionError(f"This {what} was changed meanwhile, elsewhere; nothing was overwritten.")

    def undo(self) -> None:
        self.transcript.edit.undo()

    def redo(self) -> None:
        self.transcript.edit.redo()

    def export(self, kind: str) -> str:
        """Return the whole transcript as srt, vtt, txt, md or csv (words)."""
        t = self.transcript
        makers: dict[str, Any] = {
            "srt": t.to_srt,
            "vtt": t.to_vtt,
            "txt": t.to_text,
            "md": t.to_markdown,
            "csv": lambda: player_payload.spreadsheet(t.words),
        }
        if kind not in makers:
            raise OptionError(f"No export {kind!r}.", hint=f"There are {', '.join(makers)}.")
        found: str = makers[kind]()
        return found

    def static(self) -> dict[str, str]:
        """Return text and HTML of bounded size, for where the player cannot be shown."""
        from aai_jupyter.reports.page import transcript_bundle

        return saved_form(transcript_bundle(self.transcript), repr(self.transcript))

    def watch(self, watcher: Watcher) -> None:
        self.transcript.edited_answer.watchers.add(watcher)

    def selected(self, chosen: Mapping[str, Any] | None) -> None:
        self.transcript.edited_answer.selection = chosen


def _at(numbers: np.ndarray, place: Any, what: str) -> int:
    if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < len(numbers):
        raise OptionError(f"There is no {what} {place!r} in what is shown.")
    return int(numbers[place])


def _distinct(rows: np.ndarray) -> list[int]:
    return list(dict.fromkeys(rows.tolist()))
