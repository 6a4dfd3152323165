"""The captions' front end on pages that imitate notebook hosts, with a kernel that is a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser import pages
from tests.browser.conftest import ONLY_CHROMIUM

sync_api: Any = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

FAKE_MICROPHONE = """
window.stopped = 0;
navigator.mediaDevices.getUserMedia = async () => {
  const context = new AudioContext();
  const tone = context.createOscillator();
  const out = context.createMediaStreamDestination();
  tone.connect(out);
  tone.start();
  const [track] = out.stream.getAudioTracks();
  const stop = track.stop.bind(track);
  track.stop = () => { window.stopped++; stop(); };
  return out.stream;
};
"""


FAKE_CALL = (
    FAKE_MICROPHONE
    + """
const tone = navigator.mediaDevices.getUserMedia;
window.streams = [];
navigator.mediaDevices.getUserMedia = async (asked) => {
  window.asked = asked.audio;
  window.streams.push(await tone());
  return window.streams.at(-1);
};
navigator.mediaDevices.getDisplayMedia = async () => {
  if (window.deny) throw new DOMException("", "NotAllowedError");
  const silent = new AudioContext().createMediaStreamDestination().stream;
  const [picture] = document.createElement("canvas").captureStream().getVideoTracks();
  window.picture = picture;
  silent.addTrack(picture);
  window.streams.push(silent);
  return silent;
};
"""
)
"""The microphone hears a tone, and what is shared is silent."""

LOUDNESS = """() => {
  const frame = new Int16Array(model.newest);
  const sums = [0, 0];
  frame.forEach((value, k) => (sums[k % 2] += value * value));
  return sums.map((sum) => Math.sqrt(sum / (frame.length / 2)));
}"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with pages.serve({}) as address:
        yield address


@pytest.fixture
def shown(url: str, open_page: Callable[..., Any]) -> Callable[..., Any]:
    def show(query: str = "", **options: Any) -> Any:
        page = open_page(f"{url}/captions?theme=light{query}", **options)
        page.wait_for_selector(".aai-captions")
        return page

    return show


def turn(order: int, text: str, *, final: bool = True, speaker: str | None = None) -> dict[str, Any]:
    return {"key": f"/{order}", "at": 1000 * order, "text": text, "final": final, "speaker": speaker}


def tell(page: Any, *turns: dict[str, Any], removed: tuple[str, ...] = ()) -> None:
    page.evaluate("([turns, removed]) => tell(turns, removed)", [list(turns), list(removed)])


def sent(page: Any, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate("kind => model.sent.filter(one => one.type === kind)", kind)
    return found


@pytest.mark.parametrize("query", ["", "&shadow=1", "&width=340"])
def test_only_finished_turns_are_announced(shown: Callable[..., Any], query: str) -> None:
    page = shown(query)
    tell(page, turn(0, "Good morn", final=False))
    log, speaking = page.locator("[role=log]"), page.locator(".aai-speaking")
    assert log.get_attribute("aria-live") == "polite"
    assert speaking.get_attribute("aria-live") == "off"
    expect(log.locator(".aai-text")).to_have_count(0)
    expect(speaking.locator(".aai-text")).to_have_text("Good morn")
    assert page.locator(".aai-partial .aai-text").evaluate("e => getComputedStyle(e).fontStyle") == "italic"
    tell(
        page,
        turn(0, "Good morning.", speaker="A"),
        turn(1, "Hello.", speaker="B"),
        turn(2, "uh", final=False),
    )
    expect(log.locator(".aai-text")).to_have_text(["Good morning.", "Hello."])
    expect(log.locator(".aai-name")).to_have_text(["Speaker A", "Speaker B"])
    places = page.locator(".aai-captions .aai-text").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().x)"
    )
    assert len(places) == 3
    assert len(set(places)) == 1  # what is spoken stands in line with what was
    tell(page, removed=("/2",))
    expect(speaking.locator(".aai-turn")).to_have_count(0)
    tell(page, turn(1, "Hello.", speaker="A"))  # a speaker corrected later
    expect(log.locator(".aai-turn.aai-opens")).to_have_count(1)


