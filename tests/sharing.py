"""How ``make test`` shares the tests among its processes: what uses a fixture that costs much stays together.

pytest-xdist gives a process the tests of one file at a time (``--dist loadscope``). Here those are the tests
of several files where they share a fixture (a JupyterLab, loaded models). What takes longest begins first, or
one process would be left with it at the end.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = (
    ("tests/browser/notebooks/",),
    ("tests/browser/",),
    # One engine, whose answers and models all of them use.
    ("tests/docs/test_examples.py", "tests/docs/test_notebooks.py"),
    ("tests/local/models/", "tests/local/clips/", "tests/local/streaming/test_live_models.py"),
    # The syntax trees of the package.
    ("tests/test_layout.py", "tests/test_docstrings.py", "tests/security/test_offline.py",
     "tests/security/test_sources_of_truth.py"),
)  # fmt: skip
FIRST = (
    "tests/browser/notebooks/",
    "tests/docs/test_examples.py",
    "tests/docs/test_notebooks.py",
    "tests/docs/test_site.py",
    "tests/local/models/",
    "tests/local/clips/",
    "tests/local/streaming/test_live_models.py",
    "tests/test_demo.py",
    "tests/interchange/test_aligning.py",
    "tests/browser/",
    "tests/notebook/",
    "tests/test_layout.py",
    "tests/test_docstrings.py",
    "tests/security/test_offline.py",
    "tests/security/test_sources_of_truth.py",
    "tests/jobs/",
)


def unit(nodeid: str) -> str:
    """What a test is given out with."""
    path, _, _ = nodeid.partition("::")
    return next((group[0] for group in TOGETHER if path.startswith(group)), path)


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
