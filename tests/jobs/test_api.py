"""The Python functions: plain calls, awaited calls, handles, interrupts; with a key and without."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

import aai_jupyter as aai
from aai_jupyter.errors import (
    AuthenticationError,
    EngineError,
    Interrupted,
    NotFoundError,
    OptionError,
    SourceError,
    StoppedWaiting,
    TranscriptionFailedError,
    UsageError,
)
from aai_jupyter.jobs import engine as shared
from aai_jupyter.jobs import engine_process as engine_module
from aai_jupyter.jobs.job_events import JobEvent
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import settings
from tests.jobs.conftest import speech
from tests.local.conftest import OTHER_KEY, wait_for


@pytest.fixture
def talks(logged_in, in_folder):
    (in_folder / "talks").mkdir()
    for name in ("ann", "ben"):
        (in_folder / f"talks/{name}.wav").write_bytes(speech(f"My name is {name}."))
    (in_folder / "solo").mkdir()
    (in_folder / "solo/only.wav").write_bytes(speech("Only one."))
    return logged_in


def test_one_plain_source_gives_a_transcript(talks):
    transcript = aai.transcribe("talks/ann.wav", language_code="en")
    assert isinstance(transcript, aai.Transcript)
    assert transcript.text.endswith("My name is ann.")
    assert transcript.source == "talks/ann.wav"


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["talks/*.wav"], ["talks/ann.wav", "talks/ben.wav"]),
        (["solo"], ["solo/only.wav"]),
        (["solo/*.wav"], ["solo/only.wav"]),
        ([["talks/ben.wav"]], ["talks/ben.wav"]),
        (["talks/ben.wav", "talks/ann.wav"], ["talks/ben.wav", "talks/ann.wav"]),
    ],
)
def test_what_names_many_gives_a_set_even_when_it_finds_one(talks, sources, expected):
    found = aai.transcribe(*sources, language_code="en")
    assert isinstance(found, aai.TranscriptSet)
    assert found.sources == expected


def test_a_column_gives_a_set_in_its_order(talks):
    import pandas as pd

    calls = pd.DataFrame({"file": ["talks/ben.wav", "talks/ann.wav"]})
    assert aai.transcribe(calls.file, language_code="en").sources == list(calls.file)


def test_in_a_set_failures_are_told_in_failed_and_alone_they_raise(talks):
    bad = b"RIFF....WAVE" + b"\xff\xfe" * 20
    found = aai.transcribe(["talks/ann.wav", bad], language_code="en")
    assert len(found) == 1
    assert len(found.failed) == 1
    with pytest.raises(TranscriptionFailedError):
        aai.transcribe(bad, language_code="en")


def test_mistakes_are_found_before_any_request(talks):
    with pytest.raises(OptionError, match="speaker_lables"):
        aai.transcribe("talks/ann.wav", speaker_lables=True)  # type: ignore[call-overload]
    with pytest.raises(SourceError, match=r"anne\.wav"):
        aai.transcribe("talks/anne.wav")
    with pytest.raises(OptionError, match="no profile"):
        aai.transcribe("talks/ann.wav", profile="calls")
    assert not talks.proxy.requests


def test_a_profile_gives_options_and_keywords_win(talks, in_folder):
    (in_folder / "pyproject.toml").write_text(
        '[tool.aai_jupyter.profiles.calls]\nspeaker_labels = true\nlanguage_code = "de"\n'
    )
    raw = aai.transcribe("talks/ann.wav", profile="calls", language_code="en").raw
    assert raw["speaker_labels"] is True
    assert raw["language_code"].startswith("en")


def test_deprecated_options_warn_where_they_were_written(talks):
    with pytest.warns(UserWarning, match="multichannel") as caught:
        aai.transcribe("talks/ann.wav", dual_channel=True, language_code="en")
    assert caught[0].filename == __file__


def test_a_wrong_key_raises_for_a_whole_batch(talks):
    settings.login("wrong-key-of-somebody")
    with pytest.raises(AuthenticationError):
        aai.transcribe("talks", language_code="en")


async def test_awaited_it_leaves_the_loop_free(talks):
    talks.reader.hold.set()
    task = asyncio.create_task(aai.transcribe_async("talks/ann.wav", language_code="en"))
    # This thread's own loop runs while it works, else the wait in a thread would never be looked at.
    await asyncio.to_thread(wait_for, lambda: talks.proxy.jobs)
    talks.reader.hold.clear()
    assert (await task).text.endswith("ann.")


def test_it_works_inside_a_running_loop_too(talks):
    async def cell():
        return aai.transcribe("talks/ann.wav", language_code="en")

    assert asyncio.run(cell()).text.endswith("ann.")


async def test_a_cancelled_await_tells_the_ids(talks):
    talks.reader.hold.set()
    seen: list[JobEvent] = []
    task = asyncio.create_task(
        aai.transcribe_async("talks/ann.wav", language_code="en", progress=seen.append)
    )
    await asyncio.to_thread(wait_for, lambda: any(event.stage == "submitted" for event in seen))
    task.cancel()
    with pytest.raises(StoppedWaiting) as stopped:
        await task
    talks.reader.hold.clear()
    assert (await aai.get_async(stopped.value.transcript_ids["talks/ann.wav"])).text.endswith("ann.")
    assert talks.made == 1


@pytest.mark.skipif(os.name != "posix", reason="pthread_kill")
def test_interrupt_tells_the_ids_and_running_it_again_takes_the_job_up(talks, later):
    talks.reader.hold.set()
    seen: list[JobEvent] = []
    main = threading.main_thread().ident
    later(
        lambda: signal.pthread_kill(main, signal.SIGINT),
        lambda: any(event.stage in ("queued", "processing") for event in seen),
    )
    with pytest.raises(Interrupted) as stopped:
        aai.transcribe("talks/ann.wav", language_code="en", progress=seen.append)
    (ident,) = stopped.value.transcript_ids.values()
    assert ident in "".join(stopped.value._render_traceback_())
    assert len(stopped.value._render_traceback_()) <= 3
    talks.reader.hold.clear()
    again = aai.transcribe("talks/ann.wav", language_code="en")
    assert (again.id, talks.made) == (ident, 1)


def test_without_waiting_a_handle_is_given_when_the_service_has_the_job(talks):
    talks.reader.hold.set()
    job = aai.transcribe("talks/ann.wav", wait=False, language_code="en")
    assert job.id in repr(job)
    assert job.status() in ("queued", "processing")
    talks.reader.hold.clear()
    assert job.result().text.endswith("ann.")
    assert job.status() == "completed"
    talks.proxy.requests.clear()
    assert aai.transcribe("talks/ann.wav", language_code="en").id == job.id  # its result is in the cache
    assert not talks.proxy.requests


def test_without_waiting_many_sources_give_many_handles(talks):
    jobs = aai.transcribe("talks", b"RIFF....WAVE\xff\xfe\xff", wait=False, language_code="en")
    assert [job.source for job in jobs] == ["talks/ann.wav", "talks/ben.wav", "bytes"]
    assert [job.result().text[-4:] for job in jobs[:2]] == ["ann.", "ben."]
    with pytest.raises(TranscriptionFailedError):
        jobs[2].result()
    assert jobs[2].status() == "error"


def test_get_keeps_what_it_fetched(talks):
    job = talks.engine.submit(speech("Made elsewhere.").decode())
    assert aai.get(job["id"]).text.endswith("Made elsewhere.")
    talks.proxy.requests.clear()
    assert aai.get(job["id"]).text.endswith("Made elsewhere.")
    assert not talks.proxy.requests
    with pytest.raises(NotFoundError):
        aai.get("00000000-0000-0000-0000-000000000000")
    with pytest.raises(UsageError):
        aai.get(" ")


def test_jobs_frame_tells_what_became_of_every_job(talks):
    empty = aai.jobs_frame()
    aai.transcribe(["talks/ann.wav", b"RIFF....WAVE\xff\xfe\xff"], language_code="en")
    frame = aai.jobs_frame()
    assert frame.dtypes.equals(empty.dtypes)
    assert set(zip(frame.source, frame.state, strict=True)) == {
        ("talks/ann.wav", "completed"),
        ("bytes", "failed"),
    }
    assert frame.transcript_id.notna().all()
    assert "Transcoding failed" in frame.set_index("source").message["bytes"]


def test_another_home_is_another_store(talks, tmp_path):
    aai.transcribe("talks/ann.wav", language_code="en")
    settings.home = tmp_path / "other"
    assert aai.jobs_frame().empty


def test_the_client_of_a_key_and_closing(talks):
    rt = runtime()

    async def same():
        return await rt.client() is await rt.client()

    assert aai.run(same())
    assert "wav" not in repr(aai.Client())
    rt.close()
    assert aai.transcribe("talks/ann.wav", language_code="en").text  # starts again by itself


async def test_a_change_of_key_leaves_what_is_awaited_alone(talks):
    talks.reader.hold.set()
    task = asyncio.create_task(aai.transcribe_async("talks/ann.wav", language_code="en"))
    await asyncio.to_thread(wait_for, lambda: talks.made)
    settings.login(OTHER_KEY)
    talks.reader.hold.clear()
    assert (await aai.transcribe_async("talks/ben.wav", language_code="en")).text.endswith("ben.")
    assert (await task).text.endswith("ann.")


def test_without_key_and_engine_one_short_error_names_both_remedies(in_folder, monkeypatch):
    monkeypatch.setattr(engine_module, "MODULES", ("no_such_module",))
    (in_folder / "a.wav").write_bytes(speech("x"))
    with pytest.raises(EngineError, match="without an API key") as caught:
        aai.transcribe("a.wav")
    assert "%aai_login" in caught.value.hint
    assert "pip install" in caught.value.hint


def test_names_are_lazy_and_light():
    code = """
        import sys
        import aai_jupyter as aai
        import aai_jupyter.settings.configuration
        assert aai.settings.region == "global" and callable(aai.transcribe) and aai.sample().exists()
        assert issubclass(aai.errors.AuthenticationError, aai.errors.AaiError)
        assert set(aai.__all__) <= set(dir(aai))
        heavy = {"pandas", "httpx", "websockets", "anywidget", "msgspec", "numpy", "IPython", "sqlite3"}
        print(sorted(heavy & set(sys.modules)))
        for name in aai.__all__:
            getattr(aai, name)
    """
    found = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], check=True, capture_output=True, text=True
    )
    assert found.stdout.strip() in ("[]", "['sqlite3']")


@pytest.mark.models
def test_without_a_key_the_local_engine_does_it_and_says_so_once(in_folder):
    said = []
    settings.local_model = "tiny.en"
    rt = runtime()
    before, rt.announce = rt.announce, said.append
    try:
        first = aai.transcribe(aai.sample(), audio_end_at=8000, language_code="en")
        second = aai.transcribe(aai.sample(), audio_end_at=8000, language_code="en")
        rt.close()
        stages = []
        third = aai.transcribe(
            aai.sample(), audio_end_at=8000, language_code="en", progress=lambda e: stages.append(e.stage)
        )
        assert (third.id, stages) == (first.id, ["cached"])
        assert not shared._engine.running, "what is kept here needs no engine"
    finally:
        rt.announce = before
        rt.close()
    assert len(first.words) > 5
    assert second.id == first.id
    said = [line for line in said if not line.startswith("Starting")]  # only on a busy machine
    assert len(said) == 1
    assert said[0].startswith("No API key: using the local engine (whisper-tiny.en")
    wait_for(lambda: not shared._engine.running)
