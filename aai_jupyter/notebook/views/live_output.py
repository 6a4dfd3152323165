"""Base of outputs that are redrawn: in place where a page shows them, printed elsewhere.

Needs no widgets. A page shows HTML with a plain-text twin, under one display id made in the calling cell.
What is new is printed in a terminal, where a front end does not update what it has shown, and where a program
executes the notebook, whose log has plain lines then. Events may come from any thread; drawing happens in the
thread that calls :meth:`LiveOutput.draw`, because output of other threads reaches the right cell on some
kernel versions only.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

from aai_jupyter.runtime.cell import by_program, in_kernel, marimo, updates_displays
from aai_jupyter.runtime.first_line import Opening
from aai_jupyter.runtime.process import runtime
from aai_jupyter.text.bounded_text import bounded

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

DRAWING_SHARE = 0.2
"""Share of the time that drawing may take: what is slow to draw is drawn less often."""


class LiveOutput(ABC):
    """Decides when to draw, whether anything is new, and whether in place or printed.

    Parameters
    ----------
    shell : InteractiveShell
        Its kernel, and the front end, decide between a display that updates in place and printed text.
    """

    redraw_seconds = 0.25
    """Redrawn at most that often, except the last time."""
    lines_to: TextIO | None = None
    """Where lines are printed; None is the standard output as it is then."""

    def __init__(self, shell: Any) -> None:
        self._lock = threading.Lock()
        self._unwatched = by_program()
        self._marimo = marimo() if shell is None else None
        if getattr(shell, "kernel", None) is not None:
            self._in_place = not self._unwatched and (updates_displays() or not in_kernel())
        else:
            self._in_place = self._marimo is not None
        self._handle: DisplayHandle | None = None
        self._shown: Any = None
        self._next_draw = 0.0

    def draw(self, *, last: bool = False) -> None:
        """Show the state if it has changed and was not drawn a moment ago; the last time in any case.

        After the last time nothing moves any more, and a saved notebook must not look as if it did.
        """
        now = time.monotonic()
        if not last and now < self._next_draw:
            return
        with self._lock:
            state = self._state(now, last)
        if state is None:
            return
        if not self._in_place:
            self._print(state)  # what is new, be it the same line again
        elif state != self._shown:
            self._shown = state
            self._draw(state)
        self._next_draw = now + max(self.redraw_seconds, (time.monotonic() - now) / DRAWING_SHARE)

    @abstractmethod
    def _state(self, now: float, last: bool) -> Any:
        """Return what to show, compared with what was shown last; None for nothing. Called with the lock."""

    @abstractmethod
    def _draw(self, state: Any) -> None:
        """Show a state in place."""

    @abstractmethod
    def _print(self, state: Any) -> None:
        """Print what is new in a state."""

    def _publish(self, bundle: dict[str, str]) -> None:
        """Display a bundle in the calling cell, or put it in place of the one displayed before."""
        if self._marimo is not None:
            self._marimo.output.replace(self._marimo.Html(bundle["text/html"]))
            return
        from IPython.display import DisplayHandle

        if self._handle is None:
            self._handle = runtime().part(Opening).take()
        if self._handle is None:
            self._handle = DisplayHandle()  # before it is displayed: an interrupt may come in between
            self._handle.display(bundle, raw=True)
        else:
            self._handle.update(bundle, raw=True)


@dataclass(frozen=True)
class RenderedState:
    """A state as text and as HTML; two with the same text are the same state."""

    text: str
    html: str = field(compare=False)


class LiveProgress(LiveOutput):
    """Base of progress displays: text and HTML in place; in a terminal, a line for each change."""

    _ended = False

    def _state(self, now: float, last: bool) -> RenderedState | list[str] | None:
        if not self._has_rows():
            return None
        self._ended = last
        return RenderedState(self._text(now), self._html(now)) if self._in_place else self._new_lines(now)

    def _draw(self, state: RenderedState) -> None:
        self._publish({"text/html": state.html, "text/plain": bounded(state.text, "the result has all")})

    def _print(self, state: list[str]) -> None:
        for line in state:
            print(line, file=self.lines_to, flush=True)

    @abstractmethod
    def _has_rows(self) -> bool:
        """Whether there is anything to show yet."""

    @abstractmethod
    def _text(self, now: float) -> str:
        """Return the whole state in plain text."""

    @abstractmethod
    def _html(self, now: float) -> str:
        """Return the whole state as HTML."""

    @abstractmethod
    def _new_lines(self, now: float) -> list[str]:
        """Return lines for what has changed since they were printed."""
