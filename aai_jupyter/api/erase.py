"""``aai.erase``: transcripts and recordings deleted wherever a copy of them is kept."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.api.erase_corpora import erase_in_corpora, find_in_corpora
from aai_jupyter.corpora.recording_ids import recording_id
from aai_jupyter.errors import AaiError, SourceError, UsageError
from aai_jupyter.jobs.engine import ensure_engine
from aai_jupyter.jobs.erasure import Copies, CopyFinder, damaged_stores, erase_here, finish
from aai_jupyter.jobs.erasure_intent import IntentFile, pending
from aai_jupyter.jobs.erasure_receipt import ErasureReceipt
from aai_jupyter.jobs.exports_left import files_with, needles
from aai_jupyter.jobs.voice_profiles import VoiceProfiles
from aai_jupyter.runtime.process import Runtime, runtime
from aai_jupyter.settings.endpoint import LOCAL_ACCOUNT, Endpoint
from aai_jupyter.settings.working_folder import absolute, working_folder
from aai_jupyter.text.urls import is_web_url
from aai_jupyter.transcripts.pseudonymising import PSEUDONYMISED

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript_base import TranscriptBase


class TranscriptId(str):
    """A text that is the id of a transcript, whatever it looks like."""


def erase(
    *what: Any, older_than: float | None = None, at_service: bool = True, dry_run: bool = False
) -> ErasureReceipt:
    """Erase transcripts and recordings: every copy here, and at the service.

    Deletes rows of the store (transcript, edits, journal), waveforms, sound of live sessions, mixes and joins
    that were made of a recording with their transcripts, redacted audio, recordings of the page, the engine's
    data, recordings of corpora that were opened on this machine with their indexes, and the transcript and
    upload at the service. Recordings that lie elsewhere are yours and
    stay. An erasure that was interrupted is finished by the next kernel, or by ``aai.erase()``.

    Parameters
    ----------
    *what
        A transcript, live transcript, set, job or recording; an id, a path or a URL; or lists of those. Of a
        recording all its transcripts are erased. Without any, what earlier calls could not finish.
    older_than : float, optional
        Also all transcripts and sound on this machine that are older than so many days.
    at_service : bool
        False leaves what is at the service.
    dry_run : bool
        Only tell what would be erased.

    Returns
    -------
    ErasureReceipt
        Shows what was deleted and what could not be reached.

    Examples
    --------
    >>> aai.erase(t)  # doctest: +SKIP
    >>> aai.erase(older_than=30, dry_run=True)  # doctest: +SKIP
    """
    return runtime().bridge.run(_erase(what, older_than, at_service, dry_run))


async def erase_async(
    *what: Any, older_than: float | None = None, at_service: bool = True, dry_run: bool = False
) -> ErasureReceipt:
    """The same as :func:`erase`, to be awaited.

    Examples
    --------
    >>> receipt = await aai.erase_async(t)  # doctest: +SKIP
    """
    running = runtime().bridge.submit(_erase(what, older_than, at_service, dry_run))
    found: ErasureReceipt = await asyncio.wrap_future(running)
    return found


def erase_all(
    account: str | None, *, before: Callable[[ErasureReceipt], Any], at_service: bool, dry_run: bool
) -> ErasureReceipt:
    """Erase every transcript of one account, or of all, and all sound: ``aai-jupyter forget``.

    Parameters
    ----------
    before : callable
        Deletes what the local engine has; called when the intent is written.
    """
    rt, receipt = runtime(), ErasureReceipt(dry_run=dry_run)
    finder = CopyFinder(rt.store)
    finder.add_all(account)
    copies = finder.found()
    copies.receipt(receipt)
    damaged = damaged_stores(rt.store.home)
    if account is None:
        receipt.add("home", "damaged store", len(damaged))
    else:
        receipt.unreached += [
            f"{path} is a damaged store that may hold some; delete the file." for path in damaged
        ]
    intent = copies.intent(at_service=True)
    find_in_corpora(rt.store.home, copies.accounts, (), intent, receipt)
    if dry_run:
        return receipt
    intent.files += [str(path) for path in damaged if account is None]
    begun = IntentFile.create(rt.store.home, intent)
    before(receipt)
    receipt.add("voices", "voice", VoiceProfiles(rt.store.home).erase())
    intent.at_service = {
        one: whose
        for one, whose in intent.at_service.items()
        if at_service and whose not in (LOCAL_ACCOUNT, None)
    }
    receipt.unreached += [*erase_here(rt.store, [begun]), *erase_in_corpora([begun])]
    rt.bridge.run(_erase_there(rt, [begun], receipt))
    return receipt


async def _erase(
    what: Iterable[Any], older_than: float | None, at_service: bool, dry_run: bool
) -> ErasureReceipt:
    rt, receipt = runtime(), ErasureReceipt(dry_run=dry_run)
    copies, asked = await asyncio.to_thread(_find, rt, what, older_than)
    copies.receipt(receipt)
    intent = copies.intent(at_service=at_service)
    await asyncio.to_thread(
        find_in_corpora, rt.store.home, {*copies.accounts, *asked.ids}, asked.places, intent, receipt
    )
    receipt.unreached += asked.unreached
    wanted = asked.needles
    if wanted and (folder := working_folder()) is not None:
        receipt.exports = [str(path) for path in await asyncio.to_thread(files_with, folder, wanted)]
    receipt.unreached += [
        f"{path} is a damaged store that may hold it; delete the file."
        for path in damaged_stores(rt.store.home)
    ]
    if dry_run:
        for account in intent.at_service.values():
            receipt.add("local engine" if account == LOCAL_ACCOUNT else "service", "transcript")
        return receipt
    begun = await asyncio.to_thread(lambda: list(pending(rt.store.home)))
    if not intent.empty:
        begun.append(await asyncio.to_thread(IntentFile.create, rt.store.home, intent))
    receipt.unreached += await asyncio.to_thread(erase_here, rt.store, begun)
    receipt.unreached += await asyncio.to_thread(erase_in_corpora, begun)
    await _erase_there(rt, begun, receipt)
    return receipt


async def _erase_there(rt: Runtime, begun: list[IntentFile], receipt: ErasureReceipt) -> None:
    from aai_jupyter.jobs.service_deletion import delete_there

    accounts = {account for one in begun for account in one.intent.at_service.values()}
    service = rt.settings.service_endpoint()
    for account in sorted(accounts, key=str):
        named = [i for one in begun for i, whose in one.intent.at_service.items() if whose == account]
        try:
            endpoint = await asyncio.to_thread(_endpoint_of, rt, account, service)
        except AaiError as error:
            receipt.unreached.append(f"{', '.join(named)} at the local engine: {error.short}")
            continue
        if endpoint is None:
            receipt.unreached.append(
                f"{', '.join(named)} at the service: it belongs to another key. Log in with that; then "
                "aai.erase() deletes it."
            )
            continue
        deleted, problems = await delete_there(begun, rt.client_of(endpoint), unknown=account is None)
        receipt.add("local engine" if endpoint.local else endpoint.base_url, "transcript", len(deleted))
        for transcript_id, why in problems.items():
            receipt.unreached.append(
                f"{transcript_id} at {endpoint.base_url}: {why} aai.erase() tries it again."
            )
    for one in begun:
        await asyncio.to_thread(finish, one)


def _endpoint_of(rt: Runtime, account: str | None, service: Endpoint | None) -> Endpoint | None:
    """Where the transcripts of an account are; None when this session has no key for it."""
    if account == LOCAL_ACCOUNT:
        return ensure_engine(rt.settings)
    if account is None:
        return rt.endpoint()
    return service if service is not None and service.account == account else None


@dataclass
class _Asked:
    """What a call names, as far as the store does not say it."""

    finder: CopyFinder
    needles: list[bytes] = field(default_factory=list)
    """What to look for in the user's own files."""
    ids: list[str] = field(default_factory=list)
    """Recordings of corpora."""
    places: list[str] = field(default_factory=list)
    """Paths and URLs of recordings."""
    unreached: list[str] = field(default_factory=list)
    """What has to be named otherwise."""

    def add_id(self, transcript_id: str) -> None:
        """Add a transcript by its id; copies may be elsewhere that this home does not know."""
        self.finder.add_transcript(transcript_id)
        self.ids.append(transcript_id)

    def add_transcript(self, one: TranscriptBase) -> None:
        """Add a transcript, and those of its tracks; a view with pseudonyms does not know its original."""
        data = one.edited_answer.data
        self.needles += needles(one.id, one.text)
        self.ids.append(recording_id(one))
        tracks = data.get("tracks")
        for track in tracks if isinstance(tracks, list) else ():
            if isinstance(track, dict) and isinstance(track.get("id"), str):
                self.finder.add_transcript(track["id"])
        if data.get(PSEUDONYMISED) is True:
            self.unreached.append(
                f"The original of {one.id}, which the key of its pseudonyms knows: "
                "aai.erase(view.restored(key))."
            )
        elif one.id:
            self.finder.add_transcript(one.id)
        elif one.edited_answer.audio is not None:
            self.add_recording(one.edited_answer.audio.facts())

    def add_recording(self, facts: dict[str, Any]) -> None:
        self.finder.add_recording(facts)
        self.places += [str(facts[name]) for name in ("path", "url") if facts.get(name)]