def test_words_of_others_are_text(shown: Callable[..., Any]) -> None:
    page = shown()
    bad = turn(0, "<img src=x onerror=alert(1)> \u202eabc", speaker="<b>A</b>")
    tell(page, bad)
    expect(page.locator(".aai-cap-answer")).to_be_hidden()
    tell(page, bad | {"answer": "<img src=x onerror=alert(3)>\nsecond line"})
    answer = page.locator("[role=log] .aai-cap-answer")
    expect(answer).to_have_text("<img src=x onerror=alert(3)>\nsecond line")
    page.evaluate("model.push({notices: ['<img src=x onerror=alert(2)>']})")
    expect(page.locator("[role=alert]")).to_contain_text("<img src=x")
    assert page.locator(".aai-captions img").count() == 0
    assert "\u202e" not in page.locator("[role=log] .aai-text").inner_text()


def test_it_stays_at_the_end_until_somebody_reads_above(shown: Callable[..., Any]) -> None:
    page = shown("&width=420")
    tell(page, *(turn(k, f"turn {k} " + "and so on " * (k % 9)) for k in range(60)))
    box = page.locator(".aai-cap-scroll")
    at_end = "e => e.scrollHeight - e.scrollTop - e.clientHeight < 30"
    page.wait_for_function(f"({at_end})(document.querySelector('.aai-cap-scroll'))")
    box.hover()
    page.mouse.wheel(0, -900)
    page.wait_for_function(f"!({at_end})(document.querySelector('.aai-cap-scroll'))")
    page.wait_for_timeout(200)
    tell(page, turn(60, "newest"))
    page.get_by_role("button", name="Newest").click()
    page.wait_for_function(f"({at_end})(document.querySelector('.aai-cap-scroll'))")


def test_buttons_ask_the_kernel(shown: Callable[..., Any]) -> None:
    page = shown()
    page.get_by_role("button", name="Pause").click()
    assert sent(page, "pause") != []
    page.evaluate("model.push({state: 'paused'})")
    expect(page.locator(".aai-cap-paused")).to_contain_text("is billed, about $0.57 an hour")
    page.get_by_role("button", name="Disconnect meanwhile").click()
    assert sent(page, "pause")[-1]["release"] is True
    page.evaluate("model.push({state: 'released'})")
    expect(page.locator(".aai-cap-paused")).to_contain_text("nothing is billed")
    page.get_by_role("button", name="Go on").click()
    assert len(sent(page, "resume")) == 1
    page.get_by_role("button", name="Stop").click()
    assert len(sent(page, "stop")) == 1
    page.evaluate("model.push({state: 'ended'})")
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()
    assert page.locator(".aai-captions").get_attribute("data-lm-suppress-shortcuts") == "true"


def test_the_microphone_is_let_go_of_with_the_view(shown: Callable[..., Any]) -> None:
    page = shown("&mic=1&state=waiting", before=FAKE_MICROPHONE)
    page.wait_for_function("model.sent.filter(one => one.type === 'audio').length > 5")
    assert [one["seq"] for one in sent(page, "audio")][:5] == [1, 2, 3, 4, 5]
    page.wait_for_function("document.querySelector('[role=meter]').getAttribute('aria-valuenow') > 50")
    assert page.evaluate("window.stopped") == 0
    page.evaluate("dispose()")
    assert page.evaluate("window.stopped") == 1
    assert sent(page, "microphone")[-1]["removed"] is True


def test_the_microphone_is_let_go_of_when_the_kernel_is_gone(shown: Callable[..., Any]) -> None:
    page = shown("&mic=1&state=waiting", before=FAKE_MICROPHONE)
    page.wait_for_function("model.sent.some(one => one.type === 'audio')")
    page.evaluate("model.comm_live = false; model.emit('comm_live_update')")
    assert page.evaluate("window.stopped") == 1
    expect(page.locator("[role=alert]")).to_contain_text("The kernel is gone")
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()


GONE = "void (model.send = () => { throw new Error('Cannot send') })"
"""What JupyterLab's widgets do after the kernel was started anew."""


