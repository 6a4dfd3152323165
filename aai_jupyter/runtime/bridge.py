"""Synchronous calls of coroutines, on one background event-loop thread.

A magic cannot be awaited and a kernel's own loop cannot be re-entered, so everything asynchronous of
this package runs on a loop of its own. The caller waits in short steps, which is what lets Interrupt
through on every platform (a bare lock wait cannot be interrupted on Windows).
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import threading
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from aai_jupyter.errors import UsageError

try:  # the C classes, which an applied nest_asyncio has hidden behind the slow pure-Python ones
    from _asyncio import Future as _Future
    from _asyncio import Task as _Task
except ImportError:  # an interpreter without them has nothing to be hidden
    from asyncio import Future as _Future
    from asyncio import Task as _Task

T = TypeVar("T")

THREAD_NAME = "aai_jupyter-loop"
POLL_SECONDS = 0.1
CANCEL_SECONDS = 2.0


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that ``nest_asyncio.apply()`` does not patch.

    ``apply()`` overwrites methods on the class of the running loop, which is a base of this one, and
    swaps ``asyncio.Task`` for the whole process. The methods it overwrites are pinned here to the
    standard library's own, and tasks and futures are always the C ones. The selector loop serves on
    Windows too: only sockets are used here, never subprocess pipes.
    """

    run_forever = asyncio.BaseEventLoop.run_forever
    run_until_complete = asyncio.BaseEventLoop.run_until_complete
    _run_once = asyncio.BaseEventLoop._run_once  # type: ignore[attr-defined]
    _check_running = asyncio.BaseEventLoop._check_running  # type: ignore[attr-defined]
    # apply() skips a loop that has this mark, so a call from a coroutine on this loop changes nothing.
    _nest_patched = True

    def __init__(self) -> None:
        super().__init__()
        self.set_task_factory(lambda loop, coro, **kwargs: _Task(coro, loop=loop, **kwargs))

    def create_future(self) -> asyncio.Future[Any]:
        return _Future(loop=self)


