"""Adds transcripts to a corpus while the batch that makes them still runs."""

from __future__ import annotations

import queue
import threading
import warnings
from collections.abc import Callable
from typing import Any

from aai_jupyter.errors import AaiError
from aai_jupyter.jobs.job_events import JobEvent
from aai_jupyter.transcripts.transcript import Transcript

AT_ONCE = 100
"""Recordings of one part: fewer make many small files, more are longer at the risk of being added again."""


class CorpusWriter:
    """A progress callback that adds what is finished, some recordings at a time, on a thread of its own.

    Parameters
    ----------
    add : callable
        Adds a list of transcripts.
    shown : callable, optional
        The progress display, which gets the events, too.
    """

    def __init__(self, add: Callable[[list[Transcript]], Any], shown: Any = None) -> None:
        self._add = add
        self._shown = shown
        self._queue: queue.SimpleQueue[Transcript | None] = queue.SimpleQueue()
        self._failed: AaiError | None = None
        self._thread = threading.Thread(target=self._run, name="aai_jupyter-corpus", daemon=True)
        self._thread.start()

    def __call__(self, event: JobEvent) -> None:
        """Take one step of the batch."""
        if event.stage in ("completed", "cached") and isinstance(event.transcript, Transcript):
            self._queue.put(event.transcript)
        if self._shown is not None:
            self._shown(event)

    def draw(self, last: bool = False) -> None:
        """Draw the display."""
        draw = getattr(self._shown, "draw", None)
        if draw is not None:
            draw(last=last) if last else draw()

    def close(self) -> None:
        """Wait until all is added; warn when it was not, as the transcripts are in the store all the same."""
        self._queue.put(None)
        self._thread.join()
        if self._failed is not None:
            warnings.warn(f"Not all was added to the corpus: {self._failed.short}", stacklevel=3)

    def _run(self) -> None:
        some: list[Transcript] = []
        while (one := self._queue.get()) is not None:
            some.append(one)
            if len(some) >= AT_ONCE:
                self._write(some)
        self._write(some)

    def _write(self, some: list[Transcript]) -> None:
        if some and self._failed is None:
            try:
                self._add(some)
            except AaiError as error:
                self._failed = error
        some.clear()
