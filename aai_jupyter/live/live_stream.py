"""Handle of a real-time session that runs beside the cell."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from aai_jupyter.client.streaming.events import Event
from aai_jupyter.client.streaming.policy import MAX_MINUTES
from aai_jupyter.client.streaming.subscribers import Listener
from aai_jupyter.errors import UsageError
from aai_jupyter.live.call_devices import CallDevices, consent, open_devices
from aai_jupyter.live.line_captions import line_printer
from aai_jupyter.live.live_run import LiveRun
from aai_jupyter.live.private_speech import refuse_with_privacy
from aai_jupyter.live.sides import checked_sides, open_sides
from aai_jupyter.runtime.cell import by_program
from aai_jupyter.runtime.imports import import_beside
from aai_jupyter.runtime.process import Runtime, runtime
from aai_jupyter.text.one_process import OneProcess
from aai_jupyter.transcripts import upward
from aai_jupyter.transcripts.live_transcript import LiveTranscript
from aai_jupyter.transcripts.side_names import SideNames

if TYPE_CHECKING:
    from typing import Unpack

    from aai_jupyter.client.options.option_types import StreamingChanges, StreamingOptions

_POLL = 0.1
_STOP_SECONDS = 20.0


class LiveStream(OneProcess):
    """A real-time session that runs on the background loop, beside the cell.

    It runs as long as something refers to it: a variable, captions that are shown, a listener. When nothing
    does any more it is ended, as an open session is billed; `transcript` notes that.

    Parameters
    ----------
    source : optional
        A recording, sent as fast as it was spoken. Without one, :meth:`push` takes the audio.
    multichannel : bool
        Two channels as two sessions (each is billed), merged by time; else they are mixed.
    sides : sequence of str, optional
        The same with names for the two channels, which their speakers have; of `aai.tracks` the names there.
    mic, computer : bool or str
        Instead of a source, devices of the kernel's machine: a microphone, and with it what the machine
        plays, as two sides. A name, or part of it, says which device.
    speed : float
        How many times as fast as spoken a recording is sent. The service wants 1.
    max_minutes : float
        The session is ended after so long.
    keep_audio : bool
        Keep the audio (FLAC, in the settings' home folder, for 30 days).
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
    UsageError
        ``aai.settings.privacy`` wants pseudonyms.

    Examples
    --------
    >>> live = LiveStream(speaker_labels=True).start()  # doctest: +SKIP
    >>> live.push(pcm)                                  # doctest: +SKIP
    >>> live.transcript.words                           # doctest: +SKIP
    >>> live.stop()                                     # doctest: +SKIP
    """

    __module__ = "aai_jupyter"
    elsewhere = "Send what was heard: its transcript."

    def __init__(
        self,
        source: Any = None,
        *,
        multichannel: bool = False,
        sides: Sequence[str] | None = None,
        mic: bool | str = False,
        computer: bool | str = False,
        speed: float = 1.0,
        max_minutes: float = MAX_MINUTES,
        keep_audio: bool = True,
        auth: Any = "header",
        token: str | None = None,
        policy: Any = None,
        profile: str | None = None,
        extra: Mapping[str, Any] | None = None,
        runtime_: Runtime | None = None,
        **options: Unpack[StreamingOptions],
    ) -> None:
        from aai_jupyter.client.streaming.streaming_request import build_streaming_request

        import_beside("websockets.asyncio.client", "pandas")
        rt = runtime_ or runtime()
        refuse_with_privacy(rt.settings, "Live speech")
        given = {**(rt.settings.profile(profile) if profile else {}), **options}
        names = SideNames(checked_sides(source, sides, multichannel, call=bool(computer)))
        self._devices = open_devices(mic, computer, source)
        opened = open_sides(source, given.get("sample_rate"), max(1, len(names.sides)))
        if opened is not None:
            given["sample_rate"] = opened.rate
        request = build_streaming_request(given, extra=extra)
        how = {"auth": auth, "token": token, "policy": policy, "extra": extra, "max_minutes": max_minutes}
        self._run = LiveRun(
            rt, request, {**how, **given}, source=opened, sides=names, speed=speed, keep=keep_audio
        )
        self.sample_rate = self._run.rate
        self.transcript = self._run.transcript
        self.origin: tuple[str, str] | None = None
        """The cell that began it, and which run of that cell."""
        self._display: Any = None
        self._printing = False
        self.printed_elsewhere = False
        """Who waits prints no turns for a program: somebody else does, or listens."""
        self._log: Any = None
        # The run does not know its handle, so a handle that nobody holds can end it.
        weakref.finalize(self, self._run.end_unreferenced).atexit = False

    # Life -------------------------------------------------------------------------------------------------

    def start(self) -> LiveStream:
        """Connect and run; returns at once."""
        if self.state == "idle":  # the setting may have come meanwhile
            refuse_with_privacy(self._run.rt.settings, "Live speech")
        if self._devices is not None and self.state == "idle":
            if self.status()["sides"]:
                print(consent(self.status()["per_hour"]), flush=True)
            self._devices.start(self)
        self._run.start()
        return self

    @property
    def listens_to(self) -> str:
        """Names of the devices of the kernel's machine that it hears; empty without any."""
        return self._devices.label if self._devices is not None else ""

    def warm(self) -> None:
        """Let the local engine load its models before there is any audio; returns at once.

        Does nothing with the service, where an open session is billed.
        """
        self._run.warm()

    def stop(self, *, hasty: bool = False, wait: bool = True) -> LiveTranscript:
        """End the session: send what waits, take the last words. Safe from any thread, and more than once.

        Parameters
        ----------
        hasty : bool
            Leave out what waits, and do not wait long for last words.
        wait : bool
            False returns at once.
        """
        run = self._run
        run.end(hasty)
        if wait and run.future is not None:
            heard = run.heard_to
            while not run.over.wait(_STOP_SECONDS):
                if hasty or run.heard_to <= heard:
                    run.future.cancel()
                    run.over.wait(3.0)
                    break
                heard = run.heard_to  # it catches up
        return self.transcript

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the session has ended; can be interrupted. False after `timeout` seconds.

        Where a program executes the notebook finished turns are printed meanwhile, for its log.
        """
        end = None if timeout is None else time.monotonic() + timeout
        log = self._program_log()
        while not self._run.over.wait(_POLL):
            if log is not None:
                log.draw()
            if end is not None and time.monotonic() >= end:
                return False
        if log is not None:
            log.draw(last=True)
        return True

    def _program_log(self) -> Any:
        """Return what prints turns from the waiting thread: what others print reaches no program."""
        make = self._run.rt.captions
        if self._log is None and make is not None and not self.printed_elsewhere and by_program():
            self._log = make(self)
        return self._log

    def result(self) -> LiveTranscript:
        """Wait for the end, and raise what ended it if that was an error."""
        self.wait()
        if self.error is not None:
            raise self.error
        return self.transcript

    @property
    def error(self) -> BaseException | None:
        """What ended the session, if that was an error."""
        return self._run.error

    @property
    def state(self) -> str:
        """``idle``, ``connecting``, ``open``, ``paused``, ``reconnecting``, ``ending`` or ``ended``."""
        return self._run.state

    # Audio ------------------------------------------------------------------------------------------------

    def push(self, pcm: bytes) -> None:
        """Send 16-bit PCM at `sample_rate` (channels interleaved); from any thread, never waits.

        Audio given before the session has begun is kept; when far too much waits, the oldest is given up.
        """
        if self._run.source is not None:
            raise UsageError("This session has a source of its own.")
        self._run.push(bytes(pcm))

    def pause(self, *, release: bool = False) -> None:
        """Send nothing until :meth:`resume`.

        An open session is billed while it is paused. ``release=True`` ends it meanwhile; to resume takes
        about a second more then.
        """
        self._run.for_each(lambda session: session.pause(release=release))

    def resume(self) -> None:
        """Go on after :meth:`pause`."""
        if isinstance(self._devices, CallDevices):
            self._devices.resume()
        self._run.for_each(lambda session: session.resume())

    def interrupt(self, reason: str) -> None:
        """Send nothing and end the session until :meth:`resume`, and note why."""
        self._run.note(reason)
        self.pause(release=True)

    # Messages ---------------------------------------------------------------------------------------------

    def update(self, **options: Unpack[StreamingChanges]) -> None:
        """Change ``keyterms_prompt``, ``prompt``, ... while it runs.

        Raises
        ------
        OptionError
            At once, in the calling thread.
        """
        from aai_jupyter.client.streaming.streaming_request import check_update

        check_update(options)
        self._run.for_each(lambda session: session.update(**options))

    def force_endpoint(self) -> None:
        """End the current turn now."""
        self._run.for_each(lambda session: session.force_endpoint())

    # Listening --------------------------------------------------------------------------------------------

    def listen(self, listener: Listener, *, thread: bool = False, hold: bool = True) -> Callable[[], None]:
        """Call `listener` with each event, and with None at the end. Returns what stops that.

        Parameters
        ----------
        listener : callable
            On the background loop: must be short and must not wait (set traits, append). A fault in it is
            noted in ``transcript.warnings``.
        thread : bool
            Call it in a thread of its own, in order, however long each call takes.
        hold : bool
            Let the session run for this listener's sake when nothing else refers to it any more.
        """
        return self._run.subscribers.add(listener, thread=thread, holds=self if hold else None)

    def print_turns(self) -> None:
        """Print finished turns from now on, as lines; once, however often it is called."""
        if not self._printing and self.state != "ended":
            self._printing = True
            self.listen(line_printer())

    def __iter__(self) -> Iterator[Event]:
        """Iterate over events from now on, in the calling thread, to the end of the session."""
        yield from self._run.subscribers.events()

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Iterate over events from now on, on the caller's loop."""
        async for event in self._run.subscribers.events_async():
            yield event

    def status(self) -> dict[str, Any]:
        """Figures for a display.

        Returns
        -------
        dict
            state; seconds (of audio given), elapsed, billed (s); estimate (USD) and per_hour; level (0-1, of
            the newest audio) and levels (of each channel); behind (s, speech that waits for its text; 0 while
            it keeps up); latency_p50 and latency_p95 (s, last word -> finished text; None before any);
            reconnections, lost (s); model; session_ids; warnings; error (text or None); local (the engine:
            free); warming (it loads its models); released (paused, and no session is open); sides (their
            names now); params (the options in force now).
        """
        return self._run.status()

    @property
    def seconds_given(self) -> float:
        """Audio given so far, in seconds."""
        return self._run.audio.seconds

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that the session runs on, and listeners are called on."""
        return self._run.rt.bridge.loop

    @property
    def speakers(self) -> Any:
        """As of `transcript`, so that names are not lost in an attribute of the handle."""
        return self.transcript.speakers

    @speakers.setter
    def speakers(self, names: Any) -> None:
        self.transcript.speakers = names

    def __getattr__(self, name: str) -> Any:
        """``words``, ``turns``, ``text``, ``audio``, ``exact``, ...: those of `transcript`."""
        if name.startswith("_") or "transcript" not in self.__dict__:
            raise AttributeError(name)
        try:
            return getattr(self.transcript, name)
        except AttributeError:
            from aai_jupyter.transcripts.transcript import Transcript

            known = hasattr(Transcript, name)
            there = f": .to_transcript() makes a Transcript, which has {name}" if known else ""
            raise AttributeError(f"LiveStream has no attribute {name!r}{there}") from None

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(name for name in dir(self.transcript) if name[0] != "_")})

    def __repr__(self) -> str:
        return f"LiveStream({self.state}, {self.seconds_given:.0f} s)"

    def captions(self, *, microphone: bool = False, computer: bool = False) -> Any:
        """Return its captions as a widget, to be shown where a cell shows its value, as in marimo.

        Parameters
        ----------
        microphone : bool
            The page's microphone is the sound; the session begins when somebody has allowed it.
        computer : bool
            The second channel is the sound of a tab or of the computer, which the user shares in the
            browser's dialog. For a session with two sides.

        Examples
        --------
        >>> aai.LiveStream().captions(microphone=True)  # doctest: +SKIP
        """
        if (microphone or computer) and self._run.source is not None:
            raise UsageError("This session has a source of its own.")
        if computer != (microphone and bool(self.status()["sides"])):
            raise UsageError(
                "Microphone and computer are the two sides of a session that has two.",
                hint='aai.LiveStream(sides=("You", "Computer")).captions(microphone=True, computer=True)',
            )
        return upward.live_captions(self, microphone, computer)

    def _ipython_display_(self) -> None:
        upward.show_live(self)

    def _display_(self) -> Any:  # asked by marimo
        return upward.live_view(self)


class CellStreams(WeakSet[LiveStream]):
    """Live sessions that cells of this process have begun."""
