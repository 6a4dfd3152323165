"""Progress of the Python functions where no extension is loaded: marimo, scripts, a notebook without it."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from aai_jupyter.notebook.views.progress import Progress
from aai_jupyter.notebook.views.stream_progress import StreamProgress
from aai_jupyter.runtime.cell import marimo, shell

if TYPE_CHECKING:
    from aai_jupyter.live.live_stream import LiveStream

QUIET_SECONDS = 1.0
"""A script that waits no longer than this prints nothing."""


def announce(line: str) -> None:
    """Print a line for the user: where the cell shows it, else to the standard error of the script."""
    print(line, file=_stream(), flush=True)


def progress(recordings: int) -> Progress:
    """Return a display of transcriptions."""
    found = shell()
    made = _ScriptProgress(None) if found is None and marimo() is None else Progress(found)
    made.lines_to = _stream()
    return made


def captions(live: LiveStream) -> StreamProgress:
    """Return a display of a recording that is streamed."""
    made = StreamProgress(shell(), live)
    made.lines_to = _stream()
    return made


def _stream() -> Any:
    return sys.stderr if shell() is None and marimo() is None else None


class _ScriptProgress(Progress):
    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._from = time.monotonic() + QUIET_SECONDS

    def draw(self, *, last: bool = False) -> None:
        if time.monotonic() >= self._from:
            super().draw(last=last)
