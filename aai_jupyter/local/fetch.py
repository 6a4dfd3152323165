"""Download of the audio that a job names by URL."""

from __future__ import annotations

import os
from pathlib import Path

import anyio
import httpx
from anyio import to_thread

from aai_jupyter.errors import AaiError
from aai_jupyter.local.errors import download_error
from aai_jupyter.local.models.failures import JobFailed
from aai_jupyter.local.upload_route import private_file
from aai_jupyter.network.addresses import leads_inside
from aai_jupyter.network.http_client import UNPACKED, http_client, is_packed
from aai_jupyter.network.transport import ProxyFault
from aai_jupyter.text.urls import is_web_url

MAX_BYTES = 5_000_000_000
MAX_SECONDS = 3600.0
"""For the whole download: a host that sends a byte now and then ends a job, too."""
MAX_REDIRECTS = 10
_TIMEOUT = httpx.Timeout(30)


async def download(url: str, target: Path) -> None:
    """Stream ``url`` into the new file ``target``.

    Raises
    ------
    JobFailed
        With the service's words: not reachable, not a 2xx answer, packed, a web page, or above
        :data:`MAX_BYTES` or :data:`MAX_SECONDS`; or a redirect to what the URL itself does not reach.
    """
    try:
        with anyio.fail_after(MAX_SECONDS):
            async with http_client(timeout=_TIMEOUT, headers=UNPACKED) as client:
                await _follow(client, url, target)
    except JobFailed:
        raise
    except AaiError as error:  # of the user's proxy or certificates, which the service's words do not know
        raise JobFailed(f"{download_error(url)} {error.message}") from error
    except ProxyFault as error:
        how = "does not connect" if error.reached else "cannot be reached"
        raise JobFailed(
            f"{download_error(url)} The proxy {error.proxy.shown} ({error.proxy.variable}) {how}."
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise JobFailed(download_error(url)) from error
    except TimeoutError as error:
        raise JobFailed(
            f"{download_error(url)} It takes longer than {MAX_SECONDS / 60:g} minutes."
        ) from error


async def _follow(client: httpx.AsyncClient, url: str, target: Path) -> None:
    if not is_web_url(url):
        raise JobFailed(download_error(url))
    inside = await leads_inside(url)
    at = httpx.URL(url)
    for _ in range(MAX_REDIRECTS + 1):
        async with client.stream("GET", at) as answer:
            if not answer.has_redirect_location:
                await _save(answer, url, target)
                return
            assert answer.next_request is not None
            at = answer.next_request.url
        if not is_web_url(str(at)) or (not inside and await leads_inside(str(at))):
            raise JobFailed(f"{download_error(url)} It redirects to an address of this machine's network.")
    raise JobFailed(f"{download_error(url)} It redirects too often.")


async def _save(answer: httpx.Response, url: str, target: Path) -> None:
    answer.raise_for_status()
    if is_packed(answer):
        raise JobFailed(f"{download_error(url)} The host sends it packed (Content-Encoding).")
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        raise JobFailed(f"File does not appear to contain audio. File type is {kind}")
    size = 0
    with os.fdopen(private_file(target), "wb") as file:
        async for block in answer.aiter_raw(1 << 20):
            size += len(block)
            if size > MAX_BYTES:
                raise JobFailed(f"{download_error(url)} It is larger than {MAX_BYTES / 1e9:g} GB.")
            await to_thread.run_sync(file.write, block)
