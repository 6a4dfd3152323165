"""Short clips over a real socket: what is sent, what comes back, what is tried again and what is not."""

from __future__ import annotations

import contextlib
import io
import json
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.client import Client
from aai_jupyter.client.clips.clip_audio import clip_sound
from aai_jupyter.client.clips.clip_request import ClipRequest, build_clip_request
from aai_jupyter.errors import (
    AuthenticationError,
    BadRequestError,
    NetworkError,
    OptionError,
    RateLimitError,
    ResponseError,
    ServerError,
    SourceError,
)
from aai_jupyter.local.clips.errors import ClipError
from aai_jupyter.local.clips.multipart import boundary_of, parts_of
from tests.client.scripted import KEY, QUICK, RESET, Received, ScriptedService, endpoint_at, reply, serve

CLIP = Path(__file__).parents[2] / "data" / "goforward.flac"
PATH = "/v1/transcribe/live"
ANSWER = {
    "text": "go forward",
    "words": [{"text": "go", "confidence": 0.9}, {"text": "forward", "confidence": 0.8}],
    "confidence": 0.85,
    "audio_duration_ms": 2786,
    "session_id": "5e55",
    "request_time_ms": 301.5,
}
SOUND = (np.zeros(16_000, np.int16), 16_000)


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    made = ScriptedService()
    for url in serve(made):
        made.url = url
        yield made


@pytest.fixture
async def client(service: ScriptedService) -> Any:
    async with Client(endpoint_at(service.url), policy=QUICK) as made:
        yield made


def parts(request: Received) -> list[Any]:
    return parts_of(request.body, boundary_of(request.headers["content-type"]))


async def test_a_recording_goes_out_as_config_and_wav_and_comes_back_typed(
    service: ScriptedService, client: Client
) -> None:
    service.on("POST", PATH, reply(ANSWER))
    found = await client.clips.transcribe(CLIP, keyterms_prompt="Zarr, Borealis", timestamps=False)
    (request,) = service.received
    config, audio = parts(request)
    assert (config.name, config.content_type, audio.name, audio.content_type) == (
        "config", "application/json", "audio", "audio/wav",
    )  # fmt: skip
    assert json.loads(config.content) == {"keyterms_prompt": ["Zarr", "Borealis"], "timestamps": False}
    assert request.headers["x-aai-model"] == "universal-3-5-pro"
    assert request.headers["authorization"] == KEY
    with wave.open(io.BytesIO(audio.content)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        assert abs(file.getnframes() / 16_000 - 2.79) < 0.05
    assert (found.text, found.confidence, found.session_id) == ("go forward", 0.85, "5e55")
    assert (found.audio_duration_ms, found.request_time_ms, found.raw) == (2786, 301.5, ANSWER)


async def test_without_options_there_is_still_a_config(service: ScriptedService, client: Client) -> None:
    service.on("POST", PATH, reply(ANSWER))
    await client.clips.transcribe(SOUND)
    assert [(part.name, len(part.content)) for part in parts(service.received[0])] == [
        ("config", 2), ("audio", 32_044),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"keyterms_prompt": ["x" * 4001, "y" * 4000]}, "8000 are allowed"),
        ({"keyterms_prompt": ["x"] * 101}, "at most 100 items"),
        ({"prompt": "x" * 6001}, "6000 are allowed"),
        ({"language_codes": ["germn"]}, "not one of its values"),
        ({"speaker_labels": True}, "speaker_labels is not an option of a short clip"),
        ({"model": "universal-2"}, "Did you mean speech_model?"),
    ],
)
async def test_options_are_checked_before_anything_is_sent(
    service: ScriptedService, client: Client, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(OptionError, match=message.replace("?", r"\?")):
        await client.clips.transcribe(SOUND, **options)
    assert service.received == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ((np.zeros(16_000 * 121, np.int16), 16_000), "longer than 120 s"),
        ((np.zeros(48_000 * 120 + 480, np.int16), 48_000), "longer than 120 s"),
        ((np.zeros(1000, np.int16), 16_000), "a clip needs 80 ms"),
        ("https://example.org/a.wav", "short clips have no such input"),
        ([SOUND, SOUND], "2 recordings are not one clip"),
        (b'{"no": "sound"}', "JSON text"),
    ],
)
async def test_sound_is_checked_before_anything_is_sent(
    service: ScriptedService, client: Client, source: Any, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        await client.clips.transcribe(source)
    assert service.received == []


@pytest.mark.parametrize("milliseconds", [80, 120_000])
def test_both_limits_are_included(milliseconds: int) -> None:
    _, wav, seconds = clip_sound((np.zeros(16 * milliseconds, np.int16), 16_000))
    assert (len(wav), seconds) == (44 + 32 * milliseconds, milliseconds / 1000)


def test_any_rate_and_both_channels_become_one_at_16_khz() -> None:
    stereo = np.stack([np.full(44_100, 8000, np.int16), np.zeros(44_100, np.int16)], 1)
    _, wav, seconds = clip_sound((stereo, 44_100))
    samples = np.frombuffer(wav[44:], "<i2")
    assert abs(seconds - 1) < 0.01
    assert abs(float(np.median(samples)) - 4000) < 60


def test_a_text_for_the_context_is_one_turn_and_too_much_of_it_is_told() -> None:
    assert build_clip_request({"conversation_context": "Yes, please."}).config == {
        "conversation_context": ["Yes, please."]
    }
    assert "last 500 turns" in build_clip_request({"conversation_context": ["a"] * 501}).warnings[0]
    assert "no effect" in build_clip_request({"prompt": "A.", "language_codes": ["de"]}).warnings[0]


PROBLEM = {"status": 400, "title": "Bad Audio", "detail": "not a WAV"}


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (400, PROBLEM, BadRequestError, "Bad Audio: not a WAV"),
        (400, {"error_code": "bad_audio", "message": "no WAV"}, BadRequestError, "no WAV (bad_audio)"),
        (400, {"error": "no", "error_code": "bad_request"}, BadRequestError, "no (bad_request)"),
        (422, {"detail": [{"loc": ["config"], "msg": "wrong"}]}, BadRequestError, "config: wrong"),
        (401, {"status": 401, "title": "Unauthorized", "detail": "Bad key"}, AuthenticationError, "Bad key"),
        (413, {"title": "Audio Too Large", "detail": "130 s"}, BadRequestError, "Audio Too Large: 130 s"),
        (500, {"error_code": "inference_error", "message": "oops"}, ServerError, "oops (inference_error)"),
        (504, {"title": "Inference Timeout", "detail": "30 s"}, ServerError, "Inference Timeout: 30 s"),
    ],
)  # fmt: skip
async def test_refusals_are_told_in_the_services_words_and_not_tried_again(
    service: ScriptedService, client: Client, status: int, body: Any, kind: type, said: str
) -> None:
    service.on("POST", PATH, reply(body, status))
    with pytest.raises(kind) as failed:
        await client.clips.transcribe(SOUND)
    assert said in failed.value.detail  # type: ignore[attr-defined]
    assert failed.value.status == status  # type: ignore[attr-defined]
    assert len(service.received) == 1  # it may have been recognised, and billed
    if status == 413:
        assert "aai.transcribe" in failed.value.hint  # type: ignore[attr-defined]


