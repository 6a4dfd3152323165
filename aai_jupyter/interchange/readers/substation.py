"""SubStation Alpha (SSA and ASS): names of speakers, and words with karaoke times."""

from __future__ import annotations

import re

from aai_jupyter.interchange.readers.caption_text import add_captions, undashed
from aai_jupyter.interchange.readers.clock import clock_ms
from aai_jupyter.interchange.readers.document import Document
from aai_jupyter.interchange.readers.passages import ReadFile, ReadWord, TimedPassage

_OVERRIDE = re.compile(r"\{([^{}]{0,2000})\}")
_KARAOKE = re.compile(r"\\(?:k|K|kf|ko|kt)(\d{1,7})")
_DRAWING = re.compile(r"\\p[1-9]")
_FIELDS = ("Layer", "Start", "End", "Style", "Name", "MarginL", "MarginR", "MarginV", "Effect", "Text")


def is_ass(document: Document) -> bool:
    """Whether a section of such a file comes early."""
    return any(line.lower() in ("[script info]", "[v4+ styles]", "[events]") for line in document.first_lines)


def read_ass(document: Document) -> ReadFile:
    """Read the dialogue."""
    read = ReadFile("SubStation Alpha (ASS)", problems=document.problems)
    fields = [name.lower() for name in _FIELDS]
    section, row = "", 0
    plain: list[tuple[list[str], float | None, float | None]] = []
    for line in document.lines:
        text = line.strip()
        if text.startswith("[") and text.endswith("]"):
            section = text.lower()
            if section in ("[fonts]", "[graphics]"):
                read.note(section, "left out")
            continue
        kind, colon, value = text.partition(":")
        if not colon:
            continue
        if kind.lower() in ("audio file", "video file") and value.strip():
            read.media.append(value.strip())
        if section != "[events]":
            continue
        if kind == "Format":
            fields = [name.strip().lower() for name in value.split(",")]
        elif kind == "Dialogue":
            found = _dialogue(read, fields, value, row)
            row += 1
            if found is not None and found.words is None and found.speaker is None:
                plain.append((re.split(r"\\[Nn]", found.text), found.start, found.end))
            elif found is not None:
                found.text = found.text.replace("\\N", " ").replace("\\n", " ")
                read.passages.append(found)
        elif kind in ("Comment", "Picture", "Sound", "Movie", "Command"):
            read.note("events", f"{kind} lines left out", row)
    add_captions(read, plain)
    read.passages.sort(key=lambda passage: passage.start or 0.0)
    return read


def _dialogue(read: ReadFile, fields: list[str], value: str, row: int) -> TimedPassage | None:
    parts = dict(zip(fields, value.strip().split(",", len(fields) - 1), strict=False))
    raw = parts.get("text", "")
    if _DRAWING.search(raw):
        read.note("events", "drawings left out", row)
        return None
    start, end = clock_ms(parts.get("start", "")), clock_ms(parts.get("end", ""))
    speaker = (parts.get("name") or parts.get("actor") or "").strip() or None
    text = _OVERRIDE.sub("", raw).replace("\\h", " ")
    words = _sung(raw, start, dashed=speaker is not None) if _KARAOKE.search(raw) else None
    if text != raw and words is None:
        read.note("events", "formatting was left out; the words were kept", row)
    if not text.strip():
        read.note("events", "without text; left out", row)
        return None
    return TimedPassage(undashed(text) if speaker is not None else text, start, end, speaker, words)


def _sung(raw: str, start: float | None, *, dashed: bool) -> list[ReadWord] | None:
    """Words from karaoke marks; a word of several syllables lasts from its first to its last.

    With `dashed`, a dash at the beginning is a mark of who speaks, no part of the word.
    """
    if start is None:
        return None
    clock, length = start, 0.0
    pieces: list[tuple[str, float, float]] = []
    for number, part in enumerate(_OVERRIDE.split(raw)):
        if number % 2:
            for mark in _KARAOKE.findall(part):
                clock, length = clock + length, 10.0 * int(mark)
        elif part:
            pieces.append(
                (part.replace("\\N", " ").replace("\\n", " ").replace("\\h", " "), clock, clock + length)
            )
    if dashed and pieces:
        pieces[0] = (undashed(pieces[0][0]) if pieces[0][0].strip() != "-" else "", *pieces[0][1:])
    words: list[ReadWord] = []
    glued = False
    for piece, begin, end in pieces:
        for place, text in enumerate(piece.split()):
            if glued and place == 0 and not piece[0].isspace() and words:
                words[-1] = words[-1]._replace(text=words[-1].text + text, end=end)
            else:
                words.append(ReadWord(text, begin, end))
        glued = not piece[-1].isspace() if piece.strip() else False if piece else glued
    return words
