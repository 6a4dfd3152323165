"""Kernels that are killed, or stopped, at every boundary: nothing lost, nothing paid twice."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.examples import some
from tests.faults.kernel import Kernel, Plan
from tests.faults.simulator import Fault, Simulator
from tests.faults.test_spoiled_answers import SPOILED

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

STEPS = ("take", "submitting", "submitted", "completed")
COMMITS = [f"{when} commit {step}" for step in STEPS for when in ("before", "after")]
REQUESTS = [
    f"{kind} {when}"
    for kind in ("list", "upload", "post", "get")
    for when in ("received", "taken", "answered")
]
NETWORK = "nfs4"


def plan(simulator: Simulator, tmp_path: Path, sources: list[Path], **more: Any) -> Plan:
    return Plan(simulator.url, tmp_path / "home", tuple(sources), **more)


def finish(plan: Plan, simulator: Simulator, most: int = 3) -> None:
    """The same batch once more, by a kernel that lives; nothing may be lost or paid twice."""
    said: list[str] | None = None
    for _ in range(most):
        said = Kernel(replace(plan, at="", clock=0.0, largest_file=None)).result()
        if said and all(line.startswith("Words of") for line in said):
            break
    assert said is not None
    assert [line[:8] for line in said] == ["Words of"] * len(plan.sources)
    assert simulator.paid_twice == {}
    assert len(simulator.jobs) == len(plan.sources)


@pytest.mark.parametrize(
    ("at", "network"),
    some(
        [(at, network) for at in COMMITS for network in ("", NETWORK)],
        *[(at, "") for at in COMMITS],
        *[("after commit submitting", NETWORK), ("before commit submitted", NETWORK)],
    ),
)
def test_killed_at_a_commit(
    simulator: Simulator, recordings: list[Path], tmp_path: Path, at: str, network: str
) -> None:
    one = plan(simulator, tmp_path, recordings[:1], at=at, network=network)
    assert Kernel(one).result() is None
    finish(one, simulator)


@pytest.mark.parametrize("at", some(REQUESTS, "upload taken", "post received", "post taken", "post answered"))
def test_killed_at_a_request(simulator: Simulator, recordings: list[Path], tmp_path: Path, at: str) -> None:
    one = plan(simulator, tmp_path, recordings[:1])
    kernel = Kernel(one)
    first = threading.Event()

    def kill(name: str) -> None:
        if name == at and not first.is_set():
            first.set()
            kernel.kill()

    simulator.on_boundary = kill
    kernel.result()
    simulator.on_boundary = lambda name: None
    assert first.is_set()
    finish(one, simulator)


@pytest.mark.parametrize("at", ["after commit take", "after commit submitting"])
def test_one_that_stands_still_before_it_posts_does_not_pay_beside_another(
    simulator: Simulator, recordings: list[Path], tmp_path: Path, at: str
) -> None:
    one = plan(simulator, tmp_path, recordings[:1], at=at, does=signal.SIGSTOP)
    stopped = Kernel(one)
    _wait_for(lambda: _state(stopped.pid) == "T")
    other = Kernel(replace(one, at=""))
    time.sleep(1.0)
    assert not simulator.jobs  # its claim is not taken: it lives
    stopped.kill(signal.SIGCONT)
    assert [line[:8] for line in stopped.result() or []] == ["Words of"]
    assert [line[:8] for line in other.result() or []] == ["Words of"]
    assert len(simulator.jobs) == 1


@pytest.mark.parametrize("offset", some([-60.0, 60.0, -100 * 86400.0, 100 * 86400.0], -60.0, 100 * 86400.0))
def test_two_kernels_whose_clocks_differ_pay_once(
    simulator: Simulator, recordings: list[Path], tmp_path: Path, offset: float
) -> None:
    one = plan(simulator, tmp_path, recordings)
    kernels = [Kernel(one), Kernel(replace(one, clock=offset))]
    said = [kernel.result() for kernel in kernels]
    assert [[line[:8] for line in lines or []] for lines in said] == [["Words of"] * 3] * 2
    assert len(simulator.jobs) == 3


@pytest.mark.parametrize(
    ("offset", "use_cache"),
    some(
        [(offset, use) for offset in (-3600.0, -2.0, 100 * 86400.0) for use in (True, False)],
        *[(-3600.0, False), (100 * 86400.0, True)],
    ),
)
def test_the_clock_is_set_in_the_middle(
    simulator: Simulator, recordings: list[Path], tmp_path: Path, offset: float, use_cache: bool
) -> None:
    one = plan(
        simulator, tmp_path, recordings, clock=offset, clock_at="after commit submitted", use_cache=use_cache
    )
    assert [line[:8] for line in Kernel(one).result() or []] == ["Words of"] * 3
    assert len(simulator.jobs) == 3


def test_killed_before_the_id_is_journalled_and_the_clock_set_back(
    simulator: Simulator, recordings: list[Path], tmp_path: Path
) -> None:
    one = plan(simulator, tmp_path, recordings[:1], at="before commit submitted")
    assert Kernel(one).result() is None
    said = Kernel(replace(one, at="", clock=-86400.0)).result()
    assert [line[:8] for line in said or []] == ["Words of"]
    assert len(simulator.jobs) == 1


def test_four_kernels_of_which_one_is_killed(
    simulator: Simulator, recordings: list[Path], tmp_path: Path
) -> None:
    simulator.fault = lambda kind, number, body: Fault(reset=True) if kind == "post" and number == 2 else None
    one = plan(simulator, tmp_path, recordings)
    kernels = [Kernel(one) for _ in range(3)] + [Kernel(replace(one, at="after commit take"))]
    for kernel in kernels[:3]:
        assert [line[:8] for line in kernel.result() or []] == ["Words of"] * 3
    kernels[3].result()
    assert len(simulator.jobs) == 3


# -- the long form: make nightly -----------------------------------------------------------------------


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("network", ["", NETWORK])
def test_two_kernels_killed_at_two_hundred_random_moments(
    simulator: Simulator, recordings: list[Path], tmp_path: Path, network: str
) -> None:
    chance = random.Random(20261130)
    for turn in range(200):
        home = tmp_path / f"home {turn}"
        simulator.jobs.clear()
        one = Plan(simulator.url, home, tuple(recordings), network=network)
        kernels = [Kernel(one), Kernel(one)]
        time.sleep(chance.uniform(0.0, 0.8))
        kernels[0].kill()
        kernels[0].result()
        began = time.monotonic()
        said = kernels[1].result()
        assert [line[:8] for line in said or []] == ["Words of"] * 3, (turn, said)
        assert time.monotonic() - began < 60, turn  # a claim that is not taken over would be waited for
        assert simulator.paid_twice == {}, turn
        assert len(simulator.jobs) == 3, turn


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", SPOILED)
@pytest.mark.parametrize("at", COMMITS)
def test_killed_at_a_commit_after_a_spoiled_answer(
    simulator: Simulator, recordings: list[Path], tmp_path: Path, at: str, name: str
) -> None:
    simulator.fault = lambda kind, number, body: SPOILED[name] if kind == "post" and number == 1 else None
    one = plan(simulator, tmp_path, recordings[:1], at=at)
    Kernel(one).result()
    finish(one, simulator, most=4)


def _state(pid: int) -> str:
    text = Path(f"/proc/{pid}/stat").read_text() if sys.platform == "linux" else ""
    return text.rpartition(")")[2].split()[0] if text else os.popen(f"ps -o state= -p {pid}").read()[:1]


def _wait_for(ready: Any) -> None:
    until = time.monotonic() + 30
    while not ready():
        assert time.monotonic() < until
        time.sleep(0.01)
