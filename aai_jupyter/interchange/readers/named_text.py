"""Text with times and names, as people and meeting programs write it.

Otter, Descript, Zoom, Teams, Meet, Webex, Rev, Trint, Sonix, MAXQDA, f4, NVivo, noScribe, aTrain, oTranscribe
and YouTube differ in where the time stands and what is around it, so these are rules of lines, not formats:

======================================  =======================================
``[00:01:02] Ann: text``                time first, with or without a name
``00:01:02 --> 00:01:05`` / Ann / text  two times, then name and text below
``Ann  0:12`` / text                    name and time, text below
``Ann: text #00:00:12-5#``              time at the end of the paragraph (f4)
``Ann: text``                           names alone
======================================  =======================================
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from aai_jupyter.interchange.readers import noscribe
from aai_jupyter.interchange.readers.clock import clock_ms
from aai_jupyter.interchange.readers.document import Document
from aai_jupyter.interchange.readers.name_prefix import LABEL, MOST_WORDS, is_name, names_in_use, split_prefix
from aai_jupyter.interchange.readers.passages import ReadFile, TimedPassage
from aai_jupyter.interchange.readers.typed_lines import frame_rate, plain_lines, without_said_times

_T = r"\d{1,4}:\d{1,2}(?::\d{1,2})?(?:[.,]\d{1,3}|-\d{1,3}(?=[#\])]))?"
_LEAD = re.compile(
    rf"[\[(<#*{{]{{0,3}}({_T})(?:[ \t]{{0,5}}(?:-{{1,2}}>|–|—|-|~|,|to|bis)[ \t]{{0,5}}({_T}))?"
    rf"(?:[ ]?[AaPp][Mm]\b)?[\])>#*}}]{{0,3}}(?:[ \t]{{0,20}}[-–—:|](?=[ \t]))?[ \t]{{0,60}}(.*)",
    re.DOTALL,
)
_NAME_TIME = re.compile(
    r"(?:\*\*)?\[?([^\W_][^\t:\[\]()#]{0,60}?)\]?(?:\*\*)?"
    r"(?:[ \t]{1,20}|:[ \t]{0,20}|[ ]{0,3}[-–|,•·][ ]{1,3})"
    rf"[\[(#]?({_T})(?:[ \t]{{0,3}}[-–][ \t]{{0,3}}({_T}))?(?:[ ]?[AaPp][Mm]\b)?[\])#]?:?"
    r"(?:[ \t]{1,60}(.*))?",
    re.DOTALL,
)
_OF_PROGRAM = re.compile(
    r"(?:Meeting|Transcription) ended (?:after|at) .{1,30}"
    r"|This editable transcript was computer generated.{0,120}"
    r"|Transcribed (?:by|with) (?:https?://\S{1,80}|noScribe\b.{0,80}|Otter\b.{0,40})"
    r"|Audio file: .{1,400}|\(?Language: .{1,200}\|.{1,300}"
    r"|Transcription for .{1,300}\bcreated\b.{0,100}"
    r"|(?-i:[^\W\d_a-z]\S{0,30}(?: \S{1,30}){0,3})"
    r" (?:(?:started|stopped) transcription|hat die Transkription (?:gestartet|beendet))",
    re.IGNORECASE,
)
_DATED = re.compile(r"\b(?:19|20)\d\d\b|\d/\d")
_ZOOM = re.compile(r"\[[^\[\]]{1,80}\][ ]\d{1,2}:\d{2}:\d{2}")
_MARK = re.compile(rf"[#\[(<]({_T})[#\])>]")
_TIMECODE = re.compile(r"\[?\d{2}[:;]\d{2}[:;]\d{2}[:;]\d{2}(?!\d)")
_DAY_TIME = re.compile(r"(\d{2}):\d{2}:\d{2}[ \t]")
_SPEAKER_LINE = re.compile(r"SPEAKER: (\S{1,40})")
"""Speechmatics: who speaks, above what is said."""
HOUR_MS = 3_600_000
MORNING = 6
"""Hours: nobody begins to write down a recording so late in it; the clock of a meeting does."""
_TIMED_SHARE = 0.04


@dataclass(slots=True)
class _NamedLine:
    """What a line says: a header with times, a name, a text; or text alone."""

    text: str
    start: float | None = None
    end: float | None = None
    name: str | None = None
    ended: float | None = None
    body: list[str] = field(default_factory=list)

    @property
    def heads(self) -> bool:
        return self.start is not None


def is_named(document: Document) -> bool:
    """Whether enough lines have a time or a name at a usual place."""
    return looks_named([line.strip() for line in document.head.split("\n")[:300] if line.strip()])


def looks_named(lines: list[str]) -> bool:
    """The same of lines."""
    if not lines:
        return False
    lines = plain_lines(lines)
    if any(map(_SPEAKER_LINE.fullmatch, lines[:5])):
        return True
    lead = _times_lead(lines)
    timed = sum(_line(line, lead).heads or _ends_in_time(line) for line in lines)
    if timed and (timed >= 2 or len(lines) <= 4) and timed >= _TIMED_SHARE * len(lines):
        return True
    names = Counter(name for line in lines if (name := split_prefix(line)[0]) is not None)
    used = names_in_use(lines)
    turns = sum(count for name, count in names.items() if name in used)
    return turns >= 3 and 3 * turns >= len(lines)


def _ends_in_time(line: str) -> bool:
    return bool(re.search(rf"#{_T}#\s*$", line[-40:]))


def read_named(document: Document) -> ReadFile:
    """Read text with times and names."""
    return read_lines(document.lines, ReadFile("text with times and names", problems=document.problems))


def read_lines(lines: list[str], read: ReadFile) -> ReadFile:
    """Read lines of text into ``read``."""
    stripped, said = without_said_times(plain_lines(lines))
    if said:
        read.note("text", f"times in words, left out ({said} lines)")
    if any(map(_TIMECODE.match, lines)) and (rate := frame_rate(lines)) is not None:
        counted = f"{float(rate.rate):.4g} a second{', drop-frame' if rate.drop else ''}"
        read.note("times", f"frames of the picture, counted as {counted}")
    for row, line in enumerate(stripped):
        if line.startswith("<!--") and line.endswith("-->"):
            stripped[row] = ""
            read.note("text", "comments left out", row)
        elif (match := _SPEAKER_LINE.fullmatch(line)) is not None:
            stripped[row] = f"{match[1]}:"
        elif _OF_PROGRAM.fullmatch(line.strip("*_# ")):
            stripped[row] = ""
            if line.startswith("Audio file: "):
                read.media.append(line.removeprefix("Audio file: "))
            read.note("text", f"what the program says of itself, left out: {line[:60]!r}", row)
    if any(line.startswith(noscribe.SIGNATURE) for line in lines[:20]):
        stripped = noscribe.split_lines(read, stripped)
    clock = any(map(_ZOOM.fullmatch, stripped[:200])) or _by_the_clock(stripped)
    names = names_in_use(line for line in stripped if line)
    entries, before = _entries(stripped, names)
    if not entries:
        for row, line in enumerate(stripped):
            _untimed(read, line, names, row)
        read.note("text", "the file has no times; aai.align(file, audio) gives it some")
        return read
    _names_above(entries, before)
    if before:
        read.note("text", f"before the first time, left out: {' '.join(before)[:80]!r}")
    _take_names(entries, names)
    if clock and entries[0].start is not None:
        first, known = entries[0].start, [entry.start for entry in entries if entry.start is not None]
        read.note("times", "times of day; the first was taken as 0")
        day = 24 if max(known) >= 13 * HOUR_MS else 12
        for entry in entries:
            entry.start = None if entry.start is None else (entry.start - first) % (day * HOUR_MS)
    _add(read, entries)
    return read


def _by_the_clock(lines: list[str]) -> bool:
    """Whether every line begins with the time of day: the captions that Zoom saves."""
    hours = [int(match[1]) if (match := _DAY_TIME.match(line)) else None for line in lines if line]
    return bool(hours) and None not in hours and MORNING <= (hours[0] or 0) < 24


def _entries(lines: list[str], names: set[str]) -> tuple[list[_NamedLine], list[str]]:
    """Lines with times, each with the lines below it; and what stands before the first."""
    lead = _times_lead(lines)
    trailing = sum(map(_ends_in_time, lines)) * 2 > sum(_line(line, lead).heads for line in lines if line)
    entries: list[_NamedLine] = []
    before: list[str] = []
    for line in lines:
        if not line:
            continue
        found = _line(line, lead)
        if trailing and not found.heads:
            name, text = split_prefix(line)
            marks = list(_MARK.finditer(text))
            ended = clock_ms(marks[-1][1]) if marks else None
            if name in names or marks or not entries:
                entries.append(_NamedLine(_MARK.sub(" ", text) if marks else text, None, None, name, ended))
            else:
                entries[-1].body.append(line)
        elif found.heads:
            entries.append(found)
        elif entries:
            entries[-1].body.append(line)
        else:
            before.append(line)
    if trailing:
        clock: float | None = 0.0
        for entry in entries:
            if entry.start is None:
                entry.start, entry.end = clock, entry.ended
            clock = entry.ended if entry.ended is not None else entry.end if entry.end is not None else clock
    return entries, before


def _times_lead(lines: list[str]) -> bool:
    """Whether most lines begin with a time: then one before small letters is no part of a sentence."""
    leading = sum(line[:1].isdigit() and _LEAD.match(line) is not None for line in lines)
    return leading > 1 and 2 * leading >= sum(map(bool, lines))


def _line(line: str, lead: bool) -> _NamedLine:
    if line[:1].isdigit() or line[:1] in "[(<#*{":
        match = _LEAD.match(line)
        if match and (found := clock_ms(match[1])) is not None:
            text = match[3]
            clear = lead or line[:1] in "[(<#*{" or match[2] or match[1].count(":") == 2
            if clear or not text[:1].islower():
                return _NamedLine(text, found, clock_ms(match[2]) if match[2] else None)
    if ":" in line[:100]:
        match = _NAME_TIME.fullmatch(line)
        if match and (found := clock_ms(match[2])) is not None and _may_speak(match[1]):
            return _NamedLine(
                match[4] or "", found, clock_ms(match[3]) if match[3] else None, match[1].strip(" ：")
            )
    return _NamedLine(line)


def _may_speak(name: str) -> bool:
    """Whether what stands before a time may be a name: no date, no part of a sentence."""
    words = name.split()
    if len(words) > MOST_WORDS or _DATED.search(name) or not any(map(str.isalpha, name)):
        return False
    return len(words) < 3 or any(not word[0].islower() for word in words[1:])


def _name_above(line: str) -> str | None:
    """The name that a line of its own is: ``SPEAKER_01``, ``Ann:``."""
    bare = line.removesuffix(":").strip()
    return bare if bare and is_name(bare) and _may_speak(bare) and split_prefix(f"{bare}: x")[0] else None


def _names_above(entries: list[_NamedLine], before: list[str]) -> None:
    """Names that stand alone above several times each: they speak until the next name does."""
    if any(entry.name is not None for entry in entries):
        return
    last = [before, *(entry.body for entry in entries)]
    found = [_name_above(lines[-1]) if lines else None for lines in last]
    counts = Counter(name for name in found if name is not None)
    if found[0] is None:
        return
    if not counts or not (
        sum(counts.values()) >= 2 * len(counts)
        or all(map(LABEL.fullmatch, counts))
        or all(name is not None for name in found[: len(entries)])
    ):
        return
    here: str | None = None
    for lines, name, entry in zip(last, found, [*entries, None], strict=True):
        if name is not None:
            lines.pop()
            here = name
        if entry is not None:
            entry.name = here


def _take_names(entries: list[_NamedLine], names: set[str]) -> None:
    """Find the names within the text: before a colon, in the first column, or alone on the line above."""
    alone: Counter[str] = Counter()
    for entry in entries:
        if entry.name is None:
            columns = entry.text.split("\t")
            if len(columns) == 2 and is_name(columns[0]):
                entry.name, entry.text = columns[0].strip(" :"), columns[1]
                continue
            name, text = split_prefix(entry.text)
            if name is not None:
                entry.name, entry.text = name, text
            elif entry.text and entry.body and is_name(entry.text):
                alone[entry.text] += 1
            elif not entry.text and len(entry.body) > 1 and is_name(entry.body[0]):
                alone[entry.body[0]] += 1
    usual = sum(alone.values()) * 2 > len(entries) and len(alone) <= max(2, sum(alone.values()) - 1)
    inside = names_in_use(line for entry in entries for line in entry.body) if entries else set()
    for entry in entries:
        if entry.name is None and usual:
            if entry.text in alone and entry.body:
                entry.name, entry.text = entry.text.strip(" :"), ""
            elif not entry.text and entry.body and entry.body[0] in alone:
                entry.name = entry.body.pop(0).strip(" :")
    for entry in entries:
        if entry.name is not None and not any(split_prefix(line)[0] for line in entry.body):
            continue
        entry.body = [
            f"\0{line}" if split_prefix(line)[0] in (inside | names) else line for line in entry.body
        ]


def _add(read: ReadFile, entries: list[_NamedLine]) -> None:
    """Add passages; one lasts until the next begins where the file has no ends."""
    made: list[TimedPassage] = []
    for entry in entries:
        said: list[tuple[str | None, float | None, list[str]]] = [(entry.name, entry.start, [])]
        for line in ([entry.text] if entry.text else []) + entry.body:
            name, text = split_prefix(line[1:]) if line.startswith("\0") else (None, line)
            if name is not None:
                # Names below one time: the first begins with it, the others some time later.
                if any(said[-1][2]):
                    said.append((name, None, []))
                else:
                    said[-1] = (name, said[-1][1], [])
            place = 0
            for mark in _MARK.finditer(text):
                said[-1][2].append(text[place : mark.start()])
                said.append((said[-1][0], clock_ms(mark[1]), []))
                place = mark.end()
            said[-1][2].append(text[place:])
        spoken = [(who, start, " ".join(parts)) for who, start, parts in said if " ".join(parts).strip()]
        if not spoken:
            read.note("text", "times without text; left out", len(made))
        made += [TimedPassage(text, start, None, who) for who, start, text in spoken]
        if spoken and entry.end is not None:
            made[-1].end = entry.end
        elif spoken and len(said) > 1 and not "".join(said[-1][2]).strip():
            made[-1].end = said[-1][1]  # a time behind the text is its end
    _share_starts(read, made)
    ends = 0
    for passage, following in pairwise(made):
        if passage.end is None and following.start is not None:
            passage.end = max(following.start, passage.start or 0.0)
            ends += 1
    if ends:
        read.note("times", f"the file has no ends; a passage lasts until the next one ({ends} passages)")
    read.passages += made


def _share_starts(read: ReadFile, made: list[TimedPassage]) -> None:
    """Give turns that stand below one time the time up to the next, by their length."""
    i = 0
    while i < len(made):
        j = i + 1
        while j < len(made) and made[j].start is None:
            j += 1
        if j - i > 1 and j < len(made) and made[i].start is not None:
            sizes = [len(passage.text) for passage in made[i:j]]
            start, length, done = made[i].start or 0.0, (made[j].start or 0.0) - (made[i].start or 0.0), 0
            for passage, size in zip(made[i:j], sizes, strict=True):
                passage.start = start + max(0.0, length) * done / max(1, sum(sizes))
                done += size
            read.note("times", "several turns below one time; they share the time up to the next")
        i = j


def _untimed(read: ReadFile, line: str, names: set[str], row: int) -> None:
    if not line:
        return
    name, text = split_prefix(line)
    if name in names:
        read.passages.append(TimedPassage(text, None, None, name))
    elif read.passages:
        read.passages[-1].text += f" {line}"
    else:
        read.note("text", f"before the first name, left out: {line[:80]!r}", row)
