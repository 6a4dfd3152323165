"""Words of a frame of any library in one line, for measures of wording."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aai_jupyter.analysis.frame_columns import Coded, FrameColumns, group_codes
from aai_jupyter.text.tokenization import key, split, units

KEYS = ("file", "source", "transcript_id")


@dataclass(frozen=True)
class Tokens:
    """All words of a frame, in the order of its rows.

    Attributes
    ----------
    written : list of str
        Words as they are written, those of equal texts once.
    word : array of int
        Each word of the frame as an index of ``written``.
    code : array of int
        Word without case and punctuation, as an index of ``keys``; -1 for punctuation alone.
    keys : list of str
    row : array of int
        Row of the frame that each word stands in.
    part : array of int
        Number of the stretch of each word within which phrases are found: a row, or in a words frame what
        one speaker says in one utterance.
    recording : array of int
        Of each row: its recording, or the combination of the columns of `by`.
    first : array of int
        A row of each recording.
    names : list of str
        Columns that name a recording.
    """

    columns: FrameColumns
    written: list[str]
    word: np.ndarray
    code: np.ndarray
    keys: list[str]
    row: np.ndarray
    part: np.ndarray
    speaker: Coded
    recording: np.ndarray
    first: np.ndarray
    names: list[str]

    @classmethod
    def of(cls, df: Any, *, by: str | Sequence[str] = ()) -> Tokens:
        """Read a frame with ``text``."""
        columns = FrameColumns(df)
        columns.check("text", *([by] if isinstance(by, str) else by))
        said = columns.labels("text")  # most texts of a words frame stand there many times
        pieces = [split(text) if isinstance(text, str) else [] for text in said.names]
        written = [word for piece in pieces for word in piece]
        sizes = np.array([*map(len, pieces), 0], dtype=np.int64)
        offsets = np.cumsum(sizes) - sizes
        counts = sizes[said.codes]
        row = np.repeat(np.arange(len(columns)), counts)
        nth = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        word = np.repeat(offsets[said.codes], counts) + nth
        codes: dict[str, int] = {"": -1}
        of_word = np.array([codes.setdefault(key(one), len(codes) - 1) for one in written], dtype=np.int64)
        code = of_word[word] if len(word) else np.zeros(0, dtype=np.int64)
        keys = [name for name in codes if name]
        names = [by] if isinstance(by, str) else list(by)
        for name in KEYS:
            if name in columns and name not in names:
                found = columns.labels(name).codes
                if name == "source" or (len(found) and found.max() != found.min()):
                    names.append(name)
        recording, first = (
            group_codes([columns.labels(name) for name in names])
            if names
            else (np.zeros(len(columns), dtype=np.int64), np.zeros(min(len(columns), 1), dtype=np.int64))
        )
        speaker = columns.speaker()
        return cls(
            columns,
            written,
            word,
            code,
            keys,
            row,
            _parts(columns, row, speaker, recording),
            speaker,
            recording,
            first,
            names,
        )

    def __len__(self) -> int:
        return len(self.word)

    def texts(self, first: int, last: int) -> list[str]:
        """Return a stretch of words as they are written."""
        return [self.written[number] for number in self.word[first:last].tolist()]

    def number(self, word: str) -> int:
        """Return the code of a key; -2 when it is not said."""
        try:
            return self.keys.index(word)
        except ValueError:
            return -2


def _parts(columns: FrameColumns, row: np.ndarray, speaker: Coded, recording: np.ndarray) -> np.ndarray:
    if "word" not in columns and "utterance" not in columns and len(row) != len(columns):
        return row
    if "word" not in columns and len(row) and int(np.bincount(row).max()) > 1:
        return row  # rows of several words
    labels = [Coded(recording, range(len(recording) + 1)), speaker]
    if "utterance" in columns:
        labels.append(columns.labels("utterance"))
    group, _ = group_codes(labels)
    own = group[row]
    found: np.ndarray = np.cumsum(np.r_[False, own[1:] != own[:-1]][: len(own)])
    return found


def phrase_hits(tokens: Tokens, phrases: Iterable[str]) -> np.ndarray:
    """Return 1 at the first word of each phrase that is said, 0 elsewhere; a word counts once."""
    found = np.zeros(len(tokens), dtype=np.int64)
    taken = np.zeros(len(tokens), dtype=bool)
    wanted = sorted({tuple(units(phrase)) for phrase in phrases if units(phrase)}, key=len, reverse=True)
    for parts in wanted:  # longer ones first: "you know" is one filler
        places = phrase_places(tokens, parts)
        words = places[:, None] + np.arange(len(parts))
        free = ~taken[words].any(axis=1)
        places, words = places[free], words[free]
        if (
            len(parts) > 1 and (np.diff(places) < len(parts)).any()
        ):  # "no no" in "no no no": the first ones count
            kept, end = [], -1
            for number, place in enumerate(places.tolist()):
                if place >= end:
                    kept.append(number)
                    end = place + len(parts)
            places, words = places[kept], words[kept]
        taken[words] = True
        found[places] = 1
    return found


def phrase_places(tokens: Tokens, parts: Sequence[str]) -> np.ndarray:
    """Return where a run of keys begins, within one part."""
    numbers = [tokens.number(part) for part in parts]
    size, count = len(tokens.code), len(parts)
    if not count or size < count or -2 in numbers:
        return np.zeros(0, dtype=np.int64)
    here = np.ones(size - count + 1, dtype=bool)
    for place, number in enumerate(numbers):
        here &= tokens.code[place : size - count + 1 + place] == number
    here &= tokens.part[: size - count + 1] == tokens.part[count - 1 :]
    return np.flatnonzero(here)
