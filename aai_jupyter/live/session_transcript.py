"""Transcript, cost and warnings of a run, merged from its sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aai_jupyter.client.streaming.events import (
    Begin,
    Event,
    LLMGatewayResponse,
    SpeakerRevision,
    Turn,
)
from aai_jupyter.client.streaming.subscribers import Subscribers
from aai_jupyter.live.bleed_filter import BleedFilter
from aai_jupyter.live.lag import LEAST, Lag
from aai_jupyter.live.sent_audio import SentAudio
from aai_jupyter.transcripts.live_transcript import LiveTranscript
from aai_jupyter.transcripts.side_names import SideNames

if TYPE_CHECKING:
    from aai_jupyter.client.streaming.connecting import StreamingSession

_NEWEST = 20
"""Turns of the other side in which a word may stand that both have."""


class SessionTranscript:
    """Merges the events of a session, or of one for each channel, into one transcript.

    Parameters
    ----------
    source : str or None
    rate : int
        Of the audio.
    sides : SideNames
        Names of its channels; none of audio with one channel.
    sessions : list of StreamingSession
        One for each channel; empty before they are connected.

    Attributes
    ----------
    transcript : LiveTranscript
    audio : SentAudio
    subscribers : Subscribers
        Of the merged events.
    """

    def __init__(
        self, source: str | None, rate: int, sides: SideNames, sessions: Sequence[StreamingSession]
    ) -> None:
        self.transcript = LiveTranscript(source, sides)
        self.audio = SentAudio(rate, max(1, len(sides.sides)))
        self._sides = sides
        self._bleed = (
            BleedFilter(rate) if len(sides.sides) == 2 and not all(map(str.isdigit, sides.sides)) else None
        )
        self.subscribers = Subscribers(self.note)
        self._sessions = sessions
        self._notes: list[str] = []
        self._lags: dict[str | None, Lag] = {}

    def note_audio(self, pcm: bytes) -> None:
        """Count, measure and keep audio that is sent now."""
        before = self.audio.seconds
        self.audio.add(pcm)
        if self._bleed is not None:
            self._bleed.add(pcm)
        self.transcript.duration = self.audio.seconds
        for channel, lag in self._lags.items():
            level = self.audio.levels[int(channel or 1) - 1]
            lag.sound(before, self.audio.seconds, level)

    @property
    def behind(self) -> float:
        """Seconds that the text is behind the sound; 0 while it keeps up."""
        waiting = [session.buffer.unsent / session.sample_rate for session in self._sessions]
        lags = [lag.behind for lag in self._lags.values()]
        return max([*lags, *(seconds for seconds in waiting if seconds >= LEAST)], default=0.0)

    @property
    def heard_to(self) -> float:
        """Where the newest word of any channel ends, in seconds."""
        return max((lag.heard_to for lag in self._lags.values()), default=0.0)

    def apply(self, label: str | None, event: Event | None) -> None:
        """Apply an event of a channel's session; None for the channel when there is one session."""
        if event is None:
            return
        self._lags.setdefault(label, Lag()).take(event)
        if isinstance(event, Turn):
            event.channel = label
            self._sides.label(event)
            named = self._sides.version
            if self._bleed is not None and event.end_of_turn:
                self._bleed.apply(event, self._turns_beside(label))
            if event.end_of_turn and event.words:
                self.audio.note_text(event.words[-1].end / 1000)
                self.transcript.latencies = list(self.audio.latencies)
            self._show()
            if self._sides.version != named:  # renamed by another thread, which did not see this turn
                self._sides.label(event)
        elif isinstance(event, SpeakerRevision):
            for session in self._sessions:
                for turn in session.turns.ordered():
                    self._sides.label(turn)
            self._show(revised=True)
        elif isinstance(event, Begin):
            self._show()  # unfinished turns of a broken connection are gone
            self.transcript.model = event.configuration.get("model")
        elif isinstance(event, LLMGatewayResponse):
            event.channel = label
            self.transcript.answered(event)
        self.account()
        self.subscribers.emit(event)

    def _turns_beside(self, label: str | None) -> list[Turn]:
        """Return turns of other channels."""
        others = [session for k, session in enumerate(self._sessions, 1) if str(k) != label]
        return [turn for session in others for turn in session.turns.ordered()[-_NEWEST:]]

    @property
    def bled(self) -> int:
        """Words that were left out, as one side's microphone had them from the other."""
        return self._bleed.left_out if self._bleed is not None else 0

    def _show(self, *, revised: bool = False) -> None:
        if len(self._sessions) == 1:
            turns = self._sessions[0].turns.ordered()
        else:
            turns = [
                turn
                for session in self._sessions
                for turn in session.turns.ordered()
                if turn.words or turn.transcript or not turn.end_of_turn
            ]
            turns.sort(key=_sort_key)
        self.transcript.update(turns, revised=revised)

    def account(self) -> None:
        """Update ids, cost, reconnections and warnings of the transcript."""
        live = self.transcript
        if self._sessions:
            live.ids = [id for session in self._sessions for id in session.ids]
            live.id = live.ids[0] if live.ids else None
            live.seconds_billed = sum(session.seconds_billed for session in self._sessions)
            live.estimate = sum(session.estimate for session in self._sessions)
            live.reconnections = [one for session in self._sessions for one in session.reconnections]
        found = [text for session in self._sessions for text in session.warnings]
        live.warnings = list(dict.fromkeys([*found, *self._notes]))

    def note(self, text: str) -> None:
        """Note a warning of our own."""
        self._notes.append(text)
        self.account()


def _sort_key(turn: Turn) -> tuple[bool, int]:
    """Sort key: by start; what is still spoken comes last."""
    return (not turn.end_of_turn, turn.words[0].start if turn.words else 0)
