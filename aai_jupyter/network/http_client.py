"""HTTP clients. Every request asks the offline lock, after a redirect too."""

from __future__ import annotations

from typing import Any

import httpx

from aai_jupyter.network.offline_lock import lock
from aai_jupyter.network.transport import Routes

#: For what strangers send: packed bytes unpack to thousands of times their size before any limit sees them.
UNPACKED = {"Accept-Encoding": "identity"}


def is_packed(answer: httpx.Response) -> bool:
    """Whether a body comes in an encoding, though it was asked for as it is."""
    return answer.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity")


def http_client(*, trust_env: bool = True, expiry: float = 5.0, **options: Any) -> httpx.AsyncClient:
    """Return a client; options are those of :class:`httpx.AsyncClient`.

    Parameters
    ----------
    trust_env : bool
        Use the proxies and certificates of the environment, never for this machine.
    expiry : float
        Seconds after which an idle connection is no longer used.

    Examples
    --------
    >>> import asyncio
    >>> asyncio.run(http_client(timeout=5).aclose())
    """

    async def check(request: httpx.Request) -> None:
        lock.check(str(request.url))  # while it holds only this machine passes, which no proxy is used for

    return httpx.AsyncClient(
        transport=Routes(expiry=expiry, trust_env=trust_env),
        trust_env=False,
        event_hooks={"request": [check]},
        **options,
    )


def in_process_client(app: Any, **options: Any) -> httpx.AsyncClient:
    """Return a client of an ASGI application in this process: it connects to nothing."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), **options)
