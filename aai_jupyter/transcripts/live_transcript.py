"""Transcript of a real-time session: usable while it runs, and after."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from aai_jupyter.client.streaming.events import LLMGatewayResponse, Reconnected, Turn
from aai_jupyter.errors import UsageError
from aai_jupyter.runtime.saved_output import saved_html
from aai_jupyter.tables.live import LiveTables
from aai_jupyter.tables.table import Table, Units, check_units
from aai_jupyter.text.html_tags import tag
from aai_jupyter.text.public_class import public
from aai_jupyter.text.sanitize import escape
from aai_jupyter.text.tokenization import join
from aai_jupyter.transcripts import upward
from aai_jupyter.transcripts.frames import Frames, default_units
from aai_jupyter.transcripts.side_names import SideNames
from aai_jupyter.transcripts.speaker_names import SpeakerNames

if TYPE_CHECKING:
    from typing import Unpack

    from aai_jupyter.client.options.option_types import TranscribeOptions
    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.widgets.player.player import Player

_FAINT = "opacity: 0.6"


@public
class LiveTranscript(Frames):
    """Turns, words and text of a session. Grows while the session runs.

    ``words`` and ``turns`` have the columns of recorded speech; a turn that is still spoken is the last row,
    with ``end_of_turn`` false. All other frames are those of :meth:`to_transcript`, of finished turns.

    Attributes
    ----------
    id : str or None
        The session's id; of the first connection when there were several.
    ids : list of str
        The ids of all connections.
    model : str or None
        The model that the service says it runs.
    source : str or None
    audio : Path or None
        The kept sound (FLAC; WAV without PyAV): play it, or transcribe it exactly with :meth:`exact`.
    duration : float
        Seconds of sound.
    seconds_billed : float
        Open time of all connections, in seconds, as the service tells it where it does.
    estimate : float
        Estimated USD, by the public price list.
    reconnections : list of Reconnected
        Where the connection broke, how much was sent again, how much was lost.
    warnings : list of str
    latencies : list of float
        Seconds from a turn's last word to its finished text, of the latest turns.
    llm_responses : list of dict
        The answers of ``llm_gateway`` as they came, each with its ``turn_order`` and ``channel``.
    ended : bool

    Examples
    --------
    >>> live = aai.stream("talk.mp3")  # doctest: +SKIP
    >>> live.turns[["start", "speaker", "text"]]  # doctest: +SKIP
    """

    def __init__(self, source: str | None = None, sides: SideNames | None = None) -> None:
        self.source = source
        self._sides = sides or SideNames()
        self.id: str | None = None
        self.ids: list[str] = []
        self.model: str | None = None
        self.audio: Path | None = None
        self.duration = 0.0
        self.seconds_billed = 0.0
        self.estimate = 0.0
        self.reconnections: list[Reconnected] = []
        self.warnings: list[str] = []
        self.latencies: list[float] = []
        self.ended = False
        self.llm_responses: list[dict[str, Any]] = []
        self._answers: dict[tuple[str | None, int], str] = {}
        # Replaced as a whole by the session's thread, so that readers need no lock.
        self._turns: tuple[Turn, ...] = ()
        self._revision = 0

    @cached_property
    def _tables(self) -> LiveTables:
        return LiveTables()

    @cached_property
    def _lock(self) -> threading.Lock:
        return threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {
            name: value for name, value in vars(self).items() if name not in ("_tables", "_lock", "_made")
        }

    def update(self, turns: Sequence[Turn], *, revised: bool = False) -> None:
        """Replace the turns by the current ones, in order of time; for the session."""
        self._turns = tuple(turns)
        if revised:
            self._revision += 1

    def answered(self, response: LLMGatewayResponse) -> None:
        """Add a language model's answer about a turn; for the session."""
        place = {"turn_order": response.turn_order, "channel": response.channel}
        self.llm_responses.append(response.raw | place)
        self._answers[response.channel, response.turn_order] = response.answer

    def answer_to(self, turn: Turn) -> str | None:
        """Return the answer of ``llm_gateway`` about a turn; None before there is one."""
        return self._answers.get((turn.channel, turn.turn_order)) or None

    _seen_revision = 0
    _made: tuple[tuple[Turn, ...], str | None, dict[str, Table]] | None = None

    @property
    def text(self) -> str:
        """The whole text, a line for each change of speaker; partial turns come last."""
        lines: list[list[str]] = []
        before: tuple[str | None, str | None] | None = None
        for turn in self._turns:
            who = (turn.speaker_label, turn.channel)
            if who != before:
                lines.append([])
            lines[-1].append(turn.transcript)
            before = who
        return "\n".join(join(line) for line in lines)

    @property
    def all_turns(self) -> tuple[Turn, ...]:
        """Finished and partial turns."""
        return self._turns

    @property
    def final_turns(self) -> list[Turn]:
        """Finished turns as the service's messages, times in ms from the start of the audio."""
        return [turn for turn in self._turns if turn.end_of_turn]

    @property
    def speaking(self) -> list[Turn]:
        """Partial turns, as far as they are known."""
        return [turn for turn in self._turns if not turn.end_of_turn]

    def frame(self, name: str, units: Units | None = None, extra: bool = False) -> pd.DataFrame:
        """Return a frame by name; see :class:`Transcript`."""
        if name not in ("words", "turns"):
            return self.to_transcript().frame(name, units, extra)
        units = check_units(units or default_units())
        with self._lock:  # also while the frame is made: the tables hold until the next ones
            if self._seen_revision != self._revision:
                self._seen_revision = self._revision
                self._tables.clear()
                self._made = None
            turns = self._turns
            if self._made is None or self._made[0] is not turns or self._made[1] != self.id:
                self._made = (turns, self.id, self._tables.tables(turns, self.id))
            frame = self._made[2][name].frame(units, file=self._named)
        frame.attrs = {"transcript_id": self.id, "model": self.model, "units": units}
        return frame

    @property
    def _named(self) -> str | None:
        return str(self.audio) if self.audio else self.source

    def to_transcript(self) -> Transcript:
        """Return the finished turns as a :class:`Transcript`: search, exports, analysis, player."""
        from aai_jupyter.transcripts.transcript import Transcript

        turns = self.final_turns
        utterances = [_utterance(turn) for turn in turns]
        languages = [turn.language_code for turn in turns if turn.language_code]
        return Transcript.from_json(
            {
                "id": self.id,
                "status": "completed",
                "text": " ".join(turn.transcript for turn in turns),
                "words": [word for one in utterances for word in one["words"]],
                "utterances": utterances,
                "audio_duration": self.duration,
                "speech_model_used": self.model,
                "language_code": max(set(languages), key=languages.count) if languages else None,
                "metadata": {"warnings": [{"message": text} for text in self.warnings]},
            },
            source=self._named,
        )

    @property
    def speakers(self) -> SpeakerNames:
        """Side -> name, of a session with two channels; also while it runs.

        ``talk.speakers = {"Computer": "Ann"}`` or ``talk.speakers["Computer"] = "Ann"`` renames a side
        everywhere. Speakers of one channel are named in the transcript of the session.
        """
        if not self._sides.sides:
            raise AttributeError("A session with one channel has labels only; its transcript names speakers.")
        return self._sides.speakers(self._rename)

    @speakers.setter
    def speakers(self, names: Mapping[str, str]) -> None:
        if not self._sides.sides:
            raise UsageError(
                "Speakers of a live session have labels only.",
                hint='Name them in its transcript: t = talk.exact(), then t.speakers = {"A": "Ann"}.',
            )
        for side in self._sides.sides if not names else ():
            self._rename(side, None)
        for side, name in names.items():
            self._rename(side, name)

    def _rename(self, side: str, name: str | None) -> None:
        self._sides.rename(side, name, self._turns)
        self._revision += 1
        if "_played" in self.__dict__:
            self._played.speakers.update(self._sides.renamed(self._played.speakers))

    @property
    def revision(self) -> int:
        """Counts corrections of earlier turns: of their speakers, or of speakers' names."""
        return self._revision

    @cached_property
    def _played(self) -> Transcript:
        made = self.to_transcript()
        if self.audio is not None:
            made.audio = self.audio
        return made

    @property
    def recorded(self) -> Transcript:
        """The transcript that the players of the finished session show: corrections made there are in it.

        Raises
        ------
        UsageError
            The session still runs.
        """
        if not self.ended:
            raise UsageError("The session still runs.", hint="Stop it first.")
        return self._played

    def play(self) -> Player:
        """Return a player of the finished session: its kept sound with its words.

        Raises
        ------
        UsageError
            The session still runs.

        Examples
        --------
        >>> talk.play()  # doctest: +SKIP
        """
        return upward.player(self.recorded)

    def exact(self, **options: Unpack[TranscribeOptions]) -> Transcript:
        """Transcribe the kept audio as a recording: exact times, all analyses.

        Two channels are transcribed apart (``multichannel``), and have the names of the session's sides.

        Parameters
        ----------
        **options
            As for ``aai.transcribe``.

        Raises
        ------
        UsageError
            The sound was not kept, or the session still runs.
        """
        if self.audio is None:
            raise UsageError("The sound of this session was not kept.", hint="Use keep_audio=True.")
        if not self.ended:
            raise UsageError("The session still runs.", hint="Stop it first.")
        if not self._sides.sides:
            return upward.transcribe(self.audio, **options)
        options.setdefault("multichannel", True)
        found: Transcript = upward.transcribe(self.audio, **options)
        unnamed = [label for label, name in found.speakers.items() if label == name]
        found.speakers.update(self._sides.of_recording(unnamed))
        return found

    def __len__(self) -> int:
        return len(self._turns)

    def __repr__(self) -> str:
        state = "ended" if self.ended else "running"
        return f"LiveTranscript({len(self.final_turns)} turns, {self.duration:.0f} s, {state})"

    def _repr_html_(self) -> str:
        html = tag("div", *map(self._turn_html, self._turns), tag("small", escape(repr(self))))
        return saved_html(html, repr(self))

    def _turn_html(self, turn: Turn) -> str:
        who = tag("b", escape(turn.speaker_label or ""))
        text = tag("span", escape(turn.transcript), style=None if turn.end_of_turn else _FAINT)
        answer = self.answer_to(turn)
        said = tag("div", f"→ {escape(answer)}", style=_FAINT) if answer else ""
        return tag("div", f"{who} {text}") + said


def _utterance(turn: Turn) -> dict[str, Any]:
    words = [
        {
            "text": word.text,
            "start": word.start,
            "end": word.end,
            "confidence": word.confidence,
            "speaker": word.speaker or turn.speaker_label,
            "channel": turn.channel,
        }
        for word in turn.words
    ]
    sure = [word.confidence for word in turn.words if word.confidence is not None]
    return {
        "text": turn.transcript,
        "start": min((word.start for word in turn.words), default=None),
        "end": max((word.end for word in turn.words), default=None),
        "confidence": sum(sure) / len(sure) if sure else None,
        "speaker": turn.speaker_label,
        "channel": turn.channel,
        "words": words,
    }
