"""Every answer of the service spoiled in every way: nothing lost, nothing paid twice, no hang."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from aai_jupyter.client.retry import RetryPolicy
from tests.examples import some
from tests.faults.kernel import QUICK, Plan, transcribe
from tests.faults.simulator import Fault, Simulator

PAGE = b"<html><title>Bad gateway</title></html>"
SPOILED = {
    "reset": Fault(reset=True),
    "reset before": Fault(taken=False, reset=True),
    "cut": Fault(cut=7),
    "empty": Fault(status=200),
    "garbage": Fault(status=200, body=b"\x00\xff\xfe{"),
    "wrong type": Fault(status=200, body=b'["a list"]'),
    "a page": Fault(status=200, body=PAGE),
    "null id": Fault(status=200, body=b'{"id": null}'),
    "redirect": Fault(status=302, headers="Location: https://login.example/\r\n"),
    "late": Fault(late=0.3),
    **{f"{status}": Fault(status=status, body=PAGE) for status in (408, 425, 429, 500, 502, 503, 504)},
    "503 in JSON": Fault(status=503, body=b'{"message": "Service Unavailable"}'),
    "503 with an error": Fault(status=503, body=b'{"error": "overloaded"}'),
    "429 empty": Fault(status=429, headers="Retry-After: 0\r\n"),
    "403 of a proxy": Fault(status=403, body=PAGE),
    "404 of a proxy": Fault(status=404, body=PAGE),
    "500 before": Fault(taken=False, status=500, body=PAGE),
}


async def runs(plan: Plan, most: int = 4) -> list[str]:
    """Run a batch again until all is there, as people do."""
    said: list[str] = []
    for _ in range(most):
        said = await asyncio.wait_for(transcribe(plan), 30)
        assert not any("RAW" in line for line in said)
        if all(line.startswith("Words of") for line in said):
            break
    return said


SHORT = ("reset", "reset before", "garbage", "null id", "redirect", "503", "429 empty", "503 with an error")
CALLS = [(call, name) for call in ("list", "upload", "get") for name in SPOILED]


@pytest.mark.parametrize("name", some(SPOILED, *SHORT))
async def test_a_spoiled_answer_to_a_submission_costs_nothing(
    simulator: Simulator, recordings: list[Path], tmp_path: Path, name: str
) -> None:
    simulator.fault = lambda kind, number, body: SPOILED[name] if kind == "post" and number <= 2 else None
    said = await runs(Plan(simulator.url, tmp_path / "home", tuple(recordings)))
    assert [line[:8] for line in said] == ["Words of"] * 3
    assert simulator.paid_twice == {}
    assert len(simulator.jobs) == 3


@pytest.mark.parametrize(
    ("call", "name"),
    some(CALLS, ("list", "503"), ("upload", "reset"), ("get", "cut"), ("get", "404 of a proxy")),
)
async def test_a_spoiled_answer_to_anything_else_costs_nothing(
    simulator: Simulator, recordings: list[Path], tmp_path: Path, call: str, name: str
) -> None:
    simulator.fault = lambda kind, number, body: SPOILED[name] if kind == call and number == 1 else None
    said = await runs(Plan(simulator.url, tmp_path / "home", tuple(recordings)))
    assert [line[:8] for line in said] == ["Words of"] * 3
    assert simulator.paid_twice == {}


@pytest.mark.parametrize("ident", ["nonsense", "../../x", 7])
async def test_a_job_that_is_told_under_another_id_is_found(
    simulator: Simulator, recordings: list[Path], tmp_path: Path, ident: object
) -> None:
    other = Fault(status=200, body=json.dumps({"id": ident, "status": "queued"}).encode())
    simulator.fault = lambda kind, number, body: other if kind == "post" and number == 1 else None
    said = await runs(Plan(simulator.url, tmp_path / "home", tuple(recordings[:1])))
    assert said[0].startswith("Words of")
    assert len(simulator.jobs) == 1


async def test_the_answer_to_another_submission_is_not_taken(
    simulator: Simulator, recordings: list[Path], tmp_path: Path
) -> None:
    """A proxy that keeps answers gives the first one again."""
    first = Fault(status=200, body=b'{"id": "job-0", "status": "queued"}')
    simulator.fault = lambda kind, number, body: first if kind == "post" and number > 1 else None
    said = await runs(Plan(simulator.url, tmp_path / "home", tuple(recordings)))
    assert len(set(said)) == 3
    assert all(line.startswith("Words of") for line in said)
    assert len(simulator.jobs) == 3


async def test_a_replica_that_lags_is_waited_for(
    simulator: Simulator, recordings: list[Path], tmp_path: Path
) -> None:
    simulator.get_lag = 0.3
    said = await runs(Plan(simulator.url, tmp_path / "home", tuple(recordings)), most=1)
    assert [line[:8] for line in said] == ["Words of"] * 3
    assert len(simulator.jobs) == 3


@pytest.mark.parametrize("files", some([1, 3], 1))
async def test_a_job_that_never_shows_is_not_submitted_again(
    simulator: Simulator, recordings: list[Path], tmp_path: Path, files: int
) -> None:
    simulator.get_lag = 1e6
    plan = Plan(simulator.url, tmp_path / "home", tuple(recordings[:files]))
    said = await runs(plan, most=1)
    assert all("not submitted again" in line for line in said)
    assert len(simulator.jobs) == files
    for _ in range(3):
        await runs(plan, most=1)
    assert len(simulator.jobs) <= 2 * files
    simulator.get_lag = 0.0
    assert [line[:8] for line in await runs(plan)] == ["Words of"] * files
    assert len(simulator.jobs) <= 2 * files


async def test_a_job_that_was_deleted_is_made_again_once(
    simulator: Simulator, recordings: list[Path], tmp_path: Path
) -> None:
    simulator.processing = 1e6
    plan = Plan(simulator.url, tmp_path / "home", tuple(recordings[:1]))
    task = asyncio.create_task(transcribe(plan))
    while not simulator.requests["get"]:  # noqa: ASYNC110 - the service is another thread
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    simulator.processing = 0.0
    simulator.lost = {"job-0"}
    assert [line[:8] for line in await runs(plan, most=1)] == ["Words of"]
    assert len(simulator.jobs) == 2


async def test_a_job_that_the_list_shows_late_is_found(
    simulator: Simulator, recordings: list[Path], tmp_path: Path
) -> None:
    """By default 20 seconds are not too late: the looks end after 30."""
    simulator.list_lag = 20 * QUICK.settle / RetryPolicy.settle
    simulator.fault = lambda kind, number, body: Fault(reset=True) if kind == "post" else None
    said = await runs(Plan(simulator.url, tmp_path / "home", tuple(recordings)), most=1)
    assert [line[:8] for line in said] == ["Words of"] * 3
    assert len(simulator.jobs) == 3


@pytest.mark.parametrize(
    "there", [{"speaker_labels": True}, {"redact_pii": True, "redact_pii_policies": ["x"]}]
)
async def test_only_the_job_that_was_asked_for_is_adopted(
    simulator: Simulator, recordings: list[Path], tmp_path: Path, there: dict[str, object]
) -> None:
    """Two kernels with two sets of options on the same upload, all answers lost."""
    lose = Fault(reset=True)
    home = tmp_path / "home"
    plain = Plan(simulator.url, home, tuple(recordings))
    other = Plan(simulator.url, home, tuple(recordings), options={"disfluencies": True})
    await runs(plain)
    simulator.fault = lambda kind, number, body: lose if kind == "post" and number % 2 else None
    options = {**there, "redact_pii_policies": ["person_name"]} if "redact_pii" in there else there
    asked = Plan(simulator.url, home, tuple(recordings), options=options)
    said = await asyncio.gather(runs(asked), runs(other))
    assert all(line.startswith("Words of") for lines in said for line in lines)
    assert len(simulator.jobs) == 9
    assert simulator.paid_twice == {}


async def test_no_more_than_two_submissions_are_made_in_one_call(
    simulator: Simulator, recordings: list[Path], tmp_path: Path
) -> None:
    simulator.list_lag = 1e6
    simulator.fault = lambda kind, number, body: Fault(status=503, body=PAGE) if kind == "post" else None
    said = await asyncio.wait_for(
        transcribe(Plan(simulator.url, tmp_path / "home", tuple(recordings[:1]))), 30
    )
    assert "first looks" in said[0]
    assert len(simulator.jobs) <= 2


@pytest.mark.parametrize("moment", [0.0, 0.02, 0.05, 0.1, 0.2])
async def test_a_call_that_was_interrupted_leaves_no_claim(
    simulator: Simulator, recordings: list[Path], tmp_path: Path, moment: float
) -> None:
    """Its process lives, so nobody else could ever take it."""
    simulator.fault = lambda kind, number, body: Fault(late=0.1)
    plan = Plan(simulator.url, tmp_path / "home", tuple(recordings))
    task = asyncio.create_task(transcribe(plan))
    await asyncio.sleep(moment)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [line[:8] for line in await runs(plan, most=1)] == ["Words of"] * 3
    assert simulator.paid_twice == {}
