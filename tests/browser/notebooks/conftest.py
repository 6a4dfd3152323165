"""One Jupyter server for all tests here, and one page of JupyterLab: loading it takes longest.

Each test opens its notebook in the loaded page, with a kernel of its own, and closes both. Whatever asks
for another host, or throws, fails its test.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
import shutil
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
from aai_jupyter.local.clips.clip_routes import ClipRoutes
from aai_jupyter.local.streaming.websocket_route import Live
from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.widgets.player.audio_reader import decoded
from tests.browser.conftest import FIREFOX, LONGEST_WAIT, by_hand
from tests.edits.test_edits import dialogue
from tests.jobs.conftest import Reader
from tests.local.conftest import KEY, run_engine
from tests.local.streaming.sockets import ScriptedModels
from tests.ports import free_port

ROOT = Path(__file__).parents[3]
SHOTS = os.environ.get("AAI_TEST_SHOTS")
"""A folder for pictures of what the tests see, if somebody wants to look."""
DARK = "AAI_TEST_DARK" in os.environ
"""The pictures are of the dark themes."""
SCRIPTED = """
%load_ext aai_jupyter
import os
import aai_jupyter as aai
aai.settings.sync_base_url = os.environ["ASSEMBLYAI_BASE_URL"]
aai.settings.streaming_base_url = aai.settings.sync_base_url.replace("http", "ws")
"""
"""A cell after which live speech goes to the server of the test, whose words are scripted: Word0 word1 ..."""
pytest.importorskip("jupyterlab")
sync_api = pytest.importorskip("playwright.sync_api")


class Transcriber(Reader):
    """Hears the same in every real recording."""

    def recognise(self, path: Path, params: dict[str, Any], *, on_progress: Any) -> Any:
        if path.read_bytes()[:4] == b"fLaC":
            path = path.with_name(f"{path.name}.said")
            path.write_text("A: Good morning all.\nB: I want a refund.\nA: Of course. Thanks.")
        return super().recognise(path, params, on_progress=on_progress)


@dataclass
class Server:
    """The Jupyter server, the folder that it serves, and what its kernels' recordings are read by."""

    url: str
    folder: Path
    reader: Transcriber
    variables: dict[str, str]
    """Environment of its kernels, as far as it leads them to the service."""

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
    with jupyter_server(tmp_path_factory.mktemp("lab")) as made:
        yield made


COLLABORATION = ("@jupyter/collaboration-extension", "@jupyter/docprovider-extension")


