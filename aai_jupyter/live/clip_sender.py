"""Sender of clips: checked options, the client of the moment, the price."""

from __future__ import annotations

import contextlib
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

from aai_jupyter.client.clips.clip_request import build_clip_request, clip_price
from aai_jupyter.errors import AaiError
from aai_jupyter.live.private_speech import refuse_with_privacy
from aai_jupyter.live.spoken_clip import SpokenClip
from aai_jupyter.runtime.process import Runtime, runtime
from aai_jupyter.runtime.variable import Variable
from aai_jupyter.transcripts.clip import Clip


class ClipSender:
    """Sender of clips with the same options.

    Parameters
    ----------
    as_, keep_audio, profile, extra, **options
        As for :func:`~aai_jupyter.api.dictate.dictate`.

    Attributes
    ----------
    request : ClipRequest

    Raises
    ------
    OptionError, UsageError
        Nothing was sent.
    """

    def __init__(
        self,
        *,
        as_: str | None = None,
        keep_audio: bool = False,
        profile: str | None = None,
        extra: Mapping[str, Any] | None = None,
        runtime_: Runtime | None = None,
        **options: Any,
    ) -> None:
        self._rt = runtime_ or runtime()
        self.check_privacy()
        named = self._rt.settings.profile(profile) if profile else {}
        self.request = build_clip_request({**named, **options}, extra=extra)
        self._variable = Variable(as_) if as_ is not None else None
        self._keep = keep_audio

    def check_privacy(self) -> None:
        """Raise where clips would show names that are to be pseudonyms."""
        refuse_with_privacy(self._rt.settings, "Dictation")

    @property
    def local(self) -> bool:
        """Whether the engine on this machine is used: it is free."""
        return self._rt.settings.uses_engine

    @property
    def price(self) -> float | None:
        """USD for one hour of clips; None without a public price."""
        return 0.0 if self.local else clip_price(self.request.model)

    def prepare(self) -> None:
        """Start the engine if it is needed. It announces itself in the calling thread's cell."""
        self._rt.endpoint()

    def warm(self) -> None:
        """Open the connection meanwhile (the engine: load the model), so that the text comes sooner."""

        async def open_it() -> None:
            with contextlib.suppress(AaiError):  # the clip itself will say it
                await (await self._rt.client()).clips.warm()

        self.submit(open_it())

    def speak(self) -> SpokenClip:
        """Begin a clip that is sent while it is spoken; on any thread."""
        return SpokenClip(self._rt, self.request)

    def run(self, work: Coroutine[Any, Any, Clip]) -> Clip:
        """Wait for work on the background loop."""
        return self._rt.bridge.run(work)

    def submit(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Start work on the background loop."""
        begun: Future[Any] = self._rt.bridge.submit(work)
        return begun

    async def send(self, label: str, wav: bytes, seconds: float, spoken: SpokenClip | None = None) -> Clip:
        """Send a WAV that fits, and put its text into the variable; on the background loop.

        Of what was sent while it was ``spoken`` only the end, unless that broke off.

        Raises
        ------
        AaiError
        """
        self.check_privacy()  # the setting may have come meanwhile
        client = await self._rt.client()
        began = datetime.now(UTC)
        reply = await spoken.reply() if spoken is not None else None
        if reply is None:
            reply = await client.clips.send(wav, self.request)
        price = 0.0 if client.endpoint.local else clip_price(self.request.model)
        told = reply.audio_duration_ms
        billed = seconds if told is None else told / 1000
        clip = Clip(
            reply,
            source=label,
            seconds=seconds,
            model=self.request.model,
            recorded=began,
            estimate=None if price is None else billed / 3600 * price,
            audio=wav if self._keep else None,
            warnings=self.request.warnings,
        )
        if self._variable is not None:
            self._variable.set(clip.text)
        return clip
