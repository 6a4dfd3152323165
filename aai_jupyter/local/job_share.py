"""How far one job is, and how long it will take by the pace that it has kept."""

from __future__ import annotations

import time
from typing import Any

_TEXT = 300
"""Characters of the text so far that are told."""


class JobShare:
    """Share of a job that is done; updated in its thread, read by the HTTP side.

    Examples
    --------
    >>> share = JobShare(now=0.0)
    >>> share.update(0.25, "Good morning", now=30.0)
    >>> share.shown(now=30.0)
    {'share': 0.25, 'seconds_left': 90, 'text': 'Good morning'}
    """

    def __init__(self, now: float | None = None) -> None:
        self._began = self._at = time.monotonic() if now is None else now
        self._share, self._text = 0.0, ""

    def update(self, share: float, text: str = "", now: float | None = None) -> None:
        """Note a share, which only grows, and the text so far."""
        if share > self._share:
            self._share, self._at = min(share, 1.0), time.monotonic() if now is None else now
        if text:
            self._text = text[-_TEXT:]

    def shown(self, now: float | None = None) -> dict[str, Any]:
        """Return share, whole seconds left (None while nobody can tell) and the last words so far."""
        now = time.monotonic() if now is None else now
        left = None
        if self._share > 0:
            # By the pace up to the last step; what has passed since then counts down, never below a second.
            whole = (self._at - self._began) / self._share
            left = max(round(whole - (now - self._began)), 0 if self._share == 1 else 1)
        return {"share": round(self._share, 4), "seconds_left": left, "text": self._text}
