"""Formats of speech research: RTTM (who spoke when), CTM (words), STM (turns), SegLST; and label tracks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from aai_jupyter.interchange.readers.clock import number_ms
from aai_jupyter.interchange.readers.document import Document
from aai_jupyter.interchange.readers.json_values import share
from aai_jupyter.interchange.readers.name_prefix import split_prefix
from aai_jupyter.interchange.readers.passages import ReadFile, ReadWord, TimedPassage, grouped

_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,12})?")
_BRANCHES = ("<ALT_END>", "<ALT_BEGIN>", "<ALT>")
_TAGGED = re.compile(r"((?:[^;\\&]|\\.)+);[\w;=-]+")
"""A word with what NIST's tools put behind it: ``THEY;tag1``."""
_RTTM = frozenset(
    [
        "SPEAKER",
        "LEXEME",
        "NON-LEX",
        "NON-SPEECH",
        "SPKR-INFO",
        "SEGMENT",
        "NOSCORE",
        "NO_RT_METADATA",
        "FILLER",
        "EDIT",
        "SU",
        "CB",
        "IP",
        "A/P",
    ]
)


def _rows(document: Document) -> list[list[str]]:
    return [line.split() for line in document.lines if line.strip() and not line.startswith(";;")]


def _head(document: Document) -> list[list[str]]:
    return [line.split() for line in document.first_lines[:30] if not line.startswith((";;", "#"))]


def _recording(read: ReadFile, names: Sequence[str]) -> str | None:
    """The recording that is read; further ones in the file are named in the problems."""
    counts = Counter(names)
    if not counts:
        return None
    first = names[0]
    if others := [name for name in counts if name != first]:
        left = sum(counts[name] for name in others)
        shown = ", ".join(others[:3]) + (" ..." if len(others) > 3 else "")
        read.note(
            "recordings",
            f"only {first!r} was read; {left} rows of {len(others)} others were left out ({shown})",
        )
    return first


def is_rttm(document: Document) -> bool:
    """Whether lines begin with RTTM's types and have its nine or ten fields."""
    rows = _head(document)
    return bool(rows) and all(row[0] in _RTTM and 8 <= len(row) <= 10 for row in rows)


def read_rttm(document: Document) -> ReadFile:
    """Read speaker turns, which have no text, and lexemes, which have; words come from a CTM beside it."""
    read = ReadFile("RTTM", problems=document.problems)
    rows = _rows(document)
    only = _recording(read, [row[1] for row in rows if row[0] in ("SPEAKER", "LEXEME") and len(row) > 7])
    turns, words = [], []
    for number, row in enumerate(rows):
        if len(row) < 8 or row[1] != only:
            continue
        start, length = number_ms(row[3]), number_ms(row[4])
        if start is None or row[0] not in ("SPEAKER", "LEXEME"):
            read.note("rows", f"{row[0][:20]} left out", number)
            continue
        end = start + (length or 0.0)
        if row[0] == "SPEAKER":
            turns.append((start, end, _known(row[7])))
        else:
            words.append(ReadWord(row[5], start, end, speaker=_known(row[7])))
    if document.beside is not None and is_ctm(document.beside):
        words = _ctm_words(read, document.beside, only)
    if words:
        words.sort(key=lambda word: word.start or 0.0)
        read.format = "CTM with RTTM" if document.beside is not None else "RTTM"
        read.passages = grouped(_spoken(word, turns) for word in words)
        read.flat = True
        return read
    for start, end, who in turns:
        read.add("…", start, end, who)
    if turns:
        read.note("turns", "the file says who spoke when, not what: each turn has '…' as its text")
    return read


def _known(name: str) -> str | None:
    return None if name in ("<NA>", "NA", "null") else name


def _spoken(word: ReadWord, turns: list[tuple[float, float, str | None]]) -> ReadWord:
    if word.speaker is not None or word.start is None:
        return word
    middle = (word.start + (word.end if word.end is not None else word.start)) / 2
    inside = [turn for turn in turns if turn[0] <= middle < turn[1]]
    if not inside:
        return word
    return word._replace(speaker=min(inside, key=lambda turn: turn[1] - turn[0])[2])


def is_ctm(document: Document) -> bool:
    """Whether lines are recording, channel, start, duration, word (and confidence)."""
    rows = _head(document)
    timed = [row for row in rows if not (len(row) == 5 and row[4] in _BRANCHES)]
    return bool(timed) and all(
        5 <= len(row) <= 8 and _NUMBER.fullmatch(row[2]) is not None and _NUMBER.fullmatch(row[3]) is not None
        for row in timed
    )


def read_ctm(document: Document) -> ReadFile:
    """Read words; who spoke comes from an RTTM beside it."""
    if document.beside is not None and is_rttm(document.beside):
        return read_rttm(Document(document.beside.data, document.beside.name, document, document.problems))
    read = ReadFile("CTM", problems=document.problems, flat=True)
    channels = _ctm_channels(read, document, None)
    for channel, words in channels.items():
        read.passages += grouped(words, channel if len(channels) > 1 else None)
    read.passages.sort(key=lambda passage: passage.start or 0.0)
    return read


def _ctm_words(read: ReadFile, document: Document, only: str | None) -> list[ReadWord]:
    words = [word for channel in _ctm_channels(read, document, only).values() for word in channel]
    return sorted(words, key=lambda word: word.start or 0.0)


