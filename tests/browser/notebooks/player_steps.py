"""What somebody does with a player, wherever it is shown."""

from __future__ import annotations

import re
from typing import Any

from tests.browser.notebooks.conftest import sync_api

expect: Any = sync_api.expect


def play(player: Any) -> None:
    """Play until the clock has moved, and stop."""
    clock = player.locator(".aai-time").first
    before = clock.inner_text()
    player.locator(".aai-play").click()
    expect(clock).not_to_have_text(before)
    player.get_by_role("button", name=re.compile("^Pause")).click()
    expect(player.get_by_role("button", name=re.compile("^Play"))).to_have_count(1)


def search(player: Any) -> None:
    """Find a word that was said once."""
    player.locator(".aai-search-text").fill("refund")
    expect(player.locator(".aai-count")).to_contain_text("1")
    player.locator(".aai-search-text").fill("")


def begin_edit(player: Any, text: str) -> Any:
    """Open the first turn, and type; returns the text field."""
    player.press("Home")
    expect(player.locator(".aai-time").first).to_have_text(re.compile("^0:00"))
    player.get_by_role("button", name=re.compile("^Edit the text")).click()
    area = player.locator(".aai-area")
    area.fill(text)
    return area


def edit(player: Any, text: str) -> None:
    """Write the first turn anew."""
    area = begin_edit(player, text)
    area.press("Control+Enter")
    expect(area).to_have_count(0)
    expect(player.locator(".aai-turn .aai-text").first).to_have_text(text)
