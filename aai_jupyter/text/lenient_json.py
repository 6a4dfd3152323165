"""Decoding of the JSON that language models write: small faults are put right, nothing is made up."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from aai_jupyter.text.json_faults import NOT_JSON

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_NAME = re.compile(r"[^\W\d][\w$-]*")
_OPENING = re.compile(r"[{\[]")
_COMMENT = re.compile(r"//[^\n]*|#[^\n]*|/\*.*?\*/", re.DOTALL)
_LITERALS = {
    "true": "true", "false": "false", "null": "null", "True": "true", "False": "false", "None": "null",
    "TRUE": "true", "FALSE": "false", "NULL": "null", "undefined": "null", "NaN": "null", "nan": "null",
}  # fmt: skip
_CLOSING_QUOTE = {'"': '"', "'": "'", "“": "”", "”": "”", "„": "“", "‘": "’", "«": "»", "`": "`"}
_ESCAPES = frozenset('"\\/bfnrtu')
_CLOSES = {"{": "}", "[": "]"}
_MOST = 200
"""Beginnings that are tried: a text with more braces is no answer."""


class FoundJson(NamedTuple):
    """A JSON object or list in a text, and what had to be put right for it."""

    value: Any
    faults: tuple[str, ...] = ()


def find_json(text: str) -> list[FoundJson]:
    """Return the objects and lists of a text that are whole, in order; prose may stand around them.

    Put right are comments, commas at the end, single and curly quotes, names without quotes, Python's True,
    False and None, line breaks and quotes inside a text. A value that is cut off is left out: what is missing
    is not known.

    Examples
    --------
    >>> find_json("Sure: {'refund': True, // yes\\n}")[0].faults
    ('single quotes', "Python's True", 'comments', 'a comma too many')
    >>> find_json('{"refund": true, "reason": "as')
    []
    """
    return list(_values(text))


def _values(text: str) -> Iterator[FoundJson]:
    decoder = json.JSONDecoder()
    place = tries = 0
    while tries < _MOST and (opened := _OPENING.search(text, place)):
        tries += 1
        try:
            value, place = decoder.raw_decode(text, opened.start())
            yield FoundJson(value)
            continue
        except NOT_JSON:
            pass
        rewriter = _Rewriter(text, opened.start())
        try:
            value = json.loads(rewriter.rewritten())
            place = rewriter.place
        except NOT_JSON:
            # Inside JSON that is broken or cut off nothing is an answer; prose has brackets too.
            place = rewriter.place if rewriter.begun else opened.end()
        else:
            yield FoundJson(value, tuple(dict.fromkeys(rewriter.faults)))


class _Rewriter:
    """Writes what begins with a bracket as strict JSON; raises ValueError where that is not clear."""

    def __init__(self, text: str, place: int) -> None:
        self.text, self.place = text, place
        self.faults: list[str] = []
        self._out: list[str] = []
        self._open: list[str] = []

    def rewritten(self) -> str:
        self._step()
        while self._open:
            self._step()
        return "".join(self._out)

    @property
    def begun(self) -> bool:
        """Whether it is JSON as far as it was read."""
        return len(self._out) > 2

    def _step(self) -> None:
        if self.place >= len(self.text):
            raise ValueError("it is cut off")
        character = self.text[self.place]
        if character in _CLOSES:
            self._open.append(_CLOSES[character])
            self._put(character)
        elif character in "}]":
            if self._open.pop() != character:
                raise ValueError("brackets do not match")
            if self._out[-1] == ",":
                self._out.pop()
                self.faults.append("a comma too many")
            self._put(character)
        elif character in ",:":
            self._put(character)
        elif character.isspace():
            self.place += 1
        elif character in _CLOSING_QUOTE:
            self._string(character)
        elif comment := _COMMENT.match(self.text, self.place):
            self.faults.append("comments")
            self.place = comment.end()
        else:
            self._word()

    def _put(self, written: str, size: int = 1) -> None:
        self._out.append(written)
        self.place += size

    def _word(self) -> None:
        if number := _NUMBER.match(self.text, self.place):
            self._put(_number(number[0]), len(number[0]))
            return
        name = _NAME.match(self.text, self.place)
        if name is None:
            raise ValueError("no JSON")
        word = name[0]
        if self.text[name.end() :].lstrip().startswith(":"):
            self.faults.append("names without quotes")
            self._put(json.dumps(word), len(word))
        elif word in _LITERALS:
            if word != _LITERALS[word]:
                self.faults.append(f"Python's {word}" if word in ("True", "False", "None") else word)
            self._put(_LITERALS[word], len(word))
        else:
            raise ValueError("no JSON")

    def _string(self, opening: str) -> None:
        closing = _CLOSING_QUOTE[opening]
        if opening != '"':
            self.faults.append("single quotes" if opening == "'" else "other quotation marks")
        made: list[str] = []
        place = self.place + 1
        while True:
            if place >= len(self.text):
                raise ValueError("it is cut off")
            character = self.text[place]
            if character == "\\" and place + 1 < len(self.text):
                after = self.text[place + 1]
                made.append(character + after if after in _ESCAPES else json.dumps(after)[1:-1])
                place += 2
                continue
            if character == closing and self._ends(place):
                break
            if character in "\n\r\t":
                self.faults.append("line breaks inside a text")
            elif character == closing:
                self.faults.append("quotation marks inside a text")
            made.append(json.dumps(character, ensure_ascii=False)[1:-1])
            place += 1
        self._put('"' + "".join(made) + '"', place + 1 - self.place)

    def _ends(self, place: int) -> bool:
        """Tell whether a quotation mark is the end: something of the structure follows."""
        rest = self.text[place + 1 : place + 200].lstrip()
        return not rest or rest[0] in ",:}]" or _COMMENT.match(rest) is not None


def _number(written: str) -> str:
    written = written.lstrip("+")
    sign, digits = ("-", written[1:]) if written.startswith("-") else ("", written)
    whole, dot, rest = digits.partition(".")
    if dot and not rest[:1].isdigit():
        rest = "0" + rest
    return f"{sign}{whole.lstrip('0') or '0'}{dot}{rest}" if dot else f"{sign}{digits.lstrip('0') or '0'}"
