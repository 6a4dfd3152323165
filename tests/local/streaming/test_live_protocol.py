"""The rules of the real-time socket, over real sockets: who may, what may be asked for and sent."""

from __future__ import annotations

import asyncio
import json
import time

import httpx
import pytest
from websockets.asyncio.client import connect

from ..conftest import KEY
from .sockets import error_of, give, messages, quiet, session, url

# Who may ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "query", "first", "text"),
    [
        ({}, {}, None, "Missing Authorization header"),
        ({"Authorization": "wrong"}, {}, None, "Invalid API key"),
        ({"Authorization": f"Bearer {KEY}"}, {}, None, "Invalid API key"),
        ({}, {"token": "a.b"}, None, "Invalid API key"),
        ({}, {}, {"type": "Hello", "token": "wrong"}, "Invalid API key"),
        ({}, {}, {"type": "Terminate"}, "Missing Authorization header"),
    ],
)
async def test_strangers_are_told_after_the_upgrade(live, headers, query, first, text):
    async with connect(url(live, **query), additional_headers=headers) as socket:
        if first:
            await socket.send(json.dumps(first))
        assert await error_of(socket) == (1008, f"Unauthorized Connection: {text}", 1008)


@pytest.mark.parametrize("way", ["header", "token", "api_key", "first message", "minted", "minted in header"])
async def test_ways_in(live, way):
    minted = live.client.get("/v3/token", params={"expires_in_seconds": 60}).json()["token"]
    headers = {"header": {"Authorization": KEY}, "minted in header": {"Authorization": minted}}.get(way, {})
    query = {"token": {"token": KEY}, "api_key": {"api_key": KEY}, "minted": {"token": minted}}.get(way, {})
    async with connect(url(live, **query), additional_headers=headers) as socket:
        if way == "first message":
            await socket.send(json.dumps({"api_key": KEY}))
        begin = json.loads(await socket.recv())
        assert begin["type"] == "Begin"
        await socket.send('{"type":"Terminate"}')
        found, code = await messages(socket)
        assert (found[-1]["type"], code) == ("Termination", 1000)


def test_tokens(live):
    get = live.client.get
    assert get("/v3/token", params={"expires_in_seconds": 60}).json()["expires_in_seconds"] == 60
    for params, kind in (
        ({}, "missing"),
        ({"expires_in_seconds": 0}, "greater_than_equal"),
        ({"expires_in_seconds": 601}, "less_than_equal"),
        ({"expires_in_seconds": "x"}, "int_parsing"),
        ({"expires_in_seconds": 60, "max_session_duration_seconds": 59}, "greater_than_equal"),
    ):
        answer = get("/v3/token", params=params)
        assert (answer.status_code, answer.json()["detail"][0]["type"]) == (422, kind)
    nobody = httpx.get(f"{live.url}/v3/token", params={"expires_in_seconds": 9}, trust_env=False)
    assert nobody.status_code == 422
    wrong = httpx.get(
        f"{live.url}/v3/token",
        params={"expires_in_seconds": 9},
        headers={"authorization": "x"},
        trust_env=False,
    )
    assert wrong.status_code == 401


async def test_a_token_is_over_after_its_seconds(live):
    from aai_jupyter.local.streaming.tokens import make_token

    secret = live.app.state.engine.secret
    old = make_token(secret, "one", seconds=60, session=60, now=time.time() - 61)
    async with connect(url(live, token=old)) as socket:
        assert (await error_of(socket))[1] == "Unauthorized Connection: Signature has expired"


async def test_a_tokens_session_is_over_after_its_seconds(live):
    from aai_jupyter.local.streaming.tokens import make_token

    brief = make_token(live.app.state.engine.secret, "one", seconds=60, session=1)
    async with connect(url(live, token=brief)) as socket:
        assert (await error_of(socket))[0] == 3008


async def test_too_many_at_once(live):
    from contextlib import AsyncExitStack

    async with AsyncExitStack() as stack:
        for _ in range(4):
            await (await stack.enter_async_context(session(live))).recv()
        async with session(live) as socket:
            assert (await error_of(socket))[::2] == (3009, 3009)


