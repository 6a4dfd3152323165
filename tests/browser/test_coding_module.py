"""Codes in the player's module: keys, memos, the walk, the filter, colours; and passages that are sealed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import sync_api
from .player_pages import marked, trait

SHOTS = os.environ.get("AAI_TEST_SHOTS")


@pytest.fixture
def coded(open_page: Callable[..., Any], site: str) -> Any:
    """A player of a recording with three codes and three coded passages."""
    page = open_page(f"{site}/shell?recording=coded&theme=light")
    page.wait_for_function("window.firstPaint")
    return page


def edits(page: Any) -> list[tuple[str, Any]]:
    return [(m["op"], m["args"]) for m in page.evaluate("model.sent") if m["type"] == "edit"]


def select(page: Any, first: int, last: int) -> None:
    page.evaluate(f"model.push({{selection: {{kind: 'words', first: {first}, last: {last}}}}})")
    page.locator(".aai-selected").wait_for()


def test_a_selection_gets_the_code_of_a_key_and_a_memo(coded: Any) -> None:
    coded.locator(".aai").focus()
    select(coded, 20, 22)
    coded.keyboard.press("2")
    memo = coded.get_by_role("textbox", name="Memo of contrast")
    memo.wait_for()
    (made,) = [one for one in trait(coded, "codes") if one[0] not in ("c-1", "c-2", "c-3")]
    assert made[3] == "contrast"
    memo.fill("both at once")
    memo.press("Enter")
    coded.wait_for_function("model.get('codes').some((one) => one[5] === 'both at once')")
    assert [name for name, _ in edits(coded)] == ["add_codes", "change_code"]
    assert edits(coded)[1][1]["code_id"] == made[0]
    coded.get_by_role("button", name="Remove").click()
    coded.wait_for_function("model.get('codes').length === 3")
    coded.get_by_role("button", name="Undo").click()
    coded.wait_for_function("model.get('codes').length === 4")


def test_without_a_selection_nothing_is_coded(coded: Any) -> None:
    coded.locator(".aai").focus()
    coded.keyboard.press("1")
    sync_api.expect(coded.locator(".aai-notice")).to_contain_text("Select words first")
    select(coded, 3, 4)
    coded.locator(".aai").focus()
    coded.keyboard.press("9")
    sync_api.expect(coded.locator(".aai-notice")).to_contain_text("There is no code 9")
    assert edits(coded) == []


def test_the_walk_goes_round_the_passages_that_the_filter_leaves(coded: Any) -> None:
    coded.locator(".aai").focus()
    coded.keyboard.press(".")
    facts = coded.locator(".aai-coding [role=status]")
    sync_api.expect(facts).to_contain_text("1 of 3")
    assert trait(coded, "selection")["first"] == 0
    coded.keyboard.press(",")
    sync_api.expect(facts).to_contain_text("3 of 3")
    coded.get_by_role("combobox", name="Show the passages of").select_option(label="contrast")
    coded.keyboard.press("Escape")
    coded.locator(".aai").focus()
    coded.keyboard.press(".")
    sync_api.expect(facts).to_contain_text("1 of 1")
    sync_api.expect(facts).to_contain_text("Ben")


def test_passages_have_the_colours_of_their_codes(coded: Any) -> None:
    coded.wait_for_function("CSS.highlights.get('aai-code-0072b2')?.size === 1")
    assert marked(coded, "code-0072b2")[0].startswith("It was the best")
    coded.wait_for_function("CSS.highlights.get('aai-code-c07c00')?.size === 1")
    style = coded.evaluate(
        "[...document.querySelectorAll('.aai style')].map((one) => one.textContent).join()"
    )
    assert "display:none" not in style, "a colour that is none stands in no style sheet"
    coded.locator(".aai").focus()
    coded.keyboard.press("c")
    names = coded.locator(".aai-code-name").all_inner_texts()
    assert names == ["time", "contrast", "hope </style><b>"]
    assert coded.locator(".aai-code .aai-share").all_inner_texts() == ["1", "1", "1"]
    coded.keyboard.press("c")
    assert coded.locator(".aai-coding").is_hidden()


def test_a_new_code_is_typed_and_given(coded: Any) -> None:
    coded.locator(".aai").focus()
    coded.keyboard.press("c")
    select(coded, 40, 44)
    coded.get_by_role("textbox", name="New code").fill("wisdom")
    coded.get_by_role("textbox", name="New code").press("Enter")
    coded.wait_for_function("model.get('codes').some((one) => one[3] === 'wisdom')")
    assert [name for name, _ in edits(coded)] == ["set_codebook", "add_codes"]
    assert [code["name"] for code in trait(coded, "codebook")][-1] == "wisdom"


def test_a_selection_is_sealed(coded: Any) -> None:
    select(coded, 5, 7)
    coded.get_by_role("button", name="Seal").click()
    coded.get_by_role("button", name="Unseal").wait_for()
    ((name, args),) = edits(coded)
    assert name == "seal"
    assert args["end"] > args["start"] > 0


@pytest.mark.skipif(not SHOTS, reason="pictures are for people")
@pytest.mark.parametrize(("theme", "width"), [("light", 1000), ("dark", 1000), ("light", 380)])
def test_pictures(open_page: Callable[..., Any], site: str, theme: str, width: int) -> None:
    page = open_page(f"{site}/shell?recording=coded&theme={theme}")
    page.set_viewport_size({"width": width, "height": 720})
    page.wait_for_function("window.firstPaint")
    page.locator(".aai").focus()
    page.keyboard.press(".")
    page.locator(".aai-memo").wait_for()
    page.wait_for_function("CSS.highlights.get('aai-code-c07c00')?.size === 1")
    page.screenshot(path=str(Path(str(SHOTS)) / f"coding-{theme}-{width}.png"))
