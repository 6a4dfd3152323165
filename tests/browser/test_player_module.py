"""The player's module on pages that imitate its hosts, with the bundled recording's real sound."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from . import pages
from .conftest import sync_api

HOSTS = {
    "light": "shell?recording=two&theme=light",
    "dark": "shell?recording=two&theme=dark",
    "system": "shell?recording=two&theme=plain",
    "shadow": "shell?recording=two&theme=plain&shadow=1",
    "vscode": "vscode?recording=two",
    "vscode-contrast": "vscode?recording=two&theme=vscode-contrast",
}
EVIL = [
    "<script>window.pwned=1</script>",
    "<img/src=x/onerror=window.pwned=1>",
    "<svg/onload=window.pwned=1>",
    "javascript:window.pwned=1",
    "${window.pwned=1}",
    "**bold**",
    "$$\\href{https://example.org}{x}$$",
    "\x1b[31mred\x1b[0m",
    "abc\u202egpj.exe",
    "\ud800lone",
    "x" * 50_000,
]


def hostile() -> dict[str, Any]:
    """A transcript whose every text is an attack."""
    words = [[text, 1000 * n, 1000 * n + 900, 0.3] for n, text in enumerate(EVIL)]
    turns = [
        {"speaker": EVIL[1], "words": words},
        {"speaker": EVIL[8], "words": [["end.", 20_000, 20_500, 1]]},
    ]
    layers = [
        pages.layer(kind, 0, 9000, EVIL[0], EVIL[1])
        for kind in ("chapter", "entity", EVIL[2], "highlight", "recording")
    ]
    return pages.recording(
        turns,
        [EVIL[1], EVIL[8]],
        60_000,
        layers,
        title=EVIL[0],
        source=EVIL[1],
        model=EVIL[2],
        language=EVIL[8],
    )


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Address of the served pages."""
    two = pages.two_readers()
    served = pages.two_readers()
    served["meta"] |= {"has_audio": "server", "audio_url": "two_readers.flac"}
    broken = pages.two_readers()
    broken["meta"] |= {"has_audio": "url", "audio_url": "missing.mp3"}
    endless = pages.recording([{"speaker": "A", "words": [["a" * 40 + "!", 0, 900, 1]]}], ["A"], 2000)
    recordings = {"two": two, "served": served, "broken": broken, "hostile": hostile(), "endless": endless}
    with pages.serve(recordings) as url:
        yield url


@pytest.fixture
def player(open_page: Callable[..., Any], site: str) -> Any:
    """The player in a light notebook cell."""
    page = open_page(f"{site}/{HOSTS['light']}")
    page.wait_for_function("window.firstPaint")
    return page


def trait(page: Any, name: str) -> Any:
    return page.evaluate(f"model.get({name!r})")


def click_word(frame: Any, turn: int, x: float = 150) -> None:
    frame.locator(".aai-text").nth(turn).click(position={"x": x, "y": 12})


def marked(frame: Any, mark: str) -> list[str]:
    """Texts that carry a mark."""
    return frame.evaluate(f"[...(CSS.highlights.get('aai-{mark}') ?? [])].map(String)")


@pytest.mark.parametrize("host", HOSTS)
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


