"""Workers that share a store, killed at every boundary: one job a recording, nothing lost."""

from __future__ import annotations

import random
import signal
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aai_jupyter.errors import StoreError, UsageError
from aai_jupyter.jobs.journal import Claim
from aai_jupyter.jobs.recording_document import DocumentCells, RecordingDocuments
from aai_jupyter.jobs.shared_objects import BucketObjects, FolderObjects, PatientObjects, shared_objects
from aai_jupyter.jobs.shared_store import SharedStore
from aai_jupyter.jobs.store import Stored
from tests.examples import some
from tests.faults.kernel import Kernel, Plan
from tests.faults.simulator import Fault, Simulator
from tests.faults.test_kills import _state, _wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

# The document of a recording: 1 claimed and planned, 2 about to be submitted, 3 submitted, 4 completed.
OBJECTS = ["create 1", "create 2", "create 3", "put", "create 4"]
BOUNDARIES = [f"{when} {what}" for what in OBJECTS for when in ("before", "after")]


def plan(simulator: Simulator, tmp_path: Path, sources: list[Path], **more: Any) -> Plan:
    return Plan(simulator.url, tmp_path / "home", tuple(sources), shared=str(tmp_path / "shared"), **more)


def finish(plan: Plan, simulator: Simulator) -> None:
    said = Kernel(replace(plan, at="")).result()
    assert [line[:8] for line in said or []] == ["Words of"] * len(plan.sources)
    assert simulator.paid_twice == {}
    assert len(simulator.jobs) == len(plan.sources)


@pytest.mark.parametrize("at", BOUNDARIES)
def test_a_worker_killed_at_a_boundary(
    simulator: Simulator, recordings: list[Path], tmp_path: Path, at: str
) -> None:
    one = plan(simulator, tmp_path, recordings[:1], at=at)
    assert Kernel(one).result() is None
    finish(one, simulator)


@pytest.mark.parametrize("at", some(BOUNDARIES, "after create 1", "after create 2"))
def test_two_workers_on_one_shard_of_which_one_is_killed(
    simulator: Simulator, recordings: list[Path], tmp_path: Path, at: str
) -> None:
    one = plan(simulator, tmp_path, recordings)
    kernels = [Kernel(replace(one, at=at)), Kernel(one)]
    assert [line[:8] for line in kernels[1].result() or []] == ["Words of"] * 3
    kernels[0].result()
    finish(one, simulator)


def test_a_worker_that_stands_still_is_waited_for(
    simulator: Simulator, recordings: list[Path], tmp_path: Path
) -> None:
    one = plan(simulator, tmp_path, recordings[:1], at="after create 2", does=signal.SIGSTOP)
    stopped = Kernel(one)
    _wait_for(lambda: _state(stopped.pid) == "T")
    other = Kernel(replace(one, at=""))
    time.sleep(1.0)
    assert not simulator.jobs  # its claim is not taken: it lives
    stopped.kill(signal.SIGCONT)
    assert [line[:8] for line in stopped.result() or []] == ["Words of"]
    assert [line[:8] for line in other.result() or []] == ["Words of"]
    assert len(simulator.jobs) == 1


def test_a_second_run_sends_nothing(simulator: Simulator, recordings: list[Path], tmp_path: Path) -> None:
    one = plan(simulator, tmp_path, recordings)
    finish(one, simulator)
    before = Counter(simulator.requests)
    finish(one, simulator)
    assert simulator.requests == before
    again = Kernel(replace(one, use_cache=False, sources=tuple(recordings[:1]))).result()
    assert [line[:8] for line in again or []] == ["Words of"]
    assert len(simulator.jobs) == 4  # asked for anew, and paid anew


def test_an_answer_that_is_lost_is_looked_for(
    simulator: Simulator, recordings: list[Path], tmp_path: Path
) -> None:
    simulator.fault = lambda kind, number, body: Fault(reset=True) if kind == "post" and number == 1 else None
    finish(plan(simulator, tmp_path, recordings), simulator)


def test_a_damaged_result_is_asked_for_again(
    simulator: Simulator, recordings: list[Path], tmp_path: Path
) -> None:
    one = plan(simulator, tmp_path, recordings[:1])
    finish(one, simulator)
    for path in (tmp_path / "shared" / "results").rglob("*"):
        if path.is_file():
            path.write_bytes(b"spoiled")
    finish(one, simulator)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
def test_two_workers_of_which_one_is_killed_at_two_hundred_random_moments(
    simulator: Simulator, recordings: list[Path], tmp_path: Path
) -> None:
    chance = random.Random(20261130)
    for turn in range(200):
        simulator.jobs.clear()
        one = replace(plan(simulator, tmp_path, recordings), shared=str(tmp_path / f"shared {turn}"))
        kernels = [Kernel(one), Kernel(one)]
        time.sleep(chance.uniform(0.0, 0.8))
        kernels[0].kill()
        kernels[0].result()
        said = kernels[1].result()
        assert [line[:8] for line in said or []] == ["Words of"] * 3, (turn, said, kernels[1].exit_code)
        assert simulator.paid_twice == {}, turn
        assert len(simulator.jobs) == 3, turn


