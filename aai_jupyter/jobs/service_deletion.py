"""Deletion of transcripts at the service, or at the local engine, that an erasure asks for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from typing import TYPE_CHECKING

from aai_jupyter.errors import AaiError, NotFoundError
from aai_jupyter.jobs.erasure import finish, is_kept
from aai_jupyter.jobs.erasure_intent import ErasureIntent, IntentFile
from aai_jupyter.jobs.store import FILE, Store

if TYPE_CHECKING:
    from aai_jupyter.client import Client

AT_ONCE = 8
LAYER, DELETED = "service", b"deleted"
"""Layer of a transcript that the service does not have any more."""


async def delete_there(
    files: Collection[IntentFile], client: Client, *, unknown: bool = False
) -> tuple[list[str], dict[str, str]]:
    """Delete what intents name of one account, and mark it as done in them.

    Parameters
    ----------
    unknown : bool
        Also transcripts whose account is not known.

    Returns
    -------
    deleted : list of str
        Transcripts that are gone.
    problems : dict
        Transcript -> why it is still there.
    """
    deleted: list[str] = []
    problems: dict[str, str] = {}
    places = asyncio.Semaphore(AT_ONCE)

    async def delete(file: IntentFile, transcript_id: str) -> None:
        async with places:
            try:
                await client.transcripts.delete(transcript_id)
            except NotFoundError:
                pass  # deleted before, or never there
            except AaiError as error:
                problems[transcript_id] = error.short
                return
        deleted.append(transcript_id)
        del file.intent.at_service[transcript_id]

    await asyncio.gather(
        *(
            delete(file, transcript_id)
            for file in files
            for transcript_id, account in list(file.intent.at_service.items())
            if account == client.endpoint.account or (unknown and account is None)
        )
    )
    for file in files:
        await asyncio.to_thread(finish, file)
    return deleted, problems


async def delete_downloaded(client: Client, store: Store, ids: Collection[str]) -> dict[str, str]:
    """Delete transcripts at the service that are kept here (``delete_at_service="after_download"``).

    What is in no file of this machine stays there; so does what the local engine made. A deletion that fails
    is tried again by the next client.

    Returns
    -------
    dict
        Transcript -> why it is still there.
    """
    if client.endpoint.local:
        return {}
    kept, missing = await asyncio.to_thread(_on_disk, store, ids)
    problems = dict.fromkeys(missing, "it is not kept in a file here")
    if kept:
        intent = ErasureIntent(at_service=dict.fromkeys(kept, client.endpoint.account), here=False)
        begun = await asyncio.to_thread(IntentFile.create, store.home, intent)
        deleted, refused = await delete_there([begun], client)
        problems |= refused
        for transcript_id in deleted:
            await asyncio.to_thread(store.keep_layer, transcript_id, LAYER, DELETED)
    return problems


def _on_disk(store: Store, ids: Collection[str]) -> tuple[list[str], list[str]]:
    """Which of these the store's file has, by a look of its own; and which it has not."""
    found: set[str] = set()
    if store.database.trouble is None and (store.home / FILE).is_file():
        with contextlib.closing(Store(store.home)) as own:
            kept = {one for one in ids if is_kept(own, one)}
            found = kept if own.database.trouble is None else set()
    done = {one for one in found if store.layer(one, LAYER) == DELETED}
    return [one for one in ids if one in found - done], [one for one in ids if one not in found]
