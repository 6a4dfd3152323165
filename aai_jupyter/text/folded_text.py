"""Search in running text by its key, with the way back to the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import numpy as np

from aai_jupyter.text.tokenization import clusters, fold, is_mark, is_unspaced


class FoldedText:
    """Running text as its key, with the way back to the text.

    Attributes
    ----------
    text : str
        The key.

    Examples
    --------
    >>> folded = FoldedText("Die Straße!")
    >>> place = folded.text.index("strasse")
    >>> folded.span(place, place + 7)
    (4, 10)
    """

    def __init__(self, text: str, *, case: bool = False) -> None:
        self._begin: np.ndarray | None = None
        if text.isascii():
            self.text = fold(text, case=case)
            return
        parts, sizes, lengths = [], [], []
        for part in _parts(text):
            folded = fold(part, case=case)
            parts.append(folded)
            if len(folded) == len(part):  # letter by letter, or a single one
                sizes += [1] * len(part)
                lengths += [1] * len(part)
            else:
                sizes.append(len(folded))
                lengths.append(len(part))
        self.text = "".join(parts)
        ends = np.cumsum(np.array(lengths, dtype=np.int64))
        self._begin = np.repeat(ends - lengths, sizes)
        self._end = np.repeat(ends, sizes)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return where a stretch of the key (at least one character) stands in the text."""
        if self._begin is None:
            return first, last
        return int(self._begin[first]), int(self._end[last - 1])

    def phrase(self, wanted: str, *, case: bool = False) -> re.Pattern[str]:
        """Return the pattern that finds a phrase in the key.

        Its spaces match punctuation too, and nothing in scripts without spaces, but never a line break; it
        ends between two characters, not between a letter and its mark.
        """
        marks = "".join(sorted(character for character in set(self.text) if is_mark(character)))
        space = r"[^\S\n]*"
        between = rf"[^\w\n{marks}]*"
        made = last = ""
        for number, part in enumerate(fold(wanted, case=case).split()):
            found = [*map(re.escape, part)]
            for place in range(1, len(part)):
                if is_unspaced(part[place - 1]) and is_unspaced(part[place]) and not is_mark(part[place]):
                    found[place] = space + found[place]
            if number:
                loose = is_unspaced(part[0]) or is_unspaced(last)
                made += between if loose else f"{between}[^\\S\\n]+{between}"
            made += "".join(found)
            last = part[-1]
        return re.compile(f"{made}(?![{marks}])" if marks and made else made)


def _parts(text: str) -> Iterator[str]:
    """Yield parts that fold one by one, each letter by letter or as a whole."""
    odd = "".join(sorted(character for character in set(text) if not _folds_alone(character)))
    if not odd:
        yield text
        return
    place = 0
    for chunk in re.finditer(rf"\S*[{re.escape(odd)}]\S*", text):
        yield text[place : chunk.start()]
        yield from clusters(chunk[0])
        place = chunk.end()
    yield text[place:]


@cache
def _folds_alone(character: str) -> bool:
    return not is_mark(character) and len(fold(character)) == 1
