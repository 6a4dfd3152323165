"""Whether somebody else has begun to speak, by the models that the package carries."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from aai_jupyter.local.models.audio_decoding import RATE, decode
from aai_jupyter.local.models.live_models import SpeakerTracker
from aai_jupyter.local.models.speaker_change import HEARD, speaker_change

pytest.importorskip("onnxruntime")
READERS = Path(__file__).parents[3] / "aai_jupyter" / "data" / "two_readers.flac"


@pytest.fixture(scope="module")
def readers() -> dict[str, np.ndarray]:
    """Speech of each of two readers alone."""
    turns = json.loads(READERS.with_suffix(".json").read_text("utf-8"))["turns"]
    with decode(READERS) as audio:
        found: dict[str, np.ndarray] = {}
        for turn in turns:
            samples = audio.read(round(turn["start"] * RATE), round(turn["end"] * RATE))
            found.setdefault(turn["speaker"], samples)
    return found


@pytest.mark.parametrize("pause", [0.0, 0.25, 0.5])
def test_another_voice_ends_the_turn_where_it_begins(readers, pause):
    first, second = readers.values()
    quiet = np.zeros(round(pause * RATE), np.float32)
    sound = np.concatenate([first[: 3 * RATE], quiet, second[: round(1.2 * RATE)]])[-HEARD:]
    begins = len(sound) - 1.2 * RATE
    at = speaker_change(sound, 0)
    assert at is not None
    assert begins - len(quiet) - 0.25 * RATE <= at <= begins + 0.25 * RATE


def test_one_voice_goes_on_also_after_a_pause(readers):
    quiet = np.zeros(RATE // 3, np.float32)
    for speech in readers.values():
        sound = np.concatenate([speech[: round(2.5 * RATE)], quiet, speech[round(2.5 * RATE) : 4 * RATE]])
        assert speaker_change(sound, 0) is None


def test_who_spoke_before_the_turn_began_does_not_count(readers):
    first, second = readers.values()
    sound = np.concatenate([first[: 2 * RATE], second[: 2 * RATE]])
    assert speaker_change(sound, 0) is not None
    assert speaker_change(sound, 2 * RATE) is None


@pytest.mark.parametrize("sound", [np.zeros(RATE, np.float32), np.full(3 * RATE, 0.1, np.float32)])
def test_nobody_is_nobody_else(sound):
    assert speaker_change(sound, 0) is None


def test_a_turn_that_began_as_the_voice_changed_is_not_who_spoke_before():
    tracker = SpeakerTracker()
    first, second = np.zeros(4, np.float32), np.zeros(4, np.float32)
    first[0], second[:2] = 1, 2**-0.5  # alike enough to be taken for one voice
    assert tracker.label(0, first, 3.0) == "A"
    assert tracker.label(1, second, 3.0) == "A"
    assert tracker.label(2, second, 3.0, "A") == "B"
    assert tracker.label(3, first, 3.0, "B") == "A"
    assert SpeakerTracker(1).label(0, first, 3.0, "A") == "A"
