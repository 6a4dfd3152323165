"""The player in somebody's hands: copying, reading elsewhere while it plays, never losing the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from . import pages
from .conftest import sync_api

ACTIVE = "document.activeElement.closest('.aai') !== null"


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Address of the served pages."""
    silent = pages.two_readers()
    silent["meta"] |= {"has_audio": "none", "audio_hint": "The recording is not known."}
    with pages.serve({"two": pages.two_readers(), "silent": silent}) as url:
        yield url


@pytest.fixture
def player(open_page: Callable[..., Any], site: str) -> Any:
    page = open_page(f"{site}/shell?recording=two", permissions=["clipboard-read", "clipboard-write"])
    page.wait_for_function("window.firstPaint")
    return page


def drag(page: Any, first: int, last: int, x: float = 250) -> None:
    """Over the text from the start of one turn into another."""
    texts = page.locator(".aai-text")
    texts.nth(first).scroll_into_view_if_needed()
    a, b = texts.nth(first).bounding_box(), texts.nth(last).bounding_box()
    page.mouse.move(a["x"] + 20, a["y"] + 12)
    page.mouse.down()
    page.mouse.move(b["x"] + x, b["y"] + 12, steps=6)
    page.mouse.up()


def copied(page: Any) -> str:
    page.keyboard.press("Control+c")
    page.wait_for_timeout(50)
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_what_is_copied_says_who_and_when(player: Any) -> None:
    drag(player, 0, 1)
    first, second = copied(player).split("\n")
    assert first.startswith("[0:00] Speaker A: It was")
    assert second.startswith("[0:08] Speaker B: and Mister")
    html = player.evaluate(
        "navigator.clipboard.read().then(async ([item]) => (await item.getType('text/html')).text())"
    )
    assert html.count("<b>Speaker ") == 2
    player.get_by_role("button", name="Text", exact=True).click()
    player.get_by_text("Copied.").wait_for()
    bare = player.evaluate("navigator.clipboard.readText()")
    assert "Speaker" not in bare
    assert bare.split("\n")[1].startswith("and Mister")
    drag(player, 0, 0)
    assert copied(player).startswith("It was")  # within one turn the words are enough
    player.locator(".aai-search-text").fill("wisdom")
    player.locator(".aai-search-text").select_text()
    assert copied(player) == "wisdom"
    player.locator(".aai").focus()
    player.keyboard.press("Control+a")
    assert len(copied(player).split("\n")) == player.locator(".aai-opens").count()


def test_turns_of_a_selection_go_to_another_speaker(player: Any) -> None:
    drag(player, 0, 1)
    choice = player.get_by_role("combobox", name="Give these 2 turns to")
    choice.select_option(label="Speaker B")
    player.wait_for_function("model.get('revision') === 1")
    assert player.locator(".aai-name").all_inner_texts()[:3] == ["Speaker B", "Speaker B", "Speaker A"]
    player.get_by_role("combobox", name="Give these 2 turns to").select_option(label="New speaker")
    player.locator(".aai-name", has_text="Speaker C").first.wait_for()
    edits = [m for m in player.evaluate("model.sent") if m["type"] == "edit"]
    assert [(m["op"], m["args"]["turns"]) for m in edits] == [
        ("assign_turns", [0, 1]),
        ("split_speaker", [0, 1]),
    ]


def test_scrolling_away_stops_following_and_leads_back(player: Any) -> None:
    pane = player.locator(".aai-transcript")
    pane.evaluate("(element) => (element.style.height = '150px')")
    back = player.get_by_role("button", name="Back to the playing word")
    player.locator(".aai-text").first.click(position={"x": 60, "y": 12})
    player.wait_for_function("model.get('current_time') > 0.4")
    pane.hover()
    player.mouse.wheel(0, 500)
    back.wait_for()
    place = pane.evaluate("(element) => element.scrollTop")
    time = player.evaluate("model.get('current_time')")
    player.wait_for_function(f"model.get('current_time') > {time} + 1")
    assert pane.evaluate("(element) => element.scrollTop") == place > 100
    back.click()
    player.wait_for_function("document.querySelector('.aai-transcript').scrollTop < 60")
    assert back.is_hidden()
    pane.focus()
    player.keyboard.press("PageDown")
    player.keyboard.press("PageDown")
    back.wait_for()
    player.keyboard.press("f")  # back, and still following
    back.wait_for(state="hidden")
    assert player.evaluate("model.get('follow')") is not False
    player.mouse.wheel(0, 500)
    back.wait_for()
    player.keyboard.press("k")
    back.wait_for(state="hidden")


