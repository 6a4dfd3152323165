"""Real-time speech: `stream` waits, `stream_async` is awaited, `LiveStream` runs beside the cell."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.client.streaming.events import (
    Begin,
    Event,
    LLMGatewayResponse,
    SpeakerRevision,
    Turn,
)
from aai_jupyter.errors import AaiError, UsageError
from aai_jupyter.live_transcript import LiveTranscript
from aai_jupyter.runtime import Runtime, runtime

if TYPE_CHECKING:
    from aai_jupyter.client.streaming.codec import Recording
    from aai_jupyter.client.streaming.connecting import StreamingSession
    from aai_jupyter.client.streaming.sources import PcmSource

__all__ = ["LiveStream", "StreamInterrupted", "stream", "stream_async"]

Listener = Callable[[Event | None], object]

_KEEP_DAYS = 30
_POLL = 0.1
_STOP_SECONDS = 20.0


class StreamInterrupted(KeyboardInterrupt):
    """Streaming was interrupted; the session is closed.

    Attributes
    ----------
    transcript : LiveTranscript
        What was heard until then.
    """

    def __init__(self, transcript: LiveTranscript) -> None:
        super().__init__(f"Streaming stopped after {transcript.duration:.0f} s; the session is closed.")
        self.transcript = transcript

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def stream(
    source: Any,
    *,
    on_turn: Callable[[Turn], object] | None = None,
    on_event: Callable[[Event], object] | None = None,
    **arguments: Any,
) -> LiveTranscript:
    """Send a recording as live speech and wait for its end.

    Parameters
    ----------
    source
        Path, URL, bytes, binary file or ``(samples, rate)``.
    on_turn, on_event : callable, optional
        Called in the calling thread with each finished turn, with each event.
    **arguments
        Those of :class:`LiveStream`, and the options of the socket: ``speaker_labels=True``, ...

    Returns
    -------
    LiveTranscript

    Raises
    ------
    OptionError, SourceError
        Before anything is sent.
    StreamingError, AaiError
        The session ended with an error.
    StreamInterrupted
        A KeyboardInterrupt; holds what was heard.

    Examples
    --------
    >>> live = aai.stream(aai.sample(), on_turn=lambda turn: print(turn.transcript))  # doctest: +SKIP
    """
    runtime().endpoint()  # in this thread: a first start of the engine announces itself in the calling cell
    live = LiveStream(source, **arguments)
    live.start()
    try:
        for event in live:
            if on_event is not None:
                on_event(event)
            if on_turn is not None and isinstance(event, Turn) and event.end_of_turn:
                on_turn(event)
    except KeyboardInterrupt:
        live.stop(hasty=True)
        raise StreamInterrupted(live.transcript) from None
    except BaseException:
        live.stop(hasty=True)
        raise
    return live.result()


async def stream_async(source: Any, **arguments: Any) -> LiveTranscript:
    """The same as :func:`stream`, to be awaited. Callables are called on the caller's loop.

    Examples
    --------
    >>> live = await aai.stream_async("talk.mp3")  # doctest: +SKIP
    """
    on_turn, on_event = arguments.pop("on_turn", None), arguments.pop("on_event", None)
    live = await asyncio.to_thread(LiveStream, source, **arguments)
    live.start()
    try:
        async for event in live:
            if on_event is not None:
                on_event(event)
            if on_turn is not None and isinstance(event, Turn) and event.end_of_turn:
                on_turn(event)
    except BaseException:
        live.stop(hasty=True, wait=False)
        raise
    return live.result()


class LiveStream:
    """A real-time session that runs on the background loop, beside the cell.

    Parameters
    ----------
    source : optional
        A recording, sent as fast as it was spoken. Without one, :meth:`push` takes the sound.
    multichannel : bool
        Two channels as two sessions (each is billed), merged by time; else they are mixed.
    speed : float
        How many times as fast as spoken a recording is sent. The service wants 1.
    max_minutes : float
        The session is ended after so long.
    keep_audio : bool
        Keep the sound (FLAC, in the settings' home folder, for 30 days).
    auth, token, policy
        As for ``client.streaming.connect``.
    profile : str, optional
        Named set of options; keywords win over it.
    extra : mapping, optional
        Parameters that this version does not know; sent unchecked.
    **options
        Parameters of the socket by their API names.

    Attributes
    ----------
    transcript : LiveTranscript
        Grows while the session runs.

    Raises
    ------
    OptionError, SourceError
        Before anything is sent.

    Examples
    --------
    >>> live = LiveStream(speaker_labels=True).start()  # doctest: +SKIP
    >>> live.push(pcm)                                  # doctest: +SKIP
    >>> live.transcript.words                           # doctest: +SKIP
    >>> live.stop()                                     # doctest: +SKIP
    """

    def __init__(
        self,
        source: Any = None,
        *,
        multichannel: bool = False,
        speed: float = 1.0,
        max_minutes: float = 60.0,
        keep_audio: bool = True,
        auth: Any = "header",
        token: str | None = None,
        policy: Any = None,
        profile: str | None = None,
        extra: Mapping[str, Any] | None = None,
        runtime_: Runtime | None = None,
        **options: Any,
    ) -> None:
        from aai_jupyter.client.streaming.request import build_streaming_request
        from aai_jupyter.client.streaming.sources import open_source

        self._rt = runtime_ or runtime()
        named = self._rt.settings.profile(profile) if profile else {}
        self._options = {**named, **options}
        self._source: PcmSource | None = None
        self._channels = 2 if multichannel else 1
        if source is not None:
            rate = self._options.get("sample_rate")
            self._source = open_source(source, rate=int(rate) if rate else None, channels=self._channels)
            self._options["sample_rate"] = self._source.rate
        self._request = build_streaming_request(self._options, extra=extra)
        self.sample_rate = int(self._request.params["sample_rate"])
        self._speed, self._keep = speed, keep_audio
        self._how = {
            "auth": auth,
            "token": token,
            "policy": policy,
            "extra": extra,
            "max_minutes": max_minutes,
        }
        self.transcript = LiveTranscript(self._source.label if self._source else None)
        self.error: BaseException | None = None
        self._sessions: list[StreamingSession] = []
        self._recording: Recording | None = None
        self._listeners: list[Listener] = []
        self._early: deque[bytes] = deque()
        self._sent: deque[tuple[float, float]] = deque(maxlen=1500)  # (seconds of sound, when given)
        self._latencies: deque[float] = deque(maxlen=500)
        self._level = 0.0
        self._given = 0
        self._future: Any = None
        self._started_at: float | None = None
        self._stopped_at: float | None = None
        self._stop_asked = threading.Event()
        self._over = threading.Event()
        self._display: Any = None
        self._lock = threading.Lock()

    # Life -------------------------------------------------------------------------------------------------

    def start(self) -> LiveStream:
        """Connect and run; returns at once."""
        with self._lock:
            if self._future is None:
                self._started_at = time.monotonic()
                self._future = self._rt.bridge.submit(self._main())
        return self

    def stop(self, *, hasty: bool = False, wait: bool = True) -> LiveTranscript:
        """End the session: send what waits, take the last words. Safe from any thread, and more than once.

        Parameters
        ----------
        hasty : bool
            Leave out what waits, and do not wait long for last words.
        wait : bool
            False returns at once.
        """
        self._stop_asked.set()
        if self._future is None:
            self._never()
            return self.transcript
        self._on_loop(self._end, hasty)
        if wait and not self._over.wait(_STOP_SECONDS):
            self._future.cancel()
            self._over.wait(3.0)
        return self.transcript

    def wait(self, timeout: float | None = None) -> bool:
        """Until the session has ended; can be interrupted. False after `timeout` seconds."""
        end = None if timeout is None else time.monotonic() + timeout
        while not self._over.wait(_POLL):
            if end is not None and time.monotonic() >= end:
                return False
        return True

    def result(self) -> LiveTranscript:
        """Wait for the end, and raise what ended it if that was an error."""
        self.wait()
        if self.error is not None:
            raise self.error
        return self.transcript

    @property
    def state(self) -> str:
        """``idle``, ``connecting``, ``open``, ``paused``, ``reconnecting``, ``ending`` or ``ended``."""
        if self._over.is_set():
            return "ended"
        if self._future is None:
            return "idle"
        states = {session.state for session in self._sessions} or {"connecting"}
        order = ("reconnecting", "connecting", "paused", "open", "ending", "ended")
        return next(state for state in order if state in states)

    # Sound ------------------------------------------------------------------------------------------------

    def push(self, pcm: bytes) -> None:
        """Give 16-bit PCM at `sample_rate` (channels interleaved); from any thread, never waits.

        Sound given before the session has begun is kept; when far too much waits, the oldest is given up.
        """
        if self._source is not None:
            raise UsageError("This session has a source of its own.")
        self._on_loop(self._push, bytes(pcm))

    def pause(self, *, release: bool = False) -> None:
        """Send nothing until :meth:`resume`.

        An open session is billed while it is paused. ``release=True`` ends it meanwhile; to resume takes
        about a second more then.
        """
        self._each(lambda session: session.pause(release=release))

    def resume(self) -> None:
        """Go on after :meth:`pause`."""
        self._each(lambda session: session.resume())

    # Messages ---------------------------------------------------------------------------------------------

    def update(self, **options: Any) -> None:
        """Change ``keyterms_prompt``, ``prompt``, ... while it runs.

        Raises
        ------
        OptionError
            At once, in the calling thread.
        """
        from aai_jupyter.client.streaming.request import check_update

        check_update(options)
        self._each(lambda session: session.update(**options))

    def force_endpoint(self) -> None:
        """End the current turn now."""
        self._each(lambda session: session.force_endpoint())

    # Listening --------------------------------------------------------------------------------------------

    def listen(self, listener: Listener, *, thread: bool = False) -> Callable[[], None]:
        """Call `listener` with each event, and with None at the end. Returns what stops that.

        Parameters
        ----------
        listener : callable
            On the background loop: must be short and must not wait (set traits, append). A fault in it is
            noted in ``transcript.warnings``.
        thread : bool
            Call it in a thread of its own, in order, however long each call takes.
        """
        called = _Threaded(partial(self._tell, listener)) if thread else listener
        with self._lock:
            self._listeners.append(called)
            if self._over.is_set():
                called(None)

        def forget() -> None:
            with self._lock, contextlib.suppress(ValueError):
                self._listeners.remove(called)

        return forget

    def __iter__(self) -> Iterator[Event]:
        """Events from now on, in the calling thread; ends with the session (see `result` for its error)."""
        events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        forget = self.listen(events.put)
        try:
            while True:
                try:
                    event = events.get(timeout=_POLL)  # short, so that Interrupt gets through
                except queue.Empty:
                    continue
                if event is None:
                    return
                yield event
        finally:
            forget()

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Events from now on, on the caller's loop."""
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[Event | None] = asyncio.Queue()

        def put(event: Event | None) -> None:
            with contextlib.suppress(RuntimeError):  # the caller's loop is closed: nobody reads any more
                loop.call_soon_threadsafe(events.put_nowait, event)

        forget = self.listen(put)
        try:
            while (event := await events.get()) is not None:
                yield event
        finally:
            forget()

    def status(self) -> dict[str, Any]:
        """Figures for a display.

        Returns
        -------
        dict
            state; seconds (of sound given), elapsed, billed (s); estimate (USD) and per_hour; level (0-1, of
            the newest sound); latency_p50 and latency_p95 (s, last word -> finished text; None before any);
            reconnections, lost (s); model; session_ids; warnings; error (text or None); local (the
            engine: free); released (paused, and no session is open); params (the options in force now).
        """
        live = self.transcript
        self._account()
        now = self._stopped_at or time.monotonic()
        found = sorted(self._latencies)
        return {
            "state": self.state,
            "seconds": self.seconds_given,
            "elapsed": now - self._started_at if self._started_at else 0.0,
            "billed": live.seconds_billed,
            "estimate": live.estimate,
            "per_hour": self._price(),
            "level": self._level,
            "latency_p50": found[len(found) // 2] if found else None,
            "latency_p95": found[int(len(found) * 0.95)] if found else None,
            "reconnections": len(live.reconnections),
            "lost": sum(session.seconds_lost for session in self._sessions),
            "model": live.model,
            "session_ids": live.ids,
            "warnings": live.warnings,
            "error": str(self.error) if self.error else None,
            "local": self._local,
            "released": bool(self._sessions) and all(session.core.released for session in self._sessions),
            "params": dict((self._sessions[0].core.request if self._sessions else self._request).params),
        }

    @property
    def seconds_given(self) -> float:
        """Sound given so far, in seconds."""
        return self._given / self.sample_rate

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that the session runs on, and listeners are called on."""
        return self._rt.bridge.loop

    @property
    def _local(self) -> bool:
        settings = self._rt.settings
        return settings.local or settings.service_endpoint() is None

    def _price(self) -> float:
        from aai_jupyter.client.streaming.request import streaming_price

        if self._local:
            return 0.0
        if self._sessions:
            return sum(session.price_per_hour for session in self._sessions)
        return streaming_price(self._request.params).total * self._channels

    def __getattr__(self, name: str) -> Any:
        """``words``, ``turns``, ``text``, ``audio``, ``exact``, ...: those of `transcript`."""
        if name.startswith("_") or "transcript" not in self.__dict__:
            raise AttributeError(name)
        try:
            return getattr(self.transcript, name)
        except AttributeError:
            raise AttributeError(f"LiveStream has no attribute {name!r}") from None

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(name for name in dir(self.transcript) if name[0] != "_")})

    def __repr__(self) -> str:
        return f"LiveStream({self.state}, {self._given / self.sample_rate:.0f} s)"

    def _ipython_display_(self) -> None:
        from aai_jupyter.widgets.live_display import show

        show(self)

    def _never(self) -> None:
        """Ended before it began."""
        with self._lock:
            if self._over.is_set():
                return
            self.transcript.ended = True
            self._over.set()
            listeners = tuple(self._listeners)
        loop = self._rt.bridge.loop
        for listener in listeners:
            loop.call_soon_threadsafe(self._tell, listener, None)

    # On the loop ------------------------------------------------------------------------------------------

    def _on_loop(self, call: Callable[..., object], *arguments: Any) -> None:
        if self._over.is_set() or self._future is None:
            if self._future is None and call == self._push:
                self._early.append(*arguments)  # taken up by start()
            return
        with contextlib.suppress(RuntimeError):  # the loop was stopped
            self._rt.bridge.loop.call_soon_threadsafe(call, *arguments)

    def _each(self, call: Callable[[StreamingSession], object]) -> None:
        def all_of_them() -> None:
            for session in self._sessions:
                call(session)

        self._on_loop(all_of_them)

    async def _main(self) -> None:
        try:
            await self._run()
        except asyncio.CancelledError:
            if not self._stop_asked.is_set():
                raise
        except AaiError as error:
            self.error = error
        finally:
            await asyncio.shield(self._close())

    async def _run(self) -> None:
        from aai_jupyter.client.streaming.codec import Recording
        from aai_jupyter.client.streaming.connecting import feed

        client = await self._rt.client()
        if self._keep:
            folder = await asyncio.to_thread(_folder, Path(self._rt.settings.home))
            name = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.urandom(3).hex()}"
            self._recording = Recording(folder, name, self.sample_rate, self._channels)
            self.transcript.audio = self._recording.path
        for channel in range(self._channels):
            session = client.streaming.connect(**self._how, **self._options)
            session.start()
            label = str(channel + 1) if self._channels > 1 else None
            session.listen(partial(self._event, label))
            self._sessions.append(session)
        while self._early:
            self._push(self._early.popleft())
        if self._stop_asked.is_set():
            self._end(True)
        feeding = None
        if self._source is not None:
            cores = [session.core for session in self._sessions]
            feeding = asyncio.ensure_future(feed(cores, self._source, self._speed, self._note_sound))
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
        if self._recording is not None:
            await asyncio.to_thread(self._recording.close)
        self._stopped_at = time.monotonic()
        self._account()
        self.transcript.ended = True
        with self._lock:
            self._over.set()
            listeners = tuple(self._listeners)
        for listener in listeners:
            self._tell(listener, None)

    def _end(self, hasty: bool) -> None:
        for session in self._sessions:
            if hasty:
                session.core.abort()
            else:
                session.core.finish()

    def _push(self, pcm: bytes) -> None:
        from aai_jupyter.client.streaming.sources import split_channels

        if not self._sessions:
            self._early.append(pcm)
            return
        if any(session.state == "paused" for session in self._sessions):
            return
        self._note_sound(pcm)
        for session, part in zip(self._sessions, split_channels(pcm, self._channels), strict=True):
            session.push(part)

    def _note_sound(self, pcm: bytes) -> None:
        import numpy as np

        self._given += len(pcm) // (2 * self._channels)
        self._sent.append((self._given / self.sample_rate, time.monotonic()))
        sound = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32)
        self._level = float(np.sqrt(np.mean(sound**2))) / 32768 if len(sound) else 0.0
        self.transcript.duration = self._given / self.sample_rate
        if self._recording is not None:
            self._recording.write(pcm)

    def _event(self, label: str | None, event: Event | None) -> None:
        if event is None:
            return
        if isinstance(event, Turn):
            event.channel = label
            _name(event, label)
            if event.end_of_turn and event.words:
                self._note_latency(event.words[-1].end / 1000)
            self._show()
        elif isinstance(event, SpeakerRevision):
            for session in self._sessions:
                for turn in session.turns.ordered():
                    _name(turn, turn.channel)
            self._show(revised=True)
        elif isinstance(event, Begin):
            self._show()  # unfinished turns of a broken connection are gone
            self.transcript.model = event.configuration.get("model")
        elif isinstance(event, LLMGatewayResponse):
            self.transcript.llm_responses.append(event.raw)
        self._account()
        for listener in tuple(self._listeners):
            self._tell(listener, event)

    def _show(self, *, revised: bool = False) -> None:
        if len(self._sessions) == 1:
            turns = self._sessions[0].turns.ordered()
        else:
            turns = [turn for session in self._sessions for turn in session.turns.ordered()]
            turns.sort(key=_time)
        self.transcript.update(turns, revised=revised)

    def _note_latency(self, end: float) -> None:
        for given, when in reversed(self._sent):
            if given <= end:
                self._latencies.append(max(0.0, time.monotonic() - when))
                self.transcript.latencies = list(self._latencies)
                return

    def _account(self) -> None:
        live = self.transcript
        if not self._sessions:
            return
        live.ids = [id for session in self._sessions for id in session.ids]
        live.id = live.ids[0] if live.ids else None
        live.seconds_billed = sum(session.seconds_billed for session in self._sessions)
        live.estimate = sum(session.estimate for session in self._sessions)
        live.reconnections = [one for session in self._sessions for one in session.reconnections]
        found = [text for session in self._sessions for text in session.warnings]
        live.warnings = list(dict.fromkeys(found))

    def _tell(self, listener: Listener, event: Event | None) -> None:
        try:
            listener(event)
        except Exception as error:  # noqa: BLE001 - one listener's fault must not end the session
            text = f"A listener failed: {type(error).__name__}: {error}"
            if text not in self.transcript.warnings:
                self.transcript.warnings.append(text)


class _Threaded:
    """Calls a listener in a thread of its own, in order."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        threading.Thread(target=self._serve, name="aai_jupyter-listener", daemon=True).start()

    def __call__(self, event: Event | None) -> None:
        self._events.put(event)

    def _serve(self) -> None:
        while True:
            event = self._events.get()
            self._listener(event)
            if event is None:
                return


def _name(turn: Turn, channel: str | None) -> None:
    """Speakers of two channels as those of a recording: "1", or "1A" where they are told apart."""
    if channel is None:
        return
    if not (turn.speaker_label or "").startswith(channel):
        turn.speaker_label = f"{channel}{turn.speaker_label or ''}"
    for word in turn.words:
        if word.speaker is not None and not word.speaker.startswith(channel):
            word.speaker = f"{channel}{word.speaker}"


def _time(turn: Turn) -> tuple[bool, int]:
    """By start; what is still spoken comes last."""
    return (not turn.end_of_turn, turn.words[0].start if turn.words else 0)


def _folder(home: Path) -> Path:
    """Where sound is kept; what is older than 30 days is deleted."""
    folder = home / "streams"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    oldest = time.time() - _KEEP_DAYS * 86400
    for old in folder.iterdir():
        with contextlib.suppress(OSError):  # somebody else deletes it now
            if old.suffix in (".flac", ".wav") and old.stat().st_mtime < oldest:
                old.unlink()
    return folder
