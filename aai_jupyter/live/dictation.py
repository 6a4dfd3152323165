"""Speech that is recorded piece by piece, each piece a text."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from aai_jupyter.client.clips.clip_audio import clip_wav
from aai_jupyter.errors import AaiError, UsageError
from aai_jupyter.live.clip_buffer import RATE, ClipBuffer
from aai_jupyter.live.clip_sender import ClipSender
from aai_jupyter.text.one_process import OneProcess
from aai_jupyter.transcripts import upward
from aai_jupyter.transcripts.clip import Clip

if TYPE_CHECKING:
    import pandas as pd

    from aai_jupyter.live.kernel_microphone import KernelMicrophone
    from aai_jupyter.live.spoken_clip import SpokenClip
    from aai_jupyter.widgets.recorder.recorder_display import DictationDisplay

log = logging.getLogger("aai_jupyter")

_POLL = 0.1
_GONE_SECONDS = 5.0
"""A page that records sends audio twice a second; after so long without any it is gone."""


class Dictation(OneProcess):
    """Speech that is recorded piece by piece, each piece a text. Made by :func:`dictate`.

    ``await d`` and ``d.wait()`` give the clip that is under way, or else the newest. A cell that waits for
    the page's microphone would wait for ever in most notebooks, and is told so; a task may (``create_task``).

    Attributes
    ----------
    clips : tuple of Clip
        What was said so far, in order.
    error : AaiError or None
        Why the last clip has no text. Its audio is kept until :meth:`retry` or the next clip.

    Examples
    --------
    >>> d = aai.dictate()   # and in a later cell:  # doctest: +SKIP
    >>> d.text, d.frame     # doctest: +SKIP
    """

    __module__ = "aai_jupyter"
    elsewhere = "Send what was said: its clips, or its frame."

    def __init__(self, *, device: str | None = None, **arguments: Any) -> None:
        self._sender = ClipSender(**arguments)
        self._device: KernelMicrophone | None = None
        if device is not None:
            from aai_jupyter.live.kernel_microphone import KernelMicrophone

            self._device = KernelMicrophone(device)
        self.clips: tuple[Clip, ...] = ()
        self.error: AaiError | None = None
        self._failed: tuple[str, bytes, float] | None = None
        self._sending = 0
        self._speaking: dict[str, float] = {}  # key of a recording -> when it was last heard
        self._tape: ClipBuffer | None = None
        self._spoken: SpokenClip | None = None
        self._listeners: list[Callable[[], object]] = []
        self._lock = threading.RLock()
        self._turn: asyncio.Lock | None = None
        self.display: DictationDisplay | None = None

    # What there is ----------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The newest text; empty before the first."""
        return self.clips[-1].text if self.clips else ""

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each clip: text, duration, confidence, estimate."""
        from aai_jupyter.tables.clips import clips_frame
        from aai_jupyter.transcripts.frames import default_units

        return clips_frame(self.clips, default_units())

    @property
    def state(self) -> str:
        """``idle``, ``recording`` or ``transcribing``."""
        with self._lock:
            now = time.monotonic()
            heard = any(now - at < _GONE_SECONDS for at in self._speaking.values())
            if heard or self._tape is not None:
                return "recording"
            return "transcribing" if self._sending else "idle"

    def status(self) -> dict[str, Any]:
        """Figures for a display.

        Returns
        -------
        dict
            state; seconds and level (0-1) of what the kernel's machine records; device (its name or "");
            local (the engine: free); price (USD per hour or None); model; warnings; error (text or None);
            held (the audio of a failed clip is kept).
        """
        sender, tape = self._sender, self._tape
        return {
            "state": self.state,
            "seconds": tape.seconds if tape is not None else 0.0,
            "level": tape.level if tape is not None else 0.0,
            "device": self._device.label if self._device is not None else "",
            "local": sender.local,
            "price": sender.price,
            "model": sender.request.model,
            "warnings": list(sender.request.warnings),
            "error": str(self.error) if self.error else None,
            "held": self._failed is not None,
        }

    def listen(self, listener: Callable[[], object]) -> Callable[[], None]:
        """Call `listener` after each change, on whatever thread made it. Returns what stops that."""
        with self._lock:
            self._listeners.append(listener)

        def forget() -> None:
            with self._lock, contextlib.suppress(ValueError):
                self._listeners.remove(listener)

        return forget

    # Speaking ---------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to record: from the device, or what :meth:`push` gives. Again: the recording goes on."""
        self._sender.check_privacy()
        with self._lock:
            if self._tape is not None:
                return
            self._tape = ClipBuffer()
            self._spoken = self.speak()
        self.warm()
        if self._device is not None:
            try:
                self._device.open(RATE, self.push)
            except AaiError:
                self.cancel()
                raise
        self._changed()

    def push(self, pcm: bytes) -> None:
        """Add audio: mono samples of 16 bits at 16 kHz. After 120 s the recording ends by itself."""
        tape, spoken = self._tape, self._spoken
        if tape is None or spoken is None:
            return
        spoken.push(pcm)
        if tape.push(pcm):
            # On PortAudio's thread, which cannot stop its own stream.
            threading.Thread(target=self.stop, daemon=True).start()

    def stop(self) -> None:
        """End the recording, and send it. Returns at once."""
        tape, spoken = self._ended()
        if tape is not None:
            self.add(tape.take(), spoken=spoken)

    def cancel(self) -> None:
        """End the recording, and forget it."""
        _, spoken = self._ended()
        if spoken is not None:
            spoken.cancel()
        self._changed()

    def speak(self) -> SpokenClip:
        """Begin a clip whose sound is sent while it is spoken; give it to :meth:`add`, or cancel it."""
        return self._sender.speak()

    def _ended(self) -> tuple[ClipBuffer | None, SpokenClip | None]:
        if self._device is not None:
            self._device.stop()
        with self._lock:
            tape, self._tape = self._tape, None
            spoken, self._spoken = self._spoken, None
        return tape, spoken

    def add(self, pcm: bytes, label: str = "microphone", spoken: SpokenClip | None = None) -> None:
        """Send a recording: mono samples of 16 bits at 16 kHz. Returns at once; the text comes.

        ``spoken`` has sent most of it already.
        """
        try:
            wav, seconds = clip_wav(pcm, RATE, "The clip")
        except AaiError as error:  # a button touched by mistake
            if spoken is not None:
                spoken.cancel()
            self._settle(None, error)
            return
        self._submit(label, wav, seconds, spoken)

    def retry(self) -> None:
        """Send the clip again that failed last."""
        with self._lock:
            failed, self._failed = self._failed, None
        if failed is None:
            raise UsageError("There is no clip that failed.")
        self._submit(*failed)

    def heard(self, key: str, *, on: bool) -> None:
        """Note that the page records (again and again), or does so no more; for the button."""
        with self._lock:
            known = key in self._speaking
            if on:
                self._speaking[key] = time.monotonic()
            else:
                self._speaking.pop(key, None)
        if known != on:
            self._changed()

    # Waiting ----------------------------------------------------------------------------------------------

    def wait(self, timeout: float | None = None) -> Clip:
        """Wait for the clip that is under way, or else the first; can be interrupted.

        Raises
        ------
        TimeoutError
            There was none after `timeout` seconds.
        UsageError
            While a cell runs here, the page cannot tell the kernel what it records.
        AaiError
            Why it has no text.
        """
        began = time.monotonic()
        watch = self._watch()
        while not self._settled:
            watch()
            if timeout is not None and time.monotonic() - began >= timeout:
                raise TimeoutError(f"There was no clip after {timeout:g} s.")
            time.sleep(_POLL)
        return self._newest()

    def __await__(self) -> Generator[Any, None, Clip]:
        return self._next().__await__()

    async def _next(self) -> Clip:
        watch = self._watch()
        while not self._settled:
            watch()
            await asyncio.sleep(_POLL)
        return self._newest()

    @property
    def _settled(self) -> bool:
        return self.state == "idle" and (bool(self.clips) or self.error is not None)

    def _newest(self) -> Clip:
        if self.error is not None:
            raise self.error
        return self.clips[-1]

    def _watch(self) -> Callable[[], None]:
        """Make the check that is called while somebody waits: it raises when the page cannot be heard."""
        if self.display is None or self._device is not None:
            return lambda: None
        return self.display.watch()

    # Showing ----------------------------------------------------------------------------------------------

    def show(self) -> None:
        """Show the button in the calling cell; where there is no page, nothing."""
        upward.show_dictation(self)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Dictation, {len(self.clips)} clips, {self.state}>"

    def _ipython_display_(self) -> None:
        if self.display is not None and self.display.is_shown_here():
            return  # by dictate(), in this very cell
        self.show()
        if self.display is None:
            print(repr(self))

    def _display_(self) -> Any:  # asked by marimo
        return upward.dictation_view(self)

    # Sending ----------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Start the engine if it is needed, in the calling thread, and let it load its model."""
        self._sender.prepare()
        if self._sender.local:
            self.warm()

    def warm(self) -> None:
        """Open the connection meanwhile."""
        self._sender.warm()

    def _submit(self, label: str, wav: bytes, seconds: float, spoken: SpokenClip | None = None) -> None:
        with self._lock:
            self._sending += 1
        self._changed()

        async def work() -> None:
            clip, failed = None, None
            try:
                if self._turn is None:
                    self._turn = asyncio.Lock()
                async with self._turn:  # texts come in the order of the speech
                    clip = await self._sender.send(label, wav, seconds, spoken)
            except AaiError as error:
                failed = error
            finally:
                self._settle(clip, failed, sent=(label, wav, seconds))

        self._sender.submit(work()).add_done_callback(_note_fault)

    def _settle(self, clip: Clip | None, error: AaiError | None, sent: Any = None) -> None:
        with self._lock:
            self.error = error
            if sent is not None:
                self._sending -= 1
                self._failed = sent if error is not None else None
            if clip is not None:
                self.clips = (*self.clips, clip)
        self._changed()

    def _changed(self) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()


def _note_fault(done: Future[Any]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log.error("A clip failed", exc_info=error)