def _ctm_channels(read: ReadFile, document: Document, only: str | None) -> dict[str, list[ReadWord]]:
    """Words of one recording by their channel; of alternatives, the first is what was said."""
    rows = _rows(document)
    names = [row[0] for row in rows if len(row) >= 5]
    if only is None or only not in names:
        only = _recording(read, names)
    channels: dict[str, list[ReadWord]] = {}
    branch = 0
    for number, row in enumerate(rows):
        if row[0] != only:
            continue
        if len(row) == 5 and row[4] in _BRANCHES:
            branch = _BRANCHES.index(row[4])
            continue
        if branch == _BRANCHES.index("<ALT>"):
            read.note("rows", "further alternatives left out", number)
            continue
        start, length = (number_ms(row[2]), number_ms(row[3])) if len(row) >= 5 else (None, None)
        if start is None or length is None:
            read.note("rows", "not a word with its time; left out", number)
            continue
        sure = share(row[5]) if len(row) > 5 else None
        who = _known(row[7]) if len(row) > 7 else None
        text = row[4]
        if (tagged := _TAGGED.fullmatch(text)) is not None:
            read.note("rows", "tags behind the words left out", number)
            text = tagged[1]
        text = text.replace("\\;", ";")
        channels.setdefault(row[1], []).append(ReadWord(text, start, start + length, sure, who))
    for words in channels.values():
        words.sort(key=lambda word: word.start or 0.0)
    return channels


def chosen(text: str) -> str:
    """Return the first of each alternative of an STM; what may be missing stands without parentheses.

    Examples
    --------
    >>> chosen("{ um / uh } so (you) { i am / { i'm / @ } } here")
    'um so you i am here'
    """
    if "{" not in text and "(" not in text:
        return text
    kept: list[str] = []
    branches: list[bool] = []  # for each alternative that is open: whether its first branch is over
    for token in re.findall(r"[{}]|[^\s{}]+", text):
        if token == "{":
            branches.append(False)
        elif token == "}" and branches:
            branches.pop()
        elif token == "/" and branches:
            branches[-1] = True
        elif not any(branches) and token not in ("@", "}"):
            kept.append(
                re.sub(r"^\((?=[^()]+\)$)|(?<=[^()])\)$", "", token) if token.startswith("(") else token
            )
    return " ".join(kept)


def is_stm(document: Document) -> bool:
    """Whether lines are recording, channel, speaker, start, end, (label,) text."""
    rows = _head(document)
    return bool(rows) and all(
        len(row) >= 5 and _NUMBER.fullmatch(row[3]) is not None and _NUMBER.fullmatch(row[4]) is not None
        for row in rows
    )


def read_stm(document: Document) -> ReadFile:
    """Read turns."""
    read = ReadFile("STM", problems=document.problems)
    rows = [line.split(None, 5) for line in document.lines if line.strip() and not line.startswith(";;")]
    only = _recording(read, [row[0] for row in rows if len(row) > 4])
    for number, row in enumerate(rows):
        if row[0] != only:
            continue
        start, end = (number_ms(row[3]), number_ms(row[4])) if len(row) > 4 else (None, None)
        text = re.sub(r"^<[^<>\s]{0,200}>\s*", "", row[5]) if len(row) > 5 else ""
        if (said := chosen(text)) != text:
            read.note("rows", "the first of each alternative was taken; optional words were kept", number)
            text = said
        if start is None or not text.strip() or text.strip().lower() == "ignore_time_segment_in_scoring":
            read.note("rows", "without text or time; left out", number)
            continue
        read.add(text, start, end, None if row[2] in ("inter_segment_gap",) else row[2])
    return read


def is_seglst(value: Any) -> bool:
    """Whether it is a list of segments whose ``words`` is text."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(row, dict) and isinstance(row.get("words"), str) for row in value[:50])
    )


def read_seglst(document: Document, value: list[Any]) -> ReadFile:
    """Read SegLST."""
    read = ReadFile("SegLST", problems=document.problems)
    rows = [row for row in value if isinstance(row, dict)]
    only = _recording(read, [str(row.get("session_id")) for row in rows])
    for number, row in enumerate(rows):
        if str(row.get("session_id")) != only:
            continue
        start, end = number_ms(row.get("start_time")), number_ms(row.get("end_time"))
        who = row.get("speaker")
        if not str(row.get("words") or "").strip():
            read.note("segments", "without words; left out", number)
            continue
        read.add(str(row["words"]), start, end, None if who is None else str(who))
    return read


def is_labels(document: Document) -> bool:
    """Whether lines are start, end and text between tabs: Audacity's labels, or Whisper's TSV."""
    lines = [line.split("\t") for line in document.first_lines[:20]]
    lines = lines[1:] if lines and lines[0][:3] == ["start", "end", "text"] else lines
    lines = [line for line in lines if line[0] != "\\"]
    return bool(lines) and all(
        len(line) >= 2 and _NUMBER.fullmatch(line[0]) is not None and _NUMBER.fullmatch(line[1]) is not None
        for line in lines
    )


def read_labels(document: Document) -> ReadFile:
    """Read Audacity's labels (seconds) or Whisper's TSV (milliseconds, with a head)."""
    head = document.first_lines[0].split("\t")[:3] == ["start", "end", "text"]
    read = ReadFile("Whisper TSV" if head else "Audacity labels", problems=document.problems)
    for number, line in enumerate(document.lines):
        parts = line.split("\t")
        if not line.strip() or (head and parts[0] == "start"):
            continue
        start, end = (number_ms(part, 1.0 if head else 1000.0) for part in [*parts, ""][:2])
        text = "\t".join(parts[2:]).strip()
        if start is None or not text:
            what = "frequencies of a label left out" if parts[0] == "\\" else "without text or time; left out"
            read.note("labels", what, number)
            continue
        who, said = (None, text) if head else split_prefix(text)
        read.passages.append(TimedPassage(said, start, end, who))
    return read
