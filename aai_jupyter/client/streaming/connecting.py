"""Real-time speech: `client.streaming.connect(...)`."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import threading
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any

from aai_jupyter.client.http import Http
from aai_jupyter.client.streaming.core import Core, Listener, State, StreamingPolicy
from aai_jupyter.client.streaming.events import Begin, Event, Reconnected, Turn
from aai_jupyter.client.streaming.request import build_streaming_request, check_update
from aai_jupyter.client.streaming.socket import AUTH, Auth, mint_token
from aai_jupyter.client.streaming.sources import PcmSource, open_source, split_channels
from aai_jupyter.client.streaming.turns import TurnLog
from aai_jupyter.errors import AaiError, OptionError

__all__ = ["Streaming", "StreamingPolicy", "StreamingSession"]

_QUEUE = 4096
_EXIT_SECONDS = 3.0


class Streaming:
    """The real-time service of one endpoint; ``client.streaming``."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._sessions: weakref.WeakSet[StreamingSession] = weakref.WeakSet()

    async def token(
        self, *, expires_in_seconds: int = 60, max_session_duration_seconds: int | None = None
    ) -> str:
        """A temporary token: opens sessions without the key, for a page or another machine.

        Parameters
        ----------
        expires_in_seconds : int
            1 to 600.
        max_session_duration_seconds : int, optional
            60 to 10800.
        """
        return await mint_token(
            self._http,
            expires_in_seconds=expires_in_seconds,
            max_session_duration_seconds=max_session_duration_seconds,
        )

    def connect(
        self,
        source: Any = None,
        *,
        auth: Auth = "header",
        token: str | None = None,
        speed: float = 1.0,
        max_minutes: float = 60.0,
        policy: StreamingPolicy | None = None,
        extra: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> StreamingSession:
        """Open a session: ``async with`` it, then ``async for event in`` it.

        Parameters
        ----------
        source : optional
            A recording (path, URL, bytes, file, ``(samples, rate)``) that is streamed at the speed it was
            spoken; the session ends with it. Without one, `StreamingSession.send` takes the sound.
        auth : {"header", "token", "query", "message"}
            How the key is sent.
        token : str, optional
            A temporary token instead of the key.
        speed : float
            How many times as fast as spoken the source is sent. The service wants 1.
        max_minutes : float
            The session is ended after so long: an open one is billed, also when nobody speaks.
        policy : StreamingPolicy, optional
        extra : mapping, optional
            Parameters that this version does not know; sent unchecked.
        **options
            Parameters of the socket by their API names: ``speech_model``, ``speaker_labels``, ...

        Raises
        ------
        OptionError, SourceError
            Before anything is sent.

        Examples
        --------
        >>> async with client.streaming.connect("talk.mp3") as session:  # doctest: +SKIP
        ...     async for event in session:
        ...         if isinstance(event, Turn) and event.end_of_turn:
        ...             print(event.transcript)
        """
        if auth not in AUTH:
            raise OptionError(f"auth must be one of {', '.join(AUTH)}, not {auth!r}.")
        if not max_minutes > 0:
            raise OptionError("max_minutes must be above 0.")
        if not speed > 0:
            raise OptionError("speed must be above 0.")
        opened = None
        if source is not None:
            opened = open_source(source, rate=_whole(options.get("sample_rate")))
            options["sample_rate"] = opened.rate
        return self._connect(options, opened, speed, auth, token, max_minutes, policy, extra)

    def _connect(
        self,
        options: Mapping[str, Any],
        opened: PcmSource | None,
        speed: float,
        auth: Auth,
        token: str | None,
        max_minutes: float,
        policy: StreamingPolicy | None,
        extra: Mapping[str, Any] | None,
    ) -> StreamingSession:
        request = build_streaming_request(options, extra=extra)
        if self._http.endpoint.local and "speech_model" not in request.chosen:
            del request.params["speech_model"]  # the engine has its own

        def make() -> Core:
            return Core(
                self._http, request, auth=auth, token=token, policy=policy, max_seconds=60 * max_minutes
            )

        session = StreamingSession(make, opened, speed)
        self._sessions.add(session)
        return session

    async def aclose(self) -> None:
        """End all sessions."""
        await asyncio.gather(*(session.abort() for session in tuple(self._sessions)))


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float | str) and str(value).isdigit() else None


