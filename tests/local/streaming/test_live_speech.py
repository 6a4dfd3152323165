"""Speech over the real-time socket: what becomes a turn, in whatever encoding it comes."""

from __future__ import annotations

import asyncio
import json
import threading

import numpy as np
import pytest
from websockets.asyncio.client import connect

from aai_jupyter.local.streaming.websocket_route import Live

from ..conftest import KEY, run_engine
from .sockets import RATE, ScriptedModels, error_of, give, messages, quiet, session, spoken, talk, turns, url


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


class HeldModels(ScriptedModels):
    """Recognise nothing before they may."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.may = threading.Event()

    def load(self, name):
        assert self.may.wait(60)
        return super().load(name)


async def test_sound_is_taken_while_recognition_falls_behind_and_nothing_is_lost(tmp_path):
    models = HeldModels("base", tmp_path)
    said = [part for _ in range(6) for part in (spoken(3.0), quiet(2.0))]
    with run_engine(tmp_path, routes=Live(models).routes()) as engine:
        try:
            async with asyncio.timeout(60), session(engine) as socket:
                await give(socket, np.concatenate(said))
                begun = [json.loads(await socket.recv())["type"] for _ in range(7)]
                models.may.set()  # all six were heard before the first has its text
                await socket.send('{"type":"Terminate"}')
                found, _ = await messages(socket)
        finally:
            models.may.set()
    assert begun == ["Begin", *["SpeechStarted"] * 6]
    assert [turn["words"][0]["start"] // 5000 for turn in turns(found)] == list(range(6))


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


async def begun(live):
    """A session, as soon as there is room: the engine hears of those who have gone in its own time."""
    while True:
        socket = await connect(url(live), additional_headers={"Authorization": KEY})
        if json.loads(await socket.recv())["type"] == "Begin":
            return socket
        await socket.close()
        await asyncio.sleep(0.01)


async def test_a_client_that_goes_away_leaves_room_for_others(live):
    for _ in range(6):
        socket = await begun(live)
        await give(socket, spoken(1.0))
        socket.transport.abort()
    async with await begun(live) as socket:
        await give(socket, spoken(2.0))
        await socket.send('{"type":"Terminate"}')
        found, _ = await messages(socket)
    assert turns(found)
