"""A transcript as the columns that the front end draws: one text, and a few bytes per word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aai_jupyter.tables.intervals import filled
from aai_jupyter.tables.speech import Speech
from aai_jupyter.text.sanitize import cell, encodable
from aai_jupyter.text.tokenization import split

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript

LONGEST_WORD = 65_534
"""UTF-16 units of one word: longer ones are shown in pieces."""
HEAD_WORDS = 2000
"""Words of a long transcript that a page gets first: more than can be seen at once."""
_LINE_BREAKS = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class PlayerColumns:
    """Columns of words in order of turns, and of turns.

    Attributes
    ----------
    row : array of int
        Row of the words frame for each word shown; -1 for words of a text that came without words.
    turn : array of int
        Row of the utterances frame for each turn shown.
    """

    text: list[str]
    row: np.ndarray
    start: np.ndarray
    end: np.ndarray
    confidence: np.ndarray
    first: np.ndarray
    turn: np.ndarray
    turn_start: np.ndarray
    turn_end: np.ndarray
    speaker: np.ndarray

    def traits(self) -> dict[str, Any]:
        """Return the columns as the front end reads them: numbers as varints, signed ones in zigzag."""
        spaces, text = _text(self.text, self.first)
        start, end = _whole(self.start), _whole(self.end)
        end = np.maximum(start, end)
        gaps = _zigzag(start - np.concatenate([[0], end[:-1]])[: len(start)])
        confidence = np.rint(np.where(np.isnan(self.confidence), 1.0, self.confidence).clip(0, 1) * 255)
        held = np.flatnonzero(spaces)
        sizes = np.diff(np.append(self.first, len(start)))
        turns = (
            sizes,
            _zigzag(self.speaker),
            _zigzag(_whole(self.turn_start) - start[self.first]),
            _zigzag(_whole(self.turn_end) - end[self.first + sizes - 1]),
        )
        return {
            "text": text,
            "word_times": varints(np.column_stack([gaps, end - start])),
            "word_spaces": varints(np.column_stack([np.diff(held, prepend=0), spaces[held]])),
            "word_confidence": confidence.astype(np.uint8).tobytes(),
            "turns": varints(np.column_stack(turns)),
        }

    def head(self, words: int) -> PlayerColumns:
        """Return the columns of so many words; the last turn may be cut."""
        turns = int(np.searchsorted(self.first, words))
        end = self.turn_end[:turns].copy()
        if turns and len(self.text) > words:
            end[-1] = min(end[-1], self.end[:words][-1])
        return PlayerColumns(
            self.text[:words],
            self.row[:words],
            self.start[:words],
            self.end[:words],
            self.confidence[:words],
            self.first[:turns],
            self.turn[:turns],
            self.turn_start[:turns],
            end,
            self.speaker[:turns],
        )

    def turn_with(self, place: Any, text: str) -> int | None:
        """Return the place of the turn with this text: the given one, or the only other that has it."""
        bounds = [*self.first.tolist(), len(self.text)]
        wanted = _letters(text)

        def has(turn: int) -> bool:
            return _letters(" ".join(self.text[bounds[turn] : bounds[turn + 1]])) == wanted

        turns = range(len(self.first))
        if not isinstance(place, bool) and place in turns and has(place):
            return int(place)
        others = [turn for turn in turns if has(turn)]
        return others[0] if len(others) == 1 else None

    def has_word(self, place: Any, text: str) -> bool:
        """Return whether this is the word at a place."""
        known = not isinstance(place, bool) and place in range(len(self.text))
        return known and _letters(self.text[place]) == _letters(text)


def _letters(text: str) -> str:
    """Return what is compared of a text: page and kernel differ in the white space."""
    return "".join(encodable(text).replace("\x00", "").split())


def varints(values: np.ndarray) -> bytes:
    """Return non-negative whole numbers as varints, row by row: seven bits a byte, the lowest first."""
    flat = values.astype(np.uint64).ravel()
    sizes = np.ones(len(flat), np.int64)
    for bits in range(7, 64, 7):
        sizes += flat >> np.uint64(bits) > 0
    ends = np.cumsum(sizes)
    out = np.zeros(int(ends[-1]) if len(ends) else 0, np.uint8)
    for place in range(int(sizes.max(initial=0))):
        here = sizes > place
        more = (sizes[here] > place + 1).astype(np.uint8) << 7
        out[ends[here] - sizes[here] + place] = (flat[here] >> np.uint64(7 * place)).astype(
            np.uint8
        ) & 127 | more
    return out.tobytes()


def _zigzag(values: np.ndarray) -> np.ndarray:
    """Return 0, -1, 1, -2 ... as 0, 1, 2, 3 ..."""
    whole = values.astype(np.int64)
    found: np.ndarray = (whole << 1) ^ (whole >> 63)
    return found


def _whole(ms: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.rint(ms).clip(0, 2**31 - 1).astype(np.int64)
    return found


def columns(speech: Speech) -> PlayerColumns:
    """Return the columns of a transcript.

    Words without any character are left out, texts of turns that came without words are cut at white space,
    words longer than :data:`LONGEST_WORD` become pieces; every word has a time.
    """
    words, said = speech.words, speech.utterances
    order = speech.by_utterance
    text, row, turn = words.text[order].tolist(), order, speech.utterance[order]
    start, end = filled(words.start)[order], filled(words.end)[order]
    confidence = words.confidence[order]
    counts = np.bincount(turn, minlength=len(said))
    odd = [place for place, one in enumerate(text) if not 0 < len(one) <= LONGEST_WORD // 2]
    if odd or not counts.all():
        own = _pieces(text, turn, row, start, end, confidence, said, counts)
        text, turn, row, start, end, confidence = own
    turns, first = np.unique(turn, return_index=True)
    return PlayerColumns(
        text,
        row,
        start,
        np.fmax(start, end),
        confidence,
        first,
        turns,
        filled(said.start)[turns],
        np.fmax(filled(said.start), filled(said.end))[turns],
        said.speaker.codes[turns],
    )


def _pieces(
    text: list[str],
    turn: np.ndarray,
    row: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    confidence: np.ndarray,
    said: Any,
    counts: np.ndarray,
) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return columns for words too long for one row, and for texts that came without words."""
    size = LONGEST_WORD // 2  # characters: none has more than two units
    rows: list[tuple[Any, ...]] = []
    for place, one in enumerate(text):
        values = (turn[place], row[place], start[place], end[place], confidence[place])
        rows += [(one[i : i + size], *values) for i in range(0, len(one), size)]
    starts, ends = filled(said.start), filled(said.end)
    for number in np.flatnonzero(counts == 0):
        parts = split(str(said.text[number]))
        times = np.linspace(starts[number], max(starts[number], ends[number]), len(parts) + 1)
        rows += [(part[:size], number, -1, times[i], times[i + 1], np.nan) for i, part in enumerate(parts)]
    rows.sort(key=lambda one: one[1])

    def column(n: int, kind: type) -> np.ndarray:
        return np.array([one[n] for one in rows], dtype=kind)

    return (
        [one[0] for one in rows],
        column(1, np.int64),
        column(2, np.int64),
        column(3, np.float64),
        column(4, np.float64),
        column(5, np.float64),
    )


