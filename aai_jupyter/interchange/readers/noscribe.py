"""Marks that noScribe writes within its text: speech that overlaps, and pauses.

``S01: Good. //S02: Yes. // So`` has somebody else between the slashes; without a label, the same speaker.
"""

from __future__ import annotations

import re

from aai_jupyter.interchange.readers.passages import ReadFile, TimedPassage

_SWITCH = re.compile(r"//(?:(S\d{2,3}): ?)?")
_SPEAKS = re.compile(r"(S\d{2,3})(?=:| \[)")
_PAUSES = re.compile(r"\((?:\.{1,3}|\d{1,5} (?:seconds?|minutes?|Sekunden?|Minuten?) [pP]ause)\)")
SIGNATURE = "Transcribed with noScribe"


def said_by(text: str, who: str | None) -> list[tuple[str | None, str]]:
    """Split what one speaker says where somebody else is heard.

    Examples
    --------
    >>> said_by("Good. //S02: Yes. // So //late.//", "S01")
    [('S01', 'Good.'), ('S02', 'Yes.'), ('S01', 'So late.')]
    """
    found: list[tuple[str | None, str]] = []
    parts = [None, *_SWITCH.split(text)]
    for label, said in zip(parts[::2], parts[1::2], strict=True):
        speaker = label or who
        said = " ".join(str(said).split())
        if not said:
            continue
        if found and found[-1][0] == speaker:
            found[-1] = (speaker, f"{found[-1][1]} {said}")
        else:
            found.append((speaker, said))
    return found


def _without_pauses(read: ReadFile, text: str, row: int) -> str:
    bare = _PAUSES.sub(" ", text)
    if bare != text:
        read.note("text", "marks of pauses left out", row)
    return bare


def split_lines(read: ReadFile, lines: list[str]) -> list[str]:
    """Give speech that overlaps a line of its own, with the label of its speaker."""
    found: list[str] = []
    for row, line in enumerate(lines):
        text = _without_pauses(read, line, row)
        who = _SPEAKS.match(text)
        if who is None or "//" not in text:
            found.append(text.replace("//", " ").strip())
            continue
        first, *others = said_by(text, who[1]) or [(None, "")]
        found.append(first[1])
        if others:
            read.note("text", "speech that overlaps, set apart as a turn of its own", row)
        found += [f"{name}: {said}" for name, said in others]
    return found


def split_captions(read: ReadFile) -> None:
    """The same in captions: parts share the time of their caption by their length."""
    kept: list[TimedPassage] = []
    for row, passage in enumerate(read.passages):
        who = (passage.speaker or "").strip("/ ") or None
        said = said_by(_without_pauses(read, passage.text, row), who)
        if len(said) > 1:
            read.note("text", "speech that overlaps, set apart as a turn of its own", row)
        total, done = sum(len(text) for _, text in said), 0
        for name, text in said:
            start, end = passage.start, passage.end
            if passage.start is not None and passage.end is not None and total:
                length = max(0.0, passage.end - passage.start)
                start = passage.start + length * done / total
                done += len(text)
                end = passage.start + length * done / total
            kept.append(TimedPassage(text, start, end, name))
    read.passages = kept
