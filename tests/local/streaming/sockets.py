"""A real-time socket of the engine as a client sees it. The voice detector is real, words are scripted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from aai_jupyter.local.models.live_models import LiveModels
from aai_jupyter.local.models.words import RecognisedWord

from ..conftest import KEY

pytest.importorskip("faster_whisper")
RATE = 16000
SPEECH = Path(__file__).parents[3] / "aai_jupyter" / "data" / "two_readers.flac"


class Scripted:
    """Whisper by script: one word for each half second that it is given."""

    multilingual = False

    def turn_words(self, samples: np.ndarray, language: str, **_: Any) -> list[RecognisedWord]:
        count = max(1, len(samples) // (RATE // 2))
        words = [RecognisedWord(f"word{k}", 500 * k, 500 * k + 400, 0.9) for k in range(count)]
        words[0].text, words[-1].text = words[0].text.capitalize(), words[-1].text + "."
        return words

    words = turn_words


class ScriptedModels(LiveModels):
    def load(self, name: str) -> Any:
        return Scripted()

    def warm_up(self, name: str) -> None:
        return

    def speaker_change(self, samples: np.ndarray, since: int) -> int | None:
        """Nobody else, so that only pauses end turns."""
        return None


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
        async with asyncio.timeout(60):
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
