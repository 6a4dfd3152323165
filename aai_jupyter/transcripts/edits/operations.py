"""Edit operations: functions from a state to the next state and the changes made.

Turns are rows of ``t.utterances``, words rows of ``t.words``, labels keys of ``t.speakers``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import chain, count
from operator import attrgetter
from string import ascii_uppercase
from typing import Any

import numpy as np

from aai_jupyter.errors import OptionError
from aai_jupyter.transcripts.edits.alignment import TimedWord, realign, spread
from aai_jupyter.transcripts.edits.code_operations import add_codes, change_code, remove_codes, set_codebook
from aai_jupyter.transcripts.edits.sealing import seal, unseal
from aai_jupyter.transcripts.edits.state import State, StateChange, TurnState

MAX_TEXT = 1_000_000
"""Characters of one text that a person gives: far beyond any turn, and a bound for what is stored."""


Result = tuple[State, list[StateChange]]


def rename_speaker(state: State, label: str, name: str | None) -> Result:
    """Give a speaker a name; None takes it back."""
    _known(state, label)
    names = {key: value for key, value in state.names.items() if key != label}
    return rename_speakers(state, names if name is None else {**names, label: name})


def rename_speakers(state: State, names: Mapping[str, str]) -> Result:
    """Name speakers by a mapping of labels to names; those who are not in it lose theirs."""
    if not isinstance(names, Mapping):
        raise OptionError(
            f"Speakers are named by a mapping of labels to names, got {type(names).__name__}.",
            hint='For example: t.speakers = {"A": "Ann"}',
        )
    for label, name in names.items():
        if label not in state.names:  # a speaker who has no turn any more keeps the name
            _known(state, label)
        if not isinstance(name, str) or not name.strip():
            raise OptionError(f"The name of speaker {label!r} must be text, got {name!r}.")
    names = {label: _text(name, f"The name of speaker {label!r}") for label, name in names.items()}
    new = state.but(names=names)
    changes = [
        StateChange(None, None, state.name(label), new.name(label))
        for label in state.labels
        if state.name(label) != new.name(label)
    ]
    return new if names != state.names else state, changes


def merge_speakers(state: State, label: str, into: str) -> Result:
    """Make two speakers one: everything of ``label`` becomes ``into``'s, who keeps the name."""
    if _known(state, label) == _known(state, into):
        return state, []
    merged = {key: into if value == label else value for key, value in state.merged.items()} | {label: into}
    merged.pop(into, None)
    names = {key: value for key, value in state.names.items() if key != label}
    return state.but(merged=merged, names=names), [
        StateChange(None, None, state.name(label), state.name(into))
    ]


def split_speaker(state: State, turns: Iterable[int], name: str | None = None) -> Result:
    """Give turns to a new speaker, who goes by the next free letter until there is a name."""
    numbers = sorted({_turn(state, turn) for turn in _several(turns)})
    if not numbers:
        raise OptionError("Say which turns the new speaker has.")
    label = _new_label(state)
    if name is not None and not (name := _text(name, "The name of a speaker").strip()):
        raise OptionError("The new speaker's name is empty.")
    names = state.names if name is None else {**state.names, label: name}
    changes = [StateChange(n, None, state.name(state.label(state.turns[n])), name or label) for n in numbers]
    chosen = set(numbers)
    new = tuple(
        replace(turn, label=label, assigned=True) if number in chosen else turn
        for number, turn in enumerate(state.turns)
    )
    return state.but(turns=new, names=names, made=(*state.made, label)), changes


def assign_turn(state: State, turn: int, label: str) -> Result:
    """Give a turn to another speaker."""
    old = state.turns[_turn(state, turn)]
    if state.label(old) == _assignable(state, label):
        return state, []
    change = StateChange(turn, None, state.name(state.label(old)), state.name(label))
    return state.with_turns(turn, turn + 1, replace(old, label=label, assigned=True)), [change]


