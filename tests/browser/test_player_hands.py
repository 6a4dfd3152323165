"""The player in somebody's hands: copying, reading elsewhere while it plays, never losing the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .conftest import sync_api
from .player_pages import drag, drawn

expect: Any = sync_api.expect
ACTIVE = "document.activeElement.closest('.aai') !== null"


def copied(page: Any) -> str:
    page.evaluate("navigator.clipboard.writeText('')")
    page.keyboard.press("Control+c")
    page.wait_for_function("navigator.clipboard.readText()")
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
    expect(player.locator(".aai-panel:visible")).to_have_count(0)
    player.wait_for_function(ACTIVE)
    drag(player, 0, 1)
    player.get_by_role("button", name="Play the selection").click()
    player.wait_for_function("model.get('playing')")
    player.wait_for_function("document.activeElement.title === 'Play the selection'")
    player.get_by_role("button", name="Clear the selection").click()
    player.wait_for_function(ACTIVE)
    player.keyboard.press("r")
    player.get_by_role("button", name="Next", exact=True).click()
    player.wait_for_function("document.activeElement.textContent === 'Next'")
    player.keyboard.press("Escape")
    player.keyboard.press("e")
    player.keyboard.press("Escape")  # closes the turn; the next one is one key away
    player.keyboard.press("e")
    expect(player.locator(".aai-area")).to_have_count(1)
    player.keyboard.press("Escape")
    player.keyboard.press("Escape")
    expect(player.locator(".aai-editing")).to_have_count(0)
    player.wait_for_function(ACTIVE)
    player.locator(".aai-search-who").select_option(index=1)
    player.locator(".aai-search-who").press("Escape")
    expect(player.locator(".aai-search-who")).to_have_value("")


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
    player.locator(".aai-keys").wait_for()
    assert {".", ",", "+", "−"} <= {*player.locator(".aai-keys kbd").all_text_contents()}
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
    expect(accept).to_have_css("forced-color-adjust", "none")
    colours = accept.evaluate("(one) => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor]")
    assert colours[0] != colours[1]


def test_a_view_that_goes_says_so(player: Any) -> None:
    player.evaluate("window.dispose?.()")
    assert player.evaluate("typeof window.dispose") == "function"
    assert player.evaluate("model.sent.at(-1).type") == "gone"


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


def test_what_is_said_does_not_cover_the_selection(player: Any) -> None:
    drag(player, 0, 1)
    player.get_by_role("button", name="Text", exact=True).click()
    # One look: after a while it goes.
    foot = player.get_by_text("Copied.").evaluate("(notice) => notice.getBoundingClientRect().bottom")
    assert 0 < foot <= player.locator(".aai-selected").bounding_box()["y"]


def test_warnings_stand_there_until_they_are_read(player: Any) -> None:
    assert player.locator(".aai-warnings").is_hidden()
    warnings = "['Its speaker labels are experimental.', '<b>check</b>']"
    player.evaluate(f"model.push({{meta: {{...model.get('meta'), warnings: {warnings}}}}})")
    player.get_by_text("<b>check</b>").wait_for()
    player.get_by_role("button", name="Close the warnings").click()
    expect(player.locator(".aai-warnings")).to_be_hidden()
    player.wait_for_function(ACTIVE)
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
        drawn(player)
        assert player.evaluate(ACTIVE), selector
    player.locator("[data-icon=layers]").click()
    player.locator(".aai-text").first.click(position={"x": 60, "y": 12})  # closes the panel
    player.keyboard.press("m")
    player.keyboard.press("m")
    player.get_by_role("combobox", name="Give this turn to").select_option(label="Speaker B")
    player.wait_for_function("model.get('revision') === 1")
    undo = player.locator("[data-icon=undo]")
    undo.click()  # is disabled then
    drawn(player)
    player.keyboard.press("m")
    player.wait_for_function("model.get('revision') === 2")
    player.evaluate("document.activeElement.blur()")
    player.wait_for_function(ACTIVE)
    player.keyboard.press("m")
    assert player.evaluate("window.leaked ?? []") == []
    assert player.evaluate(ACTIVE)


def test_escape_ends_the_search_and_then_the_field(player: Any) -> None:
    field = player.locator(".aai-search-text")
    field.fill("wisdom")
    player.locator(".aai-count", has_text="1").wait_for()
    field.press("Escape")
    expect(field).to_have_value("")
    assert player.evaluate("document.activeElement.type") == "search"
    field.press("Escape")
    player.wait_for_function("document.activeElement.classList.contains('aai')")


def test_the_wheel_scrolls_the_page_unless_the_transcript_is_meant(player: Any) -> None:
    pane = player.locator(".aai-transcript")
    pane.evaluate("""(element) => {
      element.style.height = '150px';
      document.body.style.paddingBlock = '300px 3000px';
    }""")
    inside = pane.evaluate("(element) => element.scrollHeight - element.clientHeight")
    player.evaluate("""() => {
      let last = Infinity;
      window.addEventListener('wheel', ({ timeStamp }) => {
        window.longest = Math.max(window.longest, timeStamp - last);
        last = timeStamp;
      }, true);
    }""")
    step = """new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
      const pane = document.querySelector('.aai-transcript');
      done([scrollY, pane.scrollTop, pane.getBoundingClientRect().top, window.longest]);
    })))"""
    for _ in range(12):  # after a pause of a busy machine a gesture begins anew: that one does not count
        player.mouse.move(500, 20)
        player.wait_for_timeout(400)
        player.evaluate(
            "document.querySelector('.aai-transcript').scrollTop = window.longest = 0; scrollTo(0, 0)"
        )
        page, own, y, _ = player.evaluate(step)
        end = min(y, 400)
        while page < end:  # one gesture, begun above the player, which passes under the pointer
            player.mouse.wheel(0, 60)
            page, own, y, longest = player.evaluate(step)
            player.mouse.move(500, max(20, min(700, y + 60)))
        if longest < 250:
            break
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


def test_tracks_are_muted_by_buttons_and_keys(open_page: Callable[..., Any], site: str) -> None:
    page = open_page(f"{site}/shell?recording=tracks")
    first, second = (page.get_by_role("button", name=f"Mute Speaker {who}", exact=True) for who in "AB")
    expect(page.get_by_role("group", name="Tracks")).to_contain_text("Speaker A")
    expect(first).to_have_attribute("aria-pressed", "false")
    page.locator(".aai-text").first.click(position={"x": 60, "y": 12})
    page.wait_for_function("model.get('playing')")
    assert page.evaluate("window.muted") is None  # all are heard: the file itself is played
    second.click()
    page.wait_for_function("window.muted?.at(-1) === '1'")
    expect(second).to_have_attribute("aria-pressed", "true")
    page.get_by_text("Heard: Speaker A.").wait_for()
    page.wait_for_function("model.get('playing')")
    first.focus()
    page.keyboard.press("Space")  # of the button, not of the player
    page.wait_for_function("window.muted.at(-1) === '1,0'")
    page.get_by_text("Heard: nobody.").wait_for()
    page.keyboard.press("k")
    page.wait_for_function("!model.get('playing')")
    page.keyboard.press("Shift+U")  # the first speaker speaks here
    expect(first).to_have_attribute("aria-pressed", "false")
    expect(second).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Shift+U")
    page.get_by_text("All tracks are heard.").wait_for()
    expect(second).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("u")
    expect(first).to_have_attribute("aria-pressed", "true")


def test_without_tracks_nothing_can_be_muted(player: Any) -> None:
    expect(player.get_by_role("group", name="Tracks")).to_have_count(0)
    player.locator(".aai").focus()
    player.keyboard.press("u")
    player.keyboard.press("Shift+U")
    player.keyboard.press("f")
    player.wait_for_function("model.get('follow') === false")
    expect(player.locator(".aai-track")).to_have_count(0)
