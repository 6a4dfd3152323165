"""HTML of noScribe and other programs, and oTranscribe's files (OTR)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aai_jupyter.interchange.readers.document import Document
from aai_jupyter.interchange.readers.name_prefix import split_prefix
from aai_jupyter.interchange.readers.named_text import looks_named, read_lines
from aai_jupyter.interchange.readers.passages import Passage, ReadFile
from aai_jupyter.interchange.readers.word_document import page_lines, tokens

_ANCHOR = re.compile(r"ts_(\d{1,12})_(\d{1,12})_?(.{0,60})")


def is_html(document: Document) -> bool:
    """Whether it is a page."""
    return bool(re.match(r"<(?:!doctype\s+html|html|head|body|meta|p|div)\b", document.head[:200], re.IGNORECASE))


def read_html(document: Document) -> ReadFile | None:
    """Read a page; None when it has neither noScribe's anchors nor times and names."""
    if 'name="ts_' in document.text:
        return _noscribe(document)
    lines = page_lines(document.text)
    if not looks_named(lines[:300]):
        return None
    return read_lines(lines, ReadFile("HTML with times and names", problems=document.problems))


def _noscribe(document: Document) -> ReadFile:
    """Each stretch of text stands in an anchor that is named by its times and its speaker."""
    read = ReadFile("noScribe HTML", problems=document.problems)
    here: Passage | None = None
    outside: list[str] = []
    first = True
    names: dict[str, str] = {}
    for name, values, text in tokens(document.text):
        if name == "meta" and values.get("name") in ("audio_source", "audio", "source"):
            read.media.append(values.get("content", ""))
        if name == "p":
            first = True
        match = _ANCHOR.fullmatch(values.get("name", "")) if name == "a" else None
        if match:
            here = Passage("", float(match[1]), float(match[2]), match[3] or None)
            read.passages.append(here)
        elif name == "/a":
            here = None
        elif not name and here is not None:
            here.text += text
            if first and here.text.strip():
                who, rest = split_prefix(here.text.strip())
                if who is not None:
                    names[here.speaker or ""] = who
                    here.text = rest
                first = False
        elif not name and text.strip():
            outside.append(" ".join(text.split()))
    for passage in read.passages:
        passage.speaker = names.get(passage.speaker or "", passage.speaker)
        who, rest = split_prefix(passage.text.strip())
        passage.text = rest if who is not None and who == passage.speaker else passage.text
    if outside:
        read.note("text", f"outside of any stretch of speech, left out: {' '.join(outside)[:80]!r}")
    read.passages = [passage for passage in read.passages if passage.text.strip()]
    return read


def is_otr(value: Any) -> bool:
    """Whether it is oTranscribe's."""
    return isinstance(value, Mapping) and isinstance(value.get("text"), str) and "media-time" in value


def read_otr(document: Document, value: Mapping[str, Any]) -> ReadFile:
    """Read oTranscribe's text with its time stamps."""
    read = ReadFile("oTranscribe (OTR)", problems=document.problems)
    media = value.get("media-source") or value.get("media")
    read.media = [media] if isinstance(media, str) and media else []
    return read_lines(page_lines(value["text"]), read)
