"""How far the text of a session is behind its sound."""

from __future__ import annotations

from collections import deque

from aai_jupyter.client.streaming.events import Event, SpeechStarted, Turn

LEAST = 3.0
"""Seconds of speech without text below which nobody is told: captions come a second or two after the word."""
_QUIETEST = 0.005
_SHARE_OF_PEAK = 0.15
_PEAK_KEPT = 0.999
_SAME = 0.5
"""Seconds between two stretches of loud sound that are one."""


class Lag:
    """Compares loud sound with the words that came, for one session.

    Silence is no lag, and neither is noise: only what is loud counts, and only while the service has said
    that somebody speaks (``SpeechStarted``, or a turn that is not finished).

    Examples
    --------
    >>> from aai_jupyter.client.streaming.events import StreamWord
    >>> lag = Lag()
    >>> lag.take(SpeechStarted(timestamp=0))
    >>> for second in range(10):
    ...     lag.sound(second, second + 1, 0.1)
    >>> lag.behind
    10.0
    >>> lag.take(Turn(end_of_turn=True, words=[StreamWord(text="Hi.", start=0, end=9500)]))
    >>> lag.behind
    0.0
    """

    def __init__(self) -> None:
        self.heard_to = 0.0
        """Where the newest word ends, in seconds."""
        self._loud: deque[tuple[float, float]] = deque()
        self._peak = 0.0
        self._begun: list[float] = []
        self._open = False

    def sound(self, start: float, end: float, level: float) -> None:
        """Take the loudness of sound from `start` to `end` seconds."""
        self._peak = max(level, self._peak * _PEAK_KEPT)
        if level < max(_QUIETEST, _SHARE_OF_PEAK * self._peak):
            return
        if self._loud and start - self._loud[-1][1] <= _SAME:
            self._loud[-1] = (self._loud[-1][0], end)
        else:
            self._loud.append((start, end))

    def take(self, event: Event) -> None:
        """Take an event of the session."""
        if isinstance(event, SpeechStarted):
            self._begun.append((event.timestamp or 0) / 1000)
        elif isinstance(event, Turn):
            self._open = not event.end_of_turn
            if event.words:
                self.heard_to = max(self.heard_to, event.words[-1].end / 1000)
            if event.end_of_turn:
                self._begun = [begun for begun in self._begun if begun >= self.heard_to]
            while self._loud and self._loud[0][1] <= self.heard_to:
                self._loud.popleft()

    @property
    def behind(self) -> float:
        """Seconds from the first speech without text to the newest; 0 when that is hardly any."""
        if not (self._begun or self._open) or not self._loud:
            return 0.0
        first = max(self.heard_to, self._loud[0][0])
        unheard = sum(end - max(start, first) for start, end in self._loud)
        return self._loud[-1][1] - first if unheard >= LEAST else 0.0
