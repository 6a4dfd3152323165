"""Output of a dashboard: the view while the kernel lives, and a summary in the saved notebook."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from aai_jupyter.runtime.cell import is_attended
from aai_jupyter.widgets.mimebundle import WidgetOutput

if TYPE_CHECKING:
    from aai_jupyter.jobs.batch_state import BatchState
    from aai_jupyter.widgets.dashboard.dashboard_widget import Controls

REFRESH_SECONDS = 0.5
KEEP_SECONDS = 15.0
"""How often what a saved notebook would show is brought up to date while it runs."""


class DashboardDisplay:
    """One dashboard in one cell.

    Parameters
    ----------
    state : BatchState
    controls : Controls, optional
    """

    def __init__(self, state: BatchState, controls: Controls | None = None) -> None:
        from aai_jupyter.widgets.dashboard.dashboard_widget import Dashboard

        self._state = state
        self._following = threading.Lock()
        self._output = WidgetOutput()
        self._widget = Dashboard(state, controls, self.follow) if is_attended() else None

    def show(self) -> None:
        """Show it in the calling cell."""
        self._output.show(self._static(), self._view())

    def refresh(self) -> None:
        """Bring the view up to date; callable from any thread."""
        if self._widget is not None:
            self._widget.refresh()

    def keep(self) -> None:
        """Bring view and static form up to date; callable from any thread."""
        self.refresh()
        self._output.replace(self._static(), self._view())

    def follow(self) -> None:
        """Keep it up to date on a thread of its own, as long as anything runs or may run again."""
        threading.Thread(target=self._follow, name="aai-dashboard", daemon=True).start()

    def _follow(self) -> None:
        if not self._following.acquire(blocking=False):
            return
        try:
            self._follow_to_the_end()
        finally:
            self._following.release()

    def _follow_to_the_end(self) -> None:
        pause = threading.Event()
        since = 0.0
        running = True
        while running:
            pause.wait(REFRESH_SECONDS)
            since += REFRESH_SECONDS
            running = self._state.progress().running
            if not running or since >= KEEP_SECONDS:
                since = 0.0
                self.keep()
            else:
                self.refresh()

    def _static(self) -> dict[str, str]:
        from aai_jupyter.widgets.dashboard.dashboard_text import static_bundle

        return static_bundle(self._state)

    def _view(self) -> dict[str, object]:
        return self._widget.view() if self._widget is not None else {}
