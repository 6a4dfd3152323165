"""What is known of one recording with its options, as a document that is changed by compare-and-set.

Versions of a document are objects ``jobs/KEY/1``, ``jobs/KEY/2``, ... Each holds all of it, the newest
counts, and to change it is to create the next one, which succeeds for one process only. So a change of
several values is one step: a transaction on the document, run again when another process was quicker.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from aai_jupyter.errors import StoreError
from aai_jupyter.jobs.journal import Claim, JobRecord
from aai_jupyter.jobs.shared_objects import SharedObjects
from aai_jupyter.text.ready_types import ready

T = TypeVar("T")

_PAUSE = 0.05


@ready
@dataclass
class RecordingDocument:
    """Claim, jobs and journal of one cache key.

    Attributes
    ----------
    author : str
        Of this version: tells whether it was ours that was created, when the answer was lost.
    notes : list of (job, state, detail)
        The journal, oldest first.
    """

    author: str = ""
    claim: Claim | None = None
    jobs: dict[str, JobRecord] = field(default_factory=dict)
    notes: list[tuple[str, str, str | None]] = field(default_factory=list)


class DocumentCells:
    """The cells of a document, within a change."""

    def __init__(self, document: RecordingDocument) -> None:
        self.document = document

    def claim(self, key: str) -> Claim | None:
        return self.document.claim

    def swap_claim(self, key: str, seen: Claim | None, new: Claim | None) -> bool:
        if self.document.claim != seen:
            return False
        self.document.claim = new
        return True

    def job(self, job: str) -> JobRecord | None:
        return self.document.jobs.get(job)

    def swap_job(self, seen: JobRecord | None, new: JobRecord, detail: str | None) -> bool:
        if self.document.jobs.get(new.job) != seen:
            return False
        self.document.jobs[new.job] = new
        self.document.notes.append((new.job, new.state, detail))
        return True


class RecordingDocuments:
    """The documents of a shared store.

    Parameters
    ----------
    objects : SharedObjects

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from aai_jupyter.jobs.shared_objects import FolderObjects
    >>> documents = RecordingDocuments(FolderObjects(pathlib.Path(tempfile.mkdtemp())))
    >>> documents.change("k" * 64, lambda cells: cells.swap_claim("k", None, Claim("me", 1)))
    True
    >>> documents.read("k" * 64).claim
    Claim(owner='me', beat=1)
    """

    def __init__(self, objects: SharedObjects) -> None:
        self._objects = objects
        self._newest: dict[str, int] = {}

    def read(self, key: str) -> RecordingDocument:
        """Return the newest version; an empty one without any."""
        return self._read(key)[1]

    def change(self, key: str, work: Callable[[DocumentCells], T]) -> T:
        """Run ``work`` on the newest version and make what it left the next one.

        It is run again when another process was quicker. Its exceptions leave the document as it was.
        """
        while True:
            number, document = self._read(key)
            before = _written(document)
            result = work(DocumentCells(document))
            if _written(document) == before:
                return result
            document.author = uuid.uuid4().hex
            if self._create(key, number + 1, document):
                self._newest[key] = number + 1
                return result
            time.sleep(random.uniform(0, _PAUSE))

    def _create(self, key: str, number: int, document: RecordingDocument) -> bool:
        if self._objects.create(_name(key, number), _written(document)):
            return True
        # It may have been ours: created, the answer lost, and tried again.
        found = self._at(key, number)
        return found is not None and found.author == document.author

    def _read(self, key: str) -> tuple[int, RecordingDocument]:
        number = self._newest.get(key, 0)
        newest = self._at(key, number) if number else None
        while (found := self._at(key, number + 1)) is not None:
            number, newest = number + 1, found
        self._newest[key] = number
        return number, newest or RecordingDocument()

    def _at(self, key: str, number: int) -> RecordingDocument | None:
        raw = self._objects.read(_name(key, number))
        if raw is None:
            return None
        try:
            return msgspec.json.decode(raw, type=RecordingDocument)
        except msgspec.MsgspecError as error:
            raise StoreError(
                f"The shared store is damaged: {_name(key, number)}.",
                detail=str(error),
                hint="Nothing was submitted for this recording. Restore that file, or look at the service.",
            ) from error


def _name(key: str, number: int) -> str:
    return f"jobs/{key[:2]}/{key}/{number}"


def _written(document: RecordingDocument) -> bytes:
    return msgspec.json.encode(document)