# What is asked for -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"speech_model": "u3-pro"}, "Invalid 'speech_model': Input should be 'assemblyai-stt-3-7-realtime'"),
        ({"encoding": "flac"}, "'flac' is not a valid Encoding"),
        ({"sample_rate": 7999}, "Invalid 'sample_rate'"),
        ({"sample_rate": "fast"}, "Invalid 'sample_rate': Input should be a valid integer"),
        ({"prompt": "x" * 1751}, "prompt exceeds maximum length of 1750 characters (got 1751)"),
        ({"keyterms_prompt": json.dumps(["x"] * 101)}, "Invalid 'keyterms_prompt'"),
        ({"mode": "fast"}, "Invalid 'mode'"),
        ({"inactivity_timeout": 4}, "Invalid 'inactivity_timeout'"),
        ({"language_codes": '["xx"]'}, "Invalid 'language_codes'"),
        ({"voice_focus": "near-field"}, "the local engine has no model for it"),
        ({"domain": "medical-v1"}, "the local engine has no model for it"),
        ({"redact_pii": "true"}, "has to be told which ones to take out"),
        ({"redact_pii": "true", "redact_pii_policies": "occupation"}, "cannot find 'occupation'"),
        ({"redact_pii": "true", "redact_pii_policies": "phone_number,date"}, "language_codes with en alone"),
        ({"redact_pii_policies": "phone_number"}, "redact_pii is required"),
        ({"voice_focus_threshold": 0.3}, "voice_focus is required"),
    ],
)
async def test_what_it_cannot_do_is_refused_before_begin(live, query, text):
    async with session(live, **query) as socket:
        code, error, closed = await error_of(socket)
        assert (code, closed) == (3006, 3006)
        assert error.startswith("User Input Validation Error: ")
        assert text in error


async def test_unknown_names_are_passed_over_and_begin_is_honest(live):
    async with session(
        live, nonsense="x", speech_model="universal-3-6-pro", webhook_url="https://x"
    ) as socket:
        begin = json.loads(await socket.recv())
        assert begin["configuration"]["model"] == "whisper-base"
        assert begin["configuration"]["api_version"] == "2025-05-12"
        warning = json.loads(await socket.recv())
        assert warning["type"] == "Warning"
        assert "calls no webhook" in warning["warning"]


# Sound -----------------------------------------------------------------------------------------------------


async def test_long_frames_are_refused_at_once(live):
    async with session(live) as socket:
        await socket.send(quiet(1.2).tobytes())
        assert await error_of(socket) == (
            3007,
            "Input Duration Error: Input Duration Violation: 1200.0 ms. Expected between 50 and 1000 ms",
            3007,
        )


async def test_short_frames_are_refused_after_about_a_second(live):
    async with session(live) as socket:
        await give(socket, quiet(0.9), ms=20)
        await socket.send('{"type":"KeepAlive"}')
        await give(socket, quiet(0.2), ms=20)
        code, error, _ = await error_of(socket)
        assert code == 3007
        assert "20.0 ms" in error


async def test_large_messages_end_the_session(live):
    async with session(live, sample_rate=96000) as socket:
        await socket.recv()
        await socket.send(bytes(128 * 1024 + 2))
        found, code = await messages(socket)
        assert (found, code) == ([], 1009)


def test_sound_too_far_before_its_time_is_refused():
    from aai_jupyter.local.streaming.audio_frames import BadAudio, PaceRule

    rule = PaceRule()
    for _ in range(310):
        rule.check(1000, 0.0)
    rule.check(500, 0.5)
    with pytest.raises(BadAudio, match=r"Received 311\.0 sec\. audio in 0\.5 sec"):
        rule.check(500, 0.5)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", "Invalid JSON"),
        ('{"type":"Bogus"}', "Invalid Message Type: Bogus"),
        ("3", "Invalid Message Type"),
        (json.dumps({"type": "UpdateConfiguration", "agent_context": "x" * 1800}), "(got 1800)"),
        ('{"type":"UpdateConfiguration","vad_threshold":2}', "Invalid 'vad_threshold'"),
    ],
)
async def test_messages_that_mean_nothing(live, text, error):
    async with session(live) as socket:
        await socket.send(text)
        code, found, _ = await error_of(socket)
        assert code == 3006
        assert error in found


async def test_inactivity_ends_the_session_and_keep_alive_counts(live):
    async with session(live, inactivity_timeout=5) as socket:
        await socket.recv()
        began = time.monotonic()
        await asyncio.sleep(1)
        await socket.send('{"type":"KeepAlive"}')
        code, error, _ = await error_of(socket)
        assert code == 3006
        assert error.endswith("Session terminated due to inactivity: No messages received for 5 seconds")
        assert time.monotonic() - began > 5.9
