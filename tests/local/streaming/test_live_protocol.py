"""The rules of the real-time socket, over real sockets. The voice detector is real, words are scripted."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from aai_jupyter.local.models.live import LiveModels
from aai_jupyter.local.models.words import Word
from aai_jupyter.local.streaming.socket import Live

from ..conftest import KEY, run_engine

pytest.importorskip("faster_whisper")
RATE = 16000
SPEECH = Path(__file__).parents[3] / "aai_jupyter" / "data" / "two_readers.flac"


class Scripted:
    """Whisper by script: one word for each half second that it is given."""

    multilingual = False

    def turn_words(self, samples: np.ndarray, language: str, **_: Any) -> list[Word]:
        count = max(1, len(samples) // (RATE // 2))
        words = [Word(f"word{k}", 500 * k, 500 * k + 400, 0.9) for k in range(count)]
        words[0].text, words[-1].text = words[0].text.capitalize(), words[-1].text + "."
        return words

    words = turn_words


class ScriptedModels(LiveModels):
    def load(self, name: str) -> Any:
        return Scripted()

    def warm_up(self, name: str) -> None:
        return


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    home = tmp_path_factory.mktemp("live")
    with run_engine(home, routes=Live(ScriptedModels("base", home), sessions=4).routes()) as running:
        yield running


def url(live: Any, **query: Any) -> str:
    return live.url.replace("http", "ws") + "/v3/ws?" + urlencode(query)


@asynccontextmanager
async def session(live: Any, **query: Any) -> AsyncIterator[ClientConnection]:
    async with connect(url(live, **query), additional_headers={"Authorization": KEY}) as socket:
        yield socket


async def messages(socket: ClientConnection) -> tuple[list[dict[str, Any]], int]:
    """Everything until the end, and the close code."""
    found = []
    try:
        async with asyncio.timeout(30):
            while True:
                found.append(json.loads(await socket.recv()))
    except ConnectionClosed as closed:
        return found, closed.rcvd.code if closed.rcvd else 1006


async def error_of(socket: ClientConnection) -> tuple[int, str, int]:
    found, code = await messages(socket)
    assert found[-1]["type"] == "Error"
    assert not any(one["type"] == "Termination" for one in found)
    return found[-1]["error_code"], found[-1]["error"], code


def spoken(seconds: float, start: float = 0.0) -> np.ndarray:
    import av

    frames = av.open(str(SPEECH)).decode(audio=0)
    sound = np.concatenate([f.to_ndarray().reshape(-1) for f in frames])
    return sound[int(start * RATE) : int((start + seconds) * RATE)].astype("<i2")


def quiet(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE), "<i2")


async def give(socket: ClientConnection, sound: np.ndarray, ms: int = 100) -> None:
    data, size = sound.tobytes(), RATE * ms // 1000 * 2
    for start in range(0, len(data), size):
        await socket.send(data[start : start + size])


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
        ({"speech_model": "u3-pro"}, "Invalid 'speech_model': Input should be 'universal-3-6-pro'"),
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
    from aai_jupyter.local.streaming.sound import BadSound, PaceRule

    rule = PaceRule()
    for _ in range(310):
        rule.check(1000, 0.0)
    rule.check(500, 0.5)
    with pytest.raises(BadSound, match=r"Received 311\.0 sec\. audio in 0\.5 sec"):
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


# Turns -----------------------------------------------------------------------------------------------------


async def talk(live: Any, *sounds: np.ndarray | str, **query: Any) -> list[dict[str, Any]]:
    async with session(live, **query) as socket:
        for sound in sounds:
            if isinstance(sound, str):
                await socket.send(sound)
            else:
                await give(socket, sound)
        await socket.send('{"type":"Terminate"}')
        found, code = await messages(socket)
    assert code == 1000
    assert found[-1]["type"] == "Termination"
    return found


def turns(found: list[dict[str, Any]], *, final: bool = True) -> list[dict[str, Any]]:
    return [one for one in found if one["type"] == "Turn" and one["end_of_turn"] is final]


async def test_a_turn_from_its_start_to_its_end(live):
    found = await talk(live, quiet(1.0), spoken(7.4), quiet(2.0))
    kinds = [one["type"] for one in found]
    assert kinds[:2] == ["Begin", "SpeechStarted"]
    assert kinds.index("Turn") > kinds.index("SpeechStarted")
    (last,) = turns(found)[-1:]
    assert last["end_of_turn_confidence"] == 1.0
    assert last["turn_is_formatted"] is True
    assert all(word["word_is_final"] for word in last["words"])
    assert turns(found)[0]["words"][0]["start"] >= 1000
    assert found[-1]["audio_duration_seconds"] == 10
    assert [one["turn_order"] for one in turns(found)] == list(range(len(turns(found))))


async def test_silence_says_nothing(live):
    assert [one["type"] for one in await talk(live, quiet(3))] == ["Begin", "Termination"]


async def test_silence_is_acknowledged_when_asked_for(live):
    found = await talk(live, quiet(3.5), acknowledge_silence="true")
    spans = [(one["start_ms"], one["end_ms"]) for one in found if one["type"] == "Silence"]
    assert len(spans) == 3
    assert all(0.9 <= (end - start) / 1000 <= 1.2 for start, end in spans)


async def test_force_endpoint_ends_the_turn_that_is_spoken(live):
    found = await talk(live, spoken(2.0), '{"type":"ForceEndpoint"}', spoken(2.0, 2.0))
    assert len(turns(found)) == 2


async def test_us_models_write_plain_text_unless_asked_to_format(live):
    model = "universal-streaming-english"
    (plain, *_) = turns(await talk(live, spoken(3.0), speech_model=model))
    assert plain["transcript"] == plain["transcript"].lower()
    assert "." not in plain["transcript"]
    assert plain["turn_is_formatted"] is False
    first, second, *_ = turns(await talk(live, spoken(3.0), speech_model=model, format_turns="true"))
    assert first["turn_order"] == second["turn_order"]
    assert (first["turn_is_formatted"], second["turn_is_formatted"]) == (False, True)
    assert second["transcript"].startswith("Word0")


async def test_no_partials_when_not_wanted(live):
    assert turns(await talk(live, spoken(5.0), include_partial_turns="false"), final=False) == []


async def test_long_speech_is_cut_into_turns_without_loss(live):
    sound = np.concatenate([spoken(7.0), spoken(7.0), spoken(7.0), spoken(7.0), spoken(7.0)])
    found = turns(await talk(live, sound, max_turn_silence=10000, min_turn_silence=10000))
    assert len(found) >= 2
    assert found[1]["words"][0]["start"] - found[0]["words"][-1]["end"] < 1500


@pytest.mark.parametrize("encoding", ["pcm_mulaw", "opus", "ogg_opus", "aac"])
async def test_encodings(live, encoding):
    from aai_jupyter.client.streaming.codec import make_encoder

    encoder = make_encoder(encoding, RATE)
    sound = np.concatenate([spoken(4.0), quiet(1.0)]).tobytes()
    async with session(live, encoding=encoding, sample_rate=RATE) as socket:
        for start in range(0, len(sound), 3200):
            for message in encoder.encode(sound[start : start + 3200]):
                await socket.send(message)
        for message in encoder.finish():
            await socket.send(message)
        await socket.send('{"type":"Terminate"}')
        found, code = await messages(socket)
    assert code == 1000
    assert turns(found)
    assert found[-1]["audio_duration_seconds"] == 5


@pytest.mark.parametrize("encoding", ["opus", "ogg_opus"])
async def test_sound_of_another_encoding(live, encoding):
    async with session(live, encoding=encoding) as socket:
        for _ in range(20):
            await socket.send(b"\xff" * 1600)
        assert (await error_of(socket))[0] == 3007


async def test_other_sample_rates(live):
    import av

    sound = spoken(4.0)
    resampler = av.AudioResampler("s16", "mono", 44100)
    frame = av.AudioFrame.from_ndarray(sound[None], format="s16", layout="mono")
    frame.sample_rate = RATE
    out = b"".join(f.to_ndarray().tobytes() for f in resampler.resample(frame))
    async with session(live, sample_rate=44100) as socket:
        for start in range(0, len(out), 8820):
            await socket.send(out[start : start + 8820])
        await socket.send('{"type":"Terminate"}')
        found, _ = await messages(socket)
    assert turns(found)
    assert found[-1]["audio_duration_seconds"] == 4


async def test_a_client_that_goes_away_leaves_room_for_others(live):
    for _ in range(6):
        socket = await connect(url(live), additional_headers={"Authorization": KEY})
        await socket.recv()
        await give(socket, spoken(1.0))
        socket.transport.abort()
    await asyncio.sleep(0.2)
    assert turns(await talk(live, spoken(2.0)))
