"""What a word is, in any script: how text is split and joined again, and the key that it is found by.

Words are what white space separates; in scripts without spaces (Chinese, Japanese, Thai, Khmer, ...)
each character as a reader sees it (a letter with its marks) can be parted from the next, so text is compared
and cut there. The page's search makes the same keys (``frontend/src/data/fold.ts``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np

# Scripts without spaces: CJK (not Korean), Yi, Thai, Lao, Tibetan, Burmese, Khmer, Tai, Javanese.
# Letters and digits of full width do have spaces among themselves.
_UNSPACED = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u2e80-\u2fff\u3000-\u312f\u3190-\u4dbf"
    "\u4e00-\ua4cf\ua980-\ua9ff\uaa60-\uaadf\uf900-\ufaff\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff9f"
    "\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
)
_UNSPACED_CHARACTER = re.compile(f"[{_UNSPACED}]")
# Characters without width: joiners, marks of direction, soft hyphens, variation selectors, tags; and what
# Arabic and Hebrew write or leave out as they like: the long stroke, vowel points.
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_OPTIONAL = "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u0652\u0670"
_DROPPED = re.compile(f"[{_INVISIBLE}{_OPTIONAL}]")
_APOSTROPHES = "‘’‚‛ʻʼʽ′‵´`＇ʹ׳ꞌ"
_QUOTES = "“”„‟«»″‶〝〞〟＂״"
_DASHES = "‐‑‒–—―−﹣－"
_SAME = str.maketrans(
    dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_QUOTES, '"') | dict.fromkeys(_DASHES, "-")
)
# Extend the character before them, though they are no marks: Hangul vowels and finals, half-width voicing,
# Thai and Lao AM, tones of skin.
_EXTENDING = re.compile(
    f"[\u1160-\u11ff\ud7b0-\ud7ff\uff9e\uff9f\u0e33\u0eb3\U0001f3fb-\U0001f3ff{_INVISIBLE}]"
)
_DOTTED = re.compile("i\u0307+")  # what a Turkish İ becomes
_STACKING = "\u1039\u17d2\u1a60"  # Burmese, Khmer and Tai Tham write the next consonant below
_ASCII_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_ASCII_EDGES = "".join(c for c in map(chr, range(128)) if not c.isalnum())


# Keys -------------------------------------------------------------------------------------------------


def fold(text: str, *, case: bool = False) -> str:
    """Return the key by which text is found: the same for all ways to write the same.

    Composed and decomposed letters, full and half width, upper and lower case (``ß`` is ``ss``, both Turkish
    i are ``i``), curly and straight quotes, dashes are the same; invisible joiners and marks of direction do
    not count, nor do Arabic and Hebrew vowel points. Other marks do: they make another letter (``é`` is not
    ``e``, ``पानी`` is not ``पान``).

    Parameters
    ----------
    case : bool, default False
        Tell upper from lower case.

    Examples
    --------
    >>> fold("Straße"), fold("ＡＢＣ"), fold("don’t"), fold("İstanbul"), fold("cafe\\u0301") == fold("CAFÉ")
    ('strasse', 'abc', "don't", 'istanbul', True)
    """
    if text.isascii():
        return (text if case else text.lower()).replace("`", "'")
    text = unicodedata.normalize("NFKC", _DROPPED.sub("", text.translate(_SAME)))
    if not case:
        # JavaScript has no casefold(); up and down again is the same, and one rule for both languages.
        text = _DOTTED.sub("i", text.lower().upper().lower().replace("ς", "σ"))
    return unicodedata.normalize("NFKC", text).translate(_SAME)


def key(word: str) -> str:
    """Return the key of a word: folded, without punctuation around it.

    Examples
    --------
    >>> key("“Don’t!”"), key("3.5%"), key("—")
    ("don't", '3.5', '')
    """
    folded = fold(word)
    return folded.strip(_ASCII_EDGES) if folded.isascii() else edges(folded)[1]


def edges(text: str) -> tuple[str, str, str]:
    """Split into punctuation before, what is between, and punctuation after.

    Examples
    --------
    >>> edges('"पानी!"'), edges("...")
    (('"', 'पानी', '!"'), ('...', '', ''))
    """
    first, last = 0, len(text)
    while first < last and not is_word(text[first]):
        first += 1
    while last > first and not is_word(text[last - 1]):
        last -= 1
    return text[:first], text[first:last], text[last:]


def units(text: str) -> list[str]:
    """Return the keys of words, in scripts without spaces of characters; what search compares.

    Examples
    --------
    >>> units("It’s 3.5, ill-disposed."), units("用Python写。")
    (["it's", '3.5', 'ill-disposed'], ['用', 'python', '写'])
    """
    pieces = split(text)
    return [found for piece in pieces if (found := key(piece))]


def tokens(text: str, *, folded: bool = False) -> list[str]:
    """Return the same without any punctuation, also inside words; what quotes and error rates are counted in.

    Parameters
    ----------
    folded : bool, default False
        The text is a key already.

    Examples
    --------
    >>> tokens("It’s 3.5, ill-disposed."), tokens("天气很好。"), tokens("ที่มี")
    (["it's", '3', '5', 'ill', 'disposed'], ['天', '气', '很', '好'], ['ที่', 'มี'])
    """
    text = text if folded else fold(text)
    if text.isascii():
        return _ASCII_WORD.findall(text)
    found: list[str] = []
    open_word = False
    parts = clusters(text)
    for place, part in enumerate(parts):
        if not is_word(part[0]):
            after = parts[place + 1][0] if place + 1 < len(parts) else " "
            open_word = open_word and part == "'" and is_word(after) and not is_unspaced(after)
            if open_word:
                found[-1] += part
        elif is_unspaced(part[0]):
            found.append(part)
            open_word = False
        else:
            found[-1:] = [found[-1] + part] if open_word else [*found[-1:], part]
            open_word = True
    return found


@cache
def is_word(character: str) -> bool:
    """Tell whether a character belongs to a word: a letter, a mark on one, or a number."""
    return unicodedata.category(character)[0] in "LMN"


@cache
def is_mark(character: str) -> bool:
    """Tell whether a character goes with the one before it."""
    return unicodedata.category(character)[0] == "M" or _EXTENDING.match(character) is not None


@cache
def is_unspaced(character: str) -> bool:
    """Tell whether a character is of a script that writes no spaces between words."""
    return _UNSPACED_CHARACTER.match(character) is not None


def direction(text: str) -> str | None:
    """Return the direction, ``L`` or ``R``, of the first letter that has one: that of its line on the screen.

    Examples
    --------
    >>> direction("(Ann)"), direction("- שלום Ann"), direction("12")
    ('L', 'R', None)
    """
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("L", "R", "AL"):
            return "L" if kind == "L" else "R"
    return None


# Words of text ----------------------------------------------------------------------------------------


def join(texts: Iterable[str]) -> str:
    """Join words to running text: spaces between them, except in scripts that have none.

    Examples
    --------
    >>> join(["Hello", "there."]), join(["你", "好。", "OK"])
    ('Hello there.', '你好。OK')
    """
    texts = [text for text in texts if text]
    joined = " ".join(texts)
    if joined.isascii() or not _UNSPACED_CHARACTER.search(joined):
        return joined
    out: list[str] = []
    for text in texts:
        # Around a Latin word in Chinese text no space is usual either.
        if out and not (is_unspaced(out[-1][-1]) or is_unspaced(text[0])):
            out.append(" ")
        out.append(text)
    return "".join(out)


def split(text: str) -> list[str]:
    """Split running text into words: at white space, and between the characters of scripts that have none.

    What :func:`join` makes of the words is the text again. Punctuation stays with the word before it, an
    opening bracket with the word after it.

    Examples
    --------
    >>> split("Hello there."), split("用Python写「代码」。"), split("กำลัง มา")
    (['Hello', 'there.'], ['用', 'Python', '写', '「代', '码」。'], ['กำ', 'ลั', 'ง', 'ม', 'า'])
    """
    chunks = text.split()
    if text.isascii() or not _UNSPACED_CHARACTER.search(text):
        return chunks
    return [piece for chunk in chunks for piece in _cut(chunk)]


def _cut(chunk: str) -> list[str]:
    if not _UNSPACED_CHARACTER.search(chunk):
        return [chunk]
    pieces: list[str] = []
    glue = run = False  # nothing but opening punctuation so far; the piece before is of a script with spaces
    for part in clusters(chunk):
        word, spaced = is_word(part[0]), not is_unspaced(part[0])
        opens = unicodedata.category(part[0]) in ("Ps", "Pi") or (not word and not pieces)
        if pieces and (glue or (spaced and run) or (not word and not opens)):
            pieces[-1] += part
        else:
            pieces.append(part)
        glue = opens if not word else False
        run = spaced if word or run else False
    return pieces


def clusters(text: str) -> list[str]:
    """Split text into what a reader takes for one character each: a letter with its marks.

    Examples
    --------
    >>> clusters("ที่นี่"), len(clusters("caf" + "e\\u0301"))
    (['ที่', 'นี่'], 4)
    """
    if text.isascii():
        return list(text)
    found: list[str] = []
    before = ""
    for character in text:
        joined = before in _STACKING or (before == "\u200d" and not is_word(character))
        if before and not before.isspace() and (joined or is_mark(character)):
            found[-1] += character
        else:
            found.append(character)
        before = character
    return found


def owners(text: str, words: Sequence[str]) -> list[int] | None:
    """Return, for each word that :func:`split` finds in a text, which of the known words it belongs to.

    None where the text is not those words joined, whatever is between them.

    Examples
    --------
    >>> owners("今天天气很好。", ["今天", "天气", "很", "好。"]), owners("It's on.", ["It", "'s", "on."])
    ([0, 0, 1, 1, 2, 3], [0, 2])
    """
    pieces = split(text)
    if pieces == [*words]:
        return list(range(len(pieces)))
    bare = ["".join(word.split()) for word in words]
    if "".join(pieces) != "".join(bare):
        return None
    ends = np.cumsum([len(word) for word in bare])
    firsts = np.cumsum([0, *map(len, pieces[:-1])])
    return np.searchsorted(ends, firsts, side="right").tolist() if pieces else []


def positions(words: Iterable[str], phrases: Sequence[str]) -> list[list[tuple[int, int]]]:
    """Find where phrases are said: first word and last word (exclusive) of each place, for each phrase.

    Case and punctuation around words do not count. In scripts without spaces a phrase may begin and end
    inside a word.

    Examples
    --------
    >>> positions(["今天", "天气", "好。"], ["天气好", "气", "no"])
    [[(1, 3)], [(1, 2)], []]
    """
    known: dict[str, list[str]] = {}
    said: list[str] = []
    owner: list[int] = []
    places: dict[str, list[int]] = {}
    for number, word in enumerate(words):
        found = known.get(word)
        if found is None:
            found = known[word] = units(word)
        for unit in found:
            places.setdefault(unit, []).append(len(said))
            said.append(unit)
            owner.append(number)
    result: list[list[tuple[int, int]]] = []
    for phrase in phrases:
        wanted = units(phrase)
        size = len(wanted)
        starts = (i for i in places.get(wanted[0], ()) if said[i : i + size] == wanted) if wanted else ()
        result.append(list(dict.fromkeys((owner[i], owner[i + size - 1] + 1) for i in starts)))
    return result
