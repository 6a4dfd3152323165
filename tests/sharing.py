"""How ``make test`` shares the tests among its processes: what uses a fixture that costs much stays together.

pytest-xdist gives a process the tests of one file at a time (``--dist loadscope``). Here that is a folder
where its files share a fixture (a JupyterLab, loaded models), and a single test where each builds all that it
needs. What takes longest begins first, or one process would be left with it at the end.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/browser/notebooks/", "tests/browser/", "tests/local/models/")
APART = ("tests/test_package.py",)
FIRST = (
    "tests/browser/notebooks/",
    "tests/test_package.py",
    "tests/docs/",
    "tests/local/models/",
    "tests/test_demo.py",
    "tests/notebook/",
    "tests/browser/",
)


def unit(nodeid: str) -> str:
    """What a test is given out with."""
    path, _, _ = nodeid.partition("::")
    if path in APART:
        return nodeid
    return next((folder for folder in TOGETHER if path.startswith(folder)), path)


def rank(nodeid: str) -> int:
    """Where the test's unit stands in the queue; the rest follows in the order of collection."""
    return next((number for number, start in enumerate(FIRST) if nodeid.startswith(start)), len(FIRST))


def put_first(items: list[pytest.Item]) -> None:
    """Sort the tests of a process as they are to be given out."""
    items.sort(key=lambda item: rank(item.nodeid))


class UnitScheduling(LoadScopeScheduling):
    """Gives out units, in the order of the collection instead of by their number of tests."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)