# The parts -------------------------------------------------------------------------------------------


@pytest.fixture(params=["folder", "memory"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "folder":
        return shared_objects(tmp_path / "shared")
    pytest.importorskip("fsspec")
    return shared_objects(f"memory://{tmp_path.name}")


def test_an_object_is_created_once(objects: Any) -> None:
    assert objects.read("a/b") is None
    assert (objects.create("a/b", b"first"), objects.create("a/b", b"second")) == (True, False)
    assert objects.read("a/b") == b"first"
    objects.put("a/b", b"third")
    assert objects.read("a/b") == b"third"


def test_a_library_that_passes_over_the_condition_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As those of 2024 did: two machines would hold one claim, and pay for one recording twice."""
    objects = BucketObjects("memory://old-library", {})
    write = objects._system.pipe_file
    monkeypatch.setattr(objects._system, "pipe_file", lambda path, value, mode=None: write(path, value))
    with pytest.raises(UsageError, match="too old"):
        objects.create("claim", b"ours")
    assert objects.read("claim") is None


def test_a_change_runs_again_when_another_was_quicker(objects: Any) -> None:
    documents = RecordingDocuments(objects)
    seen: list[Claim | None] = []

    def work(cells: DocumentCells) -> bool:
        seen.append(cells.claim("k"))
        if len(seen) == 1:
            RecordingDocuments(objects).change("k", lambda other: other.swap_claim("k", None, Claim("b", 1)))
        return cells.swap_claim("k", seen[-1], Claim("a", 2))

    assert documents.change("k", work)
    assert seen == [None, Claim("b", 1)]
    assert documents.read("k").claim == Claim("a", 2)


class Failing:
    """A store whose calls fail at first, after they were done."""

    def __init__(self, objects: Any, times: int) -> None:
        self.objects, self.left = objects, times

    def _do(self, call: Any) -> Any:
        found = call()
        if self.left:
            self.left -= 1
            raise OSError("connection lost")
        return found

    def create(self, name: str, content: bytes) -> bool:
        return self._do(lambda: self.objects.create(name, content))

    def put(self, name: str, content: bytes) -> None:
        self._do(lambda: self.objects.put(name, content))

    def read(self, name: str) -> bytes | None:
        return self._do(lambda: self.objects.read(name))


def test_what_was_created_and_the_answer_lost_is_ours(objects: Any) -> None:
    documents = RecordingDocuments(PatientObjects(Failing(objects, 2)))
    documents._newest["k"] = 0
    assert documents.change("k", lambda cells: cells.swap_claim("k", None, Claim("a", 1)))
    assert documents.read("k").claim == Claim("a", 1)
    assert objects.read("jobs/k/k/2") is None


def test_a_store_that_fails_for_long_says_so(objects: Any) -> None:
    with pytest.raises(StoreError, match="shared store"):
        PatientObjects(Failing(objects, 10**6), seconds=0.3).read("a")


def test_a_damaged_document_is_not_taken_for_none(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    objects.create("jobs/k/k/1", b"{")
    with pytest.raises(StoreError, match="damaged"):
        RecordingDocuments(objects).read("k")


def test_results_come_back_as_they_were(objects: Any) -> None:
    store = SharedStore(objects)
    stored = Stored("id", b'{"text": "a\nb"}', "a.mp3", 5.0)
    store.keep(["k1", "k2"], stored)
    assert store.cached(["none", "k2"]) == stored


class Refused(OSError):
    def __init__(self, **facts: Any) -> None:
        super().__init__("said no")
        self.__dict__.update(facts)


@pytest.mark.parametrize(
    "facts",
    [{"response": {"ResponseMetadata": {"HTTPStatusCode": 412}}}, {"code": 412}, {"status_code": 412}],
)
def test_a_condition_that_does_not_hold_is_told_in_many_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, facts: dict[str, Any]
) -> None:
    pytest.importorskip("fsspec")
    objects: Any = shared_objects(f"memory://{tmp_path.name}")

    def refuse(*arguments: Any, **keywords: Any) -> None:
        raise OSError("translated") from Refused(**facts)

    monkeypatch.setattr(objects._system, "pipe_file", refuse, raising=False)
    assert not objects.create("a", b"mine")
    facts.clear()
    with pytest.raises(OSError, match="translated"):
        objects.create("a", b"mine")


@pytest.mark.parametrize("place", ["sftp://host/x", "http://host/x"])
def test_places_that_create_nothing_on_condition_are_refused(place: str) -> None:
    with pytest.raises(UsageError, match="shared store"):
        shared_objects(place)
