"""The one way to tell the person something beside a result: a line in a notebook, a warning in a script."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from types import FrameType

_PACKAGE = __name__.partition(".")[0]


class Notices:
    """Tells lines of text.

    In a notebook a notice is a line below the cell: the path and the source line that Python shows with a
    warning say nothing to somebody who wrote neither. A script gets a ``UserWarning`` at the line of its own
    that called this package, which it can filter or turn into an error.

    Attributes
    ----------
    announce : callable, optional
        Shows a line; ``%load_ext`` sets it. Without it a line is printed in a kernel.

    Examples
    --------
    >>> notices = Notices()
    >>> notices.announce = print
    >>> notices.tell_once("The disk is nearly full.")
    The disk is nearly full.
    >>> notices.tell_once("The disk is nearly full.")
    """

    def __init__(self) -> None:
        self.announce: Callable[[str], None] | None = None
        self._told: set[str] = set()

    def tell(self, text: str) -> None:
        """Tell a line now."""
        show = self.announce or _in_kernel()
        if show is not None:
            show(text)
        else:
            warnings.warn(text, stacklevel=_callers_level())

    def tell_once(self, text: str) -> None:
        """Tell a line, once in a process for each text."""
        if text not in self._told:
            self._told.add(text)
            self.tell(text)


def _in_kernel() -> Callable[[str], None] | None:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return print if getattr(shell, "kernel", None) is not None else None


def _callers_level() -> int:
    """Return the ``stacklevel``, seen from `tell`, of the line that called this package."""
    frame: FrameType | None = sys._getframe(1)
    level = 1
    while frame is not None and frame.f_back is not None and _ours(frame):
        frame = frame.f_back
        level += 1
    return level


def _ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == _PACKAGE


notices = Notices()
"""The notices of this process."""
