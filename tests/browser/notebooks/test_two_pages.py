"""One notebook in two pages: sound, place and selection belong to a page, text and names to the recording."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.notebooks.conftest import (
    Screen,
    Server,
    jupyter_server,
    opened_page,
    sync_api,
    watched_screen,
)
from tests.browser.notebooks.player_steps import begin_edit
from tests.browser.notebooks.test_player import LOAD
from tests.tried import tried

pytestmark = pytest.mark.nightly
expect: Any = sync_api.expect


@pytest.fixture(scope="module", params=["two windows", "jupyter-collaboration"])
def shared(
    request: pytest.FixtureRequest, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server where each of two pages loads and saves the notebook, or where both edit one document."""
    if request.param == "two windows":
        yield server
        return
    pytest.importorskip("jupyter_server_ydoc")
    with jupyter_server(tmp_path_factory.mktemp("collaboration"), collaboration=True) as made:
        yield made


@pytest.fixture
def pages(request: pytest.FixtureRequest, shared: Server, browser: Any) -> Iterator[tuple[Screen, Screen]]:
    """Two browsers on one notebook and one kernel.

    The notebook is a new file: a shared document stays on the server for a minute after its last page, and
    takes over what is written to its file up to a second later, when a cell may have run already.
    """
    server = shared
    path = server.notebook(
        f"{request.function.__name__}.ipynb", LOAD.format(audio="call.flac") + "p = t.player()\np", "0"
    )
    with (
        opened_page(browser, 1100, 800) as one,
        opened_page(browser, 1100, 800) as two,
        watched_screen(server, one) as first,
        watched_screen(server, two) as second,
    ):
        first.open(path)
        first.run(0)
        expect(one.locator(".aai-player .aai-turn")).to_have_count(3)
        first.saved(path, "widget-view")
        second.open(path)
        expect(two.locator(".aai-player .aai-turn")).to_have_count(3)
        yield first, second


def clock_of(screen: Screen) -> str:
    return str(screen.page.locator(".aai-player .aai-time").first.inner_text())


def test_sound_belongs_to_a_page_and_names_to_the_recording(
    request: pytest.FixtureRequest, pages: tuple[Screen, Screen]
) -> None:
    first, second = pages
    before = clock_of(second)
    first.page.mouse.click(*first.word("refund", 1))
    first.until("p.playing and 26 < p.current_time < 40", True)
    first.page.wait_for_timeout(1000)
    assert clock_of(second) == before
    assert clock_of(first) != before
    second.value("p.play(1, 3)")  # a cell of the second page plays there
    second.page.wait_for_function("document.querySelector('.aai-play').dataset.icon === 'pause'")
    first.page.locator(".aai-play").click()
    first.value("t.edit.rename_speaker('B', 'Bob')")
    for screen in pages:
        expect(screen.page.locator(".aai-turn .aai-name").nth(1)).to_have_text("Bob")
    noted(request, "play")


def test_the_second_of_two_drafts_sees_the_first(
    request: pytest.FixtureRequest, pages: tuple[Screen, Screen]
) -> None:
    first, second = pages
    drafts = [
        begin_edit(screen.page.locator(".aai-player"), text)
        for screen, text in ((first, "what the first typed"), (second, "what the second typed"))
    ]
    drafts[0].press("Control+Enter")
    expect(second.page.locator(".aai-editor-others")).to_contain_text("what the first typed")
    expect(drafts[1]).to_have_value("what the second typed")
    drafts[1].press("Control+Enter")
    second.until("'what the second typed' in t.text", True)
    second.value("t.edit.undo() and None")
    assert second.value("'what the first typed' in t.text")
    noted(request, "edit")


def noted(request: pytest.FixtureRequest, action: str) -> None:
    """Write an action into the table, of pages that share their document."""
    if request.node.callspec.params["shared"] == "jupyter-collaboration":
        packages = ("jupyterlab", "jupyter_collaboration")
        tried("JupyterLab, two pages (jupyter-collaboration)", *packages, **{action: "yes"})
