"""A streamed answer in the calling cell: in place in a page, else printed, whole if nobody looks on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aai_jupyter.asking.answer import Answer
from aai_jupyter.asking.ask_events import AskEvent
from aai_jupyter.asking.citation_labels import plain_citations, whole_marks
from aai_jupyter.asking.citations import CitationChecker
from aai_jupyter.asking.markdown import to_html
from aai_jupyter.asking.prompt_turns import PromptTurn
from aai_jupyter.notebook.views.live_output import LiveOutput
from aai_jupyter.runtime.cell import is_attended
from aai_jupyter.runtime.first_line import Opening
from aai_jupyter.runtime.imports import import_beside, wait_for_modules
from aai_jupyter.runtime.process import runtime
from aai_jupyter.runtime.saved_output import saved_form
from aai_jupyter.text.bounded_text import bounded
from aai_jupyter.text.html_tags import BREAK, box, note, tag
from aai_jupyter.text.sanitize import clean, escape

if TYPE_CHECKING:
    from aai_jupyter.asking.answers import Answers
    from aai_jupyter.widgets.chat.answer_view import AnswerView
    from aai_jupyter.widgets.mimebundle import WidgetOutput


_MODULES = (
    *("httpx", "aai_jupyter.client.gateway.gateway_api", "aai_jupyter.asking.answer"),
    "aai_jupyter.widgets.chat.answer_view",
)
"""What the request needs comes first: a thread that imports something else holds it up."""


class StreamingAnswer(LiveOutput):
    """Collects the chunks of an answer and shows them.

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

    redraw_seconds = 0.15

    def __init__(
        self,
        shell: Any,
        about: Sequence[Any] = (),
        turns: Sequence[PromptTurn] = (),
        *,
        structured: bool = False,
    ) -> None:
        super().__init__(shell)
        self._checker = CitationChecker(turns) if turns else None
        self._structured = structured
        self._about = about
        self._pieces: list[str] = []
        self._stage = "asking"
        self._printed = 0
        self._view: AnswerView | None = None
        # A text that comes meanwhile is shown without its widget: it must not wait for modules.
        self._loaded = import_beside(*_MODULES) if self._in_place and is_attended() else None
        self._handle = runtime().part(Opening).take() if self._in_place else None
        self._output: WidgetOutput | None = None

    def piece(self, text: str) -> None:
        """Append the next chunk of the answer; cheap, and callable from any thread."""
        with self._lock:
            self._pieces.append(text)

    def __call__(self, event: AskEvent) -> None:
        """Record a step of the question; callable from any thread."""
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
        """The text received so far."""
        with self._lock:
            return "".join(self._pieces)

    def done(self, answer: Answer) -> None:
        """Show the finished, checked answer."""
        body, under = answer.html_parts()
        if self._in_place or self._unwatched:
            self._final(body, under, "done", answer._repr_mimebundle_())
            return
        text = str(answer)
        lines = [*answer.notes, answer.usage_line]
        if answer.schema is not None or not text.startswith(self._plain(self.text)[: self._printed]):
            print(clean(answer.frame.to_string()) if answer.schema is not None else text)
        else:
            print(text[self._printed :])
        print("\n".join(clean(line) for line in lines), flush=True)

    def stopped(self, why: str) -> None:
        """Show the incomplete answer, and why it is incomplete."""
        text = "" if self._structured else self.text
        if not (self._in_place or self._unwatched):
            print(f"\n[{why}]" if self._printed else f"[{why}]", flush=True)
        elif text or self._output is not None or self._handle is not None:
            bundle = {"text/plain": f"{self._plain(text)}\n[{why}]".strip(), "text/html": ""}
            body = to_html(text, self._checker)
            under = note(escape(why))
            bundle["text/html"] = _box(body, under)
            self._final(body, under, "stopped", bundle)

    def _state(self, now: float, last: bool) -> tuple[str, str] | None:
        """Return the text so far, and the stage before there is any; the end is shown by :meth:`done`."""
        if last or self._unwatched:
            return None  # a program sees the finished answer
        text = "".join(self._pieces)
        return ("", f"{self._stage}, {len(text):,} characters") if self._structured else (text, self._stage)

    def _draw(self, state: tuple[str, str]) -> None:
        text, stage = state
        body = to_html(text, self._checker) if text else ""
        status = "" if text else stage
        if self._output is None:
            plain = self._plain(text) or f"{stage} …"
            under = note(escape(f"{status} …")) if status else ""
            static = {"text/plain": plain, "text/html": _box(body, under)}
            if self._loaded is not None and not self._loaded.is_set():
                super()._publish(static)
                return
            self._view = _view(self._about)
            if self._view is not None:
                self._view.show(body, "", "writing", status)
            self._publish(static)
        elif self._view is not None:
            self._view.show(body, "", "writing", status)
        else:
            under = note(escape(f"{status} …")) if status else ""
            self._publish({"text/plain": self._plain(text) or stage, "text/html": _box(body, under)})

    def _final(self, body: str, under: str, state: str, static: dict[str, str]) -> None:
        if self._view is None and self._output is None:
            if self._loaded is not None and not self._loaded.is_set():
                super()._publish(static)  # read first, played with when the widget is there
                wait_for_modules(self._loaded)
            self._view = _view(self._about)
        if self._view is not None:
            self._view.show(body, under, state, "")
        self._publish(static)

    def _publish(self, static: dict[str, str]) -> None:
        from aai_jupyter.widgets.mimebundle import WidgetOutput

        static = {**static, "text/plain": bounded(static["text/plain"], "print(answer)")}
        static = saved_form(
            static, f"An answer about {len(self._about)} recordings" if self._about else "An answer"
        )
        view = self._view.view() if self._view is not None else {}
        if self._output is None:
            # Before it is shown: an Interrupt may come in between.
            self._output = WidgetOutput(opened=self._handle)
            self._output.show(static, view)
        else:
            self._output.replace(static, view)

    def _print(self, state: tuple[str, str]) -> None:
        # A tail that may still change, such as half a line, is printed all the same: it only grows.
        new = self._plain(whole_marks(state[0]))[self._printed :]
        if new:
            print(new, end="", flush=True)
            self._printed += len(new)

    def _plain(self, text: str) -> str:
        return clean(plain_citations(text, self._checker))


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
    display({**answers._repr_mimebundle_(), **view.view()}, raw=True)


def _view(about: Sequence[Any]) -> AnswerView | None:
    """Return the widget of an answer; None where there are no widgets, or no user to see them."""
    try:
        from aai_jupyter.widgets.chat.answer_view import AnswerView
    except ImportError:
        return None
    return AnswerView(about) if is_attended() else None
