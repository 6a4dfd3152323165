"""Passages of a transcript at the level that a file is to have: turns, sentences or words."""

from __future__ import annotations

from collections.abc import Iterator

from aai_jupyter.errors import OptionError
from aai_jupyter.interchange.writers.content import ExportContent, SpokenTurn
from aai_jupyter.text import segmentation
from aai_jupyter.text.tokenization import join

LEVELS = ("turns", "sentences", "words")


def passages(content: ExportContent, level: str) -> Iterator[SpokenTurn]:
    """Yield the passages of a transcript in order of their turns.

    Raises
    ------
    OptionError
        ``level`` is none of :data:`LEVELS`.
    """
    if level not in LEVELS:
        raise OptionError(f"There is no level {level!r}.", hint=f"There are {', '.join(LEVELS)}.")
    return (one for turn in content.turns for one in _split(turn, level))


def _split(turn: SpokenTurn, level: str) -> Iterator[SpokenTurn]:
    words = turn.words
    if level == "turns" or not words:
        yield turn
        return
    if level == "words":
        spans = [(number, number + 1) for number in range(len(words))]
    else:
        texts = [word.text for word in words]
        spans = segmentation.sentences(texts, [word.start for word in words], [word.end for word in words])
    for first, last in spans:
        part = words[first:last]
        text = join([word.text for word in part])
        end = max(word.end for word in part)
        yield SpokenTurn(text, part[0].start, end, part[0].speaker or turn.speaker, part, turn.row)
