"""Words of a turn with pseudonyms: one pseudonym has the time of all words that it stands for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aai_jupyter.client.transcript_data import TIMINGS
from aai_jupyter.transcripts.edits.alignment import spread

if TYPE_CHECKING:
    from aai_jupyter.tables.speech import Words
    from aai_jupyter.transcripts.pseudonyms.name_matching import Names

SEALED = "[…]"
"""What stands for a passage that is sealed."""
_NAN = float("nan")


class NewWord(NamedTuple):
    """A word of the view. ``origin`` is the (first) word of the original that it stands for."""

    text: str
    start: float
    end: float
    confidence: float
    timing: int
    origin: int


class Place(NamedTuple):
    """Where words were replaced: ``size`` new ones from ``row`` stand for the old ``[first, last)``."""

    row: int
    size: int
    first: int
    last: int


@dataclass
class TurnWords:
    """The words of one turn as columns of the original, with names to be replaced.

    Parameters
    ----------
    words : Words
        Of the transcript, turn by turn.
    timing : array
        Codes of their timing.
    names : Names
    sealed : sequence of (start, end)
        Milliseconds; words whose middle is inside are left out.
    """

    words: Words
    timing: np.ndarray
    names: Names
    sealed: Sequence[tuple[float, float]] = ()

    def of(self, first: int, last: int) -> tuple[list[NewWord], list[Place]]:
        """Return the new words for the original's ``[first, last)``, and where they are others."""
        texts = [str(text or "") for text in self.words.text[first:last].tolist()]
        rows: list[NewWord] = []
        places: list[Place] = []
        done = 0
        for one, two, text in self._changes(texts, first):
            rows += [self._same(texts[place], first + place) for place in range(done, one)]
            new = self._new(text, first + one, first + two)
            places.append(Place(len(rows), len(new), first + one, first + two))
            rows += new
            done = two
        rows += [self._same(texts[place], first + place) for place in range(done, len(texts))]
        return rows, places

    def _changes(self, texts: Sequence[str], first: int) -> Iterator[tuple[int, int, str]]:
        """Yield runs of words [one, two) of a turn, and the text that takes their place."""
        begin = 0
        for one, two in [*self._sealed_runs(first, first + len(texts)), (len(texts), len(texts))]:
            for start, end, text in self._named(texts[begin:one]):
                yield begin + start, begin + end, text
            if two > one:
                yield one, two, SEALED
            begin = two

    def _sealed_runs(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        if not self.sealed:
            return
        middle = (self.words.start[first:last] + self.words.end[first:last]) / 2
        inside = np.zeros(last - first, dtype=bool)
        for start, end in self.sealed:
            inside |= (middle >= start) & (middle <= end)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], inside.astype(np.int8), [0]])))
        yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)

    def _named(self, texts: Sequence[str]) -> Iterator[tuple[int, int, str]]:
        line = " ".join(texts)
        ends = np.cumsum([len(text) + 1 for text in texts]) - 1
        starts = ends - [len(text) for text in texts]
        runs: list[list[int]] = []
        for start, end, _ in self.names.spans(line):
            one = int(np.searchsorted(starts, start, side="right")) - 1
            two = int(np.searchsorted(starts, end - 1, side="right"))
            if runs and one < runs[-1][1]:  # two names in one word
                runs[-1][1] = two
            else:
                runs.append([one, two])
        for one, two in runs:
            yield one, two, self.names.text(line[starts[one] : ends[two - 1]])

    def _same(self, text: str, row: int) -> NewWord:
        words = self.words
        times = float(words.start[row]), float(words.end[row])
        return NewWord(text, *times, float(words.confidence[row]), int(self.timing[row]), row)

    def _new(self, text: str, first: int, last: int) -> list[NewWord]:
        begin, end = self.span(first, last)
        parts = text.split() or [text]
        known = self.words.confidence[first:last]
        known = known[~np.isnan(known)]
        sure = float(known.mean()) if len(known) else _NAN
        code = int(self.timing[first]) if len(parts) == 1 else TIMINGS.index("interpolated")
        return [NewWord(one.text, one.start, one.end, sure, code, first) for one in spread(parts, begin, end)]

    def span(self, first: int, last: int) -> tuple[float, float]:
        """Return when words begin and end; NaN where no time is known."""
        starts, ends = self.words.start[first:last], self.words.end[first:last]
        begin = float(np.fmin.reduce(starts)) if len(starts) else _NAN
        end = float(np.fmax.reduce(ends)) if len(ends) else _NAN
        return begin, end