class Bridge:
    """One background event loop, started when it is first needed.

    Examples
    --------
    >>> import asyncio
    >>> bridge = Bridge()
    >>> bridge.run(asyncio.sleep(0, "done"))
    'done'
    >>> bridge.stop()
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._loop: _Loop | None = None
        self._thread: threading.Thread | None = None
        self._finalizer: Callable[[], Any] | None = None
        self._inherited: list[_Loop] = []

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The running background loop; starts it if needed."""
        if self._pid != os.getpid():
            # A forked child has the loop but not its thread, and a lock that may be held for ever. The
            # loop is kept unclosed: closing it would unregister the parent's sockets from the epoll set
            # that both share.
            self._lock = threading.Lock()
            if self._loop is not None:
                self._inherited.append(self._loop)
            self._pid, self._loop, self._thread, self._finalizer = os.getpid(), None, None, None
        with self._lock:
            if self._loop is None:
                self._loop = _Loop()
                self._thread = threading.Thread(
                    target=_serve, args=(self._loop,), name=THREAD_NAME, daemon=True
                )
                self._thread.start()
                self._finalizer = weakref.finalize(self, _shut_down, self._loop, self._thread, self._pid)
            return self._loop

    @property
    def running(self) -> bool:
        """Whether the thread has been started and not stopped."""
        return self._loop is not None and self._pid == os.getpid()

    @property
    def on_loop(self) -> bool:
        """Whether the calling code runs on the background loop."""
        return threading.current_thread() is self._thread

    def run(self, coro: Coroutine[Any, Any, T], *, tick: Callable[[], None] | None = None) -> T:
        """Run a coroutine on the background loop and wait for its result.

        Interrupt (KeyboardInterrupt) cancels the coroutine, waits up to two seconds for it to clean up
        and is raised again; a second Interrupt does not wait for the clean-up.

        Parameters
        ----------
        coro : coroutine
            What calling an ``async def`` function gives.
        tick : callable, optional
            Called about ten times a second in the calling thread while it waits. Output belongs here: from
            the loop's thread it reaches the right cell on some kernel versions only.

        Returns
        -------
        object
            What the coroutine returns.

        Raises
        ------
        UsageError
            For something that is not a coroutine, or when called on the background loop itself.
        KeyboardInterrupt
            When interrupted.

        Examples
        --------
        >>> import asyncio
        >>> bridge = Bridge()
        >>> bridge.run(asyncio.sleep(0, 7))
        7
        >>> bridge.stop()
        """
        coro = as_coroutine(coro)
        loop = self.loop
        self._refuse_own_thread(coro)
        done = threading.Event()
        tasks: list[asyncio.Task[T]] = []

        def begin() -> None:
            task = loop.create_task(coro)
            tasks.append(task)
            task.add_done_callback(lambda _: done.set())

        try:
            loop.call_soon_threadsafe(begin)
            while not done.wait(POLL_SECONDS):
                if loop.is_closed():  # stopped by another thread before the task could begin
                    coro.close()
                    raise RuntimeError("The background loop was stopped during the call.")
                if tick is not None:
                    tick()
        except BaseException:  # an Interrupt, or a fault of tick
            with contextlib.suppress(KeyboardInterrupt, RuntimeError):  # RuntimeError: the loop is closed
                loop.call_soon_threadsafe(_cancel, tasks)
                done.wait(CANCEL_SECONDS)
            raise
        return tasks[0].result()

    def submit(self, coro: Coroutine[Any, Any, T]) -> Any:
        """Start a coroutine on the background loop without waiting; return its future.

        Returns
        -------
        concurrent.futures.Future
            Its ``cancel()`` cancels the coroutine.

        Examples
        --------
        >>> import asyncio
        >>> bridge = Bridge()
        >>> bridge.submit(asyncio.sleep(0, 7)).result()
        7
        >>> bridge.stop()
        """
        return asyncio.run_coroutine_threadsafe(as_coroutine(coro), self.loop)

    def stop(self) -> None:
        """Cancel all tasks, stop the thread and close the loop. The next ``run`` starts a new one."""
        if not self.running:
            return
        with self._lock:
            finalizer, self._finalizer = self._finalizer, None
            self._loop = self._thread = None
        if finalizer is not None:
            finalizer()

    def _refuse_own_thread(self, coro: Coroutine[Any, Any, Any]) -> None:
        if self.on_loop:
            coro.close()
            raise UsageError(
                "run() was called by a coroutine on the background loop, which would wait for itself.",
                hint="Use await there: `await transcribe_async(...)` instead of `transcribe(...)`.",
            )


def as_coroutine(coro: Any) -> Coroutine[Any, Any, Any]:
    """Return an awaitable as a coroutine; raise for anything else."""
    if inspect.iscoroutine(coro):
        return coro
    if inspect.isawaitable(coro) and not asyncio.isfuture(coro):
        return _awaiting(coro)
    raise UsageError(
        f"Cannot run {type(coro).__name__}: a coroutine is needed.",
        hint="Call the async function: run(f(...)) rather than run(f)."
        if callable(coro)
        else "Pass what an `async def` function returns; a Future or Task belongs to its own loop: await it.",
    )


async def _awaiting(awaitable: Awaitable[T]) -> T:
    return await awaitable


def _serve(loop: _Loop) -> None:
    # A plain function: a bound method would keep the Bridge alive and its finalizer from running.
    try:
        loop.run_forever()
    finally:
        loop.close()


def _cancel(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        # Marks an exception of the clean-up as seen: nobody will ask for it after an Interrupt.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        task.cancel()


async def _drain() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    _cancel(list(tasks))
    if tasks:
        await asyncio.wait(tasks, timeout=CANCEL_SECONDS)
    loop = asyncio.get_running_loop()
    await loop.shutdown_asyncgens()


def _shut_down(loop: _Loop, thread: threading.Thread, pid: int) -> None:
    """Stop the loop and its thread; called once, by stop(), by garbage collection or at exit."""
    if pid != os.getpid() or loop.is_closed():
        return
    draining = asyncio.run_coroutine_threadsafe(_drain(), loop)
    draining.add_done_callback(lambda _: loop.call_soon_threadsafe(loop.stop))
    if threading.current_thread() is not thread:
        thread.join(CANCEL_SECONDS * 1.5)
