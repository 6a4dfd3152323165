"""The cell that is being run, as far as the front end says."""

from __future__ import annotations

import sys
from typing import Any


def kernel() -> Any:
    """The kernel that this process is; None in a terminal or a program."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None)


def request() -> dict[str, Any]:
    """The front end's request that is being executed; empty without a kernel."""
    found = kernel()
    return (found.get_parent() if found is not None else None) or {}


def run_id() -> str:
    """What tells one execution from another; empty without a kernel."""
    return str(request().get("header", {}).get("msg_id") or "")


def cell_id() -> str:
    """The cell. JupyterLab, Jupyter Notebook and VS Code name it; empty where nothing does."""
    return str(request().get("metadata", {}).get("cellId") or "")
