"""Output of a real-time session: captions while it runs, a player of its sound afterwards."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import EngineError
from aai_jupyter.runtime.cell import by_program, cell_id, is_attended, run_id, shell, updates_displays
from aai_jupyter.runtime.first_line import Opening
from aai_jupyter.runtime.process import runtime
from aai_jupyter.text.short_names import short_name
from aai_jupyter.widgets.captions.live_static import figures_bundle, static_bundle
from aai_jupyter.widgets.mimebundle import WidgetOutput
from aai_jupyter.widgets.player.show_player import DisplayedPlayers, display_transcript, mimebundle, player

if TYPE_CHECKING:
    from aai_jupyter.live.live_stream import LiveStream
    from aai_jupyter.widgets.player.player import Player


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


def live_captions(live: LiveStream, microphone: bool, computer: bool) -> Any:
    """Return the captions of a session as a widget."""
    return LiveDisplay.of(live, microphone=microphone, computer=computer).captions()


@dataclass
class _Shown:
    """One cell that shows the session."""

    output: WidgetOutput = field(default_factory=lambda: WidgetOutput(opened=runtime().part(Opening).take()))
    figures: Any = None
    """Output of the bill and the problems, below a player; None where there will be no player."""
    place: tuple[str, str] = field(default_factory=lambda: (cell_id(), run_id()))
    player: Player | None = None


class LiveDisplay:
    """The captions of one session, in any number of cells.

    When the session has ended a player of its kept sound takes their place, and static HTML where a player
    cannot: a widget shows nothing in a notebook that is opened again, and what was said has to be there.
    """

    def __init__(self, live: LiveStream, title: str, microphone: bool, computer: bool) -> None:
        self._live, self._title = live, title
        self._microphone, self._computer = microphone, computer
        self._lock, self._ending = threading.Lock(), threading.Lock()
        self._shown: list[_Shown] = []
        self._notes: list[str] = []
        self._held = False
        self._captions: Any = None
        self._watched: Any = None
        live.listen(self._event)

    @classmethod
    def of(
        cls, live: LiveStream, *, title: str = "", microphone: bool = False, computer: bool = False
    ) -> LiveDisplay:
        """Return the one display of a session."""
        found: LiveDisplay | None = getattr(live, "_display", None)
        if found is None:
            found = live._display = cls(live, title, microphone, computer)
        return found

    def show(self) -> None:
        """Display the captions in the calling cell; of a finished session its player."""
        from IPython.display import DisplayHandle, display

        if self._live.state == "ended":
            self._show_ended()
            return
        shown = _Shown()
        shown.output.show(self._static(), self._widget())
        if shown.output.beside:
            shown.figures = DisplayHandle()
            display({"text/html": "", "text/plain": ""}, raw=True, display_id=shown.figures.display_id)
        with self._lock:
            self._shown.append(shown)
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
        """Replace the captions: by the player, or by the static text."""
        with self._ending:
            with self._lock:
                shown = tuple(self._shown)
                captions = self._captions
            for one in shown:
                self._end(one)
        if captions is not None and shown and all(one.player is not None for one in shown):
            captions.remove()

    def _end(self, one: _Shown) -> None:
        if one.player is None and one.figures is not None:
            one.player = self._player(one.place)
            if one.player is not None:
                one.player.take_output(one.output)
        if one.player is None:
            one.output.replace_view({})
            one.output.replace(self._static(), {})
        else:
            one.figures.update(figures_bundle(self._live, self._notes, raised=self._held), raw=True)

    def note(self, text: str) -> None:
        """Show a line beside the captions, and keep it; callable from any thread."""
        with self._lock:
            self._notes.append(text)
        if self._live.state == "ended":
            self._event(None)
        elif self._captions is not None:
            self._captions.note(text)

    def _show_ended(self) -> None:
        from IPython.display import display

        static = static_bundle(self._live, self._notes)
        if not self._live.transcript.final_turns:
            display(static, raw=True)
            return
        recorded = self._live.transcript.recorded
        if not display_transcript(recorded, {}):
            display(mimebundle(recorded, static), raw=True)
            return
        display(figures_bundle(self._live, self._notes), raw=True)

    def _player(self, place: tuple[str, str]) -> Player | None:
        """Return a player of the finished session; None where nothing was said, or without anywidget."""
        if not self._live.transcript.ended or not self._live.transcript.final_turns:
            return None
        try:
            made = player(self._live.transcript.recorded)
        except EngineError:
            return None
        runtime().part(DisplayedPlayers).add(made, *place)
        return made

    def _static(self) -> dict[str, str]:
        return static_bundle(self._live, self._notes, raised=self._held)  # a cell that waits raises it

    def _event(self, event: Any) -> None:
        if event is None and not self._held and self._shown:
            # Not on the loop, which listeners must not hold up: a player reads the sound.
            threading.Thread(target=self.show_static, name="aai-live-display", daemon=True).start()

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
                computer=self._computer,
            )
        return self._captions
