"""A kernel far away: everything works over a slow link, and no message is larger than hosts take."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.bench_far_kernel import measure
from tests.browser.notebooks.conftest import Server

pytestmark = pytest.mark.nightly


def test_no_message_over_a_slow_link_has_a_megabyte(server: Server, browser: Any) -> None:
    found = measure(server, browser)
    print(found)
    assert found["largest"] < 1_000_000
