"""An edited transcript as columns, for every frame, export and view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from aai_jupyter.client.json_object import JsonObject
from aai_jupyter.tables.speech import Speech, Stretches, Words, stretches
from aai_jupyter.tables.table import Labels, joined, labels
from aai_jupyter.text.tokenization import join
from aai_jupyter.transcripts.edits.state import State, TurnState

# Answers of the service that repeat the words: after an edit they are made from the edited words instead.
_REPEATING = ("sentences", "paragraphs")


@dataclass
class EditedSpeech(Speech):
    """The columns of a transcript after edits.

    Parameters
    ----------
    state : State
    """

    state: State | None = None

    @property
    def _now(self) -> State:
        assert self.state is not None
        return self.state

    @cached_property
    def _parts(self) -> tuple[Words, Stretches, np.ndarray]:
        state = self._now
        in_turns = _words(state)
        counts = np.array([len(turn) for turn in state.turns], dtype=np.int64)
        said = _turns(state, in_turns, counts)
        utterance = np.repeat(np.arange(len(counts)), counts)[state.order]
        return in_turns.take(state.order), said, utterance

    @property
    def text(self) -> str:
        """The whole text."""
        return join(self.utterances.text.tolist())

    def answer(self, kind: str) -> JsonObject | None:
        return None if kind in _REPEATING else super().answer(kind)

    def speakers(self, values: Sequence[str | None]) -> Labels:
        merged = self._now.merged
        return super().speakers([None if value is None else merged.get(value, value) for value in values])

    def sent(self, name: str) -> list[dict[str, Any]]:
        return [] if name in ("words", "utterances") else super().sent(name)


def _words(state: State) -> Words:
    """Words in order of turns."""
    base, turns = state.base.words, state.turns
    rows = [turn.rows if turn.words is None else np.full(len(turn.words), -1) for turn in turns]
    source = np.concatenate(rows) if rows else np.empty(0, dtype=np.int64)
    typed = np.flatnonzero(source < 0)
    edited = [word for turn in turns if turn.words is not None for word in turn.words]
    if len(base):
        words = base.take(source)
    else:
        empty = np.full(len(source), np.nan)
        none = Labels(np.full(len(source), -1, dtype=np.int32), [])
        words = Words(
            np.empty(len(source), dtype=object),
            empty,
            empty.copy(),
            empty.copy(),
            none,
            none,
            speaker_confidence=empty.copy(),
        )
    for name in ("text", "start", "end", "confidence"):
        getattr(words, name)[typed] = [getattr(word, name) for word in edited]
    sizes = [len(turn) for turn in turns]
    words.speaker_confidence[typed] = np.nan
    words.speaker_confidence[np.repeat([turn.assigned for turn in turns], sizes).astype(bool)] = np.nan
    words.speaker = _per_word(words.speaker, turns, [t.label for t in turns], [t.assigned for t in turns])
    words.speaker = _by_appearance(words.speaker.renamed(state.merged), state)
    words.channel = _per_word(words.channel, turns, [t.channel for t in turns], [False] * len(turns))
    return words


def _per_word(own: Labels, turns: Sequence[TurnState], names: list[str | None], forced: list[bool]) -> Labels:
    """Return labels by word: its own, or its turn's where that was assigned or edited."""
    sizes = [len(turn) for turn in turns]
    of_turn = labels(names).take(np.repeat(np.arange(len(turns)), sizes))
    take = [force or turn.words is not None for force, turn in zip(forced, turns, strict=True)]
    both = joined([own, of_turn])
    codes = np.where(
        np.repeat(np.array(take, dtype=bool), sizes), both.codes[len(own) :], both.codes[: len(own)]
    )
    return Labels(codes, both.names)


def _by_appearance(found: Labels, state: State) -> Labels:
    """Return names in the order of first speech; names that are not used any more are dropped."""
    in_time = found.codes[state.order]
    codes, first = np.unique(in_time[in_time >= 0], return_index=True)
    order = codes[np.argsort(first)]
    place = np.full(len(found.names) + 1, -1, dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return Labels(place[found.codes], [found.names[code] for code in order])


def _turns(state: State, words: Words, counts: np.ndarray) -> Stretches:
    """Return one row per turn: the service's while its text is unchanged, else computed from its words."""
    turns, base = state.turns, state.base.utterances
    ends = np.cumsum(counts)
    made = stretches(words, [(int(b - n), int(b)) for b, n in zip(ends, counts, strict=True) if n])
    row = np.cumsum(counts > 0) - 1
    kept = np.array([turn.said is not None for turn in turns], dtype=bool)
    said = np.array([-1 if turn.said is None else turn.said for turn in turns], dtype=np.int64)

    def column(name: str) -> np.ndarray:
        old, new = getattr(base, name), getattr(made, name)
        if not len(old) or not len(new):
            found: np.ndarray = old[said] if not len(new) else new[row]
        else:
            found = np.where(kept, old[said], new[row])
        return found

    names = [state.label(turn) for turn in turns]
    sure = column("speaker_confidence")
    sure[np.array([turn.assigned for turn in turns], dtype=bool)] = np.nan  # a person said who it is
    return Stretches(
        column("text"),
        column("start"),
        column("end"),
        np.where(counts > 0, made.confidence[row], base.confidence[said])
        if len(made)
        else column("confidence"),
        labels(names, words.speaker.names),
        labels([turn.channel for turn in turns], words.channel.names),
        np.where(counts > 0, counts, base.n_words[said]) if len(base) else counts,
        speaker_confidence=sure,
    )
