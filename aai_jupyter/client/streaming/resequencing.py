"""Resequencing of the events of all connections to the session's own clock and turn numbers."""

from __future__ import annotations

from aai_jupyter.client.streaming.audio_buffer import Clock
from aai_jupyter.client.streaming.events import (
    Event,
    LLMGatewayResponse,
    Silence,
    SpeakerRevision,
    SpeechStarted,
    StreamWord,
    Turn,
)
from aai_jupyter.client.streaming.turn_log import TurnLog

MARGIN_MS = 100
"""Audio before the end of the kept text that is sent again too: word ends are not exact."""


class Resequencer:
    """Resequencer of the events of all connections of a session.

    Parameters
    ----------
    rate : int
        Samples per second.

    Attributes
    ----------
    turns : TurnLog
    clock : Clock
        Of the connection in use.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self.turns = TurnLog()
        self.clock = Clock(rate)
        self._base = 0
        self._boundary: tuple[int, StreamWord | None] = (0, None)

    def begin_connection(self, *, first: bool) -> None:
        """Begin with a new connection, which has a clock and numbers of its own."""
        self.clock = Clock(self._rate)
        self.turns.drop_open()
        self._base = self.turns.next_order
        self._boundary = (0, None) if first else (self.turns.heard_to, self.turns.last_word)

    @property
    def replay_from(self) -> int:
        """Sample from which audio has to be replayed on a new connection."""
        start = self.turns.heard_to - MARGIN_MS if self.turns.heard_to else 0
        return max(0, start) * self._rate // 1000

    @property
    def forget_before(self) -> int:
        """Sample before which no audio will have to be replayed."""
        return max(0, self.turns.heard_to - 2 * MARGIN_MS) * self._rate // 1000

    @property
    def advanced(self) -> bool:
        """Whether this connection has finished a turn."""
        return self.turns.next_order > self._base

    def take(self, event: Event) -> bool:
        """Shift an event to the session's clock and numbers; False when it says nothing new."""
        match event:
            case Turn():
                return self.turns.apply(self._shifted(event))
            case SpeakerRevision():
                for revision in event.revisions:
                    revision.turn_order += self._base
                return bool(self.turns.revise(event))
            case LLMGatewayResponse():
                event.turn_order += self._base
            case SpeechStarted():
                event.timestamp = self.clock.ms(event.timestamp)
            case Silence():
                event.start_ms, event.end_ms = self.clock.ms(event.start_ms), self.clock.ms(event.end_ms)
        return True

    def _shifted(self, turn: Turn) -> Turn:
        turn.turn_order += self._base
        for word in turn.words:
            word.start, word.end = self.clock.ms(word.start), self.clock.ms(word.end)
        boundary, last = self._boundary
        if boundary and turn.words and turn.words[0].start < boundary + 2 * MARGIN_MS:
            turn = self.turns.without_repeats(turn, boundary, last)
        return turn
