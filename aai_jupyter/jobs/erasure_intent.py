"""Erasures that were begun: written before the first deletion, so that a kill in between is made good."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aai_jupyter.files.private_folder import private_folder
from aai_jupyter.jobs.home_folders import written_into
from aai_jupyter.text.json_faults import NOT_JSON

FOLDER = "erasures"


@dataclass
class ErasureIntent:
    """What is to be deleted. It names rows and files, and holds nothing of their content."""

    ids: list[str] = field(default_factory=list)
    """Transcripts whose rows are deleted."""
    files: list[str] = field(default_factory=list)
    """Files below the home folder."""
    jobs: list[str] = field(default_factory=list)
    """Jobs that have no transcript."""
    audio: list[str] = field(default_factory=list)
    """Uploads, by the name of their recording (see :func:`~aai_jupyter.jobs.cache_keys.audio_name`)."""
    at_service: dict[str, str | None] = field(default_factory=dict)
    """Transcripts to delete at the service, and the account that each belongs to; None: not known."""
    here: bool = True
    """Whether something in the home folder is still to be deleted."""
    corpora: dict[str, list[str]] = field(default_factory=dict)
    """Folder of a corpus -> recordings to take out of it."""
    parts: dict[str, list[str]] = field(default_factory=dict)
    """The same folder -> parts that were written anew without them, and are to be deleted."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to delete."""
        return not (self.ids or self.files or self.jobs or self.audio or self.at_service or self.corpora)

    @property
    def done(self) -> bool:
        """Whether nothing of it is left to do."""
        return not (self.here or self.at_service or self.corpora)

    @classmethod
    def from_json(cls, text: str) -> ErasureIntent:
        """Read what :func:`json.dumps` wrote.

        Raises
        ------
        ValueError
            It is none.
        """
        data: Any = json.loads(text)
        if not isinstance(data, dict):
            raise ValueError("no intent")
        names, there = ("ids", "files", "jobs", "audio"), data.get("at_service")
        for name in names:
            if not isinstance(data.get(name), list) or not all(isinstance(one, str) for one in data[name]):
                raise ValueError(f"no list of {name}")
        if not isinstance(there, dict) or not all(isinstance(one, str | None) for one in there.values()):
            raise ValueError("no list of what to delete at the service")
        corpora, parts = (_named_lists(data.get(name, {})) for name in ("corpora", "parts"))
        return cls(
            **{name: data[name] for name in names},
            at_service=there,
            here=bool(data.get("here")),
            corpora=corpora,
            parts=parts,
        )


def _named_lists(data: Any) -> dict[str, list[str]]:
    if not isinstance(data, dict) or not all(
        isinstance(some, list) and all(isinstance(one, str) for one in some) for some in data.values()
    ):
        raise ValueError("no lists of a corpus")
    return data


class IntentFile:
    """One intent on the disk, below ``home/erasures``.

    Examples
    --------
    >>> import tempfile
    >>> home = Path(tempfile.mkdtemp())
    >>> kept = IntentFile.create(home, ErasureIntent(ids=["t1"]))
    >>> [file.intent.ids for file in pending(home)], kept.remove(), list(pending(home))
    ([['t1']], None, [])
    """

    def __init__(self, path: Path, intent: ErasureIntent) -> None:
        self.path, self.intent = path, intent

    @classmethod
    def create(cls, home: Path, intent: ErasureIntent) -> IntentFile:
        """Write a new intent to the disk.

        Raises
        ------
        StoreError
            It cannot be written; nothing was erased.
        """
        with written_into(home, "What is to be erased"):
            folder = private_folder(private_folder(home) / FOLDER)
            made = cls(folder / f"{secrets.token_hex(8)}.json", intent)
            made.save()
        return made

    def save(self) -> None:
        """Write the intent anew; the file is there whole or as it was."""
        part = self.path.with_suffix(".part")
        flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(part, flags, 0o600), "w", encoding="utf-8") as stream:
            json.dump(asdict(self.intent), stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, self.path)

    def remove(self) -> None:
        """Delete the file: all of it is done."""
        self.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # others are pending
            self.path.parent.rmdir()


def pending(home: Path) -> Iterator[IntentFile]:
    """Yield the intents that are not carried out yet; a file that is none is passed over."""
    folder = home / FOLDER
    if not folder.is_dir():
        return
    for path in sorted(folder.glob("*.json")):
        with contextlib.suppress(OSError, *NOT_JSON):
            yield IntentFile(path, ErasureIntent.from_json(path.read_text("utf-8")))
