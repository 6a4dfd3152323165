"""Cancellation of single recordings of a batch that runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any


class BatchControl:
    """What the owner of a running batch may do with it. All calls on the loop that it runs on.

    Examples
    --------
    >>> control = BatchControl()
    >>> control.cancel([3])
    >>> control.is_cancelled(3), control.is_cancelled(0)
    (True, False)
    """

    def __init__(self) -> None:
        self._cancelled: set[int] = set()
        self._tasks: dict[int, asyncio.Task[Any]] = {}
        self._places: Sequence[int] | None = None

    def cancel(self, places: Iterable[int]) -> None:
        """Cancel recordings by their places in the whole call; what was sent of them is deleted."""
        for place in places:
            self._cancelled.add(place)
            task = self._tasks.get(place)
            if task is not None:
                task.cancel()

    def is_cancelled(self, place: int) -> bool:
        return place in self._cancelled

    def at(self, places: Sequence[int]) -> BatchControl:
        """Return the control of a batch that has those of the recordings, and them alone."""
        part = BatchControl()
        part._cancelled, part._tasks, part._places = self._cancelled, self._tasks, places
        return part

    def whole(self, index: int) -> int:
        """Place in the whole call of a recording of the batch."""
        return index if self._places is None else self._places[index]

    def started(self, index: int, task: asyncio.Task[Any]) -> None:
        """Take note of the task of a recording."""
        place = self.whole(index)
        self._tasks[place] = task
        task.add_done_callback(lambda _: self._tasks.pop(place, None))
