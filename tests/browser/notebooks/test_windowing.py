"""A long notebook in JupyterLab's windowing modes: what is out of sight comes back as it was."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.bench_many_players import measure
from tests.browser.conftest import ONLY_CHROMIUM
from tests.browser.notebooks.conftest import Screen, Server, sync_api
from tests.browser.notebooks.test_player import LOAD

pytestmark = pytest.mark.nightly
expect: Any = sync_api.expect
_MODE = """mode => {
    const {content} = jupyterapp.shell.currentWidget;
    content.notebookConfig = {...content.notebookConfig, windowingMode: mode};
}"""
_SCROLL = """async number => {
    const {content} = jupyterapp.shell.currentWidget;
    content.activeCellIndex = number;
    await content.scrollToItem(number, "start");
}"""
_DRAWN = """() => {
    const canvas = document.querySelector(".aai-stage canvas");
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value, i) => i % 4 === 3 && value > 100);
}"""


@pytest.mark.parametrize("mode", ["full", "defer", "contentVisibility", "none"])
def test_draft_undo_sound_and_waveform_survive_scrolling_away(screen: Screen, mode: str) -> None:
    page = screen.page
    cells = [
        LOAD.format(audio="call.flac") + "p = t.player()\np",
        *("print('line\\n' * 40)" for _ in range(40)),
    ]
    screen.open(screen.server.notebook(f"long-{mode}.ipynb", *cells))
    page.evaluate(_MODE, mode)
    screen.run(0)
    for number in range(1, 41):
        screen.run(number)
    page.evaluate(_SCROLL, 0)
    player = page.locator(".aai-player")
    expect(player.locator(".aai-turn")).to_have_count(3)
    screen.value("t.edit.set_turn_text(0, 'Changed before.')")
    player.focus()
    page.keyboard.press("e")
    page.locator(".aai-area").fill("half a thought")
    screen.value("p.play(1, 60)")
    screen.until("p.playing", True)
    page.evaluate(_SCROLL, 40)
    page.wait_for_timeout(1500)
    before = screen.value("p.current_time")
    page.wait_for_timeout(800)
    assert screen.value("p.playing")
    assert screen.value("p.current_time") > before
    page.evaluate(_SCROLL, 0)
    expect(page.locator(".aai-area")).to_have_value("half a thought")
    page.wait_for_function(_DRAWN)
    page.locator(".aai-area").press("Escape")
    player.focus()
    page.keyboard.press("Control+z")
    screen.until("len(t.edits)", 0)


@ONLY_CHROMIUM
def test_fifty_players_come_back(server: Server, browser: Any) -> None:
    found = measure(server, browser)
    print(found)
    assert found["heap"] < 150
    assert found["file"] < 5
