"""Opening a transcript of any kind: a saved one, the service's answer, or what another program wrote."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from aai_jupyter.client.decoding import clean
from aai_jupyter.errors import UsageError
from aai_jupyter.interchange.media import attach_media
from aai_jupyter.interchange.readers.detection import read_document
from aai_jupyter.interchange.readers.document import Document, read_bytes
from aai_jupyter.interchange.readers.frame_rows import read_frame, read_rows
from aai_jupyter.interchange.readers.passages import ReadFile, transcript_json
from aai_jupyter.interchange.readers.segment_json import timed_rows
from aai_jupyter.tables.any_frame import as_pandas
from aai_jupyter.text.json_faults import NOT_JSON
from aai_jupyter.transcripts.restore import saved_transcript
from aai_jupyter.transcripts.transcript import Transcript

_NOT_OURS = frozenset(
    (
        "segments", "results", "transcription", "monologues", "media-time", "chunks", "recognizedPhrases",
        "phrases", "transcripts", "timestamp", "sentences", "tokens",
    )
)  # fmt: skip
_OURS = frozenset(("status", "audio_url", "utterances", "imported", "id", "error", "words", "text"))
_KINDS = {"text": '"n', "utterances": "[n", "words": "[n"}
"""Fields of the service's answer, and what their values (or null) begin with in JSON."""
_TOGETHER = {".ctm": ".rttm", ".rttm": ".ctm"}


def open_transcript(what: Any, audio: Any = None) -> Transcript:
    """Return the transcript that ``what`` is; see :func:`aai_jupyter.api.load.load`."""
    found = _opened(what, known=audio is not None)
    if audio is not None:
        found.audio = audio
    return found


def _opened(what: Any, *, known: bool) -> Transcript:
    """Open a transcript; with a `known` recording, none is looked for."""
    if isinstance(what, str) and ("\n" in what.strip() or what.lstrip().startswith(("{", "[", "<"))):
        return _of_document(Document(what.encode("utf-8", "replace"), "The text"), None, known)
    if isinstance(what, str | os.PathLike):
        return _of_path(Path(os.fspath(what)).expanduser(), known)
    if isinstance(what, bytes | bytearray | memoryview):
        return _of_document(Document(bytes(what), "The data"), None, known)
    if isinstance(what, Mapping):
        try:
            data = msgspec.json.encode(what)
        except (TypeError, ValueError):  # half a surrogate pair, NaN in a key
            data = msgspec.json.encode(clean(what))
        return _of_document(Document(data, "The dict"), None, known)
    what = as_pandas(what)
    if hasattr(what, "to_dict") and hasattr(what, "columns"):
        return _imported(read_frame(what), None, known)
    if isinstance(what, Sequence) and what and all(isinstance(one, Mapping) for one in what):
        return _imported(read_rows(list(what), "list of dicts"), None, known)
    if (
        isinstance(what, Sequence)
        and len(what) == 2
        and all(isinstance(one, str | os.PathLike) for one in what)
    ):
        first, second = (Path(os.fspath(one)).expanduser() for one in what)
        return _of_path(first, known, second)
    raise UsageError(
        f"A transcript is loaded from a file, its text or bytes, a DataFrame or a list of dicts, "
        f"not from {type(what).__name__}."
    )


FOLDER_HINT = "Saved sets: TranscriptSet.load(folder). Files: [aai.load(p) for p in folder.glob('*.srt')]"


def _of_path(path: Path, known: bool, beside: Path | None = None) -> Transcript:
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", hint=FOLDER_HINT)
    data = read_bytes(path)
    if data.startswith(b"PK\x03\x04") and _is_saved(path):
        return saved_transcript(path)
    other = beside
    if other is None and (suffix := _TOGETHER.get(path.suffix.lower())) is not None:
        near = path.with_suffix(suffix)
        other = near if near.is_file() else None
    document = Document(data, path.name)
    if other is not None:
        document.beside = Document(read_bytes(other), other.name)
    return _of_document(document, path, known)


def _is_saved(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return True  # a damaged one is said to be so
    return not {"[Content_Types].xml", "word/document.xml", "xl/workbook.xml"} & set(names)


def _of_document(document: Document, path: Path | None, known: bool) -> Transcript:
    if is_answer(document):
        return Transcript.from_json(document.data)
    return _imported(read_document(document), path, known)


def is_answer(document: Document) -> bool:
    """Whether a file is an answer of the service: its JSON, not that of another one.

    Examples
    --------
    >>> is_answer(Document(b'{"status": "queued"}')), is_answer(Document(b'{"text": "Hi", "segments": []}'))
    (True, False)
    """
    start = document.data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith(b"{"):
        return False
    try:
        fields: Mapping[str, Any] = msgspec.json.decode(document.data, type=dict[str, msgspec.Raw])
    except NOT_JSON:
        fields = document.json if isinstance(document.json, dict) else {}
    if "imported" in fields or not fields.keys() & _OURS:
        return "imported" in fields
    if fields.keys() & _NOT_OURS:
        return False
    if not fields.keys() & {"status", "words", "utterances"} and timed_rows(document.json) is not None:
        return False
    if not all(_is_kind(fields[name], kinds) for name, kinds in _KINDS.items() if name in fields):
        return False
    words = fields.get("words")
    if isinstance(words, msgspec.Raw):
        try:
            rows = msgspec.json.decode(words, type=list[msgspec.Raw])
            words = [msgspec.json.decode(row) for row in rows[:1]]
        except NOT_JSON:
            return True
    first = words[0] if isinstance(words, list) and words else {}
    if not isinstance(first, Mapping):
        return True
    seconds = isinstance(first.get("end"), float) and not float(first["end"]).is_integer()
    return not ("word" in first or "type" in first or "name" in first or seconds)


def _is_kind(value: Any, kinds: str) -> bool:
    """Whether a value is of a kind of JSON, by the character that it begins with."""
    if isinstance(value, msgspec.Raw):
        return bytes(value)[:1].decode("ascii", "replace") in kinds
    return {"str": '"', "list": "[", "NoneType": "n"}.get(type(value).__name__, "0") in kinds


def _imported(read: ReadFile, path: Path | None, known: bool) -> Transcript:
    recording = None if known else attach_media(read, path)
    found = Transcript.from_json(transcript_json(read), source=None if path is None else str(path))
    found.edited_answer.audio = recording
    return found
