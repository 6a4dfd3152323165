"""CHAT, the format of CLAN and TalkBank: turns with time marks, and words where ``%wor`` has them."""

from __future__ import annotations

import re

from aai_jupyter.interchange.readers.document import Document
from aai_jupyter.interchange.readers.passages import ReadFile, ReadWord, TimedPassage, bare

_BULLET = re.compile("\x15[^\x15\\d]{0,40}(\\d{1,12})_(\\d{1,12})-?\x15")
_HIDDEN = re.compile("\x15[^\x15]{0,200}\x15")
_CODE = re.compile(r"\[[^\[\]]{0,300}\]")
_PAUSE = re.compile(r"\((?:\.{1,3}|\d{0,5}[.:]\d{0,5})\)")
_END = re.compile(r"(?<!\S)\+(?:\.\.\.|/\.|//\.|\.\.\?|/\?|//\?|!\?|\"/\.|\"\.|\"|\^|<|,|\+)(?!\S)")
ISO3 = {
    "ar": "ara", "bg": "bul", "ca": "cat", "cs": "ces", "cy": "cym", "da": "dan", "de": "deu", "el": "ell",
    "en": "eng", "es": "spa", "et": "est", "eu": "eus", "fa": "fas", "fi": "fin", "fr": "fra", "gl": "glg",
    "he": "heb", "hi": "hin", "hr": "hrv", "hu": "hun", "id": "ind", "it": "ita", "ja": "jpn", "ko": "kor",
    "lt": "lit", "lv": "lav", "ms": "msa", "nl": "nld", "no": "nor", "pl": "pol", "pt": "por", "ro": "ron",
    "ru": "rus", "sk": "slk", "sl": "slv", "sr": "srp", "sv": "swe", "ta": "tam", "te": "tel", "th": "tha",
    "tr": "tur", "uk": "ukr", "ur": "urd", "vi": "vie", "zh": "zho",
}  # fmt: skip
"""Languages as CHAT names them, by the service's codes."""
_LANGUAGES = {code: short for short, code in ISO3.items()}


_HEADERS = {
    mark.lower(): mark
    for mark in (
        "@Languages", "@Media", "@Participants", "@UTF8", "@Begin", "@End", "@ID", "@PID", "@Font",
        "@Options", "@Window", "@ColorWords",
    )
}  # fmt: skip
"""Headers by their small letters: old files have those."""


def is_chat(document: Document) -> bool:
    """Whether it has CHAT's headers."""
    return any(
        line.lower() in ("@utf8", "@begin") or line.startswith("@Languages:")
        for line in document.first_lines[:4]
    )


def read_chat(document: Document) -> ReadFile:
    """Read the main lines."""
    read = ReadFile("CHAT", problems=document.problems)
    names: dict[str, str] = {}
    here: TimedPassage | None = None
    for row, (mark, value) in enumerate(_joined(document.lines)):
        if mark.startswith("@"):
            _header(read, mark, value, names)
        elif mark.startswith("*"):
            here = _turn(read, value, mark[1:], row)
            if here is not None:
                read.passages.append(here)
        elif mark == "%wor" and here is not None:
            _words(read, here, value, row)
        elif mark.startswith("%"):
            read.note(f"{mark} lines", "left out", row)
    for passage in read.passages:
        passage.speaker = names.get(passage.speaker or "", passage.speaker)
    return read


def _joined(lines: list[str]) -> list[tuple[str, str]]:
    """Lines with their marks; those that begin with white space go on the line before."""
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if line[:1] in ("\t", " ") and found:
            found[-1][1].append(line.strip())
        elif line[:1] in ("@", "*", "%"):
            mark, _, value = line.partition(":")
            found.append((mark.strip(), [value.strip()]))
    return [(mark, " ".join(parts)) for mark, parts in found]


def _header(read: ReadFile, mark: str, value: str, names: dict[str, str]) -> None:
    mark = _HEADERS.get(mark.lower(), mark)
    if mark == "@Languages":
        code = re.split(r"[,\s]", value)[0]
        read.language = _LANGUAGES.get(code, code) if code not in ("", "und") else None
    elif mark == "@Media":
        read.media.append(value.split(",")[0].strip().strip('"'))
    elif mark == "@Participants":
        for one in value.split(","):
            words = one.split()
            # Code, name and role: a name is given only sometimes, and a role is no name.
            if len(words) == 3:
                names[words[0]] = words[1].replace("_", " ")
    elif mark not in (
        "@UTF8",
        "@Begin",
        "@End",
        "@ID",
        "@PID",
        "@Font",
        "@Options",
        "@Window",
        "@ColorWords",
    ):
        read.note(f"{mark} header", "left out")


def cleaned(text: str) -> str:
    """Return the words of a main line without CHAT's codes.

    Examples
    --------
    >>> cleaned("<the the> [/] the (be)cause &-um dog@s [: cat] (.) went +//.")
    'the the the because um dog went .'
    """
    text = _HIDDEN.sub(" ", text)
    text = _PAUSE.sub(" ", _CODE.sub(" ", text))
    text = _END.sub(" . ", text)
    words = []
    for word in text.replace("<", " ").replace(">", " ").split():
        word = word.removeprefix("&-").removeprefix("&+").removeprefix("&~")
        if word.startswith(("&=", "&*", "0", "+", "‡", "„")) and len(word) > 1 and not word[1:2].isdigit():
            continue
        word = re.sub(r"@[a-z:&+$]{1,20}$", "", word).replace("(", "").replace(")", "")
        word = word.replace("_", " ") if word.strip("_") else word
        if word.strip("‡„:^ʔ↑↓"):
            words.append(word)
    return " ".join(words)


def _turn(read: ReadFile, value: str, code: str, row: int) -> TimedPassage | None:
    times = [(float(a), float(b)) for a, b in _BULLET.findall(value)]
    text = cleaned(value)
    bare = " ".join(_HIDDEN.sub(" ", value).split())
    if text != bare:
        read.note("main lines", "codes of CHAT left out; the words were kept", row)
    if not any(map(str.isalnum, text)):
        read.note("main lines", "without words; left out", row)
        return None
    if not times:
        read.note("main lines", "without times", row)
    start, end = (times[0][0], times[-1][1]) if times else (None, None)
    return TimedPassage(_closed(text), start, end, code or None)


def _closed(text: str) -> str:
    """Marks at the word before them: CHAT sets them apart."""
    return re.sub(r"(?<!\s)\s+([.?!,;])(?=\s|$)", r"\1", text)


def _words(read: ReadFile, passage: TimedPassage, value: str, row: int) -> None:
    """Take the times of a ``%wor`` line, where its words are those of the main line."""
    found: list[ReadWord] = []
    place = 0
    for match in re.finditer("\x15(\\d{1,12})_(\\d{1,12})\x15", value):
        said = cleaned(value[place : match.start()])
        found += [ReadWord(word, float(match[1]), float(match[2])) for word in said.split()[-1:]]
        place = match.end()

    own = passage.text.split()
    if list(map(bare, own)) == [bare(word.text) for word in found]:
        passage.words = [word._replace(text=text) for word, text in zip(found, own, strict=True)]
    else:
        read.note("%wor lines", "other words than the main line; left out", row)
