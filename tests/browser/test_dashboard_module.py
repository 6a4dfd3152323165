"""The dashboard's front end: thousands of rows, by pointer and by keyboard; what stays when it is over."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import pages

sync_api: Any = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
SHOTS = os.environ.get("AAI_TEST_SHOTS")
LOOKS = {"light": "theme=light", "dark": "theme=dark", "narrow": "theme=light&width=380"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with pages.serve({}) as address:
        yield address


@pytest.fixture
def shown(url: str, open_page: Callable[..., Any]) -> Callable[..., Any]:
    def show(query: str) -> Any:
        page = open_page(f"{url}/dashboard?{query}")
        page.wait_for_selector(".aai-dashboard")
        return page

    return show


def sent(page: Any) -> list[Any]:
    return [[m["type"], m.get("rows")] for m in page.evaluate("model.sent")]


def test_of_thousands_of_rows_those_in_sight_are_drawn(shown: Callable[..., Any]) -> None:
    page = shown("files=3000&done=1000&failed=40")
    table = page.get_by_role("grid", name="Recordings")
    expect(table).to_have_attribute("aria-rowcount", "3000")
    assert page.locator(".aai-dash-row").count() < 40
    expect(page.locator(".aai-dash-title")).to_contain_text("1,040 of 3,000 recordings done")
    expect(page.locator(".aai-dash-facts")).to_contain_text("21 min left")
    table.evaluate("table => { table.scrollTop = 28 * 2000 }")
    expect(page.locator(".aai-dash-row[aria-rowindex='2003']")).to_contain_text("call_02002.mp3")
    page.get_by_role("combobox").select_option("Failed")
    expect(table).to_have_attribute("aria-rowcount", "40")
    expect(page.locator(".aai-dash-row").nth(1)).to_contain_text("Transcoding failed")
    assert page.evaluate("window.pwned") is None


def test_rows_are_cancelled_and_tried_again_by_pointer_and_by_keyboard(shown: Callable[..., Any]) -> None:
    page = shown("files=60&done=20&failed=2")
    page.get_by_role("button", name="Try calls/2024/week 1/call_00000.mp3 again").click()
    table = page.get_by_role("grid")
    table.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    page.keyboard.press("Delete")
    page.keyboard.press("Home")
    page.keyboard.press("Delete")  # that one has failed: there is nothing to cancel
    page.get_by_role("button", name="Try failed again").click()
    page.get_by_role("button", name="Cancel all").click()
    assert sent(page) == [["retry", [0]], ["retry", [1]], ["cancel", [59]], ["retry", None], ["cancel", None]]


def test_a_button_stays_under_the_pointer_while_its_recording_goes_on(shown: Callable[..., Any]) -> None:
    page = shown("files=60&done=20&failed=2")
    place = page.evaluate("model.get('active')[0][0]")
    page.get_by_role("grid").evaluate(f"table => {{ table.scrollTop = 28 * {place - 3} }}")
    page.locator(f".aai-dash-row[aria-rowindex='{place + 1}'] button").hover()
    page.mouse.down()
    for part in (0.5, 0.6):
        page.evaluate(f"model.push({{ active: [[{place}, 'Transcribing', {part}]] }})")
        page.evaluate("new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)))")
    page.mouse.up()
    assert sent(page) == [["cancel", [place]]]


def test_where_the_kernel_hears_nothing_there_is_nothing_to_press(shown: Callable[..., Any]) -> None:
    page = shown("files=60&done=20&failed=2&actions=0")
    expect(page.locator(".aai-dash-act button")).to_have_count(0)
    expect(page.get_by_role("button", name="Cancel all")).to_be_hidden()


def test_when_it_is_over_it_folds_to_a_summary(shown: Callable[..., Any]) -> None:
    page = shown("files=40&done=12&failed=3")
    table = page.get_by_role("grid")
    expect(table).to_be_visible()
    page.evaluate(
        """() => {
          const stages = "eee" + "d".repeat(37);
          const totals = { ...model.get("totals"), done: 37, running: false, seconds_left: null };
          model.push({ stages, totals, active: [] });
        }"""
    )
    expect(table).to_be_hidden()
    expect(page.get_by_role("status")).to_have_text("40 of 40 recordings done, 2 from cache, 3 failed")
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
    page.get_by_role("button", name="Show recordings").click()
    expect(table).to_have_attribute("aria-rowcount", "3")
    page.evaluate("model.push({ totals: { ...model.get('totals') } })")
    expect(table).to_be_visible()


@pytest.mark.skipif(not SHOTS, reason="AAI_TEST_SHOTS names no folder")
@pytest.mark.parametrize("files", [3, 40, 3000])
@pytest.mark.parametrize("look", LOOKS)
def test_pictures(shown: Callable[..., Any], files: int, look: str) -> None:
    done = {3: 1, 40: 12, 3000: 900}[files]
    page = shown(f"files={files}&done={done}&failed={min(2, files // 20)}&{LOOKS[look]}")
    page.wait_for_timeout(300)
    page.screenshot(path=str(Path(str(SHOTS)) / f"dashboard-{files}-{look}.png"))
    if files == 40:
        page = shown(f"files=40&failed=3&running=0&{LOOKS[look]}")
        page.wait_for_timeout(300)
        page.screenshot(path=str(Path(str(SHOTS)) / f"dashboard-done-{look}.png"))
