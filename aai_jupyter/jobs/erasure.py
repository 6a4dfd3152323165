"""Erasure on this machine: find every copy of a transcript or recording below the home folder, and delete it.

The order makes a kill harmless. All that belongs to it is found first and written down (an
:class:`~aai_jupyter.jobs.erasure_intent.ErasureIntent`), since a link is lost with the row that held it. Then
files and rows go, then the pages that SQLite still had of them, and last the intent.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path
from typing import Any

from aai_jupyter.jobs.cache_keys import journalled_keys
from aai_jupyter.jobs.erasure_intent import ErasureIntent, IntentFile, pending
from aai_jupyter.jobs.erasure_receipt import ErasureReceipt
from aai_jupyter.jobs.file_systems import network_file_system
from aai_jupyter.jobs.home_folders import FOLDERS, REDACTED, WAVEFORMS, is_digest, waveform_name
from aai_jupyter.jobs.made_sound import SUFFIX, digest_of, made_of, parts_file
from aai_jupyter.jobs.store import FILE, Store
from aai_jupyter.jobs.voice_profiles import VoiceProfiles
from aai_jupyter.settings.configuration import settings
from aai_jupyter.settings.endpoint import LOCAL_ACCOUNT
from aai_jupyter.text.json_faults import NOT_JSON
from aai_jupyter.text.urls import stable_address

ENGINES = ("", "base", "tiny.en")
"""Models that are part of a cache key: of the service none, and those of the local engine by name."""
_BUSY_SECONDS = 10.0


@dataclass
class Copies:
    """Every copy of some transcripts and recordings that this machine keeps."""

    home: Path
    accounts: dict[str, str | None] = field(default_factory=dict)
    """Transcript -> its account; None when nothing here knows it."""
    files: set[Path] = field(default_factory=set)
    jobs: dict[str, str] = field(default_factory=dict)
    """Job without a transcript -> its state."""
    audio: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)
    """Recordings of the user, which stay."""
    shared: set[Path] = field(default_factory=set)
    """Files that belong to another transcript, too."""

    def intent(self, *, at_service: bool) -> ErasureIntent:
        """What is to be done about them."""
        return ErasureIntent(
            ids=list(self.accounts),
            files=sorted(os.fspath(path) for path in self.files),
            jobs=list(self.jobs),
            audio=sorted(self.audio),
            at_service=dict(self.accounts) if at_service else {},
        )

    def receipt(self, receipt: ErasureReceipt) -> None:
        """Note them in a receipt."""
        known = [account for account in self.accounts.values() if account is not None]
        receipt.add("store", "transcript", len(known))
        receipt.add("store", "job", len(self.jobs))
        for path in sorted(self.files):
            folder = path.relative_to(self.home).parts[0]
            receipt.add(f"home/{folder}", FOLDERS.get(folder, "file"))
        for name in sorted(self.own):
            receipt.kept.append(f"{name} is your own recording.")
        for path in sorted(self.shared):
            receipt.kept.append(f"{path} also belongs to another transcript.")


class CopyFinder:
    """Finds copies through the store's own rows.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.copies = Copies(store.home.absolute())
        self._facts: list[tuple[str, dict[str, Any]]] | None = None

    def knows(self, transcript_id: str) -> bool:
        """Whether the store has a transcript or a job of this id."""
        sql = "SELECT 1 FROM transcripts WHERE id = ? UNION SELECT 1 FROM jobs WHERE transcript_id = ?"
        return bool(self._read(sql, transcript_id, transcript_id))

    def add_transcript(self, transcript_id: str) -> None:
        """Add a transcript: its rows, its waveform, and sound that is kept for it alone."""
        sql = "SELECT account FROM transcripts WHERE id = ? UNION "
        sql += "SELECT account FROM jobs WHERE transcript_id = ?"
        row = self._read(sql, transcript_id, transcript_id)
        self.copies.accounts[transcript_id] = row[0][0] if row else None
        for path in _children(self.copies.home / REDACTED):
            if path.name.startswith(f"{transcript_id}_"):
                self.copies.files.add(path)
        for owner, facts in self._recordings():
            if owner == transcript_id:
                self._add_sound(facts)

    def add_recording(self, facts: dict[str, Any]) -> None:
        """Add a recording: its file if it is ours, and every transcript and job that was made of it.

        Parameters
        ----------
        facts : dict
            As :meth:`Recording.facts` gives them: path, url, sha256.
        """
        digest = facts.get("sha256") if is_digest(facts.get("sha256")) else None
        found = [owner for owner, other in self._recordings() if _same(facts, other)]
        for audio in self._names_of(facts.get("url"), digest):
            self.copies.audio.add(audio)
            for job, state, transcript_id in self._jobs_of(audio):
                if transcript_id:
                    found.append(transcript_id)
                else:
                    self.copies.jobs[job] = state
        for transcript_id in dict.fromkeys(found):
            self.add_transcript(transcript_id)
        self._add_sound(facts)
        for made in made_of(self.copies.home, digest, facts.get("path")):
            if made not in self.copies.files:
                self.add_recording({"path": str(made), "sha256": digest_of(made)})

    def _names_of(self, url: str | None, digest: str | None) -> Iterator[str]:
        """Yield what a recording is called in the journal: as one address, or by its bytes and its tracks."""
        if url:
            yield from dict.fromkeys((f"url:{stable_address(url)}", f"url:{url}"))
        elif digest:
            yield f"sha256:{digest}"
            sql = "SELECT DISTINCT audio FROM uploads WHERE audio GLOB ?"
            yield from (row[0] for row in self._read(sql, f"sha256:{digest}#track=*"))

    def add_older(self, seconds: float) -> None:
        """Add transcripts that were saved, and sound that was written, longer ago than this."""
        oldest = time.time() - seconds
        for (transcript_id,) in self._read("SELECT id FROM transcripts WHERE saved < ?", oldest):
            self.add_transcript(transcript_id)
        for folder in FOLDERS:
            for path in _children(self.copies.home / folder):
                with contextlib.suppress(OSError):
                    if path.stat().st_mtime < oldest:
                        self.copies.files.add(path)

    def add_all(self, account: str | None = None) -> None:
        """Add every transcript (of one account, or of all) and all sound."""
        sql = "SELECT id FROM transcripts WHERE account = coalesce(?, account) UNION SELECT transcript_id "
        sql += "FROM jobs WHERE transcript_id IS NOT NULL AND account = coalesce(?, account)"
        for (transcript_id,) in self._read(sql, account, account):
            self.add_transcript(transcript_id)
        sql = "SELECT job, state FROM jobs WHERE transcript_id IS NULL AND account = coalesce(?, account)"
        self.copies.jobs |= dict(self._read(sql, account))
        sql = "SELECT audio FROM uploads WHERE account = coalesce(?, account)"
        self.copies.audio |= {row[0] for row in self._read(sql, account)}
        for folder in FOLDERS:
            self.copies.files |= set(_children(self.copies.home / folder))

    def found(self) -> Copies:
        """The copies, without files that a transcript which stays refers to."""
        staying = [facts for owner, facts in self._recordings() if owner not in self.copies.accounts]
        needed = {path for facts in staying for path in self._files_of(facts)}
        self.copies.shared = self.copies.files & needed
        self.copies.files -= needed
        return self.copies

    def _add_sound(self, facts: dict[str, Any]) -> None:
        self.copies.files.update(self._files_of(facts))
        path = facts.get("path")
        if path and Path(path).is_file() and not _below(Path(path), self.copies.home):
            self.copies.own.add(path)

    def _files_of(self, facts: dict[str, Any]) -> Iterator[Path]:
        """Files in the home folder that belong to a recording."""
        names = [facts["sha256"]] if is_digest(facts.get("sha256")) else []
        path = Path(facts["path"]) if facts.get("path") else None
        if path is not None:
            with contextlib.suppress(OSError, ValueError):
                names.append(waveform_name(path))
            if _below(path, self.copies.home) and path.is_file():
                yield path
                yield from path.parent.glob(f"{escape(path.stem)}.*{path.suffix}")  # the tracks of a mix
        for name in names:
            yield from (self.copies.home / WAVEFORMS).glob(f"{name}*.npy")  # one for each audio track

    def _recordings(self) -> list[tuple[str, dict[str, Any]]]:
        """Transcripts, and where the recording of each is."""
        if self._facts is None:
            self._facts = []
            for owner, value in self._read("SELECT id, value FROM layers WHERE kind = 'audio'"):
                with contextlib.suppress(*NOT_JSON):
                    facts = json.loads(value) if value else None
                    if isinstance(facts, dict):
                        self._facts.append((owner, {k: v for k, v in facts.items() if isinstance(v, str)}))
        return self._facts

    def _jobs_of(self, audio: str) -> Iterator[tuple[str, str, str | None]]:
        """Job, state and transcript of jobs on a recording: by its upload, or by their cache key."""
        sql = (
            "SELECT job, state, transcript_id, account, key, request, "
            "upload_url IN (SELECT url FROM uploads WHERE audio = ?) FROM jobs"
        )
        engines = {*ENGINES, str(settings.local_model), settings.engine_name}
        for *found, account, key, request, uploaded in self._read(sql, audio):
            if uploaded or key in journalled_keys(audio, request, account, engines):
                yield tuple(found)

    def _read(self, sql: str, *values: Any) -> list[Any]:
        return self._store.database.read(lambda db: db.execute(sql, values).fetchall())


