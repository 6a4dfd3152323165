"""Route ``POST /v2/upload``: any bytes to disk, in constant memory."""

from __future__ import annotations

import os
import re
import secrets
import uuid
from io import RawIOBase
from pathlib import Path
from urllib.parse import urlsplit

from anyio import to_thread
from starlette.requests import Request

from aai_jupyter.local.errors import FOREIGN_UPLOAD, ApiError
from aai_jupyter.local.storage import Storage
from aai_jupyter.text.loopback import is_loopback_url

MAX_BYTES = 2_200_000_000
_BLOCK = 1 << 20
_PATH = re.compile(r"/upload/([0-9a-f]{32})/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


async def receive(request: Request, storage: Storage, project: str) -> str:
    """Store the body and return the path of its upload URL.

    What the bytes are is not looked at: as on the service, a wrong body is only found out by the job.

    Raises
    ------
    ApiError
        413 above :data:`MAX_BYTES`.
    """
    too_large = ApiError(413, f"Upload is larger than the limit of {MAX_BYTES / 1e9:g} GB")
    if int(request.headers.get("content-length") or 0) > MAX_BYTES:
        raise too_large
    id, folder = str(uuid.uuid4()), secrets.token_hex(16)
    path = storage.upload_path(id)
    whole = False
    try:
        with os.fdopen(private_file(path), "wb", buffering=0) as file:
            size, waiting = 0, bytearray()
            async for chunk in request.stream():
                size += len(chunk)
                if size > MAX_BYTES:
                    raise too_large
                waiting += chunk
                # The disk may be slow; others must be answered meanwhile.
                if len(waiting) >= _BLOCK:
                    await to_thread.run_sync(_write_all, file, waiting)
                    waiting = bytearray()
            await to_thread.run_sync(_write_all, file, waiting)
        await to_thread.run_sync(storage.add_upload, id, folder, project)
        whole = True
    finally:
        if not whole:
            path.unlink(missing_ok=True)
    return f"/upload/{folder}/{id}"


def resolve(audio_url: str, netloc: str, storage: Storage, project: str) -> str | None:
    """Return the id of the upload that ``audio_url`` names, or None when it is an ordinary URL.

    The port is not compared when the upload is known: an engine that was started again has another one.

    Raises
    ------
    ApiError
        403 for an upload of another key, of the service, or one that is gone.
    """
    parts = urlsplit(audio_url)
    match = _PATH.fullmatch(parts.path)
    if not match:
        return None
    ours = is_loopback_url(audio_url)
    owner = storage.upload_project(match[2], match[1]) if ours else None
    if owner == project:
        return match[2]
    foreign = parts.hostname in ("cdn.assemblyai.com", "cdn.eu.assemblyai.com")
    if owner is not None or foreign or (ours and parts.netloc == netloc):
        raise ApiError(403, FOREIGN_UPLOAD)
    return None


def uploaded(audio_url: str, netloc: str, storage: Storage, project: str) -> Path:
    """Return the file of an upload of this engine.

    Raises
    ------
    ApiError
        It is none, belongs to another key, or is gone.
    """
    upload = resolve(audio_url, netloc, storage, project)
    if upload is None:
        raise ApiError(400, "audio_url must be an upload of this engine")
    path = storage.upload_path(upload)
    if not path.exists():
        raise ApiError(400, "The upload is no longer available")
    return path


def _write_all(file: RawIOBase, data: bytearray) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) or 0 :]


def private_file(path: Path) -> int:
    """Return the descriptor of a new file that only its owner may read."""
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
