"""Personal information in words: by patterns, digit runs, terms, and the optional entity model.

Patterns find what has a form; they miss what has none, and cannot know what a person meant. A transcript
that was redacted here says so in its warnings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from aai_jupyter.local.models.failures import Unsupported
from aai_jupyter.local.models.names import TYPES, find_names, require_names
from aai_jupyter.local.models.numbers import DigitRun, digit_runs, luhn
from aai_jupyter.local.models.pii_patterns import COMPILED, DATE, DIGIT_POLICIES, ENGLISH_ONLY
from aai_jupyter.local.models.text_offsets import FoundText, TextOfWords, without_overlap
from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.text.tokenization import key

NAME_POLICIES = frozenset(TYPES.values()) - {"language"}
"""Policies that only the model of names can find."""
_DIGITS_ONLY = frozenset(
    {"credit_card_number", "number_sequence", *(policy for policy, *_ in DIGIT_POLICIES)}
)
POLICIES = frozenset(COMPILED) | _DIGITS_ONLY | NAME_POLICIES | {"date_of_birth"}
"""Every policy that this engine can honour."""

# What is most particular comes first: a card number is a number sequence too.
_ORDER = (
    "email_address",
    "url",
    "ip_address",
    "credit_card_number",
    "credit_card_expiration",
    "date_of_birth",
    "date_interval",
    "person_age",
    "money_amount",
    "date",
    "time",
    *dict.fromkeys(policy for policy, *_ in DIGIT_POLICIES),
    "phone_number",
)
_FORMAL: tuple[str, ...] = (
    "email_address",
    "url",
    "ip_address",
    "credit_card_number",
    "phone_number",
    "person_age",
)
_FORMAL += ("date_interval", "date", "time", "duration", "money_amount")
_CONTEXT_WORDS = 10
_BIRTH = re.compile(r"\b(?:born|birth|birthday|birthdate|dob|d o b)\b")
_DATE = re.compile(rf"(?<!\w){DATE}")


def check_policies(policies: Iterable[str], *, english: bool) -> None:
    """Refuse a policy that cannot be honoured: half a redaction is worse than none.

    Raises
    ------
    Unsupported
        Names the policy.

    Examples
    --------
    >>> check_policies(["email_address"], english=True)
    >>> check_policies(["occupation"], english=True)
    Traceback (most recent call last):
    aai_jupyter.local.models.failures.Unsupported: redact_pii_policies: the local engine \