def erase_here(store: Store, files: Iterable[IntentFile]) -> list[str]:
    """Carry out intents on this machine; return what could not be deleted, in sentences."""
    problems = []
    begun = [one for one in files if one.intent.here]
    for one in begun:
        for name in one.intent.files:
            path = Path(name)
            if _below(path, store.home):
                try:
                    path.unlink(missing_ok=True)
                    parts_file(path).unlink(missing_ok=True)
                except OSError as error:
                    problems.append(f"{path} ({error.strerror or error}).")
        _delete_rows(store, one.intent)
    if begun and not _scrubbed(store):
        problems.append(
            "another kernel uses the store: deleted text may stay in its log (store-1.sqlite3-wal) "
            "until that ends. aai.erase() repeats it."
        )
    if not problems:
        for one in begun:
            one.intent.here = False
            _save(one)
    return problems


def resume(store: Store) -> None:
    """Finish on this machine what an earlier process began to erase."""
    begun = [one for one in pending(store.home) if one.intent.here]
    if begun:
        erase_here(store, begun)


def expire(store: Store, days: int, on_message: Callable[[str], None]) -> None:
    """Erase what is older than the setting ``keep_days`` says, and tell how much."""
    finder = CopyFinder(store)
    finder.add_older(days * 86400.0)
    copies = finder.found()
    if not (copies.accounts or copies.files):
        return
    intent = copies.intent(at_service=False)
    intent.at_service = {one: account for one, account in copies.accounts.items() if account == LOCAL_ACCOUNT}
    try:
        begun = IntentFile.create(store.home, intent)
    except OSError as error:
        on_message(f"keep_days = {days}: nothing is erased, as {store.home} cannot be written ({error}).")
        return
    problems = erase_here(store, [begun])
    finish(begun)
    on_message(
        f"keep_days = {days}: {len(copies.accounts)} transcripts and {len(copies.files)} files of sound were "
        f"erased here{'' if not problems else '; not reached: ' + ' '.join(problems)}"
    )


