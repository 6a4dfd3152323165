"""The kernel and the cell that is being run, as far as the front end says."""

from __future__ import annotations

import os
import re
import sys
from typing import Any

FRONT_END = "AAI_JUPYTER_FRONT_END"
"""Variable that says ``page`` or ``console`` for a front end that is taken for the other."""
_CLASSIC = re.compile("[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}")
"""How the classic notebook (NbClassic, Notebook 6) numbers its requests."""


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


def session() -> str:
    """Return the session of the front end whose request is handled: another one for each page."""
    return str(request().get("header", {}).get("session") or "")


def cell_id() -> str:
    """Return the cell's id: from JupyterLab, Jupyter Notebook and VS Code; empty elsewhere."""
    return str(request().get("metadata", {}).get("cellId") or "")


def marimo() -> Any:
    """Return the module ``marimo`` in one of its notebooks; None elsewhere. It has widgets, but no kernel."""
    found = sys.modules.get("marimo")
    return found if found is not None and found.running_in_notebook() else None


def in_kernel() -> bool:
    """Return whether there is a kernel: only a kernel has widgets."""
    return kernel() is not None


def two_outputs() -> bool:
    """Return whether the front end shows view and static form as two outputs, of which a style hides one.

    JupyterLab and Jupyter Notebook do: they name the cell, as VS Code does. The classic notebook does not; it
    numbers its requests in a way of its own.
    """
    cell = cell_id()
    if cell:
        return not cell.startswith("vscode")
    return bool(_CLASSIC.fullmatch(run_id())) and not _hosted()


def voila() -> bool:
    """Return whether Voila runs the kernel."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("voila")


def _hosted() -> bool:
    """Return whether a service runs the kernel whose pages have widgets, however they send their requests."""
    return "google.colab" in sys.modules or "DATABRICKS_RUNTIME_VERSION" in os.environ


def by_program() -> bool:
    """Return whether a program executes the notebook: nbclient, papermill, ``nbconvert --execute``.

    Such programs forbid questions to the user. Voila does the same, but shows widgets to one.
    """
    if not in_kernel() or voila():
        return False
    return request().get("content", {}).get("allow_stdin", True) is False


def updates_displays() -> bool:
    """Return whether the front end replaces a display that it has shown, when the kernel says so.

    Notes
    -----
    ``jupyter console``, qtconsole and Spyder show displays, and never look at their updates. They have no
    widgets either. The protocol has no question for that. But they are Python programs that send their
    requests by jupyter_client, and it numbers them by its session; pages name their cells, or number requests
    otherwise. Programs that execute notebooks use it, too: nbclient replaces displays.
    """
    if not in_kernel():
        return False
    if (told := os.environ.get(FRONT_END)) in ("page", "console"):
        return told == "page"
    if _hosted() or cell_id() or by_program() or voila():
        return True
    return not session() or not run_id().startswith(f"{session()}_")


def is_attended() -> bool:
    """Return whether a widget can be shown and used: in a kernel, in a page with widgets, and by a user.

    Notes
    -----
    A program that executes notebooks would save the widget's whole state into the notebook, and nbconvert
    would then show that, which needs scripts from elsewhere, instead of the static HTML.
    """
    return in_kernel() and not by_program() and updates_displays()
