"""Batches against a real server: nothing lost, nothing paid twice, each source its own result or error."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace

import pytest

from aai_jupyter.errors import AuthenticationError, NetworkError, StoppedWaiting, TranscriptionFailedError
from aai_jupyter.jobs import recording_work
from aai_jupyter.jobs.journal import COMPLETED, FAILED, PLANNED, SUBMITTED, SUBMITTING
from aai_jupyter.jobs.store import Store
from aai_jupyter.settings.endpoint import ApiKey
from tests.jobs.conftest import Service, speech
from tests.local.conftest import KEY, OTHER_KEY, wait_for

GOOD, OTHER = speech("Good morning all."), speech("Something else.")
BAD = b"RIFF....WAVE" + b"\xff\xfe" * 20
NEW_JOB = ["checking", "uploading", "submitted", "queued", "processing", "completed"]


def states(service: Service) -> list[str]:
    store = Store(service.home)
    try:
        return [job.state for job in store.jobs()]
    finally:
        store.close()


async def test_one_recording_goes_through_all_stages_and_ends_as_a_transcript(service):
    (outcome,) = await service.run(GOOD)
    assert outcome.transcript.text.endswith("Good morning all.")
    assert not outcome.from_cache
    stages = service.stages()
    assert [stage for stage in NEW_JOB if stage in stages] == stages
    assert set(stages) >= {"checking", "uploading", "submitted", "completed"}
    assert all(event.transcript_id for event in service.events if event.stage in NEW_JOB[2:])


async def test_the_second_run_makes_no_request_at_all(service):
    (first,) = await service.run(GOOD)
    service.proxy.requests.clear()
    service.events.clear()
    (second,) = await service.run(GOOD)
    assert not service.proxy.requests
    assert second.from_cache
    assert second.transcript.raw == first.transcript.raw
    assert service.stages() == ["checking", "cached"]
    assert "from cache, transcribed 20" in service.events[-1].message


@pytest.mark.parametrize("change", [{"speaker_labels": True}, {"language_code": "de"}])
async def test_another_request_on_the_same_audio_is_a_job_but_no_upload(service, change):
    await service.run(GOOD)
    await service.run(GOOD, **change)
    assert (service.proxy.uploads, service.made) == (1, 2)


async def test_another_account_shares_nothing(service):
    await service.run(GOOD)
    await service.run(GOOD, endpoint=replace(service.endpoint, api_key=ApiKey(OTHER_KEY)))
    assert service.proxy.uploads == 2
    assert service.proxy.jobs == 2


async def test_without_the_cache_it_is_transcribed_anew_and_the_cache_gets_the_new_one(service):
    await service.run(GOOD)
    (second,) = await service.run(GOOD, use_cache=False)
    (third,) = await service.run(GOOD)
    assert service.made == 2
    assert third.transcript.id == second.transcript.id


async def test_results_keep_the_order_and_one_failure_stops_no_other(service):
    outcomes = await service.run([GOOD, BAD, OTHER, speech("A third one.")])
    assert [o.transcript and o.transcript.text.split(" ", 1)[1] for o in outcomes] == [
        "Good morning all.",
        None,
        "Something else.",
        "A third one.",
    ]
    error = outcomes[1].error
    assert isinstance(error, TranscriptionFailedError)
    assert "Transcoding failed" in error.detail
    assert service.stages(1)[-1] == "error"
    assert sorted(states(service)) == [COMPLETED] * 3 + [FAILED]


async def test_a_failed_recording_is_tried_again_by_the_next_run(service):
    await service.run(BAD)
    await service.run(BAD)
    assert (service.proxy.uploads, service.made) == (1, 2)


async def test_a_recording_listed_twice_is_uploaded_and_paid_once(service, tmp_path):
    one, two = tmp_path / "one.wav", tmp_path / "copy of one.wav"
    one.write_bytes(GOOD)
    two.write_bytes(GOOD)
    outcomes = await service.run([one, two, one])
    assert (service.proxy.uploads, service.made) == (1, 1)
    assert [o.transcript.source for o in outcomes] == [str(one), str(two), str(one)]
    # They are read side by side: whichever is known first is sent for all.
    assert sorted(o.from_cache for o in outcomes) == [False, True, True]
    assert sorted(service.stages(i)[-1] for i in range(3)) == ["cached", "cached", "completed"]


async def test_a_fault_of_the_service_is_submitted_once_more(service, monkeypatch):
    monkeypatch.setattr(recording_work, "RESUBMIT_SECONDS", 0.0)
    service.reader.faults = 1
    (outcome,) = await service.run(GOOD)
    assert outcome.transcript is not None
    assert (service.proxy.uploads, service.proxy.jobs) == (1, 2)
    service.reader.faults = 2
    (outcome,) = await service.run(OTHER)
    assert "Server error" in outcome.error.detail
    assert "Server error" in service.events[-1].message
    assert service.proxy.jobs == 4


@pytest.mark.parametrize("refused", [True, False])
async def test_an_upload_the_service_no_longer_has_is_sent_again(service, refused):
    """It may be refused at once, or the job may fail for it."""
    await service.run(GOOD)
    store = Store(service.home)
    known = service.engine.url + "/upload/" + "0" * 32 + "/00000000-0000-0000-0000-000000000000"
    gone = known if refused else "http://127.0.0.1:9/gone.wav"
    store.database.write(lambda db: db.execute("UPDATE uploads SET url = ?", (gone,)))
    store.close()
    (outcome,) = await service.run(GOOD, speaker_labels=True)
    assert outcome.error is None
    assert service.proxy.uploads == 2
    assert states(service).count(FAILED) == 1


async def test_a_wrong_key_is_found_out_before_anything_is_uploaded(service):
    wrong = replace(service.endpoint, api_key=ApiKey("wrong-key-of-somebody"))
    outcomes = await service.run([GOOD, OTHER, speech("x y")], endpoint=wrong)
    assert all(isinstance(o.error, AuthenticationError) for o in outcomes)
    assert service.proxy.requests.total() == 1


async def test_an_unreachable_host_is_found_out_before_anything_is_uploaded(service):
    nowhere = replace(service.endpoint, base_url="http://127.0.0.1:9")
    (outcome,) = await service.run(GOOD, endpoint=nowhere)
    assert isinstance(outcome.error, NetworkError)
    assert "uploading" not in service.stages()


# -- submissions whose reply is lost ---------------------------------------------------------------------


async def test_a_lost_reply_makes_no_second_job(service):
    service.proxy.lose = 1
    (outcome,) = await service.run(GOOD)
    assert outcome.transcript is not None
    assert (service.proxy.jobs, service.made) == (1, 1)


async def test_a_request_that_never_arrived_is_sent_again(service):
    service.proxy.swallow = 1
    (outcome,) = await service.run(GOOD)
    assert outcome.transcript is not None
    assert (service.proxy.jobs, service.made) == (2, 1)


async def test_when_it_stays_unknown_the_next_run_looks_first(service):
    service.proxy.swallow = 2
    (outcome,) = await service.run(GOOD)
    assert isinstance(outcome.error, NetworkError)
    assert states(service) == [SUBMITTING]
    # The job arrives after all, long after we gave up.
    (url,) = [job.upload_url for job in _jobs(service)]
    made = service.engine.client.post("/v2/transcript", json={"audio_url": url}).json()
    (outcome,) = await service.run(GOOD)
    assert outcome.transcript.id == made["id"]
    assert service.made == 1


def _jobs(service):
    store = Store(service.home)
    try:
        return store.jobs()
    finally:
        store.close()


# -- kernels that die ------------------------------------------------------------------------------------

KERNEL = """
    import asyncio, os, signal, sys
    from pathlib import Path
    from aai_jupyter.client import Client
    from aai_jupyter.client.options.transcript_request import build_request
    from aai_jupyter.client.sources.reading import resolve_sources
    from aai_jupyter.jobs.batch import transcribe_many
    from aai_jupyter.jobs.store import Store
    from aai_jupyter.settings.endpoint import ApiKey, Endpoint
    from aai_jupyter.transcripts.restore import restored

    url, home, path, moment = sys.argv[1:]

    def on_boundary(name):
        if moment == name:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_event(event):
        print(event.stage, event.transcript_id, flush=True)
        if moment == f"shown {event.stage}":
            os.kill(os.getpid(), signal.SIGKILL)

    async def main():
        async with Client(Endpoint(url, url, url, ApiKey(os.environ["KEY"]), region="custom")) as client:
            outcomes = await transcribe_many(
                client, resolve_sources(path), build_request({"language_code": "en"}),
                store=(store := Store(Path(home), on_boundary=on_boundary)), on_event=on_event,
                restore=lambda data, source: restored(data, store, source))
            print("id", outcomes[0].transcript.id)

    asyncio.run(main())
