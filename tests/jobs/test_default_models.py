"""A default of ours that changes makes nothing be paid again. The keys are of the code before 3.7."""

from __future__ import annotations

import pytest

from aai_jupyter.client.options import transcript_request
from aai_jupyter.client.options.transcript_request import build_request
from aai_jupyter.jobs.cache_keys import cache_keys
from aai_jupyter.jobs.journal import SUBMITTED, SUBMITTING, UPLOADED
from aai_jupyter.jobs.store import Store
from tests.jobs.conftest import Service, speech

AUDIO, ACCOUNT = "sha256:" + "ab" * 32, "0123456789abcdef"
OLD_KEYS = [
    ({}, "", "6eace91aa0873a52a240bfe85c4f446bb12e5bf88373120f11d742c2f1e097f8"),
    ({}, "base", "0353c045a2fe77a82e82fde42e92782cd4e6caf45e0a8f76c6342f09bf511fbb"),
    ({"language_code": "de"}, "", "d16d33f0dae4ff9c5a8339c5f0850b4b4ade7f6e2a6f525ec53a88f7d4dd1b92"),
    (
        {"speaker_labels": True, "prompt": "A talk."},
        "",
        "182d3b9b755758cec4e82823786f6e8a715cacd702fddd14abc424a09730e6fb",
    ),
    ({"auto_chapters": True}, "", "66eb60a1966c16f986a77e25a70b227bd8e4a68f5a277e7e88053dd4c34542b3"),
    (
        {"speech_models": ["universal-3-5-pro", "universal-2"]},
        "",
        "6eace91aa0873a52a240bfe85c4f446bb12e5bf88373120f11d742c2f1e097f8",
    ),
    (
        {"speech_model": "best", "keyterms_prompt": ["Zarr"]},
        "",
        "3466de42a582d83700d55e02ddd02ebdd0c9c44a99849549f88107fc05ee9216",
    ),
]
GOOD = speech("Good morning all.")


@pytest.mark.parametrize(("options", "engine", "key"), OLD_KEYS)
def test_keys_of_earlier_versions_are_looked_up(options, engine, key):
    assert key in cache_keys(AUDIO, build_request(options), ACCOUNT, engine)


def test_the_key_of_a_request_without_a_model_does_not_hold_the_default(monkeypatch):
    before = build_request({"speaker_labels": True})
    monkeypatch.setattr("aai_jupyter.client.options.option_rules.DEFAULT_MODELS", ("swan-1",))
    monkeypatch.setattr(transcript_request, "DEFAULT_MODELS", ("swan-1",))
    after = build_request({"speaker_labels": True})
    assert (before.params["speech_models"], after.params["speech_models"]) == (
        ["assemblyai-stt-3-7", "universal-2"],
        ["swan-1"],
    )
    assert before.identities()[0] == after.identities()[0]
    assert b"speech_models" not in after.identities()[0]
    named = build_request({"speaker_labels": True, "speech_models": ["swan-1"]})
    assert named.identities() == (named.canonical(),)


def test_a_model_that_is_named_is_not_taken_for_another():
    named = cache_keys(AUDIO, build_request({"speech_models": ["assemblyai-stt-3-7"]}), ACCOUNT)
    assert not set(named) & set(cache_keys(AUDIO, build_request(), ACCOUNT))


async def kept_by_the_version_before(service: Service, monkeypatch) -> Store:
    """Runs a batch as the version before did: the default of then, and its one key."""
    with monkeypatch.context() as then:
        then.setattr(
            transcript_request.TranscriptRequest, "identities", lambda request: (request.canonical(),)
        )
        then.setattr(
            "aai_jupyter.client.options.option_rules.DEFAULT_MODELS", ("universal-3-5-pro", "universal-2")
        )
        (first,) = await service.run(GOOD)
    assert not first.from_cache
    return Store(service.home)


async def test_what_was_transcribed_without_naming_a_model_is_found_after_the_upgrade(service, monkeypatch):
    (await kept_by_the_version_before(service, monkeypatch)).close()
    (again,) = await service.run(GOOD)
    assert again.from_cache
    assert service.made == 1
    (named,) = await service.run(GOOD, speech_models=["assemblyai-stt-3-7", "universal-2"])
    assert not named.from_cache  # it was made with another model


@pytest.mark.parametrize("last", [SUBMITTING, SUBMITTED])
async def test_a_job_begun_before_the_upgrade_is_taken_up(service, monkeypatch, last):
    store = await kept_by_the_version_before(service, monkeypatch)
    (job,) = store.jobs()
    store.forget(job.transcript_id)
    old = store.begin(job.key, job.account, job.source, job.request)
    old = store.record(old, UPLOADED, upload_url=job.upload_url)
    old = store.record(old, SUBMITTING, upload_url=job.upload_url)
    if last == SUBMITTED:
        store.record(old, SUBMITTED, transcript_id=job.transcript_id)
    store.close()
    (again,) = await service.run(GOOD)
    assert again.error is None
    assert service.made == 1


async def test_naming_the_default_finds_what_was_made_without_a_name(service):
    await service.run(GOOD)
    (named,) = await service.run(GOOD, speech_models=["assemblyai-stt-3-7", "universal-2"])
    assert named.from_cache
    (left,) = await service.run(GOOD, language_code="en")
    assert left.from_cache
    assert service.made == 1