def finish(one: IntentFile) -> None:
    """Remove an intent when nothing of it is left to do."""
    if one.intent.done:
        one.remove()
    else:
        _save(one)


def _scrubbed(store: Store) -> bool:
    if network_file_system(store.home):  # SQLite's own locks are not trusted there: the store has another
        store.database.compact()
        return True
    return scrub(store.home / FILE)


def scrub(path: Path) -> bool:
    """Overwrite what deleted rows left in a SQLite file and its log; False while others hold it.

    ``secure_delete`` of the store clears pages. The write-ahead log still has earlier ones until it is
    emptied, and rows that moved within a page leave remnants until the file is built anew.
    """
    if not path.exists():
        return True
    deadline = time.monotonic() + _BUSY_SECONDS
    with contextlib.closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as db:
        while True:
            try:
                db.execute("PRAGMA secure_delete = ON")
                db.execute("VACUUM")
                (busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if not busy:
                    return True
            except sqlite3.OperationalError:  # locked
                pass
            except sqlite3.DatabaseError:  # damaged: the store moves it aside when it is opened next
                return False
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)


def damaged_stores(home: Path) -> list[Path]:
    """Stores that were damaged and kept aside: which transcripts they hold cannot be told."""
    return [path for path in _children(home) if ".damaged" in path.name]


def is_kept(store: Store, transcript_id: str) -> bool:
    """Whether the store has a transcript: one that was erased takes no edits any more."""
    sql = "SELECT 1 FROM transcripts WHERE id = ?"
    return store.database.read(lambda db: db.execute(sql, (transcript_id,)).fetchone()) is not None


def _delete_rows(store: Store, intent: ErasureIntent) -> None:
    for transcript_id in intent.ids:
        store.forget(transcript_id)
    VoiceProfiles(store.home).forget_transcripts(list(intent.ids))

    def work(db: sqlite3.Connection) -> None:
        for job in intent.jobs:
            db.execute("DELETE FROM journal WHERE job = ?", (job,))
            db.execute("DELETE FROM jobs WHERE job = ?", (job,))
        for audio in intent.audio:
            db.execute("DELETE FROM uploads WHERE audio = ?", (audio,))

    store.database.write(work)


def _save(one: IntentFile) -> None:
    with contextlib.suppress(OSError):  # no room: it is carried out once more than needed
        one.save()


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    if one.get("sha256") and other.get("sha256"):
        return bool(one["sha256"] == other["sha256"])
    if one.get("url") and other.get("url"):
        return stable_address(one["url"]) == stable_address(other["url"])
    return bool(one.get("path") and one["path"] == other.get("path"))


def _below(path: Path, home: Path) -> bool:
    try:
        return (path.parent.resolve() / path.name).is_relative_to(home.resolve())
    except (OSError, ValueError, RuntimeError):
        return False


def _children(folder: Path) -> list[Path]:
    try:
        found = [path for path in folder.iterdir() if path.is_file() or path.is_symlink()]
    except OSError:
        return []
    return [path for path in found if path.suffix != SUFFIX]  # those go with their sound
