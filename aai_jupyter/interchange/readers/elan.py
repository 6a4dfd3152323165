"""ELAN (EAF) and EXMARaLDA (EXB): annotations on tiers over a time line."""

from __future__ import annotations

import re

from aai_jupyter.interchange.readers.clock import number_ms
from aai_jupyter.interchange.readers.document import Document, local_name
from aai_jupyter.interchange.readers.passages import ReadFile
from aai_jupyter.interchange.readers.tiers import Tier, add_tiers

_NUMBERED = re.compile(r"[^\s]{0,60}\d[^\s]{0,20}")
_SAID = re.compile(
    r"(?<![^\W_])(?:tx|txt|te?xte?|orth?|orthograph\w{0,4}|trans(?:cript|cription|cr)?|utt(?:erance)?|ut|sentence|phrase|speech)(?![^\W_])",
    re.IGNORECASE,
)
"""What the tier is called that has the text under numbers."""


def is_eaf(document: Document) -> bool:
    """Whether the root is ELAN's."""
    return document.xml is not None and local_name(document.xml.tag) == "ANNOTATION_DOCUMENT"


def read_eaf(document: Document) -> ReadFile:
    """Read the annotations that are aligned with the time line; other tiers are named in the problems."""
    root = document.xml
    assert root is not None
    read = ReadFile("ELAN (EAF)", problems=document.problems)
    for media in root.iter("MEDIA_DESCRIPTOR"):
        read.media += [url for name in ("RELATIVE_MEDIA_URL", "MEDIA_URL") if (url := media.get(name))]
    times, guessed = _filled_times(
        [
            (slot.get("TIME_SLOT_ID") or "", number_ms(slot.get("TIME_VALUE"), 1.0))
            for slot in root.iter("TIME_SLOT")
        ]
    )
    if guessed:
        read.note("time line", f"{len(guessed)} time slots without a time; interpolated")
    tiers = []
    spans: dict[str, tuple[float | None, float | None]] = {}
    dependent: dict[str, list[tuple[str, str]]] = {}
    for element in root.iter("TIER"):
        rows = []
        uncertain = set()
        name = element.get("TIER_ID") or ""
        references = dependent.setdefault(name, [])
        for one in (inner for annotation in element for inner in annotation):
            if one.tag == "REF_ANNOTATION":
                value = one.findtext("ANNOTATION_VALUE") or ""
                references.append((one.get("ANNOTATION_REF") or "", value))
            if one.tag == "ALIGNABLE_ANNOTATION":
                start = times.get(one.get("TIME_SLOT_REF1") or "")
                end = times.get(one.get("TIME_SLOT_REF2") or "")
                rows.append((start, end, one.findtext("ANNOTATION_VALUE") or ""))
                spans[one.get("ANNOTATION_ID") or ""] = (start, end)
                if guessed & {one.get("TIME_SLOT_REF1"), one.get("TIME_SLOT_REF2")}:
                    uncertain.add(rows[-1])
        rows.sort(key=lambda row: row[0] or 0.0)
        participant = (element.get("PARTICIPANT") or "").strip() or None
        kind = element.get("LINGUISTIC_TYPE_REF") or ""
        tiers.append(Tier(name, rows, participant, element.get("PARENT_REF"), kind, uncertain))
    _inherit(tiers)
    tiers, taken = _texts_of_numbers(read, tiers, dependent, spans)
    for name, references in dependent.items():
        if references and name not in taken:
            read.note(f"tier {name[:60]!r}", f"annotations of annotations; left out ({len(references)})")
    add_tiers(read, tiers)
    return read