"""


def kernel(service: Service, path: object, moment: str = "never") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KERNEL), service.proxy.url, service.home, path, moment],
        env=os.environ | {"KEY": KEY},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "talk.wav"
    path.write_bytes(GOOD)
    return path


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
@pytest.mark.parametrize(
    ("moment", "journalled", "uploads", "posts"),
    [
        # Forked kernels, which cost a tenth, are killed at every commit: tests/faults/test_kills.py.
        # Nothing was sent: uploads cost nothing.
        pytest.param("before commit submitting", PLANNED, 2, 1, marks=pytest.mark.nightly),
        # Looked for, not found, submitted.
        pytest.param("after commit submitting", SUBMITTING, 1, 1, marks=pytest.mark.nightly),
        ("before commit submitted", SUBMITTING, 1, 1),  # the reply had come but was not journalled: found
        # Adopted by its id.
        pytest.param("after commit submitted", SUBMITTED, 1, 1, marks=pytest.mark.nightly),
        ("shown submitted", SUBMITTED, 1, 1),  # whatever was shown had been journalled
    ],
)
async def test_what_a_killed_kernel_had_begun_is_taken_up(
    service, recording, moment, journalled, uploads, posts
):
    dead = kernel(service, recording, moment)
    assert await asyncio.to_thread(dead.wait) == -signal.SIGKILL
    dead.stdout.close()
    assert states(service) == [journalled]
    (outcome,) = await service.run(recording)
    assert outcome.transcript.text.endswith("Good morning all.")
    assert (service.proxy.uploads, service.proxy.jobs, service.made) == (uploads, posts, 1)
    assert states(service) == [COMPLETED]


async def test_two_kernels_at_once_make_one_job(service, recording):
    service.reader.hold.set()
    kernels = [kernel(service, recording) for _ in range(2)]
    await asyncio.to_thread(wait_for, lambda: service.proxy.jobs)
    service.reader.hold.clear()
    said = [(await asyncio.to_thread(k.communicate))[0].splitlines()[-1] for k in kernels]
    assert said[0] == said[1]
    assert said[0].startswith("id ")
    assert (service.proxy.uploads, service.made) == (1, 1)


# -- interrupts ------------------------------------------------------------------------------------------


async def test_cancelling_stops_the_wait_tells_the_ids_and_loses_nothing(service):
    service.reader.hold.set()
    task = asyncio.create_task(service.run([GOOD, OTHER]))
    await asyncio.to_thread(
        wait_for, lambda: sum(event.stage == "submitted" for event in service.events) == 2
    )
    task.cancel()
    with pytest.raises(StoppedWaiting) as stopped:
        await task
    ids = stopped.value.transcript_ids
    assert ids.keys() == {"bytes 1", "bytes 2"}
    assert f'aai.get("{ids["bytes 1"]}")' in str(stopped.value)
    service.reader.hold.clear()
    outcomes = await service.run([GOOD, OTHER])
    assert [o.transcript.id for o in outcomes] == list(ids.values())
    assert service.made == 2


async def test_a_cancelled_submission_still_journals_its_id(service):
    """Cancelled at the worst moment: after the request has gone out, before the reply is in."""
    task = asyncio.create_task(service.run(GOOD))
    await asyncio.to_thread(wait_for, lambda: service.proxy.jobs)
    task.cancel()
    with pytest.raises(StoppedWaiting):
        await task
    (outcome,) = await service.run(GOOD)
    assert outcome.transcript is not None
    assert (service.proxy.uploads, service.made) == (1, 1)


async def test_a_broken_display_costs_no_transcript(service, caplog):
    def broken(event):
        raise RuntimeError("no screen")

    (outcome,) = await service.run(GOOD, on_event=broken)
    assert outcome.transcript is not None
    assert "no screen" in caplog.text


# -- secrets ---------------------------------------------------------------------------------------------


async def test_no_key_and_no_secret_of_the_request_is_on_the_disk(service):
    secret = "webhook-secret-0123456789"
    await service.run(
        [GOOD, BAD],
        webhook_url="https://127.0.0.1:9/hook",
        webhook_auth_header_name="X-Secret",
        webhook_auth_header_value=secret,
    )
    files = [file for file in service.home.rglob("*") if file.is_file()]
    assert any(b"X-Secret" in file.read_bytes() for file in files)  # so looking into the files finds things
    for file in files:
        assert KEY.encode() not in file.read_bytes()
        assert secret.encode() not in file.read_bytes()
