"""Answers and the chat on pages that imitate hosts: hostile text harmless, citations that play, keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from . import asked, pages

OpenPage = Callable[..., Any]
WORDS = ("title", "facts", "hint", "cost")


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Address of the served pages."""
    busy = asked.chat(asked.GOOD, busy=True, draft={"question": "And then?", "html": "", "status": "asking"})
    served = {
        "two": pages.two_readers(),
        "good": asked.answer(asked.GOOD),
        "hostile": asked.answer(asked.HOSTILE),
        "raw": {
            "_view": "answer",
            "html": asked.RAW,
            "under": asked.RAW,
            "status": asked.RAW,
            "state": "done",
        },
        "chat": asked.chat(asked.GOOD),
        "empty": asked.chat(),
        "busy": busy,
        "hostilechat": asked.chat(asked.GOOD, asked.HOSTILE, **dict.fromkeys(WORDS, asked.HOSTILE)),
    }
    with pages.serve(served) as url:
        yield url


def opened(
    open_page: OpenPage, site: str, traits: str, *, host: str = "theme=light", player: bool = False, **o: Any
) -> Any:
    """The page once its view stands."""
    recording = "&recording=two" if player else ""
    page = open_page(f"{site}/ask?traits={traits}&{host}{recording}", **o)
    page.wait_for_function("window.started === true")
    return page


def sent(page: Any) -> list[dict[str, Any]]:
    return page.evaluate("asked.sent.map(({uuid, ...rest}) => rest)")


@pytest.mark.parametrize(
    ("traits", "host"),
    [
        ("hostile", "theme=light"),
        ("raw", "theme=plain&shadow=1"),
        pytest.param("raw", "theme=vscode-contrast", marks=pytest.mark.nightly),
        ("hostilechat", "theme=dark"),
    ],
)
def test_hostile_answers_run_nothing_load_nothing_and_keep_to_their_place(
    open_page: OpenPage, site: str, traits: str, host: str
) -> None:
    requests: list[str] = []
    page = opened(open_page, site, traits, host=host)
    page.on("request", lambda request: requests.append(request.url))
    root = page.locator(".aai")
    for citation in root.locator("button.aai-cite").all()[:3]:
        citation.click()
    page.evaluate("new Promise((done) => setTimeout(done, 150))")
    assert page.evaluate("window.pwned") is None
    # Everything that could load or run is told by its element or attribute.
    count = root.evaluate(
        "(root) => root.querySelectorAll('img,script,iframe,object,embed,form,input,video,link,meta,base,"
        "style,svg:not(.aai-icon),math,[onclick],[onerror],[onload],[style*=url],[style*=fixed],[ping],[srcdoc]').length"
    )
    assert count == 0
    links = root.locator("a").evaluate_all("(all) => all.map((a) => [a.href, a.target, a.rel])")
    assert all(href.startswith("https://") and "@" not in href for href, _, _ in links)
    assert all(target == "_blank" and "noopener" in rel for _, target, rel in links)
    assert requests == []
    text = root.inner_text()
    assert not any(sign in text for sign in ("\u202e", "\x1b"))
    if traits != "raw":
        assert "<script>" in text  # shown, not swallowed


def test_a_link_shows_where_it_leads_and_a_reference_does_not_take_over_citations(
    open_page: OpenPage, site: str
) -> None:
    page = opened(open_page, site, "hostile")
    assert "(example.org)" in page.locator(".aai-md").inner_text()
    assert page.locator(".aai-md a[href*='/ref']").count() == 0


def test_citations_play_in_the_player_of_their_recording(open_page: OpenPage, site: str) -> None:
    page = opened(open_page, site, "good", player=True)
    page.wait_for_selector(".aai-turn")
    second = page.locator(".aai-answer button.aai-cite").nth(2)
    start = float(second.get_attribute("data-seek"))
    assert start > 5
    second.click()
    page.wait_for_function(f"player.get('playing') && player.get('current_time') >= {start}")
    assert sent(page) == []  # no kernel is needed for it
    assert "Play" in second.get_attribute("aria-label")


def test_citations_also_work_from_a_shadow_tree_and_from_static_html_on_the_page(
    open_page: OpenPage, site: str
) -> None:
    page = opened(open_page, site, "good", host="theme=plain&shadow=1", player=True)
    page.locator(".aai-answer button.aai-cite").first.click()
    page.wait_for_function("player.get('playing')")
    page.evaluate("player.push({playing: false})")
    html = asked.answer(asked.GOOD)["html"]
    page.evaluate("(html) => (document.querySelector('#static').innerHTML = html)", html)
    link = page.locator("#static a.aai-cite").nth(2)
    link.click()
    start = float(link.get_attribute("data-aai-seek"))
    page.wait_for_function(f"player.get('playing') && player.get('current_time') >= {start}")
    assert page.url.endswith("recording=two")  # it did not move the page


def test_without_a_player_on_the_page_the_kernel_is_asked_and_its_answer_told(
    open_page: OpenPage, site: str
) -> None:
    page = opened(open_page, site, "good")
    page.locator("button.aai-cite").first.click()
    page.get_by_text("No player of this recording").wait_for()
    assert sent(page)[0] == {"type": "cite", "transcript": "t_0", "seconds": pytest.approx(0.0, abs=0.5)}
    page.evaluate("(window.players = 1, document.querySelector('.aai-notice').hidden = true)")
    page.locator("button.aai-cite").first.click()
    page.wait_for_function("asked.sent.length === 2")
    assert page.locator(".aai-notice").is_hidden()


