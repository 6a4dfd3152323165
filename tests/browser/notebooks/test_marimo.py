"""marimo's editor on a real server: a notebook without magics, run when it is opened."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from aai_jupyter.api.sample import sample
from tests.browser.notebooks.conftest import (
    DARK,
    ROOT,
    SHOTS,
    Server,
    end,
    opened_page,
    sync_api,
    wait_for,
    write_voice,
)
from tests.browser.notebooks.player_steps import edit, play, search
from tests.ports import free_port
from tests.scripted_llm import Say, ScriptedLlm, running
from tests.tried import tried

pytestmark = pytest.mark.nightly
pytest.importorskip("marimo")
expect: Any = sync_api.expect
CELLS = (
    'import os\nimport aai_jupyter as aai\naai.settings.sync_base_url = os.environ["ASSEMBLYAI_BASE_URL"]',
    'talk = aai.transcribe("call.flac", speaker_labels=True)',
    "talk.player()",
    'talk.words.aai.search("refund")',
    'answer = aai.ask("What is wanted?", talk)\nanswer',
    'live = aai.stream("short.wav", keep_audio=False)',
    'beside = aai.LiveStream("short.wav", keep_audio=False).start()\nbeside',
    "note = aai.dictate()\nnote",
    'aai.transcribe("nothing.wav")',
)
PUBLIC = ("os", "aai", "talk", "answer", "live", "beside", "note")


def source(*cells: str) -> str:
    """A marimo notebook; its cells give each other the names of :data:`PUBLIC`."""
    written = ["import marimo", "app = marimo.App()"]
    for cell in cells:
        made = [
            name for name in PUBLIC if re.search(rf"^(import )?{name}\b( =|$)|as {name}$", cell, re.MULTILINE)
        ]
        used = [name for name in PUBLIC if re.search(rf"\b{name}\b", cell) and name not in made]
        body = "\n".join(f"    {line}" for line in cell.splitlines())
        written.append(
            f"@app.cell\ndef _({', '.join(used)}):\n{body}\n    return ({', '.join(made)}{',' * bool(made)})"
        )
    return "\n\n".join([*written, 'if __name__ == "__main__":\n    app.run()\n'])


@contextmanager
def editor(server: Server, base: Path, llm: ScriptedLlm, name: str, *cells: str) -> Iterator[str]:
    """The address of marimo's editor on a notebook whose kernel uses the service of the server."""
    folder = server.folder
    (folder / name).write_text(source(*cells), "utf-8")
    settings = base / "config" / "marimo" / "marimo.toml"
    settings.parent.mkdir(parents=True)
    theme = "dark" if DARK else "light"
    settings.write_text(f'[runtime]\nauto_instantiate = true\n[display]\ntheme = "{theme}"\n', "utf-8")
    port = free_port()
    environment = {
        **os.environ,
        **server.variables,
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "AAI_JUPYTER_HOME": str(base / "home"),
        "ASSEMBLYAI_STREAMING_BASE_URL": server.variables["ASSEMBLYAI_BASE_URL"].replace("http", "ws"),
        "ASSEMBLYAI_LLM_GATEWAY_BASE_URL": llm.url,
        "XDG_CONFIG_HOME": str(base / "config"),
        "XDG_STATE_HOME": str(base / "state"),
        "XDG_CACHE_HOME": str(base / "cache"),
    }
    command = ["edit", name, "--headless", "--no-token", "--skip-update-check", "--port", str(port)]
    log = base / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "marimo", *command],
            cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process)


def test_the_round_without_magics(server: Server, browser: Any, tmp_path: Path) -> None:
    write_voice(server.folder / "short.wav", sample(), until=3, after=0.5)
    with (
        running(ScriptedLlm(Say("They want a refund [2]."))) as llm,
        editor(server, tmp_path, llm, "round.py", *CELLS) as url,
        opened_page(browser, 1250, 1400) as page,
    ):
        local = re.compile(r"^(https?://127\.0\.0\.1|data:|blob:)")
        page.route(lambda address: not local.match(address), lambda route: route.abort())
        server.reader.hold.set()
        page.goto(url)
        body = page.locator("body")
        progress = page.get_by_role("status", name="Transcription progress").first
        expect(progress).to_contain_text("call.flac")
        expect(progress).to_contain_text("processing")
        shot(page, "marimo-progress")
        server.reader.hold.clear()
        player = page.locator(".aai-player").first
        expect(player.locator(".aai-turn")).to_have_count(3)
        play(player)
        search(player)
        edit(player, "Good evening all.")
        expect(body).to_contain_text("They want a refund")
        expect(page.locator(".aai-captions")).to_contain_text("Word0 word1")
        expect(page.locator(".aai-recorder .aai-rec-button")).to_have_text("Hold to speak")
        expect(body).to_contain_text("nothing.wav does not exist.")
        shot(page, "marimo")
        hold(page, page.locator(".aai-recorder .aai-rec-button"))
        expect(page.locator(".aai-recorder .aai-rec-text")).to_contain_text("Word0")
        shot(page, "marimo-dictated")
    worked = ("transcribe", "progress", "play", "edit", "search", "ask", "live", "error")
    tried("marimo, edit and run", "marimo", load="no", **dict.fromkeys(worked, "yes"))


def hold(page: Any, button: Any) -> None:
    """Hold a button while the clock beside it moves."""
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.mouse.down()
    expect(page.locator(".aai-recorder .aai-time")).to_have_text(re.compile("0:0[2-9]|0:[1-9]"))
    page.mouse.up()


def shot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