def _text(words: Sequence[str], first: np.ndarray) -> tuple[np.ndarray, str]:
    """Return the number of spaces in each word, and all words with one separator between them."""
    joined = "\x00".join(words)
    if _LINE_BREAKS.search(joined) or joined.count("\x00") != max(0, len(words) - 1):
        words = [_LINE_BREAKS.sub(" ", word).replace("\x00", " ") for word in words]
    if not joined.isascii():
        words = [encodable(word) for word in words]
    spaces = np.fromiter((word.count(" ") for word in words), np.int64, len(words))
    bounds = [*first.tolist(), len(words)]
    lines = (" ".join(words[a:b]) for a, b in pairwise(bounds))
    return spaces, "\n".join(lines)


def spreadsheet(frame: pd.DataFrame) -> str:
    """A frame as CSV to be opened by a spreadsheet: no text in it becomes a formula."""
    safe = frame.copy(deep=False)
    for name, column in frame.items():
        if not pd.api.types.is_numeric_dtype(column.dtype):
            safe[name] = column.astype(object).map(cell)
    return safe.to_csv(index=False)


def speakers(transcript: Transcript) -> list[dict[str, str]]:
    """Return labels and names, in the order of the speaker column's numbers."""
    names = transcript.speakers
    return [{"label": encodable(label), "name": encodable(names[label])} for label in names]
