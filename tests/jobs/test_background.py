"""Jobs in the background: cells go on, results come one by one, what is not wanted any more ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import aai_jupyter as aai
from aai_jupyter.api import background_run
from aai_jupyter.api.background_run import RunningJobs
from aai_jupyter.jobs.batch_state import BatchState
from aai_jupyter.jobs.job_events import JobEvent
from aai_jupyter.runtime.process import runtime
from tests.jobs.conftest import Service, speech
from tests.local.conftest import wait_for

EN: Any = {"language_code": "en"}


@pytest.fixture
def calls(logged_in: Service, in_folder: Path) -> Service:
    (in_folder / "calls").mkdir()
    for name in ("ann", "ben", "cleo"):
        (in_folder / f"calls/{name}.wav").write_bytes(speech(f"My name is {name}."))
    return logged_in


async def test_the_call_returns_at_once_and_is_awaited_later(calls: Service) -> None:
    calls.reader.hold.set()
    job = await aai.transcribe_async("calls", wait=False, tag="x", **EN)
    assert (len(job), job.progress.running, job.progress.total) == (3, True, 3)
    assert [run.call.given.tag for run in runtime().part(RunningJobs).running] == ["x"]
    assert len(job.partial) == 0
    calls.reader.hold.clear()
    found = await job
    assert isinstance(found, aai.TranscriptSet)
    assert found.sources == [str(Path("calls", f"{name}.wav")) for name in ("ann", "ben", "cleo")]
    assert job.status() == "completed"
    assert job.frame.state.tolist() == ["completed"] * 3
    assert str(job.progress).startswith("3 of 3 recordings")
    assert not runtime().part(RunningJobs).running


def test_one_in_the_background_says_how_far_it_is_and_what_can_be_done(calls: Service) -> None:
    calls.reader.hold.set()
    job = aai.transcribe("calls/ann.wav", wait=False, **EN)
    assert job.id
    shown = job._repr_mimebundle_()
    assert "ann.wav" in shown["text/plain"]
    assert str(job.id) in shown["text/html"]
    assert "job.result() waits" in shown["text/plain"]
    calls.reader.hold.clear()
    job.result()
    assert job._repr_mimebundle_()["text/plain"].startswith("ann.wav: done")
    bad = aai.transcribe(b"RIFF....WAVE\xff\xfe\xff", wait=False, **EN)
    with pytest.raises(aai.AaiError):
        bad.result()
    assert "job.retry_failed() tries again" in bad._repr_mimebundle_()["text/plain"]


def test_what_is_finished_is_there_before_the_rest(calls: Service) -> None:
    first = aai.transcribe("calls/ann.wav", **EN)
    calls.reader.hold.set()
    job = aai.transcribe(["calls/ann.wav", "calls/ben.wav", "gone.wav"], wait=False, **EN)
    wait_for(lambda: len(job.partial) == 1 and len(job.partial.failed) == 1)
    assert job.partial.ids == [first.id]
    assert job.partial.words.source.tolist()
    assert job.frame.set_index("source").loc["gone.wav", "state"] == "error"
    calls.reader.hold.clear()
    assert len(job.result()) == 2
    again = job.retry_failed()
    assert again is job
    assert len(again.result().failed) == 1
    Path("gone.wav").write_bytes(speech("Here."))
    assert len(aai.transcribe(["gone.wav"], **EN)) == 1


def test_one_that_is_cancelled_ends_and_the_others_go_on(calls: Service) -> None:
    calls.reader.hold.set()
    job = aai.transcribe("calls", wait=False, **EN)
    assert all(one.id for one in job)
    job[1].cancel()
    assert calls.engine.client.get(f"/v2/transcript/{job.ids[1]}").json()["text"] == "Deleted by user."
    with pytest.raises(aai.AaiError, match=r"ben\.wav was cancelled"):
        job[1].result()
    calls.reader.hold.clear()
    found = job.result()
    assert [Path(str(source)).stem for source in found.sources] == ["ann", "cleo"]
    assert found.failed.message[0].endswith("was cancelled.")
    assert set(aai.jobs_frame().state) == {"completed", "failed"}
    assert len(found.retry_failed()) == 3


def test_all_of_it_is_cancelled(calls: Service) -> None:
    calls.reader.hold.set()
    job = aai.transcribe("calls", wait=False, **EN)
    job.cancel()
    assert not job.progress.running
    assert len(job.result().failed) == 3
    calls.reader.hold.clear()
    assert len(aai.transcribe("calls", **EN)) == 3


def test_what_was_cut_off_is_taken_up_by_its_result(calls: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background_run, "CLOSING_SECONDS", 60.0)  # a busy machine sends slowly
    calls.reader.hold.set()
    job = aai.transcribe("calls", wait=False, **EN)
    runtime().close()  # as %unload_ext does: what is being sent is submitted first
    assert calls.made == 3
    calls.reader.hold.clear()
    assert len(job.result()) == 3
    assert calls.made == 3


def test_a_wrong_key_is_told_by_the_result(calls: Service) -> None:
    aai.settings.login("wrong-key-of-somebody")
    job = aai.transcribe("calls", wait=False, **EN)
    with pytest.raises(aai.AuthenticationError):
        job.result()


async def test_who_stops_waiting_does_not_end_the_work(calls: Service) -> None:
    calls.reader.hold.set()
    job = aai.transcribe("calls", wait=False, **EN)
    waiting = asyncio.ensure_future(job.result_async())
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(aai.StoppedWaiting):
        await waiting
    calls.reader.hold.clear()
    assert len(await job) == 3


def test_progress_counts_minutes_and_time_left() -> None:
    now = [100.0]
    clock: Callable[[], float] = lambda: now[0]  # noqa: E731
    state = BatchState(["a", "b", "c", "d"], lambda seconds: seconds / 3600, clock)
    assert state.progress().seconds_left is None
    for place, seconds in enumerate((60.0, 60.0, 120.0)):
        state(JobEvent(place, "x", "checking", seconds=seconds))
    now[0] += 10
    state(JobEvent(0, "a", "completed", seconds=60.0, usd=0.5))
    state(JobEvent(1, "b", "cached"))
    state(JobEvent(2, "c", "processing", share=0.5))
    found = state.progress()
    assert (found.done, found.cached, found.failed, found.total) == (2, 1, 0, 4)
    assert (found.seconds, found.seconds_done, found.usd_spent) == (240.0, 120.0, 0.5)
    assert found.rate == pytest.approx(12.0)  # 120 s of sound in 10 s, what was known left out
    assert found.seconds_left == pytest.approx((60 + 120 + 80 - 120) / 12)
    state(JobEvent(2, "c", "error", error=aai.AaiError("No.", hint="Do.")))
    assert state.rows[2].remedy == "Do."
    state.stop()
    assert not state.progress().running
