"""A clip that is sent while it is spoken: its request begins with the speech, and ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from aai_jupyter.errors import AaiError
from aai_jupyter.live.clip_buffer import RATE, ClipBuffer
from aai_jupyter.runtime.process import Runtime

if TYPE_CHECKING:
    from aai_jupyter.client.clips.clip_reply import ClipReply
    from aai_jupyter.client.clips.clip_request import ClipRequest

_PATIENCE = 15.0
"""Seconds without sound after which whoever speaks is taken to be gone, and the request is broken off."""


class SpokenClip:
    """Request of one clip that is being spoken; made and fed on any thread.

    Parameters
    ----------
    runtime : Runtime
    request : ClipRequest
    """

    def __init__(self, runtime: Runtime, request: ClipRequest) -> None:
        self._loop = runtime.bridge.loop
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._room = ClipBuffer.MOST
        self._ended = False
        self._sent = runtime.bridge.submit(self._send(runtime, request))

    def push(self, pcm: bytes) -> None:
        """Add mono samples of 16 bits at 16 kHz; what is beyond the longest clip is left out."""
        if kept := pcm[: self._room]:
            self._room -= len(kept)
            self._loop.call_soon_threadsafe(self._pieces.put_nowait, kept)

    def cancel(self) -> None:
        """Break off: an unfinished request is not recognised."""
        self._sent.cancel()

    async def reply(self) -> ClipReply | None:
        """End the request, and wait for its text; on the background loop.

        Returns
        -------
        ClipReply or None
            None when nothing was recognised, and the clip can be sent as a whole.

        Raises
        ------
        AaiError
        """
        self._ended = True
        self._pieces.put_nowait(None)
        return await asyncio.wrap_future(self._sent)

    async def _send(self, runtime: Runtime, request: ClipRequest) -> ClipReply | None:
        try:
            clips = (await runtime.client()).clips
            return await clips.send_spoken(self._spoken(), RATE, request)
        except (AaiError, TimeoutError) as error:
            if self._ended and isinstance(error, AaiError):
                raise
            return None  # before the end of the speech nothing was recognised; the whole clip is sent then

    async def _spoken(self) -> AsyncIterator[bytes]:
        while (piece := await asyncio.wait_for(self._pieces.get(), _PATIENCE)) is not None:
            yield piece
