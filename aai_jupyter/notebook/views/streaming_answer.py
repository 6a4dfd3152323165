"""An answer in the calling cell while it is written: in place where there is a kernel, printed elsewhere.

Pieces come from the loop's thread; drawing happens in the thread that calls :meth:`StreamingAnswer.draw`,
because output of other threads reaches the right cell on some kernel versions only.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aai_jupyter.asking.answer import Answer
from aai_jupyter.asking.ask_events import AskEvent
from aai_jupyter.asking.citations import CitationChecker
from aai_jupyter.asking.markdown import to_html
from aai_jupyter.asking.prompt_turns import PromptTurn
from aai_jupyter.text.html_tags import BREAK, box, note, tag
from aai_jupyter.text.sanitize import clean, escape

if TYPE_CHECKING:
    from aai_jupyter.asking.answers import Answers
    from aai_jupyter.widgets.chat.answer_view import AnswerView

REDRAW_SECONDS = 0.15
SHARE = 0.2
"""Share of the time that drawing may take: a long answer is drawn less often."""


class StreamingAnswer:
    """Collects the pieces of an answer and shows them.

    Parameters
    ----------
    shell : InteractiveShell
        Decides between a display that updates in place (kernels) and printed text (terminal).
    about : sequence of Transcript
        Their players on the page play what a citation points at.
    turns : sequence of PromptTurn
        What citations are looked up in while the answer is written.
    structured : bool
        Rows are coming: their JSON is not for people, only how much of it is there.
    """

    def __init__(
        self,
        shell: Any,
        about: Sequence[Any] = (),
        turns: Sequence[PromptTurn] = (),
        *,
        structured: bool = False,
    ) -> None:
        self._lock = threading.Lock()
        self._in_place = getattr(shell, "kernel", None) is not None
        self._checker = CitationChecker(turns) if turns else None
        self._structured = structured
        self._about = about
        self._pieces: list[str] = []
        self._stage = "asking"
        self._printed = 0
        self._shown: tuple[str, str] | None = None
        self._next = 0.0
        self._began = time.monotonic()
        self._view: AnswerView | None = None
        self._handle: Any = None
        self._beside = False  # the view is an output of its own

    def piece(self, text: str) -> None:
        """Take the next piece of the answer; cheap, and callable from any thread."""
        with self._lock:
            self._pieces.append(text)

    def __call__(self, event: AskEvent) -> None:
        """Take a step of the question; callable from any thread."""
        words = {
            "part": event.message,
            "merging": f"merging {event.message}",
            "again": f"again: {event.message}",
            "tool": f"called {event.message}",
        }
        with self._lock:
            if event.stage in words:
                self._stage = str(words[event.stage])
            if event.stage in ("again", "tool", "merging"):
                self._pieces.clear()  # what was written before is not the answer
                self._printed = 0

    @property
    def text(self) -> str:
        """What has been written so far."""
        with self._lock:
            return "".join(self._pieces)

    def draw(self, *, last: bool = False) -> None:
        """Show what has come since, unless that was a moment ago; the last state is for :meth:`done`."""
        now = time.monotonic()
        if last or now < self._next:
            return
        with self._lock:
            text, stage = "".join(self._pieces), self._stage
        state = (text, stage) if not self._structured else ("", f"{stage}, {len(text):,} characters")
        if state != self._shown:
            self._shown = state
            if self._in_place:
                self._draw(*state)
            elif not self._structured:
                self._print(text)
        self._next = now + max(REDRAW_SECONDS, (time.monotonic() - now) / SHARE)

    def done(self, answer: Answer) -> None:
        """Show the answer itself, checked."""
        body, under = answer.html_parts()
        if self._in_place:
            self._final(body, under, "done", answer._repr_mimebundle_())
            return
        text = clean(answer.text)
        lines = [*answer.notes, answer.usage_line]
        if answer.schema is not None or not text.startswith(clean("".join(self._pieces))[: self._printed]):
            print(clean(answer.frame.to_string()) if answer.schema is not None else text)
        else:
            print(text[self._printed :])
        print("\n".join(clean(line) for line in lines), flush=True)

    def stopped(self, why: str) -> None:
        """The answer will not come to its end: keep what is there, and say so."""
        text = "" if self._structured else self.text
        if not self._in_place:
            print(f"\n[{why}]" if self._printed else f"[{why}]", flush=True)
        elif text or self._handle is not None:
            bundle = {"text/plain": f"{clean(text)}\n[{why}]".strip(), "text/html": ""}
            body = to_html(text, self._checker)
            under = note(escape(why))
            bundle["text/html"] = _box(body, under)
            self._final(body, under, "stopped", bundle)

    def _draw(self, text: str, stage: str) -> None:
        body = to_html(text, self._checker) if text else ""
        status = "" if text else stage
        if self._handle is None:
            plain = clean(text) or f"{stage} …"
            static = {"text/plain": plain, "text/html": _box(body, note(escape(f"{status} …")))}
            self._view = _view(self._about)
            if self._view is not None:
                self._view.show(body, "", "writing", status)
            self._publish(static)
        elif self._view is not None:
            self._view.show(body, "", "writing", status)
        else:
            under = note(escape(f"{status} …")) if status else ""
            self._publish({"text/plain": clean(text) or stage, "text/html": _box(body, under)})

    def _final(self, body: str, under: str, state: str, static: dict[str, str]) -> None:
        if self._view is None and self._handle is None:
            self._view = _view(self._about)
        if self._view is not None:
            self._view.show(body, under, state, "")
        self._publish(static)

    def _publish(self, static: dict[str, str]) -> None:
        from IPython.display import DisplayHandle

        from aai_jupyter.widgets.mimebundle import static_beside_view, with_static_form

        view = self._view.view_data() if self._view is not None else {}
        if self._handle is None:
            self._handle = DisplayHandle()  # before it is shown: an Interrupt may come in between
            bundle = with_static_form(static, view)
            self._beside = bool(view) and not view.keys() <= bundle.keys()
            self._handle.display(bundle, raw=True)
        else:
            self._handle.update(static_beside_view(static) if self._beside else static | view, raw=True)

    def _print(self, text: str) -> None:
        # A tail that may still change, such as half a line, is printed all the same: it only grows.
        new = clean(text)[self._printed :]
        if new:
            print(new, end="", flush=True)
            self._printed += len(new)


def _box(body: str, under: str) -> str:
    return box("div", tag("div", body, dir="auto", style=BREAK), under)


def show_answers(answers: Answers, about: Sequence[Any]) -> None:
    """Show the answers to one question for each of many, with citations that play."""
    from IPython.display import display

    view = _view(about)
    if view is None:
        display(answers)
        return
    view.show(*answers.html_parts(), "done", "")
    display({**answers._repr_mimebundle_(), **view.view_data()}, raw=True)


def _view(about: Sequence[Any]) -> AnswerView | None:
    """The live form of an answer; None where there are no widgets, or nobody to use them."""
    try:
        from aai_jupyter.runtime.cell import is_attended
        from aai_jupyter.widgets.chat.answer_view import AnswerView
    except ImportError:
        return None
    return AnswerView(about) if is_attended() else None
