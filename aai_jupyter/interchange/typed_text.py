"""A typed text and its times: what is sent to be aligned, and the transcript that comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import UsageError
from aai_jupyter.interchange.opening import open_transcript
from aai_jupyter.interchange.readers.document import Document, read_bytes
from aai_jupyter.interchange.readers.name_prefix import names_in_use, split_prefix
from aai_jupyter.interchange.readers.passages import (
    ALIGNED,
    INTERPOLATED,
    ReadFile,
    ReadWord,
    transcript_json,
)
from aai_jupyter.interchange.readers.rich_text import is_rtf, rtf_lines
from aai_jupyter.interchange.readers.word_document import docx_lines, is_docx
from aai_jupyter.transcripts.transcript import Transcript

if TYPE_CHECKING:
    from aai_jupyter.transcripts.recording import Recording


def typed_text(what: Any) -> ReadFile:
    """Return the passages of a transcript, of a file with or without times, or of a text.

    Raises
    ------
    UsageError
        There are no words in it.
    """
    if isinstance(what, Transcript):
        read = _of_transcript(what)
    elif isinstance(what, str) and not _is_file(what) and (" " in what.strip() or "\n" in what):
        read = _of_lines(what.split("\n"), "typed text")
    else:
        read = _of_source(what)
    if not any(passage.text.split() for passage in read.passages):
        raise UsageError("There are no words to align.")
    return read


def _is_file(text: str) -> bool:
    try:
        return Path(text).expanduser().is_file()
    except (OSError, ValueError, RuntimeError):  # names that no file can have
        return False


def _of_transcript(transcript: Transcript) -> ReadFile:
    """The passages as they are now, with edits and names."""
    said = transcript.utterances
    read = ReadFile("aligned text", language=transcript.language)
    for text, speaker in zip(said["text"], said["speaker"], strict=True):
        read.add(str(text), None, None, speaker if isinstance(speaker, str) else None)
    return read


def _of_source(what: Any) -> ReadFile:
    try:
        return _of_transcript(open_transcript(what))
    except UsageError:
        if not isinstance(what, str | Path):
            raise
        document = Document(read_bytes(Path(what).expanduser()), Path(what).name)
        if is_docx(document):
            return _of_lines(docx_lines(document), "typed text (Word document)")
        if is_rtf(document):
            return _of_lines(rtf_lines(document), "typed text (RTF document)")
        if "\0" in document.text or document.head.startswith(("{", "<", "%PDF")):
            raise
        read = _of_lines(document.lines, "typed text")
        read.problems = document.problems
        return read


def _of_lines(lines: Sequence[str], name: str) -> ReadFile:
    """One passage a paragraph: a line, or lines up to a blank one where there are blank lines."""
    stripped = [" ".join(line.split()) for line in lines]
    first = [line for line, before in zip(stripped, ["", *stripped], strict=False) if line and not before]
    wrapped = len(first) > 1 and len(first) < sum(map(bool, stripped))
    names = names_in_use(first if wrapped else filter(None, stripped))
    read = ReadFile(name)
    begins = True
    for line in stripped:
        who, text = split_prefix(line) if names else (None, line)
        if who in names:
            read.add(text, None, None, who)
        elif line and (begins or not wrapped or not read.passages):
            last = read.passages[-1].speaker if read.passages and names else None
            read.add(line, None, None, last)
        elif line:
            read.passages[-1].text += f" {line}"
        begins = not line
    read.passages = [passage for passage in read.passages if passage.text.strip()]
    return read


def words_of(read: ReadFile) -> list[str]:
    """Words to be aligned, in order."""
    return [word for passage in read.passages for word in passage.text.split()]


def aligned_transcript(read: ReadFile, answer: Mapping[str, Any], audio: Recording) -> Transcript:
    """Return the transcript of a typed text with the times that the engine found."""
    rows = iter(answer["words"])
    for passage in read.passages:
        words = []
        for text in passage.text.split():
            row = next(rows)
            timing = ALIGNED if row.get("aligned") else INTERPOLATED
            words.append(
                ReadWord(text, row.get("start"), row.get("end"), row.get("confidence"), None, timing)
            )
        passage.words = words
        passage.start, passage.end = words[0].start, max(word.end or 0.0 for word in words)
    for line in answer.get("problems") or ():
        where, _, what = str(line).partition(": ")
        read.note(where if what else "words", what or where)
    read.language = answer.get("language_code") or read.language
    read.format = "aligned text"
    found = Transcript.from_json(transcript_json(read), source=audio.label)
    found.edited_answer.audio = audio
    return found