def test_the_keyboard_never_falls_out_of_the_player(player: Any) -> None:
    player.locator(".aai-who").first.click()
    player.keyboard.press("Control+a")
    player.keyboard.type("Ann")
    player.keyboard.press("Enter")
    player.locator(".aai-name", has_text="Ann").first.wait_for()
    assert player.locator(".aai-panel:visible").count() == 0
    assert player.evaluate(ACTIVE)
    drag(player, 0, 1)
    player.get_by_role("button", name="Play the selection").click()
    player.wait_for_function("model.get('playing')")
    assert player.evaluate("document.activeElement.title") == "Play the selection"
    player.get_by_role("button", name="Clear the selection").click()
    assert player.evaluate(ACTIVE)
    player.keyboard.press("r")
    player.get_by_role("button", name="Next", exact=True).click()
    assert player.evaluate("document.activeElement.textContent") == "Next"
    player.keyboard.press("Escape")
    player.keyboard.press("e")
    player.keyboard.press("Escape")  # closes the turn; the next one is one key away
    player.keyboard.press("e")
    assert player.locator(".aai-area").count() == 1
    player.keyboard.press("Escape")
    player.keyboard.press("Escape")
    assert player.locator(".aai-editing").count() == 0
    assert player.evaluate(ACTIVE)
    player.locator(".aai-search-who").select_option(index=1)
    player.locator(".aai-search-who").press("Escape")
    assert player.locator(".aai-search-who").input_value() == ""


def test_a_recording_that_comes_later_plays(open_page: Callable[..., Any], site: str) -> None:
    page = open_page(f"{site}/shell?recording=silent")
    page.get_by_text("The recording is not known.").wait_for()
    page.evaluate(
        "model.push({meta: {...model.get('meta'), has_audio: 'comm', audio_hint: '', recording: 2}})"
    )
    page.get_by_text("The recording is not known.").wait_for(state="hidden")
    page.locator(".aai-text").nth(1).click(position={"x": 60, "y": 12})
    page.wait_for_function("model.get('playing') && model.get('current_time') > 8.5")


def test_hosts_do_not_lay_out_the_list_of_keys(player: Any) -> None:
    """JupyterLab floats the terms of every list in an output."""
    floats = "#cell dl{width:100%;overflow:hidden}#cell dt,#cell dd{float:left;width:80%}#cell dt{width:20%}"
    player.add_style_tag(content=floats)
    player.locator("[data-icon=keyboard]").click()
    rows = player.locator(".aai-keys").evaluate(
        "(list) => [...list.children].map((one) => one.getBoundingClientRect())"
        ".map(({x, y, bottom}) => [x, y, bottom])"
    )
    terms, meanings = rows[::2], rows[1::2]
    assert len({x for x, *_ in terms}) == len({x for x, *_ in meanings}) == 1
    for (_, top, bottom), (_, other_top, other_bottom) in zip(terms, meanings, strict=True):
        assert top < other_bottom
        assert other_top < bottom


def test_text_stands_out_in_high_contrast(open_page: Callable[..., Any], site: str) -> None:
    page = open_page(f"{site}/shell?recording=two&theme=plain", forced_colors="active")
    page.wait_for_function("window.firstPaint")
    page.locator(".aai").focus()
    page.keyboard.press("r")
    accept = page.get_by_role("button", name="Accept")
    sync_api.expect(accept).to_have_css("forced-color-adjust", "none")
    colours = accept.evaluate("(one) => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor]")
    assert colours[0] != colours[1]


def test_a_view_that_goes_says_so(player: Any) -> None:
    player.evaluate("window.dispose?.()")
    assert player.evaluate("typeof window.dispose") == "function"
    assert player.evaluate("model.sent.at(-1).type") == "gone"


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


def edits(page: Any) -> list[tuple[str, Any]]:
    """What the page asked the kernel to change."""
    return [(m["op"], m["args"]) for m in page.evaluate("model.sent") if m["type"] == "edit"]


