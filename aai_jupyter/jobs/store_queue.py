"""The store, for async code: what many jobs ask of it at once is one visit to a thread and one commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
_Call = tuple[Callable[[], Any], asyncio.Future[Any]]


class CallRunner(Protocol):
    """Where the calls are run: the database of a store, or the pool of a shared one."""

    def read_all(self, calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
        """Run calls that only read; an error of one is in its place."""

    def write_all(self, calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
        """Run calls that write; an error of one undoes that one only."""


class StoreQueue:
    """Runs calls to the store in the order of their coming, as many together as have come meanwhile.

    A call gets its result after the commit. The error of one is raised to its caller and undoes that call
    only.

    Parameters
    ----------
    database : StoreDatabase or CallPool
    """

    def __init__(self, database: CallRunner) -> None:
        self._database = database
        self._reads: list[_Call] = []
        self._writes: list[_Call] = []
        self._runner: asyncio.Task[None] | None = None

    async def read(self, function: Callable[..., T], *args: Any) -> T:
        """Run a function that only reads."""
        return await self._add(self._reads, partial(function, *args))

    async def write(self, function: Callable[..., T], *args: Any) -> T:
        """Run a function that writes; it is run to its end even if the caller is cancelled."""
        return await self._add(self._writes, partial(function, *args))

    async def aclose(self) -> None:
        """Wait for what is under way."""
        while self._runner is not None and not self._runner.done():
            await asyncio.wait([self._runner])

    async def _add(self, calls: list[_Call], call: Callable[[], T]) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        calls.append((call, future))
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run(), name="aai_jupyter store")
        return await future

    async def _run(self) -> None:
        while self._reads or self._writes:
            reads, self._reads = self._reads, []
            writes, self._writes = self._writes, []
            await asyncio.to_thread(self._visit, reads, writes, asyncio.get_running_loop())

    def _visit(self, reads: list[_Call], writes: list[_Call], loop: asyncio.AbstractEventLoop) -> None:
        for calls, together in ((reads, self._database.read_all), (writes, self._database.write_all)):
            if not calls:
                continue
            results: list[Any]
            try:
                results = together([call for call, _ in calls])
            except Exception as error:  # noqa: BLE001 - given to all that waited for it
                results = [error] * len(calls)
            futures = [future for _, future in calls]
            loop.call_soon_threadsafe(_deliver, futures, results)


def _deliver(futures: list[asyncio.Future[Any]], results: list[Any]) -> None:
    for future, result in zip(futures, results, strict=True):
        if future.done():
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
