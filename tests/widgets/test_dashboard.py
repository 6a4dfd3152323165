"""The dashboard's traits, requests and static form, without a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from aai_jupyter.errors import AaiError
from aai_jupyter.jobs.batch_state import BatchState
from aai_jupyter.jobs.job_events import JobEvent
from aai_jupyter.widgets.dashboard.dashboard_text import static_bundle
from aai_jupyter.widgets.dashboard.dashboard_widget import Dashboard


class Asked:
    """Takes down what the buttons ask for."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[int]]] = []

    def cancel(self, places: Sequence[int]) -> None:
        self.calls.append(("cancel", list(places)))

    def again(self, places: Sequence[int]) -> None:
        self.calls.append(("again", list(places)))


@pytest.fixture
def state() -> BatchState:
    made = BatchState([f"calls/{n}.wav" for n in range(5)], lambda seconds: seconds / 3600)
    made(JobEvent(0, "calls/0.wav", "completed", seconds=3600.0, usd=0.15))
    made(JobEvent(1, "calls/1.wav", "uploading", sent=5, size=10))
    made(JobEvent(2, "calls/2.wav", "processing", share=0.25))
    for place in (3, 4):
        error = AaiError("It is <b>empty</b>.", hint="Look into it.")
        made(JobEvent(place, f"calls/{place}.wav", "error", message=error.short, error=error))
    return made


def test_traits_are_short_and_follow_the_state(state: BatchState) -> None:
    widget = Dashboard(state)
    assert widget.stages == "dupee"
    assert widget.active == [[1, "5 B of 10 B", 0.5], [2, "25%", 0.25]]
    assert (widget.reasons, widget.failures) == (["It is <b>empty</b>. Look into it."], [[3, 0], [4, 0]])
    assert widget.lengths == [3600, None, None, None, None]
    totals: Any = widget.totals
    assert (totals["done"], totals["failed"], totals["usd_spent"], totals["running"]) == (1, 2, 0.15, True)
    assert not widget.actions
    assert not widget.refresh()
    state(JobEvent(2, "calls/2.wav", "completed"))
    assert widget.refresh()
    assert widget.stages == "dudee"


def test_requests_of_the_page_are_checked(state: BatchState) -> None:
    asked, begun, said = Asked(), [], []
    widget = Dashboard(state, asked, lambda: begun.append(1))
    widget._dispatcher._send = lambda message, buffers: said.append(message)
    for message in (
        {"type": "cancel", "rows": [1]},
        {"type": "cancel"},
        {"type": "retry", "rows": [0, 3]},
        {"type": "retry"},
        {"type": "retry", "rows": [5]},
        {"type": "cancel", "rows": "all"},
        {"type": "cancel", "rows": [1.5, None]},
    ):
        widget._dispatcher.answer(message, [])
    assert asked.calls == [
        ("cancel", [1]),
        ("cancel", [0, 1, 2, 3, 4]),
        ("again", [3]),
        ("again", [3, 4]),
    ]
    assert len(begun) == 2
    assert ["error" in one for one in said] == [False] * 4 + [True] * 3


def test_a_saved_notebook_has_the_summary_and_what_failed(state: BatchState) -> None:
    bundle = static_bundle(state)
    assert bundle["text/plain"].splitlines()[0] == "3 of 5 recordings done, 2 failed"
    assert "calls" not in bundle["text/plain"].splitlines()[1]
    assert "$0.15 spent" in bundle["text/plain"]
    assert "3.wav: It is <b>empty</b>. Look into it." in bundle["text/plain"]
    assert "&lt;b&gt;empty&lt;/b&gt;" in bundle["text/html"]
    assert "<b>empty" not in bundle["text/html"]
