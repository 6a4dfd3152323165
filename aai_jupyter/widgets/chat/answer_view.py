"""Widget of an answer: safe HTML that may grow, and citations that play the recording they cite."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import traitlets

from aai_jupyter.widgets.base import BaseWidget
from aai_jupyter.widgets.dispatcher import Reply
from aai_jupyter.widgets.player.playlist import kept

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.widgets.player.player import Player

STATES = ("writing", "done", "stopped")


class AnswerView(BaseWidget):
    """Shows one answer in the front end.

    Parameters
    ----------
    about : iterable of Transcript
        Whose players play what a citation points at. Where none is on the page, one opens under the answer.

    Examples
    --------
    >>> view = AnswerView([t])  # doctest: +SKIP
    >>> view.show("<p>In April.</p>", "", "done", "")  # doctest: +SKIP
    """

    _view = traitlets.Unicode("answer").tag(sync=True)
    html = traitlets.Unicode().tag(sync=True)
    under = traitlets.Unicode().tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    state = traitlets.Enum(STATES, "writing").tag(sync=True)
    opened = traitlets.Unicode().tag(sync=True)

    def __init__(self, about: Iterable[Transcript] = ()) -> None:
        self._citing = CitationPlayer(about, lambda id: setattr(self, "opened", id))
        super().__init__({"cite": self._citing.answer})

    def show(self, html: str, under: str, state: str, status: str) -> None:
        """Update what is shown. ``html`` and ``under`` are safe HTML; the front end sanitises it again."""
        with self.hold_sync():
            self.html, self.under, self.state, self.status = html, under, state, status

    def close(self) -> None:
        """Remove the answer from the front end."""
        self._citing.close()
        super().close()


class CitationPlayer:
    """Plays a citation in the players of its transcript, where the front end cannot do so itself.

    Players may be out of its reach, as in notebooks that put each output into a frame of its own; then they
    are told. Where there is none, one is made. The transcripts are not kept alive by it before.

    Parameters
    ----------
    about : iterable of Transcript
    show : callable
        Gets the model id of a player to show.
    """

    def __init__(self, about: Iterable[Transcript], show: Callable[[str], None]) -> None:
        self._about = [weakref.ref(transcript) for transcript in about]
        self._show = show
        self._player: Player | None = None
        self._owner: str | None = None

    def answer(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        """Reply to ``{"type": "cite", "transcript", "seconds"}``.

        ``players`` tells how many were told, ``opened`` that there is a new one instead.
        """
        from aai_jupyter.widgets.player.player import Player

        told, page = 0, str(message.get("page") or "")
        seconds, id = message.get("seconds"), str(message.get("transcript") or "")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            return {"players": 0}, []
        transcript = self._transcript(id)
        watchers = list(transcript.edited_answer.watchers) if transcript is not None else []
        players = [one for one in watchers if isinstance(one, Player) and one.plays_whole]
        for player in players:
            if player.is_on(page) and player is not self._player:
                player.play_in(page, float(seconds))
                told += 1
        if told or transcript is None:
            return {"players": told}, []
        self._open(transcript, id)
        return {"players": 0, "opened": True}, []

    def _transcript(self, id: str) -> Transcript | None:
        """Return the transcript of this id: one asked about, else the stored one."""
        alive = (ref() for ref in self._about)
        found = next((t for t in alive if t is not None and (t.id or "") == id), None)
        return found or (kept(id) if id else None)

    def _open(self, transcript: Transcript, id: str) -> None:
        if self._player is None or self._owner != id:
            from aai_jupyter.widgets.player.show_player import player

            self.close()
            self._player, self._owner = player(transcript), id
            self._show(self._player.model_id)

    def close(self) -> None:
        """Close the player that was opened for a citation."""
        if self._player is not None:
            self._show("")
            self._player.close()
            self._player = None
