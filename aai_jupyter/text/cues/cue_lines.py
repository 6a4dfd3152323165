"""Width of text on the screen, places where a line may end, and the lines of a cue."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from aai_jupyter.text import segmentation
from aai_jupyter.text.tokenization import clusters, is_mark, join


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# A line should not end after these: articles, prepositions, conjunctions, pronouns before their verb.
_LEADING = _set(
    "a an the of to in on at by for from with and or but nor so as if than that this these those my "
    "your his her its our their i you he she we they is are was were be been am do does did has have "
    "had will would can could should may might must not no very der die das den dem des ein eine "
    "einen einem einer eines und oder aber von zu zum zur im auf mit bei für aus nach über unter dass "
    "wenn weil ich du er sie es wir ihr nicht le la les un une de et ou mais à au aux en dans pour "
    "par sur avec que qui je tu il elle nous vous ne se el los las unos unas y o pero del al con por "
    "para sin como yo su sus mi lo gli uno e ma di da per tra fra che non os um uma uns umas em na "
    "nos nas ao com het een van te dat niet och att det som på"
)
# A line may well begin with these: conjunctions and prepositions.
_OPENING = _set(
    "and or but so because when while where who which that if than as of to in on at by for from with "
    "about after before into over und oder aber weil wenn dass als ob von zu mit bei für auf et ou "
    "mais que qui parce quand dans pour sur avec y o pero porque cuando con para e ma perché quando "
    "che per"
)
_CLAUSE_END = re.compile(r"[,;:،؛、，；：—–…]['\"”’»)\]]*$")
_NO_START = frozenset(
    "、。，．・：；？！ー」』）】〉》〕］｝’”…‥々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.:;?!)]}%"
)
_NO_END = frozenset("「『（【〈《〔［｛‘“([{$£¥")
FORBIDDEN = 60.0
"""Cost of an end of line where the script allows none."""
_SPLIT = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
)


_SPACING = "\u0e33\u0eb3\uff9e\uff9f"


def display_width(text: str) -> int:
    """Return the columns that a text takes: two for letters of double width, none for combining marks.

    Examples
    --------
    >>> display_width("Ann"), display_width("你好"), display_width("e\\u0301"), display_width("か\\u3099")
    (3, 4, 1, 2)
    """
    return len(text) if text.isascii() else sum(map(_columns, text))


@cache
def _columns(char: str) -> int:
    # Vowels beside their letter and half-width voicing go with the letter, and take room of their own.
    if char not in _SPACING and is_mark(char) and unicodedata.category(char) != "Mc":
        return 0
    return 0 if unicodedata.category(char) == "Cf" else 1 + (unicodedata.east_asian_width(char) in "WF")


def space_between(before: str, after: str) -> int:
    """Return 1 where running text has a space between two words, 0 where the script has none.

    Examples
    --------
    >>> space_between("good", "day"), space_between("你", "好")
    (1, 0)
    """
    if (before.isascii() and after.isascii()) or not before or not after:
        return 1
    return len(join([before[-1], after[0]])) - 2


def pieces(text: str, limit: int) -> list[str]:
    """Return the parts at whose seams a word may be divided: of a script without spaces, when it is long.

    No part begins with a closing mark or a combining one, and none ends with an opening one.

    Examples
    --------
    >>> pieces("今天天气很好。", 8), pieces("incomprehensible", 8)
    (['今', '天', '天', '气', '很', '好。'], ['incomprehensible'])
    >>> pieces("กำลังทำงาน", 4)
    ['กำ', 'ลั', 'ง', 'ทำ', 'ง', 'า', 'น']
    """
    if text.isascii() or display_width(text) <= limit or not _SPLIT.search(text):
        return [text]
    parts: list[str] = []
    for part in clusters(text):
        follows = part[0] in _NO_START or not (_SPLIT.match(part) or part[0] in _NO_END)
        if parts and (follows or parts[-1][-1] in _NO_END):
            parts[-1] += part
        else:
            parts.append(part)
    return parts


def break_costs(
    texts: Sequence[str], starts: Sequence[float], ends: Sequence[float]
) -> tuple[list[float], list[bool]]:
    """Return for each word how bad it is to end a line or a cue after it, and whether a sentence ends there.

    0 is the end of a sentence, 3 that of a clause, 14 within a name or after a word that belongs to the next.

    Examples
    --------
    >>> words = ["He", "met", "Peter", "DeCarlo,", "and", "left."]
    >>> break_costs(words, [0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6])[0]
    [14.0, 8.0, 14.0, 3.0, 14.0, 0.0]
    """
    last = {stop - 1 for _, stop in segmentation.sentences(texts, starts, ends)}
    known = {text: _WordFacts.of(text) for text in set(texts)}
    words = [known[text] for text in texts]
    costs: list[float] = []
    for i, (word, following) in enumerate(pairwise(words)):
        if i in last:
            costs.append(0.0)
        elif word.holds or following.held:
            costs.append(FORBIDDEN)
        else:
            cost = _cost(word, following)
            costs.append(max(cost - 4.0, 1.0) if starts[i + 1] - ends[i] >= 300 else cost)
    if words:
        costs.append(0.0)
    return costs, [i in last for i in range(len(words))]


class _WordFacts(NamedTuple):
    """What a word says of the places before and after it."""

    holds: bool  # no line may end after it
    held: bool  # none may begin with it
    ends_clause: bool
    leads: bool  # belongs to what follows
    opens: bool  # begins a clause
    capital: bool
    ends_in_letter: bool
    ends_in_digit: bool
    lower: bool

    @classmethod
    def of(cls, text: str) -> _WordFacts:
        first, last, lower = text[0], text[-1], text.lower()
        return cls(
            last in _NO_END,
            first in _NO_START,
            _CLAUSE_END.search(text) is not None,
            lower in _LEADING,
            lower in _OPENING,
            first.isupper(),
            last.isalpha(),
            last.isdigit(),
            first.islower(),
        )


def _cost(word: _WordFacts, following: _WordFacts) -> float:
    if word.ends_clause:
        return 3.0
    names = word.capital and following.capital and word.ends_in_letter
    if word.leads or names or (word.ends_in_digit and following.lower):
        return 14.0
    return 5.0 if following.opens else 8.0


def line_ends(widths: Sequence[int], spaces: Sequence[int], costs: Sequence[float], limit: int) -> list[int]:
    """Return where the lines of a cue end (exclusive), as few lines as fit, balanced, at good places.

    Parameters
    ----------
    widths, spaces : sequence of int
        Columns of each word, and of the space before it.
    costs : sequence of float
        How bad a line end is after each word.
    limit : int
        Columns of a line.
    """
    count = len(widths)
    total = sum(widths) + sum(spaces[1:])
    if total <= limit or count == 1:
        return [count]
    least = _least_lines(widths, spaces, limit)
    target = total / least
    if least == 2:
        return [_middle(widths, spaces, costs, limit), count]
    unreached: tuple[float, list[int]] = (float("inf"), [])
    best = [unreached] * (count + 1)
    best[0] = (0.0, [])
    for _ in range(least):
        grown = [unreached] * (count + 1)
        for first, (cost, ends) in enumerate(best):
            if cost == float("inf"):
                continue
            width = -spaces[first] if first < count else 0
            for last in range(first, count):
                width += widths[last] + spaces[last]
                if width > limit and last > first:
                    break
                end_cost = 0.0 if last + 1 == count else costs[last]
                new = cost + end_cost + ((width - target) / limit) ** 2 * 40
                if new < grown[last + 1][0]:
                    grown[last + 1] = (new, [*ends, last + 1])
        best = grown
    return best[count][1] or [count]


def _middle(widths: Sequence[int], spaces: Sequence[int], costs: Sequence[float], limit: int) -> int:
    """Return where the first of two lines ends: what the search for any number finds, in one pass."""
    count = len(widths)
    total = sum(widths) + sum(spaces[1:])
    best, least = 1, float("inf")
    width = -spaces[0]
    for end in range(1, count):
        width += widths[end - 1] + spaces[end - 1]
        if width > limit and end > 1:
            break
        rest = total - width - spaces[end]
        if rest > limit and end < count - 1:
            continue
        cost = costs[end - 1] + _unevenness(width, total, limit) + _unevenness(rest, total, limit)
        if cost < least:
            best, least = end, cost
    return best


def _unevenness(width: int, total: int, limit: int) -> float:
    return ((width - total / 2) / limit) ** 2 * 40


def _least_lines(widths: Sequence[int], spaces: Sequence[int], limit: int) -> int:
    lines, width = 1, widths[0]
    for word, space in zip(widths[1:], spaces[1:], strict=True):
        if width + space + word > limit:
            lines, width = lines + 1, word
        else:
            width += space + word
    return lines