def _texts_of_numbers(
    read: ReadFile,
    tiers: list[Tier],
    dependent: dict[str, list[tuple[str, str]]],
    spans: dict[str, tuple[float | None, float | None]],
) -> tuple[list[Tier], set[str]]:
    """Take what was said from the tier below where the one with times only numbers it: ``ref`` and ``tx``."""
    taken: set[str] = set()
    children: dict[str | None, list[Tier]] = {}
    for tier in tiers:
        children.setdefault(tier.parent, []).append(tier)
    for tier in list(tiers):
        texts = [text.strip() for _, _, text in tier.rows]
        if not texts or not all(map(_NUMBERED.fullmatch, texts)):
            continue
        for child in children.get(tier.name, []):
            found = dependent.get(child.name, [])
            once = len({parent for parent, _ in found}) == len(found)
            if child.rows or not found or not once or not _SAID.search(f"{child.name}\n{child.kind}"):
                continue
            child.rows = [(*spans.get(parent, (None, None)), value) for parent, value in found]
            child.rows.sort(key=lambda row: row[0] or 0.0)
            child.speaker, child.parent, child.kind = child.speaker or tier.speaker, None, ""
            taken.add(child.name)
            read.note(f"tier {tier.name[:60]!r}", f"numbers of what tier {child.name[:60]!r} says")
            tiers = [one for one in tiers if one is not tier]
            break
    return tiers, taken


def _inherit(tiers: list[Tier]) -> None:
    names = {tier.name: tier for tier in tiers}
    for tier in tiers:
        if tier.speaker is None and tier.parent in names:
            tier.speaker = names[tier.parent].speaker


def _filled_times(slots: list[tuple[str, float | None]]) -> tuple[dict[str, float | None], set[str]]:
    """Times of a time line by their ids; unknown ones lie evenly between their neighbours."""
    times: list[float | None] = [time for _, time in slots]
    guessed: set[str] = set()
    i = 0
    while i < len(times):
        if times[i] is not None:
            i += 1
            continue
        j = i
        while j < len(times) and times[j] is None:
            j += 1
        low = times[i - 1] if i else None
        high = times[j] if j < len(times) else None
        if low is not None and high is not None:
            for k in range(i, j):
                times[k] = low + (high - low) * (k - i + 1) / (j - i + 1)
        guessed |= {slots[k][0] for k in range(i, j)}
        i = j
    return {name: time for (name, _), time in zip(slots, times, strict=True)}, guessed


def is_exb(document: Document) -> bool:
    """Whether the root is EXMARaLDA's."""
    return document.xml is not None and local_name(document.xml.tag) == "basic-transcription"


def read_exb(document: Document) -> ReadFile:
    """Read the tiers of kind ``t`` (transcription)."""
    root = document.xml
    assert root is not None
    read = ReadFile("EXMARaLDA (EXB)", problems=document.problems)
    read.media = [url for one in root.iter("referenced-file") if (url := one.get("url"))]
    names = {
        speaker.get("id") or "": (speaker.findtext("abbreviation") or "").strip() or speaker.get("id") or ""
        for speaker in root.iter("speaker")
    }
    line = [(one.get("id") or "", number_ms(one.get("time"))) for one in root.iter("tli")]
    times, guessed = _filled_times(line)
    if guessed:
        read.note("time line", f"{len(guessed)} points without a time; interpolated")
    tiers = []
    for element in root.iter("tier"):
        rows = [
            (times.get(one.get("start") or ""), times.get(one.get("end") or ""), "".join(one.itertext()))
            for one in element.iter("event")
        ]
        name = element.get("display-name") or element.get("id") or ""
        if element.get("type") != "t":
            if rows:
                read.note(f"tier {name[:60]!r}", f"annotation or description; left out ({len(rows)} events)")
            continue
        tiers.append(Tier(name, _turns(rows), names.get(element.get("speaker") or "") or None))
    add_tiers(read, tiers)
    return read


def _turns(
    rows: list[tuple[float | None, float | None, str]],
) -> list[tuple[float | None, float | None, str]]:
    """Join events that follow at once: EXMARaLDA cuts a turn wherever another speaker's begins."""
    found: list[tuple[float | None, float | None, str]] = []
    said = [text for _, _, text in rows if text.strip()]
    # Whoever types in the editor ends a word with a space; programs that write one event a word do not.
    space = " " if len(said) > 1 and all(text == text.strip() and " " not in text for text in said) else ""
    for start, end, text in rows:
        if found and start is not None and found[-1][1] == start:
            found[-1] = (found[-1][0], end, f"{found[-1][2]}{space}{text}")
        else:
            found.append((start, end, text))
    return found
