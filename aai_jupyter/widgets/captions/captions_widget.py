"""Live captions in the front end, with the browser's microphone if the session has no other audio."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import traitlets

from aai_jupyter.client.options.catalog.streaming_vocabulary import PRO
from aai_jupyter.client.streaming.events import (
    Begin,
    Event,
    LLMGatewayResponse,
    Reconnected,
    SpeakerRevision,
    Turn,
)
from aai_jupyter.errors import AaiError
from aai_jupyter.widgets.base import BaseWidget
from aai_jupyter.widgets.captions.caption_turns import CaptionState, Delays
from aai_jupyter.widgets.dispatcher import Reply
from aai_jupyter.widgets.page_microphone import PageMicrophone

if TYPE_CHECKING:
    from aai_jupyter.api.stream import LiveStream

log = logging.getLogger("aai_jupyter")

BEAT_SECONDS = 0.5
SHOW_SECONDS = 0.05
"""Captions go to the page at most that often."""
_GETTING_READY = "Getting ready: the local engine loads its models. What is said meanwhile is kept."


class Captions(BaseWidget):
    """Captions of one real-time session.

    Everything that is told to the page is told on the loop's thread, so that it arrives in order; what
    the page says may come on any thread and is handed over to that one.

    Parameters
    ----------
    live : LiveStream
    title : str
        What is heard: the file's or the device's name.
    microphone : bool
        The page's microphone is the sound. The session begins with its first frame: before somebody has
        allowed it, nothing is billed.
    computer : bool
        A second channel is what the page's user shares: both sides of a call.
    """

    _view = traitlets.Unicode("captions").tag(sync=True)
    meta = traitlets.Dict().tag(sync=True)
    state = traitlets.Unicode("connecting").tag(sync=True)
    figures = traitlets.Dict().tag(sync=True)
    notices: Any = traitlets.List(traitlets.Unicode()).tag(sync=True)
    settings = traitlets.Dict().tag(sync=True)

    def __init__(
        self, live: LiveStream, *, title: str = "", microphone: bool = False, computer: bool = False
    ) -> None:
        self._live, self._hears = live, microphone
        self._microphone = PageMicrophone(live, lambda seq: self._say({"type": "ack", "seq": seq}))
        self._loop = live.loop
        self._shown, self._delays = CaptionState(), Delays()
        self._pending: dict[str, Any] = {}
        self._notes: list[str] = []
        self._showing: asyncio.TimerHandle | None = None
        self._shown_at = 0.0
        self._revision = live.transcript.revision
        self._beat: asyncio.TimerHandle | None = None
        status = live.status()
        meta = {
            "id": uuid.uuid4().hex,
            "title": title,
            "microphone": microphone,
            "computer": computer or bool(live.listens_to and status["sides"]),
            "sides": list(status["sides"].values()),
            "rate": live.sample_rate,
            "model": "",
            "price": None if status["local"] else status["per_hour"],
            "prompts": status["local"] or status["params"].get("speech_model") in PRO,
        }
        super().__init__(
            {
                "ready": self._ready,
                "pause": self._pause,
                "resume": self._resume,
                "stop": self._stop,
                "update": self._update,
            },
            meta=meta,
            state=_state(status),
            settings=_settings(status),
        )
        self._hand_over(self._attach)

    # The session -----------------------------------------------------------------------------------------

    def _attach(self) -> None:
        self._change(self._shown.compare(self._live.transcript.all_turns))
        self._live.listen(lambda event: self._event(event))
        self._tick()

    def _event(self, event: Event | None) -> None:
        match event:
            case None:
                self._ended()
                return
            case Turn():
                self._delays.record(event, self._live.seconds_given)
                self._change(self._shown.change(event))
            case LLMGatewayResponse():
                self._change(self._shown.answer(event))
            case SpeakerRevision() | Begin() | Reconnected():
                self._change(self._shown.compare(self._live.transcript.all_turns))
        if not isinstance(event, Turn):
            self._refresh()

    def _change(self, parts: Mapping[str, Any]) -> None:
        for turn in parts.get("turns", ()):
            self._pending[turn["key"]] = turn
        for key in parts.get("removed", ()):
            self._pending[key] = None
        if not self._pending or self._showing is not None:
            return
        rest = self._shown_at + SHOW_SECONDS - time.monotonic()
        if rest <= 0:
            self._show()
        else:
            self._showing = self._loop.call_later(rest, self._show)

    def _show(self) -> None:
        pending, self._pending, self._showing = self._pending, {}, None
        self._shown_at = time.monotonic()
        self._say(
            {
                "type": "turns",
                "turns": [turn for turn in pending.values() if turn is not None],
                "removed": [key for key, turn in pending.items() if turn is None],
            }
        )

    def _ended(self) -> None:
        if self._showing is not None:
            self._showing.cancel()
        if self._pending:
            self._show()
        if self._beat is not None:
            self._beat.cancel()
        self._refresh()

    def _tick(self) -> None:
        if self._hears:
            self._microphone.watch()
        if self._revision != self._live.transcript.revision:  # somebody has named a side
            self._revision = self._live.transcript.revision
            self._change(self._shown.compare(self._live.transcript.all_turns))
        self._refresh()
        if self.state != "ended":
            self._beat = self._loop.call_later(BEAT_SECONDS, self._tick)

    def _refresh(self) -> None:
        """Update what stands around the captions; on the loop only."""
        status = self._live.status()
        self.state = _state(status)
        self.meta = {
            **self.meta,
            "model": status["model"] or "",
            "sides": list(status["sides"].values()),
        }
        self.figures = {
            "sound": round(status["seconds"], 1),
            "billed": round(status["billed"], 1),
            "cost": None if status["local"] else round(status["estimate"], 5),
            "partial": _round(self._delays.partial),
            "final": _round(self._delays.final),
            "behind": 0 if status["state"] == "ended" else round(status["behind"]),
            "lost": round(status["lost"], 1),
            "level": round(status["level"], 3),
            "levels": [round(level, 3) for level in status["levels"]],
        }
        why = self._microphone.why
        notices = [*status["warnings"], *self._notes, *([why] if why and status["state"] != "ended" else [])]
        if status["warming"] or (status["local"] and status["state"] == "connecting"):
            notices.append(_GETTING_READY)
        self.notices = [*notices, status["error"]] if status["error"] else notices
        self.settings = _settings(status)

    def note(self, text: str) -> None:
        """Show a line above the captions; callable from any thread."""

        def add() -> None:
            if text not in self._notes:
                self._notes.append(text)
                self._refresh()

        self._hand_over(add)

    # The page --------------------------------------------------------------------------------------------

    def _hand_over(self, work: Any, *args: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work, *args)

    def _receive(self, message: Any, buffers: list[Any] | None) -> None:
        self._hand_over(self._answer, message, list(buffers or ()))

    def _answer(self, message: Any, buffers: list[Any]) -> None:
        """Handle a message of the front end; on the loop."""
        match message:
            case {"type": "audio"}:
                self._microphone.sound(message, buffers)
            case {"type": "microphone"}:
                self._microphone_changed(message)
            case {"type": str()}:
                self._dispatcher.answer(message, buffers)
                self._refresh()

    def _ready(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        self._microphone.view_opened()
        return {"ok": True, "turns": self._shown.everything()}, []

    def _pause(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        self._microphone.clear_release()
        self._live.pause(release=bool(message.get("release")))
        return {"ok": True}, []

    def _resume(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        self._microphone.clear_release()
        self._live.resume()
        return {"ok": True}, []

    def _stop(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        self._live.stop(wait=False)
        return {"ok": True}, []

    def _update(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        self._live.update(**self._changed(message))
        return {"ok": True}, []

    def _changed(self, message: Mapping[str, Any]) -> dict[str, Any]:
        now = _settings(self._live.status())
        changes: dict[str, Any] = {}
        given = message.get("keyterms")
        terms = [str(term) for term in given] if isinstance(given, list) else []
        if terms != now["keyterms"]:
            changes["keyterms_prompt"] = terms
        prompt = message.get("prompt")
        if isinstance(prompt, str) and prompt != now["prompt"]:
            changes["prompt"] = prompt
        if not changes:
            raise AaiError("Nothing was changed.")
        return changes

    def _microphone_changed(self, message: Mapping[str, Any]) -> None:
        if message.get("state") == "on":
            self._microphone.switched_on()
            if message.get("label"):
                self.meta = {**self.meta, "title": str(message["label"])[:200]}
        elif message.get("state") == "off" and message.get("removed"):
            self._microphone.view_closed(self._loop)
        elif message.get("state") == "off" and message.get("lost") in ("device", "share"):
            self._microphone.interrupted(str(message.get("detail") or "")[:600])

    def remove(self) -> None:
        """Remove the captions of an ended session from the front end; callable from any thread."""
        super().close()

    def close(self) -> None:
        """Remove the captions from the front end and end the session."""
        self._live.stop(wait=False)
        super().close()


def _state(status: Mapping[str, Any]) -> str:
    if status["state"] == "paused" and status["released"]:
        return "released"
    return "waiting" if status["state"] == "idle" else str(status["state"])


def _settings(status: Mapping[str, Any]) -> dict[str, Any]:
    params = status["params"]
    return {"keyterms": list(params.get("keyterms_prompt") or ()), "prompt": params.get("prompt") or ""}


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