def _find(rt: Runtime, what: Iterable[Any], older_than: float | None) -> tuple[Copies, _Asked]:
    """Find all copies, and what to look for elsewhere."""
    asked = _Asked(CopyFinder(rt.store))
    for one in what:
        _add(asked, one)
    if older_than is not None:
        if not older_than >= 0:
            raise UsageError(f"older_than is a number of days, not {older_than!r}.")
        asked.finder.add_older(older_than * 86400.0)
    for transcript_id in asked.finder.copies.accounts:
        asked.needles += [one for one in needles(transcript_id, "") if one not in asked.needles]
    return asked.finder.found(), asked


def _add(asked: _Asked, one: Any) -> None:
    from aai_jupyter.api.job import Job
    from aai_jupyter.transcripts.recording import Recording
    from aai_jupyter.transcripts.transcript_base import TranscriptBase

    if isinstance(one, TranscriptBase):
        asked.add_transcript(one)
    elif isinstance(one, Recording):
        asked.add_recording(one.facts())
    elif isinstance(one, Job):
        if one.id:
            asked.add_id(one.id)
    elif hasattr(one, "all_turns") or hasattr(one, "final_turns"):  # live, or its handle
        asked.needles += needles(None, one.text)
        if one.audio is not None:
            asked.add_recording(Recording.of(one.audio).facts())
    elif isinstance(one, TranscriptId):
        asked.add_id(str(one))
    elif isinstance(one, str | os.PathLike):
        _add_named(asked, os.fspath(one))
    elif isinstance(one, Iterable):
        for each in one:
            _add(asked, each)
    else:
        raise UsageError(
            f"{type(one).__name__} cannot be erased.",
            hint="Transcripts, recordings, ids, paths, or lists of them.",
        )


def _add_named(asked: _Asked, text: str) -> None:
    from aai_jupyter.transcripts.recording import Recording

    if is_web_url(text):
        asked.add_recording({"url": text})
        return
    path = Path(text).expanduser()
    if text.startswith("sha256:"):  # of another program
        asked.ids.append(text)
        return
    if asked.finder.knows(text) or ("." not in text and os.sep not in text and not path.exists()):
        asked.add_id(text)
        return
    try:
        recording = Recording.of(path).facts()
    except SourceError:  # gone, or no recording any more: by its path
        recording = {"path": str(absolute(path))}
    asked.add_recording(recording)
