"""Many requests at once, none of which is thrown away because another one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable


async def run_all(jobs: Iterable[Callable[[], Awaitable[None]]], *, at_once: int) -> None:
    """Run jobs that keep their own results, some at once.

    After an error no further job begins; those that have begun end first, since they are paid for. A task
    that is cancelled cancels all of them.

    Parameters
    ----------
    jobs : iterable of callable
        Each gives an awaitable; begun in order.
    at_once : int

    Raises
    ------
    Exception
        The first error of a job, itself, when no job is running any more.
    """
    places = asyncio.Semaphore(at_once)
    errors: list[Exception] = []

    async def one(job: Callable[[], Awaitable[None]]) -> None:
        async with places:
            if errors:
                return
            try:
                await job()
            except Exception as error:  # noqa: BLE001 - raised below, when the others have ended
                errors.append(error)

    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(one(job))
    if errors:
        raise errors[0]
