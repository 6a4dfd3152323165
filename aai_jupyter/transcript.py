"""One transcript: its text, its frames, its speakers' names, its exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aai_jupyter import archive, captions, readable
from aai_jupyter.client.schema import Answer, TranscriptData, decode_transcript
from aai_jupyter.errors import OptionError
from aai_jupyter.frames import Frames, default_units
from aai_jupyter.naming import short_name
from aai_jupyter.speakers import SpeakerNames
from aai_jupyter.tables import TABLES, Speech, Table
from aai_jupyter.tables import search as _search
from aai_jupyter.tables.table import Units, check_units
from aai_jupyter.tables.understanding import identified

Raw = bytes | bytearray | memoryview | str | Mapping[str, Any]

ATTACHABLE = ("sentences", "paragraphs", "understanding")
"""Further answers of the service about one transcript, by the name of their endpoint."""


class Transcript(Frames):
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
        self._answers: tuple[tuple[str, Answer], ...] = ()
        self._given: dict[str, str] = {}
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

    # What the service said -----------------------------------------------------------------------------

    @property
    def raw(self) -> dict[str, Any]:
        """Everything that the service sent. Times are integer milliseconds."""
        return self._data.raw

    @property
    def raw_bytes(self) -> bytes:
        """The answer, byte by byte as it was received."""
        return self._data.raw_bytes

    @property
    def id(self) -> str | None:
        """The transcript's id."""
        return self._data.id

    @property
    def status(self) -> str | None:
        """``queued``, ``processing``, ``completed`` or ``error``."""
        return self._data.status

    @property
    def error(self) -> str | None:
        """The service's reason when the status is ``error``."""
        return self._data.error

    @property
    def text(self) -> str:
        """The whole text; empty while there is none."""
        return self._data.text

    @property
    def duration(self) -> float | None:
        """Length of the recording in seconds (the service rounds up); of the speech when it is not told."""
        if self._data.audio_duration is not None:
            return self._data.audio_duration
        ends = self._speech.words.end
        return float(np.nanmax(ends)) / 1000 if len(ends) and not np.isnan(ends).all() else None

    @property
    def confidence(self) -> float | None:
        """Mean confidence, 0 to 1."""
        return self._data.confidence

    @property
    def language(self) -> str | None:
        """Language code."""
        return self._data.language_code

    @property
    def model(self) -> str | None:
        """The model that did the work."""
        return self._data.model

    @property
    def warnings(self) -> list[str]:
        """What the service warns about."""
        return list(self._data.warnings)

    @property
    def problems(self) -> list[str]:
        """What was odd in the answer, as far as it has been read; empty as a rule."""
        return list(dict.fromkeys(line for _, answer in self._all() for line in answer.problems))

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

    def _all(self) -> list[tuple[str, Answer]]:
        return [("transcript", self._data), *self._answers]

    @cached_property
    def _speech(self) -> Speech:
        return Speech(self._data, self._answers)

    @cached_property
    def _tables(self) -> dict[tuple[str, bool], Table]:
        return {}

    def _table(self, name: str, extra: bool) -> Table:
        if name not in TABLES:
            raise OptionError(f"No frame {name!r}.", hint=f"There are {', '.join(TABLES)}.")
        if (name, extra) not in self._tables:
            self._tables[name, extra] = TABLES[name](self._speech, extra)
        return self._tables[name, extra]

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
        frame = self._table(name, extra).frame(check_units(units or default_units()), self._renamed())
        frame.attrs = {"transcript_id": self.id, "model": self.model}
        return frame

    def search(self, *phrases: str) -> pd.DataFrame:
        """Where words or phrases were said, whatever their case and punctuation.

        Examples
        --------
        >>> t = Transcript.from_json({"words": [{"text": "Refund?", "start": 0, "end": 400}]})
        >>> t.search("refund")[["text", "start"]].values.tolist()
        [['Refund?', 0.0]]
        """
        return self._match_frame(self._search_table(phrases))

    def _search_table(self, phrases: Sequence[str]) -> Table:
        return _search.search(self._speech, phrases)

    def word_search(self, raw: Raw) -> pd.DataFrame:
        """The answer of the service's word search as a frame."""
        return self._match_frame(_search.service_matches(self._speech, Answer(raw)))

    def _match_frame(self, table: Table) -> pd.DataFrame:
        frame = table.frame(default_units(), self._renamed())
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
        self._answers = (*self._answers, (kind, Answer(raw)))
        self.__dict__.pop("_speech", None)
        self.__dict__.pop("_tables", None)

    # Speakers --------------------------------------------------------------------------------------------

    @property
    def speakers(self) -> SpeakerNames:
        """Speaker label -> name, in order of first speech.

        ``t.speakers = {"A": "Ann"}`` or ``t.speakers["A"] = "Ann"`` renames a speaker in every frame, export
        and view. Labels that get the same name become one speaker. ``t.speakers = {}`` undoes all.
        """
        return SpeakerNames(self._speech.speaker_names, identified(self._speech), self._given)

    @speakers.setter
    def speakers(self, names: Mapping[str, str]) -> None:
        self.speakers.check(names)
        self._given = dict(names)

    def _renamed(self) -> dict[str, str]:
        return self.speakers.other_than_labels()

    # Text forms ------------------------------------------------------------------------------------------

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

    # Files -----------------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> Path:
        """Write everything to one file that :meth:`load` reads; see :mod:`aai_jupyter.archive`."""
        names = {"source": self.source, "speakers": self._given}
        return archive.write(path, self.raw_bytes, names, [(k, a.raw_bytes) for k, a in self._answers])

    @classmethod
    def load(cls, path: str | Path) -> Transcript:
        """Read a file of :meth:`save`, or one with the service's JSON.

        Raises
        ------
        UsageError
            The file is missing, unreadable, damaged or something else.
        """
        raw, names, answers = archive.read(path)
        found = cls.from_json(raw, source=names.get("source"))
        for kind, answer in answers:
            found.attach(kind, answer)
        if given := names.get("speakers"):
            found.speakers = given
        return found

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

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, str], Any]:
        from aai_jupyter.analysis.report import transcript_html, transcript_text

        # The id in the output's metadata: a saved notebook can get the transcript again by it.
        metadata = {"aai_jupyter": {"transcript_id": self.id}}
        return {"text/plain": transcript_text(self), "text/html": transcript_html(self)}, metadata
