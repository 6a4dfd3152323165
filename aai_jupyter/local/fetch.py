"""Download of the audio that a job names by URL."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
from anyio import to_thread

from aai_jupyter.local.errors import download_error
from aai_jupyter.local.models.failures import JobFailed
from aai_jupyter.local.upload_route import private_file

MAX_BYTES = 5_000_000_000
_TIMEOUT = httpx.Timeout(30)
# This machine is never behind the user's proxy.
_DIRECT = {f"all://{host}": None for host in ("127.0.0.1", "localhost", "[::1]")}


async def download(url: str, target: Path) -> None:
    """Stream ``url`` into the new file ``target``.

    Raises
    ------
    JobFailed
        With the service's words: not reachable, not a 2xx answer, a web page, or above :data:`MAX_BYTES`.
    """
    try:
        async with (
            httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=True, mounts=_DIRECT) as client,
            client.stream("GET", url) as answer,
        ):
            answer.raise_for_status()
            kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind in ("text/html", "application/xhtml+xml"):
                raise JobFailed(f"File does not appear to contain audio. File type is {kind}")
            size = 0
            with os.fdopen(private_file(target), "wb") as file:
                async for block in answer.aiter_bytes(1 << 20):
                    size += len(block)
                    if size > MAX_BYTES:
                        raise JobFailed(f"{download_error(url)} It is larger than {MAX_BYTES / 1e9:g} GB.")
                    await to_thread.run_sync(file.write, block)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise JobFailed(download_error(url)) from error
