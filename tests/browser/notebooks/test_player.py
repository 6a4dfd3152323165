"""The player in JupyterLab and Jupyter Notebook, with a real kernel and real sound."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.notebooks.conftest import Screen, sync_api

expect: Any = sync_api.expect
LOAD = """import aai_jupyter as aai
t = aai.load("call.json")
t.audio = "{audio}"
"""


@pytest.mark.parametrize(
    ("app", "audio", "way"),
    [
        pytest.param("lab", "../elsewhere.flac", "comm", id="lab, sound from the kernel"),
        pytest.param(
            *("notebooks", "call.flac", "server"),
            marks=pytest.mark.nightly,
            id="notebook, sound from the server",
        ),
    ],
)
def test_hear_click_search_select_rename_and_edit(screen: Screen, app: str, audio: str, way: str) -> None:
    name = f"{way}.ipynb"
    path = screen.server.notebook(name, LOAD.format(audio=audio) + "p = t.player()\np", "0")
    screen.open(path, app=app)
    page = screen.page
    screen.run(0)
    player = page.locator(".aai-player")
    expect(player.locator(".aai-turn")).to_have_count(3)
    assert screen.value("[p.meta['has_audio'], len(p.text)]")[0] == way
    screen.shot(f"player-{way}")

    page.mouse.click(*screen.word("refund", 1))
    screen.until("p.playing and 26 < p.current_time < 40", True)  # a click plays
    before = screen.value("p.current_time")
    screen.until(f"p.current_time > {before} + 0.5", True)
    player.locator(".aai-play").click()
    screen.until("p.playing", False)
    assert screen.value("(p.goto(2.5), p.current_time)[1]") == 2.5

    for place in (".aai-transcript", ".aai-play", ".aai-stage"):
        player.locator(place).focus()
        page.keyboard.press("b")  # inserts a cell, if the notebook hears of it

    player.locator(".aai-search-text").fill("refund")
    expect(player.locator(".aai-count")).to_contain_text("12")
    player.locator(".aai-search-text").fill("")

    x, y = screen.word("Good morning", 0)
    page.mouse.move(*screen.word("Good", 0))
    page.mouse.down()
    page.mouse.move(x, y, steps=5)
    page.mouse.move(*screen.word("all.", 0), steps=8)
    page.mouse.up()
    screen.until("p.selection['text'].tolist()", ["Good", "morning", "all."])
    assert screen.value("t.selection.equals(p.selection)")
    screen.shot(f"selected-{way}")

    player.locator(".aai-turn .aai-who").nth(1).click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("Bob <b>")
    page.keyboard.press("Enter")
    screen.until("t.utterances['speaker'].tolist()[1]", "Bob <b>")
    expect(player.locator(".aai-turn .aai-name").nth(1)).to_have_text("Bob <b>")
    screen.value("t.edit.rename_speaker('B', 'Bob')")  # and from Python to the page
    expect(player.locator(".aai-turn .aai-name").nth(1)).to_have_text("Bob")

    player.focus()
    page.mouse.dblclick(*screen.word("Thanks.", 2))
    area = player.locator(".aai-area")
    if not area.count():
        player.focus()
        page.keyboard.press("e")
    area.wait_for()
    area.fill("Of course, gladly. Thanks.")
    screen.shot(f"editing-{way}")
    page.keyboard.press("Control+Enter")
    screen.until("t.edits['operation'].tolist()", ["rename_speaker", "rename_speaker", "set_turn_text"])
    texts = screen.value("t.utterances['text'].tolist()")
    assert "Of course, gladly. Thanks." in texts
    player.focus()
    page.keyboard.press("Control+z")
    screen.until("t.edits['operation'].tolist()", ["rename_speaker", "rename_speaker"])
    assert page.locator(".jp-Notebook .jp-Cell").count() == 2  # no key went to the notebook


@pytest.mark.nightly  # the module tests play parts, and a kernel makes this player in tests/widgets
def test_rows_of_a_frame_play(screen: Screen) -> None:
    rows = "p = t.utterances.query(\"speaker == 'A'\").aai.play(t)\np"
    screen.open(screen.server.notebook("rows.ipynb", LOAD.format(audio="call.flac") + rows, "0"))
    screen.run(0)
    player = screen.page.locator(".aai-player")
    expect(player.locator(".aai-turn")).to_have_count(2)
    player.locator(".aai-play").click()
    screen.until("p.playing and p.current_time > 0.3", True)
    screen.shot("playlist")


def test_a_saved_notebook_shows_the_transcript_without_a_kernel(screen: Screen) -> None:
    page = screen.page
    path = screen.server.notebook("saved.ipynb", LOAD.format(audio="call.flac") + "t", "0")
    screen.open(path)
    screen.run(0)
    page.locator(".aai-player .aai-turn").first.wait_for()
    text = screen.saved(path, "application/vnd.jupyter.widget-view+json")
    assert "widget-state" not in text
    assert len(text) < 300_000
    # What is corrected in the page, or from another cell, is in the file when it is saved.
    screen.value("[t.edit.rename_speaker('B', 'Bob <b>'), t.edit.set_turn_text(2, 'Of course, gladly.')][0]")
    text = screen.saved(path, "Of course, gladly.")
    assert "Bob &lt;b&gt;" in text
    assert '"transcript_id"' in text
    copy = screen.server.folder / "later.ipynb"
    copy.write_text(text.replace('"model_id": "', '"model_id": "gone'))
    screen.open(copy)
    section = page.locator(".jp-OutputArea-output section")
    expect(section).to_contain_text("I want a refund.")
    expect(section).to_contain_text("gladly")
    assert page.locator(".aai-player").count() == 0
    screen.shot("saved")
    # What one has run oneself is trusted: then Jupyter draws the widget, whether it is there or not.
    screen.end_kernels(path.name)
    screen.open(path)
    expect(page.get_by_text("model not found")).to_have_count(1)
    expect(page.get_by_text("model not found")).to_be_hidden()
    expect(section).to_be_visible()
    expect(section).to_contain_text("I want a refund.")
    screen.shot("saved-trusted")
    screen.run(0)
    expect(page.locator(".aai-player .aai-turn").first).to_be_visible()
    expect(section).to_be_hidden()


@pytest.mark.nightly
def test_a_page_that_was_loaded_later_says_that_the_notebook_is_older(screen: Screen) -> None:
    page = screen.page
    path = screen.server.notebook("older.ipynb", LOAD.format(audio="call.flac") + "t", "0")
    screen.open(path)
    screen.run(0)
    player = page.locator(".aai-player")
    player.locator(".aai-turn").first.wait_for()
    # The output of a page that was loaded after the cell had run: no message of the kernel finds it.
    page.evaluate("() => document.querySelector('.aai-static').dataset.changes = '-5'")
    page.evaluate(
        "() => new MutationObserver((_, o) => document.querySelectorAll('.aai-static')"
        ".forEach(e => e.dataset.changes = '-5')).observe(document.body, {childList: true, subtree: true})"
    )
    screen.value("t.edit.rename_speaker('B', 'Bob')")
    expect(player.locator(".aai-notice")).to_contain_text("Run this cell again to save it as it is now.")
    screen.shot("player-older")
