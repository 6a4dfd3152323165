"""How far the local engine is with jobs that somebody waits for; the service does not tell that."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from aai_jupyter.client.responses import decode_json
from aai_jupyter.errors import AaiError

if TYPE_CHECKING:
    from aai_jupyter.client import Client

EVERY_SECONDS = 1.0
PATH = "/v2/local/progress"


@contextlib.asynccontextmanager
async def watched(
    client: Client, ids: Callable[[], Iterable[str]], tell: Callable[[str, Mapping[str, Any]], None]
) -> AsyncIterator[None]:
    """Call `tell` about once a second for each running job, while the context is open.

    Parameters
    ----------
    ids : callable
        Gives the ids that are waited for now.
    tell : callable
        Gets an id and ``share`` (0 to 1), ``seconds_left`` (or None) and ``text``, the last words so far.
    """
    task = asyncio.create_task(_watch(client, ids, tell)) if client.endpoint.local else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            await asyncio.wait({task})


async def _watch(
    client: Client, ids: Callable[[], Iterable[str]], tell: Callable[[str, Mapping[str, Any]], None]
) -> None:
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        if not (wanted := set(ids())):
            continue
        try:
            reply = await client.http.request("GET", PATH)
            found = decode_json(reply, dict[str, dict[str, dict[str, Any]]])["jobs"]
        except (AaiError, KeyError):
            return  # an engine that does not tell it; what ends the wait itself is told by the wait
        for id in wanted & found.keys():
            tell(id, found[id])
