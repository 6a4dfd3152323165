"""Run of one `LiveStream` on the background loop. It does not know its handle."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.client.streaming.finalizers import watch_signals
from aai_jupyter.errors import AaiError
from aai_jupyter.live.session_transcript import SessionTranscript
from aai_jupyter.runtime.process import Runtime

if TYPE_CHECKING:
    from aai_jupyter.client.streaming.connecting import StreamingSession
    from aai_jupyter.client.streaming.pcm_source import PcmSource
    from aai_jupyter.client.streaming.streaming_request import StreamingRequest
    from aai_jupyter.transcripts.side_names import SideNames

log = logging.getLogger("aai_jupyter")

_DROPPED = "A real-time session was ended, as nothing referred to it any more."

_UNREAD = "The last {:.0f} s have no text yet. The sound is kept: .exact() transcribes all of it."

_BLED = "{} words that one side's microphone had heard from the other were left out; headphones avoid that."


class LiveRun:
    """Sessions of one stream (one for each channel), their audio and their transcript.

    Parameters
    ----------
    rt : Runtime
    request : StreamingRequest
        The checked options.
    arguments : mapping
        Those of ``client.streaming.connect``.
    source : PcmSource, optional
    sides : SideNames
        Names of the channels, where there are several.
    speed : float
    keep : bool
        Keep the audio.
    """

    def __init__(
        self,
        rt: Runtime,
        request: StreamingRequest,
        arguments: Mapping[str, Any],
        *,
        source: PcmSource | None,
        sides: SideNames,
        speed: float,
        keep: bool,
    ) -> None:
        self.rt, self._request, self._arguments, self._sides = rt, request, arguments, sides
        self.source, self._channels, self._speed, self._keep = source, max(1, len(sides.sides)), speed, keep
        self.rate = int(request.params["sample_rate"])
        self._sessions: list[StreamingSession] = []
        label = source.label if source else None
        self._record = SessionTranscript(label, self.rate, sides, self._sessions)
        self.transcript, self.audio = self._record.transcript, self._record.audio
        self.subscribers = self._record.subscribers
        self.error: BaseException | None = None
        self.future: Any = None
        self.warming = False
        self.stop_asked = threading.Event()
        self._hasty = False
        self.over = threading.Event()
        self._early: deque[bytes] = deque()
        self._started_at: float | None = None
        self._stopped_at: float | None = None
        self._lock = threading.Lock()

    # From any thread --------------------------------------------------------------------------------------

    def start(self) -> None:
        watch_signals()  # here: the thread of the loop may not
        with self._lock:
            if self.future is None:
                self._started_at = time.monotonic()
                self.future = self.rt.bridge.submit(self._main())

    def warm(self) -> None:
        """See `LiveStream.warm`."""
        if self._local and self.future is None and not self.warming:
            self.warming = True
            self.rt.bridge.submit(self._warm())

    def end(self, hasty: bool) -> None:
        """End it, also before it has begun; does not wait."""
        self._hasty = hasty
        self.stop_asked.set()
        if self.future is None:
            self._end_unstarted()
        else:
            self._on_loop(self._end, hasty)

    def end_unreferenced(self) -> None:
        """End it, as nothing refers to it any more. Called by the garbage collector: takes no lock."""
        if self.future is None or self.over.is_set() or self.stop_asked.is_set():
            return
        self.stop_asked.set()
        self._on_loop(self._end_dropped)

    def push(self, pcm: bytes) -> None:
        """Take audio; on the loop at once, from another thread by one hand-over."""
        if self.future is None and not self.over.is_set():
            self._early.append(pcm)  # taken up by start()
        elif self.rt.bridge.on_loop:
            self._push(pcm)
        else:
            self._on_loop(self._push, pcm)

    def for_each(self, call: Callable[[StreamingSession], object]) -> None:
        """Call a function with each session, on the loop."""

        def all_of_them() -> None:
            for session in self._sessions:
                call(session)

        if self.rt.bridge.on_loop:
            all_of_them()  # at once: sound that is pushed next finds it done
        else:
            self._on_loop(all_of_them)

    def note(self, text: str) -> None:
        """Note a warning of our own."""
        self._on_loop(self._record.note, text)

    @property
    def state(self) -> str:
        if self.over.is_set():
            return "ended"
        if self.future is None:
            return "idle"
        states = {session.state for session in self._sessions} or {"connecting"}
        order = ("reconnecting", "connecting", "paused", "open", "ending", "ended")
        return next(state for state in order if state in states)

    def status(self) -> dict[str, Any]:
        """See `LiveStream.status`."""
        live = self.transcript
        self._record.account()
        now = self._stopped_at or time.monotonic()
        return {
            "state": self.state,
            "seconds": self.audio.seconds,
            "elapsed": now - self._started_at if self._started_at else 0.0,
            "billed": live.seconds_billed,
            "estimate": live.estimate,
            "per_hour": self._price(),
            "level": self.audio.level,
            "levels": list(self.audio.levels),
            **self.audio.latency(),
            "reconnections": len(live.reconnections),
            "behind": self._record.behind,
            "lost": sum(session.seconds_lost for session in self._sessions),
            "model": live.model,
            "session_ids": live.ids,
            "warnings": live.warnings,
            "error": str(self.error) if self.error else None,
            "local": self._local,
            "warming": self.warming,
            "released": bool(self._sessions) and all(session.released for session in self._sessions),
            "sides": self._sides.names,
            "params": dict((self._sessions[0].request if self._sessions else self._request).params),
        }

    @property
    def heard_to(self) -> float:
        """Where the newest word ends, in seconds."""
        return self._record.heard_to

    @property
    def _local(self) -> bool:
        return self.rt.settings.uses_engine

    def _price(self) -> float:
        from aai_jupyter.client.streaming.streaming_request import streaming_price

        if self._local:
            return 0.0
        if self._sessions:
            return sum(session.price_per_hour for session in self._sessions)
        return streaming_price(self._request.params).total * self._channels

    def _end_unstarted(self) -> None:
        """End it before it has begun."""
        with self._lock:
            if self.over.is_set():
                return
            self.transcript.ended = True
            self.over.set()
        self.rt.bridge.loop.call_soon_threadsafe(self.subscribers.end)

    def _on_loop(self, call: Callable[..., object], *arguments: Any) -> None:
        if self.over.is_set() or self.future is None:
            return
        with contextlib.suppress(RuntimeError):  # the loop was stopped
            self.rt.bridge.loop.call_soon_threadsafe(call, *arguments)

    # On the loop ------------------------------------------------------------------------------------------

    async def _warm(self) -> None:
        try:
            client = await self.rt.client()
            async with client.streaming.connect(**self._arguments):
                pass  # a session without audio: its models are loaded before it begins
        except AaiError as error:
            self._record.note(str(error))  # told now, not when somebody has begun to speak
        finally:
            self.warming = False

    async def _main(self) -> None:
        try:
            await self._run()
        except asyncio.CancelledError:
            if not self.stop_asked.is_set():
                raise
        except AaiError as error:
            self.error = error
        finally:
            await asyncio.shield(self._close())

    async def _run(self) -> None:
        from aai_jupyter.client.streaming.paced_source import feed

        client = await self.rt.client()
        if self._keep:
            home = Path(self.rt.settings.home)
            self.transcript.audio = await asyncio.to_thread(self.audio.record_in, home)
        for channel in range(self._channels):
            session = client.streaming.connect(**self._arguments)
            session.start()
            session.listen(partial(self._record.apply, str(channel + 1) if self._channels > 1 else None))
            self._sessions.append(session)
        while self._early:
            self._push(self._early.popleft())
        if self.stop_asked.is_set():
            self._end(self._hasty or not self.audio.seconds)
        feeding = None
        if self.source is not None:
            feeding = asyncio.ensure_future(
                feed(self._sessions, self.source, self._speed, self._record.note_audio)
            )
        try:
            await asyncio.gather(*(session.wait() for session in self._sessions))
        finally:
            if feeding is not None:
                feeding.cancel()
                await asyncio.wait({feeding})
        for session in self._sessions:
            if session.error is not None:
                raise session.error

    async def _close(self) -> None:
        await asyncio.gather(*(session.abort() for session in self._sessions))
        if self.audio.recording is not None:
            await asyncio.to_thread(self.audio.recording.close)
        self._stopped_at = time.monotonic()
        if (behind := self._record.behind) and self.transcript.audio is not None:
            self._record.note(_UNREAD.format(behind))
        if self._record.bled:
            self._record.note(_BLED.format(self._record.bled))
        self._record.account()
        self.transcript.ended = True
        with self._lock:
            self.over.set()
        self.subscribers.end()

    def _end_dropped(self) -> None:
        self._record.note(_DROPPED)
        log.warning("%s (%s, %.0f s)", _DROPPED, self.transcript.source or "live audio", self.audio.seconds)
        self._end(False)

    def _end(self, hasty: bool) -> None:
        for session in self._sessions:
            session.end(hasty=hasty)

    def _push(self, pcm: bytes) -> None:
        from aai_jupyter.client.streaming.pcm_source import split_channels

        if not self._sessions:
            self._early.append(pcm)
            return
        if any(session.state == "paused" for session in self._sessions):
            return
        self._record.note_audio(pcm)
        for session, part in zip(self._sessions, split_channels(pcm, self._channels), strict=True):
            session.push(part)