cannot find 'occupation'.
    """
    for policy in policies:
        if policy not in POLICIES:
            raise Unsupported(
                "redact_pii_policies", f"redact_pii_policies: the local engine cannot find {policy!r}."
            )
        if not english and needs_english(policy):
            raise Unsupported(
                "redact_pii_policies",
                f"redact_pii_policies: the local engine finds {policy!r} in English only.",
            )
        if policy in NAME_POLICIES:
            require_names(f"redact_pii_policies: {policy}")


def needs_english(policy: str) -> bool:
    """Return whether a policy is found by English words."""
    return policy in ENGLISH_ONLY or policy in NAME_POLICIES or policy == "date_of_birth"


def find_pii(
    words: Sequence[RecognisedWord],
    policies: Sequence[str],
    static: Mapping[str, Sequence[str]] | None = None,
    check: Callable[[], None] = lambda: None,
) -> list[FoundText]:
    """Return the personal information, in order, none overlapping.

    Parameters
    ----------
    policies : sequence of str
        Those of `POLICIES` to look for.
    static : mapping, optional
        Label -> terms, ``redact_static_entities``; compared without case.

    Examples
    --------
    >>> words = [RecognisedWord(text, 0, 1, 1.0) for text in "Call 555-123-4567 today.".split()]
    >>> find_pii(words, ["phone_number"])
    [FoundText(first=1, last=2, kind='phone_number')]
    """
    texts = [word.text for word in words]
    wanted = sorted(set(policies), key=lambda one: (_ORDER.index(one) if one in _ORDER else len(_ORDER), one))
    found = [*_terms(texts, static or {})]
    text = TextOfWords([one.lower().replace("’", "'") for one in texts])
    runs = list(digit_runs(texts))
    numbers = [*_cards(runs), *_explained(texts, runs, wanted), *_phones(texts, runs)]
    for policy in wanted:
        check()
        if policy == "date_of_birth":
            found += _births(text)
        found += (one for one in numbers if one.kind == policy)
        for pattern in COMPILED.get(policy, ()):
            for match in pattern.finditer(text.text):
                found.append(FoundText(*text.words(*_trimmed(match)), policy))
    if "number_sequence" in wanted:
        found += (FoundText(run.first, run.last, "number_sequence") for run in runs if len(run.digits) >= 4)
    if NAME_POLICIES.intersection(wanted):
        found += (one for one in find_names(words, check) if one.kind in wanted)
    return without_overlap(found)


def find_entities(
    words: Sequence[RecognisedWord], check: Callable[[], None] = lambda: None
) -> list[FoundText]:
    """Return entities of English words: by form where it is certain, else by the entity model."""
    formal = find_pii(words, _FORMAL, check=check)
    return without_overlap([*formal, *find_names(words, check)])


def _trimmed(match: re.Match[str]) -> tuple[int, int]:
    group = "it" if match.re.groupindex else 0
    start, end = match.span(group)
    text = match.group(group)
    return start + len(text) - len(text.lstrip()), end - (len(text) - len(text.rstrip()))


def _terms(texts: Sequence[str], static: Mapping[str, Sequence[str]]) -> Iterator[FoundText]:
    cores = [key(text) for text in texts]
    places: dict[str, list[int]] = {}
    for at, core in enumerate(cores if static else ()):
        places.setdefault(core, []).append(at)
        if (owner := core.removesuffix("'s")) != core:  # "Ann's"
            places.setdefault(owner, []).append(at)
    for label, terms in static.items():
        for term in terms:
            parts = [key(part) for part in term.split()]
            for at in places.get(parts[0], ()) if parts else ():
                said = cores[at : at + len(parts)]
                if said == parts or [*said[:-1], said[-1].removesuffix("'s")] == parts:
                    yield FoundText(at, at + len(parts), label)


def _cards(runs: Iterable[DigitRun]) -> Iterator[FoundText]:
    for run in runs:
        if 13 <= len(run.digits) <= 19 and luhn(run.digits):
            yield FoundText(run.first, run.last, "credit_card_number")


def _explained(texts: Sequence[str], runs: Iterable[DigitRun], wanted: Sequence[str]) -> Iterator[FoundText]:
    """Yield digit runs whose kind the words before them tell, and groups of a social security number."""
    for run in runs:
        digits = run.digits
        written = re.split(r"\D+", " ".join(texts[run.first : run.last]).strip("().,?! "))
        if len(digits) == 9 and (tuple(map(len, written)) == (3, 2, 4) or run.last - run.first == 9):
            yield FoundText(run.first, run.last, "us_social_security_number")
        before = " ".join(texts[max(0, run.first - _CONTEXT_WORDS) : run.first]).lower()
        nearest = ("", -1)
        for policy, context, fewest, most in DIGIT_POLICIES:
            if policy in wanted and fewest <= len(digits) <= most:
                at = max((match.start() for match in re.finditer(context, before)), default=-1)
                nearest = max(nearest, (policy, at), key=lambda one: one[1])
        if nearest[0]:
            yield FoundText(run.first, run.last, nearest[0])


def _phones(texts: Sequence[str], runs: Iterable[DigitRun]) -> Iterator[FoundText]:
    """Yield digit runs that may be telephone numbers: seven digits and more, no amounts."""
    for run in runs:
        digits, written = run.digits, " ".join(texts[run.first : run.last])
        grouped = len(run.groups) > 1 or "-" in written or "(" in written or len(digits) in (10, 11)
        if 7 <= len(digits) <= 15 and grouped and not any(sign in written for sign in "$€£¥"):
            yield FoundText(run.first, run.last, "phone_number")


def _births(text: TextOfWords) -> Iterator[FoundText]:
    for match in _DATE.finditer(text.text):
        first, last = text.words(*match.span())
        # Only in the same sentence: another date may follow a birthday.
        before = re.split(r"[.?!] ", text.text[max(0, match.start() - 80) : match.start()])[-1]
        after = re.split(r"[.?!](?: |$)", text.text[match.end() : match.end() + 40])[0]
        if _BIRTH.search(before) or _BIRTH.search(after):
            yield FoundText(first, last, "date_of_birth")