class Subscription:
    """Events of a session for one reader, in order; the reader may be slow.

    Of a turn that is still spoken only the newest state waits. Beyond 4096 events the oldest are dropped:
    the session's turns hold what they said.
    """

    def __init__(self) -> None:
        self._events: deque[Event | None] = deque(maxlen=_QUEUE)
        self._some = asyncio.Event()

    def put(self, event: Event | None) -> None:
        last = self._events[-1] if self._events else None
        if (
            isinstance(event, Turn)
            and isinstance(last, Turn)
            and not last.end_of_turn
            and (last.turn_order, last.channel) == (event.turn_order, event.channel)
        ):
            self._events[-1] = event
        else:
            self._events.append(event)
        self._some.set()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        while not self._events:
            self._some.clear()
            await self._some.wait()
        event = self._events[0]
        if event is None:  # stays, so that every later call ends too
            raise StopAsyncIteration
        self._events.popleft()
        return event


class StreamingSession:
    """One real-time session; made by :meth:`Streaming.connect`.

    Sound is 16-bit PCM, one channel, of ``sample_rate``, in pieces of any size. It may be given before the
    session has begun. When the connection breaks, a new one goes on: times count on, and nothing finished
    is lost or repeated.

    Leaving the ``async with`` block sends the rest and waits for the last words; an exception, or letting
    go of the session, ends it at once. In every case the service is told, as an open session is billed.

    Attributes
    ----------
    turns : TurnLog
        What was said so far.
    warnings : list of str
    reconnections : list of Reconnected
    """

    def __init__(self, make: Callable[[], Core], source: PcmSource | None, speed: float) -> None:
        self._make, self._source, self._speed = make, source, speed
        self._core_: Core | None = None
        self._events: Subscription | None = None
        self._feeder: asyncio.Task[None] | None = None

    # Life -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to connect, without waiting. Must run on the event loop."""
        if self._core_ is not None:
            return
        core = self._core_ = self._make()
        self._events = Subscription()
        core.listeners.append(self._events.put)
        core.start()
        # At exit too: the newest finalizers run first, so the loop's thread is still there.
        self._finalizer = weakref.finalize(self, _abandon, core)
        _watch_exit()
        if self._source is not None:
            self._feeder = core.loop.create_task(feed([core], self._source, self._speed))

    async def __aenter__(self) -> StreamingSession:
        self.start()
        try:
            await self.core.begun.wait()
        except BaseException:
            await self.abort()
            raise
        if self.core.error is not None:
            raise self.core.error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            await self.finish()
        else:
            await self.abort()

    async def finish(self) -> None:
        """Send what is waiting, end the session and wait for its last words.

        Raises
        ------
        StreamingError
            What ended the session, if it was no clean end.
        """
        core = self.core
        if self._feeder is not None and not self._feeder.done() and core.accepting:
            self._feeder.cancel()
        core.finish()
        try:
            await core.wait()
        except BaseException:
            await self.abort()
            raise
        await self._end_feeding()
        if core.error is not None:
            raise core.error

    async def abort(self) -> None:
        """End the session now. Sound that waits is left out."""
        if self._core_ is None:
            return
        if self._feeder is not None:
            self._feeder.cancel()
        self._core_.abort()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_EXIT_SECONDS):
                await self._core_.wait()

    async def _end_feeding(self) -> None:
        if self._feeder is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._feeder

    # Sound ------------------------------------------------------------------------------------------------

    async def send(self, pcm: bytes) -> None:
        """Give sound; waits while much of it waits already. After the end nothing happens."""
        await self.core.send(pcm)

    def push(self, pcm: bytes) -> float:
        """Give sound that cannot wait (a microphone). On the event loop only.

        Returns
        -------
        float
            Seconds of older sound that had to be given up, because too much was waiting.
        """
        return self.core.push(pcm) / self.core.rate

    # Messages ---------------------------------------------------------------------------------------------

    def update(self, **options: Any) -> None:
        """Change options that may change while the session runs (``UpdateConfiguration``).

        An empty ``prompt``, ``agent_context``, ``keyterms_prompt`` or ``language_codes`` clears it. Not
        acknowledged by the service; a new connection keeps the changes.

        Raises
        ------
        OptionError
        """
        self.core.update(check_update(options))

    def force_endpoint(self) -> None:
        """End the current turn now."""
        self.core.control({"type": "ForceEndpoint"})

    def keep_alive(self) -> None:
        """Start the service's ``inactivity_timeout`` anew."""
        self.core.control({"type": "KeepAlive"})

    def pause(self, *, release: bool = False) -> None:
        """Send no sound until `resume`; what is given meanwhile is left out.

        Parameters
        ----------
        release : bool
            End the service's session meanwhile, so that nothing is billed; `resume` opens a new one, which
            takes about a second. Otherwise it stays open, and is billed.
        """
        self.core.pause(release=release)

    def resume(self) -> None:
        """Go on after `pause`."""
        self.core.resume()

    # Listening --------------------------------------------------------------------------------------------

    def __aiter__(self) -> AsyncIterator[Event]:
        return self._iterate()

    async def _iterate(self) -> AsyncIterator[Event]:
        core, events = self.core, self._events
        assert events is not None
        async for event in events:
            yield event
        if core.error is not None:
            raise core.error

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every event, on the event loop, and with None at the end.

        Returns what stops that.
        """
        self.core.listeners.append(listener)
        return lambda: self.core.listeners.remove(listener)

    # State ------------------------------------------------------------------------------------------------

    @property
    def core(self) -> Core:
        """What does the work; for those who feed several sessions."""
        if self._core_ is None:
            raise RuntimeError("The session has not been started: use `async with`.")
        return self._core_

    @property
    def state(self) -> State:
        return self.core.state

    @property
    def begin(self) -> Begin | None:
        """The service's first message, of the newest connection."""
        return self.core.begin

    @property
    def id(self) -> str | None:
        """The session's id; of the first connection when there were several (see `ids`)."""
        return self.core.ids[0] if self.core.ids else None

    @property
    def ids(self) -> list[str]:
        return list(self.core.ids)

    @property
    def turns(self) -> TurnLog:
        return self.core.turns

    @property
    def warnings(self) -> list[str]:
        return list(self.core.warnings)

    @property
    def reconnections(self) -> list[Reconnected]:
        return list(self.core.reconnections)

    @property
    def error(self) -> BaseException | None:
        return self.core.error

    @property
    def sample_rate(self) -> int:
        return self.core.rate

    @property
    def seconds_sent(self) -> float:
        """Sound given so far, in seconds."""
        return self.core.buffer.position / self.core.rate

    @property
    def seconds_lost(self) -> float:
        """Sound given up because too much was waiting, in seconds."""
        return self.core.buffer.dropped / self.core.rate

    @property
    def seconds_billed(self) -> float:
        """Open time so far; exact after the end, as the service tells it."""
        return self.core.billed

    @property
    def price_per_hour(self) -> float:
        """Estimated USD for an hour of the open session."""
        return self.core.price

    @property
    def estimate(self) -> float:
        """Estimated USD so far."""
        return self.core.billed * self.core.price / 3600

    async def wait(self) -> None:
        """Until the session has ended, however it ends."""
        await self.core.wait()


