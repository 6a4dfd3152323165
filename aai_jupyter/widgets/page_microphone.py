"""Browser's microphone as the audio of a session: frames in order, and a release when none come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aai_jupyter.api.stream import LiveStream

ACK_FRAMES = 5
SILENT_SECONDS = 20.0
"""The page sends no sound for so long: its session is let go of, as an idle one is billed."""
ABANDONED_SECONDS = 10.0
"""The last view with the microphone has been closed for so long: nobody is there any more."""
SILENT = (
    f"No sound has come from the page for {SILENT_SECONDS:g} s, so nothing is sent or billed now. "
    "It goes on with the next sound."
)


class PageMicrophone:
    """Feeds audio of the browser's microphone to a session; all on the session's loop.

    Parameters
    ----------
    live : LiveStream
    acknowledge : callable
        Called with the number of a frame that has been taken, so that the page sends more.
    """

    def __init__(self, live: LiveStream, acknowledge: Callable[[int], object]) -> None:
        self._live, self._acknowledge = live, acknowledge
        self._frames = AudioFrames()
        self._heard_at = time.monotonic()
        self._abandoned: asyncio.TimerHandle | None = None
        self.released = False
        """The session was let go of, because no sound came."""

    def sound(self, message: Mapping[str, Any], buffers: list[Any]) -> None:
        """Push a frame. The first one starts the session, or resumes one that was released."""
        self._heard_at = time.monotonic()
        if self._live.state == "idle":
            self._live.start()
        if self.released:
            self.released = False
            self._live.resume()
        pcm = bytes(buffers[0]) if buffers else b""
        for seq, frame in self._frames.add(int(message.get("seq") or 0), pcm):
            self._live.push(frame)
            if seq % ACK_FRAMES == 0:
                self._acknowledge(seq)

    def switched_on(self) -> None:
        """Record that the microphone was switched on."""
        self._heard_at = time.monotonic()
        self._frames.restart()

    def view_closed(self, loop: asyncio.AbstractEventLoop) -> None:
        """Stop the session soon, unless another view opens: the one with the microphone is gone."""
        self._abandoned = loop.call_later(ABANDONED_SECONDS, lambda: self._live.stop(wait=False))

    def view_opened(self) -> None:
        """Keep the session: a view has opened in time."""
        if self._abandoned is not None:
            self._abandoned.cancel()

    def clear_release(self) -> None:
        """Forget an earlier release: the user has paused or resumed since."""
        self.released, self._heard_at = False, time.monotonic()

    def watch(self) -> None:
        """Release a session without audio: its page is closed, asleep, or its kernel does not read."""
        if self.released or self._live.state != "open":
            return
        if time.monotonic() - self._heard_at > SILENT_SECONDS:
            self.released = True
            self._live.pause(release=True)


class AudioFrames:
    """Puts frames of the page in order: two threads may have taken them from the kernel's socket.

    Examples
    --------
    >>> frames = AudioFrames()
    >>> frames.add(1, b"a"), frames.add(3, b"c"), frames.add(2, b"b")
    ([(1, b'a')], [], [(2, b'b'), (3, b'c')])
    """

    MOST = 20

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Expect the sequence to begin at 1 again."""
        self._next = 1
        self._early: dict[int, bytes] = {}

    def add(self, seq: int, pcm: bytes) -> list[tuple[int, bytes]]:
        """Add a frame; return those that can be used now, in order."""
        if seq < self._next:
            return []
        self._early[seq] = pcm
        if len(self._early) > self.MOST:
            self._next = min(self._early)  # one got lost
        found = []
        while self._next in self._early:
            found.append((self._next, self._early.pop(self._next)))
            self._next += 1
        return found
