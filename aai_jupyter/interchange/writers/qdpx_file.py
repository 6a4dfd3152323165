"""REFI-QDA projects: recordings, transcripts and the points at which both meet, for programs of analysis.

The recording of a redacted transcript stays outside of the project, unless it is asked for: the sound still
says what the text does not.
"""

from __future__ import annotations

import uuid
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, ElementTree, SubElement, register_namespace

from aai_jupyter.errors import UsageError
from aai_jupyter.interchange.writers.content import ExportContent, is_video
from aai_jupyter.interchange.writers.export import export_names
from aai_jupyter.interchange.writers.placed_codes import PlacedCode, passages_of
from aai_jupyter.interchange.writers.qdc_file import codes_element
from aai_jupyter.interchange.writers.text_files import said
from aai_jupyter.text.sanitize import clean, one_line
from aai_jupyter.transcripts.codebook import Codebook, with_codes

_NS = "urn:QDA-XML:project:1.0"
_OURS = uuid.UUID("8f0d3b5e-6a0c-5d1b-9c53-9d1a7f6b2e10")
MAX_MEDIA = 2_147_483_647
"""The standard lets files up to 2 GB stand in a project."""


def qdpx(
    contents: Sequence[ExportContent], media: bool | None = None, codebook: Any = None
) -> Callable[[BinaryIO], None]:
    """Return a writer of a project, with the codes of each coder.

    Parameters
    ----------
    media : bool, optional
        Whether recordings are put into the project. By default those that are files here, but no recording of
        a redacted transcript.
    codebook : Codebook, optional
        Definitions, colours and hierarchy of the codes; codes that it lacks are added.
    """
    project = _Project(contents, media, codebook)

    def write(stream: BinaryIO) -> None:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            text = BytesIO()
            ElementTree(project.root).write(text, encoding="utf-8", xml_declaration=True)
            archive.writestr("project.qde", text.getvalue())
            for name, plain in project.texts.items():
                archive.writestr(f"Sources/{name}", plain.encode())
            for name, path in project.media.items():
                archive.write(path, f"Sources/{name}", zipfile.ZIP_STORED)

    return write


