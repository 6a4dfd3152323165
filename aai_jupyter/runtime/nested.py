"""Nested run of a coroutine on the caller's own event loop, for ``loop="kernel"``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from aai_jupyter.errors import UsageError
from aai_jupyter.runtime.bridge import CANCEL_SECONDS, as_coroutine
from aai_jupyter.runtime.cell import shell

T = TypeVar("T")


def run_nested(coro: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the caller's own event loop, from synchronous code.

    Only for a coroutine bound to that loop: one which shares a client, queue or session made with
    ``await`` in a cell. Where a loop runs (a kernel), this patches asyncio through nest-asyncio2, for the
    whole process and for good, which is why it is done on request only.

    Parameters
    ----------
    coro : coroutine

    Returns
    -------
    object
        What the coroutine returns.

    Raises
    ------
    UsageError
        When the process is patched by the original nest_asyncio on a version where that loses queued
        cells or breaks asyncio, or when the loop cannot be patched (uvloop).

    Examples
    --------
    >>> async def answer():
    ...     return 7
    >>> run_nested(answer())
    7
    """
    coro = as_coroutine(coro)
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        found: T = _own_runner()(coro)  # terminal IPython or a script: nothing to nest
        return found
    reason = _broken_nesting()
    if reason is None and not _patched_by_original():
        import nest_asyncio2

        try:
            nest_asyncio2.apply(loop)
        except ValueError as error:
            reason = f"nest-asyncio2 cannot patch this loop ({error})"
    if reason is not None:
        coro.close()
        raise UsageError(
            f'loop="kernel" is not possible here: {reason}.',
            hint="Use `await` in the cell, or leave out loop= to use the background loop.",
        )
    task = loop.create_task(coro)
    try:
        return loop.run_until_complete(task)
    finally:
        if not task.done():  # interrupted: without this the coroutine would live on
            task.cancel()
            loop.run_until_complete(asyncio.wait([task], timeout=CANCEL_SECONDS))


def _own_runner() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Return a function that runs a coroutine when no loop is running: by IPython's loop if there is one."""
    found = shell()
    if found is None:
        return asyncio.run
    runner: Callable[[Coroutine[Any, Any, Any]], Any] = found.loop_runner
    return runner


def _patched_by_original() -> bool:
    return hasattr(asyncio, "_nest_patched") and not hasattr(asyncio, "_nest_asyncio2")


def _broken_nesting() -> str | None:
    """Return why an applied original nest_asyncio makes nesting unsafe; None if it does not."""
    if not _patched_by_original():
        return None
    if sys.version_info >= (3, 14):
        return "nest_asyncio 1.6 has been applied, which breaks tasks and timeouts on Python 3.14"
    ipykernel = sys.modules.get("ipykernel")
    if ipykernel is not None and tuple(ipykernel.version_info[:2]) >= (7, 1):
        version = ipykernel.__version__
        return f"nest_asyncio 1.6 has been applied, which loses queued cells on ipykernel {version}"
    return None
