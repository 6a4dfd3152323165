"""Text normalisers for error rates: which one a text gets, under which name, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from aai_jupyter.analysis.extras import compare_extra
from aai_jupyter.text.tokenization import fold, tokens

# Words that are common in English, and none in other languages.
_COMMON_WORDS = """
the and that you he they this with are have but what which would could should his their my your it from were
she there not don't i'm it's who when how we're
"""
COMMON = frozenset(_COMMON_WORDS.split())


@dataclass(frozen=True)
class Normaliser:
    """A named normaliser.

    Attributes
    ----------
    name : str
        ``whisper-english`` (Radford et al. 2022, appendix C), the same keeping fillers for texts in Latin
        letters of an unknown language, or ``basic``: case, punctuation and ways to write the same letter.
    note : str
        What it does not do, in a sentence.
    words : callable
        Text -> list of words; in scripts without spaces each character is a word.
    """

    name: str
    note: str
    words: Callable[[str], list[str]]


def normaliser_of(reference: str, hypothesis: str, language: str | None) -> Normaliser:
    """Return the normaliser for a pair of texts.

    Examples
    --------
    >>> normaliser_of("Guten Tag", "guten tag", "de").name
    'basic'
    """
    dotless = bool(set("ıİ") & set(reference + hypothesis))
    plain = _dotless if dotless else str
    english = is_english(plain(reference), plain(hypothesis), language)
    if english is None:
        which = f"There is no normaliser for {language}" if language else "The language has no normaliser"
        return Normaliser(
            "basic",
            f"{which}: case, punctuation and ways to write the same letter do not count; numbers as "
            "words or digits and variants of spelling do.",
            lambda text: tokens(plain(text)),
        )
    clean = _whisper(english)
    if english:
        note = "English: spelling variants, contractions, numbers, fillers (um) and punctuation do not count."
        return Normaliser("whisper-english", note, lambda text: tokens(clean(fold(plain(text)))))
    note = "The language is not known: contractions and numbers as in English; fillers are words."
    return Normaliser("whisper-english, fillers kept", note, lambda text: tokens(clean(fold(plain(text)))))


def is_english(reference: str, hypothesis: str, language: str | None) -> bool | None:
    """Tell whether texts are English; None where they cannot be, False where nothing says so."""
    if language is not None:
        return True if language.lower().startswith("en") else None
    said = tokens(reference)
    common = [word for word in said if word in COMMON]
    if len(set(common)) > 1 and 10 * len(common) >= len(said):
        return True
    return False if fold(reference + hypothesis).isascii() else None


@cache
def _whisper(english: bool) -> Callable[[str], str]:
    clean = compare_extra("whisper_normalizer.english").EnglishTextNormalizer()
    if not english:
        clean.ignore_patterns = r"$^"  # "um" is a word elsewhere
    found: Callable[[str], str] = clean
    return found


def _dotless(text: str) -> str:
    """Write the capitals of Turkish small, which without the language are those of others."""
    return text.replace("I", "ı").replace("ı", "ɪ")
