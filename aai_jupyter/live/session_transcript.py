"""What the sessions of a run say and cost, brought together in one transcript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aai_jupyter.client.streaming.events import (
    Begin,
    Event,
    LLMGatewayResponse,
    SpeakerRevision,
    Turn,
)
from aai_jupyter.live.listeners import Listeners
from aai_jupyter.live.sent_audio import SentAudio
from aai_jupyter.transcripts.live_transcript import LiveTranscript

if TYPE_CHECKING:
    from aai_jupyter.client.streaming.connecting import StreamingSession


class SessionTranscript:
    """The transcript of a session, or of two for two channels, and those who hear it grow.

    Parameters
    ----------
    source : str or None
    rate, channels : int
        Of the sound.

    Attributes
    ----------
    transcript : LiveTranscript
    sound : SentAudio
    listeners : Listeners
    sessions : list of StreamingSession
        One for each channel; empty before they are connected.
    """

    def __init__(self, source: str | None, rate: int, channels: int) -> None:
        self.transcript = LiveTranscript(source)
        self.sound = SentAudio(rate, channels)
        self.listeners = Listeners(self.note)
        self.sessions: list[StreamingSession] = []
        self._notes: list[str] = []

    def hear(self, pcm: bytes) -> None:
        """Sound is given now."""
        self.sound.note(pcm)
        self.transcript.duration = self.sound.seconds

    def take(self, label: str | None, event: Event | None) -> None:
        """An event of the session of a channel; None for the channel when there is one session."""
        if event is None:
            return
        if isinstance(event, Turn):
            event.channel = label
            _name(event, label)
            if event.end_of_turn and event.words:
                self.sound.note_text(event.words[-1].end / 1000)
                self.transcript.latencies = list(self.sound.latencies)
            self._show()
        elif isinstance(event, SpeakerRevision):
            for session in self.sessions:
                for turn in session.turns.ordered():
                    _name(turn, turn.channel)
            self._show(revised=True)
        elif isinstance(event, Begin):
            self._show()  # unfinished turns of a broken connection are gone
            self.transcript.model = event.configuration.get("model")
        elif isinstance(event, LLMGatewayResponse):
            event.channel = label
            self.transcript.answered(event)
        self.account()
        self.listeners.tell_all(event)

    def _show(self, *, revised: bool = False) -> None:
        if len(self.sessions) == 1:
            turns = self.sessions[0].turns.ordered()
        else:
            turns = [turn for session in self.sessions for turn in session.turns.ordered()]
            turns.sort(key=_time)
        self.transcript.update(turns, revised=revised)

    def account(self) -> None:
        """Bring ids, cost, reconnections and warnings up to date."""
        live = self.transcript
        if self.sessions:
            live.ids = [id for session in self.sessions for id in session.ids]
            live.id = live.ids[0] if live.ids else None
            live.seconds_billed = sum(session.seconds_billed for session in self.sessions)
            live.estimate = sum(session.estimate for session in self.sessions)
            live.reconnections = [one for session in self.sessions for one in session.reconnections]
        found = [text for session in self.sessions for text in session.warnings]
        live.warnings = list(dict.fromkeys([*found, *self._notes]))

    def note(self, text: str) -> None:
        """Add a warning of our own."""
        self._notes.append(text)
        self.account()


def _name(turn: Turn, channel: str | None) -> None:
    """Speakers of two channels as those of a recording: "1", or "1A" where they are told apart."""
    if channel is None:
        return
    if not (turn.speaker_label or "").startswith(channel):
        turn.speaker_label = f"{channel}{turn.speaker_label or ''}"
    for word in turn.words:
        if word.speaker is not None and not word.speaker.startswith(channel):
            word.speaker = f"{channel}{word.speaker}"


def _time(turn: Turn) -> tuple[bool, int]:
    """By start; what is still spoken comes last."""
    return (not turn.end_of_turn, turn.words[0].start if turn.words else 0)
