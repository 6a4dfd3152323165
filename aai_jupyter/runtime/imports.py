"""Imports beside a request: what a result needs is loaded while the result is waited for.

Never at ``%load_ext``, which would make every notebook wait; and not when the result is there: the first cell
would stand still for it.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from importlib import import_module

_STEP = 0.05


def import_beside(*names: str) -> threading.Event:
    """Begin to import modules in a thread; those that are not installed are left out.

    Returns
    -------
    threading.Event
        Set when all are loaded.

    Examples
    --------
    >>> import_beside("json").wait(5)
    True
    """
    done = threading.Event()
    missing = [name for name in names if name not in sys.modules]
    if missing:
        threading.Thread(target=_load, args=(missing, done), name="aai-imports", daemon=True).start()
    else:
        done.set()
    return done


def wait_for_modules(done: threading.Event) -> None:
    """Wait until modules are loaded; an Interrupt does not have to."""
    while not done.wait(_STEP):
        pass


def _load(names: list[str], done: threading.Event) -> None:
    try:
        for name in names:
            with contextlib.suppress(ImportError):  # what really needs it will say so
                import_module(name)
    finally:
        done.set()
