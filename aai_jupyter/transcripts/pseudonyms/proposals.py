"""The frame of names with proposed pseudonyms: spellings of one name are one row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pandas as pd

from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.tables.any_frame import as_pandas
from aai_jupyter.transcripts.pseudonyms.mentions import (
    NAME,
    ORGANISATION,
    PERSON,
    TITLES,
    Mention,
    SpokenText,
    cased_texts,
    context_of,
)
from aai_jupyter.transcripts.pseudonyms.name_matching import Form, Name, Names, capitals, form_of, words_of
from aai_jupyter.transcripts.pseudonyms.spellings import is_inflected, is_misspelt, is_spelling, near_words

COLUMNS = ("found", "kind", "count", "recordings", "forms", "contexts", "proposal", "how")
PREFIXES: Mapping[str, str] = {
    PERSON: "P",
    "place": "Place",
    ORGANISATION: "Org",
    "phone": "Phone",
    "email": "Email",
    "address": "Address",
    "number": "Number",
    NAME: "Name",
}
"""Kind -> how its pseudonyms begin: one word without punctuation, which every format holds."""
_TRUST = {"speaker": 8, "key": 8, "service": 4, "model": 3, "title": 3, "pattern": 3, "capital": 1}
_SMALL_WORDS = "de da di du del della von van der den la le el al bin ibn dos das zu zum y e and und of the"
_PARTICLES = frozenset(_SMALL_WORDS.split())
_CONTEXTS = 3
_BETWEEN = "; "


@dataclass
class _Group:
    """Spellings that are taken for one name."""

    kinds: Counter[str] = field(default_factory=Counter)
    forms: dict[Form, Counter[str]] = field(default_factory=dict)
    how: set[str] = field(default_factory=set)
    pseudonym: str = ""

    @property
    def kind(self) -> str:
        return self.kinds.most_common(1)[0][0] if self.kinds else NAME

    @property
    def times(self) -> int:
        return sum(sum(texts.values()) for texts in self.forms.values())

    def add(self, form: Form, texts: Counter[str], kinds: Counter[str], how: set[str]) -> None:
        self.forms.setdefault(form, Counter()).update(texts)
        self.kinds.update(kinds)
        self.how |= how

    def written(self) -> list[str]:
        """Return how the name is written, the longest and most frequent first."""
        order = sorted(self.forms, key=lambda one: (-len(one), -sum(self.forms[one].values()), one))
        return [self.forms[form].most_common(1)[0][0] for form in order]


@dataclass
class Vocabulary:
    """Words of all transcripts: how often with a capital and without, those without case, their language."""

    upper: Mapping[str, int]
    lower: Mapping[str, int]
    language: str
    caseless: set[str]

    @classmethod
    def of(cls, spoken: Sequence[SpokenText]) -> Vocabulary:
        upper, lower = capitals(cased_texts(spoken))
        languages = Counter(one.language for one in spoken)
        texts = (text for one in spoken for text in one.turns)
        caseless = {word.key for text in texts for word in words_of(text) if not (word.capital or word.small)}
        return cls(upper, lower, languages.most_common(1)[0][0] if languages else "en", caseless)

    def name_like(self) -> list[str]:
        """Return the words that are as a rule written with a capital."""
        return [
            word for word, times in self.upper.items() if times > self.lower.get(word, 0) and len(word) > 2
        ]


def propose(
    mentions: Iterable[Mention], spoken: Sequence[SpokenText], known: Sequence[Name] = ()
) -> pd.DataFrame:
    """Return one row for each name, with a pseudonym.

    Parameters
    ----------
    mentions : iterable of Mention
    spoken : sequence of SpokenText
        What is counted in.
    known : sequence of Name
        Names of a key, whose pseudonyms stay.
    """
    words = Vocabulary.of(spoken)
    groups = _grouped(mentions, known, words)
    _add_spellings(groups, words)
    _number(groups, words, known)
    names = Names([_name(one) for one in groups], ordinary_words(groups_forms(groups), words))
    return _frame(groups, names, spoken)


def _grouped(mentions: Iterable[Mention], known: Sequence[Name], words: Vocabulary) -> list[_Group]:
    groups = []
    for name in known:
        group = _Group(pseudonym=name.pseudonym)
        for text in name.spellings:
            group.add(form_of(text), Counter({text: 1}), Counter({name.kind: _TRUST["key"]}), {"key"})
        groups.append(group)
    texts: dict[Form, Counter[str]] = {}
    kinds: dict[Form, Counter[str]] = {}
    how: dict[Form, set[str]] = {}
    for one in mentions:
        text, form = _bare(one.text)
        if form:
            texts.setdefault(form, Counter())[text] += 1
            kinds.setdefault(form, Counter())[one.kind] += _TRUST.get(one.how, 1)
            how.setdefault(form, set()).add(one.how)
    order = sorted(texts, key=lambda one: (-len(one), -sum(texts[one].values()), one))
    for form in order:
        kind, times = kinds[form].most_common(1)[0][0], sum(texts[form].values())
        home = _home(form, kind, times, groups, words.language)
        if home is None:
            home = _Group()
            groups.append(home)
        home.add(form, texts[form], kinds[form], how[form])
    return groups


def _bare(text: str) -> tuple[str, Form]:
    """Return a name without title and possessive ending."""
    parts = text.replace("’", "'").split()
    while len(parts) > 1 and form_of(parts[0]) and all(word in TITLES for word in form_of(parts[0])):
        parts = parts[1:]
    said = " ".join(parts).strip(" .,;:!?'\"()[]")
    said = said.removesuffix("'s")
    return said, form_of(said)


def _home(form: Form, kind: str, times: int, groups: Sequence[_Group], language: str) -> _Group | None:
    """Return the one group that a spelling belongs to; None where there is none, or several."""
    alike = [one for one in groups if _alike(kind, one.kind)]
    exact = [one for one in alike if any(_within(form, other) for other in one.forms)]
    if exact:
        return exact[0] if len(exact) == 1 or len(form) > 1 else None
    near = [
        one
        for one in alike
        if any(_within(form, other, language) and _rare(form, other, times, one) for other in one.forms)
    ]
    return near[0] if len(near) == 1 else None


def _alike(one: str, other: str) -> bool:
    return one == other or {one, other} <= {PERSON, NAME, ORGANISATION} or NAME in (one, other)


def _within(form: Form, other: Form, language: str | None = None) -> bool:
    """Tell whether a spelling is another, or the beginning or end of it; with a language also nearly so."""
    if len(form) > len(other) or (len(form) < len(other) and form[0] in _PARTICLES):
        return False
    parts = (other[: len(form)], other[-len(form) :])
    if language is None:
        return form in parts
    return any(all(is_spelling(a, b, language) for a, b in zip(form, part, strict=True)) for part in parts)


def _rare(form: Form, other: Form, times: int, group: _Group) -> bool:
    """Two single words that differ by a letter and are both said often are two names: Maria and Mario."""
    if len(form) > 1 or len(other) > 1 or not is_misspelt(form[0], other[0]):
        return True
    few, many = sorted((times, group.times))
    return few == 1 or 3 * few <= many


def _add_spellings(groups: Sequence[_Group], words: Vocabulary) -> None:
    """Add words that are written like names, and are spellings of one name alone."""
    owners: dict[str, list[_Group]] = {}
    for group in groups:
        for form in list(group.forms):
            if len(form) > 1 and group.kind not in (PERSON, NAME):
                continue
            for word in form:
                ordinary = group.kind == NAME and words.lower.get(word)
                if len(word) > 1 and word not in _PARTICLES and not word.isdigit() and not ordinary:
                    owners.setdefault(word, [])
                    if group not in owners[word]:
                        owners[word].append(group)
    candidates = [word for word in words.name_like() if word not in owners]
    caseless = sorted(words.caseless.difference(owners))
    for word, who in owners.items():
        if len(who) != 1:
            continue
        near = near_words(word, candidates, words.language)
        for joined in caseless:
            if is_inflected(joined, word, words.language):
                who[0].forms.setdefault((joined,), Counter({joined: 0}))
        for found in [word, *near]:
            if words.upper.get(found) or who[0].kind == PERSON:
                who[0].forms.setdefault((found,), Counter({found.capitalize(): 0}))


def _number(groups: Sequence[_Group], words: Vocabulary, known: Sequence[Name]) -> None:
    taken = {one.pseudonym.lower() for one in known} | {*words.upper} | {*words.lower}
    counters = {prefix: count(1) for prefix in PREFIXES.values()}
    for group in groups:
        prefix = PREFIXES.get(group.kind, PREFIXES[NAME])
        while not group.pseudonym:
            pseudonym = f"{prefix}{next(counters[prefix]):02d}"
            if pseudonym.lower() not in taken:
                group.pseudonym = pseudonym


def _name(group: _Group) -> Name:
    found, *others = group.written()
    return Name(found, group.pseudonym, group.kind, tuple(others))


def groups_forms(groups: Iterable[_Group]) -> Iterable[Form]:
    """Yield all spellings of groups."""
    return (form for group in groups for form in group.forms)


def ordinary_words(forms: Iterable[Form], words: Vocabulary) -> set[str]:
    """Return the single words among spellings that are also said in lower case."""
    return {form[0] for form in forms if len(form) == 1 and words.lower.get(form[0])}


def _frame(groups: Sequence[_Group], names: Names, spoken: Sequence[SpokenText]) -> pd.DataFrame:
    times: Counter[str] = Counter()
    where: dict[str, set[int]] = {}
    contexts: dict[str, list[str]] = {}
    for one in spoken:
        for text in one.turns:
            for start, end, pseudonym in names.spans(text):
                times[pseudonym] += 1
                where.setdefault(pseudonym, set()).add(one.recording)
                if len(met := contexts.setdefault(pseudonym, [])) < _CONTEXTS:
                    met.append(context_of(text, start, end))
    rows = []
    for group in groups:
        found, *others = group.written()
        rows.append(
            {
                "found": found,
                "kind": group.kind,
                "count": times[group.pseudonym],
                "recordings": len(where.get(group.pseudonym, ())),
                "forms": _BETWEEN.join(dict.fromkeys([found, *others])),
                "contexts": " | ".join(contexts.get(group.pseudonym, ())),
                "proposal": group.pseudonym,
                "how": ", ".join(sorted(group.how)),
            }
        )
    frame = pd.DataFrame(rows, columns=COLUMNS)
    words: Any = pd.StringDtype("python")
    kinds = {name: "int64" if name in ("count", "recordings") else words for name in COLUMNS}
    return frame.astype(kinds)


def names_of(frame: pd.DataFrame, spoken: Sequence[SpokenText]) -> Names:
    """Return the names of an edited frame: rows with one proposal are one name, rows without stay as said.

    Raises
    ------
    UsageError, OptionError
        There are no columns ``found`` and ``proposal``, a name is empty, or a pseudonym is itself a name.
    """
    frame = as_pandas(frame)
    if missing := [name for name in ("found", "proposal") if name not in frame]:
        raise UsageError(f"The frame has no column {missing[0]}.", hint="It needs found and proposal.")
    words = Vocabulary.of(spoken)
    made: dict[str, Name] = {}
    for row in frame.to_dict("records"):
        pseudonym, found = _text(row.get("proposal")), _text(row.get("found"))
        if not pseudonym:
            continue
        if not form_of(found):
            raise OptionError(f"Nothing is found for {pseudonym!r}: {found!r} has no letters.")
        forms = [one.strip() for one in _text(row.get("forms")).split(_BETWEEN.strip()) if form_of(one)]
        forms = forms or _spelled(found, _text(row.get("kind")) or NAME, words)
        before = made.get(pseudonym)
        kind = before.kind if before else _text(row.get("kind")) or NAME
        first = before.found if before else found
        made[pseudonym] = Name(first, pseudonym, kind, (*(before.spellings if before else ()), found, *forms))
    spelled = [text for name in made.values() for text in name.spellings]
    ordinary = ordinary_words(map(form_of, spelled), words)
    ordinary.difference_update(*(form_of(text)[:1] for text in spelled if text.islower()))  # given so: a name
    names = Names(list(made.values()), ordinary)
    for pseudonym in made:
        if names.text(pseudonym) != pseudonym:
            raise OptionError(
                f"The pseudonym {pseudonym!r} is a name that is to be replaced.",
                hint="Choose another proposal.",
            )
    return names


def _spelled(found: str, kind: str, words: Vocabulary) -> list[str]:
    """Return the spellings of a name that a person has added."""
    group = _Group()
    group.add(form_of(found), Counter({found: 1}), Counter({kind: 1}), {"key"})
    _add_spellings([group], words)
    return group.written()


def _text(value: Any) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value).strip()
