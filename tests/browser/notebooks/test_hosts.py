"""One round in each notebook page, on a real server: the twelve actions of the documentation's table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import nbconvert
import pytest

from aai_jupyter.api.sample import sample
from tests.browser.notebooks.conftest import (
    DARK,
    SCRIPTED,
    SHOTS,
    Screen,
    Server,
    opened_page,
    sync_api,
    write_voice,
)
from tests.browser.notebooks.hosts import HOSTS, Host
from tests.browser.notebooks.player_steps import edit, play, search
from tests.scripted_llm import Say, ScriptedLlm, running
from tests.tried import tried

pytestmark = pytest.mark.nightly
expect: Any = sync_api.expect
TRANSCRIBE, SEARCH, ASK, LIVE, STUDIO, CHAT, ROWS, ERROR = range(1, 9)
GONE = re.compile("model not found|could not be displayed|Error displaying widget", re.IGNORECASE)


@pytest.fixture(scope="module")
def llm() -> Iterator[ScriptedLlm]:
    with running(ScriptedLlm(Say("They want a refund [2]."))) as made:
        yield made


@pytest.fixture(scope="module")
def cells(server: Server, llm: ScriptedLlm) -> list[str]:
    write_voice(server.folder / "short.wav", sample(), until=3, after=0.5)
    return [
        f'{SCRIPTED}\naai.settings.llm_gateway_base_url = "{llm.url}"',
        "%transcribe call.flac --speaker-labels --as talk",
        'talk.words.aai.search("refund")',
        "%%aai_ask -t talk\nWhat is wanted?",
        "%aai_stream --source short.wav --no-audio --as live",
        "aai.studio()",
        "aai.chat(talk)",
        "talk.utterances.aai.play(talk)",
        "%transcribe nothing.wav",
    ]


@pytest.mark.parametrize("kind", HOSTS, ids=lambda kind: kind.package)
def test_the_whole_round(screen: Screen, cells: list[str], kind: type[Host]) -> None:
    pytest.importorskip(kind.package)
    host, server = kind(screen), screen.server
    load = f'{cells[0]}\naai.settings.home = "../home-{kind.package}"'  # nothing is known from another page
    path = server.notebook(f"round-{kind.package}.ipynb", load, *cells[1:])
    host.open(path)
    host.run(0)

    server.reader.hold.set()
    host.begin(TRANSCRIBE)
    shown = host.output(TRANSCRIBE)
    expect(shown).to_contain_text("processing")
    server.reader.hold.clear()
    host.end(TRANSCRIBE)
    player = shown.locator(".aai-player")
    expect(player.locator(".aai-turn")).to_have_count(3)
    expect(shown.locator(".aai-static")).to_be_hidden()
    play(player)
    search(player)
    edit(player, "Good evening all.")
    screen.shot(f"round-{kind.package}-player")

    host.run(SEARCH)
    expect(host.output(SEARCH)).to_contain_text("refund")
    host.run(ASK)
    expect(host.output(ASK).locator(".aai-answer")).to_contain_text("They want a refund")
    expect(host.output(ASK).locator("button.aai-cite")).to_have_count(1)
    screen.shot(f"round-{kind.package}-answer")
    host.run(LIVE)
    expect(host.output(LIVE)).to_contain_text("Word0 word1")
    host.run(STUDIO)
    studio = host.output(STUDIO).locator(".aai-studio")
    expect(studio.get_by_role("button", name="Transcribe")).to_be_visible()
    expect(studio.locator("input[type=file]")).to_be_hidden()
    studio.get_by_text("All options").first.click()
    screen.shot(f"round-{kind.package}-studio")
    host.run(CHAT)
    expect(host.output(CHAT).locator(".aai-chat").first).to_be_visible()
    host.run(ROWS)
    expect(host.output(ROWS).locator(".aai-player .aai-turn")).to_have_count(3)
    host.run(ERROR)
    expect(host.output(ERROR)).to_contain_text("nothing.wav does not exist.")
    screen.shot(f"round-{kind.package}-error")

    host.run(TRANSCRIBE)
    expect(shown).to_contain_text("from cache")
    expect(player).to_have_count(1)
    expect(player.locator(".aai-turn .aai-text").first).to_have_text("Good evening all.")

    saved = host.saved(path, "Good evening all.")
    assert "widget-state" not in saved
    screen.end_kernels(path.name)
    host.open(path)
    static = host.output(TRANSCRIBE).locator("section")
    expect(static).to_be_visible()
    expect(static).to_contain_text("Good evening all.")
    expect(host.output(ASK)).to_contain_text("They want a refund")
    expect(host.output(LIVE)).to_contain_text("Word0 word1")
    expect(host.output(STUDIO)).to_contain_text("Run this cell to have it here.")
    expect(host.output(CHAT)).to_contain_text("Chat about call.flac")
    expect(host.output(ROWS)).to_contain_text("3 excerpts of call.flac")
    assert not [one for one in screen.page.get_by_text(GONE).all() if one.is_visible()]
    screen.shot(f"round-{kind.package}-reopened")
    html, _ = nbconvert.HTMLExporter().from_filename(str(path))
    assert "Good evening all." in html
    worked = ("load", "transcribe", "progress", "play", "edit", "search", "ask", "live", "error", "rerun")
    tried(kind.front_end, kind.package, **dict.fromkeys(worked, "yes"), reopen="text", export="text")


def test_voila_shows_what_can_be_used(server: Server, browser: Any, cells: list[str]) -> None:
    pytest.importorskip("voila")
    path = server.notebook("voila.ipynb", *cells[:ERROR])
    with opened_page(browser) as page:
        page.goto(f"{server.url}/voila/render/{path.name}?theme={'dark' if DARK else 'light'}")
        player = page.locator(".aai-player").first
        expect(player.locator(".aai-turn")).to_have_count(3)
        play(player)
        search(player)
        edit(player, "Good evening all.")
        assert not player.get_by_text("saved notebook").count()  # there is none here
        expect(page.locator(".aai-answer")).to_contain_text("They want a refund")
        expect(page.locator("body")).to_contain_text("Word0 word1")
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/round-voila.png", full_page=True)
    worked = ("load", "transcribe", "play", "edit", "search", "ask", "live")
    tried("Voila", "voila", **dict.fromkeys(worked, "yes"))


def test_a_page_says_that_the_kernel_is_busy_and_takes_it_back(screen: Screen) -> None:
    """Run All of a transcript and of a cell that takes long, as when the next recording is transcribed."""
    host, page = Host(screen), screen.page
    done = screen.server.folder / "go-on"
    done.unlink(missing_ok=True)
    path = screen.server.notebook(
        "busy.ipynb",
        "import aai_jupyter as aai, pathlib, time\naai.load('call.json')",
        "while not pathlib.Path('go-on').exists(): time.sleep(0.1)",
    )
    host.open(path)
    page.evaluate("() => void jupyterapp.commands.execute('notebook:run-all-cells')")
    player = page.locator(".aai-player")
    expect(player.locator(".aai-turn")).to_have_count(3)
    notice = player.locator(".aai-notice")
    expect(notice).to_contain_text("The kernel is busy with a cell")
    expect(player).not_to_contain_text("does not answer")
    screen.shot("busy")
    done.touch()
    expect(notice).to_be_hidden()
