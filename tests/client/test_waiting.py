"""When to look at jobs, and what is never lost while waiting."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter import errors
from aai_jupyter.client.client import Client
from aai_jupyter.client.response_rows import TranscriptPage
from aai_jupyter.client.transcript_data import TranscriptData, decode_page, decode_transcript
from aai_jupyter.client.transcripts.poll_intervals import (
    BATCH,
    MAX_POLLS_PER_SECOND,
    SLOWEST,
    failure_hint,
    look_again_after,
    succeeded,
    sweep_again_after,
)
from aai_jupyter.client.transcripts.poller import Poller

from .scripted import HTML_502, RESET, ScriptedService, reply


class Jobs:
    """A service in memory. A job is queued at the first look, done after `looks` looks."""

    def __init__(self, *ids: str, looks: int = 3) -> None:
        self.left = dict.fromkeys(ids, looks)
        self.requests: Counter[str] = Counter()
        self.trouble: list[errors.AaiError] = []
        self.listing = True
        self.hidden: set[str] = set()

    def status(self, id: str) -> str:
        return "completed" if self.left[id] <= 0 else "processing" if self.left[id] < 3 else "queued"

    async def fetch(self, id: str) -> TranscriptData:
        self.requests["fetch"] += 1
        await self._arrive()
        if id not in self.left:
            raise errors.NotFoundError("no such id")
        self.left[id] -= 1
        return decode_transcript({"id": id, "status": self.status(id), "text": f"text of {id}"})

    async def page(self, before: str | None) -> TranscriptPage:
        self.requests["page"] += 1
        await self._arrive()
        if not self.listing:
            raise errors.NotFoundError("no list here")
        ids = [i for i in reversed(self.left) if i not in self.hidden]
        ids = ids[ids.index(before) + 1 :] if before else ids
        for id in ids[:200]:
            self.left[id] -= 1
        rows = [{"id": i, "status": self.status(i)} for i in ids[:200]]
        return decode_page(
            {"page_details": {"prev_url": "x" if len(ids) > 200 else None}, "transcripts": rows}
        )

    async def _arrive(self) -> None:
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble.pop()

    def poller(self, outage: float = 30.0) -> Poller:
        return Poller(self.fetch, self.page, outage=outage, quickest=0.01)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aai_jupyter.client.transcripts.poll_intervals.BATCH", 0.02)


async def test_one_job_is_asked_for_until_it_is_done() -> None:
    jobs = Jobs("a")
    seen: list[str] = []
    data = await jobs.poller().wait("a", on_status=lambda status, elapsed: seen.append(status))
    assert data.text == "text of a"
    assert seen == ["processing", "processing", "completed"]
    assert jobs.requests == {"fetch": 3}


async def test_many_jobs_share_pages_of_the_list() -> None:
    ids = [f"j{i}" for i in range(500)]
    jobs = Jobs(*ids, looks=5)
    poller = jobs.poller()
    seen: Counter[str] = Counter()

    def note(status: str, elapsed: float) -> None:
        seen[status] += 1

    found = await asyncio.gather(*(poller.wait(id, on_status=note) for id in ids))
    assert [data.id for data in found] == ids
    assert jobs.requests["fetch"] == 500  # each result once
    assert jobs.requests["page"] <= 5 * 3 + 3
    assert seen["completed"] == 500
    assert seen["processing"] > 500


async def test_a_job_that_the_list_does_not_show_is_asked_for() -> None:
    jobs = Jobs(*"abcdef")
    jobs.hidden = {"b", "e"}
    poller = jobs.poller()
    found = await asyncio.gather(*map(poller.wait, "abcdef"))
    assert [data.id for data in found] == list("abcdef")


async def test_a_host_without_a_list_is_asked_for_each_job() -> None:
    jobs = Jobs(*"abcdef")
    jobs.listing = False
    poller = jobs.poller()
    found = await asyncio.gather(*map(poller.wait, "abcdef"))
    assert [data.id for data in found] == list("abcdef")
    assert jobs.requests["page"] == 1


@pytest.mark.parametrize("ids", ["a", "abcdef"])
async def test_an_outage_is_sat_out(ids: str) -> None:
    jobs = Jobs(*ids)
    jobs.trouble = [errors.NetworkError("gone"), errors.ServerError("502"), errors.RateLimitError("429")]
    poller = jobs.poller()
    assert len(await asyncio.gather(*map(poller.wait, ids))) == len(ids)


@pytest.mark.parametrize("ids", ["a", "abcdef"])
async def test_a_lasting_outage_gives_every_id_back(ids: str) -> None:
    jobs = Jobs(*ids)
    jobs.trouble = [errors.NetworkError("gone") for _ in range(1000)]
    poller = jobs.poller(outage=0.1)
    found = await asyncio.gather(*map(poller.wait, ids), return_exceptions=True)
    assert [type(error) for error in found] == [errors.NetworkError] * len(ids)
    assert [error.transcript_id for error in found] == list(ids)
    jobs.trouble.clear()
    assert (await poller.wait("a")).id == "a"  # and waiting can begin again


@pytest.mark.parametrize("ids", ["a", "abcdef"])
async def test_what_is_wrong_on_this_machine_is_not_sat_out(ids: str) -> None:
    jobs = Jobs(*ids)
    wrong = errors.NetworkError("HTTPS_PROXY is not the address of a proxy.", hint="Correct it.")
    wrong.lasting = True
    jobs.trouble = [wrong]
    found = await asyncio.gather(*map(jobs.poller(outage=1e6).wait, ids), return_exceptions=True)
    assert [(type(error), error.hint) for error in found] == [(errors.NetworkError, "Correct it.")] * len(ids)


async def test_a_withdrawn_key_ends_all_waits() -> None:
    jobs = Jobs(*"abcdef")
    jobs.trouble = [errors.AuthenticationError("no")]
    poller = jobs.poller()
    found = await asyncio.gather(*map(poller.wait, "abcdef"), return_exceptions=True)
    assert {type(error) for error in found} == {errors.AuthenticationError}


async def test_an_unknown_id_fails_alone() -> None:
    jobs = Jobs(*"abcde")
    poller = jobs.poller()
    found = await asyncio.gather(*map(poller.wait, ["x", *"abcde"]), return_exceptions=True)
    assert isinstance(found[0], errors.NotFoundError)
    assert found[0].transcript_id == "x"
    assert all(isinstance(data, TranscriptData) for data in found[1:])


async def test_two_can_wait_for_one_job_and_one_may_leave() -> None:
    jobs = Jobs("a", looks=10)
    poller = jobs.poller()
    first, second = (asyncio.create_task(poller.wait("a")) for _ in range(2))
    await asyncio.sleep(0.03)
    first.cancel()
    assert (await second).id == "a"
    assert first.cancelled()
    assert jobs.requests["fetch"] == 10


async def test_nothing_is_asked_once_nobody_waits() -> None:
    jobs = Jobs("a", looks=1000)
    poller = jobs.poller()
    task = asyncio.create_task(poller.wait("a"))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.sleep(0.05)
    asked = jobs.requests.total()
    await asyncio.sleep(0.05)
    assert jobs.requests.total() == asked
    jobs.left["a"] = 1
    assert (await poller.wait("a")).id == "a"  # the wait is taken up again by id


async def test_a_fault_in_a_callback_goes_to_its_owner_alone() -> None:
    jobs = Jobs(*"abcdef")
    poller = jobs.poller()

    def broken(status: str, elapsed: float) -> None:
        raise ZeroDivisionError

    found = await asyncio.gather(
        *(poller.wait(id, on_status=broken if id == "a" else None) for id in "abcdef"), return_exceptions=True
    )
    assert isinstance(found[0], ZeroDivisionError)
    assert all(isinstance(data, TranscriptData) for data in found[1:])


async def test_closing_ends_the_waits() -> None:
    poller = Jobs("a", looks=1000).poller()
    task = asyncio.create_task(poller.wait("a"))
    await asyncio.sleep(0.03)
    await poller.aclose()
    with pytest.raises(asyncio.CancelledError):
        await task


# -- over a socket -----------------------------------------------------------------------------------------


async def test_waiting_survives_what_ends_the_official_client(
    service: ScriptedService, client: Client
) -> None:
    states = [reply({"id": "t1", "status": s}) for s in ("queued", "processing")]
    done = reply({"id": "t1", "status": "completed", "text": "Hello."})
    service.on("GET", "/v2/transcript/t1", states[0], HTML_502, RESET, states[1], reply(b"<html>"), done)
    assert (await client.transcripts.wait("t1", duration=1.0)).text == "Hello."


async def test_a_failed_job_raises_with_its_reason_and_id(service: ScriptedService, client: Client) -> None:
    failed = {"id": "t1", "status": "error", "error": "Audio duration is too short."}
    service.on("GET", "/v2/transcript/t1", reply(failed))
    with pytest.raises(errors.TranscriptionFailedError) as caught:
        await client.transcripts.wait("t1")
    assert caught.value.lines() == [
        "The transcription failed.",
        "  “Audio duration is too short.” (transcript t1)",
        "  → The service needs at least 160 ms of audio.",
    ]
    assert (await client.transcripts.get("t1")).error == "Audio duration is too short."


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        ("Download error, unable to download https://x. Please make sure the file exists", "fetch the URL"),
        ("Download error to https://a.b, 403 Client Error: Forbidden for url: https://a.b", "fetch the URL"),
        ("File does not appear to contain audio. File type is text/html (HTML document)", "web page"),
        ("Transcoding failed. File does not appear to contain audio. File type is a/octet", "ffmpeg"),
        ("Transcoding failed. File type application/json", "text, not sound"),
        ("Audio duration is too short.", "160 ms"),
        ("Audio speech threshold 0.9 is below the requested speech threshold value 1.0", "speech_threshold"),
        ("detected language 'bg', confidence 0.2, is below the requested confidence threshold value",
         "language_confidence_threshold"),
        ("language_detection cannot be performed on files with no spoken audio.", "on_no_speech_detected"),
        ("Server error, developers have been alerted", "status.assemblyai.com"),
        ("The local engine failed: TypeError: open() got an unexpected argument", "engine-*.log"),
    ],
)  # fmt: skip
def test_each_known_reason_has_advice(error: str, hint: str) -> None:
    assert hint in (failure_hint(error) or "")
    with pytest.raises(errors.TranscriptionFailedError):
        succeeded(decode_transcript({"id": "t", "status": "error", "error": error}))


def test_an_unknown_or_missing_reason_is_shown_as_it_is() -> None:
    assert failure_hint("Something new") is None
    with pytest.raises(errors.TranscriptionFailedError, match="no reason given"):
        succeeded(decode_transcript({"id": "t", "status": "error", "error": None}))


# -- the times ---------------------------------------------------------------------------------------------


@given(st.floats(0, 1e6), st.none() | st.floats(0, 4e4), st.sampled_from([0.2, 0.5]))
def test_looks_are_quick_at_first_and_never_rare(
    elapsed: float, duration: float | None, quickest: float
) -> None:
    wait = look_again_after(elapsed, duration, quickest=quickest)
    assert quickest <= wait <= SLOWEST
    assert wait <= look_again_after(elapsed + 10, duration, quickest=quickest)
    assert look_again_after(elapsed, None, quickest=quickest) <= wait


@given(st.integers(1, 100_000), st.integers(1, 500), st.floats(0, SLOWEST))
def test_sweeps_keep_below_the_rate(jobs: int, requests: int, soonest: float) -> None:
    wait = sweep_again_after(jobs, requests, soonest)
    assert requests / wait <= MAX_POLLS_PER_SECOND + 1e-6
    assert MAX_POLLS_PER_SECOND * 300 < 20_000 / 2


def test_a_full_batch_is_cheap_and_prompt() -> None:
    assert BATCH <= 1.0
    for jobs in (200, 1000):
        wait = sweep_again_after(jobs, jobs // 200, SLOWEST)
        assert wait <= 1.0  # seen half of that late on average
        assert jobs / 200 / wait / jobs < 0.1


def test_a_days_wait_for_one_job_costs_few_requests() -> None:
    now, looks = 0.0, 0
    while now < 600:
        now += look_again_after(now, 36_000)
        looks += 1
    assert looks < 100


def test_statuses_that_are_new_are_waited_on() -> None:
    data: Any = decode_transcript({"id": "t", "status": "paused"})
    assert succeeded(data) is data
