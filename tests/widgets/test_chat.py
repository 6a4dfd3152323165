"""The chat answers its page: pieces as they come, stop, errors told, hostile text safe, the key nowhere."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from aai_jupyter.api.chat import chat
from aai_jupyter.errors import UsageError
from aai_jupyter.runtime.process import runtime
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.widgets.chat.chat_widget import Chat
from tests.scripted_llm import KEY, Say, ScriptedLlm, running
from tests.widgets.conftest import FrontEnd


@pytest.fixture
def llm(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedLlm]:
    with running(ScriptedLlm(Say("A refund [2]. <script>alert(1)</script>"))) as made:
        monkeypatch.setenv("ASSEMBLYAI_API_KEY", KEY)
        monkeypatch.setenv("ASSEMBLYAI_BASE_URL", made.url)
        monkeypatch.setenv("ASSEMBLYAI_LLM_GATEWAY_BASE_URL", made.url)
        yield made
        runtime().close()


@pytest.fixture
def talk(page: FrontEnd, llm: ScriptedLlm, t: Transcript) -> Iterator[Chat]:
    made = chat(t)
    yield made
    made.close()


def test_a_question_of_the_page_is_answered_with_citations_and_safe_html(
    page: FrontEnd, talk: Chat, llm: ScriptedLlm
) -> None:
    assert page.ask(talk, "ready")[0]["ok"]
    assert [one["id"] for one in talk.models] == ["smart", "plain"]
    assert talk.model == "smart"
    assert page.ask(talk, "ask", text="What does B want?")[0]["ok"]
    talk.wait(60)
    page.until(lambda: not talk.busy)
    (entry,) = talk.entries
    assert 'data-aai-seek="' in entry["html"]
    assert "<script" not in entry["html"]
    assert "tokens · $" in entry["under"]
    assert talk.draft is None
    assert talk.budget["used"] > 20
    assert talk.cost.startswith("$")
    assert KEY not in repr(page.sent)
    page.update(talk, model="plain")
    page.ask(talk, "ask", text="And then?")
    talk.wait(60)
    assert llm.bodies[-1]["model"] == "plain"
    assert [m["role"] for m in llm.bodies[-1]["messages"]] == ["system", "user", "assistant", "user"]
    page.until(lambda: not talk.busy)
    page.ask(talk, "clear")
    assert (talk.entries, talk.conversation.answers, talk.budget["used"]) == ([], [], 0)


def test_a_chat_that_was_refused_is_collected_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)
    with pytest.raises(UsageError, match="Cannot ask about int"):
        chat(5)
    gc.collect()
    assert seen == []


def test_stop_keeps_what_was_written_for_the_reader_but_not_for_the_model(
    page: FrontEnd, talk: Chat, llm: ScriptedLlm
) -> None:
    llm.scripts = [Say(["Half of an ", "answer"], hold_at=400)]
    page.ask(talk, "ask", text="What?")
    page.until(lambda: talk.draft and "Half" in talk.draft["html"])
    second = page.ask(talk, "ask", text="More?")[0]
    assert "still being answered" in second["error"]["title"]
    page.ask(talk, "stop")
    page.until(lambda: not talk.busy)
    assert talk.entries[0]["state"] == "stopped"
    assert "Half" in talk.entries[0]["html"]
    assert talk.conversation.answers == []
    llm.scripts = [Say("Whole.")]
    page.ask(talk, "ask", text="Again?")
    talk.wait(60)
    page.until(lambda: len(talk.entries) == 2)
    assert [entry["state"] for entry in talk.entries] == ["stopped", "done"]


def test_what_fails_is_told_in_its_place(page: FrontEnd, talk: Chat, llm: ScriptedLlm) -> None:
    llm.scripts = [Say(status=400, body={"code": 400, "message": "no <b>luck</b>", "request_id": "r7"})]
    page.ask(talk, "ask", text="What?")
    page.until(lambda: talk.entries)
    assert talk.entries[0]["state"] == "error"
    assert "no <b>luck</b>" in talk.entries[0]["error"]  # the page sets it as text
    assert "r7" in talk.entries[0]["error"]
    for wrong in ({"text": "  "}, {"text": "x" * 30_000}, {"text": 3}, {}):
        assert "error" in page.ask(talk, "ask", **wrong)[0]


def test_a_citation_is_passed_on_to_the_players_of_its_transcript(
    page: FrontEnd, talk: Chat, t: Transcript
) -> None:
    place: dict[str, Any] = {"transcript": t.id, "seconds": 3.5}
    assert page.ask(talk, "cite", **place)[0]["players"] == 0
    player = t.player()
    page.ask(player, "ready")
    assert page.ask(talk, "cite", **place)[0]["players"] == 1
    assert any(m.get("type") == "play" and m["ranges"][0][0] == 3500 for m, _ in page.messages)
    assert page.ask(talk, "cite", transcript="other", seconds=1)[0]["players"] == 0
    player.close()
