"""The recorder without a page: what it does with what a page says, and what stays."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aai_jupyter.errors import UsageError
from aai_jupyter.live.dictation import Dictation
from aai_jupyter.runtime.process import Runtime
from aai_jupyter.widgets.recorder import recorder_display
from aai_jupyter.widgets.recorder.recorder import Recorder
from aai_jupyter.widgets.recorder.recorder_display import DictationDisplay, static_bundle
from tests.client.scripted import KEY, reply
from tests.clips.test_dictate import PATH, SECOND, answer, rt, service, until, whole  # noqa: F401 (fixtures)
from tests.widgets.conftest import FrontEnd


@pytest.fixture
def dictation(rt: Runtime) -> Dictation:  # noqa: F811
    return Dictation(runtime_=rt)


@pytest.fixture
def recorder(dictation: Dictation, page: FrontEnd) -> Iterator[Recorder]:
    made = Recorder(dictation)
    yield made
    made.close()


def speak(page: FrontEnd, recorder: Recorder, key: str = "k", parts: int = 10) -> None:
    page.ask(recorder, "begin", key=key)
    for first in range(0, parts, 2):  # two threads of the kernel took turns
        for seq in (first + 1, first):
            page.ask(recorder, "sound", key=key, seq=seq + 1, buffers=[SECOND[:3200]])


def test_what_a_page_records_becomes_text(
    page: FrontEnd, recorder: Recorder, dictation: Dictation, service: Any  # noqa: F811
) -> None:  # fmt: skip
    service.on("POST", PATH, reply(answer("<b>good\u202e morning</b>")))
    assert recorder.meta["price"] == pytest.approx(0.30)
    speak(page, recorder)
    assert (dictation.state, recorder.state) == ("recording", "recording")
    page.ask(recorder, "end", key="k", count=10, label="Desk")
    assert dictation.wait(60).text == "<b>good\u202e morning</b>"
    until(lambda: recorder.state == "idle")
    assert dictation.clips[0].source == "Desk"
    (shown,) = recorder.texts
    assert (shown["n"], shown["text"]) == (1, "<b>good\u202e morning</b>")
    assert len(service.sent("POST", PATH)[0].body) > 32_000
    assert "<b>" not in static_bundle(dictation)["text/html"]
    assert "\u202e" not in static_bundle(dictation)["text/plain"]
    assert KEY not in str(page.sent)


def test_what_is_cancelled_is_never_recognised(
    page: FrontEnd, recorder: Recorder, dictation: Dictation, service: Any  # noqa: F811
) -> None:  # fmt: skip
    speak(page, recorder)
    page.ask(recorder, "cancel", key="k")
    assert dictation.state == "idle"
    page.ask(recorder, "end", key="other", count=0)
    until(lambda: recorder.problem != "")  # a button touched by mistake
    assert "80 ms" in recorder.problem
    assert whole(service) == []  # its request was broken off


def test_a_clip_that_failed_can_be_sent_again_from_the_page(
    page: FrontEnd, recorder: Recorder, dictation: Dictation, service: Any  # noqa: F811
) -> None:  # fmt: skip
    service.on("POST", PATH, reply({"title": "Inference Error", "detail": "oops"}, 500), reply(answer("ok")))
    speak(page, recorder)
    page.ask(recorder, "end", key="k", count=10)
    until(lambda: recorder.held)
    assert "Inference Error: oops" in recorder.problem
    assert "oops" in static_bundle(dictation)["text/plain"]
    page.ask(recorder, "retry")
    until(lambda: recorder.texts)
    assert (recorder.problem, recorder.held) == ("", False)
    assert "There is no clip" in page.ask(recorder, "retry")[0]["error"]["title"]


def test_nonsense_of_a_page_breaks_nothing(page: FrontEnd, recorder: Recorder, dictation: Dictation) -> None:
    for message in ({}, {"type": 3}, {"type": "sound", "key": "k"}, {"type": "end"}, {"type": "what"}, []):
        page.post(recorder, message)
    assert "error" in page.ask(recorder, "sound", key="k", seq="x")[0]
    assert "error" in page.ask(recorder, "nonsense")[0]
    assert page.ask(recorder, "ready")[0]["ok"]
    assert dictation.clips == ()


class Handle:
    def __init__(self) -> None:
        self.updates: list[Any] = []

    def display(self, bundle: Any, **more: Any) -> None:
        pass

    def update(self, bundle: Any, **more: Any) -> None:
        self.updates.append(bundle)


def test_the_text_is_put_into_the_output_only_when_nobody_speaks(
    page: FrontEnd, dictation: Dictation, service: Any, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    import IPython.display

    handle = Handle()
    monkeypatch.setattr(IPython.display, "DisplayHandle", lambda: handle)
    service.on("POST", PATH, reply(answer("one")))
    DictationDisplay(dictation).show()
    dictation.heard("x", on=True)
    dictation.add(SECOND)
    until(lambda: dictation.clips)
    assert handle.updates == []
    dictation.heard("x", on=False)
    assert [one["text/plain"] for one in handle.updates] == ["one"]
    dictation.heard("x", on=True)
    dictation.heard("x", on=False)
    assert len(handle.updates) == 1


def test_a_cell_that_waits_for_a_page_it_cannot_hear_says_so(
    page: FrontEnd, recorder: Recorder, dictation: Dictation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_display, "REACH_SECONDS", 0.3)
    display = dictation.display = DictationDisplay(dictation)
    display._recorder = recorder
    with pytest.raises(UsageError, match="does not hear the page"):
        dictation.wait()
    assert {"type": "call"} in [message for message, _ in page.messages]

    def answering(message: dict[str, Any], buffers: Any = ()) -> None:
        if message["type"] == "call":
            recorder._receive({"type": "here"}, [])

    monkeypatch.setattr(recorder, "_say", answering)
    with pytest.raises(TimeoutError):
        dictation.wait(1)


def test_the_variable_has_the_newest_text_and_keeps_an_old_one_until_then(
    rt: Runtime, service: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path  # noqa: F811
) -> None:  # fmt: skip
    shell = SimpleNamespace(user_ns={"kept": "from before", "number": 3}, kernel=None)
    import IPython

    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", IPython)
    service.on("POST", PATH, reply(answer("new")))
    for name, before in (("kept", "from before"), ("number", ""), ("fresh", "")):
        d = Dictation(runtime_=rt, as_=name)
        assert shell.user_ns[name] == before
        d.add(SECOND)
        d.wait(60)
        assert shell.user_ns[name] == "new"
    with pytest.raises(UsageError, match="cannot be the name"):
        Dictation(runtime_=rt, as_="not a name")
