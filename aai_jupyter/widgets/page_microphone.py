"""Browser's microphone as the audio of a session: frames in order, and a release when none come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aai_jupyter.widgets.page_sound import PageSound

if TYPE_CHECKING:
    from aai_jupyter.api.stream import LiveStream

ACK_FRAMES = 5
EARLY_FRAMES = 20
"""A frame is lost when so many that come after it are there: live speech does not wait for it."""
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
        self._frames = PageSound(skip_after=EARLY_FRAMES)
        self._heard_at = time.monotonic()
        self._abandoned: asyncio.TimerHandle | None = None
        self.released = False
        """The session was let go of, because no sound came."""
        self._lost = ""

    @property
    def why(self) -> str:
        """Why nothing is sent; empty while sound comes, or when the user has paused."""
        return self._lost or (SILENT if self.released else "")

    def sound(self, message: Mapping[str, Any], buffers: list[Any]) -> None:
        """Push a frame. The first one starts the session, or resumes one that was released."""
        self._heard_at, self._lost = time.monotonic(), ""
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
        self.released, self._heard_at, self._lost = False, time.monotonic(), ""

    def interrupted(self, reason: str) -> None:
        """Release the session until sound comes again: the device is gone, or what was shared."""
        self._lost = reason or SILENT
        self.watch()

    def watch(self) -> None:
        """Release a session without audio: its page is closed, asleep, or its kernel does not read."""
        if self.released or self._live.state != "open":
            return
        if self._lost or time.monotonic() - self._heard_at > SILENT_SECONDS:
            self.released = True
            self._live.pause(release=True)
