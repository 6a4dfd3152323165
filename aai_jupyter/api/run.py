"""``aai.run``: a coroutine run to its end from synchronous code."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Literal, TypeVar

from aai_jupyter.errors import UsageError
from aai_jupyter.runtime.process import runtime

T = TypeVar("T")


def run(coro: Coroutine[Any, Any, T], *, loop: Literal["background", "kernel"] = "background") -> T:
    """Run a coroutine from synchronous code and wait for its result.

    Parameters
    ----------
    coro : coroutine
    loop : {"background", "kernel"}
        "background" is our own loop, where :class:`Client` objects made by other calls live. "kernel" is the
        caller's own loop, for a coroutine bound to it; see :func:`aai_jupyter.runtime.nested.run_nested`.

    Examples
    --------
    >>> import asyncio
    >>> run(asyncio.sleep(0, 7))
    7
    """
    if loop == "background":
        return runtime().bridge.run(coro)
    if loop == "kernel":
        from aai_jupyter.runtime.nested import run_nested

        return run_nested(coro)
    coro.close()
    raise UsageError(f'loop must be "background" or "kernel", not {loop!r}.')
