"""The query language of a corpus: words, "exact phrases", AND, OR, NOT, parentheses, beginnings*."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aai_jupyter.errors import UsageError
from aai_jupyter.text.tokenization import fold, units

_TOKEN = re.compile(r'"([^"]*)"(\*?)|([()])|([^\s()"]+)')
_QUOTED = "“”„‟«»″〝〞〟＂״"
_PLAIN_QUOTES = str.maketrans(dict.fromkeys(_QUOTED, '"'))
_EXAMPLE = "Such as: search('\"full refund\" AND (cancel* OR close) NOT survey')."


@dataclass(frozen=True)
class Phrase:
    """Words in a row: their keys, and whether the last is only a beginning."""

    text: str
    units: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True)
class Both:
    """Everything in one turn."""

    parts: tuple[Query, ...]


@dataclass(frozen=True)
class Either:
    """At least one of them."""

    parts: tuple[Query, ...]


@dataclass(frozen=True)
class Without:
    """A turn with the one that has not the other."""

    part: Query
    unwanted: Query


Query = Phrase | Both | Either | Without


def parse(text: str) -> Query:
    """Parse a query.

    Words beside each other have to be in the same turn, in any order; AND, OR and NOT are capitals.

    Raises
    ------
    UsageError
        It has no words, or its quotes or parentheses do not match.

    Examples
    --------
    >>> parse('"full refund" OR cancel*')
    Either(parts=(Phrase(text='full refund', units=('full', 'refund'), prefix=False), Phrase(text='cancel*', \
units=('cancel',), prefix=True)))
    """
    plain = text.translate(_PLAIN_QUOTES)
    if plain.count('"') % 2:
        raise UsageError(f"A quote is not closed: {text}", hint=_EXAMPLE)
    tokens = [match.groups() for match in _TOKEN.finditer(plain)]
    found = _Parser(tokens, text).whole()
    if isinstance(found, Phrase) and not found.units:
        raise UsageError("There is nothing to search for.", hint=_EXAMPLE)
    return found


_Groups = tuple[str | None, ...]


class _Parser:
    """Recursive descent; OR binds least, then words beside each other, then NOT."""

    def __init__(self, tokens: list[_Groups], text: str) -> None:
        self._tokens = tokens
        self._text = text
        self._place = 0

    def whole(self) -> Query:
        found = self._either()
        if self._place < len(self._tokens):
            raise self._fault()
        return found

    def _either(self) -> Query:
        parts = [self._both()]
        while self._word("OR"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Query:
        parts: list[Query] = []
        unwanted: list[Query] = []
        while self._place < len(self._tokens) and not self._at("OR") and self._here()[2] != ")":
            if parts:
                self._word("AND")
            (unwanted if self._word("NOT") else parts).append(self._one())
        parts = [part for part in parts if not _is_empty(part)]
        unwanted = [part for part in unwanted if not _is_empty(part)]
        if not parts:
            raise self._fault()
        found: Query = parts[0] if len(parts) == 1 else Both(tuple(parts))
        if unwanted:
            found = Without(found, unwanted[0] if len(unwanted) == 1 else Either(tuple(unwanted)))
        return found

    def _one(self) -> Query:
        if self._place >= len(self._tokens):
            raise self._fault()
        quoted, star, bracket, word = self._here()
        self._place += 1
        if bracket == "(":
            found = self._either()
            if self._place >= len(self._tokens) or self._here()[2] != ")":
                raise self._fault()
            self._place += 1
            return found
        if quoted is not None:
            return Phrase(quoted.strip() + (star or ""), tuple(units(quoted)), bool(star))
        if word is None or word in ("AND", "OR", "NOT"):
            raise self._fault()
        prefix = word.endswith("*") and len(word) > 1
        return Phrase(word, tuple(units(word.rstrip("*"))), prefix)

    def _here(self) -> _Groups:
        return self._tokens[self._place]

    def _at(self, word: str) -> bool:
        return self._place < len(self._tokens) and self._here()[3] == word

    def _word(self, word: str) -> bool:
        found = self._at(word)
        self._place += found
        return found

    def _fault(self) -> UsageError:
        return UsageError(f"This query is not understood: {self._text}", hint=_EXAMPLE)


def _is_empty(query: Query) -> bool:
    return isinstance(query, Phrase) and not query.units


def wanted(query: Query) -> Iterator[Phrase]:
    """Yield the phrases whose places are shown: all but those that must not be there."""
    if isinstance(query, Phrase):
        yield query
    elif isinstance(query, Without):
        yield from wanted(query.part)
    else:
        for part in query.parts:
            yield from wanted(part)


def fts_match(query: Query, numbers: Callable[[str, bool], list[str]]) -> str:
    """Return a query in the language of SQLite's FTS5, words as their numbers in the index.

    Parameters
    ----------
    numbers : callable
        Of a key, and whether it is a beginning: the numbers of the words that it stands for.
    """
    if isinstance(query, Phrase):
        *first, last = query.units
        heads = [numbers(unit, False) for unit in first]
        if not all(heads):
            return f'"{NEVER}"'
        begin = [head[0] for head in heads]
        whole = [f'"{" ".join([*begin, end])}"' for end in numbers(last, query.prefix)]
        return f"({' OR '.join(whole)})" if len(whole) > 1 else (whole or [f'"{NEVER}"'])[0]
    if isinstance(query, Without):
        return f"({fts_match(query.part, numbers)} NOT {fts_match(query.unwanted, numbers)})"
    glue = " AND " if isinstance(query, Both) else " OR "
    return f"({glue.join(fts_match(part, numbers) for part in query.parts)})"


NEVER = "0"
"""A number that no word has."""


def accepts(phrase: Phrase) -> list[Callable[[str], bool]]:
    """Return for each place of a phrase whether a key may stand there."""
    tests: list[Callable[[str], bool]] = [unit.__eq__ for unit in phrase.units]
    if phrase.prefix:
        begin = fold(phrase.units[-1])
        tests[-1] = lambda key: key.startswith(begin)
    return tests
