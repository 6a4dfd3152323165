"""One Jupyter server and one browser for all tests here; whatever asks for another host fails its test."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
import numpy as np
import pytest

from aai_jupyter.api.sample import sample
from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.widgets.player.audio_reader import decoded
from tests.edits.test_edits import dialogue
from tests.jobs.conftest import Reader
from tests.local.conftest import KEY, run_engine

ROOT = Path(__file__).parents[3]
SHOTS = os.environ.get("AAI_TEST_SHOTS")
"""A folder for pictures of what the tests see, if somebody wants to look."""
pytest.importorskip("jupyterlab")
sync_api = pytest.importorskip("playwright.sync_api")


@dataclass
class Server:
    """The Jupyter server, and the folder that it serves."""

    url: str
    folder: Path

    def notebook(self, name: str, *cells: str, outputs: list[Any] | None = None) -> Path:
        """Write a notebook of code cells; ``outputs`` belong to the first."""
        made = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        if outputs:
            made.cells[0].outputs = outputs
        path = self.folder / name
        nbformat.write(made, path)
        return path


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    base = tmp_path_factory.mktemp("lab")
    folder = base / "work"
    folder.mkdir()
    turns = [("A", "Good morning all. " * 12), ("B", "I want a refund. " * 12), ("A", "Of course. Thanks.")]
    (folder / "call.json").write_text(json.dumps(dialogue(*turns)))
    shutil.copy(sample(), folder / "call.flac")
    shutil.copy(sample(), base / "elsewhere.flac")
    quiet = base / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    quiet.parent.mkdir(parents=True)
    quiet.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with run_engine(base / "engine", recogniser=Reader()) as engine:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "AAI_JUPYTER_HOME": str(base / "home"),
            "ASSEMBLYAI_API_KEY": KEY,
            "ASSEMBLYAI_BASE_URL": engine.url,
            "IPYTHONDIR": str(base / "ipython"),
            "JUPYTER_CONFIG_DIR": str(base / "config"),
            "JUPYTER_DATA_DIR": str(base / "data"),
            "JUPYTER_RUNTIME_DIR": str(base / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(base / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(base / "workspaces"),
        }
        arguments = [
            "lab",
            "--no-browser",
            "--allow-root",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
        ]
        arguments += ["--IdentityProvider.token="]
        with (base / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "jupyter", *arguments],
                cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            _wait_for(f"http://127.0.0.1:{port}/api/status", process, base / "log")
            yield Server(f"http://127.0.0.1:{port}", folder)
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)


@pytest.fixture(scope="package")
def browser(launch: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Chromium with a microphone that plays the sample."""
    voice = write_voice(tmp_path_factory.mktemp("voice") / "voice.wav", sample(), after=0.0)
    return launch(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={voice}",
    )


