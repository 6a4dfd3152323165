"""The player's module in each of its hosts, whatever the host, the kernel or the content does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.examples import some

from . import pages
from .player_pages import EVIL, HOSTS, click_word, marked, trait


@pytest.mark.parametrize("host", some(HOSTS, "light", "vscode", "shadow"))
def test_a_click_on_a_word_plays_there_in_every_host(
    open_page: Callable[..., Any], site: str, host: str
) -> None:
    page = open_page(f"{site}/{HOSTS[host]}")
    frame = page.frames[-1] if host.startswith("vscode") else page
    frame.locator(".aai-text").first.wait_for()
    assert not [m for m in frame.evaluate("model.sent") if m["type"] == "audio"], (
        "no sound before somebody asks"
    )
    click_word(frame, 1)
    frame.wait_for_function("model.get('current_time') > 10.2")
    assert trait(frame, "playing") is True
    word = marked(frame, "word")
    assert len(word) == 1
    assert word[0] in frame.locator(".aai-text").nth(1).inner_text()
    frame.locator(".aai-play").click()
    frame.wait_for_function("model.get('playing') === false")
    theme = frame.locator(".aai").get_attribute("data-theme")
    assert theme == ("dark" if host in ("dark", "vscode", "vscode-contrast") else "light")


@pytest.mark.parametrize("recording", ["served", "broken"])
def test_an_address_plays_through_the_element_and_otherwise_through_the_kernel(
    open_page: Callable[..., Any], site: str, recording: str
) -> None:
    page = open_page(f"{site}/shell?recording={recording}")
    page.wait_for_function("window.firstPaint")
    page.wait_for_timeout(300)
    click_word(page, 2)
    page.wait_for_function("model.get('playing') && model.get('current_time') > 17")
    asked = [m for m in page.evaluate("model.sent") if m["type"] == "audio"]
    assert bool(asked) == (recording == "broken")


def test_two_views_of_one_player_do_not_chase_each_other(player: Any) -> None:
    player.evaluate("""async () => {
      const {default: module} = await import('./aai.js');
      const second = document.body.appendChild(document.createElement('div'));
      module.render({model, el: second});
    }""")
    player.locator(".aai-text").nth(1).click(position={"x": 150, "y": 12})
    player.wait_for_function("model.get('current_time') > 10.5")
    playing = player.locator(".aai-play").evaluate_all("(all) => all.map((one) => one.ariaLabel)")
    assert playing == ["Pause", "Play"]


def test_the_theme_may_change_after_rendering(player: Any) -> None:
    assert player.locator(".aai").get_attribute("data-theme") == "light"
    player.evaluate(f"document.documentElement.setAttribute('style', {pages.THEMES['dark']!r})")
    player.locator(".aai[data-theme=dark]").wait_for()


@pytest.mark.parametrize("width", some([280, 340, 520, 900], 280, 900))
def test_nothing_runs_out_of_a_narrow_cell(open_page: Callable[..., Any], site: str, width: int) -> None:
    page = open_page(f"{site}/shell?recording=hostile&width={width}")
    page.wait_for_function("window.firstPaint")
    page.locator("[data-icon=layers]").click()
    wide = page.evaluate("""() => {
      const edge = document.querySelector('.aai').getBoundingClientRect().right + 1;
      return [...document.querySelectorAll('.aai *')].filter((e) => e.getBoundingClientRect().right > edge)
        .filter((e) => !e.closest('.aai-heading, .aai-facts, .aai-name, select, svg'))
        .map((e) => e.className);
    }""")
    assert wide == []
    assert page.evaluate("document.querySelector('.aai-transcript').scrollWidth") <= width


@pytest.mark.parametrize("shell", ["shell", "vscode"])
def test_hostile_content_is_only_ever_text(open_page: Callable[..., Any], site: str, shell: str) -> None:
    page = open_page(f"{site}/{shell}?recording=hostile")
    frame = page.frames[-1] if shell == "vscode" else page
    frame.locator(".aai-text").first.wait_for()
    page.wait_for_timeout(200)
    for name in ("speakers", "layers"):
        frame.locator(f"[data-icon={name}]").click()
        page.keyboard.press("Escape")
    frame.locator(".aai").focus()
    page.keyboard.press("r")
    page.wait_for_timeout(100)
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    frame.locator(".aai-area").wait_for()
    page.keyboard.press("Escape")
    assert frame.evaluate("window.pwned") is None
    assert frame.locator(".aai script, .aai img, .aai a, .aai svg[onload]").count() == 0
    text = frame.locator(".aai-sheet").evaluate("(sheet) => sheet.textContent")
    assert EVIL[0] in text
    assert EVIL[1] in text
    assert "abc\ufffdgpj.exe" in text
    assert "\u241b[31mred" in text
    assert "\ufffdlone" in text
    assert "\u202e" not in frame.locator(".aai").evaluate("(root) => root.textContent")


def test_without_custom_highlights_boxes_mark_the_words(open_page: Callable[..., Any], site: str) -> None:
    page = open_page(f"{site}/{HOSTS['light']}", before="delete window.Highlight")
    page.wait_for_function("window.firstPaint")
    page.locator(".aai-boxes-low i").first.wait_for(state="attached")
    click_word(page, 1)
    page.locator(".aai-boxes-word i").first.wait_for(state="attached")
    word = page.locator(".aai-boxes-word i").bounding_box()
    line = page.locator(".aai-text").nth(1).bounding_box()
    assert line["y"] <= word["y"] <= line["y"] + line["height"]


def test_high_contrast_and_reduced_motion_still_show_all(open_page: Callable[..., Any], site: str) -> None:
    page = open_page(f"{site}/{HOSTS['light']}", forced_colors="active", reduced_motion="reduce")
    page.wait_for_function("window.firstPaint")
    click_word(page, 1)
    page.wait_for_function("model.get('playing')")
    assert page.locator(".aai-turn").count() == 7


def test_a_closed_player_leaves_nothing_behind(player: Any) -> None:
    click_word(player, 1)
    player.wait_for_function("model.get('playing')")
    player.evaluate("dispose()")
    assert player.locator(".aai, .aai-probe").count() == 0
    assert player.evaluate("[...CSS.highlights.values()].every((highlight) => highlight.size === 0)")
    player.evaluate("model.saved = []")
    player.wait_for_timeout(400)
    assert player.evaluate("model.saved") == []


def test_without_a_kernel_it_can_still_be_read_and_says_so(open_page: Callable[..., Any], site: str) -> None:
    page = open_page(f"{site}/{HOSTS['light']}", before="window.setTimeout = ((own) => (f, ms, ...a) => "
                     "own(f, ms === 6000 ? 50 : ms, ...a))(window.setTimeout)")  # fmt: skip
    page.wait_for_function("window.firstPaint")
    page.evaluate("dispose(); model.send = (m) => void model.sent.push(m)")
    page.evaluate("""async () => {
      const {default: module} = await import('./aai.js');
      window.dispose = module.render({model, el: document.querySelector('#cell')});
    }""")
    page.get_by_text("The kernel does not answer").wait_for()
    assert page.locator(".aai-turn").count() == 7
    # A kernel that says it runs a cell is not gone; and an answer takes the line back, however late it comes.
    page.evaluate("model.push({cell_runs: true})")
    page.get_by_text("The kernel is busy with a cell").wait_for()
    asked = "model.sent.findLast((m) => m.type === 'ready').uuid"
    page.evaluate(f"model.emit('msg:custom', {{type: 'reply', uuid: {asked}, ok: true}}, [])")
    page.get_by_text("The kernel is busy with a cell").wait_for(state="hidden")


def test_sound_that_is_waited_for_in_vain_is_said_soon(open_page: Callable[..., Any], site: str) -> None:
    page = open_page(f"{site}/{HOSTS['light']}", before="window.setTimeout = ((own) => (f, ms, ...a) => "
                     "own(f, ms === 4000 ? 50 : ms, ...a))(window.setTimeout)")  # fmt: skip
    page.wait_for_function("window.firstPaint")
    page.evaluate(
        "window.held = []; window.own = model.send; void (model.send = (...a) => void held.push(a))"
    )
    page.locator(".aai-play").click()
    page.get_by_text("it is busy with a cell, or gone").wait_for()
    page.evaluate("model.send = own; held.forEach((message) => own.apply(model, message))")
    page.get_by_text("it is busy with a cell, or gone").wait_for(state="hidden")  # before its time is up


def test_a_browser_that_does_not_start_the_sound_says_so(open_page: Callable[..., Any], site: str) -> None:
    """As one without a sound device: the context stays suspended, although somebody has pressed play."""
    page = open_page(
        f"{site}/{HOSTS['light']}",
        before="""
            const later = window.setTimeout;
            window.setTimeout = (work, ms) => later(work, ms === 5000 ? 50 : ms);
            AudioContext.prototype.resume = () => new Promise(() => undefined);
            Object.defineProperty(BaseAudioContext.prototype, "state", {get: () => "suspended"});
        """,
    )
    page.wait_for_function("window.firstPaint")
    page.locator(".aai-play").click()
    page.get_by_text("it has no sound device").wait_for()
    page.wait_for_function("document.querySelector('.aai-play').dataset.icon === 'play'")


def test_colours_come_when_the_host_attaches_the_element_or_the_sheet_late(player: Any) -> None:
    tinted = """(root) => {
        const canvas = root.querySelector('.aai-stage canvas');
        if (!canvas.width) return 0;
        const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let i = 0; i < data.length; i += 4) count += data[i + 2] - data[i] > 60 && data[i + 3] > 200;
        return count;
    }"""
    player.evaluate(
        """async () => {
            const module = await import('./aai.js');
            const render = () => {
                window.late = document.createElement('div');
                late.id = 'late';
                return module.default.render({ model, el: late });
            };
            dispose();
            window.dispose = render();
            await new Promise((done) => setTimeout(done, 100));
            document.querySelector('#cell').append(late);
        }"""
    )
    player.wait_for_function(f"({tinted})(late) > 500")
    player.evaluate(
        """async () => {
            const module = await import('./aai.js');
            const sheets = [...document.querySelectorAll('style')];
            const sheet = sheets.find((one) => one.sheet.cssRules.length > 50);
            dispose();
            sheet.disabled = true;
            window.dispose = module.default.render({ model, el: late });
            await new Promise((done) => setTimeout(done, 100));
            sheet.disabled = false;
        }"""
    )
    player.wait_for_function(f"({tinted})(late) > 500")


@pytest.mark.parametrize(
    ("width", "recording"),
    some(
        [(320, "two"), (420, "two"), (500, "two"), (1000, "two"), (320, "short"), (1000, "short")],
        *[(320, "two"), (1000, "short")],
    ),
)
def test_nothing_of_the_keyboard_panel_or_of_who_spoke_when_is_cut_off(
    open_page: Callable[..., Any], site: str, width: int, recording: str
) -> None:
    page = open_page(f"{site}/shell?recording={recording}&width={width}")
    turns = page.locator(".aai-turn")
    turns.first.wait_for()
    for n in range(min(3, turns.count())):
        turns.nth(n).locator(".aai-name").wait_for()
        turns.nth(n).locator(".aai-at").wait_for()
    page.locator(".aai").focus()
    page.keyboard.press("?")
    hidden = "(e) => [e.scrollWidth - e.clientWidth, e.scrollHeight - e.clientHeight]"
    panel = page.get_by_role("dialog", name="Keyboard")
    assert panel.evaluate(hidden) == [0, 0]
    inner, outer = panel.bounding_box(), page.locator(".aai").bounding_box()
    assert inner["x"] >= outer["x"]
    assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]
    assert inner["y"] + inner["height"] <= outer["y"] + outer["height"]
    page.keyboard.press("Escape")  # and the widget is as low again as it was
    page.wait_for_function("document.querySelector('.aai').style.minHeight === ''")


def test_a_short_recording_leaves_no_empty_space_and_can_be_pulled_taller(
    open_page: Callable[..., Any], site: str
) -> None:
    page = open_page(f"{site}/shell?recording=short")
    page.locator(".aai-text").wait_for()
    pane = page.locator(".aai-transcript")
    assert pane.bounding_box()["height"] < 80
    assert pane.evaluate("(e) => e.scrollHeight - e.clientHeight") == 0
    pane.evaluate("(e) => { e.style.height = '500px'; }")  # what the browser does when its corner is drawn
    assert pane.bounding_box()["height"] == 500
