"""Rate limits: throttles requests by what the gateway says with each answer, so that it rarely refuses.

The service counts requests per account and model in a window of time, and says in the headers of every
answer how many are allowed, how many are left and when the count starts again. Other kernels of the same
account share the count, so its word is taken over our own arithmetic whenever it is the smaller one.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

WINDOW = 60.0
"""Seconds of a window when the service does not tell."""
MARGIN = 0.05
"""Seconds after the announced end of a window: clocks are read on two machines."""
_EXACT, _ROUNDED = 0.2, 1.25
"""Seconds by which two ends of the same window may differ, by how the service writes them."""


@dataclass(frozen=True, slots=True)
class LimitState:
    """State of one limit now; a row of the status display.

    ``model`` and ``service`` are what the service says the limit is of, if it does.
    ``limit`` and ``remaining`` are None while the service has not told, or when it has no limit.
    """

    name: str
    limit: int | None
    remaining: int | None
    resets_in: float | None
    waiting: int
    sent: int
    refused: int
    model: str | None = None
    service: str | None = None


class _Window:
    def __init__(self, name: str) -> None:
        self.name = name
        self.lock = asyncio.Lock()  # first come, first served
        self.changed = asyncio.Event()
        self.limit: int | None = None
        self.left: int | None = None
        self.ends: float | None = None
        self.model: str | None = None
        self.service: str | None = None
        self.known = False
        self.probing = self.guessed = self.early = False
        self.waiting = self.flying = self.sent = self.refused = 0


class Limits:
    """Throttle with a window for each model, and one for Speech Understanding.

    Parameters
    ----------
    clock, wall : callable
        Monotonic seconds, and seconds since the epoch.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
    ) -> None:
        self._clock, self._wall = clock, wall
        self._windows: dict[str, _Window] = {}

    def _window(self, name: str) -> _Window:
        return self._windows.setdefault(name, _Window(name))

    def state(self) -> list[LimitState]:
        """List every limit met so far."""
        now = self._clock()
        rows = []
        for w in self._windows.values():
            rest = None if w.ends is None else max(0.0, w.ends - now)
            left = w.limit if rest == 0.0 and w.limit is not None else w.left
            rows.append(
                LimitState(w.name, w.limit, left, rest, w.waiting, w.sent, w.refused, w.model, w.service)
            )
        return rows

    async def turn(self, name: str) -> float:
        """Wait until one more request may be sent; returns the moment, for :meth:`answered`.

        Until the first answer has told the limit, one request goes out at a time.
        """
        w = self._window(name)
        w.waiting += 1
        try:
            async with w.lock:
                while (rest := self._rest(w)) != 0.0:
                    w.changed.clear()
                    try:
                        async with asyncio.timeout(rest):
                            await w.changed.wait()
                    except TimeoutError:
                        pass
                if not w.known:
                    w.probing = True
                if w.left is not None:
                    w.left -= 1
                w.sent += 1
                w.flying += 1
                return self._clock()
        finally:
            w.waiting -= 1

    def _rest(self, w: _Window) -> float | None:
        """Compute the seconds to wait: 0 none, None until something changes."""
        now = self._clock()
        if w.ends is not None and now >= w.ends:  # a new window
            w.left, w.ends, w.guessed = w.limit, None, False
        if not w.known:
            if w.probing:
                return None
            return max(0.0, w.ends - now) if w.ends is not None else 0.0
        if w.left is None or w.left > 0:
            return 0.0
        if w.ends is None:  # used up before any answer has told when this window ends
            w.ends, w.guessed = now + WINDOW, True
        return w.ends - now

    def answered(self, name: str, at: float, headers: Mapping[str, str]) -> None:
        """Update the limit from the headers of an answer to a request that was sent at ``at``."""
        w = self._window(name)
        w.known, w.probing, w.early = True, False, False
        _named(w, headers)
        w.flying -= 1
        limit, left = _whole(headers.get("x-ratelimit-limit")), _whole(headers.get("x-ratelimit-remaining"))
        if limit is not None:
            w.limit = max(1, limit)
            exact = "." in headers.get("x-ratelimit-reset", "")
            self._note(w, self._end(at, headers), w.limit if left is None else max(0, left), exact)
        w.changed.set()

    def refused(self, name: str, at: float, headers: Mapping[str, str], wait: float | None) -> None:
        """Update the limit from a 429: nothing is sent before the moment that it names."""
        w = self._window(name)
        w.refused += 1
        _named(w, headers)
        w.flying -= 1
        w.probing = False
        if (limit := _whole(headers.get("x-ratelimit-limit"))) is not None:
            w.limit, w.known = max(1, limit), not w.early
        now = self._clock()
        end = now + wait + MARGIN if wait is not None else self._end(at, headers)
        told = end is not None and end > now
        if end is None or not told:
            end = now + min(WINDOW, 2.0 ** min(w.refused, 6))
        w.left = 0 if w.known else w.left
        known_end = None if w.guessed else w.ends
        if known_end is None or (told and end < known_end - _ROUNDED):
            w.early = w.early or known_end is not None
            w.ends = end
        else:
            w.ends = max(end, known_end)
        if w.early:  # it names an earlier end than it did before: one request asks then, not all at once
            w.known = False
        w.guessed = False
        w.changed.set()

    def failed(self, name: str) -> None:
        """Note a request that ended without an answer, or with one without limits."""
        w = self._window(name)
        w.flying -= 1
        w.probing = False
        w.changed.set()

    def _end(self, at: float, headers: Mapping[str, str]) -> float | None:
        """Compute when the window ends, on our clock. Seconds to go count from the moment of the request."""
        text = headers.get("x-ratelimit-reset", "").strip()
        if not re.fullmatch(r"\d{1,16}(\.\d+)?s?", text):
            return None
        value = float(text.rstrip("s"))
        if value > 1e11:
            value /= 1000  # milliseconds since the epoch
        if value > 1e9:
            return self._clock() + value - self._wall() + MARGIN
        return at + value + MARGIN

    def _note(self, w: _Window, end: float | None, left: int, exact: bool) -> None:
        now = self._clock()
        if end is not None and end <= now:
            return  # about a window that is over
        later = end is not None and w.ends is not None and not w.guessed
        if later and end > w.ends + (_EXACT if exact else _ROUNDED):  # type: ignore[operator]
            # A window that began earlier than we thought. What is still on its way may not be counted in it.
            w.left, w.ends = max(0, left - w.flying), end
            return
        # Answers come in any order: whoever counts less left is right. Each end is a lower bound, because the
        # service counted from a moment after the request went out.
        w.left = left if w.left is None else min(w.left, left)
        if end is not None:
            w.ends = end if w.ends is None or w.guessed else max(w.ends, end)
            w.guessed = False


def _named(w: _Window, headers: Mapping[str, str]) -> None:
    """What the service says the limit is of."""
    w.model = headers.get("x-ratelimit-model") or w.model
    w.service = headers.get("x-ratelimit-service") or w.service


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"\s*-?\d{1,9}\s*", text) else None
