"""The player's module in a page, with the bundled recording's real sound: hearing, searching, editing."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from .conftest import sync_api
from .player_pages import click_word, drawn, marked, trait


def test_the_sound_is_gapless_and_follows_the_speed(player: Any) -> None:
    player.evaluate("""() => {
      window.parts = [];
      const start = AudioBufferSourceNode.prototype.start;
      AudioBufferSourceNode.prototype.start = function (when) {
        window.clock = this.context;
        const data = this.buffer.getChannelData(0);
        parts.push([when, this.buffer.duration, Math.max(...data)]);
        return start.call(this, when);
      };
    }""")
    click_word(player, 0, 60)
    player.wait_for_function("parts.length > 8")
    parts = player.evaluate("parts")
    for (when, seconds, _), (following, *_rest) in pairwise(parts):
        assert following == pytest.approx(when + seconds, abs=1e-6)
    assert max(loud for *_, loud in parts) > 0.05
    player.locator(".aai-rate").select_option("2")
    assert trait(player, "rate") == 2
    now = "[model.get('current_time'), clock.currentTime]"  # where it is, by the clock of the sound itself
    place, time = player.evaluate(now)
    later = player.wait_for_function(f"model.get('current_time') > {place} + 4 && {now}").json_value()
    assert (later[0] - place) / (later[1] - time) > 1.4, "faster than the clock"


def test_search_finds_text_patterns_and_speakers(player: Any) -> None:
    player.locator(".aai").focus()
    player.keyboard.press("/")
    player.keyboard.type("it was")
    player.wait_for_function("document.querySelector('.aai-count').textContent === '1 / 10'")
    player.wait_for_function("CSS.highlights.get('aai-hit')?.size > 5")  # marks are drawn in the next frame
    assert {text.lower() for text in marked(player, "hit")} == {"it was"}
    player.keyboard.press("Enter")
    player.keyboard.press("Enter")
    player.keyboard.press("Shift+Enter")
    sync_api.expect(player.locator(".aai-count")).to_have_text("2 / 10")
    player.locator(".aai-regex").click()
    player.locator(".aai-search-text").fill("d\\w+posed")
    player.wait_for_function("document.querySelector('.aai-count').textContent === '1 / 2'")
    player.locator(".aai-search-text").fill("(")
    player.wait_for_selector(".aai-search-text[aria-invalid=true]")
    player.locator(".aai-regex").click()
    player.locator(".aai-search-text").fill("he")
    player.locator(".aai-search-who").select_option(label="Speaker B")
    sync_api.expect(player.locator(".aai-count")).to_have_text(re.compile("^1 / "))
    player.locator(".aai-search-text").focus()
    player.keyboard.press("Escape")
    player.wait_for_function("CSS.highlights.get('aai-hit').size === 0")


def test_dragging_selects_words_and_stretches_of_time(player: Any) -> None:
    box = player.locator(".aai-text").nth(1).bounding_box()
    player.mouse.move(box["x"] + 40, box["y"] + 12)
    player.mouse.down()
    player.mouse.move(box["x"] + 300, box["y"] + 12, steps=5)
    player.mouse.up()
    player.wait_for_function("model.get('selection')")
    chosen = trait(player, "selection")
    assert chosen["kind"] == "words"
    assert 23 <= chosen["first"] < chosen["last"] < 45
    assert trait(player, "playing") is False, "a drag does not play"
    stage = player.locator(".aai-stage").bounding_box()
    player.mouse.move(stage["x"] + 200, stage["y"] + 50)
    player.mouse.down()
    player.mouse.move(stage["x"] + 300, stage["y"] + 50, steps=4)
    player.mouse.up()
    player.wait_for_function("model.get('selection')?.kind === 'time'")
    chosen = trait(player, "selection")
    assert chosen["kind"] == "time"
    assert chosen["end"] - chosen["start"] == pytest.approx(100 / stage["width"] * 67_680, rel=0.02)
    sync_api.expect(player.locator(".aai-selected")).to_be_visible()
    player.evaluate("model.push({selection: {kind: 'words', first: 0, last: 3}})")
    player.wait_for_function("String([...CSS.highlights.get('aai-selection')][0]) === 'It was the best'")


def test_a_looped_selection_comes_round(player: Any) -> None:
    player.evaluate("model.push({selection: {kind: 'time', start: 8000, end: 8600}})")
    player.locator(".aai").focus()
    player.keyboard.press("o")
    player.keyboard.press("k")
    # Past its end, and once more: it came round.
    for _ in range(2):
        player.wait_for_function("model.get('playing') && model.get('current_time') > 8.3")
        player.wait_for_function("model.get('current_time') < 8.3")
    assert trait(player, "playing") is True
    assert 7.9 <= trait(player, "current_time") <= 8.7


def test_renaming_merging_undoing(player: Any) -> None:
    player.locator(".aai-who").first.click()
    field = player.locator("[data-speaker='0']")
    field.fill("Ada Lovelace")
    field.press("Enter")
    names = player.locator(".aai-name")
    player.wait_for_function("document.querySelector('.aai-name').textContent === 'Ada Lovelace'")
    sync_api.expect(names.filter(has_text="Ada Lovelace")).to_have_count(4)
    player.locator(".aai").focus()
    player.keyboard.press("Control+z")
    player.wait_for_function("document.querySelector('.aai-name').textContent === 'Speaker A'")
    player.keyboard.press("Control+Shift+z")
    player.wait_for_function("document.querySelector('.aai-name').textContent === 'Ada Lovelace'")
    player.locator(".aai-who").first.click()
    player.get_by_label("Merge Speaker B into").select_option("A")
    player.wait_for_function("model.get('speakers').length === 1")


def test_the_text_of_a_turn_is_edited_in_place(player: Any) -> None:
    click_word(player, 1)
    player.keyboard.press("k")
    player.keyboard.press("e")
    area = player.locator(".aai-area")
    sync_api.expect(area).to_have_value(re.compile("^and Mister John"))
    area.fill("and Mister <i>John</i> Dashwood had leisure")
    area.press("Control+Enter")
    player.wait_for_function("model.get('text').includes('<i>John</i> Dashwood had leisure')")
    sync_api.expect(player.locator(".aai-text").nth(1)).to_contain_text("<i>John</i>")
    assert player.locator(".aai-turn i").count() == 0
    player.keyboard.press("Control+z")
    player.wait_for_function("!model.get('text').includes('<i>')")


def test_turns_change_hands_split_and_join(player: Any) -> None:
    def edit_second_turn() -> Any:
        player.locator(".aai-editor").wait_for(state="detached")
        player.locator(".aai").focus()
        player.evaluate("model.push({current_time: 9})")
        player.keyboard.press("e")
        return player.locator(".aai-editor")

    edit_second_turn().get_by_label("Speaker of this turn").select_option("A")
    player.wait_for_function("document.querySelectorAll('.aai-name')[1].textContent === 'Speaker A'")
    edit_second_turn().get_by_label("Speaker of this turn").select_option("New speaker")
    player.wait_for_function("document.querySelectorAll('.aai-name')[1].textContent === 'Speaker C'")
    edit_second_turn().locator("textarea").evaluate("(area) => area.setSelectionRange(20, 20)")
    player.get_by_text("Split here").click()
    player.wait_for_function("document.querySelectorAll('.aai-turn').length === 8")
    edit_second_turn().get_by_text("Join next").click()
    player.wait_for_function("document.querySelectorAll('.aai-turn').length === 7")


def test_what_is_being_typed_survives_changes_elsewhere(player: Any) -> None:
    player.locator(".aai").focus()
    player.evaluate("model.push({current_time: 9})")
    player.keyboard.press("e")
    player.locator(".aai-area").fill("half a thought")
    player.evaluate("model.push({peaks: new DataView(new Int8Array(400).fill(20).buffer)})")
    player.evaluate(
        "model.send({type: 'edit', uuid: '0', op: 'rename_speaker', args: {label: 'A', name: 'Ada'}})"
    )
    player.wait_for_function("document.querySelector('.aai-name').textContent === 'Ada'")
    drawn(player)
    assert player.locator(".aai-area").input_value() == "half a thought"


def test_the_second_draft_of_a_turn_sees_the_first_before_it_is_saved(player: Any) -> None:
    click_word(player, 1)
    player.keyboard.press("k")
    player.keyboard.press("e")
    area = player.locator(".aai-area")
    area.fill("what I typed")
    theirs = "{type: 'edit', uuid: '0', op: 'set_turn_text', args: {turn: 1, text: 'what they saved'}}"
    player.evaluate(f"model.send({theirs})")
    sync_api.expect(player.locator(".aai-editor-others")).to_contain_text("what they saved")
    assert area.input_value() == "what I typed"
    area.press("Control+Enter")
    player.wait_for_function("model.get('text').includes('what I typed')")
    last = [m for m in player.evaluate("model.sent") if m["type"] == "edit"][-1]
    assert last["seen"] == {"turn": "what they saved"}
    player.keyboard.press("Control+z")
    player.wait_for_function("model.get('text').includes('what they saved')")


def test_a_draft_follows_its_turn_when_another_is_split(player: Any) -> None:
    click_word(player, 1)
    player.keyboard.press("k")
    player.keyboard.press("e")
    player.locator(".aai-area").fill("what I typed")
    player.evaluate("model.send({type: 'edit', uuid: '0', op: 'split_turn', args: {turn: 0, word: 3}})")
    player.wait_for_function("document.querySelectorAll('.aai-turn').length === 8")
    assert player.locator(".aai-area").input_value() == "what I typed"
    player.locator(".aai-area").press("Control+Enter")
    player.wait_for_function("model.get('text').split('\\n')[2] === 'what I typed'")


def test_a_turn_that_nobody_has_typed_in_shows_what_others_made_of_it(player: Any) -> None:
    click_word(player, 1)
    player.keyboard.press("k")
    player.keyboard.press("e")
    player.evaluate(
        "model.send({type: 'edit', uuid: '0', op: 'set_turn_text', args: {turn: 1, text: 'theirs'}})"
    )
    sync_api.expect(player.locator(".aai-area")).to_have_value("theirs")


def test_uncertain_words_are_reviewed_by_keyboard(player: Any) -> None:
    queued = int(player.locator(".aai-badge").inner_text())
    player.locator(".aai").focus()
    player.keyboard.press("r")
    player.wait_for_function("model.get('playing')")
    player.keyboard.press("a")
    player.wait_for_function(f"document.querySelector('.aai-badge').textContent === '{queued - 1}'")
    player.keyboard.press("f")
    player.keyboard.type("xyzzy")
    player.keyboard.press("Enter")
    player.wait_for_function("model.get('text').includes('xyzzy')")
    assert [m["op"] for m in player.evaluate("model.sent") if m["type"] == "edit"] == [
        "accept_word",
        "set_word",
    ]
    player.wait_for_function("!model.get('playing')")
    player.keyboard.press("Escape")
    sync_api.expect(player.locator(".aai-review")).to_be_hidden()


def test_keys_move_by_word_and_turn_and_stay_inside(player: Any) -> None:
    player.evaluate("document.addEventListener('keydown', (e) => (window.leaked ??= []).push(e.key))")
    player.locator(".aai").focus()
    for key in ("Shift+ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "b", "d", "d", "x"):
        player.keyboard.press(key)
    assert marked(player, "word") == ["Mister"]
    assert player.evaluate("window.leaked ?? []") == []
    player.keyboard.press("?")
    sync_api.expect(player.get_by_text("previous, next turn")).to_be_visible()
    player.keyboard.press("Escape")
    player.locator(".aai").focus()
    for key in ("Escape", "m", "m", "Escape", "Escape"):
        assert player.evaluate("document.activeElement.closest('.aai') !== null")
        player.keyboard.press(key)
    assert player.evaluate("document.activeElement === document.body")
    assert player.evaluate("window.leaked ?? []") == []


def test_the_timeline_is_a_slider_that_zooms(player: Any) -> None:
    stage = player.locator(".aai-stage")
    assert stage.get_attribute("role") == "slider"
    stage.focus()
    player.keyboard.press("Shift+ArrowRight")
    assert stage.get_attribute("aria-valuetext") == "8 seconds of 1 minute 7 seconds, Speaker B"
    assert player.locator(".aai-minimap").is_hidden()
    for _ in range(5):
        player.keyboard.press("+")
    player.locator(".aai-minimap").wait_for()
    player.wait_for_function("model.sent.some((m) => m.type === 'peaks')")
    player.keyboard.press("0")
    player.locator(".aai-minimap").wait_for(state="hidden")


def test_the_kernel_can_seek_play_and_stop(player: Any) -> None:
    player.evaluate("model.push({current_time: 30})")
    player.evaluate(
        "model.emit('msg:custom', {type: 'play', ranges: [[40000, 40300, 0], [10000, 10300, 0]]}, [])"
    )
    player.wait_for_function("model.saved.some(([name, value]) => name === 'current_time' && value >= 40)")
    player.wait_for_function("!model.get('playing') && model.get('current_time') < 11")
    player.evaluate("model.emit('msg:custom', {type: 'goto', ms: 5000}, [])")
    assert trait(player, "current_time") == 5


def test_a_pattern_without_end_does_not_stop_the_page(open_page: Callable[..., Any], site: str) -> None:
    page = open_page(f"{site}/shell?recording=endless")
    page.wait_for_function("window.firstPaint")
    page.locator(".aai-regex").click()
    page.locator(".aai-search-text").fill("(a+)+$")
    page.locator(".aai-search-text").press("Enter")
    page.get_by_text("this pattern takes too long").wait_for()  # the page does not stand still meanwhile
    page.locator(".aai-search-text").fill("a+!")
    page.wait_for_function("document.querySelector('.aai-count').textContent === '1 / 1'")


def test_a_menu_keeps_the_focus_while_its_boxes_are_ticked(player: Any) -> None:
    player.get_by_role("button", name="Layers").focus()
    player.keyboard.press("Enter")
    player.keyboard.press("Tab")
    focus = "document.activeElement.closest('label')?.innerText.split('\\n')[0]"
    before = player.evaluate(focus)
    player.keyboard.press("Space")
    assert player.evaluate(focus) == before
    player.keyboard.press("Escape")
    assert player.locator(".aai-panel:not([hidden])").count() == 0
