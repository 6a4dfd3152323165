"""An answer while it is streamed: its text so far, redrawn at most a few times a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aai_jupyter.asking.ask_events import AskEvent
from aai_jupyter.asking.citations import CitationChecker
from aai_jupyter.asking.markdown import to_html
from aai_jupyter.text.sanitize import clean

REDRAW_SECONDS = 0.15


class AnswerDraft:
    """The entry of a chat between a question and its finished answer.

    Parameters
    ----------
    question : str
    checker : callable
        Gives what finds the cited seconds.
    show : callable
        Called on the loop's thread when it has changed, and has not been called just now.
    """

    def __init__(
        self, question: str, checker: Callable[[], CitationChecker], show: Callable[[AnswerDraft], None]
    ) -> None:
        self.question = question
        self._checker, self._show = checker, show
        self._status = "asking"
        self._text: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    def piece(self, text: str) -> None:
        """Append a streamed chunk of text."""
        self._text.append(text)
        self._later()

    def step(self, event: AskEvent) -> None:
        """Record the next stage of the work on the answer."""
        if event.stage in ("again", "tool", "merging"):
            self._text.clear()  # what was written before is not the answer
        if event.stage not in ("completed", "error"):
            self._status = f"{event.stage} {event.message or ''}".strip()
            self._later()

    def end(self) -> None:
        """Cancel the redraw that is due."""
        if self._timer is not None:
            self._timer.cancel()

    @property
    def html(self) -> str:
        """The text so far as HTML; empty before the first chunk."""
        return to_html("".join(self._text), self._checker()) if self._text else ""

    def described(self) -> dict[str, str]:
        """Describe the draft for the front end."""
        return {"question": clean(self.question), "html": self.html, "status": clean(self._status)}

    def _later(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(REDRAW_SECONDS, self._flush)

    def _flush(self) -> None:
        self._timer = None
        self._show(self)
