"""`aai.dictate` against a scripted service: texts, frames, order, what fails and what is kept."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aai_jupyter as aai
from aai_jupyter.errors import AaiError, BadRequestError, OptionError, SourceError, UsageError
from aai_jupyter.live.clip_buffer import ClipBuffer
from aai_jupyter.live.dictation import Dictation
from aai_jupyter.notebook.line.arguments import parse
from aai_jupyter.notebook.magics import clip_magic
from aai_jupyter.runtime.process import Runtime
from aai_jupyter.settings.configuration import Settings, settings
from aai_jupyter.widgets.recorder.recorder import Take
from tests.client.scripted import KEY, Received, ScriptedService, Step, reply, serve

PATH = "/v1/transcribe/live"
SECOND = np.full(16_000, 1000, np.int16).tobytes()


def answer(text: str, **more: Any) -> dict[str, Any]:
    words = [{"text": word, "confidence": 0.9} for word in text.split()]
    return {"text": text, "words": words, "confidence": 0.9, "audio_duration_ms": 1000, **more}


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    made = ScriptedService()
    made.on("GET", "/v1/warm", reply({"warm": "toasty"}))
    for url in serve(made):
        made.url = url
        settings.api_key, settings.sync_base_url = KEY, url
        yield made


@pytest.fixture
def rt(service: ScriptedService, tmp_path: Path) -> Iterator[Runtime]:
    environ = {"ASSEMBLYAI_API_KEY": KEY, "ASSEMBLYAI_SYNC_BASE_URL": service.url}
    made = Runtime(Settings(environ=environ, start=tmp_path))
    yield made
    made.close()


def whole(service: ScriptedService) -> list[Received]:
    """Requests of clips that came to their end: of the others the service recognises nothing."""
    return [request for request in service.sent("POST", PATH) if request.body.endswith(b"--\r\n")]


def until(found: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_recording_becomes_a_clip(service: ScriptedService) -> None:
    words = [{"text": "Go", "confidence": 0.9, "start": 100, "end": 350}]
    service.on("POST", PATH, reply({**answer("Go"), "words": words, "session_id": "s-1"}))
    clip = aai.dictate((np.zeros(16_000, np.int16), 16_000), timestamps=True)
    assert (str(clip), clip.text, clip.confidence, clip.duration) == ("Go", "Go", 0.9, 1.0)
    assert (clip.id, clip.session_id, clip.seconds_billed) == ("s-1", "s-1", 1.0)
    assert clip.estimate == pytest.approx(0.30 / 3600)
    assert clip.words[["text", "start", "end"]].values.tolist() == [["Go", 0.1, 0.35]]
    assert list(clip.words) == list(aai.Transcript.from_json({"words": words}).words)
    assert clip.to_transcript().to_text().endswith("Go")
    assert clip.audio is None
    assert aai.dictate((np.zeros(16_000, np.int16), 16_000), keep_audio=True).audio[:4] == b"RIFF"


def test_without_times_the_words_have_none(service: ScriptedService) -> None:
    service.on("POST", PATH, reply(answer("so it is")))
    words = aai.dictate((np.zeros(16_000, np.int16), 16_000)).words
    assert words.start.isna().all()
    assert words.start.dtype == "float64"
    assert words.text.tolist() == ["so", "it", "is"]


async def test_it_can_be_awaited(service: ScriptedService) -> None:
    service.on("POST", PATH, reply(answer("hello")))
    found = await asyncio.gather(
        *(aai.dictate_async((np.zeros(8000, np.int16), 16_000), prompt="A greeting.") for _ in range(3))
    )
    assert [clip.text for clip in found] == ["hello"] * 3


def test_what_cannot_be_meant_is_refused_before_anything_is_sent(service: ScriptedService) -> None:
    with pytest.raises(UsageError, match="no page here"):
        aai.dictate()
    with pytest.raises(UsageError, match="one sound"):
        aai.dictate(b"x", device="default")  # type: ignore[call-overload]
    with pytest.raises(OptionError, match="speaker_labels"):
        aai.dictate((np.zeros(16_000, np.int16), 16_000), speaker_labels=True)  # type: ignore[call-overload]
    with pytest.raises(SourceError, match="missing"):
        aai.dictate("missing.wav")
    with pytest.raises(UsageError, match="needs a notebook"):
        aai.dictate((np.zeros(16_000, np.int16), 16_000), as_="note")
    assert service.sent("POST") == []


def test_hostile_text_stays_text(service: ScriptedService) -> None:
    service.on("POST", PATH, reply(answer("<img src=x onerror=alert(1)>\x1b[31m")))
    shown = aai.dictate((np.zeros(16_000, np.int16), 16_000))._repr_mimebundle_()
    assert "<img" not in shown["text/html"]
    assert "\x1b" not in shown["text/plain"] + shown["text/html"]


def test_texts_come_in_the_order_of_the_speech_and_stay(service: ScriptedService, rt: Runtime) -> None:
    slow = Step(200, reply(answer("first")).body, delay=0.5)
    service.on("POST", PATH, slow, reply(answer("second")))
    d = Dictation(runtime_=rt)
    assert (d.text, d.state, len(d.frame)) == ("", "idle", 0)
    d.add(SECOND)
    d.add(SECOND)
    assert d.state == "transcribing"
    assert d.wait(60).text == "second"
    assert [clip.text for clip in d.clips] == ["first", "second"]
    assert (d.text, str(d)) == ("second", "second")
    frame = d.frame
    assert frame.text.tolist() == ["first", "second"]
    assert frame.duration.tolist() == [1.0, 1.0]
    assert str(frame.recorded.dtype) == "datetime64[us, UTC]"
    assert frame.dtypes.equals(Dictation(runtime_=rt).frame.dtypes.replace({}))


def test_a_clip_that_fails_is_kept_until_it_is_sent_again(service: ScriptedService, rt: Runtime) -> None:
    service.on("POST", PATH, reply({"title": "Bad Audio", "detail": "noise"}, 400), reply(answer("ok")))
    d = Dictation(runtime_=rt)
    d.add(SECOND)
    with pytest.raises(BadRequestError, match="noise"):
        d.wait(60)
    assert d.status()["held"]
    d.retry()
    assert d.wait(60).text == "ok"
    assert (d.error, d.status()["held"]) == (None, False)
    bodies = [request.body[-32_044 - 40 :] for request in service.sent("POST", PATH)]
    assert bodies[0][:32_000] == bodies[1][:32_000]
    with pytest.raises(UsageError):
        d.retry()


def test_a_button_touched_by_mistake_sends_nothing(service: ScriptedService, rt: Runtime) -> None:
    d = Dictation(runtime_=rt)
    d.add(b"\0\0" * 100)
    with pytest.raises(SourceError, match="80 ms"):
        d.wait(60)
    assert service.sent("POST") == []


def test_nothing_is_waited_for_for_ever(rt: Runtime) -> None:
    with pytest.raises(TimeoutError):
        Dictation(runtime_=rt).wait(0.3)


async def test_awaiting_gives_the_clip_that_is_under_way(service: ScriptedService, rt: Runtime) -> None:
    service.on("POST", PATH, Step(200, reply(answer("soon")).body, delay=0.3))
    d = Dictation(runtime_=rt)
    d.add(SECOND)
    async with asyncio.timeout(60):
        assert (await d).text == "soon"


class FakeSound:
    """Stands in for sounddevice: this machine has no microphone."""

    class PortAudioError(Exception):
        pass

    def __init__(self) -> None:
        self.open: list[Any] = []

    def query_devices(self, name: Any, kind: str) -> dict[str, Any]:
        return {"name": "Desk microphone"}

    def RawInputStream(self, *, callback: Any, **how: Any) -> Any:
        stream = SimpleNamespace(how=how, callback=callback, start=lambda: None)
        stream.abort = stream.close = lambda: stream in self.open and self.open.remove(stream)
        self.open.append(stream)
        return stream

    def speak(self, seconds: float) -> None:
        for stream in list(self.open):
            for _ in range(round(seconds * 10)):
                stream.callback(SECOND[:3200], 1600, None, None)


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> FakeSound:
    fake = FakeSound()
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake


def seconds_sent(request: Received) -> float:
    return (len(request.body) - 400) / 32_000


def test_the_kernels_microphone_records_between_start_and_stop(
    service: ScriptedService, rt: Runtime, sound: FakeSound
) -> None:
    service.on("POST", PATH, reply(answer("go")))
    d = Dictation(runtime_=rt, device="default")
    sound.speak(1)  # nobody listens
    d.start()
    d.start()
    assert sound.open[0].how["samplerate"] == 16_000
    sound.speak(1.5)
    assert (d.state, d.status()["seconds"], d.status()["device"]) == ("recording", 1.5, "Desk microphone")
    assert d.status()["level"] > 0
    d.stop()
    assert sound.open == []
    assert d.wait(60).text == "go"
    assert seconds_sent(service.sent("POST", PATH)[0]) == pytest.approx(1.5, abs=0.02)
    d.start()
    sound.speak(1)
    d.cancel()
    assert (d.state, len(d.clips), sound.open) == ("idle", 1, [])


def spoken(rt: Runtime, parts: int = 5) -> Dictation:
    d = Dictation(runtime_=rt)
    d.start()
    for _ in range(parts):
        d.push(SECOND[:3200])
    return d


def test_sound_is_sent_while_it_is_spoken(service: ScriptedService, rt: Runtime) -> None:
    service.on("POST", PATH, reply(answer("go")))
    d = spoken(rt)
    until(lambda: service.sent("POST", PATH))  # the speech goes on
    assert d.state == "recording"
    d.push(SECOND[:3200])
    d.stop()
    assert d.wait(60).text == "go"
    (request,) = whole(service)
    assert b'"sample_rate":16000' in request.body
    assert b"audio/pcm" in request.body
    assert request.body.count(SECOND[:3200] * 6) == 1


def test_what_is_cancelled_ends_its_request_unfinished(service: ScriptedService, rt: Runtime) -> None:
    service.on("POST", PATH, reply(answer("never")))
    d = spoken(rt)
    until(lambda: service.sent("POST", PATH))
    d.cancel()
    until(lambda: service.sent("POST", PATH)[0].body)
    assert (whole(service), d.clips, d.state) == ([], (), "idle")


@pytest.mark.parametrize(
    "first",
    [
        reply({"title": "Too Many Requests"}, 429, headers={"retry-after": "0"}),
        Step(429, b"", unread=True),
        Step(503, b"", unread=True),
    ],
)
def test_a_request_that_broke_off_is_followed_by_the_whole_clip(
    service: ScriptedService, rt: Runtime, first: Step
) -> None:
    service.on("POST", PATH, first, reply(answer("whole")))
    d = spoken(rt)
    until(lambda: service.sent("POST", PATH))
    d.push(SECOND)
    d.stop()
    assert d.wait(60).text == "whole"
    assert b"RIFF" in whole(service)[-1].body


def test_a_clip_that_may_be_billed_is_not_sent_twice(service: ScriptedService, rt: Runtime) -> None:
    service.on("POST", PATH, Step(500, b'{"title": "Inference Error"}'), reply(answer("twice")))
    d = spoken(rt)
    d.stop()
    with pytest.raises(AaiError, match="Inference") as failed:
        d.wait(60)
    assert "send it again" in str(failed.value)
    assert len(service.sent("POST", PATH)) == 1
    d.retry()
    assert d.wait(60).text == "twice"


@pytest.mark.parametrize("interrupted", [False, True])
def test_in_a_terminal_enter_ends_the_recording_and_interrupt_forgets_it(
    service: ScriptedService, sound: FakeSound, monkeypatch: pytest.MonkeyPatch, interrupted: bool
) -> None:
    def person(question: str) -> str:
        assert "Recording from Desk microphone" in question
        sound.speak(1)
        if interrupted:
            raise KeyboardInterrupt
        return ""

    monkeypatch.setattr("builtins.input", person)
    service.on("POST", PATH, reply(answer("go")))
    arguments = parse(clip_magic.SPEC, "--clip --device default", {})
    if interrupted:
        with pytest.raises(KeyboardInterrupt):
            clip_magic.run(None, arguments, None, {})
        assert whole(service) == []
    else:
        assert str(clip_magic.run(None, arguments, None, {})) == "go"
    assert sound.open == []


def test_a_recording_nobody_ends_is_sent_after_120_s(
    service: ScriptedService, rt: Runtime, sound: FakeSound
) -> None:
    service.on("POST", PATH, reply(answer("long")))
    d = Dictation(runtime_=rt, device="default")
    d.start()
    sound.speak(125)
    assert d.wait(60).text == "long"
    until(lambda: sound.open == [])
    assert seconds_sent(service.sent("POST", PATH)[0]) == pytest.approx(120, abs=0.02)
    assert len(d.clips) == 1


def test_nothing_is_written_to_a_disk(service: ScriptedService, rt: Runtime, tmp_path: Path) -> None:
    service.on("POST", PATH, reply(answer("secret words")))
    d = Dictation(runtime_=rt)
    d.add(SECOND)
    d.wait(60)
    home = Path(settings.home)
    found = [path for root in (home, tmp_path) if root.exists() for path in root.rglob("*") if path.is_file()]
    assert not [path for path in found if b"secret words" in path.read_bytes()]
    assert KEY not in repr(d) + repr(d.clips[0]) + str(d.status())


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=12), st.randoms())
def test_messages_in_any_order_make_the_same_recording(parts: list[bytes], random: Any) -> None:
    take = Take()
    numbered = list(enumerate(parts, 1))
    random.shuffle(numbered)
    end = random.randrange(len(numbered) + 1)
    for place, (seq, part) in enumerate(numbered):
        if place == end:
            take.count = len(parts)
        assert take.whole() is None
        take.add(seq, part)
        take.add(seq, b"again")
    take.count = len(parts)
    assert take.whole() == b"".join(parts)


def test_two_threads_may_push(rt: Runtime) -> None:
    tape = ClipBuffer()
    threads = [threading.Thread(target=lambda: [tape.push(SECOND[:320]) for _ in range(200)]) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tape.seconds, len(tape.take())) == (4.0, 128_000)
