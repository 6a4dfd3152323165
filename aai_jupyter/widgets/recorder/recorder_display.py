"""Output of a dictation: a button while the kernel lives, and texts in the saved notebook."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import UsageError
from aai_jupyter.runtime.cell import is_attended, run_id, updates_displays
from aai_jupyter.runtime.saved_output import saved_form
from aai_jupyter.text.bounded_text import bounded
from aai_jupyter.text.html_tags import FAINT, tag
from aai_jupyter.text.readable_numbers import amount
from aai_jupyter.text.sanitize import clean, escape
from aai_jupyter.widgets.mimebundle import WidgetOutput

if TYPE_CHECKING:
    from aai_jupyter.live.dictation import Dictation

REACH_SECONDS = 5.0
"""A page that can be heard answers in milliseconds, but it may have to draw the button first.

JupyterLab sends what widgets say to the thread that runs cells, unless its setting for communication over
subshells is on: as a rule a cell that waits is told so.
"""


def show_dictation(dictation: Dictation) -> None:
    """Show the button in the calling cell; nothing where there is none to press."""
    if updates_displays():
        DictationDisplay.of(dictation).show()


def dictation_view(dictation: Dictation) -> Any:
    """Return what marimo shows of a dictation: its button."""
    return DictationDisplay.of(dictation).recorder()


class DictationDisplay:
    """The button of one dictation, in any number of cells.

    The texts are put into the output when they have come and nobody speaks: what was said has to be there
    when the notebook is opened again, where a widget shows nothing. Where view and text are one output, that
    draws the view anew.
    """

    def __init__(self, dictation: Dictation) -> None:
        self._dictation = dictation
        self._lock = threading.Lock()
        self._outputs: list[WidgetOutput] = []
        self._shown_in: Any = None
        self._kept: tuple[int, bool] = (0, False)
        self._recorder: Any = None
        dictation.listen(self._changed)

    @classmethod
    def of(cls, dictation: Dictation) -> DictationDisplay:
        """Return the one display of a dictation."""
        found: DictationDisplay | None = dictation.display
        if found is None:
            found = dictation.display = cls(dictation)
        return found

    def show(self) -> None:
        """Display the button in the calling cell."""
        self._shown_in = run_id()
        output = WidgetOutput()
        output.show(static_bundle(self._dictation), self._widget())
        with self._lock:
            self._outputs.append(output)

    def is_shown_here(self) -> bool:
        """Return whether the calling cell shows it."""
        return self._shown_in is not None and self._shown_in == run_id()

    def watch(self) -> Callable[[], None]:
        """Return a callback for a waiting cell; it raises UsageError if the front end does not answer."""
        began = time.monotonic()
        asked = 0.0

        def look() -> None:
            nonlocal asked
            now = time.monotonic()
            if self._recorder is None or self._recorder.heard_at > began:
                return
            if now - asked > 1:
                asked = now
                self._recorder.call()
            if now - began > REACH_SECONDS:
                raise UsageError(
                    "While this cell runs, the kernel does not hear the page.",
                    hint="Do not wait in a cell: use .text in the next one, or as_=NAME. "
                    'device="default" records without the page.',
                )

        return look

    def _changed(self) -> None:
        state = (len(self._dictation.clips), self._dictation.error is not None)
        with self._lock:
            if self._dictation.state != "idle" or state == self._kept:
                return
            self._kept = state
            outputs = tuple(self._outputs)
        static = static_bundle(self._dictation)
        for output in outputs:
            output.replace(static, self._widget())

    def _widget(self) -> dict[str, Any]:
        if self._recorder is None and not is_attended():
            return {}
        view: dict[str, Any] = self.recorder().view()
        return view

    def recorder(self) -> Any:
        """Return the widget."""
        if self._recorder is None:
            from aai_jupyter.widgets.recorder.recorder import Recorder

            self._recorder = Recorder(self._dictation)
        return self._recorder


def static_bundle(dictation: Dictation) -> dict[str, str]:
    """Return ``text/html`` and ``text/plain`` with the texts so far."""
    error = clean(str(dictation.error)) if dictation.error is not None else ""
    texts = [(clean(clip.text), clip.figures()) for clip in dictation.clips]
    lines = [text or "(nothing was said)" for text, _ in texts] or ["Nothing was dictated yet."]
    rows = [
        tag(
            "div",
            f"{escape(line)} ",
            tag("span", escape(figures), style=f"font-size:85%;{FAINT}"),
            dir="auto",
            style="margin:2px 0;white-space:pre-wrap",
        )
        for line, (_, figures) in zip(lines, texts, strict=False)
    ]
    blocks = rows or [escape(lines[0])]
    if error:
        blocks.append(tag("div", f"⚠ {escape(error)}", style="white-space:pre-wrap"))
    bundle = {
        "text/plain": bounded("\n".join([*lines, *([error] if error else [])]), "the frame d.frame"),
        "text/html": tag("div", *blocks, role="group", aria_label="Dictated texts", style="max-width:900px"),
    }
    return saved_form(bundle, amount(len(texts), "dictated text"))