async def feed(
    cores: Sequence[Core],
    source: PcmSource,
    speed: float,
    on_block: Callable[[bytes], object] = lambda block: None,
) -> None:
    """Give a recording to a session (one for each channel) at the pace it was spoken, then end it."""
    loop = asyncio.get_running_loop()
    for core in cores:
        await core.begun.wait()
    start, given = loop.time(), 0.0
    try:
        async for block in source.blocks():
            while any(core.state == "paused" for core in cores):
                paused = loop.time()
                await asyncio.sleep(0.05)
                start += loop.time() - paused
            if not all(core.accepting for core in cores):
                break
            on_block(block)
            for core, pcm in zip(cores, split_channels(block, source.channels), strict=True):
                await core.send(pcm)
            given += len(block) / (2 * source.channels * source.rate)
            ahead = start + given / speed - loop.time()
            if ahead > 0:
                await asyncio.sleep(ahead)
            elif ahead < -1:
                start -= ahead  # it was held up: go on at the right pace rather than race
    except AaiError as error:
        for core in cores:
            core.error = core.error or error
            core.abort()
        return
    for core in cores:
        core.finish()


def _abandon(core: Core) -> None:
    """End a session that nobody holds any more, from whatever thread finds out."""
    if core.ended.is_set() or core.loop.is_closed():
        return
    done = threading.Event()

    def end() -> None:
        core.listeners.append(lambda event: done.set() if event is None else None)
        core.abort()

    with contextlib.suppress(RuntimeError):  # the loop was closed just now
        core.loop.call_soon_threadsafe(end)
        if _EXITING.is_set() and core.loop.is_running():  # else the thread would be gone before it is done
            done.wait(_EXIT_SECONDS)


_EXITING = threading.Event()


@functools.cache
def _watch_exit() -> None:
    """Set a mark before any finalizer runs at exit; registered after theirs, so called before."""
    atexit.register(_EXITING.set)