def test_the_sound_is_gapless_and_follows_the_speed(player: Any) -> None:
    player.evaluate("""() => {
      window.parts = [];
      const start = AudioBufferSourceNode.prototype.start;
      AudioBufferSourceNode.prototype.start = function (when) {
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
    begin = player.evaluate("[model.get('current_time'), performance.now()]")
    player.wait_for_function(f"model.get('current_time') > {begin[0]} + 1.5")
    took = (player.evaluate("performance.now()") - begin[1]) / 1000
    assert took < 1.5, "faster than the clock"


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
    assert player.locator(".aai-count").inner_text() == "2 / 10"
    player.locator(".aai-regex").click()
    player.locator(".aai-search-text").fill("d\\w+posed")
    player.wait_for_function("document.querySelector('.aai-count').textContent === '1 / 2'")
    player.locator(".aai-search-text").fill("(")
    player.wait_for_selector(".aai-search-text[aria-invalid=true]")
    player.locator(".aai-regex").click()
    player.locator(".aai-search-text").fill("he")
    player.locator(".aai-search-who").select_option(label="Speaker B")
    hits = player.locator(".aai-count").inner_text()
    assert hits.startswith("1 / ")
    player.locator(".aai-search-text").focus()
    player.keyboard.press("Escape")
    player.wait_for_function("CSS.highlights.get('aai-hit').size === 0")


def test_dragging_selects_words_and_stretches_of_time(player: Any) -> None:
    box = player.locator(".aai-text").nth(1).bounding_box()
    player.mouse.move(box["x"] + 40, box["y"] + 12)
    player.mouse.down()
    player.mouse.move(box["x"] + 300, box["y"] + 12, steps=5)
    player.mouse.up()
    chosen = trait(player, "selection")
    assert chosen["kind"] == "words"
    assert 23 <= chosen["first"] < chosen["last"] < 45
    assert trait(player, "playing") is False, "a drag does not play"
    stage = player.locator(".aai-stage").bounding_box()
    player.mouse.move(stage["x"] + 200, stage["y"] + 50)
    player.mouse.down()
    player.mouse.move(stage["x"] + 300, stage["y"] + 50, steps=4)
    player.mouse.up()
    chosen = trait(player, "selection")
    assert chosen["kind"] == "time"
    assert chosen["end"] - chosen["start"] == pytest.approx(100 / stage["width"] * 67_680, rel=0.02)
    assert player.locator(".aai-selected").is_visible()
    player.evaluate("model.push({selection: {kind: 'words', first: 0, last: 3}})")
    player.wait_for_function("String([...CSS.highlights.get('aai-selection')][0]) === 'It was the best'")


def test_a_looped_selection_comes_round(player: Any) -> None:
    player.evaluate("model.push({selection: {kind: 'time', start: 8000, end: 8600}})")
    player.locator(".aai").focus()
    player.keyboard.press("o")
    player.keyboard.press("k")
    player.wait_for_timeout(1600)
    assert trait(player, "playing") is True
    assert 7.9 <= trait(player, "current_time") <= 8.7


def test_renaming_merging_undoing(player: Any) -> None:
    player.locator(".aai-who").first.click()
    field = player.locator("[data-speaker='0']")
    field.fill("Ada Lovelace")
    field.press("Enter")
    names = player.locator(".aai-name")
    player.wait_for_function("document.querySelector('.aai-name').textContent === 'Ada Lovelace'")
    assert names.all_inner_texts().count("Ada Lovelace") == 4
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
    player.wait_for_function("document.querySelectorAll('.aai-name')[1].textContent === 'Speaker 3'")
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
    player.wait_for_timeout(50)
    assert player.locator(".aai-area").input_value() == "half a thought"


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
    player.wait_for_function("!model.get('playing')", timeout=8000)
    player.keyboard.press("Escape")
    assert player.locator(".aai-review").is_hidden()


def test_keys_move_by_word_and_turn_and_stay_inside(player: Any) -> None:
    player.evaluate("document.addEventListener('keydown', (e) => (window.leaked ??= []).push(e.key))")
    player.locator(".aai").focus()
    for key in ("Shift+ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "b", "d", "d", "x"):
        player.keyboard.press(key)
    assert marked(player, "word") == ["Mister"]
    assert player.evaluate("window.leaked ?? []") == []
    player.keyboard.press("?")
    assert player.get_by_text("previous, next turn").is_visible()
    player.keyboard.press("Escape")
    player.locator(".aai").focus()
    player.keyboard.press("Escape")
    assert player.evaluate("document.activeElement === document.body")


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


def test_the_theme_may_change_after_rendering(player: Any) -> None:
    assert player.locator(".aai").get_attribute("data-theme") == "light"
    player.evaluate(f"document.documentElement.setAttribute('style', {pages.THEMES['dark']!r})")
    player.locator(".aai[data-theme=dark]").wait_for()


@pytest.mark.parametrize("width", [280, 340, 520, 900])
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
    page.evaluate("dispose(); model.send = () => {}")
    page.evaluate("""async () => {
      const {default: module} = await import('./aai.js');
      window.dispose = module.render({model, el: document.querySelector('#cell')});
    }""")
    page.get_by_text("The kernel does not answer").wait_for()
    assert page.locator(".aai-turn").count() == 7


def test_sound_that_is_waited_for_in_vain_is_said_soon(open_page: Callable[..., Any], site: str) -> None:
    page = open_page(f"{site}/{HOSTS['light']}", before="window.setTimeout = ((own) => (f, ms, ...a) => "
                     "own(f, ms === 4000 ? 50 : ms, ...a))(window.setTimeout)")  # fmt: skip
    page.wait_for_function("window.firstPaint")
    page.evaluate("model.send = () => {}")
    page.locator(".aai-play").click()
    page.get_by_text("it is busy with a cell, or gone").wait_for()


def test_a_pattern_without_end_does_not_stop_the_page(open_page: Callable[..., Any], site: str) -> None:
    page = open_page(f"{site}/shell?recording=endless")
    page.wait_for_function("window.firstPaint")
    page.locator(".aai-regex").click()
    page.evaluate(
        "(window.late = 0, window.last = performance.now(), setInterval(() => {"
        " const now = performance.now(); late = Math.max(late, now - last); last = now; }, 20))"
    )
    page.locator(".aai-search-text").fill("(a+)+$")
    page.locator(".aai-search-text").press("Enter")
    page.get_by_text("this pattern takes too long").wait_for()
    assert page.evaluate("late") < 1000  # the page stood still for less than the pattern was tried
    page.locator(".aai-search-text").fill("a+!")
    page.wait_for_function("document.querySelector('.aai-count').textContent === '1 / 1'")


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
