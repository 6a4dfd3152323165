"""Which spellings are one name: inflected, possessive, or heard with one letter off."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

_KOREAN = """
이 가 은 는 을 를 의 에 와 과 도 만 씨 님 아 야 랑 로 이가 이는 이를 이의 이랑 이도 에게 에서 한테
께서 까지 부터 처럼 보다 으로 씨가 씨는 씨를 씨의 씨도 씨와 씨랑 씨에게 씨한테 님이 님은 님을 님의
"""
_ENDINGS: Mapping[str, tuple[str, ...]] = {
    "en": ("s", "es"),
    "de": ("s", "es", "n", "en", "ns", "sche", "schen", "er", "ern"),
    "nl": ("s", "se", "je"),
    "fr": ("s",),
    "es": ("s", "es"),
    "pt": ("s", "es"),
    "it": ("i", "e"),
    "sv": ("s",),
    "da": ("s",),
    "no": ("s",),
    "fi": ("n", "a", "lle", "lta", "lla", "ssa", "sta", "an", "in", "iin", "en", "han"),
    "hu": ("t", "nak", "nek", "val", "vel", "ban", "ben", "hoz", "nal", "tol"),
    "tr": ("i", "in", "nin", "a", "e", "ya", "ye", "da", "de", "dan", "den", "la", "le"),
    "pl": ("a", "u", "owi", "em", "iem", "ie", "y", "e", "i", "ego", "emu", "im", "om", "ami", "ach", "owie"),
    "cs": ("a", "u", "ovi", "em", "e", "y", "ou", "ova", "ove", "ovou", "ho", "mu", "im"),
    "ru": ("а", "у", "ом", "е", "ой", "ы", "ю", "ем", "ым", "ого", "ому"),
    "uk": ("а", "у", "ом", "і", "ою", "и", "ові", "ем", "ого", "ому"),
    "ko": tuple(_KOREAN.split()),
}
"""Language -> endings that a name may get. Other languages: those of English."""
_STEM_ENDS = {"pl": "aoyie", "cs": "aoyie", "ru": "аяьйоы", "uk": "аяьйоиі"}
"""Last letters that an ending takes the place of: Anna, Annę (here: anne)."""
_BEGINNINGS: Mapping[str, tuple[str, ...]] = {
    "he": ("ו", "ה", "ב", "ל", "מ", "ש", "כ", "וה", "וב", "ול", "ומ", "וש", "שה"),
    "ar": ("و", "ف", "ب", "ل", "ك", "ول", "وب"),
}
"""Language -> small words that are written together with a name behind them."""
_LEAST = 4
"""Letters from which a name is compared by more than equality: "Jan" and "Jon" are two people."""

LANGUAGES = tuple(sorted(_ENDINGS))
"""Languages whose endings of names are known."""


def is_spelling(word: str, name: str, language: str | None) -> bool:
    """Tell whether a folded word may be a spelling of a folded name.

    Examples
    --------
    >>> is_spelling("katherine", "catherine", "en"), is_spelling("kowalskiego", "kowalski", "pl")
    (True, True)
    >>> is_spelling("jon", "jan", "en"), is_spelling("smiths", "smith", "en")
    (False, True)
    """
    return word == name or is_inflected(word, name, language) or is_misspelt(word, name)


def is_inflected(word: str, name: str, language: str | None) -> bool:
    """Tell whether a word is a name with an ending of the language."""
    code = (language or "en").lower().replace("-", "_").split("_")[0]
    endings = _ENDINGS.get(code, _ENDINGS["en"])
    if len(name) < (2 if code == "ko" else 3):
        return False
    if word.endswith(name) and word[: -len(name)] in _BEGINNINGS.get(code, ()):
        return True
    if word.startswith(name) and word[len(name) :] in endings:
        return True
    dropped = _STEM_ENDS.get(code, "")
    stem = name[:-1]
    return name[-1] in dropped and len(stem) >= 3 and word.startswith(stem) and word[len(stem) :] in endings


def is_misspelt(word: str, name: str) -> bool:
    """Tell whether two words of at least four letters differ by one letter, or two that changed places."""
    if min(len(word), len(name)) < _LEAST or word == name or abs(len(word) - len(name)) > 1:
        return False
    if len(word) > len(name):
        word, name = name, word
    place = next((n for n, (a, b) in enumerate(zip(word, name, strict=False)) if a != b), len(word))
    if len(word) < len(name):
        return word[place:] == name[place + 1 :]
    if word[place + 1 :] == name[place + 1 :]:
        return True
    swapped = word[place + 1 : place + 2] + word[place : place + 1]
    return swapped == name[place : place + 2] and word[place + 2 :] == name[place + 2 :]


def near_words(
    name: str, words: Iterable[str], language: str | None, taken: Collection[str] = ()
) -> list[str]:
    """Return the words that may be spellings of a name, but for those that are names of their own.

    Examples
    --------
    >>> near_words("berlin", ["berlins", "berlyn", "merlin"], "de", taken={"merlin"})
    ['berlins', 'berlyn']
    """
    return [word for word in words if word not in taken and is_spelling(word, name, language)]
