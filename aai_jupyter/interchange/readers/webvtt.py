"""WebVTT: voices, words with times of their own, and the captions of Zoom, Teams, Webex and YouTube."""

from __future__ import annotations

import re
from itertools import pairwise

from aai_jupyter.interchange.readers import noscribe
from aai_jupyter.interchange.readers.caption_text import add_captions, undashed
from aai_jupyter.interchange.readers.clock import clock_ms
from aai_jupyter.interchange.readers.document import Document
from aai_jupyter.interchange.readers.passages import ReadFile, ReadWord, TimedPassage
from aai_jupyter.text.sanitize import unescaped

_STAMP = r"-?(?:\d{1,5}:)?(?:\d{1,3}:\d{1,2}(?:[.,]\d{1,6})?|\d{1,6}[.,]\d{1,6})"
_ARROW = re.compile(rf"[ \t]{{0,40}}({_STAMP})[ \t]{{0,40}}-->[ \t]{{0,40}}({_STAMP})(.*)")
_TAG = re.compile(r"<([^<>]{0,300})>")
_VOICE = re.compile(r"v(?:\.[^ \t]{1,80})?[ \t]+(.{1,200})", re.DOTALL)
_WEBEX = re.compile(r'(?:\d{1,7}[ ]{1,3})?"([^"]{1,80})"(?:[ ]{0,3}\(\d{1,20}\))?')
_MEDIA = re.compile(r"(?:media|audio|video|file|source)[ \t]{0,3}:[ \t]{0,3}(\S.{0,400})", re.IGNORECASE)


def is_vtt(document: Document) -> bool:
    """Whether it begins with WEBVTT."""
    return document.head.startswith("WEBVTT")


def read_vtt(document: Document) -> ReadFile:
    """Read WebVTT captions."""
    read = ReadFile("WebVTT", problems=document.problems)
    captions: list[tuple[list[str], float | None, float | None]] = []
    rich: list[TimedPassage] = []
    last: tuple[str, ...] = ()
    rolling = any(re.search(r"<\d{1,3}:\d\d", line) for line in document.lines)
    language = re.search(r"^Language:[ \t]{0,3}([A-Za-z-]{2,20})[ \t]*$", document.head[:400], re.MULTILINE)
    read.language = language[1].lower() if language else None
    for row, block in enumerate(_blocks(document.lines)):
        place = next(
            (n for n, line in enumerate(block[:3]) if "-->" in line and _ARROW.fullmatch(line)), None
        )
        if place is None:
            _other(read, block, row)
            continue
        match = _ARROW.fullmatch(block[place])
        assert match
        start, end = clock_ms(match[1]), clock_ms(match[2])
        if match[3].strip():
            read.note("captions", "cue settings (position, alignment) were left out", row)
        lines = block[place + 1 :]
        who = _WEBEX.fullmatch(block[place - 1].strip()) if place else None
        if rolling:
            lines, last = _new_lines(lines, last)
            if not any(line.strip() for line in lines):
                read.note("captions", "lines that roll up were taken once", row)
                continue
        if any("<" in line for line in lines) or "&" in "".join(lines) or who:
            found = _spoken(read, "\n".join(lines), start, end, who[1] if who else None, row)
            rich += found
            if len(found) == 1 and found[0].speaker is None and found[0].words is None:
                rich.pop()
                captions.append((found[0].text.split("\n"), start, end))
        else:
            captions.append((lines, start, end))
    add_captions(read, captions)
    read.passages += rich
    if noscribe.SIGNATURE in document.head[:2000]:
        noscribe.split_captions(read)
    read.passages.sort(key=lambda passage: passage.start or 0.0)
    return read


def _blocks(lines: list[str]) -> list[list[str]]:
    """Split at blank lines; a line of times begins a block, too, as not every program writes blanks."""
    blocks: list[list[str]] = []
    here: list[str] = []
    for line in lines:
        if not line.strip():
            if here:
                blocks.append(here)
            here = []
            continue
        if "-->" in line and here and any("-->" in one for one in here) and _ARROW.fullmatch(line):
            named = [here.pop()] if here[-1].strip().isdecimal() else []
            blocks.append(here)
            here = named
        here.append(line)
    return [*blocks, here] if here else blocks


def _other(read: ReadFile, block: list[str], row: int) -> None:
    first = block[0].split()[0] if block[0].split() else ""
    if row == 0 and first.startswith("WEBVTT"):
        return
    if first in ("NOTE", "STYLE", "REGION"):
        read.note("captions", f"{first} block left out", row)
        for line in block:
            if found := _MEDIA.search(line):
                read.media.append(found[1].split(" (Language:")[0].strip())
    elif not all(line.strip().isdecimal() for line in block):
        read.note("captions", f"text without a time left out: {' '.join(block)[:60]!r}", row)


def _new_lines(lines: list[str], last: tuple[str, ...]) -> tuple[list[str], tuple[str, ...]]:
    """Return the lines that the caption before did not show yet, and those that it shows."""
    shown = tuple(" ".join(_TAG.sub("", line).split()) for line in lines)
    known = set(last)
    return [line for line, text in zip(lines, shown, strict=True) if text and text not in known], shown


def _spoken(
    read: ReadFile, text: str, start: float | None, end: float | None, who: str | None, row: int
) -> list[TimedPassage]:
    """Take a caption with tags apart: voices and times within it."""
    found = [TimedPassage("", start, end, who)]
    stamps: list[tuple[int, float]] = []
    formatted = False

    def close(passage: TimedPassage) -> None:
        passage.text = passage.text.strip()
        if passage.speaker is not None and not stamps:
            passage.text = undashed(passage.text)
        if stamps:
            passage.words = _stamped(passage.text, stamps, start, end)
        stamps.clear()

    parts = _TAG.split(text)
    for number, part in enumerate(parts):
        here = found[-1]
        if number % 2 == 0:
            here.text += unescaped(part) if here.text else unescaped(part).lstrip()
            continue
        if (voice := _VOICE.fullmatch(part)) is not None:
            name = " ".join(unescaped(voice[1]).split()) or None
            if here.text.strip():
                close(here)
                found.append(TimedPassage("", start, end, name))
            else:
                here.speaker = name
        elif part[:1].isdigit() and (time := clock_ms(part)) is not None:
            stamps.append((len(here.text), time))
        elif part != "/v":
            formatted = True
    close(found[-1])
    if formatted:
        read.note("captions", "formatting was left out; the words were kept", row)
    kept = [passage for passage in found if passage.text]
    if not kept:
        read.note("captions", "empty; left out", row)
    return kept


def _stamped(
    text: str, stamps: list[tuple[int, float]], start: float | None, end: float | None
) -> list[ReadWord]:
    """Words whose starts are marked within the caption."""
    bounds: list[tuple[int, float | None]] = [(0, start), *stamps, (len(text), end)]
    words = []
    for (at, begin), (to, until) in pairwise(bounds):
        if said := text[at:to].strip():
            words.append(ReadWord(said, begin, until))
    return words
