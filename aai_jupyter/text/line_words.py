r"""Splitting of a magic's line into words, the same way on every system.

Unlike a POSIX shell it keeps backslashes (``C:\talks\new.wav``), and unlike IPython's own splitter it takes
quotes off (``"my talk.wav"``).

* Words are separated by white space. A quote at the start of a word, or after ``=``, holds a text together
  up to the same quote at the end of a word; anywhere else it is a letter (``it's.wav``).
* ``{...}`` holds an expression or JSON together: ``{folder / "a.wav"}``. So does ``[...]`` around JSON.
* ``#`` at the start of a word begins a comment. In ``https://host/a#t=10`` it does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aai_jupyter.errors import UsageError

_QUOTES = "\"'"


@dataclass(frozen=True, slots=True)
class LineWord:
    """One word of a line.

    Attributes
    ----------
    text : str
        The word without its quotes.
    start, end : int
        Where it stands in the line, quotes included.
    quoted : bool
        It began with a quote: it is no flag, no variable and no comment.
    literal : bool
        It holds single-quoted text: nothing in it is expanded.
    closed : bool
        Every quote in it is closed (always so unless the line is still being written).
    """

    text: str
    start: int
    end: int
    quoted: bool = False
    literal: bool = False
    closed: bool = True


def split(line: str) -> list[str]:
    r"""Split a line into the texts of its words.

    Raises
    ------
    UsageError
        A quote is not closed.

    Examples
    --------
    >>> split(r'''C:\x\new.wav "a b.wav" it's.wav --prompt="two words"  # a comment''')
    ['C:\\x\\new.wav', 'a b.wav', "it's.wav", '--prompt=two words']
    """
    return [word.text for word in split_words(line)]


def split_words(line: str, *, partial: bool = False) -> list[LineWord]:
    """Split a line into words.

    Parameters
    ----------
    partial : bool
        The line ends at the cursor of somebody who is writing: an open quote is no error.
    """
    words: list[LineWord] = []
    place = 0
    while True:
        while place < len(line) and line[place].isspace():
            place += 1
        if place >= len(line) or line[place] == "#":
            return words
        word = _word(line, place, partial=partial)
        words.append(word)
        place = word.end


def comment(line: str, words: list[LineWord]) -> str:
    """Return what stands behind the words of a line: its comment, with the #; empty without one.

    Examples
    --------
    >>> comment("a.wav  # mine", split_words("a.wav  # mine"))
    '# mine'
    """
    return line[words[-1].end if words else 0 :].strip()


def quote(text: str) -> str:
    r"""Quote a text so that `split` gives it back unchanged, as one word that is not expanded.

    Examples
    --------
    >>> quote("a.wav"), quote("my talk.wav"), quote("it's mine.wav")
    ('a.wav', "'my talk.wav'", '"it\'s mine.wav"')
    """
    plain = not (set(text) & set("\"'{}#;=,[") or any(character.isspace() for character in text))
    if text and plain and not text.startswith("-") and text != "<<":
        return text
    if "'" in text and not set(text) & set('"{'):
        return f'"{text}"'
    # Only double quotes can hold a single one; the rest stands in single quotes, which nothing expands.
    return "".join(
        f"'{part}'" if number % 2 == 0 else f'"{part}"' for number, part in enumerate(re.split("('+)", text))
    ).removesuffix("''" if text.endswith("'") else "")


def _word(line: str, start: int, *, partial: bool) -> LineWord:
    text: list[str] = []
    place = start
    literal = False
    may_open = True  # a quote may open here
    while place < len(line) and not line[place].isspace():
        character = line[place]
        if character in _QUOTES and may_open:
            end = _closing(line, place)
            if end is None:
                if partial:
                    return LineWord("".join(text) + line[place + 1 :], start, len(line), True, closed=False)
                raise UsageError(
                    f"The quote {character} before {_excerpt(line, place + 1)} is not closed.",
                    hint="Close it, or put the whole name into the other kind of quotes.",
                )
            text.append(line[place + 1 : end])
            literal = literal or character == "'"
            place = end + 1
            may_open = True  # "it's "'"mine"' is one word
            if place < len(line) and line[place] == ",":
                text.append(",")
                place += 1
            continue
        group = _group_end(line, place) if character == "{" or _opens_json(line, place, start) else None
        if group is not None:
            text.append(line[place:group])
            place = group
            may_open = False
            continue
        text.append(character)
        may_open = character == "="
        place += 1
    return LineWord("".join(text), start, place, line[start] in _QUOTES, literal)


def _closing(line: str, opened: int) -> int | None:
    """Return the closing quote: the one before a space, a comma, another quote or the end."""
    mark = line[opened]
    place = line.find(mark, opened + 1)
    while place >= 0:
        after = line[place + 1 : place + 2]
        if not after or after.isspace() or after in _QUOTES or after in ",;":
            return place
        place = line.find(mark, place + 1)
    return None


def _opens_json(line: str, place: int, start: int) -> bool:
    if line[place] != "[" or not (place == start or line[place - 1] == "="):
        return False
    return line[place + 1 :].lstrip()[:1] in ("{", '"')  # [abc].wav is a pattern


def _group_end(line: str, opened: int) -> int | None:
    """Return where the bracket closes, strings inside left out; None when it does not."""
    depth = 0
    place = opened
    while place < len(line):
        character = line[place]
        if character in _QUOTES:
            end = place + 1
            while end < len(line) and line[end] != character:
                end += 2 if line[end] == "\\" else 1
            if end >= len(line):
                return None
            place = end
        elif character in "{[":
            depth += 1
        elif character in "}]":
            depth -= 1
            if depth == 0:
                return place + 1
        place += 1
    return None


def _excerpt(line: str, place: int) -> str:
    found = line[place : place + 20].strip()
    return f"'{found}…'" if len(line) > place + 20 else f"'{found}'"
