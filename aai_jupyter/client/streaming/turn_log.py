"""Turns of one session, put together from its messages.

All messages with one ``turn_order`` are one turn, and each replaces the one before. A turn is final when
``end_of_turn`` says so; with ``format_turns`` a second final with punctuation follows, which then counts.
"""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from collections.abc import Sequence

from aai_jupyter.client.streaming.events import Revision, SpeakerRevision, StreamWord, Turn
from aai_jupyter.text.tokenization import join, tokens

_LABEL = re.compile(r"[A-Z]{1,2}")
_HELD = frozenset({"words", "transcript", "utterance"})
_TOUCHING_MS = 150
"""How far a word may lie from the end of the kept text to be its last word heard again."""


def speaker(label: str | None) -> str | None:
    """Clean a speaker label; None where the service cannot tell yet (``PENDING``, ``UNKNOWN``).

    Examples
    --------
    >>> speaker("A"), speaker("PENDING")
    ('A', None)
    """
    return label if label and _LABEL.fullmatch(label) else None


class TurnLog:
    """Turns by ``turn_order``.

    Attributes
    ----------
    turns : dict of int to Turn
        Final turns, and those that are still spoken.

    Examples
    --------
    >>> log = TurnLog()
    >>> log.apply(Turn(turn_order=0, transcript="good morn"))
    True
    >>> log.apply(Turn(turn_order=0, transcript="Good morning.", end_of_turn=True))
    True
    >>> [turn.transcript for turn in log.final()]
    ['Good morning.']
    """

    def __init__(self) -> None:
        self.turns: dict[int, Turn] = {}
        self._orders: list[int] = []
        self.heard_to = 0
        """End of the last word of a final turn, ms."""
        self._last_word: StreamWord | None = None

    def __len__(self) -> int:
        return len(self.turns)

    def ordered(self) -> list[Turn]:
        """List all turns by ``turn_order``."""
        return [self.turns[order] for order in self._orders]

    def final(self) -> list[Turn]:
        """List the finished turns."""
        return [turn for turn in self.ordered() if turn.end_of_turn]

    def open(self) -> list[Turn]:
        """List the turns that are still spoken."""
        found: list[Turn] = []
        for order in reversed(self._orders):  # at the end as a rule: a long session is not searched
            if self.turns[order].end_of_turn:
                break
            found.append(self.turns[order])
        return found[::-1]

    @property
    def next_order(self) -> int:
        """First number that no final turn has reached; a new session counts on from here."""
        for order in reversed(self._orders):
            if self.turns[order].end_of_turn:
                return order + 1
        return 0

    def since(self, order: int) -> list[Turn]:
        """List turns from this number on."""
        return [self.turns[o] for o in self._orders[bisect_right(self._orders, order - 1) :]]

    def apply(self, turn: Turn) -> bool:
        """Apply a message; False when it says nothing new (an empty final, a late partial)."""
        order, known = turn.turn_order, self.turns.get(turn.turn_order)
        _clear_labels(turn)
        if known is not None and known.end_of_turn:
            if not turn.end_of_turn or (known.turn_is_formatted and not turn.turn_is_formatted):
                return False
            if not turn.words and not turn.transcript.strip():
                return False
        elif turn.end_of_turn and not turn.words and not turn.transcript.strip():
            if known is not None:  # what sounded like speech was none
                self._remove(order)
            return known is not None
        if known is None:
            insort(self._orders, order)
        self.turns[order] = turn
        if turn.end_of_turn:  # a long session would otherwise hold every word twice
            turn.raw = {name: value for name, value in turn.raw.items() if name not in _HELD}
        if turn.end_of_turn and turn.words and turn.words[-1].end >= self.heard_to:
            self._last_word = turn.words[-1]
            self.heard_to = max(word.end for word in turn.words)
        return True

    def revise(self, revision: SpeakerRevision) -> list[int]:
        """Correct speakers; returns the numbers of the turns that changed. Text and times stay."""
        return [one.turn_order for one in revision.revisions if self._revise(one)]

    def _revise(self, revision: Revision) -> bool:
        turn = self.turns.get(revision.turn_order)
        if turn is None:
            return False
        turn.speaker_label = speaker(revision.speaker_label)
        if len(revision.words) == len(turn.words):
            for word, new in zip(turn.words, revision.words, strict=True):
                word.speaker, word.speaker_confidence = speaker(new.speaker), new.speaker_confidence
        else:
            for word in turn.words:
                word.speaker = turn.speaker_label
        return True

    def drop_open(self) -> None:
        """Drop unfinished turns: their audio is replayed on another connection."""
        for turn in self.open():
            self._remove(turn.turn_order)

    def without_repeats(self, turn: Turn, boundary: int, last: StreamWord | None) -> Turn:
        """Drop the words of a turn before `boundary` (ms), which were replayed after a reconnection."""
        words = new_words(turn.words, boundary, last)
        if len(words) == len(turn.words):
            return turn
        turn.words = words
        turn.transcript = join([word.text for word in words])
        turn.utterance = None
        return turn

    @property
    def last_word(self) -> StreamWord | None:
        """Last word of the final turns."""
        return self._last_word

    def _remove(self, order: int) -> None:
        del self.turns[order]
        self._orders.remove(order)


def new_words(words: Sequence[StreamWord], boundary: int, last: StreamWord | None) -> list[StreamWord]:
    """Drop words before `boundary` (ms), and a repeat of the last word in another spelling.

    Examples
    --------
    >>> words = [StreamWord("Hello.", 0, 400), StreamWord("Now", 410, 600)]
    >>> [word.text for word in new_words(words, 400, StreamWord("hello", 0, 400))]
    ['Now']
    """
    kept = [word for word in words if word.start + word.end > 2 * boundary]
    if (
        kept
        and last is not None
        and kept[0].start < boundary + _TOUCHING_MS
        and kept[0].start < last.end
        and tokens(kept[0].text) == tokens(last.text)
    ):
        del kept[0]
    return kept


def _clear_labels(turn: Turn) -> None:
    turn.speaker_label = speaker(turn.speaker_label)
    for word in turn.words:
        if word.speaker is not None:
            word.speaker = speaker(word.speaker)
