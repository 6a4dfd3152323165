"""What tests saw of real front ends, for the table of the documentation.

A test that has driven a front end calls :func:`tried` at its end. Where the variable ``AAI_TEST_TRIED`` names
the table's file (``make front-ends``), what it saw takes the place of what the file had.
"""

from __future__ import annotations

import json
import os
import platform
from contextlib import suppress
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from filelock import FileLock

VARIABLE = "AAI_TEST_TRIED"
RESULTS = ("yes", "text", "no")


def tried(front_end: str, *packages: str, **actions: str) -> None:
    """Note that each action gave ``yes`` (as in JupyterLab), ``text`` or ``no``, in these packages' versions.

    Without packages the version is that of Python.
    """
    assert set(actions.values()) <= set(RESULTS)
    if not (named := os.environ.get(VARIABLE)):
        return
    path = Path(named)
    with FileLock(f"{path}.lock"):
        table = json.loads(path.read_text("utf-8"))
        (row,) = (row for row in table["rows"] if row["front_end"] == front_end)
        assert set(actions) <= set(table["actions"])
        with suppress(PackageNotFoundError):  # of one whose messages are imitated
            row["versions"] = ", ".join(map(version, packages)) or f"Python {platform.python_version()}"
        for action, result in actions.items():
            row["actions"][action] = {"result": result, "by": "test", "date": date.today().isoformat()}
        path.write_text(json.dumps(table, indent=1) + "\n", "utf-8")
