"""Editing in the player: what was typed is kept, where the keyboard goes, what the kernel is asked for."""

from __future__ import annotations

from typing import Any

from .conftest import sync_api
from .player_pages import drag, drawn

expect: Any = sync_api.expect


def edits(page: Any) -> list[tuple[str, Any]]:
    """What the page asked the kernel to change."""
    return [(m["op"], m["args"]) for m in page.evaluate("model.sent") if m["type"] == "edit"]


def test_turns_of_a_selection_go_to_another_speaker(player: Any) -> None:
    drag(player, 0, 1)
    choice = player.get_by_role("combobox", name="Give these 2 turns to")
    choice.select_option(label="Speaker B")
    player.wait_for_function("model.get('revision') === 1")
    for turn, name in enumerate(["Speaker B", "Speaker B", "Speaker A"]):
        expect(player.locator(".aai-name").nth(turn)).to_have_text(name)
    player.get_by_role("combobox", name="Give these 2 turns to").select_option(label="New speaker")
    player.locator(".aai-name", has_text="Speaker C").first.wait_for()
    edits = [m for m in player.evaluate("model.sent") if m["type"] == "edit"]
    assert [(m["op"], m["args"]["turns"]) for m in edits] == [
        ("assign_turns", [0, 1]),
        ("split_speaker", [0, 1]),
    ]


def test_who_has_gone_elsewhere_while_an_edit_is_saved_keeps_the_keyboard(player: Any) -> None:
    player.evaluate("document.body.append(Object.assign(document.createElement('input'), {id: 'elsewhere'}))")
    player.locator(".aai-text").first.dblclick(position={"x": 30, "y": 12})
    area = player.locator(".aai-area")
    if not area.count():
        player.keyboard.press("e")
    area.fill("It was so.")
    area.evaluate(
        """area => {
            area.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", ctrlKey: true, bubbles: true}));
            document.getElementById("elsewhere").focus();
        }"""
    )
    area.wait_for(state="detached")
    assert player.evaluate("document.activeElement.id") == "elsewhere"


def test_what_was_typed_is_saved_by_going_on_elsewhere(player: Any) -> None:
    texts = player.locator(".aai-text")
    player.locator(".aai").focus()
    player.keyboard.press("e")
    player.locator(".aai-area").fill("One of the turns.")
    texts.nth(1).click(position={"x": 60, "y": 12})
    player.get_by_role("textbox", name="Text of the turn of Speaker B").wait_for()
    expect(texts.first).to_have_text("One of the turns.")
    player.locator(".aai-area").fill("Two. Three.")
    for _ in range(4):
        player.keyboard.press("ArrowLeft")  # into the last word
    player.get_by_role("button", name="Split here").click()
    player.wait_for_function("model.get('revision') === 3")
    expect(texts.nth(1)).to_have_text("Two.")
    expect(texts.nth(2)).to_have_text("Three.")
    texts.nth(1).click(position={"x": 30, "y": 12})
    player.locator(".aai-area").fill("Twice.")
    player.get_by_role("combobox", name="Speaker of this turn").select_option(label="Speaker A")
    player.wait_for_function("model.get('revision') === 5")
    expect(texts.nth(1)).to_have_text("Twice.")
    texts.nth(1).click(position={"x": 30, "y": 12})
    player.locator(".aai-area").fill("Never mind.")
    player.keyboard.press("Escape")  # the way to leave without saving
    expect(player.locator(".aai-area")).to_have_count(0)
    assert [name for name, _ in edits(player)] == [
        "set_turn_text",
        "set_turn_text",
        "split_turn",
        "set_turn_text",
        "assign_turn",
    ]


def test_a_turn_is_heard_while_it_is_edited(player: Any) -> None:
    player.locator(".aai-text").nth(1).click(position={"x": 60, "y": 12})
    player.keyboard.press("k")
    player.keyboard.press("e")
    player.keyboard.press("Control+ ")
    player.wait_for_function("model.get('playing') && model.get('current_time') < 9.5")
    player.keyboard.press("Control+ ")
    player.wait_for_function("!model.get('playing')")
    player.wait_for_function("document.activeElement.className === 'aai-area'")


def test_a_review_takes_what_stands_in_the_field(player: Any) -> None:
    player.locator(".aai").focus()
    player.keyboard.press("r")
    field = player.get_by_role("textbox", name="Correct word")
    heard = field.input_value()
    field.fill("nonsense")
    field.press("Escape")
    expect(field).to_have_value(heard)
    field.fill("instead")
    player.get_by_role("button", name="Save").click()
    player.wait_for_function("model.get('text').includes('instead')")
    player.get_by_role("button", name="Accept").click()
    player.wait_for_function("model.get('revision') === 2")
    field.fill("besides")
    player.get_by_role("button", name="Next").click()
    player.wait_for_function("model.get('text').includes('besides')")
    assert [name for name, _ in edits(player)] == ["set_word", "accept_word", "set_word"]


def test_a_turn_is_not_split_before_its_first_word(player: Any) -> None:
    player.locator(".aai-text").nth(1).click(position={"x": 60, "y": 12})
    player.keyboard.press("e")
    player.keyboard.press("Control+Home")
    player.get_by_role("button", name="Split here").click()
    player.get_by_text("where the second turn begins").wait_for()
    assert edits(player) == []


def test_escape_leaves_a_name_as_it_was(player: Any) -> None:
    player.locator(".aai-who").first.click()
    player.keyboard.press("Control+a")
    player.keyboard.type("Oops")
    player.keyboard.press("Escape")
    expect(player.locator(".aai-panel:visible")).to_have_count(0)
    player.locator(".aai-who").first.click()
    player.wait_for_function("document.activeElement.value === 'Speaker A'")
    assert edits(player) == []


def test_a_kernel_that_began_anew_is_told_in_words(player: Any) -> None:
    player.evaluate("void (model.send = () => { throw new Error('Cannot send'); })")
    player.locator(".aai").focus()
    player.keyboard.press("e")
    player.locator(".aai-area").fill("It was so.")
    player.keyboard.press("Control+Enter")
    said = player.get_by_text("The kernel does not know this view any more")
    said.wait_for()
    assert player.locator(".aai-area").input_value() == "It was so."  # still there, to be copied
    assert player.locator(".aai-area").is_enabled()


def test_editing_stops_the_sound(player: Any) -> None:
    player.locator(".aai-text").first.click(position={"x": 60, "y": 12})
    player.wait_for_function("model.get('playing')")
    player.keyboard.press("e")
    player.wait_for_function("!model.get('playing')")
    expect(player.locator(".aai-area")).to_have_count(1)


def test_the_field_of_a_turn_is_as_tall_as_its_text(player: Any) -> None:
    player.locator(".aai").focus()
    player.keyboard.press("e")
    area = player.locator(".aai-area")
    room = "(area) => [area.clientHeight, area.scrollHeight - area.clientHeight]"
    area.fill("One line.")
    drawn(player)
    low, hidden = area.evaluate(room)
    assert hidden <= 0
    area.fill("Many lines. " * 60)
    drawn(player)
    high, hidden = area.evaluate(room)
    assert high > 3 * low
    assert hidden <= 0
    area.fill("More than there is room for. " * 200)
    drawn(player)
    assert area.evaluate(room)[0] <= 420