class _Project:
    """The document of a project and the files that it names."""

    def __init__(self, contents: Sequence[ExportContent], media: bool | None, codebook: Any) -> None:
        register_namespace("", _NS)
        self.texts: dict[str, str] = {}
        self.media: dict[str, Path] = {}
        self._with_media = media
        names = export_names(contents)
        title = names[0] if len(names) == 1 else f"{len(names)} transcripts"
        user = _guid("user", "aai_jupyter")
        self.root = Element(
            f"{{{_NS}}}Project",
            {
                "name": title,
                "origin": contents[0].provenance.facts()["software"] if contents else "aai_jupyter",
                "creatingUserGUID": user,
                "creationDateTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
        )
        self._user = {"creatingUser": user}
        self._codes = [passages_of(content) for content in contents]
        coders = dict.fromkeys(one.coder for part in self._codes for one in part)
        users = _child(self.root, "Users")
        for name in ("aai_jupyter", *coders):
            _child(users, "User", {"guid": _guid("user", name), "name": name})
        book = Codebook.of(codebook) if codebook is not None else None
        self._book = with_codes(book, [one.code for part in self._codes for one in part])
        if len(self._book):
            codes_element(_child(self.root, "CodeBook"), self._book, _NS)
        sources = _child(self.root, "Sources")
        for name, content, codes in zip(names, contents, self._codes, strict=True):
            self._source(sources, name, content, codes)
        if not contents:
            self.root.remove(sources)
        description = "\n".join(content.provenance.line() for content in contents)
        _child(self.root, "Description").text = description

    def _source(
        self, sources: Element, name: str, content: ExportContent, codes: Sequence[PlacedCode]
    ) -> None:
        identity = f"{name} {content.provenance.transcript_id}"
        text, points = _plain(content)
        file = f"{_guid('text', identity)}.txt"
        self.texts[file] = text
        path = self._recording(content)
        if path is None and content.media is None:
            source = _child(
                sources, "TextSource", {"guid": _guid("source", identity), "name": name, **self._user}
            )
            source.set("plainTextPath", f"internal://{file}")
            _child(source, "Description").text = content.provenance.line()
            for one in codes:
                at = {"startPosition": str(one.first), "endPosition": str(one.last)}
                self._coding(_child(source, "PlainTextSelection", self._selection(one, identity) | at), one)
            return
        kind = "VideoSource" if is_video(str(path or content.media)) else "AudioSource"
        recording = {"guid": _guid("source", identity), "name": name, **self._user}
        if path is not None:
            inside = f"{_guid('media', identity)}{path.suffix.lower()}"
            self.media[inside] = path
            recording["path"] = f"internal://{inside}"
        else:
            recording["path"] = f"relative:///{Path(content.media or name).name}"
        source = _child(sources, kind, recording)
        _child(source, "Description").text = content.provenance.line()
        transcript = _child(
            source,
            "Transcript",
            {
                "guid": _guid("transcript", identity),
                "name": name,
                "plainTextPath": f"internal://{file}",
                **self._user,
            },
        )
        for number, (time, position) in enumerate(points):
            point = {
                "guid": _guid(f"point {number}", identity),
                "timeStamp": str(time),
                "position": str(position),
            }
            _child(transcript, "SyncPoint", point)
        for one in codes:
            for end, time, position in (("from", one.start, one.first), ("to", one.end, one.last)):
                point = {
                    "guid": _guid(f"code {end} {one.code_id}", identity),
                    "timeStamp": str(time),
                    "position": str(position),
                }
                _child(transcript, "SyncPoint", point)
        for number, turn in enumerate(content.turns):
            selection = {
                "guid": _guid(f"selection {number}", identity),
                "name": turn.who,
                "fromSyncPoint": _guid(f"point {2 * number}", identity),
                "toSyncPoint": _guid(f"point {2 * number + 1}", identity),
                **self._user,
            }
            _child(transcript, "TranscriptSelection", selection)
        for one in codes:
            points_of = {
                "fromSyncPoint": _guid(f"code from {one.code_id}", identity),
                "toSyncPoint": _guid(f"code to {one.code_id}", identity),
            }
            selected = self._selection(one, identity) | points_of
            self._coding(_child(transcript, "TranscriptSelection", selected), one)

    def _selection(self, one: PlacedCode, identity: str) -> dict[str, str]:
        found = {"guid": _guid(f"coded {one.code_id}", identity), "name": one_line(one.text)[:200]}
        return found | {"creatingUser": _guid("user", one.coder)}

    def _coding(self, selection: Element, one: PlacedCode) -> None:
        if one.memo:
            _child(selection, "Description").text = clean(one.memo)
        made = {"guid": _guid("coding", one.code_id), "creatingUser": _guid("user", one.coder)}
        if one.created:
            made["creationDateTime"] = one.created
        coding = _child(selection, "Coding", made)
        _child(coding, "CodeRef", {"targetGUID": self._book[one.code].guid})

    def _recording(self, content: ExportContent) -> Path | None:
        recording = content.transcript.audio
        path = recording.file if recording is not None else None
        if path is None and content.media and Path(content.media).is_file() and self._with_media:
            path = Path(content.media)
        wanted = not content.transcript.redacted if self._with_media is None else self._with_media
        if path is None or not wanted:
            if self._with_media:
                raise UsageError(
                    f"The recording of {content.name} is no file here.",
                    hint="Say where it is: t.audio = path",
                )
            return None
        return path if path.stat().st_size <= MAX_MEDIA else None


def _plain(content: ExportContent) -> tuple[str, list[tuple[int, int]]]:
    """Return the text, a line a turn, and where each turn begins and ends: milliseconds, characters."""
    lines, points, place = [], [], 0
    for turn in content.turns:
        line = said(turn)
        points += [(turn.start, place), (turn.end, place + len(line))]
        lines.append(line)
        place += len(line) + 1
    return "\n".join(lines), points


def _child(parent: Element, name: str, attributes: dict[str, str] | None = None) -> Element:
    return SubElement(parent, f"{{{_NS}}}{name}", attributes or {})


def _guid(kind: str, name: str) -> str:
    """Return the same identifier for the same thing: a project that is written again does not double it."""
    return str(uuid.uuid5(_OURS, f"{kind} {name}"))
