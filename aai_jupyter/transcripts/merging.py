"""Edits and codes of two people in one recording, merged word by word against what both began with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aai_jupyter.errors import UsageError
from aai_jupyter.text.public_class import public
from aai_jupyter.transcripts.edits.editor import Edit
from aai_jupyter.transcripts.edits.state import CodedPassage, State
from aai_jupyter.transcripts.transcript import Transcript

if TYPE_CHECKING:
    from aai_jupyter.tables.speech import Speech

ACCEPTED = 1.0
_NAN = float("nan")


@public
@dataclass(eq=False)
class Merge:
    """Two people's work on one recording, as one transcript.

    Attributes
    ----------
    transcript : Transcript
        The original with the edits and codes of both; where they are at odds, the first one's.
    conflicts : DataFrame
        One row each: times, ``what`` (text, speaker, name, code), ``original``, ``mine``, ``theirs``;
        ``.aai.play(merge.transcript)`` plays them.
    """

    transcript: Transcript
    conflicts: pd.DataFrame

    def __repr__(self) -> str:
        edits = len(self.transcript.edit.edits)
        return f"<Merge: {edits} edits, {len(self.transcript.codes)} codes, {len(self.conflicts)} conflicts>"


@dataclass
class _Side:
    """What one person made of each word of the original."""

    texts: list[tuple[str, ...]]
    labels: list[str | None]
    accepted: list[bool]
    names: Mapping[str, str]
    codes: dict[str, CodedPassage]
    removed: set[str]
    author: str
    time: str


@dataclass
class _Merging:
    """What was chosen, and where the two are at odds."""

    conflicts: list[dict[str, Any]] = field(default_factory=list)

    def choose(
        self, what: str, values: tuple[Any, Any, Any], start: float = np.nan, end: float = np.nan
    ) -> Any:
        """Return the value of three that counts: original, mine, theirs."""
        base, mine, theirs = values
        if mine == theirs or theirs == base:
            return mine
        if mine == base:
            return theirs
        shown = [" ".join(one) if isinstance(one, tuple) else one for one in values]
        row = dict(zip(("original", "mine", "theirs"), shown, strict=True))
        self.conflicts.append({"start": start / 1000, "end": end / 1000, "what": what, **row})
        return mine


def merge(mine: Transcript, theirs: Transcript) -> Merge:
    """Merge the edits and codes of two people; see :func:`aai_jupyter.merge`."""
    if mine.raw_bytes != theirs.raw_bytes and mine.raw.get("words") != theirs.raw.get("words"):
        raise UsageError(
            "These are not two copies of one transcript: their words differ before any edit.",
            hint="aai.compare(a, b) aligns two transcripts of one recording.",
        )
    result = mine.original
    result.audio = mine.audio or theirs.audio
    speech = result.edited_answer.speech
    base = _side(State.of(speech), speech, mine)
    one, two = (_side(side.edit.state, speech, side) for side in (mine, theirs))
    found = _Merging()
    texts, labels = _words(found, speech, base, one, two)
    edits = _Edits(result, one, two)
    edits.set_words(base.texts, texts, one.texts)
    edits.accept([a or b for a, b in zip(one.accepted, two.accepted, strict=True)])
    edits.set_speakers(base.labels, labels)
    edits.set_names(_names(found, base, one, two))
    edits.set_codes(_codes(found, one, two), one)
    return Merge(result, _frame(found.conflicts, result))


def _side(state: State, speech: Speech, transcript: Transcript) -> _Side:
    count = len(speech.words)
    texts: list[list[str]] = [[] for _ in range(count)]
    labels: list[str | None] = [None] * count
    accepted = [False] * count
    before = speech.words.confidence
    for turn in state.turns:
        label = state.label(turn)
        for word in state.words(turn):
            place = round(word.order)
            if 0 <= place < count:
                texts[place].append(word.text)
                labels[place] = label
                accepted[place] = word.confidence == ACCEPTED and before[place] != ACCEPTED
    gone = _deleted_labels(state, speech)
    for place in range(count):
        if not texts[place]:
            labels[place] = gone[place]
    done = transcript.edit.edits
    removed: set[str] = set()
    for edit in done:
        if edit.operation == "remove_codes":
            ids = edit.arguments.get("code_ids", ())
            removed |= {ids} if isinstance(ids, str) else {*map(str, ids)}
    last = done[-1] if done else None
    return _Side(
        [tuple(one) for one in texts],
        labels,
        accepted,
        state.names,
        {one.code_id: one for one in state.codes},
        removed,
        last.author if last else "",
        last.time if last else "",
    )


def _deleted_labels(state: State, speech: Speech) -> list[str | None]:
    """Return the speaker that each word has in the original: what was deleted keeps it."""
    first = State.of(speech)
    found: list[str | None] = [None] * len(speech.words)
    for turn in first.turns:
        for row in turn.rows.tolist():
            found[row] = turn.label
    return found


def _words(
    found: _Merging, speech: Speech, base: _Side, one: _Side, two: _Side
) -> tuple[list[tuple[str, ...]], list[str | None]]:
    words = speech.words
    texts, labels = [], []
    for place in range(len(words)):
        times = float(words.start[place]), float(words.end[place])
        text = (base.texts[place], one.texts[place], two.texts[place])
        texts.append(found.choose("text", text, *times))
        who = (base.labels[place], one.labels[place], two.labels[place])
        labels.append(found.choose("speaker", who, *times))
    return texts, labels


def _names(found: _Merging, base: _Side, one: _Side, two: _Side) -> dict[str, str]:
    names = {}
    for label in dict.fromkeys([*one.names, *two.names]):
        values = (base.names.get(label), one.names.get(label), two.names.get(label))
        if name := found.choose("name", values):
            names[label] = name
    return names


def _codes(found: _Merging, one: _Side, two: _Side) -> list[CodedPassage]:
    codes = []
    for code_id in dict.fromkeys([*one.codes, *two.codes]):
        if code_id in one.removed or code_id in two.removed:
            continue
        mine, theirs = one.codes.get(code_id), two.codes.get(code_id)
        if mine is not None and theirs is not None and mine != theirs:
            shown = [f"{code.code}: {code.memo}" if code.memo else code.code for code in (mine, theirs)]
            found.choose("code", (None, shown[0], shown[1]), mine.start, mine.end)
        codes.append(mine or theirs)
    return [one for one in codes if one is not None]


class _Edits:
    """Edits that make the original what was merged, under the names of those who made them."""

    def __init__(self, transcript: Transcript, one: _Side, two: _Side) -> None:
        self._editor = transcript.edit
        self._one, self._two = one, two

    def _do(self, side: _Side, operation: str, **arguments: Any) -> None:
        self._editor.replay([Edit(operation, arguments, side.time, side.author, ())])

    def _side_of(self, mine: bool) -> _Side:
        return self._one if mine or not self._two.author else self._two

    def set_words(
        self, base: list[tuple[str, ...]], texts: list[tuple[str, ...]], mine: list[tuple[str, ...]]
    ) -> None:
        """Write words anew, the last first: the numbers of those before stay those of the original."""
        for place in range(len(texts) - 1, -1, -1):
            if texts[place] != base[place]:
                side = self._side_of(texts[place] == mine[place])
                self._do(side, "set_word", word=place, text=" ".join(texts[place]))

    def accept(self, accepted: list[bool]) -> None:
        """Accept words that one of the two has accepted."""
        place_of = self._first_words()
        for place, yes in enumerate(accepted):
            if yes and place in place_of:
                self._do(self._side_of(self._one.accepted[place]), "accept_word", word=place_of[place])

    def _first_words(self) -> dict[int, int]:
        """Return the row in the words frame of what now stands for each word of the original."""
        state = self._editor.state
        orders = np.array(
            [word.order for turn in state.turns for word in state.words(turn)], dtype=np.float64
        )[state.order]
        found: dict[int, int] = {}
        for row, order in enumerate(orders.tolist()):
            found.setdefault(round(order), row)
        return found

    def set_speakers(self, base: list[str | None], labels: list[str | None]) -> None:
        """Give runs of words to another speaker, splitting turns where only a part has changed."""
        last = -1
        for place, wanted in enumerate(labels):
            row = self._first_words().get(place) if place > last and wanted != base[place] else None
            if row is None or wanted is None:
                continue
            state = self._editor.state
            turn, at = state.place(row)
            side = self._side_of(self._one.labels[place] == wanted)
            own = {round(word.order) for word in state.words(state.turns[turn])}
            last = place
            while last + 1 < len(labels) and labels[last + 1] == wanted and (last + 1 in own):
                last += 1
            if state.label(state.turns[turn]) == wanted:
                continue
            inside = [round(word.order) for word in state.words(state.turns[turn])]
            if at:
                self._do(side, "split_turn", turn=turn, word=row)
                turn, inside = turn + 1, inside[at:]
            rest = next((n for n, order in enumerate(inside) if order > last), None)
            if rest:
                self._do(side, "split_turn", turn=turn, word=self._editor.state.row(turn, rest))
            state = self._editor.state
            if wanted in (*state.labels, *state.base.speaker_names, *state.made):
                self._do(side, "assign_turn", turn=turn, label=wanted)
            else:
                self._do(side, "split_speaker", turns=[turn])

    def set_names(self, names: dict[str, str]) -> None:
        """Name the speakers."""
        known = {label: name for label, name in names.items() if label in self._editor.state.labels}
        if known:
            self._do(self._side_of(bool(self._one.names)), "rename_speakers", names=known)

    def set_codes(self, codes: list[CodedPassage], one: _Side) -> None:
        """Add the codes of both."""
        mine = [code._asdict() for code in codes if code.code_id in one.codes]
        others = [code._asdict() for code in codes if code.code_id not in one.codes]
        for side, rows in ((self._one, mine), (self._side_of(False), others)):
            if rows:
                self._do(side, "add_codes", rows=rows)


def _frame(conflicts: list[dict[str, Any]], transcript: Transcript) -> pd.DataFrame:
    text = pd.StringDtype("python")
    found = pd.DataFrame(
        {
            **{
                name: pd.Series([row[name] for row in conflicts], dtype="float64")
                for name in ("start", "end")
            },
            **{
                name: pd.Series([row[name] for row in conflicts], dtype=text)
                for name in ("what", "original", "mine", "theirs")
            },
            "transcript_id": pd.Categorical([transcript.id] * len(conflicts)),
        }
    )
    found.attrs = {"transcript_id": transcript.id, "units": "s"}
    return found
