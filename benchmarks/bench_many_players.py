"""Fifty players in one notebook of JupyterLab: what it takes to open it again, in a page that is loaded."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser.notebooks.conftest import Screen, Server, jupyter_server, opened_page

PLAYERS = 50
LOAD = 'import aai_jupyter as aai\nt = aai.load("call.json")\nt.audio = "call.flac"'


def heap(page: Any) -> float:
    """Megabytes of live objects: of JavaScript, of the document, and in buffers."""
    client = page.context.new_cdp_session(page)
    client.send("HeapProfiler.collectGarbage")
    used = client.send("Runtime.getHeapUsage")
    return sum(used.get(part, 0) for part in ("usedSize", "embedderHeapUsedSize", "backingStorageSize")) / 1e6


def measure(server: Server, browser: Any) -> dict[str, float]:
    """Seconds, and megabytes of the file and of the page."""
    found: dict[str, float] = {}
    with opened_page(browser) as page:
        screen = Screen(page, server)
        screen.open(server.notebook("empty.ipynb", "0"))
        screen.end_kernels()
        before = heap(page)
        path = server.notebook("fifty.ipynb", LOAD, *("t" for _ in range(PLAYERS)))
        screen.open(path)
        page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
        screen.idle()
        found["file"] = len(screen.saved(path, "aai-static")) / 1e6
        screen.close_notebooks()
        began = time.monotonic()
        screen.open(path)
        page.locator(".aai-player .aai-turn").first.wait_for()
        found["opened"] = time.monotonic() - began
        page.wait_for_timeout(3000)
        found["heap"] = heap(page) - before
        screen.close_notebooks()
        screen.end_kernels()
    return found


def main() -> list[dict[str, Any]]:
    """Measure, print and return the rows."""
    names = ("chromium-headless-shell", "chromium", "google-chrome")
    with (
        tempfile.TemporaryDirectory() as base,
        jupyter_server(Path(base)) as server,
        sync_playwright() as playwright,
    ):
        chromium = next(filter(None, map(shutil.which, names)), None)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        found = measure(server, browser)
        browser.close()
    rows = [
        ("opened again, to the first text", f"{found['opened']:.1f} s", "within 3 s", found["opened"] <= 3),
        (
            "memory of the page, more than an empty notebook",
            f"{found['heap']:.0f} MB",
            "150 MB",
            found["heap"] <= 150,
        ),
        ("the file", f"{found['file']:.1f} MB", "at most 5 MB", found["file"] <= 5),
    ]
    return [
        {"what": what, "ours": ours, "against": "-", "goal": goal, "met": met}
        for what, ours, goal, met in rows
    ]


if __name__ == "__main__":
    for one in main():
        print(" | ".join(str(value) for value in one.values()))
