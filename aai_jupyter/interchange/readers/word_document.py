"""Paragraphs of Word documents (DOCX) and of pages (HTML), as lines of text.

Of a DOCX only the text is wanted, from a file that a stranger may have made: the one part that has it is read
within a bound, and its XML without document type and entities.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

from aai_jupyter.errors import UsageError
from aai_jupyter.interchange.readers.clock import number_ms
from aai_jupyter.interchange.readers.document import MAX_BYTES, Document, local_name, parse_xml
from aai_jupyter.interchange.readers.typed_lines import clock
from aai_jupyter.text.sanitize import unescaped
from aai_jupyter.transcripts.archive import DAMAGED, MAX_ENTRIES

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_TEXT = "word/document.xml"
MOST_PARTS = 50 * MAX_ENTRIES
"""Entries of a document: pictures are one each."""


def is_docx(document: Document) -> bool:
    """Whether it is a zip with a Word document's text."""
    if not document.data.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(document.data)) as archive:
            return len(archive.infolist()) <= MOST_PARTS and _TEXT in archive.namelist()
    except DAMAGED:
        return False


def docx_lines(document: Document) -> list[str]:
    """Return the lines of a Word document; the cells of a table's row stand between tabs.

    Raises
    ------
    UsageError
        It is damaged, or larger than it may be.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(document.data)) as archive, archive.open(_TEXT) as part:
            data = part.read(MAX_BYTES + 1)
    except DAMAGED as error:
        raise UsageError(f"{document.name} is a damaged Word document ({error}).") from error
    if len(data) > MAX_BYTES:
        raise UsageError(f"{document.name} holds more than {MAX_BYTES / 1e6:g} MB of text.")
    root = parse_xml(data, document.name)
    if root is None:
        raise UsageError(f"{document.name} is a damaged Word document.")
    body = next((one for one in root if local_name(one.tag) == "body"), root)
    return _lines(body)


def _lines(body: Element) -> list[str]:
    lines: list[str] = []
    for block in body.iter():
        if local_name(block.tag) == "tr":
            cells = [" ".join(_text(cell).split()) for cell in block if local_name(cell.tag) == "tc"]
            lines.append("\t".join(cells))
            for one in list(block.iter()):
                if one is not block and local_name(one.tag) in ("p", "tr"):
                    one.tag = "taken"
        elif local_name(block.tag) == "p":
            lines += _text(block).split("\n")
    return lines


def _text(block: Element) -> str:
    parts: list[str] = []
    for one in block.iter():
        kind = local_name(one.tag)
        if kind == "t":
            parts.append(one.text or "")
        elif kind == "tab":
            parts.append("\t")
        elif kind in ("br", "cr"):
            parts.append("\n")
        elif kind == "p" and parts:
            parts.append(" ")
    return "".join(parts)


_TOKEN = re.compile(r"<([^<>]{0,2000})>|([^<]+)|<")
_BLOCKS = frozenset(
    [
        "cite",
        "p",
        "div",
        "br",
        "li",
        "tr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "section",
        "article",
        "blockquote",
        "td",
        "th",
        "title",
        "body",
    ]
)
_HIDDEN = frozenset(["script", "style", "title"])
_ATTRIBUTE = re.compile(r"([\w:-]{1,60})[ ]?=[ ]?(?:\"([^\"]{0,1000})\"|'([^']{0,1000})')")


def without_comments(page: str) -> str:
    """Return a page without its comments, in one pass: an expression would look for the end of each anew.

    Examples
    --------
    >>> without_comments("a<!-- b --><p>c<!-- d")
    'a<p>c<!-- d'
    """
    parts, at = [], 0
    while (start := page.find("<!--", at)) >= 0 and (end := page.find("-->", start + 4)) >= 0:
        parts.append(page[at:start])
        at = end + 3
    return "".join([*parts, page[at:]])


def tokens(page: str) -> list[tuple[str, dict[str, str], str]]:
    """Return a page as ``(tag, attributes, text)``: text has no tag, end tags begin with a slash."""
    found: list[tuple[str, dict[str, str], str]] = []
    hidden = ""
    for match in _TOKEN.finditer(without_comments(page)):
        inner, text = match[1], match[2]
        if text is not None:
            if not hidden:
                found.append(("", {}, unescaped(text)))
            continue
        if not inner:
            continue
        name = re.split(r"[\s/]", inner.lower().lstrip("/"), maxsplit=1)[0]
        if hidden:
            hidden = "" if inner.startswith("/") and name == hidden else hidden
        elif name in _HIDDEN and not inner.startswith("/") and not inner.endswith("/"):
            hidden = name
        else:
            values = {
                key.lower(): unescaped(double or single) for key, double, single in _ATTRIBUTE.findall(inner)
            }
            found.append((f"/{name}" if inner.startswith("/") else name, values, ""))
    return found


def page_lines(page: str) -> list[str]:
    """Return the lines of a page; oTranscribe's time stamps stand in brackets, as exact as they are.

    Examples
    --------
    >>> page_lines('<p><span class="timestamp" data-timestamp="3.5">0:03</span> Hello</p><p>there</p>')
    ['[0:00:03.500] Hello', 'there']
    """
    lines: list[str] = [""]
    stamp: str | None = None
    for name, values, text in tokens(page):
        if not name:
            timed = stamp is not None and bool(text.strip())
            lines[-1] += f"[{stamp or text.strip()}]" if timed else re.sub(r"\s", " ", text)
            continue
        if name.lstrip("/") in _BLOCKS and name != "/cite" and lines[-1].strip():
            lines.append("")
        if name == "time" or (name == "span" and "timestamp" in values.get("class", "")):
            exact = number_ms(values.get("data-timestamp"))
            stamp = clock(exact / 1000) if exact is not None and exact >= 0 else ""
        elif name in ("/span", "/time"):
            stamp = None
    return [" ".join(line.split()) for line in lines if line.strip()]
