"""Which reader a file needs, by its content: a suffix says little, and people rename files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aai_jupyter.client.sources.formats import HEAD_BYTES, not_audio, says_audio
from aai_jupyter.errors import UsageError
from aai_jupyter.interchange.readers import (
    bare_table,
    cloud_json,
    elan,
    frame_rows,
    label_studio,
    lyrics,
    named_text,
    rich_text,
    scoring_files,
    segment_json,
    speech_json,
    subrip,
    substation,
    table_files,
    talkbank,
    textgrid,
    timed_text,
    web_text,
    webvtt,
    word_document,
)
from aai_jupyter.interchange.readers.document import Document, local_name
from aai_jupyter.interchange.readers.passages import ReadFile
from aai_jupyter.text.sanitize import one_line

Looks = Callable[[Document], bool]
Reads = Callable[[Document], ReadFile]

TEXTS: tuple[tuple[Looks, Reads], ...] = (
    (textgrid.is_textgrid, textgrid.read_textgrid),
    (webvtt.is_vtt, webvtt.read_vtt),
    (substation.is_ass, substation.read_ass),
    (talkbank.is_chat, talkbank.read_chat),
    (subrip.is_srt, subrip.read_srt),
    (subrip.is_sbv, subrip.read_sbv),
    (lyrics.is_lrc, lyrics.read_lrc),
    (bare_table.is_elan_table, bare_table.read_elan_table),
    (scoring_files.is_rttm, scoring_files.read_rttm),
    (scoring_files.is_stm, scoring_files.read_stm),
    (scoring_files.is_ctm, scoring_files.read_ctm),
    (scoring_files.is_labels, scoring_files.read_labels),
    (frame_rows.is_table, frame_rows.read_table),
    (bare_table.is_bare_table, bare_table.read_bare_table),
    (named_text.is_named, named_text.read_named),
)
"""Readers of text in the order in which they are asked: what has a signature of its own first."""

_TO_SAVE_ANEW = ("a PDF document",)
MOST_ABOVE = 200
"""Lines above a table."""
MOST_BROKEN = 100
"""Characters among the first 2,000 that are none: with more of them it is no text."""

PAGES: tuple[tuple[Looks, Reads], ...] = (
    (timed_text.is_ttml, timed_text.read_ttml),
    (timed_text.is_youtube, timed_text.read_youtube),
    (elan.is_eaf, elan.read_eaf),
    (elan.is_exb, elan.read_exb),
)
"""Readers of XML."""


def read_document(document: Document) -> ReadFile:
    """Read a file of any format.

    Raises
    ------
    UsageError
        No reader knows it: with its first line, and what it may be. Or it is damaged.
    """
    if table_files.is_parquet(document):
        return table_files.read_parquet(document)
    if document.data.startswith(b"PK\x03\x04"):
        return _office(document)
    if rich_text.is_rtf(document):
        return _typed(document, rich_text.rtf_lines(document), "RTF document")
    head = document.data[:HEAD_BYTES]
    if says_audio(head):
        raise UsageError(
            f"{document.name} is a recording, no transcript.", hint=f"aai.transcribe({document.name!r})"
        )
    binary_grid = textgrid.is_binary(document)
    if not binary_grid and document.text[:2000].count("\ufffd") > MOST_BROKEN:
        kind = not_audio(head)
        raise UsageError(f"{document.name} is {kind or 'binary data'}, no transcript in text.")
    found = textgrid.read_textgrid(document) if binary_grid else _json(document) or _page(document)
    if found is None:
        reader = next((reads for looks, reads in TEXTS if looks(document)), None)
        if reader is None:
            raise unknown(document)
        found = reader(document)
    if not found.passages:
        lines = found.problems.lines()
        raise UsageError(
            f"{document.name} looks like {found.format}, but nothing was said in it."
            + (f" {one_line(lines[0])}." if lines else ""),
        )
    return found


def _office(document: Document) -> ReadFile:
    if table_files.is_workbook(document):
        return table_files.read_workbook(document)
    if not word_document.is_docx(document):
        raise UsageError(
            f"{document.name} is a zip archive, but neither a saved transcript nor a Word document.",
            hint="Unpack it, and load the transcript in it.",
        )
    return _typed(document, word_document.docx_lines(document), "Word document")


def _typed(document: Document, lines: list[str], kind: str) -> ReadFile:
    """Read the lines of a document that somebody may have typed."""
    text = Document("\n".join(lines).encode("utf-8", "replace"), document.name, problems=document.problems)
    if webvtt.is_vtt(text) or (subrip.is_srt(text) and not named_text.is_named(text)):
        found = read_document(text)
    elif (table := _table(lines)) is not None:
        if others := sum(map(bool, lines)) - len(table):
            document.problems.add("text", f"outside of the table, left out ({others} lines)")
        found = frame_rows.read_table(
            Document("\n".join(table).encode("utf-8", "replace"), document.name, problems=document.problems)
        )
    elif named_text.looks_named([line.strip() for line in lines if line.strip()][:300]):
        found = named_text.read_named(text)
    else:
        raise unknown(text, kind)
    found.format = f"{kind}, {found.format}"
    return found


def _table(lines: list[str]) -> list[str] | None:
    """The rows of the first table with a head that names a text and a start; a title may be above it."""
    for place, line in enumerate(lines[:MOST_ABOVE]):
        if "\t" in line and frame_rows.is_head(line):
            rows = [row for row in lines[place:] if row.count("\t") == line.count("\t")]
            return rows if len(rows) > 1 else None
    return None


def _json(document: Document) -> ReadFile | None:
    value = document.json
    if value is None:
        return _json_lines(document)
    if web_text.is_otr(value):
        return web_text.read_otr(document, value)
    if timed_text.is_json3(value):
        return timed_text.read_json3(document, value)
    if scoring_files.is_seglst(value):
        return scoring_files.read_seglst(document, value)
    if label_studio.is_tasks(value):
        return label_studio.read_tasks(document, value)
    if cloud_json.is_azure_rows(value):
        value = {"phrases": value}
    one = value[0] if isinstance(value, list) and len(value) == 1 else value  # an answer in a list
    if isinstance(one, Mapping):
        for name, looks, reads in speech_json.SERVICES:
            if looks(one):
                read = ReadFile(name, problems=document.problems)
                reads(one, read)
                return read
    for rows in (value, one) if segment_json.are_rows(value) else (one, value):
        if segment_json.timed_rows(rows) is not None:
            return segment_json.read_segments(document, rows, json_name(rows))
    keys = ", ".join(map(str, list(one)[:8])) if isinstance(one, Mapping) else type(one).__name__
    raise UsageError(
        f"{document.name} is JSON, but no rows in it have text and times: {one_line(keys)}.",
        hint="What is read: the table of formats in the documentation.",
    )


def json_name(value: Any) -> str:
    """What JSON with segments is called."""
    if isinstance(value, Mapping):
        if "systeminfo" in value and "transcription" in value:
            return "whisper.cpp JSON"
        if "ori_dict" in value:
            return "stable-ts JSON"
        if "word_segments" in value:
            return "WhisperX JSON"
        if isinstance(value.get("version"), str) and "segments" in value:
            return "Podcasting 2.0 JSON"
        if "segments" in value and "text" in value:
            return "Whisper JSON"
        if "sentences" in value:
            return "Parakeet JSON"
        if "timestamp" in value:
            return "NeMo JSON"
    return "JSON with timed rows"


def _json_lines(document: Document) -> ReadFile | None:
    """One object a line: segments, as some command lines write them."""
    if not document.head.startswith("{") or len(document.first_lines) < 2:
        return None
    rows = []
    for line in document.lines:
        if line.strip():
            one = Document(line.encode(), document.name).json
            if not isinstance(one, Mapping):
                return None
            rows.append(one)
    if scoring_files.is_seglst(rows):
        return scoring_files.read_seglst(document, rows)
    if segment_json.timed_rows(rows) is None:
        return None
    return segment_json.read_segments(document, rows, "JSON lines")


def _page(document: Document) -> ReadFile | None:
    if not document.head.startswith("<"):
        return None
    if web_text.is_html(document):
        found = web_text.read_html(document)
        if found is None:
            raise unknown(document, "a page (HTML)")
        return found
    root = document.xml
    if root is None:
        return None
    reader = next((reads for looks, reads in PAGES if looks(document)), None)
    if reader is None:
        raise unknown(document, f"XML with the root <{one_line(local_name(root.tag))[:60]}>")
    return reader(document)


def unknown(document: Document, kind: str | None = None) -> UsageError:
    """The refusal of a file that no reader knows: its first line, and what it may be."""
    lines = document.first_lines
    if not lines:
        return UsageError(f"{document.name} is empty.")
    first = one_line(lines[0])[:80]
    kind = kind or not_audio(document.data[:HEAD_BYTES])
    may_be = f"It may be {kind}." if kind else "It may be text without times or names of speakers."
    return UsageError(
        f"{document.name} is no transcript that can be read. It begins with: {first!r}. {may_be}",
        hint="In its program: save it as text or as .docx."
        if kind in _TO_SAVE_ANEW
        else "Text without times: aai.align(text, audio) gives it the times of its recording.",
    )