@pytest.mark.parametrize(("status", "title"), [(429, "Too Many Requests"), (503, "Capacity Exceeded")])
async def test_what_was_not_taken_is_sent_again_when_the_service_says(
    service: ScriptedService, client: Client, status: int, title: str
) -> None:
    full = reply({"status": status, "title": title, "detail": "later"}, status, headers={"retry-after": "0"})
    service.on("POST", PATH, full, full, reply(ANSWER))
    assert (await client.clips.transcribe(SOUND)).text == "go forward"
    bodies = {parts(request)[1].content for request in service.received}
    assert (len(service.received), len(bodies)) == (3, 1)


async def test_it_is_not_waited_for_longer_than_a_person_would(
    service: ScriptedService, client: Client
) -> None:
    service.on("POST", PATH, reply({"title": "Too Many Requests"}, 429, headers={"retry-after": "60"}))
    with pytest.raises(RateLimitError):
        await client.clips.transcribe(SOUND)
    assert len(service.received) == 1


async def test_a_connection_that_breaks_on_the_way_is_no_reason_to_pay_twice(
    service: ScriptedService, client: Client
) -> None:
    service.on("POST", PATH, RESET, reply(ANSWER))
    with pytest.raises(NetworkError):
        await client.clips.transcribe(SOUND)
    assert len(service.received) == 1


async def test_too_many_clips_do_not_hold_back_recordings(service: ScriptedService, client: Client) -> None:
    service.on("POST", PATH, reply({}, 429, headers={"retry-after": "1"}), reply(ANSWER))
    service.on("GET", "/v2/transcript", reply({"transcripts": [], "page_details": {}}))
    await client.clips.transcribe(SOUND)
    assert client.http.throttle._resume == 0.0


async def test_an_answer_that_is_none_is_told(service: ScriptedService, client: Client) -> None:
    for body in (b"<html>login</html>", b"[]", b'{"words": []}'):
        service.on("POST", PATH, reply(body))
        with pytest.raises(ResponseError):
            await client.clips.transcribe(SOUND)
    service.on("POST", PATH, reply({"text": "ok", "words": [None, 3, {"text": "ok"}], "confidence": "high"}))
    found = await client.clips.transcribe(SOUND)
    assert (found.words, found.confidence, found.session_id) == ([{"text": "ok"}], None, None)


async def test_warming_up_never_fails(service: ScriptedService, client: Client) -> None:
    service.on("GET", "/v1/warm", reply({"warm": "toasty"}), reply({}, 500), RESET)
    for _ in range(3):
        await client.clips.warm()
    assert len(service.sent("GET", "/v1/warm")) == 3


@given(st.binary(max_size=400), st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=3))
def test_any_sound_and_config_survive_the_body(sound: bytes, config: dict[str, str]) -> None:
    content, headers = ClipRequest("m", config).body(sound)
    first, second = parts_of(content, boundary_of(headers["Content-Type"]))
    assert (json.loads(first.content), second.content) == (config, sound)


@given(st.binary(max_size=200))
def test_whatever_comes_as_a_body_is_split_or_refused(body: bytes) -> None:
    for raw in (body, b"--x\r\n" + body + b"\r\n--x--\r\n"):
        with contextlib.suppress(ClipError):  # and nothing else
            parts_of(raw, b"x")
