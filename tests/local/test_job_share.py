"""How far a job is, how long it takes by its pace, how it stops; what faults of the machine are called."""

import errno
import threading
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.errors import EngineError
from aai_jupyter.local.errors import told
from aai_jupyter.local.job_share import JobShare
from aai_jupyter.local.models.failures import Cancelled
from aai_jupyter.text.readable_numbers import about


@given(st.lists(st.tuples(st.floats(0, 1.2), st.floats(0, 100)), max_size=20))
def test_a_share_only_grows_and_time_left_is_never_negative(steps: list[tuple[float, float]]) -> None:
    share, now, last = JobShare(threading.Event(), now=0.0), 0.0, 0.0
    for done, passed in steps:
        now += passed
        share(done, now=now)
        shown = share.shown(now=now + 1)
        assert 1 >= shown["share"] >= last
        assert shown["seconds_left"] is None or shown["seconds_left"] >= 0
        last = shown["share"]


@pytest.mark.parametrize("number", [np.float64, np.float32])
def test_a_share_of_numpy_can_be_sent(number: Callable[[float], Any]) -> None:
    """Recognisers count in numpy's numbers; the route that tells the progress writes JSON."""
    share = JobShare(threading.Event(), now=0.0)
    share(number(0.5), now=number(1.0))
    assert msgspec.json.decode(msgspec.json.encode(share.shown(now=1.0)))["share"] == 0.5


def test_time_left_that_has_run_out_is_not_told() -> None:
    share = JobShare(threading.Event(), now=0.0)
    share(0.5, now=10.0)
    assert [share.shown(now=now)["seconds_left"] for now in (10.0, 15.0, 21.0)] == [10, 5, None]
    share(0.6, now=30.0)
    assert share.shown(now=30.0)["seconds_left"] == 20


def test_of_next_to_nothing_nobody_tells_the_time_left() -> None:
    share = JobShare(threading.Event(), now=0.0)
    share(1e-308, now=2.0)
    assert share.shown(now=3.0)["seconds_left"] is None


def test_time_left_counts_down_between_steps() -> None:
    share = JobShare(threading.Event(), now=0.0)
    assert share.shown(now=5.0)["seconds_left"] is None
    share(0.1, now=10.0)
    assert [share.shown(now=at)["seconds_left"] for at in (10.0, 20.0, 99.7)] == [90, 80, 1]
    share(1.0, now=50.0)
    assert share.shown(now=50.0)["seconds_left"] == 0


def test_a_job_that_is_to_stop_stops_at_its_next_step() -> None:
    stop = threading.Event()
    share = JobShare(stop)
    share(0.1)
    stop.set()
    with pytest.raises(Cancelled):
        share(0.2)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            EngineError("The weights are not installed.", hint='pip install "x"'),
            'installed. Install: pip install "x"',
        ),
        (EngineError("No such model.", hint="Use base."), "No such model. Use base."),
        (ImportError("No module named 'av'", name="av"), 'needs av. Install: pip install "aai-jupyter[local'),
        (MemoryError(), "not enough memory"),
        (OSError(errno.ENOSPC, "No space left on device", "/data/x"), "cannot write /data/x: No space left"),
        (PermissionError(errno.EACCES, "Permission denied", "/data"), "AAI_JUPYTER_HOME"),
    ],
)
def test_faults_of_the_machine_say_what_to_do(error: BaseException, says: str) -> None:
    found = told(error)
    assert found is not None
    assert says in found


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), OSError(errno.ENOENT, "no such file")])
def test_defects_of_ours_are_not_explained_away(error: BaseException) -> None:
    assert told(error) is None


@given(st.floats(0, 1e6))
def test_times_that_are_estimated_are_short(seconds: float) -> None:
    assert len(about(seconds)) < 16
