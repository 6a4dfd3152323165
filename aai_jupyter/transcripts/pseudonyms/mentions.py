"""Names in transcripts: those that are known, and words that are written like names.

What a model of names finds comes from the local engine (`aai_jupyter.api.pseudonyms`); this needs none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from aai_jupyter.transcripts.pseudonyms.name_matching import FoundWord, capitals, form_of, words_of

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript

PERSON, PLACE, ORGANISATION, NAME = "person", "place", "organisation", "name"
KINDS: Mapping[str, str] = {
    "person_name": PERSON,
    "location": PLACE,
    "location_address": PLACE,
    "location_city": PLACE,
    "location_country": PLACE,
    "location_state": PLACE,
    "organization": ORGANISATION,
    "phone_number": "phone",
    "email_address": "email",
    "url": "address",
    "ip_address": "address",
    "us_social_security_number": "number",
    "credit_card_number": "number",
    "banking_information": "number",
    "passport_number": "number",
    "drivers_license": "number",
    "healthcare_number": "number",
    "account_number": "number",
    "username": "name",
}
"""The service's types of entities that are names -> kinds of pseudonyms."""
_TITLES = """
mr mrs ms miss mx sir lady lord dr doctor prof professor herr herrn frau fraulein familie madame
monsieur mme mlle senor senora don dona signor signora pan pani
"""
_COMPANIES = """
inc ltd llc llp plc corp corporation company gmbh ag kg ohg se bv nv sa srl spa oy ab as university
universitat college hospital clinic klinik bank institute institut foundation stiftung school schule
"""
_OTHER_CAPITALS = """
i i'm i'll i'd i've monday tuesday wednesday thursday friday saturday sunday january february march
april may june july august september october november december ok okay tv usa uk eu gdpr pdf cd dvd
pc ceo it a an the english german french spanish italian christmas easter internet covid s t ll d m
re ve yes no oh um uh hmm well god jesus
and but because then now this that these those there here what when where which who why how look listen
wait right sure maybe please thanks thank sorry hello hi hey bye yeah yep nope
"""
_ROLE_WORDS = """
interviewer interviewee speaker participant respondent moderator agent customer client host guest
caller patient doctor nurse person teilnehmer teilnehmerin befragte befragter interviewerin sprecher
man woman unknown speech channel voice student teacher researcher
"""
TITLES = frozenset(_TITLES.split())
_COMPANY = frozenset(_COMPANIES.split())
_NO_NAMES = frozenset(_OTHER_CAPITALS.split())
_ROLES = frozenset(_ROLE_WORDS.split())
ALL_NOUNS = ("de", "lb")
"""Languages that write every noun with a capital: there only what follows a title is taken for a name."""
_BEFORE_PLACES = frozenset(("in", "near", "from", "nach", "aus", "en"))
_ENDS_SENTENCE = re.compile(r"[.!?…:;\"“”]\s*$")
_CONTEXT = 40
_FEW, _MOST_LARGE = 50, 0.8
"""A text with case has a capital in 50 words at least, and small letters."""


class Mention(NamedTuple):
    """A name at one place.

    ``how`` says what found it: ``speaker`` (a name that somebody gave), ``service``, ``model``, ``pattern``,
    ``capital`` or ``title``.
    """

    text: str
    kind: str
    how: str
    recording: int
    context: str = ""


@dataclass(frozen=True)
class SpokenText:
    """What is searched of one transcript: the texts of its turns, and who speaks."""

    recording: int
    language: str
    turns: list[str]
    speakers: list[str]

    @classmethod
    def of(cls, transcript: Transcript, recording: int) -> SpokenText:
        speech = transcript.edited_answer.speech
        language = (transcript.language or "en").lower().replace("-", "_").split("_")[0]
        turns = [str(text or "") for text in speech.utterances.text.tolist()]
        return cls(recording, language, turns, [*map(str, transcript.speakers.values())])

    @cached_property
    def has_case(self) -> bool:
        """Whether capitals tell anything: not where all or none of the letters are capitals."""
        words = small = large = capital = 0
        for text in self.turns:
            capital += sum(word.capital for word in words_of(text))
            words += sum(word.capital or word.small for word in words_of(text))
            large += sum(map(str.isupper, text))
            small += sum(map(str.islower, text))
        return capital * _FEW > words and large < _MOST_LARGE * (large + small)


def context_of(text: str, start: int, end: int, around: int = _CONTEXT) -> str:
    """Return a name with so many characters around it.

    Examples
    --------
    >>> context_of("I met Anna there.", 6, 10)
    'I met Anna there.'
    """
    first, last = max(0, start - around), min(len(text), end + around)
    return ("…" if first else "") + text[first:last].strip() + ("…" if last < len(text) else "")


