"""Widget of push-to-talk dictation, by the browser's microphone or one of the kernel's machine."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import traitlets

from aai_jupyter.client.options.catalog.clip_options import LONGEST_SECONDS
from aai_jupyter.errors import AaiError
from aai_jupyter.live.clip_buffer import RATE
from aai_jupyter.text.sanitize import encodable
from aai_jupyter.widgets.base import BaseWidget
from aai_jupyter.widgets.dispatcher import Handler, Reply
from aai_jupyter.widgets.page_sound import PageSound

if TYPE_CHECKING:
    from aai_jupyter.live.dictation import Dictation
    from aai_jupyter.live.spoken_clip import SpokenClip

BEAT_SECONDS = 0.1
SHOWN = 50
"""Texts in the page; all are in `clips`."""
MAX_TEXT = 20_000


class Recorder(BaseWidget):
    """The button and texts of one dictation.

    Parameters
    ----------
    dictation : Dictation
    """

    _view = traitlets.Unicode("recorder").tag(sync=True)
    meta = traitlets.Dict().tag(sync=True)
    state = traitlets.Unicode("idle").tag(sync=True)
    texts: Any = traitlets.List().tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    held = traitlets.Bool(False).tag(sync=True)
    figures = traitlets.Dict().tag(sync=True)

    def __init__(self, dictation: Dictation) -> None:
        self._dictation = dictation
        self._takes: dict[str, Take] = {}
        self._beating = False
        self.heard_at = 0.0
        status = dictation.status()
        meta = {
            "id": uuid.uuid4().hex,
            "rate": RATE,
            "longest": LONGEST_SECONDS,
            "device": encodable(status["device"]),
            "price": None if status["local"] else status["price"],
            "local": status["local"],
            "where": "local engine: stays on this machine" if status["local"] else "AssemblyAI",
            "warnings": [encodable(text) for text in status["warnings"]],
        }
        handlers: dict[str, Handler] = {
            "ready": lambda message, _: ({"ok": True}, []),
            "begin": self._begin,
            "sound": self._sound,
            "end": self._end,
            "cancel": self._cancel,
            "start": lambda message, _: self._switch(dictation.start),
            "stop": lambda message, _: self._switch(dictation.stop),
            "drop": lambda message, _: self._switch(dictation.cancel),
            "retry": lambda message, _: self._switch(dictation.retry),
        }
        super().__init__(handlers, meta=meta)
        dictation.listen(self._refresh)
        self._refresh()

    def call(self) -> None:
        """Send a message that the front end answers, if it is there; see `heard_at`."""
        self._say({"type": "call"})

    def _receive(self, message: Any, buffers: list[Any] | None) -> None:
        self.heard_at = time.monotonic()
        super()._receive(message, buffers)

    def _refresh(self) -> None:
        with self._guard, self.hold_sync():
            # Asked for in here: of two threads the later one must not show what was before.
            status, clips = self._dictation.status(), self._dictation.clips
            self.state = status["state"]
            self.held = status["held"]
            self.problem = encodable(status["error"] or "")
            self.figures = {"seconds": round(status["seconds"], 1), "level": round(status["level"], 3)}
            if len(clips) != (self.texts[-1]["n"] if self.texts else 0):
                first = max(0, len(clips) - SHOWN)
                self.texts = [
                    {"n": n, "text": encodable(clip.text[:MAX_TEXT]), "figures": clip.figures()}
                    for n, clip in enumerate(clips[first:], first + 1)
                ]
            beat = status["state"] == "recording" and bool(status["device"]) and not self._beating
            self._beating = self._beating or beat
        if beat:
            threading.Thread(target=self._beat, name="aai-recorder", daemon=True).start()

    def _beat(self) -> None:
        """Update seconds and level of the kernel's microphone while it records."""
        while self._dictation.state == "recording":
            time.sleep(BEAT_SECONDS)
            self._refresh()
        self._beating = False

    def _switch(self, act: Any) -> Reply:
        act()
        return {"ok": True}, []

    # The page's microphone --------------------------------------------------------------------------------

    def _begin(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        key = str(message.get("key"))
        with self._guard:
            self._take(key)
        self._dictation.heard(key, on=True)
        self._dictation.warm()
        return {"ok": True}, []

    def _sound(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        key, seq = str(message.get("key")), message.get("seq")
        if not isinstance(seq, int) or len(buffers) != 1:
            raise AaiError("The message came without its sound.")
        with self._guard:
            take = self._take(key)
            take.add(seq, bytes(buffers[0]))
        self._dictation.heard(key, on=True)
        self._whole(key, take)
        return {"ok": True}, []

    def _end(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        key, count = str(message.get("key")), message.get("count")
        with self._guard:
            take = self._take(key)
            take.count = count if isinstance(count, int) else 0
            take.label = encodable(str(message.get("label") or "microphone"))[:200]
        self._whole(key, take)
        return {"ok": True}, []

    def _cancel(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        key = str(message.get("key"))
        with self._guard:
            take = self._takes.pop(key, None)
        if take is not None and take.spoken is not None:
            take.spoken.cancel()
        self._dictation.heard(key, on=False)
        return {"ok": True}, []

    def _take(self, key: str) -> Take:
        return self._takes.setdefault(key, Take(self._dictation.speak))

    def _whole(self, key: str, take: Take) -> None:
        with self._guard:
            pcm = take.whole() if self._takes.get(key) is take else None
            if pcm is None:
                return
            del self._takes[key]
        self._dictation.add(pcm, take.label, take.spoken)
        self._dictation.heard(key, on=False)


class Take:
    """A recording of the page, put together from its messages in whatever order they come.

    Examples
    --------
    >>> take = Take()
    >>> take.add(2, b"b"), take.add(1, b"a"), take.whole()
    (None, None, None)
    >>> take.count = 2
    >>> take.whole()
    b'ab'
    """

    MOST = 2 * RATE * LONGEST_SECONDS

    def __init__(self, speak: Callable[[], SpokenClip] | None = None) -> None:
        self.count: int | None = None
        self.label = "microphone"
        self.spoken: SpokenClip | None = None
        """The clip that its samples are sent for while they come; from the first of them."""
        self._speak = speak
        self._sound = PageSound(most=self.MOST)
        self._pcm = bytearray()

    def add(self, seq: int, pcm: bytes) -> None:
        """Take the samples numbered `seq`, from 1; what is beyond the longest clip is left out."""
        for _, part in self._sound.add(seq, pcm):
            if self.spoken is None and self._speak is not None:
                self.spoken = self._speak()
            if self.spoken is not None:
                self.spoken.push(part)
            self._pcm += part[: self.MOST - len(self._pcm)]

    def whole(self) -> bytes | None:
        """All samples, once they are there."""
        if self.count is None or (self._sound.given < self.count and len(self._pcm) < self.MOST):
            return None
        return bytes(self._pcm)
