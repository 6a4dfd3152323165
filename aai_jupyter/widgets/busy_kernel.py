"""Whether the kernel runs a cell, as told to the pages: a kernel that does hears nothing from them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from aai_jupyter.runtime.cell import shell

if TYPE_CHECKING:
    from aai_jupyter.widgets.base import BaseWidget

SECONDS = 2.0
"""Cells that are shorter are not told of."""


class BusyKernel:
    """Sets ``cell_runs`` of all widgets while a cell takes long.

    Messages of a page wait until a cell has ended, but what the kernel says arrives meanwhile: so the kernel
    says that it is busy, and the page can tell that from a kernel that is gone or cannot be reached.
    """

    def __init__(self) -> None:
        self._widgets: WeakSet[BaseWidget] = WeakSet()
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._shell: Any = None
        self._busy = False

    def add(self, widget: BaseWidget) -> None:
        """Tell this widget, too; in the calling cell already."""
        found = shell()
        if getattr(found, "kernel", None) is None:
            return
        with self._lock:
            self._widgets.add(widget)
        if self._busy:
            widget.tell_busy(True)
        if found is not self._shell:
            self._shell = found
            found.events.register("pre_run_cell", self._began)
            found.events.register("post_run_cell", self._ended)
            self._began()

    def _began(self, *_: Any) -> None:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(SECONDS, self._tell, (True,))
            self._timer.daemon = True  # a kernel that ends does not wait for it
            self._timer.start()

    def _ended(self, *_: Any) -> None:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        if self._busy:
            self._tell(busy=False)

    def _tell(self, busy: bool) -> None:
        with self._lock:
            if busy and self._timer is None:
                return  # it has just ended
            self._busy = busy
            widgets = tuple(self._widgets)
        for widget in widgets:
            widget.tell_busy(busy)
