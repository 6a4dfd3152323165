"""Output of a real-time session: captions while it runs, static text afterwards."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from aai_jupyter.runtime.cell import by_program, is_attended, shell, updates_displays
from aai_jupyter.text.short_names import short_name
from aai_jupyter.widgets.captions.live_static import static_bundle

if TYPE_CHECKING:
    from aai_jupyter.live.live_stream import LiveStream


def show_live(live: LiveStream) -> None:
    """Show a session in the calling cell; print its text, and what follows, where nothing is updated."""
    if updates_displays():
        LiveDisplay.of(live).show()
        return
    print(static_bundle(live)["text/plain"])
    live.print_turns()


def live_view(live: LiveStream) -> Any:
    """Return what marimo shows of a session: its captions, or what was said once it has ended."""
    from IPython.display import HTML

    if live.state == "ended":
        return HTML(static_bundle(live)["text/html"])
    return LiveDisplay.of(live).captions()


def live_captions(live: LiveStream, microphone: bool) -> Any:
    """Return the captions of a session as a widget."""
    return LiveDisplay.of(live, microphone=microphone).captions()


class LiveDisplay:
    """The captions of one session, in any number of cells.

    The widget is replaced by static HTML when the session has ended: a widget shows nothing in a notebook
    that is opened again, and what was said has to be there.
    """

    def __init__(self, live: LiveStream, title: str, microphone: bool) -> None:
        self._live, self._title, self._microphone = live, title, microphone
        self._lock = threading.Lock()
        self._handles: list[Any] = []
        self._notes: list[str] = []
        self._held = False
        self._captions: Any = None
        self._watched: Any = None
        live.listen(self._event)

    @classmethod
    def of(cls, live: LiveStream, *, title: str = "", microphone: bool = False) -> LiveDisplay:
        """Return the one display of a session."""
        found: LiveDisplay | None = getattr(live, "_display", None)
        if found is None:
            found = live._display = cls(live, title, microphone)
        return found

    def show(self) -> None:
        """Display the captions in the calling cell."""
        from IPython.display import display

        bundle = self._static()
        if self._live.state == "ended":
            display(bundle, raw=True)
            return
        handle = display({**bundle, **self._widget()}, raw=True, display_id=True)
        with self._lock:
            self._handles.append(handle)
            self._watch_cells()

    def _watch_cells(self) -> None:
        """Show the end from a cell, too, where a program executes the notebook.

        It takes what a cell sends while that cell runs: the end of a session, which comes whenever it comes,
        would be lost between two cells.
        """
        if self._watched is None and by_program():
            self._watched = shell().events
            self._watched.register("post_run_cell", self._after_cell)

    def _after_cell(self, *_: Any) -> None:
        if self._live.state == "ended":
            self._watched.unregister("post_run_cell", self._after_cell)
            self.show_static()

    def defer_static(self) -> None:
        """Defer the replacement to a cell that waits for the end: its own thread reaches its output."""
        self._held = True

    def show_static(self) -> None:
        """Replace the captions by the static text."""
        with self._lock:
            handles = tuple(self._handles)
        bundle = self._static() if handles else {}
        for handle in handles:
            handle.update(bundle, raw=True)

    def note(self, text: str) -> None:
        """Show a line beside the captions, and keep it; callable from any thread."""
        with self._lock:
            self._notes.append(text)
        if self._live.state == "ended":
            self._event(None)
        elif self._captions is not None:
            self._captions.note(text)

    def _static(self) -> dict[str, str]:
        return static_bundle(self._live, self._notes)

    def _event(self, event: Any) -> None:
        if event is None and not self._held:
            self.show_static()

    def _widget(self) -> dict[str, Any]:
        if not is_attended():
            return {}
        view: dict[str, Any] = self.captions().view()
        return view

    def captions(self) -> Any:
        """Return the widget."""
        if self._captions is None:
            from aai_jupyter.widgets.captions.captions_widget import Captions

            self._captions = Captions(
                self._live,
                title=self._title or short_name(self._live.transcript.source or ""),
                microphone=self._microphone,
            )
        return self._captions
