"""The kernel and the cell that is being run, as far as the front end says."""

from __future__ import annotations

import os
import sys
from typing import Any


def shell() -> Any:
    """The IPython shell of this process; None in a program."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def kernel() -> Any:
    """Return the kernel that this process is; None in a terminal or a program."""
    return getattr(shell(), "kernel", None)


def request() -> dict[str, Any]:
    """Return the front end's request that is being executed; empty without a kernel."""
    found = kernel()
    return (found.get_parent() if found is not None else None) or {}


def run_id() -> str:
    """Return an id of the execution; empty without a kernel."""
    return str(request().get("header", {}).get("msg_id") or "")


def cell_id() -> str:
    """Return the cell's id: from JupyterLab, Jupyter Notebook and VS Code; empty elsewhere."""
    return str(request().get("metadata", {}).get("cellId") or "")


def in_kernel() -> bool:
    """Return whether there is a kernel: only a kernel has widgets."""
    return kernel() is not None


def two_outputs() -> bool:
    """Return whether the front end is JupyterLab or Jupyter Notebook: they name the cell, as VS Code does."""
    cell = cell_id()
    return bool(cell) and not cell.startswith("vscode")


def is_attended() -> bool:
    """Return whether a widget can be shown and used: in a kernel, and by a user.

    Notes
    -----
    A program that executes notebooks (nbclient, papermill, ``nbconvert --execute``) forbids questions to the
    user. It would save the widget's whole state into the notebook, and nbconvert would then show that, which
    needs scripts from elsewhere, instead of the static HTML. Voila does the same, but shows widgets.
    """
    if not in_kernel():
        return False
    if os.environ.get("SERVER_SOFTWARE", "").startswith("voila"):
        return True
    return request().get("content", {}).get("allow_stdin", True) is not False
