"""HTTP clients. Every request asks the offline lock, after a redirect too."""

from __future__ import annotations

from typing import Any
from urllib.request import getproxies

import httpx

from aai_jupyter.network.offline_lock import lock

DIRECT = ("127.0.0.1", "localhost", "[::1]")
"""Hosts that are never behind the user's proxy."""


def http_client(*, trust_env: bool = True, **options: Any) -> httpx.AsyncClient:
    """Return a client; options are those of :class:`httpx.AsyncClient`.

    Parameters
    ----------
    trust_env : bool
        Use the proxies of the environment, never for this machine.

    Examples
    --------
    >>> import asyncio
    >>> asyncio.run(http_client(timeout=5).aclose())
    """

    async def check(request: httpx.Request) -> None:
        lock.check(str(request.url))
        # A proxy is another machine, also for an address of this one that is not excepted below.
        if (
            trust_env
            and f"[{request.url.host}]" not in DIRECT
            and request.url.host not in DIRECT
            and getproxies()
        ):
            lock.check_host("the proxy")

    return httpx.AsyncClient(
        trust_env=trust_env,
        mounts={f"all://{host}": None for host in DIRECT},
        event_hooks={"request": [check]},
        **options,
    )


def _is_direct(host: str) -> bool:
    return host in DIRECT or f"[{host}]" in DIRECT


def in_process_client(app: Any, **options: Any) -> httpx.AsyncClient:
    """Return a client of an ASGI application in this process: it connects to nothing."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), **options)
