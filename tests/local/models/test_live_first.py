"""Recordings wait while live speech has something to recognise, one call of a model at a time."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from aai_jupyter.local.models.failures import Cancelled
from aai_jupyter.local.models.live_first import LiveFirst, YieldingModel
from tests.local.conftest import wait_for


def test_a_recording_waits_for_live_speech_and_goes_on_after_it() -> None:
    order, done = LiveFirst(), []
    model = YieldingModel(SimpleNamespace(encode=lambda what: done.append(what), n_mels=80), order)
    with order.live():
        recording = threading.Thread(target=model.encode, args=("recording",))
        recording.start()
        model.encode("live")  # waits for nothing
        recording.join(0.1)
        assert done == ["live"]
    recording.join(60)
    assert done == ["live", "recording"]
    assert model.n_mels == 80


def test_a_recording_waits_until_the_last_live_call_is_over() -> None:
    order, passed = LiveFirst(), threading.Event()
    inner = threading.Event()

    def live() -> None:
        with order.live():
            inner.wait(60)

    with order.live():
        other = threading.Thread(target=live)
        other.start()
        recording = threading.Thread(target=lambda: (order.give_way(), passed.set()))
        recording.start()
    assert not passed.wait(0.1)
    inner.set()
    assert passed.wait(60)
    other.join()
    recording.join()


def test_a_cancelled_recording_ends_before_its_next_call() -> None:
    order, calls = LiveFirst(), []
    model = YieldingModel(SimpleNamespace(generate=lambda: calls.append(1)), order)

    def check() -> None:
        if calls:
            raise Cancelled("deleted")

    with order.recording(check):
        model.generate()
        with pytest.raises(Cancelled):
            model.generate()
    assert calls == [1]
    model.generate()  # outside, nobody asks


def test_a_fault_in_live_speech_lets_recordings_go_on() -> None:
    order: Any = LiveFirst()
    with pytest.raises(ValueError, match="x"), order.live():
        raise ValueError("x")
    order.give_way()
    wait_for(lambda: not order.is_live)
