"""HTML of noScribe and other programs, and oTranscribe's files (OTR)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aai_jupyter.interchange.readers.document import Document
from aai_jupyter.interchange.readers.name_prefix import split_prefix
from aai_jupyter.interchange.readers.named_text import looks_named, read_lines
from aai_jupyter.interchange.readers.passages import ReadFile, TimedPassage
from aai_jupyter.interchange.readers.word_document import page_lines, tokens

_MARKS = re.compile(r"//|\[\d{1,3}:\d{2}(?::\d{2})?\]")
_PAUSE = re.compile(r"\(\.{1,3}\)|\([^()]{0,40}\bpause\)|\([^()]{0,40}\bPause\)")
_ANCHOR = re.compile(r"ts_(\d{1,12})_(\d{1,12})_?(.{0,60})")


def is_html(document: Document) -> bool:
    """Whether it is a page."""
    return bool(
        re.match(
            r"<(?:!doctype\s+html|html|head|body|meta|p|div|cite|time|!--\s{0,5}saved)\b",
            document.head[:200],
            re.I,
        )
    )


def read_html(document: Document) -> ReadFile | None:
    """Read a page; None when it has neither noScribe's anchors nor times and names."""
    if 'name="ts_' in document.text:
        return _noscribe(document)
    lines = page_lines(document.text)
    if not looks_named(lines[:300]):
        return None
    return read_lines(lines, ReadFile("HTML with times and names", problems=document.problems))


def _noscribe(document: Document) -> ReadFile:
    """Each stretch of text stands in an anchor that is named by its times and its speaker.

    Slashes mark speech that overlaps, brackets a time, parentheses a pause.
    """
    read = ReadFile("noScribe HTML", problems=document.problems)
    here: TimedPassage | None = None
    outside: list[str] = []
    for name, values, text in tokens(document.text):
        if name == "meta" and values.get("name") == "audio_source":
            read.media.append(values.get("content", ""))
        match = _ANCHOR.fullmatch(values.get("name", "")) if name == "a" else None
        if match:
            here = TimedPassage("", float(match[1]), float(match[2]), match[3].strip("/") or None)
            read.passages.append(here)
        elif name == "/a":
            here = None
        elif not name and here is not None:
            here.text += text
        elif not name and text.strip():
            outside.append(" ".join(text.split()))
    kept, names = [], {}
    for row, passage in enumerate(read.passages):
        text = _MARKS.sub(" ", passage.text).strip()
        who, rest = split_prefix(text)
        if who is not None:  # the person may have given a name in the place of the label
            names[passage.speaker] = who
            text = rest
        if _PAUSE.fullmatch(text):
            read.note("text", "marks of pauses left out", row)
        elif text:
            passage.text = text
            kept.append(passage)
    for passage in kept:
        passage.speaker = names.get(passage.speaker, passage.speaker)
    if outside:
        read.note("text", f"outside of any stretch of speech, left out: {' '.join(outside)[:80]!r}")
    read.passages = kept
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
