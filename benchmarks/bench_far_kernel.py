"""JupyterLab in front of a kernel that is far away: 5 Mbit/s, 150 ms there and back.

The page is Chromium's, the server is real, the link between them is shaped (``shaped_link.py``). "Text" is
from the run of a cell to the first text of its player, "seek" from a click on a word to its sound.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from benchmarks.shaped_link import shaped_link
from tests.browser.notebooks.conftest import Screen, Server, jupyter_server, opened_page
from tests.edits.test_edits import dialogue

MBITS, ROUND_TRIP = 5.0, 0.15
LONG = 100_000
LOAD = """import aai_jupyter as aai
short, long = aai.load("call.json"), aai.load("long.json")
short.audio = long.audio = "../elsewhere.flac"
aai.load("call.json").player().close()  # modules are imported
"""
_SEE = """async number => {
    const begun = performance.now();
    const before = new Set(document.querySelectorAll(".aai-player"));
    jupyterapp.shell.currentWidget.content.activeCellIndex = number;
    void jupyterapp.commands.execute("notebook:run-cell");
    for (;;) {
        await new Promise(requestAnimationFrame);
        for (const player of document.querySelectorAll(".aai-player")) {
            if (before.has(player) || !player.querySelector(".aai-text")?.textContent) continue;
            return performance.now() - begun;
        }
    }
}"""
_HEAR = """() => {
    const {start} = AudioBufferSourceNode.prototype;
    window.heard = new Promise((done) => {
        AudioBufferSourceNode.prototype.start = function (when) {
            AudioBufferSourceNode.prototype.start = start;
            done(performance.now() + 1000 * Math.max(0, when - this.context.currentTime));
            return start.apply(this, arguments);
        };
    });
    window.clicked = new Promise((done) => {
        document.addEventListener("pointerdown", () => done(performance.now()), {capture: true, once: true});
    });
}"""


@contextmanager
def far_away(server: Server, browser: Any) -> Iterator[tuple[Screen, list[int]]]:
    """A page of JupyterLab over the slow link, and the sizes of all messages that it got."""
    sizes: list[int] = []
    with shaped_link(urlsplit(server.url).port or 0, mbits=MBITS, round_trip=ROUND_TRIP) as port:
        there = Server(f"http://127.0.0.1:{port}", server.folder, server.reader, server.variables)
        with opened_page(browser) as page:
            page.set_default_timeout(180_000)  # JupyterLab itself has many megabytes
            page.on(
                "websocket", lambda socket: socket.on("framereceived", lambda data: sizes.append(len(data)))
            )
            yield Screen(page, there), sizes


def measure(server: Server, browser: Any) -> dict[str, float]:
    """Milliseconds, and the largest message in bytes."""
    spoken = " ".join(f"word{number % 97}" for number in range(50))
    turns = [("AB"[turn % 2], spoken) for turn in range(LONG // 50)]
    (server.folder / "long.json").write_text(json.dumps(dialogue(*turns)), "utf-8")
    with far_away(server, browser) as (screen, sizes):
        path = server.notebook("far.ipynb", LOAD, "short", "long")
        screen.open(path)
        screen.run(0)
        found = {"text": screen.page.evaluate(_SEE, 1)}
        screen.idle()
        screen.page.wait_for_timeout(2000)
        screen.page.evaluate(_HEAR)
        screen.page.mouse.click(*screen.word("refund", 1))
        found["seek"] = screen.page.evaluate("async () => (await heard) - (await clicked)")
        screen.page.locator(".aai-play").first.click()
        found["long text"] = screen.page.evaluate(_SEE, 2)
        screen.page.wait_for_function(
            f"[...document.querySelectorAll('.aai-facts')].some(e => e.textContent.includes('{LONG:,}'))"
        )
        screen.page.wait_for_timeout(5000)
        found["largest"] = max(sizes)
        screen.close_notebooks()
        screen.end_kernels()
    return found


def main() -> list[dict[str, Any]]:
    """Measure, print and return the rows."""
    chromium = next(
        filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None
    )
    with (
        tempfile.TemporaryDirectory() as base,
        jupyter_server(Path(base)) as server,
        sync_playwright() as playwright,
    ):
        arguments = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        found = measure(server, browser)
        browser.close()
    link = f"{MBITS:g} Mbit/s, {1000 * ROUND_TRIP:g} ms"
    rows = [
        (f"{link}: text of a player", f"{found['text']:.0f} ms", "under 1.5 s", found["text"] < 1500),
        (
            f"{link}: text of a player of ten hours",
            f"{found['long text']:.0f} ms",
            "under 1.5 s",
            found["long text"] < 1500,
        ),
        (f"{link}: seek to sound", f"{found['seek']:.0f} ms", "under 1 s", found["seek"] < 1000),
        (
            "largest message to the page",
            f"{found['largest'] / 1e6:.2f} MB",
            "under 1 MB",
            found["largest"] < 1e6,
        ),
    ]
    return [
        {"what": what, "ours": ours, "against": "-", "goal": goal, "met": met}
        for what, ours, goal, met in rows
    ]


if __name__ == "__main__":
    for one in main():
        print(" | ".join(str(value) for value in one.values()))
