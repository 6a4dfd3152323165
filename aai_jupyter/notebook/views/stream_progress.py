"""Captions of a recording that a call streams: in place in a page, else finished turns as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aai_jupyter.notebook.views.live_output import LiveProgress
from aai_jupyter.runtime.saved_output import keeps_words
from aai_jupyter.text.html_tags import FAINT, tag
from aai_jupyter.text.readable_numbers import amount, clock
from aai_jupyter.text.sanitize import VERBATIM, clean, escape, one_line

if TYPE_CHECKING:
    from aai_jupyter.client.streaming.events import Turn
    from aai_jupyter.live.live_stream import LiveStream

SHOWN = 6
"""Turns that are shown while it goes on; the result has them all."""


class StreamProgress(LiveProgress):
    """Draws what has been said so far.

    Parameters
    ----------
    shell : InteractiveShell
    live : LiveStream
    """

    def __init__(self, shell: Any, live: LiveStream) -> None:
        super().__init__(shell)
        self._live = live
        self._printed = 0
        self._told = False

    def _turns(self) -> list[Turn]:
        return [turn for turn in self._live.transcript.all_turns if turn.transcript.strip()]

    def _has_rows(self) -> bool:
        return True

    def _head(self) -> str:
        parts = [f"{clock(self._live.seconds_given)} of sound", amount(len(self._turns()), "turn")]
        return ", ".join(["streamed" if self._ended else "streaming", *parts])

    def _rows(self) -> list[str]:
        return [] if self._ended else [_line(turn) for turn in self._turns()[-SHOWN:]]

    def _text(self, now: float) -> str:
        return "\n".join([*self._rows(), self._head()])

    def _html(self, now: float) -> str:
        rows = [tag("div", escape(row), dir="auto") for row in self._rows()]
        head = tag("div", escape(self._head()), style=FAINT)
        return tag("div", *rows, head, class_=VERBATIM, role="status", aria_label="Captions")

    def _new_lines(self, now: float) -> list[str]:
        if self._unwatched and not keeps_words():  # the program saves what is printed
            told, self._told = self._told, self._ended
            return [self._head()] if self._ended and not told else []
        finished = [turn for turn in self._live.transcript.final_turns if turn.transcript.strip()]
        new, self._printed = finished[self._printed :], len(finished)
        return [_line(turn) for turn in new]


def _line(turn: Turn) -> str:
    who = turn.speaker_label or turn.channel
    return clean(f"{one_line(who)}: {one_line(turn.transcript)}" if who else one_line(turn.transcript))
