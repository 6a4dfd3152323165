"""Live speech with the real models: the official SDK, our own client, word errors."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
import pytest
from whisper_normalizer.english import EnglishTextNormalizer

from aai_jupyter.client.client import Client
from aai_jupyter.client.streaming.events import Turn
from aai_jupyter.local.models.live_models import LiveModels
from aai_jupyter.local.streaming.websocket_route import Live
from aai_jupyter.settings.endpoint import ApiKey, Endpoint

from ..conftest import KEY, run_engine
from .sockets import RATE, spoken

pytestmark = pytest.mark.models
SAID = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of "
    "foolishness. Mr. John Dashwood had then leisure to consider how much there might be prudently in his "
    "power to do for them."
)
SECONDS = 15.0


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    home = Path(tmp_path_factory.mktemp("live"))
    models = LiveModels("base", home)
    models.warm_up("base")
    with run_engine(home, routes=Live(models).routes()) as running:
        yield running


def errors(text: str) -> float:
    normal = EnglishTextNormalizer()
    return jiwer.wer(normal(SAID), normal(text))


def frames() -> list[bytes]:
    sound = np.concatenate([spoken(SECONDS), np.zeros(RATE, "<i2")]).tobytes()
    return [sound[i : i + 3200] for i in range(0, len(sound), 3200)]


def endpoint(live: Any) -> Endpoint:
    return Endpoint(live.url, live.url.replace("http", "ws"), live.url, ApiKey(KEY), local=True)


async def test_our_client_and_two_speakers(live, tmp_path):
    partial, started = [], []
    async with (
        Client(endpoint(live)) as client,
        client.streaming.connect(
            (spoken(SECONDS).astype(np.float32) / 32768, RATE), speed=2.0, speaker_labels=True, auth="token"
        ) as session,
    ):
        async for event in session:
            started += [event] if event.type == "SpeechStarted" else []
            partial += [event] if isinstance(event, Turn) and not event.end_of_turn else []
    final = session.turns.final()
    assert errors(" ".join(turn.transcript for turn in final)) <= 0.15
    assert started
    assert partial
    words = [word for turn in final for word in turn.words]
    starts = [word.start for word in words]
    assert starts == sorted(starts)
    assert all(word.end > word.start and 0 < word.confidence <= 1 and word.word_is_final for word in words)
    assert words[-1].end <= 1000 * SECONDS
    assert {turn.speaker_label for turn in final} == {"A", "B"}
    assert session.begin.configuration["model"] == "whisper-base"


# The SDK's thread would end at what websockets says of the function that the SDK calls.
@pytest.mark.filterwarnings("default::DeprecationWarning")
def test_the_official_sdk(live):
    from assemblyai.streaming import v3

    begun, turns, ended, failed = [], [], threading.Event(), []
    options = v3.StreamingClientOptions(api_key=KEY, api_host=live.url.replace("http", "ws"))
    client = v3.StreamingClient(options)
    client.on(v3.StreamingEvents.Begin, lambda _, event: begun.append(event))
    client.on(v3.StreamingEvents.Turn, lambda _, event: turns.append(event))
    client.on(v3.StreamingEvents.Termination, lambda _, event: ended.set())
    client.on(v3.StreamingEvents.Error, lambda _, event: failed.append(event))
    client.connect(
        v3.StreamingParameters(
            sample_rate=RATE,
            speech_model="universal-3-6-pro",
            keyterms_prompt=["Dashwood"],
            language_detection=True,
            min_turn_silence=400,
        )
    )
    client.stream(frames())
    client.set_params(v3.StreamingSessionParameters(prompt="Novels read aloud."))
    client.force_endpoint()
    client._options.terminate_timeout = 60
    client.disconnect(terminate=True)
    assert failed == []
    assert ended.is_set()
    assert begun[0].configuration.model == "whisper-base"
    final = [turn for turn in turns if turn.end_of_turn]
    assert errors(" ".join(turn.transcript for turn in final)) <= 0.15
    assert final[0].language_code == "en"


@pytest.mark.nightly  # the same server as above; a token is used by our client
async def test_the_official_sdk_asynchronous_with_a_token(live):
    from assemblyai.streaming import v3

    token = live.client.get("/v3/token", params={"expires_in_seconds": 60}).json()["token"]
    turns: list[Any] = []
    failed: list[Any] = []
    options = v3.StreamingClientOptions(
        token=token, api_host=live.url.replace("http", "ws"), terminate_timeout=60
    )
    client = v3.AsyncStreamingClient(options)
    client.on(v3.StreamingEvents.Turn, lambda _, event: turns.append(event))
    client.on(v3.StreamingEvents.Error, lambda _, event: failed.append(event))
    await client.connect(v3.StreamingParameters(sample_rate=RATE))
    for frame in frames()[:80]:
        await client.stream(frame)
        await asyncio.sleep(0.02)
    await client.disconnect(terminate=True)
    assert failed == []
    assert "best of times" in " ".join(turn.transcript for turn in turns if turn.end_of_turn)