def test_what_was_typed_is_saved_by_going_on_elsewhere(player: Any) -> None:
    texts = player.locator(".aai-text")
    player.locator(".aai").focus()
    player.keyboard.press("e")
    player.locator(".aai-area").fill("One of the turns.")
    texts.nth(1).click(position={"x": 60, "y": 12})
    player.get_by_role("textbox", name="Text of the turn of Speaker B").wait_for()
    assert texts.first.text_content() == "One of the turns."
    player.locator(".aai-area").fill("Two. Three.")
    for _ in range(4):
        player.keyboard.press("ArrowLeft")  # into the last word
    player.get_by_role("button", name="Split here").click()
    player.wait_for_function("model.get('revision') === 3")
    assert [texts.nth(n).text_content() for n in (1, 2)] == ["Two.", "Three."]
    texts.nth(1).click(position={"x": 30, "y": 12})
    player.locator(".aai-area").fill("Twice.")
    player.get_by_role("combobox", name="Speaker of this turn").select_option(label="Speaker A")
    player.wait_for_function("model.get('revision') === 5")
    assert texts.nth(1).text_content() == "Twice."
    texts.nth(1).click(position={"x": 30, "y": 12})
    player.locator(".aai-area").fill("Never mind.")
    player.keyboard.press("Escape")  # the way to leave without saving
    assert player.locator(".aai-area").count() == 0
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
    assert player.evaluate("document.activeElement.className") == "aai-area"


def test_a_review_takes_what_stands_in_the_field(player: Any) -> None:
    player.locator(".aai").focus()
    player.keyboard.press("r")
    field = player.get_by_role("textbox", name="Correct word")
    heard = field.input_value()
    field.fill("nonsense")
    field.press("Escape")
    assert field.input_value() == heard
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
    assert player.locator(".aai-panel:visible").count() == 0
    player.locator(".aai-who").first.click()
    assert player.evaluate("document.activeElement.value") == "Speaker A"
    assert edits(player) == []


def test_a_hit_stays_in_view_while_the_recording_plays(player: Any) -> None:
    pane = player.locator(".aai-transcript")
    pane.evaluate("(element) => (element.style.height = '150px')")
    player.locator(".aai-text").first.click(position={"x": 60, "y": 12})
    player.wait_for_function("model.get('current_time') > 0.4")
    player.keyboard.press("/")
    player.keyboard.type("superlative")
    back = player.get_by_role("button", name="Back to the playing word")
    back.wait_for()
    time = player.evaluate("model.get('current_time')")
    player.wait_for_function(f"model.get('current_time') > {time} + 1")
    place = pane.evaluate("(element) => element.scrollTop")
    assert place > 100
    player.keyboard.press("Enter")
    player.wait_for_function(f"model.get('current_time') > {time} + 2")
    assert pane.evaluate("(element) => element.scrollTop") == place
    back.click()
    player.wait_for_function("document.querySelector('.aai-transcript').scrollTop < 60")


def test_a_double_click_selects_the_word(player: Any) -> None:
    player.locator(".aai-text").first.dblclick(position={"x": 20, "y": 12})
    player.wait_for_function("model.get('selection')")
    assert player.evaluate("model.get('selection')") == {"kind": "words", "first": 0, "last": 0}
    assert copied(player) == "It"


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


def test_what_is_said_does_not_cover_the_selection(player: Any) -> None:
    drag(player, 0, 1)
    player.get_by_role("button", name="Text", exact=True).click()
    notice = player.get_by_text("Copied.")
    notice.wait_for()
    assert (
        notice.bounding_box()["y"] + notice.bounding_box()["height"]
        <= (player.locator(".aai-selected").bounding_box()["y"])
    )


def test_warnings_stand_there_until_they_are_read(player: Any) -> None:
    assert player.locator(".aai-warnings").is_hidden()
    warnings = "['Its speaker labels are experimental.', '<b>check</b>']"
    player.evaluate(f"model.push({{meta: {{...model.get('meta'), warnings: {warnings}}}}})")
    player.get_by_text("<b>check</b>").wait_for()
    player.get_by_role("button", name="Close the warnings").click()
    assert player.locator(".aai-warnings").is_hidden()
    assert player.evaluate(ACTIVE)
    player.evaluate("model.push({meta: {...model.get('meta'), title: 'new'}})")  # nothing new to warn of
    player.locator(".aai-heading", has_text="new").wait_for()
    assert player.locator(".aai-warnings").is_hidden()


