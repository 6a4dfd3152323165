"""What programs and terminals need: a folder with a recording, and servers whose answers are scripted."""

from __future__ import annotations

import os
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernels import ROOT
from tests.local.conftest import KEY, run_engine
from tests.notebook.conftest import speech
from tests.scripted_llm import Say, ScriptedLlm, running
from tests.streaming_server import RATE, Script, scripted_beside
from tests.streaming_server import speech as tone

LIVE = f"%aai_stream --source live.wav --sample-rate {RATE} --no-audio --as live"


@pytest.fixture(scope="package")
def variables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment of whatever is started."""
    base = tmp_path_factory.mktemp("base")
    (base / "ipython" / "profile_default").mkdir(parents=True)
    with (
        run_engine(base / "engine") as service,
        running(ScriptedLlm(Say("They said hello [1]."))) as llm,
        scripted_beside(Script()) as script,
    ):
        yield {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
            "IPYTHONDIR": str(base / "ipython"),
            "AAI_JUPYTER_HOME": str(base / "home"),
            "ASSEMBLYAI_API_KEY": KEY,
            "ASSEMBLYAI_BASE_URL": service.url,
            "ASSEMBLYAI_LLM_GATEWAY_BASE_URL": llm.url,
            "ASSEMBLYAI_STREAMING_BASE_URL": script.url,
        }


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording that the service reads, and one to be streamed."""
    folder = tmp_path_factory.mktemp("front_ends")
    speech(folder, "talk.wav")
    with wave.open(str(folder / "live.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(tone(2.0))
    return folder
