"""Read-only side of a transcript: metadata, frames, text and captions."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from aai_jupyter.client.json_object import JsonObject
from aai_jupyter.client.transcript_data import TranscriptData
from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.tables import Table, understanding
from aai_jupyter.tables import search as _search
from aai_jupyter.tables.table import Units, check_units
from aai_jupyter.tables.understanding import identified
from aai_jupyter.text import plain_text, subtitles
from aai_jupyter.text.sanitize import encodable
from aai_jupyter.transcripts import upward
from aai_jupyter.transcripts.edited_answer import EditedAnswer
from aai_jupyter.transcripts.frames import Frames, default_units
from aai_jupyter.transcripts.speaker_names import SpeakerNames

Raw = bytes | bytearray | memoryview | str | Mapping[str, Any]


class TranscriptBase(Frames):
    """Metadata, frames and text of a transcript, with all edits and speaker names applied.

    Attributes
    ----------
    edited_answer : EditedAnswer
        The service's answer with its edits: what players and other views read.
    source : str or None
        Where the recording came from, as the user named it.
    """

    def __init__(self, data: TranscriptData, *, source: str | None = None) -> None:
        self.edited_answer = EditedAnswer(data)
        self.source = None if source is None else encodable(source)

    # Facts -----------------------------------------------------------------------------------------------

    @property
    def raw(self) -> dict[str, Any]:
        """Everything that the service sent. Times are integer milliseconds."""
        return self.edited_answer.data.raw

    @property
    def raw_bytes(self) -> bytes:
        """The answer, byte by byte as it was received."""
        return self.edited_answer.data.raw_bytes

    @property
    def id(self) -> str | None:
        """The transcript's id."""
        return self.edited_answer.data.id

    @property
    def status(self) -> str | None:
        """``queued``, ``processing``, ``completed`` or ``error``."""
        return self.edited_answer.data.status

    @property
    def error(self) -> str | None:
        """The service's reason when the status is ``error``."""
        return self.edited_answer.data.error

    @property
    def confidence(self) -> float | None:
        """Mean confidence, 0 to 1."""
        return self.edited_answer.data.confidence

    @property
    def language(self) -> str | None:
        """Language code."""
        return self.edited_answer.data.language_code

    @property
    def language_confidence(self) -> float | None:
        """How sure the service is of a language that it detected, 0 to 1."""
        return self.edited_answer.data.number_of("language_confidence")

    @property
    def domain(self) -> str | None:
        """The domain used, such as ``medical-v1``: None also when one was asked for and not used."""
        found = self.edited_answer.data.object_of("metadata").get("domain_used")
        return found if isinstance(found, str) else None

    @property
    def formatted_text(self) -> str | None:
        """The whole text as custom formatting wrote it; None without it."""
        return understanding.formatted_text(self.edited_answer.speech)

    @property
    def formatted_utterances(self) -> pd.DataFrame:
        """The utterances as custom formatting wrote them: speaker, text, start, end; empty without it."""
        return pd.DataFrame(
            understanding.formatted_utterances(self.edited_answer.speech),
            columns=["speaker", "text", "start", "end"],
        )

    @property
    def model(self) -> str | None:
        """The model that did the work."""
        return self.edited_answer.data.model

    @property
    def warnings(self) -> list[str]:
        """Warnings of the service, and what was not heard of the recording."""
        audio = self.edited_answer.audio
        note = audio.track_note if audio is not None else None
        return [*self.edited_answer.data.warnings, *([note] if note else [])]

    @property
    def redacted(self) -> bool:
        """Whether the service was asked to take personal data out of the text."""
        return bool(self.edited_answer.data.get("redact_pii"))

    @property
    def redacts_audio(self) -> bool:
        """Whether the service was asked for a recording with personal data beeped out."""
        return self.edited_answer.data.get("redact_pii_audio") is True

    @property
    def text(self) -> str:
        """The whole text; empty while there is none."""
        answer = self.edited_answer
        return answer.speech.text if answer.has_edits else answer.data.text

    @property
    def duration(self) -> float | None:
        """Length in seconds (the service rounds up); that of the speech if the service does not say."""
        if self.edited_answer.data.audio_duration is not None:
            return self.edited_answer.data.audio_duration
        ends = self.edited_answer.speech.words.end
        return float(np.nanmax(ends)) / 1000 if len(ends) and not np.isnan(ends).all() else None

    @property
    def fetched(self) -> bool:
        """Whether it came from the service or the store: its id can be used for further requests."""
        return self.edited_answer.kept

    @property
    def problems(self) -> list[str]:
        """Faults of the answer, as far as it has been read; empty as a rule."""
        answer = self.edited_answer
        return [*answer.problems, *understanding.failed_tasks(answer.data, answer.answers)]

    @property
    def speakers(self) -> SpeakerNames:
        """Speaker label -> name, in order of first speech.

        ``t.speakers = {"A": "Ann"}`` or ``t.speakers["A"] = "Ann"`` renames a speaker in every frame, export
        and view: an edit like all others. Labels that get the same name become one speaker in frames.
        ``t.speakers = {}`` takes all names back.
        """
        editor, speech = self.edited_answer.editor, self.edited_answer.speech
        given = {} if editor is None else editor.state.names
        rename = lambda label, name: self.edited_answer.edit().rename_speaker(label, name)  # noqa: E731
        return SpeakerNames(speech.speaker_names, identified(speech), given, rename)

    @speakers.setter
    def speakers(self, names: Mapping[str, str]) -> None:
        self.edited_answer.edit().rename_speakers(names)

    def _renamed(self) -> dict[str, str]:
        return self.speakers.other_than_labels()

    # Frames ----------------------------------------------------------------------------------------------

    def frame(self, name: str, units: Units | None = None, extra: bool = False) -> pd.DataFrame:
        """Return a frame by name.

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
        return self._framed(self.edited_answer.table(name, extra), units)

    def search(self, *phrases: str) -> pd.DataFrame:
        """Find where words or phrases were said, ignoring case and punctuation.

        Examples
        --------
        >>> from aai_jupyter import Transcript
        >>> t = Transcript.from_json({"words": [{"text": "Refund?", "start": 0, "end": 400}]})
        >>> t.search("refund")[["text", "start"]].values.tolist()
        [['Refund?', 0.0]]
        """
        return self._framed(_search.search(self.edited_answer.speech, phrases))

    def word_search(self, raw: Raw) -> pd.DataFrame:
        """Return the answer of the service's word search as a frame."""
        return self._framed(_search.service_matches(self.edited_answer.speech, JsonObject(raw)))

    def _framed(self, table: Table, units: Units | None = None) -> pd.DataFrame:
        units = check_units(units or default_units())
        frame = table.frame(units, self._renamed(), self.source)
        frame.attrs = {"transcript_id": self.id, "model": self.model, "units": units}
        return frame

    # Text ------------------------------------------------------------------------------------------------

    def _lines(self) -> list[plain_text.Line]:
        """Return start in milliseconds, speaker and text of each utterance."""
        said = self.edited_answer.speech.utterances
        names = said.speaker.renamed(self._renamed()).values()
        starts = [None if start != start else start for start in said.start.tolist()]
        return list(zip(starts, names, said.text.tolist(), strict=True))

    def to_text(self, style: str | None = None) -> str:
        """Return plain text, one utterance a line, with times and speakers.

        Parameters
        ----------
        style : {"jefferson", "gat2-minimal", "gat2-basic", "hiat"}, optional
            Write it in a convention of conversation analysis instead.

        Raises
        ------
        OptionError
            There is no such convention.
        """
        if style is not None:
            return upward.convention_text(self, style)
        return plain_text.text(self._lines())

    def to_markdown(self) -> str:
        """Return Markdown, one paragraph an utterance; the speech itself is escaped."""
        return plain_text.markdown(self._lines())

    def to_srt(
        self,
        chars_per_caption: int | None = None,
        speakers: bool = False,
        style: str | Mapping[str, Any] | None = None,
        *,
        chars_per_line: int | None = None,
        **options: Any,
    ) -> str:
        """Return SubRip captions.

        Parameters
        ----------
        chars_per_caption : int, optional
            Most characters of a caption; two lines by default. Chinese, Japanese and Korean characters count
            as two.
        speakers : bool, default False
            Show who speaks.
        style : str or mapping, optional
            Keep a rule book: ``netflix``, ``bbc``, ``youtube``, or a dict of rules; see :meth:`captions`.
        chars_per_line : int, optional
            Most characters of a line, 42 by default; 32 gives lines of 16 Chinese characters.
        **options
            With a style, those of :meth:`captions`.

        Raises
        ------
        OptionError
            ``chars_per_caption`` or ``chars_per_line`` is less than 1, or there is no such style or option.
        """
        if style is not None or options:
            return self._styled("srt", chars_per_caption, chars_per_line, speakers, style, options)
        return subtitles.srt(**self._caption_columns(chars_per_caption, speakers, chars_per_line))

    def to_vtt(
        self,
        chars_per_caption: int | None = None,
        speakers: bool = False,
        style: str | Mapping[str, Any] | None = None,
        *,
        chars_per_line: int | None = None,
        **options: Any,
    ) -> str:
        """Return WebVTT captions; parameters as in :meth:`to_srt`."""
        if style is not None or options:
            return self._styled("vtt", chars_per_caption, chars_per_line, speakers, style, options)
        return subtitles.vtt(**self._caption_columns(chars_per_caption, speakers, chars_per_line))

    def _styled(
        self,
        kind: str,
        chars_per_caption: int | None,
        chars_per_line: int | None,
        speakers: bool,
        style: str | Mapping[str, Any] | None,
        options: dict[str, Any],
    ) -> str:
        if chars_per_caption is not None:
            raise OptionError(
                "chars_per_caption and style exclude each other.",
                hint='style={"chars_per_line": 32, "lines": 2} says both.',
            )
        rules: str | Mapping[str, Any] = style or "netflix"
        if chars_per_line is not None:
            given = dict(rules) if isinstance(rules, Mapping) else {"style": rules}
            rules = given | {"chars_per_line": chars_per_line}
        return upward.caption_text(self, kind, rules, speakers=speakers, **options)

    def captions(
        self,
        style: str | Mapping[str, Any] = "netflix",
        units: Units | None = None,
        *,
        speakers: bool = False,
        language: str | tuple[str, str] | None = None,
        start: str | None = None,
        fps: float | None = None,
        drop_frame: bool = False,
    ) -> pd.DataFrame:
        """Return captions that keep a rule book, one row a cue, with every rule that a cue breaks.

        Parameters
        ----------
        style : str or mapping
            ``netflix``, ``bbc``, ``youtube``, or rules: ``{"style": "bbc", "chars_per_line": 32}``. Rules are
            ``chars_per_line``, ``lines``, ``chars_per_second``, ``min_duration``, ``max_duration``, ``gap``
            and ``chain`` (frames), ``fps``, ``late``, ``pause``, ``shots`` (cuts of the picture in seconds)
            and ``dash``.
        units : {"s", "ms", "timedelta"}, optional
        speakers : bool, default False
            Show names where the speaker changes.
        language : str or pair of str, optional
            A translation; or two languages, one below the other.
        start : str, optional
            Timecode of the first frame, ``"10:00:00:00"``; with ``;`` before the frames it is drop-frame.
        fps : float, optional
            Frames a second.
        drop_frame : bool, default False

        Returns
        -------
        DataFrame
            Columns in ``aai_jupyter.tables.COLUMNS["captions"]``. The in-time of a cue is that of its first
            word; its out-time may be up to a second later than its last word, within the pause.

        Raises
        ------
        OptionError

        Examples
        --------
        >>> from aai_jupyter import Transcript
        >>> t = Transcript.from_json({"words": [{"text": "Hi.", "start": 0, "end": 400}]})
        >>> t.captions("netflix")[["start", "end", "text", "broken"]].values.tolist()
        [[0.0, 0.834, 'Hi.', '']]
        """
        return upward.captions(
            self,
            style,
            units,
            speakers=speakers,
            language=language,
            start=start,
            fps=fps,
            drop_frame=drop_frame,
        )

    def _caption_columns(
        self, chars_per_caption: int | None, speakers: bool, chars_per_line: int | None
    ) -> dict[str, Any]:
        if isinstance(chars_per_caption, str | PathLike):
            raise UsageError(
                "to_srt and to_vtt give the text; they write no file.",
                hint='Path("talk.srt").write_text(talk.to_srt(), encoding="utf-8")',
            )
        for name, size in (("chars_per_caption", chars_per_caption), ("chars_per_line", chars_per_line)):
            if size is not None and size < 1:
                raise OptionError(f"{name} must be at least 1, got {size}.")
        order = self.edited_answer.speech.by_utterance
        words = self.edited_answer.speech.words.take(order)
        starts, ends = (
            [None if time != time else time for time in times.tolist()] for times in (words.start, words.end)
        )
        names = words.speaker.renamed(self._renamed()).values() if speakers else None
        return {
            "texts": words.text.tolist(),
            "starts_ms": starts,
            "ends_ms": ends,
            "chars_per_caption": chars_per_caption,
            "chars_per_line": chars_per_line,
            "speakers": names,
            "groups": self.edited_answer.speech.utterance[order].tolist(),
            "voices": list(zip(words.speaker.codes.tolist(), words.channel.codes.tolist(), strict=True)),
        }
