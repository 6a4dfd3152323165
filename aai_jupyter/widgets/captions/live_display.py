"""Output of a real-time session: captions while it runs, static text afterwards."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from aai_jupyter.runtime.cell import in_kernel, is_attended
from aai_jupyter.text.short_names import short_name
from aai_jupyter.widgets.captions.live_static import static_bundle

if TYPE_CHECKING:
    from aai_jupyter.live.live_stream import LiveStream


def show_live(live: LiveStream) -> None:
    """Show a session in the calling cell; print its text where no widget can be shown."""
    if in_kernel():
        LiveDisplay.of(live).show()
    else:
        print(static_bundle(live)["text/plain"])


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
        if self._captions is None:
            from aai_jupyter.widgets.captions.captions_widget import Captions

            self._captions = Captions(
                self._live,
                title=self._title or short_name(self._live.transcript.source or ""),
                microphone=self._microphone,
            )
        view: dict[str, Any] = self._captions.view()
        return view
