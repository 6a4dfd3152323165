"""TTML and its profiles (IMSC, EBU-TT-D, DFXP), and YouTube's timed text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aai_jupyter.interchange.readers.caption_text import add_captions, undashed
from aai_jupyter.interchange.readers.clock import number_ms
from aai_jupyter.interchange.readers.document import Document, local_name
from aai_jupyter.interchange.readers.json_values import dicts, text_in
from aai_jupyter.interchange.readers.passages import ReadFile, ReadWord, TimedPassage
from aai_jupyter.text.sanitize import unescaped

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_CLOCK = re.compile(r"(\d{1,5}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9})|[:;](\d{1,3})(?:\.\d{1,3})?)?")
_OFFSET = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)(h|ms|m|s|f|t)")
_UNITS = {"h": 3_600_000.0, "m": 60_000.0, "s": 1000.0, "ms": 1.0}
DEEPEST = 60


@dataclass(frozen=True)
class _Rates:
    frames: float
    ticks: float


def is_ttml(document: Document) -> bool:
    """Whether the root is ``tt``."""
    return document.xml is not None and local_name(document.xml.tag) == "tt"


def read_ttml(document: Document) -> ReadFile:
    """Read the paragraphs of a TTML document; times of a part count from the start of the one around it."""
    root = document.xml
    assert root is not None
    read = ReadFile("TTML", problems=document.problems)
    attributes = {local_name(name): value for name, value in root.attrib.items()}
    read.language = (attributes.get("lang") or "").lower() or None
    rates = _rates(attributes)
    names = {
        _id(agent): " ".join("".join(agent.itertext()).split()) or _id(agent)
        for agent in root.iter()
        if local_name(agent.tag) == "agent"
    }
    plain: list[tuple[list[str], float | None, float | None]] = []
    body = next((one for one in root if local_name(one.tag) == "body"), None)
    waiting: list[tuple[Element, float, float | None, str | None, int]] = []
    if body is not None:
        waiting.append((body, 0.0, None, None, 0))
    row = 0
    while waiting:
        element, begin, until, speaker, depth = waiting.pop()
        start, end = _span(element, begin, until, rates)
        speaker = _agent(element, names) or speaker
        if local_name(element.tag) == "p":
            row += 1
            if shared := _shared(element, names):
                read.passages += [TimedPassage(undashed(text), start, end, who) for who, text in shared]
                continue
            passage = _paragraph(element, start, end, speaker, rates)
            if passage.start is None or _untimed(element, begin, until, start, end):
                read.note("captions", "without times", row)
                passage.start = passage.end = None
            if not passage.text.strip():
                read.note("captions", "empty; left out", row)
            elif passage.words is None and speaker is None:
                plain.append((passage.text.split("\n"), passage.start, passage.end))
            else:
                read.passages.append(passage)
        elif depth < DEEPEST:
            waiting += [(one, start, end, speaker, depth + 1) for one in reversed(element)]
        else:
            read.note("captions", "nested too deeply; left out")
    add_captions(read, plain, tags=False)
    read.passages.sort(key=lambda passage: passage.start or 0.0)
    return read


def _agent(element: Element, names: dict[str, str]) -> str | None:
    agent = next((value for name, value in element.attrib.items() if local_name(name) == "agent"), None)
    return " ".join(names.get(one, one) for one in agent.split()) if agent else None


def _shared(element: Element, names: dict[str, str]) -> list[tuple[str | None, str]]:
    """What several people say in one paragraph: spans with an agent each, and no times of their own."""
    if not any(_agent(one, names) for one in element):
        return []
    outside = (element.text or "") + "".join(one.tail or "" for one in element)
    if outside.strip() or any(one.get("begin") for one in element.iter() if one is not element):
        return []
    found: list[tuple[str | None, str]] = []
    for one in element:
        text = " ".join("".join(one.itertext()).split())
        who = _agent(one, names)
        if found and text and found[-1][0] == who:
            found[-1] = (who, f"{found[-1][1]} {text}")
        elif text:
            found.append((who, text))
    return found


def _id(element: Element) -> str:
    return next((value for name, value in element.attrib.items() if local_name(name) == "id"), "")


def _rates(attributes: dict[str, str]) -> _Rates:
    def number(name: str, default: float) -> float:
        value = attributes.get(name, "")
        return float(value) if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", value) and float(value) > 0 else default

    frames = number("frameRate", 30.0)
    if pair := re.fullmatch(r"(\d{1,6})[ :](\d{1,6})", attributes.get("frameRateMultiplier", "")):
        frames *= int(pair[1]) / max(1, int(pair[2]))
    return _Rates(frames or 30.0, number("tickRate", frames if "frameRate" in attributes else 1.0))


def _time(text: str | None, rates: _Rates) -> float | None:
    if not text:
        return None
    if match := _CLOCK.fullmatch(text.strip()):
        hours, minutes, seconds, fraction, frame = match.groups()
        ms = ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000.0
        ms += int(fraction) * 1000 / 10 ** len(fraction) if fraction else 0
        return ms + (int(frame) * 1000 / rates.frames if frame else 0)
    if match := _OFFSET.fullmatch(text.strip()):
        value, unit = float(match[1]), match[2]
        if unit == "f":
            return value * 1000 / rates.frames
        return value * 1000 / rates.ticks if unit == "t" else value * _UNITS[unit]
    return None


def _span(element: Element, begin: float, until: float | None, rates: _Rates) -> tuple[float, float | None]:
    first = _time(element.get("begin"), rates)
    start = begin + (first or 0.0)
    last, length = _time(element.get("end"), rates), _time(element.get("dur"), rates)
    ends = [begin + last] if last is not None else []
    ends += [start + length] if length is not None else []
    ends += [until] if until is not None else []
    return start, min(ends) if ends else None


def _untimed(element: Element, begin: float, until: float | None, start: float, end: float | None) -> bool:
    own = any(element.get(name) for name in ("begin", "end", "dur"))
    inside = any(one.get("begin") for one in element.iter())
    return not own and not inside and begin == 0.0 and until is None


def _paragraph(
    element: Element, start: float, end: float | None, speaker: str | None, rates: _Rates
) -> TimedPassage:
    """Return the text of a paragraph, and its words where spans have times."""
    words: list[ReadWord] = []
    pieces: list[str] = []
    timed = False

    def say(text: str | None, first: float | None, last: float | None) -> None:
        if not text:
            return
        text = " ".join(("x" + text + "x").split())[1:-1]
        glued = bool(pieces) and bool(words) and not pieces[-1][-1:].isspace() and not text[:1].isspace()
        pieces.append(text)
        said = [text.strip()] if first is not None else text.split()
        for part in filter(None, said):
            if glued:  # a syllable
                last_word = words.pop()
                begin = last_word.start if last_word.start is not None else first
                words.append(ReadWord(last_word.text + part, begin, last_word.end if last is None else last))
            else:
                words.append(ReadWord(part, first, last))
            glued = False

    say(element.text, None, None)
    waiting = [(one, start, end, None, None, False) for one in reversed(element)][:10_000]
    while waiting:
        one, begin, until, first, last, tail = waiting.pop()
        if tail:
            say(one.tail, first, last)
            continue
        waiting.append((one, begin, until, first, last, True))
        if local_name(one.tag) == "br":
            pieces.append("\n")
            continue
        if local_name(one.tag) == "metadata":
            continue
        low, high = _span(one, begin, until, rates)
        own = one.get("begin") is not None
        timed = timed or own
        inner = (low, high) if own else (first, last)
        say(one.text, *inner)
        waiting += [(child, low, high, *inner, False) for child in reversed(one)]
    text = "".join(pieces)
    # What stands outside of the timed spans has no time; a word over two spans has both.
    passage = TimedPassage(text, start, end, speaker)
    if timed:
        passage.words = words
        known = [word.start for word in words if word.start is not None]
        if element.get("begin") is None and known:
            passage.start = min(known)
            passage.end = max((word.end for word in words if word.end is not None), default=end)
    return passage


def is_youtube(document: Document) -> bool:
    """Whether the root is YouTube's ``transcript`` or ``timedtext``."""
    root = document.xml
    if root is None:
        return False
    kinds = {local_name(one.tag) for one in list(root)[:20]}
    return (local_name(root.tag), "text" in kinds) == ("transcript", True) or local_name(
        root.tag
    ) == "timedtext"


