"""TTML in the text profile of IMSC 1.1: captions of a rule book, with an agent for each speaker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, ElementTree, SubElement, register_namespace

from aai_jupyter.interchange.writers.caption_content import content_cues
from aai_jupyter.interchange.writers.content import ExportContent
from aai_jupyter.text.readable_numbers import timecode

_TT = "http://www.w3.org/ns/ttml"
_TTM = f"{_TT}#metadata"
_TTS = f"{_TT}#styling"
_TTP = f"{_TT}#parameter"
_XML = "http://www.w3.org/XML/1998/namespace"
_IMSC = f"{_TT}/profile/imsc1.1/text"


def ttml(contents: Sequence[ExportContent], **options: Any) -> Callable[[BinaryIO], None]:
    """Return a writer of a TTML document; options as in :func:`content_cues`."""
    (content,) = contents
    for prefix, uri in (("", _TT), ("ttm", _TTM), ("tts", _TTS), ("ttp", _TTP)):
        register_namespace(prefix, uri)
    root = Element(
        f"{{{_TT}}}tt",
        {
            f"{{{_XML}}}lang": (content.language or "").replace("_", "-"),
            f"{{{_XML}}}space": "preserve",
            f"{{{_TTP}}}contentProfiles": _IMSC,
            f"{{{_TTP}}}timeBase": "media",
            f"{{{_TTP}}}cellResolution": "32 15",
        },
    )
    cues = content_cues(content, **options)
    agents = {
        name: f"agent{number}"
        for number, name in enumerate(dict.fromkeys(one for cue in cues for one in cue.speakers), 1)
    }
    _head(root, content, agents)
    body = SubElement(root, f"{{{_TT}}}body")
    division = SubElement(body, f"{{{_TT}}}div", region="bottom")
    for number, cue in enumerate(cues, 1):
        attributes = {f"{{{_XML}}}id": f"cue{number}", "style": "default"}
        attributes |= {"begin": timecode(cue.start, "."), "end": timecode(cue.end, ".")}
        alone = len({line.speaker for line in cue.lines}) == 1
        if alone:
            attributes |= _agent(agents, cue.lines[0].speaker)
        paragraph = SubElement(division, f"{{{_TT}}}p", attributes)
        for place, line in enumerate(cue.lines):
            if place:
                SubElement(paragraph, f"{{{_TT}}}br")
            agent = {} if alone else _agent(agents, line.speaker)
            SubElement(paragraph, f"{{{_TT}}}span", agent).text = line.text
    return lambda stream: ElementTree(root).write(stream, encoding="utf-8", xml_declaration=True)


def _agent(agents: dict[str, str], speaker: str | None) -> dict[str, str]:
    return {f"{{{_TTM}}}agent": agents[speaker]} if speaker else {}


def _head(root: Element, content: ExportContent, agents: dict[str, str]) -> None:
    head = SubElement(root, f"{{{_TT}}}head")
    facts = SubElement(head, f"{{{_TT}}}metadata")
    SubElement(facts, f"{{{_TTM}}}title").text = content.name
    SubElement(facts, f"{{{_TTM}}}desc").text = content.provenance.line()
    for name, number in agents.items():
        agent = SubElement(facts, f"{{{_TTM}}}agent", {"type": "person", f"{{{_XML}}}id": number})
        SubElement(agent, f"{{{_TTM}}}name", {"type": "full"}).text = name
    styling = SubElement(head, f"{{{_TT}}}styling")
    SubElement(
        styling,
        f"{{{_TT}}}style",
        {
            f"{{{_XML}}}id": "default",
            f"{{{_TTS}}}fontFamily": "proportionalSansSerif",
            f"{{{_TTS}}}fontSize": "100%",
            f"{{{_TTS}}}lineHeight": "125%",
            f"{{{_TTS}}}color": "white",
            f"{{{_TTS}}}backgroundColor": "rgba(0,0,0,192)",
            f"{{{_TTS}}}textAlign": "center",
        },
    )
    layout = SubElement(head, f"{{{_TT}}}layout")
    SubElement(
        layout,
        f"{{{_TT}}}region",
        {
            f"{{{_XML}}}id": "bottom",
            f"{{{_TTS}}}origin": "10% 10%",
            f"{{{_TTS}}}extent": "80% 80%",
            f"{{{_TTS}}}displayAlign": "after",
        },
    )
