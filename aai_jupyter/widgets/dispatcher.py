"""Dispatch of a front end's requests: off the kernel's thread, with errors as replies."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aai_jupyter.errors import AaiError, OptionError
from aai_jupyter.widgets.message_size import pieces

log = logging.getLogger("aai_jupyter")

Reply = tuple[dict[str, Any], list[Any]]
Handler = Callable[[Mapping[str, Any], list[Any]], Reply]


class RequestDispatcher:
    """Queues requests and answers them in order, on one thread per queue.

    Parameters
    ----------
    send : callable
        Gets a message and its buffers.
    queues : mapping of str to int
        Message type -> queue; types that are not in it use queue 0. Queues do not wait for each other.

    Notes
    -----
    A request ``{"type", "uuid", ...}`` is answered by ``{"type": "reply", "uuid", ...}``, also when its
    handler fails: then the reply has ``error: {title, detail}``. Of a ``text`` that one message does not hold
    the pieces before the last one come first, each as ``part``.
    """

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        send: Callable[[dict[str, Any], list[Any]], None],
        queues: Mapping[str, int] | None = None,
    ) -> None:
        self._handlers, self._send, self._queues = handlers, send, queues or {}
        self._lock = threading.Lock()
        self._workers: dict[int, ThreadPoolExecutor] = {}
        self._closed = False

    def enqueue(self, message: Any, buffers: list[Any] | None) -> None:
        """Queue a message of the front end; returns at once."""
        if not isinstance(message, Mapping) or not isinstance(message.get("type"), str):
            return
        queue = self._queues.get(message["type"], 0)
        self._submit(queue, lambda: self.answer(message, list(buffers or ())))

    def run(self, work: Callable[[], None], queue: int = 0) -> None:
        """Run a function behind the requests of a queue."""

        def guarded() -> None:
            try:
                work()
            except AaiError as error:
                log.warning("%s", error)

        self._submit(queue, guarded)

    def _submit(self, queue: int, work: Callable[[], None]) -> None:
        with self._lock:
            if self._closed:
                return
            if queue not in self._workers:
                self._workers[queue] = ThreadPoolExecutor(1, thread_name_prefix="aai-widget")
            self._workers[queue].submit(work)

    def answer(self, message: Mapping[str, Any], buffers: list[Any]) -> None:
        """Handle one message and send the reply."""
        handler = self._handlers.get(message["type"])
        reply: dict[str, Any]
        out: list[Any] = []
        try:
            if handler is None:
                raise AaiError(f"There is no request {message['type']!r}.")
            reply, out = handler(message, buffers)
        except AaiError as error:
            first, *rest = error.lines()
            reply = {"error": {"title": first, "detail": " ".join(line.strip() for line in rest)}}
        except Exception as error:
            log.exception("A request of the page failed.")
            reply = {"error": {"title": "This did not work", "detail": f"{type(error).__name__}: {error}"}}
        named = {"type": "reply", "uuid": message.get("uuid")}
        if isinstance(reply.get("text"), str):
            *parts, reply["text"] = pieces(reply["text"])
            for part in parts:
                self._send({**named, "part": part}, [])
        self._send({**named, **reply}, out)

    def rest(self) -> None:
        """End the threads once their queues are empty; the next request starts them again."""
        with self._lock:
            for worker in self._workers.values():
                worker.shutdown(wait=False)
            self._workers.clear()

    def close(self) -> None:
        """Cancel queued requests and take no more."""
        with self._lock:
            self._closed = True
            for worker in self._workers.values():
                worker.shutdown(wait=False, cancel_futures=True)


def whole(value: Any) -> int:
    """Return a number of the front end as an integer; raises OptionError when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 2**53:
        raise OptionError(f"A number was expected, got {value!r}.")
    return int(value)
