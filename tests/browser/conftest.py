"""One browser for all. A request beyond loopback, or a script error, fails the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from . import pages, player_pages
from .player_pages import drawn

sync_api = pytest.importorskip("playwright.sync_api")
LONGEST_WAIT = 60_000
"""Milliseconds. The limit only ends a test that would hang: on a busy machine everything takes long."""
sync_api.expect.set_options(timeout=LONGEST_WAIT)

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("AAI_TEST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
# A place that the page scrolls to is reached at once: what is read or clicked meanwhile would be elsewhere.
ARGUMENTS = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--disable-smooth-scrolling"]
FIREFOX = os.environ.get("AAI_TEST_BROWSER") == "firefox"
"""Run in Firefox: Playwright's own, or the system's, if ``AAI_TEST_FIREFOX`` names it (``make firefox``)."""
PREFERENCES = {
    "media.autoplay.default": 0,
    # Without a sound device Firefox leaves an AudioContext suspended for ever; this device is its own tests'.
    "media.cubeb.force_mock_context": True,
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
}
ONLY_CHROMIUM = pytest.mark.skipif(
    FIREFOX, reason="only Chromium's microphone plays a file; only it has its protocol"
)


def by_hand(page: Any) -> Any:
    """The page, whose keys are pressed by somebody who sees what the last one did."""
    press = page.keyboard.press

    def press_and_look(key: str, **options: Any) -> None:
        press(key, **options)
        drawn(page)

    page.keyboard.press = press_and_look
    return page


@pytest.fixture(scope="package")
def launch() -> Iterator[Callable[..., Any]]:
    """``launch(*arguments)``: the system's Chromium, or Firefox without the arguments.

    There can be one Playwright in a process, and it runs an event loop in this thread: it has to be gone
    before tests with loops of their own begin.
    """
    if CHROMIUM is None and not FIREFOX:
        # `make test` brings a browser and names it: then its absence is no reason to skip.
        (pytest.fail if "AAI_TEST_CHROMIUM" in os.environ else pytest.skip)("no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        started: list[Any] = []

        def start(*arguments: str) -> Any:
            if FIREFOX:
                own = os.environ.get("AAI_TEST_FIREFOX")
                which = {"channel": "moz-firefox", "executable_path": own} if own else {}
                started.append(playwright.firefox.launch(firefox_user_prefs=PREFERENCES, **which))
            else:
                started.append(
                    playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *arguments])
                )
            return started[-1]

        yield start
        for opened in started:
            opened.close()


@pytest.fixture(scope="package")
def browser(launch: Callable[..., Any]) -> Any:
    """One browser; each test has pages, and what they keep, of its own."""
    return launch()


VIEWPORT = {"width": 1024, "height": 760}


@pytest.fixture(scope="package")
def profile(browser: Any) -> Iterator[Any]:
    """What pages without wishes of their own share: its process stays, with a page that is always open."""
    made = browser.new_context(viewport=VIEWPORT, permissions=["clipboard-read", "clipboard-write"])
    made.new_page()
    yield made
    made.close()


@pytest.fixture
def open_page(browser: Any, profile: Any) -> Iterator[Callable[..., Any]]:
    """``open_page(url, **context)``: the page, once its player has paragraphs."""
    opened: list[Any] = []
    strangers: list[str] = []
    errors: list[str] = []

    def open_one(url: str, *, before: str = "", **options: Any) -> Any:
        if FIREFOX:
            options.pop("permissions", None)  # it knows other ones
        context = browser.new_context(viewport=VIEWPORT, **options) if options else profile
        page = by_hand(context.new_page())
        opened.append(context if options else page)
        page.set_default_timeout(LONGEST_WAIT)
        local = ("http://127.0.0.1:", "data:", "blob:")
        page.on("request", lambda r: None if r.url.startswith(local) else strangers.append(r.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: errors.append(f"dialog: {dialog.message}") or dialog.dismiss())
        if before:
            # Not for the empty page before it, where Firefox has no microphone.
            page.add_init_script(f"if (isSecureContext) {{ {before} }}")
        page.goto(url)
        return page

    yield open_one
    for one in opened:
        one.close()
    assert strangers == []
    assert errors == []


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Address of the served players, one page for each host and recording."""
    with pages.serve(player_pages.recordings()) as url:
        yield url


@pytest.fixture
def player(open_page: Callable[..., Any], site: str) -> Any:
    """The player in a light notebook cell."""
    page = open_page(f"{site}/{player_pages.HOSTS['light']}")
    page.wait_for_function("window.firstPaint")
    return page
