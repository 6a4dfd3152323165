"""The key file of a study: which pseudonym is whose. Only its owner may read it."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from aai_jupyter.errors import UsageError
from aai_jupyter.text.json_faults import NOT_JSON
from aai_jupyter.text.ready_types import ready
from aai_jupyter.transcripts.atomic_file import write_file
from aai_jupyter.transcripts.pseudonyms.mentions import SpokenText
from aai_jupyter.transcripts.pseudonyms.name_matching import Name, Names

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript

_FORMAT = "aai_jupyter pseudonyms"
_MAX_BYTES = 500_000_000


@ready
class _SavedName(msgspec.Struct):
    found: str
    pseudonym: str
    kind: str = "name"
    forms: list[str] = []


@ready
class KeptWords(msgspec.Struct):
    """What stood at one place: the words ``[row, row + size)`` of the view, and those of the original."""

    row: int
    size: int
    words: list[dict[str, Any]]


@ready
class KeyedRecording(msgspec.Struct):
    """What is needed to restore one recording.

    Attributes
    ----------
    source : str or None
    transcript_id : str or None
    answer : str
        Digest of the answer as it came: what tells recordings without ids apart.
    spoken : str
        Digest of what was said in it, and by whom, when the names were looked through.
    words : list of KeptWords
    turns : dict
        Texts of turns that are not those of their words, by number.
    speakers : dict
        Label in the view -> name in the original.
    """

    source: str | None = None
    transcript_id: str | None = None
    answer: str = ""
    spoken: str = ""
    words: list[KeptWords] = []
    turns: dict[str, str] = {}
    speakers: dict[str, str] = {}


@ready
class _Saved(msgspec.Struct):
    format: str
    names: list[_SavedName]
    ordinary: list[str] = []
    recordings: dict[str, KeyedRecording] = {}
    study: str = ""  # keys from before studies had one


@dataclass
class StudyKey:
    """A key file in memory.

    Attributes
    ----------
    names : Names
    recordings : dict of str to KeyedRecording
        By the name of the recording in the view: ``recording-01``.
    study : str
        What the ids of its views end in, drawn when the key is made: those of two studies are never one.
    """

    names: Names = field(default_factory=Names)
    recordings: dict[str, KeyedRecording] = field(default_factory=dict)
    study: str = field(default_factory=lambda: secrets.token_hex(4))
    _digest: str = field(default="", repr=False)

    @classmethod
    def read(cls, path: str | Path) -> StudyKey:
        """Read a key file; an empty key where there is none.

        Raises
        ------
        UsageError
            It is another file, damaged, or may be read by others and cannot be closed to them.
        """
        target = Path(path).expanduser()
        try:
            if not target.exists():
                return cls()
            _close_to_others(target)
            raw = target.read_bytes()
        except OSError as error:
            raise UsageError(f"Cannot read the key {target}: {error.strerror or error}.") from error
        try:
            if len(raw) > _MAX_BYTES:
                raise ValueError
            saved = msgspec.json.decode(raw, type=_Saved)
            if saved.format != _FORMAT:
                raise ValueError
        except (*NOT_JSON, ValueError):
            raise UsageError(
                f"{target.name} is no key of pseudonyms.", hint="Give another name: it is left as it is."
            ) from None
        names = [Name(one.found, one.pseudonym, one.kind, tuple(one.forms)) for one in saved.names]
        digest = hashlib.sha256(raw).hexdigest()
        return cls(Names(names, set(saved.ordinary)), saved.recordings, saved.study, digest)

    def is_current(self, path: str | Path) -> bool:
        """Whether the file is still what was read: another kernel of the study may have written it."""
        try:
            return hashlib.sha256(Path(path).expanduser().read_bytes()).hexdigest() == self._digest
        except OSError:
            return not self._digest

    def write(self, path: str | Path) -> Path:
        """Write the key file, mode 0600: whole, or not at all.

        Raises
        ------
        UsageError
            It cannot be written.
        """
        names = [_SavedName(one.found, one.pseudonym, one.kind, [*one.forms]) for one in self.names.names]
        saved = _Saved(_FORMAT, names, sorted(self.names.ordinary), self.recordings, self.study)
        raw = msgspec.json.format(msgspec.json.encode(saved), indent=1)
        return write_file(path, lambda stream: stream.write(raw))

    def id_of(self, called: str) -> str:
        """Return the id of a view, by the name of its recording."""
        return f"{called}-{self.study}" if self.study else called

    def keyed(self, ident: str | None) -> KeyedRecording | None:
        """Return the recording of a view, by its id; None for a view of another study."""
        return next((one for called, one in self.recordings.items() if self.id_of(called) == ident), None)

    def name_of(self, transcript: Transcript) -> str | None:
        """Return what a recording is called in the view; None when it is new."""
        facts = (transcript.source, transcript.id)
        for name, one in self.recordings.items():
            same = facts == (one.source, one.transcript_id)
            if same and (transcript.id or one.answer == answer_digest(transcript)):
                return name
        return None

    def is_looked_through(self, spoken: SpokenText) -> bool:
        """Whether the names of this text were proposed before."""
        return digest_of(spoken) in {one.spoken for one in self.recordings.values()}

    def free_name(self) -> str:
        """Return a name for another recording."""
        number = len(self.recordings) + 1
        while (name := f"recording-{number:02d}") in self.recordings:
            number += 1
        return name


def answer_digest(transcript: Transcript) -> str:
    """Return the digest of a transcript's answer, which no edit changes."""
    return hashlib.sha256(transcript.raw_bytes).hexdigest()


def digest_of(spoken: SpokenText) -> str:
    """Return the digest of what is said in a recording, and by whom."""
    said = "\n".join([*spoken.speakers, "", *spoken.turns])
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


def restored_text(text: str, names: Sequence[Name]) -> str:
    """Return a text with the names in the place of their pseudonyms, each as it is written as a rule.

    Examples
    --------
    >>> restored_text("P01's and P012", [Name("Ann Lee", "P01", "person")])
    "Ann Lee's and P012"
    """
    back: Mapping[str, str] = {one.pseudonym: one.found for one in names}
    return Names([Name(pseudonym, found) for pseudonym, found in back.items()]).text(text)


def _close_to_others(path: Path) -> None:
    if os.name != "posix":
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        path.chmod(0o600)
