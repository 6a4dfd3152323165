"""ELAN annotation format (EAF 3.0): for each speaker a tier of turns, of words within them, and of names.

Turns and words are aligned with the sound; the names are a symbolic association from a controlled vocabulary,
so that a wrong speaker is put right in ELAN by choosing another one.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from aai_jupyter.interchange.writers.content import ExportContent, SpokenTurn, SpokenWord
from aai_jupyter.interchange.writers.lanes import lanes, span
from aai_jupyter.text.urls import is_web_url

_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_CONSTRAINTS = {
    "Time_Subdivision": "Time subdivision of parent annotation's time interval, no time gaps allowed within "
    "this interval",
    "Symbolic_Subdivision": "Symbolic subdivision of a parent annotation. Annotations refering to the same "
    "parent are ordered",
    "Symbolic_Association": "1-1 association with a parent annotation",
    "Included_In": "Time alignable annotations within the parent annotation's time interval, gaps are "
    "allowed",
}
"""As ELAN writes them, its spelling included."""
_LANGUAGE = "und"
_SPEAKERS = "speakers"


def eaf(contents: Sequence[ExportContent]) -> Callable[[BinaryIO], None]:
    """Return a writer of an EAF document."""
    (content,) = contents
    document = _Document(content).root
    return lambda stream: ElementTree(document).write(stream, encoding="utf-8", xml_declaration=True)


class _Document:
    """The elements of a document, and the numbers given to annotations and points of time."""

    def __init__(self, content: ExportContent) -> None:
        self.root = Element(
            "ANNOTATION_DOCUMENT",
            {
                "AUTHOR": content.provenance.facts()["software"],
                "DATE": datetime.now().astimezone().isoformat(timespec="seconds"),
                "FORMAT": "3.0",
                "VERSION": "3.0",
                "xmlns:xsi": _XSI,
                "xsi:noNamespaceSchemaLocation": _SCHEMA,
            },
        )
        self._annotations = 0
        self._entries = {name: f"cve{number}" for number, name in enumerate(content.speakers)}
        header = SubElement(self.root, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
        if content.media:
            SubElement(header, "MEDIA_DESCRIPTOR", _media(content.media))
        for name, text in content.provenance.texts().items():
            SubElement(header, "PROPERTY", NAME=name).text = text
        self._order = SubElement(self.root, "TIME_ORDER")
        self._times: list[int] = []
        for who in content.speakers:
            self._speaker(who, [turn for turn in content.turns if turn.who == who])
        for number, time in enumerate(self._times, 1):
            SubElement(self._order, "TIME_SLOT", TIME_SLOT_ID=f"ts{number}", TIME_VALUE=str(time))
        self._types()
        self._vocabulary()
        indent(self.root, "    ")

    def _speaker(self, who: str, turns: list[SpokenTurn]) -> None:
        hulls = [_hull(turn) for turn in turns]
        order = sorted(range(len(turns)), key=lambda number: hulls[number])
        by_lane: dict[int, list[int]] = {}
        for lane, number in zip(lanes(hulls[number] for number in order), order, strict=True):
            by_lane.setdefault(lane, []).append(number)
        for lane, numbers in by_lane.items():
            name = f"{who} ({lane + 1})" if lane else who
            said = self._tier(name, who, "turn")
            ids = [self._aligned(said, *hulls[number], turns[number].text) for number in numbers]
            self._words(name, who, [word for number in numbers for word in turns[number].words])
            names = self._tier(f"{name} - speaker", who, "speaker", name)
            for parent in ids:
                self._reference(names, parent, who)

    def _words(self, name: str, who: str, words: list[SpokenWord]) -> None:
        words.sort(key=lambda word: word.start)
        spans = [span(word) for word in words]
        tiers: dict[int, Element] = {}
        for lane, (start, end), word in zip(lanes(spans), spans, words, strict=True):
            if lane not in tiers:
                tier = f"{name} - words ({lane + 1})" if lane else f"{name} - words"
                tiers[lane] = self._tier(tier, who, "word", name)
            self._aligned(tiers[lane], start, end, word.text)

    def _tier(self, name: str, who: str, kind: str, parent: str | None = None) -> Element:
        given = {"LINGUISTIC_TYPE_REF": kind, "PARTICIPANT": who, "TIER_ID": name}
        return SubElement(self.root, "TIER", given | ({"PARENT_REF": parent} if parent else {}))

    def _aligned(self, tier: Element, start: int, end: int, text: str) -> str:
        self._annotations += 1
        number = f"a{self._annotations}"
        self._times += [start, end]
        place = len(self._times)
        holder = SubElement(tier, "ANNOTATION")
        annotation = SubElement(
            holder,
            "ALIGNABLE_ANNOTATION",
            ANNOTATION_ID=number,
            TIME_SLOT_REF1=f"ts{place - 1}",
            TIME_SLOT_REF2=f"ts{place}",
        )
        SubElement(annotation, "ANNOTATION_VALUE").text = text
        return number

    def _reference(self, tier: Element, parent: str, who: str) -> None:
        self._annotations += 1
        annotation = SubElement(
            SubElement(tier, "ANNOTATION"),
            "REF_ANNOTATION",
            ANNOTATION_ID=f"a{self._annotations}",
            ANNOTATION_REF=parent,
            CVE_REF=self._entries[who],
        )
        SubElement(annotation, "ANNOTATION_VALUE").text = who

    def _types(self) -> None:
        for kind, constraint in (
            ("turn", None),
            ("word", "Included_In"),
            ("speaker", "Symbolic_Association"),
        ):
            given = {
                "GRAPHIC_REFERENCES": "false",
                "LINGUISTIC_TYPE_ID": kind,
                "TIME_ALIGNABLE": "false" if kind == "speaker" else "true",
            }
            given |= {"CONSTRAINTS": constraint} if constraint else {}
            given |= {"CONTROLLED_VOCABULARY_REF": _SPEAKERS} if kind == "speaker" else {}
            SubElement(self.root, "LINGUISTIC_TYPE", given)
        SubElement(
            self.root,
            "LANGUAGE",
            LANG_ID=_LANGUAGE,
            LANG_DEF="http://cdb.iso.org/lg/CDB-00130975-001",
            LANG_LABEL="undetermined (und)",
        )
        for name, text in _CONSTRAINTS.items():
            SubElement(self.root, "CONSTRAINT", STEREOTYPE=name, DESCRIPTION=text)

    def _vocabulary(self) -> None:
        vocabulary = SubElement(self.root, "CONTROLLED_VOCABULARY", CV_ID=_SPEAKERS)
        SubElement(vocabulary, "DESCRIPTION", LANG_REF=_LANGUAGE)
        for name, entry in self._entries.items():
            values = SubElement(vocabulary, "CV_ENTRY_ML", CVE_ID=entry)
            SubElement(values, "CVE_VALUE", LANG_REF=_LANGUAGE).text = name


def _hull(turn: SpokenTurn) -> tuple[int, int]:
    """Return the time of a turn, grown to hold its words: ELAN has them within it."""
    start, end = span(turn)
    return (
        min([start, *(word.start for word in turn.words)]),
        max([end, *(span(word)[1] for word in turn.words)]),
    )


def _media(media: str) -> dict[str, str]:
    kind = mimetypes.guess_type(media)[0] or "unknown"
    found = {"MIME_TYPE": "audio/x-wav" if kind in ("audio/wav", "audio/x-wav") else kind}
    if is_web_url(media):
        return found | {"MEDIA_URL": media}
    path = Path(media)
    relative = f"./{path.name}"
    return found | {
        "MEDIA_URL": path.as_uri() if path.is_absolute() else relative,
        "RELATIVE_MEDIA_URL": relative,
    }