@contextmanager
def jupyter_server(base: Path, *, collaboration: bool = False) -> Iterator[Server]:
    """A Jupyter server with all the pages that are installed, and a service of ours beside it."""
    folder = base / "work"
    folder.mkdir()
    turns = [("A", "Good morning all. " * 12), ("B", "I want a refund. " * 12), ("A", "Of course. Thanks.")]
    (folder / "call.json").write_text(json.dumps(dialogue(*turns)))
    shutil.copy(sample(), folder / "call.flac")
    shutil.copy(sample(), base / "elsewhere.flac")
    quiet = base / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    quiet.parent.mkdir(parents=True)
    quiet.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    if DARK:
        quiet.with_name("themes.jupyterlab-settings").write_text('{"theme": "JupyterLab Dark"}')
    page_config = base / "config" / "labconfig" / "page_config.json"
    page_config.parent.mkdir(parents=True)
    # A check of the build would make the server run Node for a while, for each page.
    off = {} if collaboration else dict.fromkeys(COLLABORATION, True)
    page_config.write_text(json.dumps({"buildCheck": False, "disabledExtensions": off}))
    port = free_port()
    words = ScriptedModels("base", base)
    routes = (*Live(words, sessions=4).routes(), *ClipRoutes(words).routes())
    reader = Transcriber()
    with run_engine(base / "engine", recogniser=reader, routes=routes) as engine:
        variables = {"ASSEMBLYAI_API_KEY": KEY, "ASSEMBLYAI_BASE_URL": engine.url}
        environment = {
            **os.environ,
            **variables,
            "PYTHONPATH": str(ROOT),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "AAI_JUPYTER_HOME": str(base / "home"),
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
            "--IdentityProvider.token=",
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
            f"--ServerApp.jpserver_extensions={{'jupyter_server_ydoc': {collaboration}}}",
        ]
        with (base / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "jupyter", *arguments],
                cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            wait_for(f"http://127.0.0.1:{port}/api/status", process, base / "log")
            yield Server(f"http://127.0.0.1:{port}", folder, reader, variables)
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a server; now and then Jupyter's or marimo's does not end by itself."""
    process.terminate()
    try:
        process.wait(LONGEST_WAIT / 1000)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server answers."""
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
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the microphone plays from its start, once each time it is opened: the browser reads it then."""
    return write_voice(tmp_path_factory.mktemp("voice") / "voice.wav", sample(), after=0.0)


@pytest.fixture(scope="package")
def browser(launch: Callable[..., Any], microphone: Path) -> Any:
    """Chromium with a microphone."""
    return launch(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}%noloop",
    )


# The page is led by JupyterLab's own commands: keys and clicks are for what the tests are about.
_IN_LAB = "window.jupyterapp?.name === 'JupyterLab'"
_LIMITED = """async ([work, argument, limit]) => {
    const late = new Promise((_, no) => setTimeout(() => no(new Error(`waited in vain: ${work}`)), limit));
    return await Promise.race([eval(work)(argument), late]);
}"""
"""Playwright itself waits for ever for what a page evaluates."""
_OPEN = """async path => {
    await jupyterapp.restored;
    await jupyterapp.commands.execute("docmanager:open", {path});
}"""
_OPENED = """path => {
    const opened = window.jupyterapp?.shell.currentWidget?.context?.path;
    return opened?.replace(/^RTC:/, "") === path;  // so is a document named that people share
}"""
_CONNECTED = """async () => {
    const panel = jupyterapp.shell.currentWidget;
    await panel.context.ready;
    await panel.sessionContext.ready;
    await panel.sessionContext.session.kernel.info;
}"""
_RUN = """async number => {
    jupyterapp.shell.currentWidget.content.activeCellIndex = number;
    await jupyterapp.commands.execute("notebook:run-cell");
}"""
_VALUE = """async code => {
    const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const request = {code: "", silent: true, user_expressions: {value: code}};
    return (await kernel.requestExecute(request).done).content.user_expressions.value;
}"""
# jupyter-collaboration does not answer a save that its own, after a change, has overtaken.
_SAVE = """async () => {
    const saved = jupyterapp.commands.execute("docmanager:save").catch(() => undefined);
    await Promise.race([saved, new Promise((done) => setTimeout(done, 2000))]);
}"""
_CLOSE = """() => {
    for (const widget of [...(window.jupyterapp?.shell.widgets("main") ?? [])]) {
        if (widget.context) widget.dispose();
    }
}"""
_REFUSE = """() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
}"""


@dataclass
class Screen:
    """A page with one notebook."""

    page: Any
    server: Server
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, path: Path, *, app: str = "lab") -> None:
        """Open a notebook in JupyterLab, or with ``app="notebooks"`` in Jupyter Notebook and another page.

        Notebooks that were open are closed. A page of JupyterLab that is there already is not loaded again.
        """
        self.close_notebooks()
        if app != "lab":
            self.page = self.page.context.new_page()
            self.page.goto(f"{self.server.url}/{app}/{path.name}")
        else:
            if not self.page.evaluate(_IN_LAB):
                self.page.goto(f"{self.server.url}/lab?reset")
                self.page.wait_for_function(_IN_LAB)
            self.page.evaluate(_LIMITED, [_OPEN, path.name, LONGEST_WAIT])
        self.page.wait_for_function(_OPENED, arg=path.name)
        self.page.evaluate(_LIMITED, [_CONNECTED, None, LONGEST_WAIT])
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.idle()

    def idle(self) -> None:
        """Wait until the kernel has nothing to do."""
        self.page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')

    def run(self, number: int) -> None:
        """Run a cell and wait for its end."""
        self.page.evaluate(_RUN, number)
        self.idle()

    def saved(self, path: Path, text: str) -> str:
        """Save the notebook until its file has a text, and give the file."""
        deadline = time.monotonic() + LONGEST_WAIT / 1000
        while True:
            self.page.evaluate(_SAVE)
            if text in (found := path.read_text("utf-8")):
                return found
            assert time.monotonic() < deadline, found
            self.page.wait_for_timeout(200)

    def close_notebooks(self) -> None:
        """Close what is open in JupyterLab without a question about what is not saved."""
        self.page.evaluate(_CLOSE)

    @contextmanager
    def refusing_microphone(self) -> Iterator[None]:
        """While the block runs, the page may not record."""
        self.page.evaluate(_REFUSE)
        yield
        self.page.evaluate("void delete navigator.mediaDevices.getUserMedia")

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
        """The value of a Python expression in the kernel."""
        found = self.page.evaluate(_VALUE, f"__import__('json').dumps({expression})")
        assert found["status"] == "ok", found
        return json.loads(ast.literal_eval(found["data"]["text/plain"]))

    def until(self, expression: str, expected: Any) -> None:
        """Wait until a Python expression has a value."""
        deadline = time.monotonic() + LONGEST_WAIT / 1000
        while (value := self.value(expression)) != expected:
            assert time.monotonic() < deadline, (expression, value)
            self.page.wait_for_timeout(50)

    def word(self, text: str, turn: int = 0) -> tuple[float, float]:
        """Where a word stands on the screen, as soon as nothing moves it any more."""
        place = self.page.evaluate(
            """async ([text, turn]) => {
                const where = () => {
                    const node = document.querySelectorAll(".aai-text")[turn].firstChild;
                    const at = node.data.indexOf(text);
                    const range = document.createRange();
                    range.setStart(node, at); range.setEnd(node, at + text.length);
                    const box = range.getBoundingClientRect();
                    return [box.x + box.width / 2, box.y + box.height / 2];
                };
                let place = where();
                for (let same = 0; same < 5; ) {
                    await new Promise(requestAnimationFrame);
                    const next = where();
                    same = String(next) === String(place) ? same + 1 : 0;
                    place = next;
                }
                return place;
            }""",
            [text, turn],
        )
        return place[0], place[1]

    def shot(self, name: str) -> None:
        if SHOTS:
            self.page.screenshot(path=f"{SHOTS}/{name}.png")


@contextlib.contextmanager
def opened_page(browser: Any, width: int = 1250, height: int = 950) -> Iterator[Any]:
    """A page in a profile of its own; it may record."""
    allowed = {} if FIREFOX else {"permissions": ["microphone"]}
    context = browser.new_context(viewport={"width": width, "height": height}, **allowed)
    context.set_default_timeout(LONGEST_WAIT)
    yield by_hand(context.new_page())
    context.close()


@contextlib.contextmanager
def watched_screen(server: Server, page: Any) -> Iterator[Screen]:
    """A page that asks nothing of another host, and in which no script of ours fails."""
    made = Screen(page, server)

    def asked(request: Any) -> None:
        if not _local(request.url):
            made.foreign.append(request.url)

    def failed(thrown: Any) -> None:
        if "blob:" in (thrown.error.stack or ""):  # widgets come from one; the host's own faults are not ours
            made.errors.append(str(thrown.error))

    page.context.on("request", asked)
    page.context.on("weberror", failed)
    yield made
    made.close_notebooks()
    made.end_kernels()
    if made.page is not page:
        made.page.close()
    page.context.remove_listener("request", asked)
    page.context.remove_listener("weberror", failed)
    assert made.foreign == []
    assert made.errors == []


@pytest.fixture(scope="package")
def lab(browser: Any) -> Iterator[Any]:
    """The page of `screen`."""
    with opened_page(browser) as page:
        yield page


@pytest.fixture
def screen(server: Server, lab: Any) -> Iterator[Screen]:
    """A page whose microphone plays the sample."""
    with watched_screen(server, lab) as made:
        yield made


def _local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about") or parts.hostname in ("127.0.0.1", "localhost")


@pytest.fixture
def stage(screen: Screen, microphone: Path, voice: Path) -> Iterator[Screen]:
    """The page, while its microphone plays the module's `voice`."""
    usual = microphone.read_bytes()
    shutil.copy(voice, microphone)
    yield screen
    microphone.write_bytes(usual)


def at_least(seconds: int) -> re.Pattern[str]:
    """What a clock shows from so many seconds on: a busy machine does not see each of them."""
    return re.compile("|".join(f"0:{second:02}" for second in range(seconds, 60)))


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
