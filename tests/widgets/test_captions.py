"""Captions without a page: what the widget tells, what it does with what a page says, and what stays."""

from __future__ import annotations

import time
import wave
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.api.stream import LiveStream
from aai_jupyter.client.streaming.events import LLMGatewayResponse, StreamWord, Turn
from aai_jupyter.client.streaming.track_source import interleave
from aai_jupyter.live.live_run import LiveRun
from aai_jupyter.runtime.process import Runtime
from aai_jupyter.settings.configuration import Settings
from aai_jupyter.transcripts.side_names import CALL_SIDES
from aai_jupyter.widgets import page_microphone as module
from aai_jupyter.widgets.captions import live_display
from aai_jupyter.widgets.captions.caption_turns import CaptionState, Delays
from aai_jupyter.widgets.captions.captions_widget import Captions
from aai_jupyter.widgets.captions.live_static import static_bundle
from aai_jupyter.widgets.page_microphone import EARLY_FRAMES
from aai_jupyter.widgets.page_sound import PageSound
from tests.streaming_server import KEY, RATE, Script, scripted_beside, speech, words_of
from tests.widgets.conftest import FrontEnd

STEP = RATE // 10 * 2  # bytes of a frame of 100 ms


@pytest.fixture(scope="module")
def script() -> Iterator[Script]:
    with scripted_beside(Script()) as made:
        yield made


@pytest.fixture
def rt(script: Script, tmp_path: Path) -> Iterator[Runtime]:
    variables = {
        "ASSEMBLYAI_API_KEY": KEY,
        "ASSEMBLYAI_STREAMING_BASE_URL": script.url,
        "AAI_JUPYTER_HOME": str(tmp_path / "aai"),
    }
    made = Runtime(Settings(environ=variables, start=tmp_path))
    yield made
    made.close()


@pytest.fixture
def live(rt: Runtime) -> LiveStream:
    return LiveStream(runtime_=rt, sample_rate=RATE, keep_audio=False)


@pytest.fixture
def widget(live: LiveStream, page: FrontEnd) -> Captions:
    return Captions(live, microphone=True)


def frames(seconds: float) -> list[bytes]:
    sound = speech(seconds)
    return [sound[at : at + STEP] for at in range(0, len(sound), STEP)]


def send(page: FrontEnd, widget: Captions, seq: int, frame: bytes) -> None:
    page.post(widget, {"type": "audio", "seq": seq}, [frame])