def test_marks_of_what_is_not_in_the_transcript(open_page: OpenPage, site: str) -> None:
    page = opened(open_page, site, "good")
    assert page.locator(".aai-md .aai-missing").inner_text() == "[77?]"
    assert "nobody ever said" in page.locator(".aai-under .aai-missing").inner_text()


def test_an_answer_grows_in_place_and_what_was_selected_stays(open_page: OpenPage, site: str) -> None:
    page = opened(open_page, site, "good")
    first = asked.piece("First paragraph [1].\n\nSecond")
    page.evaluate("(html) => asked.push({html, under: '', state: 'writing', status: ''})", first)
    page.get_by_text("Second").wait_for()
    page.evaluate(
        "(() => { const p = document.querySelector('.aai-md p'); window.kept = p;"
        "getSelection().selectAllChildren(p); })()"
    )
    whole = asked.piece("First paragraph [1].\n\nSecond paragraph.\n\n- a\n- b")
    page.evaluate("(html) => asked.push({html, state: 'done'})", whole)
    page.get_by_text("Second paragraph.").wait_for()
    assert page.evaluate("document.querySelector('.aai-md p') === window.kept")
    assert page.evaluate("getSelection().toString()").startswith("First paragraph")
    assert page.locator(".aai-asking").is_hidden()


def test_the_chat_asks_streams_stops_and_gives_back_what_was_refused(open_page: OpenPage, site: str) -> None:
    page = opened(open_page, site, "empty")
    assert page.get_by_text("Ask what was said").is_visible()
    field = page.get_by_role("textbox", name="Question")
    assert page.get_by_role("button", name="Ask").is_disabled()
    field.fill("Who reads?")
    field.press("Shift+Enter")
    field.press_sequentially("And what?")
    field.press("Enter")
    page.wait_for_function("asked.sent.some((m) => m.type === 'ask')")
    assert {"type": "ask", "text": "Who reads?\nAnd what?"} in sent(page)
    assert field.input_value() == ""
    page.evaluate("asked.push({busy: true, draft: {question: 'Who reads?', html: '', status: 'asking'}})")
    log = page.get_by_role("log")
    page.get_by_text("asking…").wait_for()
    assert log.get_attribute("aria-busy") == "true"
    draft = {"question": "Who reads?", "html": asked.piece("A reads [1]. " * 200), "status": ""}
    page.evaluate("(draft) => asked.push({draft})", draft)
    page.wait_for_function("document.querySelectorAll('.aai-log button.aai-cite').length === 200")
    # The newest is in view while nobody scrolls away from it.
    at_end = "(l) => l.scrollHeight - l.scrollTop - l.clientHeight < 3"
    page.wait_for_function(f"({at_end})(document.querySelector('.aai-log'))")
    field.press("Escape")
    page.wait_for_function("asked.sent.some((m) => m.type === 'stop')")
    entry = {
        "id": 0,
        "question": "Who reads?",
        "html": draft["html"],
        "under": "",
        "state": "stopped",
        "error": "Stopped.",
    }
    page.evaluate("(entry) => asked.push({busy: false, draft: null, entries: [entry]})", entry)
    page.get_by_text("Stopped.").wait_for()
    page.evaluate("window.refuse = 'there is no kernel'")
    field.fill("Again?")
    page.get_by_role("button", name="Ask").click()
    page.get_by_text("there is no kernel").wait_for()
    assert field.input_value() == "Again?"


def test_the_chat_shows_its_models_memory_and_cost_and_lets_choose(open_page: OpenPage, site: str) -> None:
    page = opened(open_page, site, "chat")
    assert "2,340 of 8,000 tokens" in page.locator(".aai-foot").inner_text()
    assert "$0.0123" in page.locator(".aai-foot").inner_text()
    page.get_by_role("combobox", name="Model").select_option("model-2")
    assert ["model", "model-2"] in page.evaluate("asked.saved")
    page.get_by_role("button", name="New conversation").click()
    page.wait_for_function("asked.sent.some((m) => m.type === 'clear')")


def test_keys_stay_in_the_chat_and_lead_through_it(open_page: OpenPage, site: str) -> None:
    before = "window.heard = []; document.addEventListener('keydown', (e) => heard.push(e.key));"
    page = opened(open_page, site, "chat", before=before)
    root = page.locator(".aai-chat")
    assert root.get_attribute("data-lm-suppress-shortcuts") == "true"
    root.focus()
    page.keyboard.press("b")
    page.keyboard.press("/")
    focus = "(document.activeElement.className || document.activeElement.tagName)"
    assert "aai-question" in page.evaluate(focus)
    page.keyboard.type("dd")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("x")
    assert page.get_by_role("textbox", name="Question").input_value() == "dd\nx"
    assert [one for one in sent(page) if one["type"] != "here"] == [{"type": "ready"}]
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert "aai-chat" in page.evaluate(focus)
    assert page.evaluate("heard") == []
    page.keyboard.press("Tab")
    names = []
    for _ in range(5):
        names.append(
            page.evaluate(
                "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
            )
        )
        page.keyboard.press("Tab")
    assert names[:3] == ["Model", "New conversation", "Conversation"]
    assert any(name.startswith("Play") for name in names)


def test_a_view_that_goes_leaves_nothing(open_page: OpenPage, site: str) -> None:
    for traits in ("good", "busy"):
        page = opened(open_page, site, traits)
        page.evaluate("dispose()")
        assert page.locator(".aai").count() == 0
        assert page.evaluate("[...asked.handlers.values()].reduce((sum, one) => sum + one.size, 0)") == 0
