"""Both sides of a call by devices of the kernel's machine, which stand in for real ones."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from aai_jupyter.errors import SourceError, UsageError
from aai_jupyter.live.live_stream import LiveStream
from aai_jupyter.live.loopback import SystemLoopback, open_loopback
from aai_jupyter.runtime.process import Runtime
from aai_jupyter.settings.configuration import Settings
from tests.streaming_server import KEY, RATE, Script, scripted_beside

BLOCK = RATE // 10


class FakeDevices:
    """Stands in for sounddevice and soundcard; one sound at a time, told by the test."""

    class PortAudioError(Exception):
        pass

    def __init__(self) -> None:
        self.streams: list[Any] = []
        self.broken = False
        self.heard = threading.Semaphore(0)

    # sounddevice
    def query_devices(self, name: Any = None, kind: str = "") -> Any:
        known = {"name": "Desk microphone", "max_input_channels": 1}
        return known if kind else [known, {"name": "BlackHole 2ch", "max_input_channels": 2}]

    def RawInputStream(self, *, callback: Any, **how: Any) -> Any:
        stream = SimpleNamespace(callback=callback, start=lambda: None, **how)
        stream.abort = stream.close = lambda: stream in self.streams and self.streams.remove(stream)
        self.streams.append(stream)
        return stream

    # soundcard
    def default_speaker(self) -> Any:
        return SimpleNamespace(name="Speaker")

    def all_microphones(self, include_loopback: bool) -> list[Any]:
        return [SimpleNamespace(name="Monitor of Speaker")]

    def get_microphone(self, name: str, include_loopback: bool) -> Any:
        if name not in "Monitor of Speaker":
            raise IndexError(f"no device with id {name}")
        return SimpleNamespace(name="Monitor of Speaker", recorder=lambda *_, **__: self)

    def __enter__(self) -> FakeDevices:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def record(self, count: int) -> np.ndarray:
        if not self.heard.acquire(timeout=60) or self.broken:
            raise RuntimeError("the sound server went away")
        return np.full((count, 2), 0.25, np.float32)

    def speak(self, blocks: int) -> None:
        for _ in range(blocks):
            self.heard.release()
            for stream in list(self.streams):
                stream.callback(np.full(BLOCK, 1000, "<i2").tobytes(), BLOCK, None, None)
            time.sleep(0.02)  # no test of time: sound comes now and then


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> FakeDevices:
    fake = FakeDevices()
    for name in ("sounddevice", "soundcard"):
        monkeypatch.setitem(sys.modules, name, fake)
    monkeypatch.setattr(sys, "platform", "linux")
    return fake


@pytest.fixture
def rt(tmp_path: Path) -> Iterator[Runtime]:
    with scripted_beside(Script()) as script:
        variables = {
            "ASSEMBLYAI_API_KEY": KEY,
            "ASSEMBLYAI_STREAMING_BASE_URL": script.url,
            "AAI_JUPYTER_HOME": str(tmp_path / "aai"),
        }
        made = Runtime(Settings(environ=variables, start=tmp_path))
        yield made
        made.close()


def until(found: Callable[[], Any], meanwhile: Callable[[], Any] = lambda: time.sleep(0.01)) -> None:
    end = time.monotonic() + 60
    while not found():
        assert time.monotonic() < end
        meanwhile()


def test_both_sides_are_heard_and_a_lost_device_pauses_until_the_user_goes_on(
    rt: Runtime, devices: FakeDevices, capsys: pytest.CaptureFixture[str]
) -> None:
    live = LiveStream(mic=True, computer=True, sample_rate=RATE, runtime_=rt)
    assert dict(live.speakers) == {"You": "You", "Computer": "Computer"}
    assert live.listens_to == "Desk microphone + Monitor of Speaker"
    live.start()
    assert "the others must know it and agree. About $0.90 for an hour" in capsys.readouterr().out
    speak = lambda: devices.speak(1)  # noqa: E731
    until(lambda: live.state == "open" and live.seconds_given > 1, speak)
    until(lambda: all(live.status()["levels"]), speak)
    you, computer = live.status()["levels"]
    assert you == pytest.approx(1000 / 32768, rel=0.01)
    assert computer == pytest.approx(0.25, rel=0.01)

    devices.broken = True
    devices.heard.release()
    until(lambda: live.status()["released"])
    assert devices.streams == []
    assert any("Monitor of Speaker gives no more sound (the sound server" in one for one in live.warnings)
    before = live.seconds_given
    devices.broken = False
    live.resume()
    until(lambda: devices.streams)
    until(lambda: live.state == "open" and live.seconds_given > before + 0.5, speak)
    live.stop(hasty=True)
    until(lambda: not devices.streams)


def test_a_mac_needs_a_virtual_device(devices: FakeDevices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert open_loopback("default").label == "Desk microphone"  # what it says of any name
    monkeypatch.setattr(devices, "query_devices", lambda *_: [{"name": "Mac mic", "max_input_channels": 1}])
    with pytest.raises(SourceError, match="macOS gives no program what it plays"):
        open_loopback("default")


def test_why_there_is_no_loopback_is_said(devices: FakeDevices, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match="no loopback device 'Television'") as raised:
        SystemLoopback("Television")
    assert "Monitor of Speaker" in str(raised.value.hint)
    monkeypatch.setitem(sys.modules, "soundcard", None)
    with pytest.raises(SourceError, match="needs soundcard"):
        open_loopback("default")


def test_a_call_has_a_microphone_and_no_recording(devices: FakeDevices) -> None:
    with pytest.raises(UsageError, match="other side"):
        LiveStream(computer=True)
    with pytest.raises(UsageError, match="recording or devices"):
        LiveStream("talk.wav", mic=True)
