"""CHAT of TalkBank (CLAN): an utterance a line, with time marks for utterances and words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from aai_jupyter.interchange.readers.passages import NOBODY
from aai_jupyter.interchange.readers.talkbank import ISO3
from aai_jupyter.interchange.writers.content import ExportContent, SpokenTurn, SpokenWord, is_video
from aai_jupyter.interchange.writers.levels import passages

_MARK = "\x15"
_ENDS = {"?": "?", "!": "!", "？": "?", "！": "!", "؟": "?"}
# In CHAT these begin codes; what was said has them rarely, and never with that meaning.
_CODES = re.compile('[][<>(){}\x15"“”„«»@&*%+=/\\\\^|~$#]')
_TRAILING = re.compile(r"(?<![.!?…。！？؟,;:،、，；：—–-])[.!?…。！？؟,;:،、，；：—–-]+$")


def chat(contents: Sequence[ExportContent], file: str | None = None) -> str:
    """Return a CHAT file.

    Parameters
    ----------
    file : str, optional
        Name of the file without suffix. CLAN finds a recording of the same name only, so another one is
        named in a comment.

    Examples
    --------
    >>> from aai_jupyter import Transcript
    >>> from aai_jupyter.interchange.writers.content import content_of
    >>> word = {"text": "Why?", "start": 90, "end": 400, "speaker": "Ann"}
    >>> text = chat([content_of(Transcript.from_json({"words": [word], "language_code": "en"}))])
    >>> text.splitlines()[-3].replace(chr(21), "·")
    '*ANN:\\tWhy ? ·90_400·'
    """
    (content,) = contents
    language = ISO3.get((content.language or "")[:2].lower(), "und")
    codes = _codes(content.speakers)
    people = ", ".join(f"{code} {_one_word(name)} Participant" for name, code in codes.items())
    lines = [
        "@UTF8",
        "@Begin",
        f"@Languages:\t{language}",
        f"@Participants:\t{people or 'SPK Speaker Participant'}",
    ]
    lines += [f"@ID:\t{language}|aai_jupyter|{code}|||||Participant|||" for code in codes.values() or ["SPK"]]
    if content.media:
        kind = "video" if is_video(content.media) else "audio"
        name = _one_word(PurePath(content.media).stem)
        if file is None or name.casefold() == _one_word(file).casefold():
            lines.append(f"@Media:\t{name}, {kind}")
        else:
            lines.append(f"@Comment:\tRecording: {PurePath(content.media).name}")
    lines.append(f"@Comment:\t{content.provenance.line()}")
    said = sorted(passages(content, "sentences"), key=lambda one: one.start)
    for one in said:
        lines += _utterance(one, codes[one.speaker if one.speaker in codes else NOBODY] if codes else "SPK")
    return "\n".join([*lines, "@End"]) + "\n"


def _utterance(one: SpokenTurn, code: str) -> list[str]:
    words = [(text, word) for word in one.words for text in _bare(word.text).split()]
    if not words:
        return []
    end = one.text.rstrip("\"'”’»)]} ")[-1:]
    terminator = _ENDS.get(end, ".")
    main = " ".join(text for text, _ in words)
    lines = [f"*{code}:\t{main} {terminator} {_mark(one)}"]
    if all(len(_bare(word.text).split()) <= 1 for word in one.words):
        timed = " ".join(f"{text} {_mark(word)}" for text, word in words)
        lines.append(f"%wor:\t{timed} {terminator}")
    return lines


def _mark(one: SpokenTurn | SpokenWord) -> str:
    """Return the time of something, of a millisecond at least: CLAN knows no points of time."""
    return f"{_MARK}{one.start}_{max(one.end, one.start + 1)}{_MARK}"


def _bare(text: str) -> str:
    """Return a word as CHAT has it: without punctuation, which is a token of its own, and codes."""
    return _TRAILING.sub("", _CODES.sub("", text)).lstrip("-–—.,;:!?¿¡'’").strip()


def _codes(speakers: Sequence[str]) -> dict[str, str]:
    """Return a code of three capitals for each speaker."""
    found: dict[str, str] = {}
    for name in speakers:
        letters = "".join(char for char in name.upper() if char.isascii() and char.isalnum())
        base = (
            "SPK"
            if name == NOBODY or not letters
            else (letters + "XX")[:3]
            if len(letters) > 1
            else f"SP{letters}"
        )
        code, number = base, 0
        while code in found.values():
            number += 1
            code = f"{base[: 3 - len(str(number))]}{number}"
        found[name] = code
    return found


def _one_word(text: str) -> str:
    return "_".join(_CODES.sub("", text).replace(",", "").split()) or "Speaker"