def read_youtube(document: Document) -> ReadFile:
    """Read YouTube's timed text (srv1 to srv3)."""
    root = document.xml
    assert root is not None
    read = ReadFile("YouTube timed text", problems=document.problems)
    plain: list[tuple[list[str], float | None, float | None]] = []
    for one in root.iter():
        kind = local_name(one.tag)
        if kind not in ("text", "p"):
            continue
        seconds = kind == "text" and "start" in one.attrib
        scale = 1000.0 if seconds else 1.0
        start = number_ms(one.get("start") or one.get("t"), scale)
        length = number_ms(one.get("dur") or one.get("d"), scale)
        text = "".join(one.itertext())
        parts = [part for part in one if local_name(part.tag) == "s"]
        end = start + length if start is not None and length is not None else None
        if parts and start is not None:
            starts = [start + (number_ms(part.get("t"), 1.0) or 0.0) for part in parts]
            words = [
                ReadWord((part.text or "").strip(), begin, until)
                for part, begin, until in zip(parts, starts, [*starts[1:], end], strict=True)
            ]
            read.passages.append(TimedPassage(text, start, end, words=[word for word in words if word.text]))
        elif text.strip():
            # Its older form escapes twice: "I&amp;#39;m".
            plain.append((unescaped(text).split("\n"), start, end))
    add_captions(read, plain)
    read.passages.sort(key=lambda passage: passage.start or 0.0)
    return read


def is_json3(value: Any) -> bool:
    """Whether it is YouTube's timed text as JSON: events of segments."""
    events = value.get("events") if isinstance(value, Mapping) else None
    return isinstance(events, list) and any(isinstance(one, Mapping) and "segs" in one for one in events[:20])


def read_json3(document: Document, value: Mapping[str, Any]) -> ReadFile:
    """Read events; those that only break a line are no speech."""
    read = ReadFile("YouTube timed text", problems=document.problems)
    plain: list[tuple[list[str], float | None, float | None]] = []
    for event in dicts(value["events"]):
        start, length = number_ms(event.get("tStartMs"), 1.0), number_ms(event.get("dDurationMs"), 1.0)
        parts = [(text_in(part.get("utf8")), part.get("tOffsetMs")) for part in dicts(event.get("segs"))]
        text = "".join(said for said, _ in parts)
        if not text.strip():
            continue
        end = start + length if start is not None and length is not None else None
        if len(parts) == 1 or start is None:
            plain.append((text.split("\n"), start, end))
            continue
        starts = [start + (number_ms(offset, 1.0) or 0.0) for _, offset in parts]
        words = [
            ReadWord(said.strip(), begin, until)
            for (said, _), begin, until in zip(parts, starts, [*starts[1:], end], strict=True)
            if said.strip()
        ]
        read.passages.append(TimedPassage(text, start, end, words=words))
    add_captions(read, plain)
    read.passages.sort(key=lambda passage: passage.start or 0.0)
    return read
