from __future__ import annotations

import io
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aai_jupyter.client.client import Client

from .scripted import QUICK, ScriptedService, Stage, endpoint_at


@pytest.fixture
def service(stage: Stage) -> ScriptedService:
    """A fresh script on the one server of the session."""
    return stage.put(ScriptedService())


@pytest.fixture
async def client(service: ScriptedService) -> AsyncIterator[Client]:
    async with Client(endpoint_at(service.url), policy=QUICK) as made:
        yield made


def wav_bytes(seconds: float = 0.5, rate: int = 8000) -> bytes:
    """A silent recording."""
    file = io.BytesIO()
    with wave.open(file, "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(rate)
        w.writeframes(bytes(2 * int(seconds * rate)))
    return file.getvalue()


@pytest.fixture
def folder(in_folder: Path) -> Path:
    """A folder with recordings, and with what is none."""
    for name in ("b.wav", "a.MP3", "deep/c.flac", ".hidden.wav", "interview one.wav"):
        path = in_folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(wav_bytes())
    (in_folder / "notes.txt").write_text("not sound")
    (in_folder / "empty.wav").touch()
    (in_folder / "quiet").mkdir()
    return in_folder
