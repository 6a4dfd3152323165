"""Front ends by what they do with messages: some never update a display, some have nobody before them."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.kernels import Cell, Kernel, kernel
from tests.local.conftest import Running
from tests.notebook.conftest import environment, speech
from tests.scripted_llm import Say, ScriptedLlm, running
from tests.streaming_server import RATE, Script, scripted_beside
from tests.streaming_server import speech as tone
from tests.tried import tried

pytestmark = pytest.mark.kernel
SECONDS = 2.0
WIDGET = "application/vnd.jupyter.widget-view+json"


class QtConsole:
    """The message set of qtconsole, ``jupyter console`` and Spyder: a display stays as it was first shown."""

    def __init__(self, made: Kernel) -> None:
        self.kernel = made

    def run(self, code: str) -> Cell:
        made = self.kernel
        shown = Cell()
        read = shown.read
        shown.read = lambda kind, content: kind == "update_display_data" or read(kind, content)
        return made.collect(made.send(code, console=True), cell=shown)


@pytest.fixture(scope="module")
def llm() -> Iterator[ScriptedLlm]:
    with running(ScriptedLlm()) as made:
        yield made


@pytest.fixture(scope="module")
def script() -> Iterator[Script]:
    with scripted_beside(Script()) as made:
        yield made


@pytest.fixture(scope="module")
def variables(
    service: Running, llm: ScriptedLlm, script: Script, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    return {
        **environment(service, tmp_path_factory.mktemp("home")),
        "ASSEMBLYAI_LLM_GATEWAY_BASE_URL": llm.url,
        "ASSEMBLYAI_STREAMING_BASE_URL": script.url,
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("front_ends")
    speech(folder, "talk.wav")
    with wave.open(str(folder / "live.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(tone(SECONDS))
    return folder


@pytest.fixture(scope="module")
def console(folder: Path, variables: dict[str, str]) -> Iterator[QtConsole]:
    with kernel(cwd=folder, env=variables) as made:
        made.ok("%load_ext aai_jupyter\nimport aai_jupyter as aai")
        yield QtConsole(made)


def test_a_console_gets_progress_answers_and_captions_as_lines(console: QtConsole, llm: ScriptedLlm) -> None:
    made = console.run("%transcribe talk.wav --as talk")
    assert "talk.wav: done" in made.stdout
    assert "Hello there" in made.text
    assert WIDGET not in made.everything
    llm.scripts = [Say("They said hello [1].")]
    asked = console.run("%aai_ask -t talk What was said?")
    assert "They said hello [0:00" in asked.stdout
    assert "asking" not in asked.text
    live = console.run(f"%aai_stream --source live.wav --sample-rate {RATE} --no-audio --as live --wait")
    assert "w0 w1" in live.stdout
    shown = console.run(f"%aai_stream --source live.wav --sample-rate {RATE} --no-audio --as two\ntwo.wait()")
    assert "w0 w1" in shown.stdout
    assert "Nothing was said yet" not in shown.text
    clip = console.run("%aai_stream --clip")
    assert clip.status == "error"
    assert "nobody here who could press a button" in " ".join(clip.error)
    assert "Hello" in console.run('talk.words.aai.search("hello")').text
    assert "nothing.wav does not exist." in " ".join(console.run("%transcribe nothing.wav").error)
    assert "from cache" in console.run("%transcribe talk.wav --as talk").stdout
    worked = ("load", "transcribe", "progress", "search", "ask", "live", "error", "rerun")
    missing = dict.fromkeys(("play", "edit", "reopen", "export"), "no")
    tried("qtconsole", "qtconsole", **dict.fromkeys(worked, "text"), **missing)


def test_a_program_gets_lines_and_static_forms_without_scripts(
    folder: Path, variables: dict[str, str], llm: ScriptedLlm, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    llm.scripts = [Say("They said hello [1].")]
    cells = [
        "%load_ext aai_jupyter\nimport aai_jupyter as aai",
        "%transcribe talk.wav --as talk",
        "aai.studio()",
        "aai.chat(talk)",
        "talk.player()",
        "talk.utterances.aai.play(talk)",
        "%aai_ask -t talk What was said?",
        f"%aai_stream --source live.wav --sample-rate {RATE} --no-audio --as live",
        "live.wait()",
        "aai.settings.saved_output = 'summary'",
        f"aai.stream('live.wav', sample_rate={RATE}, keep_audio=False).ended",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}, timeout=120).execute()
    saved = nbformat.writes(notebook)
    assert WIDGET not in saved
    assert "widgets" not in notebook.metadata
    assert len(saved) < 100_000
    assert "<script" not in saved
    outputs = [cell.outputs for cell in notebook.cells]
    lines = [one.text for one in outputs[1] if one.output_type == "stream"]
    assert "talk.wav: done" in "".join(lines)
    (answer,) = (one.data for one in outputs[6] if "data" in one)
    assert "They said hello [0:00" in answer["text/plain"]
    assert "data-aai-seek" in answer["text/html"]
    (live,) = (one.data for one in outputs[7] if "data" in one)
    assert "w0 w1" in live["text/plain"]
    assert "still running" not in live["text/plain"]
    assert "w0 w1" in "".join(one.text for one in outputs[8] if one.output_type == "stream")
    lines = "".join(one.text for one in outputs[-1] if one.output_type == "stream")
    assert lines == "streamed, 0:02 of sound, 1 turn\n"  # no words, which the program would save


def test_a_script_tells_what_it_waits_for_on_the_standard_error(
    folder: Path, variables: dict[str, str]
) -> None:
    code = (
        "import aai_jupyter as aai\n"
        f"live = aai.stream('live.wav', sample_rate={RATE}, keep_audio=False)\n"
        "print(len(live.text) > 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, **variables, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.stdout == "True\n", done.stderr
    assert "w0 w1" in done.stderr
