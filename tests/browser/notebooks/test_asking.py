"""Asking in JupyterLab with a real kernel: the answer below its cell, the chat, and citations that play."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.notebooks.conftest import Screen, sync_api
from tests.scripted_llm import KEY, Say, ScriptedLlm, running

expect: Any = sync_api.expect
SAID = 'B wants it back: "I want a refund" [2]. <img src="https://evil.example/p" onerror="alert(1)">'


@pytest.fixture
def llm() -> Iterator[ScriptedLlm]:
    with running(ScriptedLlm(Say(SAID))) as made:
        yield made


@pytest.mark.nightly  # the parts: the modules of answers and of the player, the magic in a kernel
def test_an_answer_and_a_chat_cite_seconds_that_play(screen: Screen, llm: ScriptedLlm) -> None:
    page = screen.page
    path = screen.server.notebook(
        "asking.ipynb",
        f"""%load_ext aai_jupyter
import aai_jupyter as aai
aai.settings.api_key = "{KEY}"
aai.settings.llm_gateway_base_url = aai.settings.base_url = "{llm.url}"
t = aai.load("call.json")
t.audio = "call.flac"
p = t.player()
p""",
        "%%aai_ask -t t --as answer\nWhat's wanted?",
        "chat = aai.chat(t)\nchat",
        "0",
    )
    screen.open(path)
    screen.run(0)
    expect(page.locator(".aai-player .aai-turn")).to_have_count(3)
    screen.run(1)
    answer = page.locator(".aai-answer")
    cited = answer.locator("button.aai-cite")
    expect(cited).to_have_count(1)
    expect(answer).to_contain_text("<img src=")
    expect(answer).to_contain_text("tokens · $")
    start = float(cited.get_attribute("data-seek"))
    cited.click()
    screen.until(f"p.playing and {start} <= p.current_time < {start} + 20", True)
    page.locator(".aai-player .aai-play").click()
    screen.shot("asking-answer")

    screen.run(2)
    chat = page.locator(".aai-chat")
    chat.get_by_role("textbox", name="Question").fill("And what does B want, bb dd?")
    page.keyboard.press("Enter")
    expect(chat.locator("button.aai-cite")).to_have_count(1)
    screen.until("[len(chat.conversation.answers), chat.model, chat.busy]", [1, "smart", False])
    assert "bb dd" in str(llm.bodies[-1]["messages"][-1]["content"])
    screen.value("p.goto(0)")
    chat.locator("button.aai-cite").click()
    screen.until(f"p.playing and p.current_time >= {start}", True)
    screen.shot("asking-chat")
    assert page.locator(".jp-Notebook .jp-Cell").count() == 4  # no key went to the notebook


@pytest.mark.nightly  # the kernel is asked, in tests/browser; a player that plays, above
def test_where_no_player_is_on_the_page_a_citation_opens_one(screen: Screen, llm: ScriptedLlm) -> None:
    page = screen.page
    path = screen.server.notebook(
        "asking-alone.ipynb",
        f"""%load_ext aai_jupyter
import aai_jupyter as aai
aai.settings.api_key = "{KEY}"
aai.settings.llm_gateway_base_url = aai.settings.base_url = "{llm.url}"
t = aai.load("call.json")
t.audio = "call.flac"
calls = aai.TranscriptSet([t])
import ipywidgets
views = lambda: list(ipywidgets.widgets.widget._instances.values())""",
        "%%aai_ask -t t\nWhat's wanted?",
        "%%aai_ask -t calls --each\nWhat's wanted?",
        "chat = aai.chat(t)\nchat",
        "0",
    )
    playing = "[round(p.current_time) >= {start} for p in t.edited_answer.watchers if p.playing]"
    screen.open(path)
    screen.run(0)
    for number in (1, 2):
        screen.run(number)
        answer = page.locator(".aai-answer").last
        cited = answer.locator("button.aai-cite")
        expect(cited).to_have_count(1)
        start = int(float(cited.get_attribute("data-seek")))
        cited.click()
        opened = page.locator(".aai-cited-player .aai-player")
        expect(opened.locator(".aai-turn")).to_have_count(3)
        screen.until(playing.format(start=start), [True])
        opened.locator(".aai-play").click()
        screen.until("any(p.playing for p in t.edited_answer.watchers)", False)
        screen.shot(f"asking-alone-{number}")
        screen.value("[view.close() for view in views() if type(view).__name__ == 'AnswerView']")
        expect(page.locator(".aai-player")).to_have_count(0)
    screen.run(3)
    chat = page.locator(".aai-chat")
    chat.get_by_role("textbox", name="Question").fill("What is wanted?")
    page.keyboard.press("Enter")
    chat.locator("button.aai-cite").click()
    expect(opened.locator(".aai-turn")).to_have_count(3)
    screen.until(playing.format(start=start), [True])
    screen.shot("asking-alone-chat")