def test_the_microphone_is_let_go_of_when_nothing_can_be_sent_any_more(shown: Callable[..., Any]) -> None:
    page = shown("&mic=1&state=waiting", before=FAKE_MICROPHONE)
    page.wait_for_function("model.sent.some(one => one.type === 'audio')")
    page.evaluate("model.push({state: 'open'})")
    page.evaluate(GONE)  # no event tells: a kernel that died is started anew without one
    expect(page.locator("[role=alert]")).to_contain_text("The kernel is gone")
    assert page.evaluate("window.stopped") == 1
    assert page.locator(".aai-captions").get_attribute("data-state") == "ended"


def test_captions_of_a_kernel_that_is_gone_are_not_live(shown: Callable[..., Any]) -> None:
    page = shown("&state=open")
    page.evaluate("model.emit('comm_live_update')")  # the host says no more than this
    page.wait_for_function("model.sent.filter(one => one.type === 'ready').length === 2")
    expect(page.get_by_role("button", name="Stop")).to_be_enabled()
    page.evaluate(GONE)
    page.evaluate("model.emit('comm_live_update')")
    expect(page.locator("[role=alert]")).to_contain_text("The kernel is gone, and the session with it.")
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()
    assert page.locator(".aai-captions").get_attribute("data-state") == "ended"


@pytest.mark.parametrize(
    ("name", "words"), [("NotAllowedError", "not allowed here"), ("NotFoundError", "no microphone")]
)
def test_why_there_is_no_microphone_is_said(shown: Callable[..., Any], name: str, words: str) -> None:
    refuse = f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{name}') }}"
    page = shown("&mic=1&state=waiting", before=refuse)
    expect(page.locator("[role=alert]")).to_contain_text(words)
    assert sent(page, "microphone")[-1]["kind"] == name
    assert sent(page, "audio") == []


@ONLY_CHROMIUM
def test_both_sides_of_a_call_are_recorded_when_the_user_agrees(shown: Callable[..., Any]) -> None:
    page = shown("&mic=1&call=1&state=waiting", before=FAKE_CALL)
    consent, indicator = page.locator(".aai-cap-consent"), page.locator(".aai-cap-recording")
    expect(consent).to_contain_text("The others must know it and agree")
    expect(consent).to_contain_text("About $0.57 for an hour: two sessions, one for each side.")
    expect(indicator).to_be_hidden()
    assert sent(page, "audio") == []
    page.evaluate("window.deny = true")
    consent.get_by_role("button", name="They know").click()
    expect(page.locator("[role=alert]")).to_contain_text("Nothing was shared, so nothing is recorded.")
    page.evaluate("window.deny = false")
    consent.get_by_role("button", name="They know").click()
    page.wait_for_function("model.sent.filter(one => one.type === 'audio').length > 5")
    page.evaluate("model.push({state: 'open'})")
    expect(indicator).to_have_text("Recording both sides: You and Computer")
    expect(consent).to_be_hidden()
    expect(page.locator("[role=meter]")).to_have_count(2)
    assert page.evaluate("window.picture.readyState") == "ended"  # and no picture is in what is heard
    assert page.evaluate("window.asked.echoCancellation") is True
    you, computer = page.evaluate(LOUDNESS)
    assert you > 1000
    assert computer == 0

    # The browser's own button: its track ends, which a script cannot make it do.
    page.evaluate("window.streams.at(-2).getAudioTracks()[0].dispatchEvent(new Event('ended'))")
    expect(page.locator("[role=alert]")).to_contain_text("Sharing has ended, so the session is paused")
    assert sent(page, "microphone")[-1]["lost"] == "share"
    page.evaluate("model.push({state: 'released'})")
    expect(indicator).to_be_hidden()
    count = len(sent(page, "audio"))
    page.get_by_role("button", name="Share the sound again").click()
    page.wait_for_function(f"model.sent.filter(one => one.type === 'audio').length > {count} + 3")
    assert sent(page, "audio")[count]["seq"] == 1
    page.evaluate("model.push({state: 'open'})")
    expect(indicator).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(indicator).to_be_hidden()
    tracks = "window.streams.flatMap((one) => one.getTracks()).map((one) => one.readyState)"
    assert set(page.evaluate(tracks)) == {"ended"}