def test_keys_reach_the_player_after_every_click_in_it(player: Any) -> None:
    player.evaluate("""() => {
      document.addEventListener('keydown', (event) => (window.leaked ??= []).push(event.key));
      document.querySelector('#cell').tabIndex = -1;
      document.querySelector('#cell').addEventListener('click', (event) => event.currentTarget.focus());
    }""")
    player.locator(".aai-text").nth(1).click(position={"x": 60, "y": 12})
    player.locator(".aai-text").nth(2).click(position={"x": 60, "y": 12}, modifiers=["Shift"])
    for selector in (".aai-heading", ".aai-time", ".aai-stage", "[data-icon=skip]"):
        player.locator(selector).first.click()
        player.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert player.evaluate(ACTIVE), selector
    player.locator("[data-icon=layers]").click()
    player.locator(".aai-text").first.click(position={"x": 60, "y": 12})  # closes the panel
    player.keyboard.press("m")
    player.keyboard.press("m")
    player.get_by_role("combobox", name="Give this turn to").select_option(label="Speaker B")
    player.wait_for_function("model.get('revision') === 1")
    undo = player.locator("[data-icon=undo]")
    undo.click()  # is disabled then
    player.keyboard.press("m")
    player.wait_for_function("model.get('revision') === 2")
    player.evaluate("document.activeElement.blur()")
    player.keyboard.press("m")
    assert player.evaluate("window.leaked ?? []") == []
    assert player.evaluate(ACTIVE)


def test_escape_ends_the_search_and_then_the_field(player: Any) -> None:
    field = player.locator(".aai-search-text")
    field.fill("wisdom")
    player.locator(".aai-count", has_text="1").wait_for()
    field.press("Escape")
    assert field.input_value() == ""
    assert player.evaluate("document.activeElement.type") == "search"
    field.press("Escape")
    assert player.evaluate("document.activeElement.classList.contains('aai')")


def test_editing_stops_the_sound(player: Any) -> None:
    player.locator(".aai-text").first.click(position={"x": 60, "y": 12})
    player.wait_for_function("model.get('playing')")
    player.keyboard.press("e")
    player.wait_for_function("!model.get('playing')")
    assert player.locator(".aai-area").count() == 1


def test_the_wheel_scrolls_the_page_unless_the_transcript_is_meant(player: Any) -> None:
    pane = player.locator(".aai-transcript")
    pane.evaluate("""(element) => {
      element.style.height = '150px';
      document.body.style.paddingBlock = '300px 3000px';
    }""")
    inside = pane.evaluate("(element) => element.scrollHeight - element.clientHeight")
    places = "[scrollY, document.querySelector('.aai-transcript').scrollTop]"
    player.mouse.move(500, 20)
    top = pane.bounding_box()["y"]
    for _ in range(40):  # one gesture, begun above the player, which passes under the pointer
        player.mouse.wheel(0, 60)
        box = pane.bounding_box()
        player.mouse.move(500, max(20, min(700, box["y"] + 60)))
        if player.evaluate("scrollY") >= min(top, 400):
            break
    page, own = player.evaluate(places)
    assert page > 100
    assert own == 0
    player.wait_for_timeout(400)
    pane.hover()
    player.mouse.wheel(0, 50)
    player.wait_for_function("document.querySelector('.aai-transcript').scrollTop === 50")
    assert player.evaluate("scrollY") == page
    player.mouse.wheel(0, inside)
    player.wait_for_function(f"document.querySelector('.aai-transcript').scrollTop >= {inside} - 1")
    player.mouse.wheel(0, 80)
    player.wait_for_function(f"scrollY > {page}")


def test_the_field_of_a_turn_is_as_tall_as_its_text(player: Any) -> None:
    player.locator(".aai").focus()
    player.keyboard.press("e")
    area = player.locator(".aai-area")
    room = "(area) => [area.clientHeight, area.scrollHeight - area.clientHeight]"
    area.fill("One line.")
    low, hidden = area.evaluate(room)
    assert hidden <= 0
    area.fill("Many lines. " * 60)
    high, hidden = area.evaluate(room)
    assert high > 3 * low
    assert hidden <= 0
    area.fill("More than there is room for. " * 200)
    assert area.evaluate(room)[0] <= 420