def known_mentions(transcript: Transcript, recording: int) -> Iterator[Mention]:
    """Yield names that the transcript knows already: of speakers, and of its entities."""
    for label, name in [*transcript.speakers.items(), *((one, one) for one in transcript.speakers)]:
        text = str(name)
        if text and not is_role(text) and (text != label or len(text) > 2):
            yield Mention(text, PERSON, "speaker", recording, f"speaker {label}")
    entities = transcript.frame("entities", units="ms")
    for kind, text in zip(entities["entity_type"].astype(str), entities["text"].astype(str), strict=True):
        if kind in KINDS and form_of(text) and "[" not in text and "#" not in text:
            yield Mention(text, KINDS[kind], "service", recording, text)


def is_no_name(said: str) -> bool:
    """Tell whether a model took common words for a name: a pronoun, a greeting, a day.

    Examples
    --------
    >>> is_no_name("I"), is_no_name("Oh, hi"), is_no_name("Hi Ann")
    (True, True, False)
    """
    return all(word in _NO_NAMES for word in form_of(said))


def is_role(name: str) -> bool:
    """Tell whether a speaker's name says what somebody does, not who it is.

    Examples
    --------
    >>> is_role("Interviewer 2"), is_role("Speaker A"), is_role("Ann Lee")
    (True, True, False)
    """
    return all(word in _ROLES or word.isdigit() or len(word) == 1 for word in form_of(name))


@dataclass(frozen=True)
class Capitals:
    """How words are written in all transcripts.

    Attributes
    ----------
    upper, lower : mapping
        How often each word has a capital, and none.
    inside : frozenset
        Words that have one inside a sentence: at its start, every word has.
    """

    upper: Mapping[str, int]
    lower: Mapping[str, int]
    inside: frozenset[str]

    @classmethod
    def of(cls, spoken: Sequence[SpokenText]) -> Capitals:
        upper, lower = capitals(cased_texts(spoken))
        inside = {
            word.key
            for text in cased_texts(spoken)
            for word, begins in _with_starts(list(words_of(text)), text)
            if word.capital and not begins
        }
        return cls(upper, lower, frozenset(inside))

    def are_of_a_name(self, word: FoundWord, begins: bool) -> bool:
        """Whether a word with a capital may be (part of) a name."""
        times, without = self.upper.get(word.key, 0), self.lower.get(word.key, 0)
        if not word.capital or word.key.isdigit() or word.key in _NO_NAMES or 2 * without > times:
            return False
        return not begins or word.key in TITLES or (len(word.key) > 2 and word.key in self.inside)


def _with_starts(words: Sequence[FoundWord], text: str) -> Iterator[tuple[FoundWord, bool]]:
    """Yield words, and whether a sentence begins with them."""
    for place, word in enumerate(words):
        between = text[words[place - 1].end : word.start] if place else ""
        yield word, place == 0 or _ENDS_SENTENCE.search(between) is not None


def capital_mentions(spoken: SpokenText, known: Capitals) -> Iterator[Mention]:
    """Yield runs of words with a capital inside a sentence, where only names have one."""
    for text in spoken.turns if spoken.has_case else ():
        yield from _in_turn(text, spoken, known)


def _in_turn(text: str, spoken: SpokenText, known: Capitals) -> Iterator[Mention]:
    words = list(words_of(text))
    run: list[int] = []

    def made() -> Iterator[Mention]:
        inside = [place for place in run if words[place].key not in TITLES]
        titled = bool(run) and (words[run[0]].key in TITLES or _after_title(words, run[0]))
        if inside and (titled or spoken.language not in ALL_NOUNS):
            first, last = words[inside[0]], words[inside[-1]]
            said = text[first.start : last.end]
            kind = PERSON if titled else _kind(text, words, inside[0], inside[-1])
            how = "title" if titled else "capital"
            yield Mention(said, kind, how, spoken.recording, context_of(text, first.start, last.end))

    for place, (word, begins) in enumerate(_with_starts(words, text)):
        near = not run or text[words[run[-1]].end : word.start] in (" ", "-", "'", "’", ". ")
        is_name = known.are_of_a_name(word, begins)
        if run and not (is_name and near and (not begins or words[run[-1]].key in TITLES)):
            yield from made()
            run = []
        if is_name:
            run.append(place)
    yield from made()


def _after_title(words: Sequence[FoundWord], place: int) -> bool:
    return place > 0 and words[place - 1].key in TITLES


def _kind(text: str, words: Sequence[FoundWord], first: int, last: int) -> str:
    if any(word.key in _COMPANY for word in words[first : last + 1]):
        return ORGANISATION
    before = words[first - 1].key if first else ""
    return PLACE if before in _BEFORE_PLACES and last == first else NAME


def cased_texts(spoken: Iterable[SpokenText]) -> Iterator[str]:
    """Yield all turns of transcripts in which capitals tell names from other words."""
    return (text for one in spoken if one.has_case for text in one.turns)
