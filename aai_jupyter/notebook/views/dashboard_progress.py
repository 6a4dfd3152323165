"""Progress of many recordings in the calling cell: a dashboard, drawn as the cell waits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aai_jupyter.jobs.batch_state import BatchState

if TYPE_CHECKING:
    from aai_jupyter.jobs.job_events import JobEvent
    from aai_jupyter.widgets.dashboard.dashboard_display import DashboardDisplay

MANY = 10
"""Recordings from which on a dashboard is shown."""
REDRAW_SECONDS = 0.5


class DashboardProgress:
    """Collects job events, and shows them in a dashboard.

    Parameters
    ----------
    recordings : int
    """

    def __init__(self, recordings: int) -> None:
        self._state = BatchState([""] * recordings)
        self._display: DashboardDisplay | None = None
        self._next_draw = 0.0

    def __call__(self, event: JobEvent) -> None:
        """Record one event; callable from any thread."""
        self._state(event)

    def draw(self, *, last: bool = False) -> None:
        """Show the state, unless it was a moment ago; the last time as it stays in the saved notebook."""
        now = time.monotonic()
        if not last and now < self._next_draw:
            return
        self._next_draw = now + REDRAW_SECONDS
        if self._display is None:
            if not self._state.version:
                return
            from aai_jupyter.widgets.dashboard.dashboard_display import DashboardDisplay

            self._display = DashboardDisplay(self._state)
            self._display.show()
        if last:
            self._state.stop()
            self._display.keep()
        else:
            self._display.refresh()
