"""An answer in the page: safe HTML that may grow, and citations that play in the player of what they cite."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from aai_jupyter.widgets.bundle import CSS, ESM
from aai_jupyter.widgets.messages import Desk, Reply

if TYPE_CHECKING:
    from aai_jupyter.transcript import Transcript

VIEW = "application/vnd.jupyter.widget-view+json"
STATES = ("writing", "done", "stopped")


class AnswerView(anywidget.AnyWidget):
    """Shows one answer.

    Parameters
    ----------
    about : iterable of Transcript
        Whose players play what a citation points at.

    Examples
    --------
    >>> view = AnswerView([t])  # doctest: +SKIP
    >>> view.show("<p>In April.</p>", "", "done", "")  # doctest: +SKIP
    """

    _esm = ESM
    _css = CSS
    _view = traitlets.Unicode("answer").tag(sync=True)
    html = traitlets.Unicode().tag(sync=True)
    under = traitlets.Unicode().tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    state = traitlets.Enum(STATES, "writing").tag(sync=True)

    def __init__(self, about: Iterable[Transcript] = ()) -> None:
        self._citing = Citing(about)
        super().__init__()
        self._desk = Desk({"cite": self._citing.answer}, self._say)
        self.on_msg(lambda widget, message, buffers: self._desk.take(message, buffers))

    def show(self, html: str, under: str, state: str, status: str) -> None:
        """Show this now. ``html`` and ``under`` are safe HTML; the page takes harmless elements only."""
        with self.hold_sync():
            self.html, self.under, self.state, self.status = html, under, state, status

    def view_data(self) -> dict[str, Any]:
        """The part of a mimebundle that shows this widget."""
        bundle = self._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return {VIEW: data[VIEW]} if data and VIEW in data else {}

    def _say(self, message: dict[str, Any], buffers: list[Any]) -> None:
        if self.comm is not None:
            self.send(message, buffers)

    def close(self) -> None:
        """Take the answer off the page."""
        self._desk.close()
        super().close()


class Citing:
    """Plays what a citation points at in the players of its transcript.

    Only for pages where the player cannot be reached directly, such as notebooks that put each output into a
    frame of its own. The transcripts are not kept alive by it.
    """

    def __init__(self, about: Iterable[Transcript]) -> None:
        self._about = [weakref.ref(transcript) for transcript in about]

    def answer(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        """Reply to ``{"type": "cite", "transcript", "seconds"}``; ``players`` tells how many were told."""
        from aai_jupyter.widgets.player import Player

        told = 0
        seconds = message.get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            return {"players": 0}, []
        for ref in self._about:
            transcript = ref()
            if transcript is None or (transcript.id or "") != str(message.get("transcript") or ""):
                continue
            for player in list(transcript._watchers):
                if isinstance(player, Player) and player.on_page:
                    player.play(float(seconds))
                    told += 1
        return {"players": told}, []
