"""Tables of a running session: extended turn by turn, not rebuilt for each access."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aai_jupyter.client.streaming.events import Turn
from aai_jupyter.tables.intervals import gaps
from aai_jupyter.tables.table import Labels, Table, Values, joined, labels, no_labels, numbers, texts
from aai_jupyter.text.tokenization import join


@dataclass(slots=True)
class _Block:
    """Columns of some turns; numbers of turns and words count from the block's start."""

    words: dict[str, Values]
    turns: dict[str, Values]
    n_turns: int
    n_words: int


class LiveTables:
    """Columns of turns in order of time.

    Finished turns are kept as columns and joined to ever longer blocks, so that a look at the frame of a
    long session costs a copy of its columns and the columns of the newest turns.

    Parameters
    ----------
    session_id : str, optional
        Fills ``transcript_id``.
    """

    def __init__(self) -> None:
        self._kept: list[_Block] = []
        self._done: list[Turn] = []

    def clear(self) -> None:
        """Drop all columns, after earlier turns have changed."""
        self._kept, self._done = [], []

    def tables(self, turns: Sequence[Turn], session_id: str | None) -> dict[str, Table]:
        """Return ``words`` and ``turns`` of these turns.

        Parameters
        ----------
        turns : sequence of Turn
            In order; those kept from the last call are recognised as the same objects.
        """
        known = len(self._done)
        if known > len(turns) or any(a is not b for a, b in zip(self._done, turns, strict=False)):
            self.clear()
            known = 0
        final = known
        while final < len(turns) and turns[final].end_of_turn:
            final += 1
        if final > known:
            self._keep(_block(turns[known:final]))
            self._done += turns[known:final]
        blocks = [*self._kept, _block(turns[final:])]
        return {"words": _words(blocks, session_id), "turns": _turns(blocks, session_id)}

    def _keep(self, block: _Block) -> None:
        """Merge blocks of like size: there are few of them then, and each word is copied a few times only."""
        self._kept.append(block)
        while len(self._kept) > 1 and self._kept[-1].n_words * 2 >= self._kept[-2].n_words:
            last = self._kept.pop()
            self._kept[-1] = _joined([self._kept[-1], last])


def _block(turns: Sequence[Turn]) -> _Block:
    words = [word for turn in turns for word in turn.words]
    counts = [len(turn.words) for turn in turns]
    owners = [turn for turn in turns for _ in turn.words]
    word_columns: dict[str, Values] = {
        "utterance": np.repeat(np.arange(len(turns)), counts),
        "word": np.arange(len(words)),
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
    }
    means = [[w.confidence for w in turn.words if w.confidence is not None] for turn in turns]
    turn_columns: dict[str, Values] = {
        "utterance": np.arange(len(turns)),
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
    return _Block(word_columns, turn_columns, len(turns), len(words))


def _joined(blocks: Sequence[_Block]) -> _Block:
    return _Block(
        _stacked([block.words for block in blocks], blocks),
        _stacked([block.turns for block in blocks], blocks),
        sum(block.n_turns for block in blocks),
        sum(block.n_words for block in blocks),
    )


def _stacked(parts: Sequence[dict[str, Values]], blocks: Sequence[_Block]) -> dict[str, Values]:
    turns_before = np.cumsum([0, *(block.n_turns for block in blocks)])
    words_before = np.cumsum([0, *(block.n_words for block in blocks)])
    columns: dict[str, Values] = {}
    for name, first in parts[0].items():
        values = [part[name] for part in parts]
        if not isinstance(first, np.ndarray):
            columns[name] = joined([one for one in values if not isinstance(one, np.ndarray)])
            continue
        arrays = [one for one in values if isinstance(one, np.ndarray)]
        if name == "utterance":
            arrays = [one + before for one, before in zip(arrays, turns_before, strict=False)]
        elif name == "word":
            arrays = [one + before for one, before in zip(arrays, words_before, strict=False)]
        columns[name] = np.concatenate(arrays)
    return columns


def _same(name: str | None, rows: int) -> Labels:
    """Return one label in all rows."""
    if name is None or not rows:
        return no_labels(rows)
    return Labels(np.zeros(rows, dtype=np.int32), [name])


def _words(blocks: Sequence[_Block], session_id: str | None) -> Table:
    columns = _stacked([block.words for block in blocks], blocks)
    return Table("words", {"transcript_id": _same(session_id, len(columns["word"])), **columns})


def _turns(blocks: Sequence[_Block], session_id: str | None) -> Table:
    columns = _stacked([block.turns for block in blocks], blocks)
    start, end = columns["start"], columns["end"]
    assert isinstance(start, np.ndarray)
    assert isinstance(end, np.ndarray)
    columns["gap_before"], columns["overlap"] = gaps(start, end)
    return Table("turns", {"transcript_id": _same(session_id, len(start)), **columns})
