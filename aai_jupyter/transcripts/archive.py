"""File format of a saved transcript: a zip that any tool opens.

::

    manifest.json              {"format", "version", "source", "audio", "answers"}
    transcript.json            the service's answer, byte by byte
    answers/00-sentences.json  further answers, byte by byte, in order of arrival
    edits.json                 what people corrected: operations in order, if there are any
    audio/talk.mp3             the recording, if it was asked for

It is written beside its place and moved there, readable by its owner only: a crash leaves the old file or the
new one, and what was said stays with who saved it.
"""

from __future__ import annotations

import json
import lzma
import shutil
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

from aai_jupyter.errors import UsageError
from aai_jupyter.text.sanitize import one_line
from aai_jupyter.transcripts.atomic_file import write_file

FORMAT = "aai-jupyter transcript"
VERSION = 1
EDITS = "edits.json"
AUDIO = "audio/"
_EXPORTED = """
.ass .cha .csv .ctm .dfxp .docx .eaf .md .parquet .qdc .qdpx .rttm .srt .ssa .stm .textgrid .tsv
.ttml .txt .vtt .xlsx
"""
"""Suffixes of what ``t.export`` writes (but for .json, which archives have had): an archive of that name
would be taken for such a file."""
_OTHER_CALLS = {suffix: f't.export("{{}}{suffix}") writes one' for suffix in _EXPORTED.split()}
_OTHER_CALLS |= dict.fromkeys((".doc", ".odt", ".rtf", ".pdf"), 't.export("{}.docx") writes a file for Word')
_OTHER_CALLS |= dict.fromkeys(
    (".html", ".htm"),
    'from aai_jupyter.reports.page import save_html_report; save_html_report(t, "{}.html")',
)
MAX_BYTES = 500_000_000
"""Of all entries, unpacked: ten hours of words take some 20 MB."""
MAX_ENTRIES = 200
DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError,
    KeyError, ValueError, TypeError, AttributeError, OverflowError,
    RuntimeError,  # encrypted; and RecursionError, of JSON that is nested too deeply
    NotImplementedError,  # a way of packing that Python does not know
)  # fmt: skip
_WHEN = (1980, 1, 1, 0, 0, 0)  # equal content gives equal bytes


def write(
    path: str | Path,
    raw: bytes,
    facts: Mapping[str, Any],
    answers: Sequence[tuple[str, bytes]],
    edits: bytes = b"",
    sound: tuple[str, BinaryIO] | None = None,
) -> Path:
    """Write a transcript to ``path``, atomically; `sound` is the recording's name and its bytes.

    Raises
    ------
    UsageError
        The name is that of another kind of file, the folder is missing, or the file cannot be written.
    """
    target = Path(path).expanduser()
    if (call := _OTHER_CALLS.get(target.suffix.lower())) is not None:
        raise UsageError(
            f"save() writes a file that aai.load() reads, not {target.suffix}.",
            hint=f'{call.format(target.stem)}; to save all of it: t.save("{target.stem}.aai").',
        )
    files = [f"answers/{number:02}-{kind}.json" for number, (kind, _) in enumerate(answers)]
    manifest = {"format": FORMAT, "version": VERSION, **facts, "answers": files}
    content = {"manifest.json": json.dumps(manifest, indent=1).encode(), "transcript.json": raw}
    content |= {file: answer for file, (_, answer) in zip(files, answers, strict=True)}
    content |= {EDITS: edits} if edits else {}

    def pack(stream: BinaryIO) -> None:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in content.items():
                archive.writestr(_entry(name), data)
            if sound is not None:  # packed as it is: sound has been compressed already
                entry = _entry(AUDIO + Path(sound[0]).name, zipfile.ZIP_STORED)
                with archive.open(entry, "w", force_zip64=True) as packed:
                    shutil.copyfileobj(sound[1], packed, 1 << 20)

    return write_file(target, pack)


def open_sound(path: str | Path, name: str) -> BinaryIO:
    """Open the recording in a file of :func:`write`."""
    archive = zipfile.ZipFile(Path(path).expanduser())
    return cast(BinaryIO, archive.open(name))


def _entry(name: str, packing: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _WHEN)
    entry.compress_type = packing
    entry.external_attr = 0o600 << 16
    return entry


def read(path: str | Path) -> tuple[bytes, dict[str, Any], list[tuple[str, bytes]], bytes]:
    """Read a file of :func:`write`, or plain JSON of the service.

    Returns
    -------
    raw : bytes
        The transcript's JSON.
    facts : dict
        ``source`` and ``audio``.
    answers : list of (str, bytes)
        Kind and JSON of the further answers.
    edits : bytes
        Edits; empty without any.

    Raises
    ------
    UsageError
        The file is missing, unreadable or damaged, or a newer version wrote it.
    """
    target = Path(path).expanduser()
    if target.is_dir():
        raise UsageError(f"{target} is a folder.", hint="A saved set is read by TranscriptSet.load(folder).")
    try:
        if not zipfile.is_zipfile(target):
            return target.read_bytes(), {}, [], b""
        with zipfile.ZipFile(target) as archive:
            content = _Content(archive)
            manifest = json.loads(content.read("manifest.json"))
            if manifest.get("format") != FORMAT:
                raise UsageError(f"{target} is a zip file, but no saved transcript.")
            if manifest["version"] > VERSION:
                raise UsageError(
                    f"{target} was saved by a newer version of aai_jupyter.", hint="Update aai-jupyter."
                )
            source = manifest.get("source")
            facts = {
                "source": source if source is None or isinstance(source, str) else one_line(source),
                "audio": manifest.get("audio"),
                "sound": next((name for name in archive.namelist() if name.startswith(AUDIO)), None),
            }
            answers = [(_kind(name), content.read(name)) for name in manifest.get("answers", ())]
            edits = content.read(EDITS) if EDITS in archive.namelist() else b""
            if edits and not isinstance(json.loads(edits), list):
                raise ValueError("edits")
            return content.read("transcript.json"), facts, answers, edits
    except OSError as error:
        raise UsageError(
            f"Cannot read {target}: {error.strerror or error}.", hint="Check the name."
        ) from error
    except DAMAGED as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"{target} is damaged, or no saved transcript ({error}).") from error


class _Content:
    """Entries of an archive, each read once and all within :data:`MAX_BYTES`: few bytes pack very many."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._left = MAX_BYTES
        self._read: set[str] = set()

    def read(self, name: str) -> bytes:
        if name in self._read or len(self._read) > MAX_ENTRIES:
            raise ValueError(f"{one_line(name)} once more")
        self._read.add(name)
        with self._archive.open(name) as entry:
            data = entry.read(self._left + 1)  # what the archive says of its size need not be true
        self._left -= len(data)
        if self._left < 0:
            raise ValueError(f"more than {MAX_BYTES / 1e6:g} MB")
        return data


def _kind(name: str) -> str:
    return Path(name).stem.partition("-")[2]
