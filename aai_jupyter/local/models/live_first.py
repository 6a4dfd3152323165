"""Order of the models' work: recordings wait while live speech has something to recognise.

A recording is recognised in calls of a few seconds at most (one window encoded, one guess at its text).
Before each of them it waits until no live call runs or waits; the live call itself waits for nothing but the
one that runs already. So captions keep up better beside a recording, and the recording takes longer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

MODEL_CALLS = ("encode", "generate", "align", "detect_language")


class LiveFirst:
    """Who may compute now; one for all models, as they share the processor.

    Examples
    --------
    >>> order = LiveFirst()
    >>> with order.live():
    ...     order.is_live
    True
    >>> order.give_way()
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._calls = 0
        self._here = threading.local()

    @property
    def is_live(self) -> bool:
        """Whether the calling thread works for live speech."""
        return bool(getattr(self._here, "live", False))

    @contextmanager
    def live(self) -> Iterator[None]:
        """Recordings wait while this is open in any thread."""
        with self._changed:
            self._calls += 1
        self._here.live = True
        try:
            yield
        finally:
            self._here.live = False
            with self._changed:
                self._calls -= 1
                self._changed.notify_all()

    @contextmanager
    def recording(self, check: Callable[[], None]) -> Iterator[None]:
        """The calling thread works on a recording; `check` raises when it was cancelled."""
        self._here.check = check
        try:
            yield
        finally:
            self._here.check = None

    def give_way(self) -> None:
        """Wait, for a recording, until live speech has nothing to recognise."""
        if self.is_live:
            return
        with self._changed:
            self._changed.wait_for(lambda: self._calls == 0)

    def before_call(self) -> None:
        """Give way before a call of a model; raises what `check` raises."""
        check = getattr(self._here, "check", None)
        if check is not None and not self.is_live:
            check()  # which gives way, too
        else:
            self.give_way()


class YieldingModel:
    """A model of CTranslate2 whose calls give way to live speech, one by one.

    Parameters
    ----------
    model : object
    order : LiveFirst
    """

    def __init__(self, model: Any, order: LiveFirst) -> None:
        self._model, self._order = model, order

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._model, name)
        return self._yielding(found) if name in MODEL_CALLS else found

    def _yielding(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            self._order.before_call()
            return call(*arguments, **named)

        return wrapped


ORDER = LiveFirst()
"""Of this process."""
