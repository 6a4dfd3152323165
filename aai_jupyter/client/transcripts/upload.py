"""The bytes of a source on their way out: read in a worker thread, counted, in constant memory."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from aai_jupyter.audio.remux import CannotRemux
from aai_jupyter.client.http import Progress
from aai_jupyter.client.sources.source import MAX_UPLOAD_BYTES, Source, read_error, too_large
from aai_jupyter.errors import SourceError

# Small chunks show progress on a slow line; on a fast one each costs a switch between threads, and from
# 2 MiB on nothing more is gained.
SMALLEST_CHUNK = 1 << 16
FIRST_CHUNK = 1 << 18
LARGEST_CHUNK = 1 << 21
_QUICK, _SLOW = 0.05, 0.5


def next_chunk(size: int, seconds: float) -> int:
    """Bytes of the next chunk, after one of `size` bytes took `seconds`.

    Examples
    --------
    >>> next_chunk(1 << 18, 0.001) >> 10, next_chunk(1 << 18, 0.1) >> 10, next_chunk(1 << 18, 2.0) >> 10
    (512, 256, 128)
    """
    if seconds < _QUICK:
        return min(LARGEST_CHUNK, size * 2)
    return max(SMALLEST_CHUNK, size // 2) if seconds > _SLOW else size


@contextlib.asynccontextmanager
async def upload_body(
    source: Source, progress: Progress | None = None
) -> AsyncIterator[AsyncIterator[bytes] | bytes]:
    """Open a source and give its chunks; reading the next one overlaps with sending the last.

    A small one is given whole, by one visit to a thread.

    Raises
    ------
    SourceError
        The source can no longer be read, or its length changed while it was sent.
    """
    if source.size is not None and source.size <= FIRST_CHUNK:
        content = await asyncio.to_thread(_read_whole, source)
        yield content
        if progress:
            progress(len(content), source.size)
        return
    file = await asyncio.to_thread(source.open)
    pending: asyncio.Future[bytes] | None = None

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal pending
        sent = 0
        size = FIRST_CHUNK
        pending = asyncio.ensure_future(asyncio.to_thread(file.read, size))
        while True:
            try:
                chunk = await pending
            except CannotRemux:
                raise  # the caller sends the whole file
            except Exception as error:  # an object of the user's may raise anything
                raise read_error(source.label, error) from error
            if not chunk or (source.size is not None and sent + len(chunk) > source.size):
                break
            pending = asyncio.ensure_future(asyncio.to_thread(file.read, size))
            began = time.monotonic()
            yield chunk  # goes on when it has been written
            size = next_chunk(size, time.monotonic() - began)
            sent += len(chunk)
            if source.size is None and sent > MAX_UPLOAD_BYTES:
                raise too_large(source.label, sent)
            if progress:
                progress(sent, source.expected if source.size is None else source.size)
        if chunk or (source.size is not None and sent != source.size):
            raise _changed(source)

    try:
        yield chunks()
    finally:
        if pending is not None and not pending.cancel() and not pending.cancelled():
            pending.exception()  # seen: asyncio would complain about one that nobody asked for
        # Closing waits in the thread for a read that is still going on.
        with contextlib.suppress(OSError):  # it was only read: what that gave, or failed with, counts
            await asyncio.shield(asyncio.to_thread(file.close))


def _read_whole(source: Source) -> bytes:
    file, content = source.open(), b""
    try:
        while part := file.read(FIRST_CHUNK + 1 - len(content)):
            content += part
    except Exception as error:  # an object of the user's may raise anything
        raise read_error(source.label, error) from error
    finally:
        with contextlib.suppress(OSError):  # it was only read: what that gave, or failed with, counts
            file.close()
    if len(content) != source.size:
        raise _changed(source)
    return content


def _changed(source: Source) -> SourceError:
    return SourceError(
        f"{source.label} changed while it was being uploaded.",
        hint="Wait until the recording is finished, then run the cell again.",
    )