@dataclass
class Screen:
    """A page with one notebook."""

    page: Any
    server: Server
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, path: Path, *, app: str = "lab/tree") -> None:
        """Open a notebook in JupyterLab, or with ``app="notebooks"`` in Jupyter Notebook."""
        self.page.goto(f"{self.server.url}/{app}/{path.name}" + ("?reset" if app == "lab/tree" else ""))
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
        self._connected(path)
        self.idle()

    def _connected(self, path: Path) -> None:
        """Wait for the page to reach its kernel: the page shows "idle" also while it still looks for one.

        A cell that is run then makes JupyterLab ask which kernel it should choose.
        """
        deadline = time.monotonic() + 90
        while True:
            sessions = self.page.request.get(f"{self.server.url}/api/sessions").json()
            kernels = [one["kernel"] for one in sessions if one["path"] == path.name]
            if any(kernel["connections"] and kernel["execution_state"] == "idle" for kernel in kernels):
                return
            assert time.monotonic() < deadline, sessions
            self.page.wait_for_timeout(100)

    def idle(self) -> None:
        """Wait until the kernel has nothing to do."""
        self.page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=60_000)

    def run(self, number: int) -> None:
        """Run a cell and wait for its end."""
        cell = self.page.locator(".jp-Notebook .jp-Cell").nth(number)
        fresh = cell.locator(".jp-InputPrompt", has_text="[ ]")
        for _ in range(5):  # a key that comes while the page is still being built is lost
            self._answer_dialog(nothing_ran=bool(fresh.count()))
            cell.locator(".cm-content").click()
            cell.locator(".cm-content").press("Control+Enter")
            self.page.wait_for_timeout(500)
            if not fresh.count():
                break
        running = cell.locator(".jp-InputPrompt", has_text="*")
        sync_api.expect(running).to_have_count(0, timeout=60_000)
        self.idle()

    def _answer_dialog(self, *, nothing_ran: bool) -> None:
        """Accept what JupyterLab asks of its own accord before a cell ran; later a dialog is a failure."""
        dialog = self.page.locator(".jp-Dialog")
        if dialog.count():
            said = dialog.first.inner_text()
            assert nothing_ran, said
            print("JupyterLab asked:", said)
            dialog.first.locator(".jp-mod-accept").click()

    def end_kernels(self, path: str | None = None) -> None:
        """End the kernels of a notebook, or of all."""
        request = self.page.request
        cookies = {one["name"]: one["value"] for one in self.page.context.cookies()}
        for session in request.get(f"{self.server.url}/api/sessions").json():
            if path in (None, session["path"]):
                url = f"{self.server.url}/api/sessions/{session['id']}"
                answer = request.delete(url, headers={"X-XSRFToken": cookies["_xsrf"]})
                assert answer.ok, answer.text()

    def restart_kernel(self) -> None:
        """Start the kernel anew, by the menu: the page hears of it then."""
        self.page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Kernel$")).click()
        self.page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Restart Kernel…$")).click()
        self.page.locator(".jp-Dialog .jp-mod-warn").click()

    def value(self, expression: str) -> Any:
        """The value of a Python expression in the kernel, by way of the last cell."""
        cell = self.page.locator(".jp-Notebook .jp-Cell").last
        for last in (False, False, True):  # a key that comes while the page is busy may be lost
            cell.locator(".cm-content").click()
            self.page.keyboard.press("Control+A")
            mark = f"v{time.monotonic_ns()}"
            # The end is put together by the kernel: neither half an output nor a traceback has it.
            code = f"import json; print('{mark}' + json.dumps({expression}) + 'end' + '{mark}')"
            self.page.keyboard.insert_text(code)
            self.page.keyboard.press("Control+Enter")
            output = cell.locator(
                ".jp-OutputArea-output", has_text=re.compile(f"end{mark}|{mark}.*Error", re.S)
            )
            try:
                output.wait_for(timeout=60_000 if last else 15_000)
                break
            except sync_api.TimeoutError:
                if last:
                    raise
        text = output.inner_text()
        assert f"end{mark}" in text, text
        return json.loads(text.split(mark)[1].removesuffix("end"))

    def until(self, expression: str, expected: Any) -> None:
        """Wait until a Python expression has a value."""
        deadline = time.monotonic() + 30
        while (value := self.value(expression)) != expected:
            assert time.monotonic() < deadline, (expression, value)

    def word(self, text: str, turn: int = 0) -> tuple[float, float]:
        """Where a word stands on the screen."""
        place = self.page.evaluate(
            """([text, turn]) => {
                const node = document.querySelectorAll(".aai-text")[turn].firstChild;
                const at = node.data.indexOf(text);
                const range = document.createRange();
                range.setStart(node, at); range.setEnd(node, at + text.length);
                const box = range.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2];
            }""",
            [text, turn],
        )
        return place[0], place[1]

    def shot(self, name: str) -> None:
        if SHOTS:
            self.page.screenshot(path=f"{SHOTS}/{name}.png")


@contextmanager
def _screen(server: Server, browser: Any, width: int, height: int) -> Iterator[Screen]:
    """A fresh page that may record. In it nothing is asked of another host, and no script of ours fails."""
    context = browser.new_context(viewport={"width": width, "height": height}, permissions=["microphone"])
    page = context.new_page()
    made = Screen(page, server)
    page.on("request", lambda request: _local(request.url) or made.foreign.append(request.url))
    # Widgets are loaded from a blob; the host's own faults are not ours to hold.
    page.on("pageerror", lambda error: "blob:" not in (error.stack or "") or made.errors.append(str(error)))
    yield made
    made.end_kernels()
    context.close()
    assert made.foreign == []
    assert made.errors == []


@pytest.fixture
def screen(server: Server, browser: Any) -> Iterator[Screen]:
    """A page in a browser whose microphone plays the sample, again and again."""
    with _screen(server, browser, 1250, 950) as made:
        yield made


def _local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about") or parts.hostname in ("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def talking(voice: Path, launch: Callable[..., Any]) -> Iterator[Any]:
    """A browser whose microphone plays the module's `voice` from its start, once each time it is opened."""
    chromium = launch(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={voice}%noloop",
    )
    yield chromium
    chromium.close()


@pytest.fixture
def stage(server: Server, talking: Any) -> Iterator[Screen]:
    """A page of `talking`."""
    with _screen(server, talking, 1100, 800) as made:
        yield made


def write_voice(
    path: Path, recording: Path, *, before: float = 0.0, until: float | None = None, after: float
) -> Path:
    """A recording as the WAV that a fake microphone plays, with silence around it; all in seconds."""
    rate = 48_000
    sound = np.concatenate(list(decoded(Recording.of(recording), rate)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(2 * round(rate * before)))
        file.writeframes(sound[: None if until is None else round(rate * until)].tobytes())
        file.writeframes(bytes(2 * round(rate * after)))
    return path
