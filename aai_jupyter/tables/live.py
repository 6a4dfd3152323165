"""Tables of a running session: extended turn by turn, not rebuilt for each access."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import is_

import numpy as np

from aai_jupyter.client.streaming.events import Turn
from aai_jupyter.tables.intervals import gaps
from aai_jupyter.tables.speech import measured
from aai_jupyter.tables.table import Labels, Table, Values, labels, no_labels, numbers, texts
from aai_jupyter.text.tokenization import join


class LiveTables:
    """Columns of turns in order of time.

    Finished turns are kept in columns that grow, so that a look at the frame of a long session costs a copy
    of its columns and the making of what is new.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Drop all columns, after earlier turns have changed."""
        self._words, self._turns = _Growing(), _Growing()
        self._done: list[Turn] = []

    def tables(self, turns: Sequence[Turn], session_id: str | None) -> dict[str, Table]:
        """Return ``words`` and ``turns`` of these turns; they hold until the next call.

        Parameters
        ----------
        turns : sequence of Turn
            In order; those kept from the last call are recognised as the same objects.
        session_id : str, optional
            Fills ``transcript_id``.
        """
        known = len(self._done)
        if known > len(turns) or not all(map(is_, self._done, turns)):
            self.clear()
            known = 0
        final = known
        while final < len(turns) and turns[final].end_of_turn:
            final += 1
        for part, kept in ((turns[known:final], True), (turns[final:], False)):
            words, columns = _columns(part, self._turns.kept, self._words.kept)
            self._words.put(words, keep=kept)
            self._turns.put(columns, keep=kept)
        self._done += turns[known:final]
        return {
            "words": _with_id("words", self._words.columns(), session_id),
            "turns": self._turn_table(session_id),
        }

    def _turn_table(self, session_id: str | None) -> Table:
        columns = self._turns.columns()
        start, end = columns["start"], columns["end"]
        assert isinstance(start, np.ndarray)
        assert isinstance(end, np.ndarray)
        columns["gap_before"], columns["overlap"] = gaps(start, end)
        return _with_id("turns", columns, session_id)


class _Growing:
    """Columns of equal length in arrays that have room for more.

    Attributes
    ----------
    kept : int
        Rows that stay; those after them are replaced by what is put next.
    """

    def __init__(self) -> None:
        self.kept = 0
        self._rows = 0
        self._arrays: dict[str, np.ndarray] = {}
        self._names: dict[str, dict[str, int]] = {}

    def put(self, columns: Mapping[str, Values], *, keep: bool) -> None:
        """Put rows after the kept ones."""
        for name, values in columns.items():
            codes = values if isinstance(values, np.ndarray) else self._codes(name, values)
            self._rows = self.kept + len(codes)
            array = self._arrays.get(name)
            if array is None or len(array) < self._rows:
                longer = np.empty(max(64, 2 * self._rows), codes.dtype)
                if array is not None:
                    longer[: self.kept] = array[: self.kept]
                array = self._arrays[name] = longer
            array[self.kept : self._rows] = codes
        if keep:
            self.kept = self._rows

    def columns(self) -> dict[str, Values]:
        """Return all columns: views, which hold until rows are put again."""
        found: dict[str, Values] = {}
        for name, array in self._arrays.items():
            rows = array[: self._rows]
            found[name] = Labels(rows, list(self._names[name])) if name in self._names else rows
        return found

    def _codes(self, name: str, values: Labels) -> np.ndarray:
        places = self._names.setdefault(name, {})
        table = [places.setdefault(label, len(places)) for label in values.names] + [-1]  # -1: missing
        codes: np.ndarray = np.array(table, dtype=np.int32)[values.codes]
        return codes


def _columns(
    turns: Sequence[Turn], first_turn: int, first_word: int
) -> tuple[dict[str, Values], dict[str, Values]]:
    """Return the columns of words and of turns, which are numbered from these."""
    words = [word for turn in turns for word in turn.words]
    counts = [len(turn.words) for turn in turns]
    owners = [turn for turn in turns for _ in turn.words]
    word_columns: dict[str, Values] = {
        "utterance": np.repeat(first_turn + np.arange(len(turns)), counts),
        "word": first_word + np.arange(len(words)),
        "text": texts([word.text for word in words]),
        "start": numbers([word.start for word in words]),
        "end": numbers([word.end for word in words]),
        "confidence": numbers([word.confidence for word in words]),
        "speaker": labels(
            [word.speaker or turn.speaker_label for word, turn in zip(words, owners, strict=True)]
        ),
        "speaker_confidence": numbers(
            [
                turn.speaker_confidence if word.speaker_confidence is None else word.speaker_confidence
                for word, turn in zip(words, owners, strict=True)
            ]
        ),
        "channel": labels([turn.channel for turn in owners]),
        "timing": measured(len(words)),
    }
    means = [[w.confidence for w in turn.words if w.confidence is not None] for turn in turns]
    turn_columns: dict[str, Values] = {
        "utterance": first_turn + np.arange(len(turns)),
        "speaker": labels([turn.speaker_label for turn in turns]),
        "text": texts([turn.transcript or join([word.text for word in turn.words]) for turn in turns]),
        "start": numbers([min((w.start for w in turn.words), default=None) for turn in turns]),
        "end": numbers([max((w.end for w in turn.words), default=None) for turn in turns]),
        "n_words": np.array(counts, dtype=np.int64),
        "confidence": numbers([sum(values) / len(values) if values else None for values in means]),
        "speaker_confidence": numbers([turn.speaker_confidence for turn in turns]),
        "channel": labels([turn.channel for turn in turns]),
        "turn_order": np.array([turn.turn_order for turn in turns], dtype=np.int64),
        "end_of_turn": np.array([turn.end_of_turn for turn in turns], dtype=bool),
        "end_of_turn_confidence": numbers([turn.end_of_turn_confidence for turn in turns]),
        "language": labels([turn.language_code for turn in turns]),
    }
    return word_columns, turn_columns


def _same(name: str | None, rows: int) -> Labels:
    """Return one label in all rows."""
    if name is None or not rows:
        return no_labels(rows)
    return Labels(np.zeros(rows, dtype=np.int32), [name])


def _with_id(name: str, columns: dict[str, Values], session_id: str | None) -> Table:
    return Table(name, {"transcript_id": _same(session_id, len(columns["start"])), **columns})
