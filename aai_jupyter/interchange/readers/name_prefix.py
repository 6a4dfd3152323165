"""Speakers' names that stand before the text: ``Ann: Hello.``, ``[Ann] Hello.``, ``>> ANN: Hello.``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_PREFIX = re.compile(
    r"(?:>>+|[-–—•*])?[ ]{0,3}(?:\*\*)?"
    r"(?:\[([^\]\[:]{1,60})\][ ]{0,3}(?::|-(?=\s))?"
    r"|\((?P<bracketed>speaker[ _]?(?:\d{1,3}|\?))\)"
    r"|(?P<before>[^\W_][^:\n\[\]<>]{0,59}?)[ ]{0,2}(?:\*\*)?[:：](?:\*\*)?)"
    r"(?=[ \t]|$|(?<=：))[ \t]{0,40}"
)
_NOT_A_NAME = re.compile(
    r"(?i:https?$|www\.)|\d{1,2}$|.*\d:\d"
    # The end of a sentence: no short title or initial as in "Dr. M. Lee".
    r"|.*(?:[!?…,;]|(?<!\b[A-Z])(?<!\b[A-Z][a-z])(?<!\b[A-Z][a-z][a-z])\.)\s"
)
LABEL = re.compile(
    r"(?:speaker|spk|sprecher(?:in)?|s|p|i|b|interviewer|interviewee|participant)[ _-]?\d{0,3}", re.I
)
"""What programs and people call speakers without a name."""
_SOUND = re.compile(r"music|applause|laugh|inaudible|crosstalk|silence|noise|blank_audio|pause|unclear", re.I)
MOST_WORDS = 5


def split_prefix(text: str) -> tuple[str | None, str]:
    """Return the name before a text, if it looks like one, and the text behind it.

    Examples
    --------
    >>> split_prefix("Ann Lee: Hello."), split_prefix("[SPEAKER_00]: Hi"), split_prefix("At 10:30 we left.")
    (('Ann Lee', 'Hello.'), ('SPEAKER_00', 'Hi'), (None, 'At 10:30 we left.'))
    """
    match = _PREFIX.match(text)
    if not match:
        return None, text
    name = (match[1] or match["bracketed"] or match["before"]).strip().strip("*").strip()
    if (
        not name
        or len(name.split()) > MOST_WORDS
        or _NOT_A_NAME.match(name)
        or not any(map(str.isalnum, name))
    ):
        return None, text
    if match[1] and _SOUND.search(name):
        return None, text
    if name[0].islower() and not match["bracketed"] and not LABEL.fullmatch(name):
        return None, text
    return name, text[match.end() :]


def is_name(text: str) -> bool:
    """Whether a line of its own may be a name: short, and no sentence.

    Examples
    --------
    >>> is_name("Ann Lee"), is_name("I left.")
    (True, False)
    """
    return 0 < len(text) <= 60 and len(text.split()) <= MOST_WORDS and text.rstrip()[-1] not in ".?!,;"


def names_in_use(texts: Iterable[str]) -> set[str]:
    """Return the names that stand before texts often enough to be speakers.

    One that stands there once may be a word before a colon; where at least half of the texts begin with a
    name, each is one.
    """
    counts: Counter[str] = Counter()
    labelled: set[str] = set()
    total = 0
    for text in texts:
        total += 1
        name, _ = split_prefix(text)
        if name is not None:
            counts[name] += 1
            if LABEL.fullmatch(name) or text.lstrip("->– ").startswith("["):
                labelled.add(name)
    if 2 * sum(counts.values()) >= total:
        return set(counts)
    return {name for name, count in counts.items() if count > 1 or name in labelled}
