"""State of the captions: turns as the front end takes them, and the latency of their text."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from statistics import median
from typing import Any

from aai_jupyter.client.streaming.events import LLMGatewayResponse, Turn

_NEWEST = 200


def key_of(turn: Turn | LLMGatewayResponse) -> str:
    """Return a key of a turn that stays the same as long as the session lasts."""
    return f"{turn.channel or ''}/{turn.turn_order}"


def described(turn: Turn) -> dict[str, Any]:
    """Describe a turn for the front end.

    Examples
    --------
    >>> described(Turn(turn_order=3, transcript="Good morn"))
    {'key': '/3', 'at': 0, 'text': 'Good morn', 'final': False, 'speaker': None, 'answer': None}
    """
    return {
        "key": key_of(turn),
        "at": turn.words[0].start if turn.words else 0,
        "text": turn.transcript,
        "final": turn.end_of_turn,
        "speaker": turn.speaker_label or turn.channel,
        "answer": None,
    }


class CaptionState:
    """The state that the front end has, so that only changes are sent."""

    def __init__(self) -> None:
        self._turns: dict[str, dict[str, Any]] = {}
        self._answers: dict[str, str] = {}

    def answer(self, response: LLMGatewayResponse) -> dict[str, Any]:
        """Return message parts for a language model's answer about a turn."""
        key = key_of(response)
        self._answers[key] = response.answer
        known = self._turns.get(key)
        if known is None:
            return {}
        self._turns[key] = known | {"answer": response.answer}
        return {"turns": [self._turns[key]]}

    def change(self, turn: Turn) -> dict[str, Any]:
        """Return message parts for one turn that was received."""
        found = described(turn)
        if turn.end_of_turn and not found["text"].strip():  # what sounded like speech was none
            return {"removed": [found["key"]]} if self._turns.pop(found["key"], None) else {}
        found["answer"] = self._answers.get(found["key"])
        known = self._turns.get(found["key"])
        if known is not None and known["final"]:
            found["at"] = known["at"]  # a correction does not move a line
        if found == known:
            return {}
        self._turns[found["key"]] = found
        return {"turns": [found]}

    def compare(self, turns: Iterable[Turn]) -> dict[str, Any]:
        """Return message parts after anything may have changed (reconnection, corrected speakers)."""
        now = {key_of(turn): turn for turn in turns if turn.transcript.strip() or not turn.end_of_turn}
        removed = [key for key in self._turns if key not in now]
        for key in removed:
            del self._turns[key]
        changed = [part for turn in now.values() for part in self.change(turn).get("turns", ())]
        return {name: value for name, value in (("turns", changed), ("removed", removed)) if value}

    def everything(self) -> list[dict[str, Any]]:
        """Return all turns, for a view that has just been opened."""
        return list(self._turns.values())


class Delays:
    """Latency from the end of a word to its caption: medians of the newest ones.

    Sound is given as fast as it is spoken, so the delay is how much more sound had been given when the text
    came.

    Examples
    --------
    >>> delays = Delays()
    >>> delays.record(Turn(transcript="hi", words=[]), 2.0)
    >>> delays.partial is None
    True
    """

    def __init__(self) -> None:
        self._partial: deque[float] = deque(maxlen=_NEWEST)
        self._final: deque[float] = deque(maxlen=_NEWEST)
        self._words: dict[str, int] = {}

    def record(self, turn: Turn, given: float) -> None:
        """Record a turn that was received when `given` seconds of audio had been sent."""
        if not turn.words:
            return
        delay = given - turn.words[-1].end / 1000
        key = key_of(turn)
        before = self._words.get(key, 0)
        if turn.end_of_turn:
            if before >= 0:  # a formatted second final says nothing new
                self._final.append(delay)
            self._words[key] = -1
        elif len(turn.words) > before >= 0:
            self._words[key] = len(turn.words)
            self._partial.append(delay)

    @property
    def partial(self) -> float | None:
        return max(0.0, median(self._partial)) if self._partial else None

    @property
    def final(self) -> float | None:
        return max(0.0, median(self._final)) if self._final else None
