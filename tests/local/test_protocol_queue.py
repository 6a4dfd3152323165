"""Jobs: in order, a few at a time, each once, whatever dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from aai_jupyter.local.storage import KEEP_AUDIO_SECONDS, MAX_ATTEMPTS, Storage
from tests.local.conftest import KEY, run_engine, wait_for

PROCESS = Path(__file__).with_name("engine_process.py")


def test_jobs_are_queued_then_processed_in_order(engine):
    engine.reader.hold.set()
    ids = [engine.submit(f"Number {n}.")["id"] for n in range(4)]
    engine.wait(ids[0], ("processing",))
    assert [engine.get(id)["status"] for id in ids] == ["processing", "queued", "queued", "queued"]
    engine.reader.hold.clear()
    assert [engine.wait(id)["text"] for id in ids] == [f"Number {n}." for n in range(4)]
    assert engine.reader.seen == [f"Number {n}." for n in range(4)]


def test_concurrency_is_limited_to_what_was_asked(tmp_path):
    with run_engine(tmp_path, concurrency=3) as engine:
        engine.reader.hold.set()
        ids = [engine.submit("Hello.")["id"] for _ in range(5)]
        wait_for(lambda: len(engine.reader.seen) == 3)
        statuses = [engine.get(id)["status"] for id in ids]
        assert statuses == ["processing"] * 3 + ["queued"] * 2
        assert len(engine.reader.seen) == 3


def test_deleting_stops_the_work_and_lets_the_next_begin(engine):
    engine.reader.hold.set()
    first, second = (engine.submit(f"Number {n}.")["id"] for n in range(2))
    engine.wait(first, ("processing",))
    gone = engine.client.delete(f"/v2/transcript/{first}").json()
    assert (gone["status"], gone["error"]) == ("error", "Deleted by user.")
    engine.wait(second, ("processing",))
    assert engine.reader.cancelled == 1
    assert engine.get(first) == gone
    engine.client.delete(f"/v2/transcript/{second}")
    wait_for(lambda: engine.reader.cancelled == 2)


def test_a_queued_job_can_be_deleted(engine):
    engine.reader.hold.set()
    running, queued = (engine.submit(f"Number {n}.")["id"] for n in range(2))
    engine.wait(running, ("processing",))
    engine.client.delete(f"/v2/transcript/{queued}")
    engine.reader.hold.clear()
    assert engine.wait(running)["status"] == "completed"
    assert engine.reader.seen == ["Number 0."]


def test_stopping_the_engine_leaves_jobs_for_the_next(tmp_path):
    with run_engine(tmp_path) as engine:
        engine.reader.hold.set()
        ids = [engine.submit(f"Number {n}.")["id"] for n in range(2)]
        engine.wait(ids[0], ("processing",))
    with run_engine(tmp_path) as engine:
        assert [engine.wait(id)["text"] for id in ids] == ["Number 0.", "Number 1."]


def start(home: Path) -> tuple[subprocess.Popen[str], httpx.Client]:
    process = subprocess.Popen(
        [sys.executable, str(PROCESS), str(home), KEY],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | path(),
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    return process, httpx.Client(base_url=url, headers={"authorization": KEY}, trust_env=False)


def path() -> dict[str, str]:
    return {"PYTHONPATH": str(PROCESS.parents[2])}


def submit(client: httpx.Client, script: str) -> str:
    url = client.post("/v2/upload", content=script.encode()).json()["upload_url"]
    return client.post("/v2/transcript", json={"audio_url": url}).json()["id"]


def status(client: httpx.Client, id: str) -> str:
    return client.get(f"/v2/transcript/{id}").json()["status"]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_engine_loses_no_job(tmp_path):
    hold = tmp_path / "hold"
    hold.touch()
    first, client = start(tmp_path)
    ids = [submit(client, f"Number {n}.") for n in range(3)]
    wait_for(lambda: status(client, ids[0]) == "processing")
    first.send_signal(signal.SIGKILL)
    first.wait()
    client.close()
    hold.unlink()
    second, client = start(tmp_path)
    try:
        with client:
            for n, id in enumerate(ids):
                assert status(client, id) in ("processing", "queued", "completed")
                wait_for(lambda id=id: status(client, id) == "completed")
                assert client.get(f"/v2/transcript/{id}").json()["text"] == f"Number {n}."
        assert not list((tmp_path / "data" / "work").glob("*/*"))
    finally:
        second.terminate()
        second.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_engines_that_share_a_home_run_each_job_once_and_take_over_from_a_dead_one(tmp_path):
    (tmp_path / "hold").touch()
    dying, theirs = start(tmp_path)
    with run_engine(tmp_path, keys=KEY) as ours:
        left = submit(theirs, "Left behind.")
        wait_for(lambda: status(theirs, left) == "processing")
        mine = ours.finished("Mine.")
        assert status(theirs, mine["id"]) == "completed"
        assert ours.get(left)["status"] == "processing"
        assert ours.reader.seen == ["Mine."]
        dying.send_signal(signal.SIGKILL)
        dying.wait()
        theirs.close()
        assert ours.wait(left)["text"] == "Left behind."
        assert ours.reader.seen == ["Mine.", "Left behind."]


def test_a_delete_through_one_engine_stops_the_work_of_another(tmp_path):
    with run_engine(tmp_path) as one, run_engine(tmp_path) as two:
        one.reader.hold.set()
        id = one.submit("Hello.")["id"]
        one.wait(id, ("processing",))
        wait_for(lambda: one.reader.seen)  # it has the audio, which the other engine is about to delete
        two.client.delete(f"/v2/transcript/{id}")
        wait_for(lambda: one.reader.cancelled == 1)
        assert one.get(id)["error"] == "Deleted by user."


def test_a_job_that_kills_its_engine_is_given_up(tmp_path):
    storage = Storage(tmp_path)
    row = storage.add("one", {"audio_url": "http://127.0.0.1:1/"}, None)
    for _ in range(MAX_ATTEMPTS):
        assert storage.claim().id == row["id"]
        storage._db.execute("UPDATE transcripts SET running = 0")  # as after a death
    storage.close()
    with run_engine(tmp_path) as engine:
        assert (
            engine.wait(row["id"])["error"] == "The local engine failed: it ended 3 times at this recording."
        )
        assert engine.reader.seen == []


def test_audio_is_deleted_after_a_day_unless_a_job_waits_for_it(tmp_path):
    storage = Storage(tmp_path)
    for id in ("used", "old"):
        storage.upload_path(id).write_text("x")
        storage.add_upload(id, "0" * 32, "one")
    storage.add("one", {"audio_url": "http://127.0.0.1/"}, "used")
    (storage.folder / "uploads" / "broken").write_text("x")
    storage.redacted_path("old.mp3").write_text("x")
    now = (storage.folder / "uploads" / "broken").stat().st_mtime
    storage.purge(now)
    assert storage.upload_path("old").exists()
    storage.purge(now + KEEP_AUDIO_SECONDS + 60)
    assert [p.name for p in (storage.folder / "uploads").iterdir()] == ["used"]
    assert not list((storage.folder / "redacted").iterdir())
    storage.close()
