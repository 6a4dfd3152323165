"""First line of a cell whose modules are still to be loaded, until its own output takes the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aai_jupyter.runtime.cell import in_kernel, run_id
from aai_jupyter.runtime.imports import import_beside, wait_for_modules
from aai_jupyter.text.html_tags import tag
from aai_jupyter.text.sanitize import escape

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

_SOON = 0.15
"""Seconds after which somebody who waits wants to see something."""


class Opening:
    """Loads modules in a thread; says so in the calling cell when that takes a while.

    One for each process (``runtime().part(Opening)``).
    """

    def __init__(self) -> None:
        self._handle: DisplayHandle | None = None
        self._run = ""

    def load(self, line: str, *names: str) -> None:
        """Import modules, and wait for them; an Interrupt does not have to.

        Parameters
        ----------
        line : str
            What is shown meanwhile; empty shows nothing.
        *names : str
            Modules.
        """
        done = import_beside(*names)
        if done.wait(_SOON):
            return
        if line and in_kernel():
            self._show(line)
        wait_for_modules(done)

    def _show(self, line: str) -> None:
        from IPython.display import DisplayHandle

        self._handle, self._run = DisplayHandle(), run_id()
        self._handle.display({"text/plain": line, "text/html": tag("div", escape(line))}, raw=True)

    def take(self) -> DisplayHandle | None:
        """Return the handle of the line in the calling cell, whose place is taken now; None without one."""
        handle, self._handle = self._handle, None
        return handle if self._run == run_id() else None

    def close(self) -> None:
        """Remove the line, if nothing took its place."""
        if (handle := self.take()) is not None:
            handle.update({"text/plain": "", "text/html": ""}, raw=True)
