"""Search for names in any text, and the text with pseudonyms in their place.

One rule for all texts: words of a turn, summaries, names of speakers and files. Upper and lower case, accents
and what stands between the words of a name do not count: ``Anna Miller`` is found in ``anna_miller-2.wav``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from aai_jupyter.errors import OptionError
from aai_jupyter.text.tokenization import clusters, fold, is_unspaced

# Letters and digits; an underscore parts words, as in names of files.
_WORD = re.compile(r"[^\W_]+")
_JOINERS = "\u00ad\u200c\u200d\u2060"
"""Characters without width that stand inside of words: Persian and Indic joiners, soft hyphens."""
_MARK = re.compile(r"[\u0300-\u036f]")
_MOST_BETWEEN = 3
"""Characters between two words of a name: "Miller, Anna", "O'Brien", "anna_miller"."""
_WITHIN = frozenset((" ", "-", "_", ".", "+"))

Form = tuple[str, ...]
"""One spelling of a name: its words, folded."""


class FoundWord(NamedTuple):
    """A word of a text: its place, its key, and how it begins; neither is true in a script without case."""

    start: int
    end: int
    key: str
    capital: bool
    small: bool


@dataclass(frozen=True)
class Name:
    """A person, place or firm with all spellings that were met.

    Attributes
    ----------
    found : str
        How it is written as a rule.
    pseudonym : str
    kind : str
        ``person``, ``place``, ``organisation``, ``phone``, ``email``, ``number`` or ``name``.
    forms : tuple of str
        All spellings, the first among them `found`.
    """

    found: str
    pseudonym: str
    kind: str = "name"
    forms: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.found, *self.forms)))


class FoundName(NamedTuple):
    """A name in a text: its characters ``[start, end)``, and what stands in its place."""

    start: int
    end: int
    pseudonym: str


def words_of(text: str) -> Iterator[FoundWord]:
    """Yield the words of a text by which names are compared.

    Examples
    --------
    >>> [word.key for word in words_of("Müller's anna_miller-2.wav")]
    ['muller', 's', 'anna', 'miller', '2', 'wav']
    """
    for start, end in _runs(text):
        word = text[start:end]
        if word.isascii() or not any(map(is_unspaced, word)):
            yield _found(word, start)
            continue
        run = ""
        for part in clusters(word):  # no spaces in this script: character by character
            if not is_unspaced(part[0]):
                run += part
                continue
            if run:
                yield _found(run, start)
                start, run = start + len(run), ""
            yield _found(part, start)
            start += len(part)
        if run:
            yield _found(run, start)


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Yield where words begin and end, with their marks: vowels of Indic scripts are marks."""
    begin = end = 0
    for match in _WORD.finditer(text):
        if match.start() > end or begin == end:
            if end > begin:
                yield begin, end
            begin = match.start()
        end = match.end()
        while end < len(text) and (text[end] in _JOINERS or unicodedata.category(text[end])[0] == "M"):
            end += 1
    if end > begin:
        yield begin, end


def _found(word: str, start: int) -> FoundWord:
    return FoundWord(start, start + len(word), _key(word), word[0].isupper(), word[0].islower())


def form_of(name: str) -> Form:
    """Return a name as it is compared.

    Examples
    --------
    >>> form_of("Dr. José O'Brien")
    ('dr', 'jose', 'o', 'brien')
    """
    return tuple(word.key for word in words_of(name))


def _key(word: str) -> str:
    folded = fold(word)
    if folded.isascii():
        return folded
    return unicodedata.normalize("NFC", _MARK.sub("", unicodedata.normalize("NFD", folded)))


@dataclass
class Names:
    """All names of a study.

    Parameters
    ----------
    names : sequence of Name
    ordinary : set of str
        Words that are names only with a capital ("will", "mark"), because they were met without one, too.

    Examples
    --------
    >>> names = Names([Name("Will Smith", "P01", "person", ("Will",))], {"will"})
    >>> names.text("Will will call will_smith.wav at Will's.")
    "P01 will call P01.wav at P01's."
    """

    names: Sequence[Name] = ()
    ordinary: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._forms: dict[str, list[tuple[Form, str]]] = {}
        known: set[Form] = set()
        for name in self.names:
            for spelling in name.spellings:
                form = form_of(spelling)
                if form and form not in known:
                    known.add(form)
                    self._forms.setdefault(form[0], []).append((form, name.pseudonym))
        for found in self._forms.values():
            found.sort(key=lambda one: -len(one[0]))

    def __bool__(self) -> bool:
        return bool(self._forms)

    def joined(self, others: Names) -> Names:
        """Return these names and those of others that have another pseudonym.

        Raises
        ------
        OptionError
            A pseudonym stands for one name here, and for another there.
        """
        own = {one.pseudonym: one for one in self.names}
        for one in others.names:
            words = {word for text in one.spellings for word in form_of(text)}
            here = own.get(one.pseudonym)
            if here is not None and words.isdisjoint(
                word for text in here.spellings for word in form_of(text)
            ):
                raise OptionError(
                    f"The pseudonym {one.pseudonym} stands for another name in the key.",
                    hint="calls.pseudonyms(key=...) proposes others.",
                )
        more = [one for one in others.names if one.pseudonym not in own]
        return Names([*self.names, *more], self.ordinary | others.ordinary)

    def spans(self, text: str) -> list[FoundName]:
        """Return the names in a text, in order; of several that begin together the longest."""
        if not self._forms:
            return []
        words, place = list(words_of(text)), 0
        found: list[FoundName] = []
        while place < len(words):
            size, pseudonym = self._at(text, words, place)
            if size:
                start, end = words[place].start, words[place + size - 1].end
                before = found[-1] if found else None
                if before and before.pseudonym == pseudonym and text[before.end : start] in _WITHIN:
                    found[-1] = before._replace(end=end)  # first name and surname, each by itself a spelling
                else:
                    found.append(FoundName(start, end, pseudonym))
            place += size or 1
        return found

    def _at(self, text: str, words: Sequence[FoundWord], place: int) -> tuple[int, str]:
        for form, pseudonym in self._forms.get(words[place].key, ()):
            run = words[place : place + len(form)]
            if tuple(word.key for word in run) != form:
                continue
            gaps = (text[a.end : b.start] for a, b in pairwise(run))
            if any(len(gap) > _MOST_BETWEEN or "\n" in gap for gap in gaps):
                continue
            if len(form) == 1 and form[0] in self.ordinary and run[0].small:
                continue
            return len(form), pseudonym
        return 0, ""

    def text(self, text: str) -> str:
        """Return a text with pseudonyms."""
        done, parts = 0, []
        for start, end, pseudonym in self.spans(text):
            parts += [text[done:start], pseudonym]
            done = end
        return "".join([*parts, text[done:]]) if parts else text

    def value(self, value: Any) -> Any:
        """Return a JSON value with pseudonyms in all of its texts, those of keys among them."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(name)): self.value(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(one) for one in value]
        return value


def _words(name: Name) -> set[str]:
    return {word for text in name.spellings for word in form_of(text)}


def capitals(texts: Iterable[str]) -> tuple[dict[str, int], dict[str, int]]:
    """Count words by their keys: how often with a capital, how often without; only those that have case."""
    upper: dict[str, int] = {}
    lower: dict[str, int] = {}
    for text in texts:
        for word in words_of(text):
            if word.capital or word.small:
                side = upper if word.capital else lower
                side[word.key] = side.get(word.key, 0) + 1
    return upper, lower
