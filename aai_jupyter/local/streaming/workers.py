"""Thread pool of recognition by priority: finished turns first, partials last or not at all."""

from __future__ import annotations

import asyncio
import heapq
import threading
from collections.abc import Callable
from enum import IntEnum
from itertools import count
from typing import Any, TypeVar

from aai_jupyter.local.models.live_first import ORDER

T = TypeVar("T")


class Rank(IntEnum):
    """Priority of work; lower values come first."""

    FINAL = 0
    LIKELY = 1
    CAPTION = 2


class Workers:
    """A few threads and their priority queue.

    Parameters
    ----------
    threads : int
    captions : int
        Captions are refused while so many jobs wait: a caption that comes late is worth nothing.
    """

    def __init__(self, threads: int = 2, captions: int = 4) -> None:
        self._threads, self._captions = threads, captions
        self._jobs: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self._some = threading.Condition()
        self._started = 0
        self._idle = 0

    @property
    def waiting(self) -> int:
        return len(self._jobs)

    def submit(self, rank: Rank, work: Callable[[], T]) -> asyncio.Future[T] | None:
        """Run `work` in a thread. Cancelling the future removes it if not begun; None: too busy."""
        if rank is Rank.CAPTION and self.waiting >= self._captions:
            return None
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def tell(result: Any, error: BaseException | None) -> None:
            if future.cancelled():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)

        def run() -> None:
            if future.cancelled():
                return
            result: Any = None
            failed: BaseException | None = None
            try:
                with ORDER.live():
                    result = work()
            except BaseException as error:  # noqa: BLE001 - handed to whoever waits
                failed = error
            try:
                loop.call_soon_threadsafe(tell, result, failed)
            except RuntimeError:  # the engine is going down
                return

        with self._some:
            heapq.heappush(self._jobs, (rank, next(self._order), run))
            if not self._idle and self._started < self._threads:
                self._started += 1
                threading.Thread(target=self._serve, name="aai-live", daemon=True).start()
            self._some.notify()
        return future

    def _serve(self) -> None:
        while True:
            with self._some:
                self._idle += 1
                while not self._jobs:
                    self._some.wait()
                self._idle -= 1
                _, _, run = heapq.heappop(self._jobs)
            run()
