"""Short clips: one request, and the text is in its answer (Sync STT)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aai_jupyter.client.clips.clip_audio import clip_sound
from aai_jupyter.client.clips.clip_reply import ClipReply
from aai_jupyter.client.clips.clip_request import ClipRequest, build_clip_request
from aai_jupyter.client.http import CLIP_TIMEOUT, LOCAL_CLIP_TIMEOUT, Http
from aai_jupyter.client.retry import FailedAttempt
from aai_jupyter.errors import AaiError

if TYPE_CHECKING:
    from typing import Unpack

    from aai_jupyter.client.options.option_types import ClipOptions

PATH = "/v1/transcribe/live"
WARM = "/v1/warm"
PATIENCE = 30.0
"""Seconds after which a clip is not sent again, whatever the service asks: somebody waits for the text."""

_HINTS = {
    413: "A clip has 120 s at most; aai.transcribe(...) takes recordings of any length.",
    404: "This host has no short clips: look at sync_base_url with %aai_status.",
    500: "Nothing is kept of a clip that failed: send it again.",
    503: "The service has no room now: send it again in a moment.",
    504: "The service gives up after 30 s: send it again, or a shorter one.",
}


class Clips:
    """Short clips behind one host. Made by :class:`~aai_jupyter.client.client.Client`.

    A clip has 80 ms to 120 s. It leaves nothing behind: no transcript with an id, no stored sound.

    Examples
    --------
    >>> async def main(client):  # doctest: +SKIP
    ...     clip = await client.clips.transcribe("note.wav", keyterms_prompt=["Borealis"])
    ...     return clip.text
    """

    def __init__(self, http: Http) -> None:
        http.policy = replace(http.policy, total=min(http.policy.total, PATIENCE))
        self._http = http
        self._limits = LOCAL_CLIP_TIMEOUT if http.endpoint.local else CLIP_TIMEOUT
        self.base_url = http.endpoint.sync_base_url

    async def transcribe(
        self, source: Any, *, extra: Mapping[str, Any] | None = None, **options: Unpack[ClipOptions]
    ) -> ClipReply:
        """Send a clip and wait for its text.

        Parameters
        ----------
        source
            Path, bytes, binary file or ``(samples, rate)``; decoded, mixed down and sent as a 16 kHz WAV.
        extra : mapping, optional
            Fields of ``config`` that this version does not know.
        **options
            :data:`~aai_jupyter.client.clips.clip_request.CLIP_OPTIONS`.

        Raises
        ------
        OptionError, SourceError
            Before anything is sent. A URL is refused: the service takes none here.
        AaiError
            What the service says. "Too many requests" and "no room" are tried again for 30 s; everything
            else is not, since the clip may have been recognised, and billed.
        """
        request = build_clip_request(options, extra=extra)
        _, wav, _ = await asyncio.to_thread(clip_sound, source)
        return await self.send(wav, request)

    async def send(self, wav: bytes, request: ClipRequest) -> ClipReply:
        """Send a WAV as it is, with a checked request; raises AaiError."""
        content, headers = request.body(wav)
        try:
            reply = await self._http.post(PATH, content, headers, base_url=self.base_url, limits=self._limits)
        except AaiError as error:
            failed = error
        else:
            return ClipReply.of(reply)
        raise _with_hint(failed)

    async def send_spoken(
        self, pcm: AsyncIterator[bytes], rate: int, request: ClipRequest
    ) -> ClipReply | None:
        """Send a clip while it is spoken: one request, which ends when ``pcm`` does.

        Parameters
        ----------
        pcm : async iterator of bytes
            Mono samples of 16 bits.
        rate : int
        request : ClipRequest

        Returns
        -------
        ClipReply or None
            None when the service surely recognised nothing, as the request broke off before its end or was
            refused: the clip can be sent as a whole.

        Raises
        ------
        AaiError
            The clip may have been recognised, and billed.
        """
        head, end, headers = request.spoken_body(rate)
        whole = False

        async def body() -> AsyncIterator[bytes]:
            nonlocal whole
            yield head
            async for piece in pcm:
                yield piece
            whole = True
            yield end

        try:
            reply = await self._http.post_once(
                PATH, body(), headers, base_url=self.base_url, limits=self._limits
            )
        except FailedAttempt as fault:
            if not whole or fault.refused or fault.surely_nothing:
                return None
            failed = fault.error
        else:
            return ClipReply.of(reply)
        raise _with_hint(failed)

    async def warm(self) -> None:
        """Open the connection (and let the engine load its model), so that a clip to come need not wait.

        Says nothing when it fails: the clip itself will.
        """
        with contextlib.suppress(FailedAttempt):
            await self._http.once("GET", WARM, base_url=self.base_url)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()


def _with_hint(error: AaiError) -> AaiError:
    if error.status in _HINTS:
        error.hint = _HINTS[error.status]
    return error
