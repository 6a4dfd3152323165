"""Codebooks of REFI-QDA (.qdc), and codes within a project."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element, ElementTree, SubElement, register_namespace

from aai_jupyter._version import __version__
from aai_jupyter.interchange.writers.content import ExportContent
from aai_jupyter.text.sanitize import clean, one_line
from aai_jupyter.transcripts.codebook import Codebook, with_codes

_NS = "urn:QDA-XML:codebook:1.0"


def codebook_xml(book: Codebook) -> str:
    """Return a codebook as the text of a .qdc file."""
    register_namespace("", _NS)
    root = Element(f"{{{_NS}}}CodeBook", {"origin": f"aai_jupyter {__version__}"})
    codes_element(root, book, _NS)
    text = BytesIO()
    ElementTree(root).write(text, encoding="utf-8", xml_declaration=True)
    return text.getvalue().decode()


def qdc(contents: Sequence[ExportContent], codebook: Any = None) -> str:
    """Return the codes that were used, and those of a codebook."""
    book = Codebook.of(codebook) if codebook is not None else None
    used = [str(code) for content in contents for code in content.transcript.codes["code"]]
    return codebook_xml(with_codes(book, used))


def codes_element(parent: Element, book: Codebook, namespace: str) -> None:
    """Add the codes of a codebook, children within their parents."""
    codes = SubElement(parent, f"{{{namespace}}}Codes")

    def add(below: Element, name: str | None) -> None:
        for code in book.children(name):
            facts = {"guid": code.guid, "name": one_line(code.name), "isCodable": "true"}
            element = SubElement(below, f"{{{namespace}}}Code", facts | _colour(code.colour))
            if code.definition:
                SubElement(element, f"{{{namespace}}}Description").text = clean(code.definition)
            add(element, code.name)

    add(codes, None)


def _colour(value: str) -> dict[str, str]:
    digits = value.removeprefix("#")
    known = value.startswith("#") and len(digits) in (3, 6)
    return {"color": value} if known and all(c in "0123456789abcdefABCDEF" for c in digits) else {}
