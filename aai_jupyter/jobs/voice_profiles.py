"""Voices that the user has named and wants to be recognised again: one file, readable by its owner only.

An entry is the voice of one speaker in one transcript; a profile is all entries of a name. So whatever was
remembered of one transcript can be replaced or taken back without touching the rest.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from aai_jupyter.errors import StoreError
from aai_jupyter.files.private_folder import private_folder
from aai_jupyter.jobs.folder_lock import FolderLock
from aai_jupyter.jobs.home_folders import written_into
from aai_jupyter.text.ready_types import ready

FOLDER, FILE = "voices", "voices.json"
_WAIT_SECONDS = 10.0


@ready
class VoiceEntry(msgspec.Struct, frozen=True):
    """The voice of one speaker in one transcript.

    Attributes
    ----------
    transcript : str
        Id of the transcript.
    vector : list of float
        Of length 1.
    model : str
        What made the vector: vectors of different models cannot be compared.
    """

    name: str
    transcript: str
    label: str
    vector: list[float]
    seconds: float
    model: str


class VoiceProfiles:
    """The remembered voices of one home folder.

    Examples
    --------
    >>> import tempfile
    >>> profiles = VoiceProfiles(Path(tempfile.mkdtemp()))
    >>> profiles.replace("t1", [VoiceEntry("Ann", "t1", "A", [1.0], 20.0, "m")])
    >>> [entry.name for entry in profiles.entries()], profiles.forget("Ann"), profiles.entries()
    (['Ann'], 1, [])
    """

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER

    def entries(self) -> list[VoiceEntry]:
        """Return all entries, in the order in which they were remembered.

        Raises
        ------
        StoreError
            The file is damaged.
        """
        try:
            raw = (self._folder / FILE).read_bytes()
        except OSError:
            return []
        try:
            return msgspec.json.decode(raw, type=list[VoiceEntry])
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise StoreError(
                f"The remembered voices in {self._folder / FILE} cannot be read: {error}.",
                hint="Delete the file and remember them again.",
            ) from None

    def replace(self, transcript: str, entries: Sequence[VoiceEntry]) -> None:
        """Keep these of a transcript, and no others of it."""
        self._change(lambda kept: [*(one for one in kept if one.transcript != transcript), *entries])

    def forget(self, name: str) -> int:
        """Forget a name; return how many entries there were."""
        return self._without(lambda one: one.name == name)

    def forget_transcripts(self, ids: Sequence[str]) -> int:
        """Forget the voices of transcripts that are erased; return how many entries there were."""
        gone = set(ids)
        return self._without(lambda one: one.transcript in gone)

    def erase(self) -> int:
        """Forget everything, and delete the file; return how many entries there were."""
        count = 0
        with contextlib.suppress(StoreError):
            count = len(self.entries())
        with contextlib.suppress(FileNotFoundError):
            (self._folder / FILE).unlink()
        return count

    def _without(self, gone: Callable[[VoiceEntry], bool]) -> int:
        if not any(gone(one) for one in self.entries()):
            return 0
        before = len(self.entries())
        self._change(lambda kept: [one for one in kept if not gone(one)])
        return before - len(self.entries())

    def _change(self, change: Callable[[list[VoiceEntry]], list[VoiceEntry]]) -> None:
        with written_into(self._folder, "The remembered voices"), self._locked():
            entries = change(self.entries())
            if not entries:
                (self._folder / FILE).unlink(missing_ok=True)
                return
            handle, part = tempfile.mkstemp(prefix=f".{FILE}-", dir=self._folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(msgspec.json.encode(entries))
                os.replace(part, self._folder / FILE)
            except BaseException:
                Path(part).unlink(missing_ok=True)  # no vector stays behind
                raise

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        private_folder(self._folder)
        lock = FolderLock(self._folder / ".lock")
        if not lock.acquire(_WAIT_SECONDS):
            raise StoreError("The remembered voices are being written by another process.", hint="Try again.")
        try:
            yield
        finally:
            lock.release()
