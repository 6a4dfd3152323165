"""A value that is not in an option's list: misspelt, or newer than this version."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

from aai_jupyter.client.options.option import Option
from aai_jupyter.client.options.option_table import closest
from aai_jupyter.client.options.vocabulary import LANGUAGES

#: From this likeness on, a word is a misspelling of another one; in short words one letter weighs more.
NEAR, NEAR_SHORT = 0.75, 0.66


def fold(text: str) -> str:
    """Case and separators do not count.

    >>> fold("EN-US")
    'en_us'
    """
    return text.strip().lower().replace("-", "_").replace(" ", "_")


def meant(option: Option, text: str) -> str | None:
    """The known value that `text` is a misspelling of; None when it may be one we do not know yet.

    Examples
    --------
    >>> from aai_jupyter.client.options.option_table import OPTIONS
    >>> models = OPTIONS["speech_models"]
    >>> meant(models, "univeral-2"), meant(models, "assemblyai-stt-37"), meant(models, "assemblyai-stt-3-8")
    ('universal-2', 'assemblyai-stt-3-7', None)
    """
    if {"en", "fr", "de"} <= set(option.choices):
        return _language(option, text)
    return misspelt(text, option.choices)


def misspelt(text: str, choices: Iterable[str]) -> str | None:
    """The choice with the same numbers and nearly the same words. Another number is another version."""
    choices = tuple(choices)
    words, number = _parts(text)
    vocabulary = {word for choice in choices for word in _parts(choice)[0]}
    for word in words:
        likeness = NEAR if len(word) > 4 else NEAR_SHORT
        if word not in vocabulary and get_close_matches(word, vocabulary, 1, likeness):
            return closest(text, choices) or _likest(text, choices)
    alike = [
        choice
        for choice in choices
        for known, digits in [_parts(choice)]
        if digits == number and ("".join(known) == "".join(words) or set(words) < set(known))
    ]
    return _likest(text, alike) if alike else None


def _language(option: Option, text: str) -> str | None:
    """People write the names of languages, and regions that are not on the list."""
    code = fold(text)
    if re.fullmatch(r"[a-z]{2,3}(_[a-z0-9]{2,8})*", code):
        base = code.split("_")[0]
        if code == "en_gb" and "en_uk" in option.choices:
            return "en_uk"
        once = re.sub(r"([a-z])\1", r"\1", code)  # a key that was hit twice
        if once != code and once in option.choices:
            return once
        return base if base != code and base in option.choices else None
    named = {name.lower(): known for known, name in LANGUAGES.items()}
    name = closest(text, named) if len(text) > 3 else None
    return named[name] if name is not None else closest(text, option.choices)


def _likest(text: str, choices: Iterable[str]) -> str:
    return max(choices, key=lambda choice: SequenceMatcher(None, fold(text), fold(choice)).ratio())


def _parts(text: str) -> tuple[list[str], str]:
    """The words, and the digits of all numbers together."""
    found = re.findall(r"[^\W\d_]+|\d+", fold(text))
    words = [part for part in found if not part.isdigit()]
    return words, "".join(part for part in found if part.isdigit())
