"""Short clips on the local engine: the service's rules over real sockets, and real recognition."""

from __future__ import annotations

import io
import json
import threading
import wave
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import httpx
import jiwer
import numpy as np
import pytest
from whisper_normalizer.english import EnglishTextNormalizer

from aai_jupyter.client import Client
from aai_jupyter.client.clips.clip_audio import clip_sound
from aai_jupyter.local.clips import clip_routes
from aai_jupyter.local.clips.clip_routes import ClipRoutes
from aai_jupyter.local.models.live_models import LiveModels
from aai_jupyter.settings.endpoint import ApiKey, Endpoint

from ..conftest import KEY, Running, run_engine

DATA = Path(__file__).parents[2] / "data"
PATHS = ("/v1/transcribe/live", "/v1/transcribe/stream", "/v1/transcribe", "/transcribe")
MODEL = {"x-aai-model": "universal-3-5-pro"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = Path(tmp_path_factory.mktemp("clips"))
    with run_engine(home, routes=ClipRoutes(LiveModels("base", home), waiting=2).routes()) as running:
        running.app.state.home = home
        yield running


def wav(seconds: float = 1.0, rate: int = 16_000, channels: int = 1, width: int = 2) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(bytes(round(seconds * rate) * channels * width))
    return made.getvalue()


def post(
    engine: Running, *parts: tuple[str, bytes, str], path: str = PATHS[0], headers: Any = MODEL, **more: Any
) -> httpx.Response:
    files = [(name, (f"{name}.x", content, kind)) for name, content, kind in parts]
    return engine.client.post(path, files=files, headers=headers, **more)


def config(**fields: Any) -> tuple[str, bytes, str]:
    return "config", json.dumps(fields).encode(), "application/json"


def audio(content: bytes, kind: str = "audio/wav") -> tuple[str, bytes, str]:
    return "audio", content, kind


def test_a_key_a_model_and_the_order_of_the_parts_are_needed(engine: Running) -> None:
    fine = (config(), audio(wav()))
    assert post(engine, *fine).status_code == 200
    for headers in ({"authorization": ""}, {"authorization": "wrong"}):
        refused = post(engine, *fine, headers={**MODEL, **headers})
        assert (refused.status_code, refused.json()["title"]) == (401, "Unauthorized")
    assert post(engine, *fine, headers={**MODEL, "authorization": f"Bearer {KEY}"}).status_code == 200
    by_query = post(engine, *fine, headers={**MODEL, "authorization": ""}, params={"token": KEY})
    assert by_query.status_code == 200
    assert "X-AAI-Model is required" in post(engine, *fine, headers={}).json()["detail"]
    assert "no model" in post(engine, *fine, headers={"x-aai-model": "best"}).json()["detail"]
    turned = post(engine, *fine[::-1])
    assert (turned.status_code, turned.headers["content-type"]) == (400, "application/problem+json")
    assert turned.json() == {
        "status": 400,
        "title": "Bad Request",
        "detail": "The part config must come before the part audio",
    }
    assert post(engine, *fine[::-1], path="/v1/transcribe").status_code == 200
    assert post(engine, fine[1], path="/transcribe").status_code == 200
    assert post(engine, fine[1]).status_code == 400
    assert post(engine, fine[0], fine[0], fine[1]).status_code == 400
    assert engine.client.get("/v1/transcribe/live").status_code == 405


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"speaker_labels": True}, "unknown field 'speaker_labels'"),
        ({"prompt": 3}, "prompt must be a string"),
        ({"prompt": "x" * 6001}, "at most 6000"),
        ({"keyterms_prompt": "a"}, "list of strings"),
        ({"keyterms_prompt": ["a"] * 101}, "at most 100 terms"),
        ({"keyterms_prompt": ["a" * 4001] * 2}, "8000 characters"),
        ({"language_codes": ["xx"]}, "'xx' is not supported"),
        ({"conversation_context": [1]}, "list of strings"),
        ({"timestamps": "yes"}, "boolean"),
        ({"sample_rate": 11_025}, "sample_rate must be one of"),
        ({"channels": True}, "channels must be one of"),
    ],
)
def test_the_config_is_read_strictly(engine: Running, fields: dict[str, Any], words: str) -> None:
    refused = post(engine, config(**fields), audio(wav()))
    assert (refused.status_code, refused.json()["title"]) == (400, "Bad Request")
    assert words in refused.json()["detail"]


@pytest.mark.parametrize("raw", [b"{", b"[]", b'"x"', b"\xff"])
def test_a_config_that_is_no_object_is_refused(engine: Running, raw: bytes) -> None:
    assert post(engine, ("config", raw, "application/json"), audio(wav())).status_code == 400


