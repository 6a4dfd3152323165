"""The recorder's front end on pages that imitate notebook hosts, with a kernel that is a script."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser import pages
from tests.examples import some

from .test_captions_module import FAKE_MICROPHONE, sent

sync_api: Any = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
SHOTS = os.environ.get("AAI_TEST_SHOTS")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with pages.serve({}) as address:
        yield address


@pytest.fixture
def shown(url: str, open_page: Callable[..., Any]) -> Callable[..., Any]:
    def show(query: str = "", *, theme: str = "light", **options: Any) -> Any:
        page = open_page(f"{url}/recorder?theme={theme}{query}", before=FAKE_MICROPHONE, **options)
        page.wait_for_selector(".aai-recorder")
        return page

    return show


def keys(page: Any) -> list[str]:
    """Types of messages, without the sound."""
    return [m["type"] for m in page.evaluate("model.sent") if m["type"] not in ("ready", "sound")]


def sounding(page: Any, count: int) -> None:
    """Wait until so many frames of sound were sent since the microphone was opened last."""
    since = "model.sent.slice(model.sent.findLastIndex((m) => m.type === 'begin'))"
    page.wait_for_function(f"{since}.filter((m) => m.type === 'sound').length >= {count}")


def ended(page: Any, kind: str, count: int = 1) -> None:
    """Wait until the view has said so, as often as that."""
    page.wait_for_function(f"model.sent.filter((m) => m.type === '{kind}').length >= {count}")


def test_held_it_records_as_long_as_it_is_held(shown: Callable[..., Any]) -> None:
    page = shown()
    button = page.locator(".aai-rec-button")
    button.hover()
    page.mouse.down()
    expect(button).to_have_text("Release to send")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[role=status]")).to_have_text("listening")
    sounding(page, 8)
    page.mouse.move(600, 500)  # the pointer may wander off
    page.mouse.up()
    expect(button).to_have_text("Hold to speak")
    ended(page, "end")
    assert keys(page) == ["begin", "end"]
    assert sent(page, "end")[0]["count"] == len(sent(page, "sound")) >= 8
    page.wait_for_function("stopped === 1")


def test_clicked_it_goes_on_until_the_next_click_and_by_keyboard_too(shown: Callable[..., Any]) -> None:
    page = shown("&shadow=1")
    button = page.locator(".aai-rec-button")
    for count, press in enumerate((button.click, lambda: button.press("Enter")), 1):
        press()
        expect(button).to_have_text("Stop and send")
        sounding(page, 3)
        press()
        expect(button).to_have_text("Hold to speak")
        ended(page, "end", count)
    page.keyboard.down("Space")
    expect(button).to_have_text("Release to send")
    page.keyboard.down("Space")  # the key repeats
    sounding(page, 6)  # held longer than a click takes
    page.keyboard.up("Space")
    expect(button).to_have_text("Hold to speak")
    ended(page, "end", 3)
    assert keys(page) == ["begin", "end"] * 3
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(button).to_have_text("Hold to speak")
    ended(page, "cancel")
    assert keys(page)[6:] in (["begin", "cancel"], ["cancel"])  # as soon as it was pressed
    page.wait_for_function("stopped === 4")  # the last as soon as it was given


def test_words_of_others_are_text_and_only_the_new_are_announced(shown: Callable[..., Any]) -> None:
    page = shown()
    rows = [{"n": 1, "text": "<img src=x onerror=alert(1)>\u202eabc", "figures": "1.0 s"}]
    page.evaluate("rows => model.push({texts: rows})", rows)
    log = page.locator("[role=log]")
    assert log.get_attribute("aria-live") == "polite"
    expect(log.locator(".aai-rec-text")).to_contain_text("<img src=x")
    log.locator(".aai-rec-row").evaluate("row => row.dataset.same = 1")
    rows += [{"n": 2, "text": "", "figures": "0.4 s"}]
    page.evaluate("rows => model.push({texts: rows, problem: '<b>x</b>', held: true})", rows)
    expect(log.locator(".aai-rec-row[data-same]")).to_have_count(1)
    expect(log.locator(".aai-rec-text").last).to_have_text("Nothing was said.")
    assert page.locator(".aai-recorder img, .aai-recorder b").count() == 0
    assert "\u202e" not in log.inner_text()
    page.get_by_role("button", name="Send again").click()
    assert keys(page) == ["retry"]


def test_a_view_that_is_drawn_anew_loses_neither_sound_nor_focus(shown: Callable[..., Any]) -> None:
    page = shown()
    button = page.locator(".aai-rec-button")
    button.click()
    expect(button).to_have_text("Stop and send")
    sounding(page, 2)
    page.evaluate("() => { dispose(); window.dispose = show(); }")
    expect(button).to_have_text("Stop and send")
    expect(button).to_be_focused()
    button.press("Enter")
    ended(page, "end")
    assert keys(page) == ["begin", "end"]
    # Gone for good: nobody hears the microphone any more.
    button.press("Enter")
    expect(button).to_have_text("Stop and send")
    page.evaluate("dispose()")
    page.wait_for_function("stopped === 2")
    ended(page, "cancel")
    assert keys(page)[-1] == "cancel"


def test_the_switch_of_a_microphone_elsewhere_asks_the_kernel(shown: Callable[..., Any]) -> None:
    page = shown("&device=Desk")
    button = page.locator(".aai-rec-button")
    expect(page.locator("[role=status]")).to_contain_text("Desk · AssemblyAI · $0.300 an hour")
    button.click()
    page.evaluate("model.push({state: 'recording', figures: {seconds: 61.2, level: 0.1}})")
    expect(page.locator(".aai-time")).to_have_text("1:01 / 2:00")
    assert page.locator("[role=meter]").get_attribute("aria-valuenow") == "67"
    button.click()
    page.evaluate("model.push({state: 'recording'})")
    page.evaluate("dispose()")  # nobody could end it any more
    page.wait_for_function("model.sent.some(m => m.type === 'drop')")
    assert keys(page) == ["start", "stop", "drop"]


@pytest.mark.parametrize("theme", some(["dark", "vscode-contrast", "forced"], "dark", "forced"))
def test_it_can_be_seen_in_every_theme(shown: Callable[..., Any], theme: str) -> None:
    if theme == "forced":
        page = shown("&width=400", forced_colors="active", reduced_motion="reduce")
    else:
        page = shown(theme=theme)
    rows = [{"n": 1, "text": "Ring the harbour office before noon.", "figures": "3.1 s, about $0.0003"}]
    page.evaluate("rows => model.push({texts: rows})", rows)
    button = page.locator(".aai-rec-button")
    button.click()
    expect(button).to_have_text("Stop and send")
    page.wait_for_function(
        "(({color, backgroundColor}) => color !== backgroundColor)"
        "(getComputedStyle((document.querySelector('.aai-rec-button'))))"
    )
    assert button.bounding_box()["height"] >= 36
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/recorder-{theme}.png")
    button.click()
