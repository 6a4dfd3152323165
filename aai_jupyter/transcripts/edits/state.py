"""Immutable state of a transcript's turns after some edits; an operation returns the next one.

Turns that nobody has touched are only row numbers of the service's words, so a state of a recording of ten
hours costs little, and thousands of states share nearly everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from aai_jupyter.tables.speech import Speech
from aai_jupyter.tables.understanding import identified
from aai_jupyter.text.tokenization import join, split
from aai_jupyter.transcripts.edits.alignment import TimedWord, spread


class StateChange(NamedTuple):
    """One row of ``t.edits``; ``before`` and ``after`` are texts, names or labels."""

    turn: int | None
    word: int | None
    before: str | None
    after: str | None


class CodedPassage(NamedTuple):
    """A passage with a code: times in milliseconds, the words as they were when it was coded.

    ``evidence`` is what the code rests on: the quote of a language model.
    """

    code_id: str
    start: float
    end: float
    text: str
    code: str
    coder: str
    memo: str
    created: str
    evidence: str


class CodebookEntry(NamedTuple):
    """A code that passages can be given; see :class:`aai_jupyter.Codebook`."""

    name: str
    definition: str = ""
    colour: str = ""
    parent: str | None = None
    guid: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class TurnState:
    """One turn of a speaker.

    Attributes
    ----------
    rows : array of int
        Its words as rows of the service's words, as long as ``words`` is None.
    words : tuple of TimedWord, optional
        Its words once one of them was changed.
    said : int, optional
        The service's utterance whose text it still is.
    label : str, optional
        Label of its speaker, before mergers of speakers.
    assigned : bool
        The label was given by a person, and holds for every word.
    """

    rows: np.ndarray
    words: tuple[TimedWord, ...] | None
    said: int | None
    label: str | None
    channel: str | None
    assigned: bool = False

    def __len__(self) -> int:
        return len(self.rows) if self.words is None else len(self.words)


@dataclass(frozen=True, eq=False)
class State:
    """All turns, and the names and mergers of speakers.

    Attributes
    ----------
    base : Speech
        The service's answer.
    turns : tuple of TurnState
    names : mapping
        Label -> name, as given by a person.
    merged : mapping
        Label -> label of the speaker that it was merged into.
    made : tuple of str
        Labels that a person has added.
    codes : tuple of CodedPassage
        In the order in which they were given.
    codebook : tuple of CodebookEntry
        What can be chosen in the player.
    sealed : tuple of (start, end)
        Stretches in milliseconds that no pseudonymised view has, in order.
    """

    base: Speech
    turns: tuple[TurnState, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    merged: Mapping[str, str] = field(default_factory=dict)
    made: tuple[str, ...] = ()
    found: Mapping[str, str] = field(default_factory=dict)
    codes: tuple[CodedPassage, ...] = ()
    codebook: tuple[CodebookEntry, ...] = ()
    sealed: tuple[tuple[float, float], ...] = ()

    @classmethod
    def of(cls, speech: Speech) -> State:
        """Return the state before any edit."""
        said = speech.utterances
        counts = np.bincount(speech.utterance, minlength=len(said))
        rows = np.split(speech.by_utterance, np.cumsum(counts)[:-1]) if len(said) else []
        who, where = said.speaker.values(), said.channel.values()
        turns = (
            TurnState(*one)
            for one in zip(rows, [None] * len(rows), range(len(rows)), who, where, strict=True)
        )
        return cls(speech, tuple(turns), found=identified(speech))

    # Speakers ------------------------------------------------------------------------------------------

    def label(self, turn: TurnState) -> str | None:
        """Return the label of a turn's speaker, after mergers."""
        return None if turn.label is None else self.merged.get(turn.label, turn.label)

    @cached_property
    def labels(self) -> list[str]:
        """Labels that are in use, in order of first speech."""
        old = [self.merged.get(name, name) for name in self.base.speaker_names]
        now = [self.label(turn) for turn in self.turns]
        kept = set(now) | (set(old) if not any(turn.assigned for turn in self.turns) else set())
        return [name for name in dict.fromkeys([*now, *old]) if name is not None and name in kept]

    def name(self, label: str | None) -> str | None:
        """Return the name of a speaker."""
        return None if label is None else self.names.get(label) or self.found.get(label) or label

    # Words ---------------------------------------------------------------------------------------------

    def words(self, turn: TurnState) -> tuple[TimedWord, ...]:
        """Return the words of a turn."""
        if turn.words is not None:
            return turn.words
        if not len(turn.rows) and turn.said is not None:  # the answer has a text here, and no words
            said, n = self.base.utterances, turn.said
            order = float(np.searchsorted(np.nan_to_num(self.base.words.start), said.start[n])) - 0.5
            return tuple(spread(split(said.text[n]), said.start[n], said.end[n], order))
        words = self.base.words.take(turn.rows)
        columns = (words.text, words.start, words.end, words.confidence, turn.rows.astype(np.float64))
        return tuple(map(TimedWord._make, zip(*(column.tolist() for column in columns), strict=True)))

    def text(self, turn: TurnState) -> str:
        """Return the text of a turn."""
        if turn.said is not None:
            found: str = self.base.utterances.text[turn.said]
            return found
        texts = (
            self.base.words.text[turn.rows].tolist() if turn.words is None else [w.text for w in turn.words]
        )
        return join(texts)

    def end(self, turn: TurnState) -> float:
        """Return where a turn ends, in milliseconds."""
        if turn.said is not None:
            return float(self.base.utterances.end[turn.said])
        words = self.words(turn)
        return words[-1].end if words else float("nan")

    @cached_property
    def _places(self) -> tuple[np.ndarray, np.ndarray]:
        """Turn and position of every word, in the order of the words frame."""
        sizes = [len(turn) for turn in self.turns]
        turn = np.repeat(np.arange(len(sizes)), sizes)
        first = np.cumsum([0, *sizes[:-1]]) if sizes else np.zeros(0, dtype=np.int64)
        order = self.order
        return turn[order], (np.arange(len(turn)) - np.repeat(first, sizes))[order]

    @cached_property
    def order(self) -> np.ndarray:
        """Order in which the words of all turns make the words frame."""
        keys: list[Any] = [
            turn.rows if turn.words is None else np.array([word.order for word in turn.words])
            for turn in self.turns
        ]
        return np.argsort(np.concatenate(keys), kind="stable") if keys else np.empty(0, dtype=np.int64)

    @property
    def n_words(self) -> int:
        return len(self.order)

    def place(self, word: int) -> tuple[int, int]:
        """Return the turn of a word of the words frame, and its position in that turn."""
        turns, places = self._places
        return int(turns[word]), int(places[word])

    def row(self, turn: int, place: int) -> int:
        """Return the word's row in the words frame."""
        turns, places = self._places
        return int(np.flatnonzero((turns == turn) & (places == place))[0])

    # Next states ---------------------------------------------------------------------------------------

    def with_turns(self, first: int, last: int, *turns: TurnState) -> State:
        """Return the state with a range of turns replaced; turns without words vanish."""
        kept = tuple(turn for turn in turns if len(turn) or turn.said is not None)
        return self.but(turns=self.turns[:first] + kept + self.turns[last:])

    def but(self, **changes: Any) -> State:
        """Return the state with other values."""
        return replace(self, **changes)