def assign_turns(state: State, turns: Iterable[int], label: str) -> Result:
    """Give several turns to another speaker."""
    name = state.name(_assignable(state, label))
    numbers = sorted({_turn(state, turn) for turn in _several(turns)})
    others = [n for n in numbers if state.label(state.turns[n]) != label]
    if not others:
        return state, []
    changes = [StateChange(n, None, state.name(state.label(state.turns[n])), name) for n in others]
    new = list(state.turns)
    for number in others:
        new[number] = replace(new[number], label=label, assigned=True)
    return state.but(turns=tuple(new)), changes


def assign_words(state: State, words: Iterable[int], label: str) -> Result:
    """Give words to another speaker; what is left of their turns stays, touching turns of his are joined."""
    name = state.name(_assignable(state, label))
    chosen: dict[int, set[int]] = {}
    for word in sorted({_word(state, word) for word in _several(words)}):
        number, place = state.place(word)
        if state.label(state.turns[number]) != label:
            chosen.setdefault(number, set()).add(place)
    if not chosen:
        return state, []
    turns: list[tuple[TurnState, bool]] = []
    changes = []
    for number, turn in enumerate(state.turns):
        if number not in chosen:
            turns.append((turn, False))
            continue
        for first, last, moved in _parts(len(turn), chosen[number]):
            part = turn if last - first == len(turn) else _part(turn, slice(first, last))
            if moved:
                row = state.row(number, first)
                changes.append(StateChange(number, row, state.name(state.label(turn)), name))
                part = replace(part, label=label, assigned=True)
            turns.append((part, moved))
    joined: list[tuple[TurnState, bool]] = []
    for turn, moved in turns:
        before, was_moved = joined[-1] if joined else (None, False)
        touching = before is not None and (moved or was_moved) and before.channel == turn.channel
        if before is not None and touching and state.label(before) == state.label(turn):
            joined[-1] = (_joined(state, before, turn), True)
        else:
            joined.append((turn, moved))
    return state.but(turns=tuple(turn for turn, _ in joined)), changes


def _parts(size: int, chosen: set[int]) -> Iterable[tuple[int, int, bool]]:
    """Yield runs of places [first, last), and whether they are chosen."""
    first = 0
    for place in range(1, size + 1):
        if place == size or (place in chosen) != (first in chosen):
            yield first, place, first in chosen
            first = place


def set_turn_text(state: State, turn: int, text: str) -> Result:
    """Write the text of a turn anew. Words that stay keep their times; no text removes the turn."""
    old = state.turns[_turn(state, turn)]
    text = " ".join(_text(text, "The text of a turn").split())
    before = state.text(old)
    if text == before:
        return state, []
    words = state.words(old)
    new = _rewritten(old, realign(words, text, state.end(old)) if words else [])
    return state.with_turns(turn, turn + 1, new), [StateChange(turn, None, before, text)]


def set_word(state: State, word: int, text: str) -> Result:
    """Write a word anew: several words share its time, none removes it."""
    number, place = state.place(_word(state, word))
    turn, texts = state.turns[number], _text(text, "A word").split()
    words = state.words(turn)
    old = words[place]
    if texts == [old.text]:
        return accept_word(state, word)
    made = spread(texts, old.start, old.end, old.order)
    new = _rewritten(turn, [*words[:place], *made, *words[place + 1 :]])
    return state.with_turns(number, number + 1, new), [StateChange(number, word, old.text, " ".join(texts))]


def accept_word(state: State, word: int) -> Result:
    """Confirm that a word is right."""
    number, place = state.place(_word(state, word))
    turn = state.turns[number]
    words = list(state.words(turn))
    if words[place].confidence == 1.0:
        return state, []
    words[place] = words[place]._replace(confidence=1.0)
    new = replace(turn, words=tuple(words))
    text = words[place].text
    return state.with_turns(number, number + 1, new), [StateChange(number, word, text, text)]


