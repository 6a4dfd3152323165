"""How far one job is, how long it will take by the pace that it has kept, and whether it is to stop."""

from __future__ import annotations

import threading
import time
from typing import Any

from aai_jupyter.local.models.failures import Cancelled

_TEXT = 300
"""Characters of the text so far that are told."""

_LEAST = 1e-6
"""Share below which nobody can tell how long it will take."""


class JobShare:
    """Share of a job that is done: called by the recogniser in its thread, read by the HTTP side.

    Examples
    --------
    >>> share = JobShare(threading.Event(), now=0.0)
    >>> share(0.25, now=30.0)
    >>> share.heard("Good morning")
    >>> share.shown(now=30.0)
    {'share': 0.25, 'seconds_left': 90, 'text': 'Good morning'}
    """

    def __init__(self, stop: threading.Event, now: float | None = None) -> None:
        self._stop = stop
        self._began = self._at = time.monotonic() if now is None else now
        self._share, self._text = 0.0, ""

    def __call__(self, share: float, now: float | None = None) -> None:
        """Note a share, which only grows.

        Raises
        ------
        Cancelled
            The job is to stop.
        """
        if self._stop.is_set():
            raise Cancelled("The transcript was deleted, or the engine ends.")
        if share > self._share:  # of numpy, which JSON does not know
            self._share, self._at = float(min(share, 1.0)), time.monotonic() if now is None else now

    def heard(self, text: str) -> None:
        """Note the last words."""
        self._text = text[-_TEXT:]

    def shown(self, now: float | None = None) -> dict[str, Any]:
        """Return share, whole seconds left (None while nobody can tell) and the last words so far."""
        now = time.monotonic() if now is None else now
        left = None
        if self._share >= _LEAST:
            # By the pace up to the last step, and counted down from there. When that has run out and no step
            # has come, nobody can tell.
            passed, whole = now - self._began, (self._at - self._began) / self._share
            if passed < whole or self._share == 1:
                left = max(round(whole - passed), 0 if self._share == 1 else 1)
        return {"share": round(self._share, 4), "seconds_left": left, "text": self._text}
