"""The recording with personal data beeped out: waited for, and saved."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from aai_jupyter.client.http import Http, Progress
from aai_jupyter.client.responses import Reply, decode_json
from aai_jupyter.errors import AccessError, BadRequestError, RequestTimeoutError
from aai_jupyter.text.urls import is_web_url


async def redacted_url(ask: Callable[[], Awaitable[Reply]], id: str, patience: float) -> str:
    """The file's address, once it is ready: ``ask`` sends the request. See `Transcripts.redacted_audio`."""
    started = time.monotonic()
    while True:
        try:
            reply = await ask()
        except BadRequestError as error:
            error.hint = "Ask for it with redact_pii and redact_pii_audio; it is kept for 24 hours."
            raise
        url = decode_json(reply).get("redacted_audio_url") if reply.status == 200 else None
        if is_web_url(url):
            return str(url)
        elapsed = time.monotonic() - started
        if elapsed >= patience:
            raise RequestTimeoutError(
                "The redacted audio is not ready yet.", hint="Ask again later.", transcript_id=id
            )
        await asyncio.sleep(min(max(0.5, elapsed / 5), 5.0, max(patience - elapsed, 0.05)))


async def save_redacted(
    http: Http,
    find_url: Callable[[], Awaitable[str]],
    path: str | os.PathLike[str],
    id: str,
    progress: Progress | None,
) -> Path:
    """Save it to a file, or into a folder under a name with the transcript's id."""
    url = await find_url()
    target = await asyncio.to_thread(_target, path, f"{id}_redacted{Path(urlsplit(url).path).suffix}")
    try:
        return await http.download(url, target, progress=progress)
    except AccessError:
        pass  # an address is good for a short time only, and each request makes a new one
    return await http.download(await find_url(), target, progress=progress)


def _target(path: str | os.PathLike[str], name: str) -> Path:
    target = Path(path).expanduser()
    name = re.sub(r"[^\w.-]", "_", name)  # a server chooses the id: it is no way out of the folder
    return target / name if target.is_dir() else target