def split_turn(state: State, turn: int, word: int) -> Result:
    """Begin a new turn with a word; it has the same speaker, until it is given to another."""
    number, place = state.place(_word(state, word))
    if number != _turn(state, turn) or place == 0:
        raise OptionError(
            f"Word {word} is not inside turn {turn}: a turn is split before a later word of it."
        )
    old = state.turns[turn]
    parts = [_part(old, slice(None, place)), _part(old, slice(place, None))]
    new = state.with_turns(turn, turn + 1, *parts)
    change = StateChange(turn, word, state.text(old), " | ".join(new.text(part) for part in parts))
    return new, [change]


def merge_turns(state: State, turn: int) -> Result:
    """Join a turn with the one after it; the first one's speaker has it all."""
    if _turn(state, turn) + 1 >= len(state.turns):
        raise OptionError(f"Turn {turn} is the last: there is none to merge it with.")
    one, two = state.turns[turn], state.turns[turn + 1]
    before = f"{state.text(one)} | {state.text(two)}"
    after = state.with_turns(turn, turn + 2, _joined(state, one, two))
    return after, [StateChange(turn, None, before, after.text(after.turns[turn]))]


def _joined(state: State, one: TurnState, two: TurnState) -> TurnState:
    other = state.label(one) != state.label(two)
    new = replace(one, said=None, assigned=one.assigned or two.assigned or other)
    if one.words is None and two.words is None and len(one) and len(two):
        return replace(new, rows=np.sort(np.concatenate([one.rows, two.rows])))
    # in order of time, also where the two turns overlap
    words = sorted((*state.words(one), *state.words(two)), key=attrgetter("order"))
    return replace(new, words=tuple(words))


OPERATIONS: dict[str, Callable[..., Result]] = {
    operation.__name__: operation
    for operation in (
        rename_speaker,
        rename_speakers,
        merge_speakers,
        split_speaker,
        assign_turn,
        assign_turns,
        assign_words,
        set_turn_text,
        set_word,
        accept_word,
        split_turn,
        merge_turns,
        add_codes,
        change_code,
        remove_codes,
        set_codebook,
        seal,
        unseal,
    )
}
"""Operations by name."""


def _rewritten(turn: TurnState, words: list[TimedWord]) -> TurnState:
    return replace(turn, words=tuple(words), said=None)


def _part(turn: TurnState, part: slice) -> TurnState:
    if turn.words is None:
        return replace(turn, rows=turn.rows[part], said=None)
    return replace(turn, words=turn.words[part], said=None)


def _new_label(state: State) -> str:
    taken = {*state.base.speaker_names, *state.made}
    return next(label for label in chain(ascii_uppercase, map("S{}".format, count(1))) if label not in taken)


def _known(state: State, label: str) -> str:
    if label not in state.labels:
        known = ", ".join(state.labels) or "none (ask for speaker_labels)"
        raise OptionError(f"No speaker {label!r} in this transcript.", hint=f"Its speakers: {known}.")
    return label


def _assignable(state: State, label: str) -> str:
    """Return the label of a speaker, who may have lost all turns meanwhile: two can change places."""
    once = {*state.base.speaker_names, *state.made} - state.merged.keys()
    return label if label in once else _known(state, label)


def _turn(state: State, turn: int) -> int:
    return _number(turn, len(state.turns), "turn")


def _word(state: State, word: int) -> int:
    return _number(word, state.n_words, "word")


def _number(value: Any, total: int, what: str) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise OptionError(f"A {what} is named by its number, got {value!r}.")
    number: int = value.__index__()
    if not 0 <= number < total:
        raise OptionError(f"There is no {what} {number}: there are {total}, counted from 0.")
    return number


def _several(value: Any) -> Iterable[int]:
    return (value,) if hasattr(value, "__index__") else value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise OptionError(f"{what} must be text, got {type(value).__name__}.")
    if len(value) > MAX_TEXT:
        raise OptionError(f"{what} has {len(value):,} characters; it may have {MAX_TEXT:,}.")
    # Half a surrogate pair can be neither stored nor sent.
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