@pytest.mark.parametrize(
    ("sound", "fields", "status", "title"),
    [
        (audio(b"RIFF....WAVEjunk"), {}, 400, "Bad Audio"),
        (audio(b"ID3 something else"), {}, 400, "Bad Audio"),
        (audio(b""), {}, 400, "Bad Audio"),
        (audio(wav(width=1)), {}, 400, "Bad Audio"),
        (audio(wav(channels=3)), {}, 400, "Bad Audio"),
        (audio(wav(0.07)), {}, 400, "Audio Too Short"),
        (audio(wav(0)), {}, 400, "Audio Too Short"),
        (audio(wav(121, 8000)), {}, 413, "Audio Too Large"),
        (audio(bytes(40_000_001)), {}, 413, "Audio Too Large"),
        (audio(bytes(40_200_000)), {}, 413, "Audio Too Large"),
        (audio(wav(), "audio/mpeg"), {}, 415, "Unsupported Media Type"),
        (audio(bytes(32_000), "audio/pcm"), {"sample_rate": 16_000}, 400, "Bad Request"),
        (audio(bytes(2000), "audio/pcm"), {"sample_rate": 16_000, "channels": 1}, 400, "Audio Too Short"),
    ],
)
def test_sound_that_does_not_fit_is_refused(
    engine: Running, sound: Any, fields: dict[str, Any], status: int, title: str
) -> None:
    refused = post(engine, config(**fields), sound)
    assert (refused.status_code, refused.json()["title"]) == (status, title)


def test_silence_is_an_empty_text_whatever_the_rate(engine: Running) -> None:
    for sound in (wav(1.5, 44_100, 2), wav(1.5, 8000)):
        found = post(engine, config(), audio(sound)).json()
        assert (found["text"], found["words"], found["audio_duration_ms"]) == ("", [], 1500)


def test_one_clip_too_many_is_told_to_come_again(engine: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    monkeypatch.setattr(clip_routes, "clip_words", lambda *_: go.wait(30) and [])
    with ThreadPoolExecutor(3) as pool:
        sent = [pool.submit(post, engine, config(), audio(wav())) for _ in range(3)]
        done, _ = wait(sent, return_when=FIRST_COMPLETED)
        go.set()
        first = done.pop().result()
        assert (first.status_code, first.headers["retry-after"]) == (503, "1")
        assert first.json()["title"] == "Capacity Exceeded"
        assert sorted(one.result().status_code for one in sent) == [200, 200, 503]


def test_what_breaks_inside_is_told_without_details(engine: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise ValueError("a path of the machine")

    monkeypatch.setattr(clip_routes, "clip_words", broken)
    failed = post(engine, config(), audio(wav()))
    assert (failed.status_code, failed.json()["title"]) == (500, "Inference Error")
    assert "path" not in failed.text


def errors(name: str, text: str) -> float:
    known = {one["file"]: one["reference"] for one in json.loads((DATA / "manifest.json").read_text())}
    normal = EnglishTextNormalizer()
    return jiwer.wer(normal(known[name]), normal(text))


@pytest.mark.models
async def test_our_client_reads_real_speech(engine: Running) -> None:
    async with Client(Endpoint(engine.url, engine.url, engine.url, ApiKey(KEY), local=True)) as client:
        await client.clips.warm()
        _, sound, _ = clip_sound(DATA / "beckett.flac")
        milliseconds = len(sound[44:]) / 2 / 16
        found = await client.clips.transcribe(DATA / "beckett.flac", timestamps=True)
        assert errors("beckett.flac", found.text) <= 0.15
        starts = [word["start"] for word in found.words]
        assert starts == sorted(starts)
        assert all(0 <= word["start"] < word["end"] <= milliseconds for word in found.words)
        assert abs((found.audio_duration_ms or 0) - milliseconds) < 20
        short = await client.clips.transcribe(
            DATA / "goforward.flac", language_codes=["en"], conversation_context="How far?"
        )
        assert "forward" in short.text
        assert "start" not in short.words[0]


@pytest.mark.models
@pytest.mark.parametrize("path", PATHS)
def test_every_name_of_the_path_takes_pcm(engine: Running, path: str) -> None:
    _, sound, _ = clip_sound(DATA / "goforward.flac")
    stereo = np.repeat(np.frombuffer(sound[44:], "<i2"), 2).tobytes()
    found = post(engine, config(sample_rate=16_000, channels=2), audio(stereo, "audio/pcm"), path=path).json()
    assert "forward" in found["text"].lower()
    assert 0 < found["confidence"] <= 1
    assert sound not in [file.read_bytes() for file in engine.app.state.home.rglob("*") if file.is_file()]
    assert not list(engine.app.state.home.rglob("*.wav"))


@pytest.mark.models
def test_the_official_sdk(engine: Running) -> None:
    import assemblyai as sdk

    sdk.settings.api_key, sdk.settings.sync_base_url = KEY, engine.url
    _, sound, _ = clip_sound(DATA / "beckett.flac")
    with sdk.SyncTranscriber() as transcriber:
        transcriber.warm()
        options = sdk.SyncTranscriptionConfig(
            timestamps=True, keyterms_prompt=["Beckett"], language_codes=["en"]
        )
        found = transcriber.transcribe(sound, options)
        assert errors("beckett.flac", found.text) <= 0.15
        assert found.words[0].start is not None
        chunks = [sound[44:][at : at + 3200] for at in range(0, len(sound), 3200)]
        live = transcriber.transcribe_live(
            chunks, sdk.SyncTranscriptionConfig(sample_rate=16_000, channels=1)
        )
        assert errors("beckett.flac", live.text) <= 0.15
        with pytest.raises(sdk.SyncTranscriptError) as failed:
            transcriber.transcribe(b"RIFF....WAVE")
        assert (failed.value.error_code, failed.value.status_code) == ("bad_audio", 400)
