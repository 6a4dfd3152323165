"""Imports beside a request: what a result needs is loaded while the result is waited for.

Never at ``%load_ext``, which would make every notebook wait; and not when the result is there: the first cell
would stand still for it.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from importlib import import_module


def import_beside(*names: str) -> None:
    """Begin to import modules in a thread; those that are not installed are left out.

    Examples
    --------
    >>> import_beside("json")
    """
    missing = [name for name in names if name not in sys.modules]
    if missing:
        threading.Thread(target=_load, args=(missing,), name="aai-imports", daemon=True).start()


def _load(names: list[str]) -> None:
    for name in names:
        with contextlib.suppress(ImportError):  # what really needs it will say so
            import_module(name)