def until(found: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_session_begins_with_the_first_frame_and_hears_them_in_order(
    live: LiveStream, widget: Captions, page: FrontEnd, script: Script
) -> None:
    legs = script.legs
    assert widget.state == "waiting"
    assert widget.meta["price"] == pytest.approx(0.45)
    page.post(widget, {"type": "microphone", "state": "on", "label": "Desk microphone"})
    sound = frames(5)
    for first in range(0, len(sound), 2):  # two threads of the kernel took turns
        for seq in (first + 1, first):
            if seq < len(sound):
                send(page, widget, seq + 1, sound[seq])
    until(lambda: script.legs == legs + 1)
    until(lambda: live.seconds_given > 4.95)
    assert page.ask(widget, "stop")[0]["ok"]
    assert live.wait(60)
    assert list(live.words.text) == [text for text, _, _ in words_of(5)]
    acks = [message["seq"] for message, _ in page.messages if message["type"] == "ack"]
    assert acks == list(range(5, len(sound) + 1, 5))
    until(lambda: widget.state == "ended")
    assert widget.meta["title"] == "Desk microphone"
    assert widget.figures["billed"] >= 0
    told = {turn["key"]: turn for message, _ in page.messages for turn in message.get("turns", ())}
    assert " ".join(turn["text"] for turn in told.values() if turn["final"]) == live.text
    opened = page.ask(widget, "ready")[0]["turns"]
    assert [turn["text"] for turn in opened] == [turn.transcript for turn in live.final_turns]


def test_the_engine_is_warmed_by_a_session_without_sound_and_the_service_is_not(
    live: LiveStream, widget: Captions, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, frames_before = script.legs, len(script.frames)
    live.warm()
    assert not live.status()["warming"]  # it would be billed
    monkeypatch.setattr(LiveRun, "_local", property(lambda run: True))
    live.warm()
    live.warm()
    until(lambda: script.legs == before + 1 and not script.open)
    until(lambda: not live.status()["warming"])
    assert len(script.frames) == frames_before
    assert (live.state, live.transcript.ids) == ("idle", [])
    until(lambda: not any("Getting ready" in text for text in widget.notices))


def test_a_silent_page_is_not_billed_and_the_next_sound_goes_on(
    live: LiveStream, widget: Captions, page: FrontEnd, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SILENT_SECONDS", 0.6)
    sound = frames(6)
    for seq, frame in enumerate(sound[:30], 1):
        send(page, widget, seq, frame)
    until(lambda: widget.state == "released")
    until(lambda: script.open == 0)
    assert any("nothing is sent or billed" in text for text in widget.notices)
    monkeypatch.setattr(module, "SILENT_SECONDS", 60)
    for seq, frame in enumerate(sound[30:], 31):
        send(page, widget, seq, frame)
    until(lambda: widget.state == "open")
    assert not any("nothing is sent or billed" in text for text in widget.notices)
    live.stop()
    until(lambda: script.open == 0)


def test_a_share_that_ends_pauses_with_its_reason_and_nothing_is_lost(
    rt: Runtime, page: FrontEnd, script: Script
) -> None:
    live = LiveStream(sides=CALL_SIDES, runtime_=rt, sample_rate=RATE, keep_audio=False)
    widget = Captions(live, microphone=True, computer=True)
    assert (widget.meta["computer"], widget.meta["sides"]) == (True, ["You", "Computer"])
    assert widget.meta["price"] == pytest.approx(0.9)  # both sessions
    sound = [interleave([frame, frame], RATE // 10) for frame in frames(9)]
    page.post(widget, {"type": "microphone", "state": "on", "label": "Desk"})
    for seq, frame in enumerate(sound[:45], 1):
        send(page, widget, seq, frame)
    page.post(widget, {"type": "microphone", "state": "off", "lost": "share", "detail": "Sharing has ended."})
    until(lambda: widget.state == "released")
    until(lambda: script.open == 0)
    assert widget.notices == ["Sharing has ended."]
    live.speakers["Computer"] = "Ann"
    page.post(widget, {"type": "microphone", "state": "on", "label": "Desk"})
    for seq, frame in enumerate(sound[45:], 1):
        send(page, widget, seq, frame)
    until(lambda: widget.state == "open")
    assert widget.notices == []
    assert widget.meta["sides"] == ["You", "Ann"]
    live.stop()
    for name in ("You", "Ann"):
        words = live.words[live.words.speaker == name]
        assert words.text.tolist() == [text for text, _, _ in words_of(9)]


def test_nobody_looks_any_more(
    live: LiveStream, widget: Captions, page: FrontEnd, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ABANDONED_SECONDS", 0.3)
    send(page, widget, 1, frames(1)[0])
    until(lambda: script.open == 1)
    page.post(widget, {"type": "microphone", "state": "off", "removed": True})
    assert live.wait(60)
    until(lambda: script.open == 0)


def test_closing_the_widget_tells_the_service(
    live: LiveStream, widget: Captions, page: FrontEnd, script: Script
) -> None:
    send(page, widget, 1, frames(1)[0])
    until(lambda: script.open == 1)
    before = len(script.messages)
    widget.close()
    assert live.wait(60)
    assert {"type": "Terminate"} in script.messages[before:]


def test_pause_update_and_refusals(
    live: LiveStream, widget: Captions, page: FrontEnd, script: Script
) -> None:
    for seq, frame in enumerate(frames(1), 1):
        send(page, widget, seq, frame)
    until(lambda: live.state == "open")
    page.ask(widget, "update", keyterms=["Zarr"], prompt="A talk")
    wanted = {"type": "UpdateConfiguration", "keyterms_prompt": ["Zarr"], "prompt": "A talk"}
    until(lambda: wanted in script.messages)
    until(lambda: widget.settings == {"keyterms": ["Zarr"], "prompt": "A talk"})
    assert "Nothing was changed" in page.ask(widget, "update", keyterms=["Zarr"])[0]["error"]["title"]
    assert "50 are allowed" in str(page.ask(widget, "update", keyterms=["x" * 60])[0]["error"])
    assert "no request" in page.ask(widget, "dance")[0]["error"]["title"]
    page.ask(widget, "pause")
    until(lambda: widget.state == "paused")
    page.ask(widget, "pause", release=True)
    until(lambda: widget.state == "released")
    page.ask(widget, "resume")
    until(lambda: widget.state == "open")
    live.stop(hasty=True)


def test_stopped_before_the_microphone_was_allowed(
    live: LiveStream, widget: Captions, page: FrontEnd
) -> None:
    page.ask(widget, "stop")
    until(lambda: widget.state == "ended")
    assert live.transcript.seconds_billed == 0


@given(st.permutations(range(1, 12)))
def test_frames_come_out_once_and_in_order(order: list[int]) -> None:
    box = PageSound(skip_after=EARLY_FRAMES)
    found = [seq for one in order for seq, _ in box.add(one, b"")]
    assert found == list(range(1, 12))


def test_a_lost_frame_does_not_hold_up_the_others() -> None:
    box = PageSound(skip_after=EARLY_FRAMES)
    found = [seq for one in range(2, 30) for seq, _ in box.add(one, b"")]
    assert found == list(range(2, 30))
    assert box.add(1, b"late") == []


def turn(order: int, text: str, *, final: bool = False, speaker: str | None = None) -> Turn:
    words = [
        StreamWord(text=w, start=1000 * order + 100 * k, end=1000 * order + 100 * k + 90)
        for k, w in enumerate(text.split())
    ]
    return Turn(turn_order=order, transcript=text, end_of_turn=final, words=words, speaker_label=speaker)


def test_only_what_changed_is_told() -> None:
    shown = CaptionState()
    assert shown.change(turn(0, "good"))["turns"][0]["text"] == "good"
    assert shown.change(turn(0, "good")) == {}
    assert shown.change(turn(0, "Good morning.", final=True))["turns"][0]["final"]
    assert shown.change(turn(1, "uh"))
    assert shown.change(turn(1, "", final=True)) == {"removed": ["/1"]}
    shown.change(turn(2, "and"))
    after = shown.compare([turn(0, "Good morning.", final=True, speaker="A")])
    assert [one["speaker"] for one in after["turns"]] == ["A"]
    assert after["removed"] == ["/2"]


def test_delays_count_from_the_last_word_and_each_turn_once() -> None:
    delays = Delays()
    delays.record(turn(0, "a b"), 0.69)
    delays.record(turn(0, "a b"), 0.9)  # nothing new in it
    delays.record(turn(0, "a b", final=True), 1.19)
    delays.record(turn(0, "a b", final=True), 9.0)  # the formatted twin
    assert delays.partial == pytest.approx(0.5)
    assert delays.final == pytest.approx(1.0)


def answered(order: int, text: str) -> LLMGatewayResponse:
    return LLMGatewayResponse(turn_order=order, data={"choices": [{"message": {"content": text}}]})


def test_answers_stand_at_their_turns(live: LiveStream) -> None:
    shown = CaptionState()
    shown.change(turn(0, "one", final=True))
    assert shown.answer(answered(1, "early")) == {}  # its turn is not shown yet
    assert shown.answer(answered(0, "First."))["turns"][0]["answer"] == "First."
    assert shown.change(turn(1, "two", final=True))["turns"][0]["answer"] == "early"
    turns = [turn(k, text, final=True) for k, text in enumerate(("one", "two", "three"))]
    for one in turns:
        one.speaker_label = "A"
    live.transcript.update(turns)
    live.transcript.answered(answered(0, "<i>First.</i>\nSecond line."))
    bundle = static_bundle(live)
    assert "one\n      → <i>First.</i>\n      → Second line.\n" in bundle["text/plain"]
    assert "A: two three" in bundle["text/plain"]
    assert "&lt;i&gt;First.&lt;/i&gt;" in bundle["text/html"]
    assert "<i>" not in bundle["text/html"] + live.transcript._repr_html_()


def test_what_stays_is_escaped_and_bounded(live: LiveStream) -> None:
    bad = "<script>alert(1)</script> \x1b[31m"
    live.transcript.update([turn(k, bad, final=True) for k in range(1500)])
    bundle = static_bundle(live, ["<b>note</b>"])
    tags: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: Any) -> None:
            tags.append(tag)

    Tags().feed(bundle["text/html"])
    assert set(tags) == {"div", "span"}
    assert "\x1b" not in bundle["text/html"] + bundle["text/plain"]
    assert len(bundle["text/html"]) < 300_000
    assert "1100 earlier turns" in bundle["text/html"]


def test_the_title_is_the_name_of_the_recording_and_not_its_place_on_the_disk(
    rt: Runtime, page: FrontEnd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret-client" / "talk.wav"
    path.parent.mkdir()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(speech(1))
    monkeypatch.setattr(live_display, "is_attended", lambda: True)
    display = live_display.LiveDisplay.of(LiveStream(path, runtime_=rt, keep_audio=False))
    display._widget()
    assert display._captions.meta["title"] == "talk.wav"
