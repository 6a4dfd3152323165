"""Turns that end because somebody else speaks: words are scripted, the voices are real in the last test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aai_jupyter.local.models.audio_decoding import decode
from aai_jupyter.local.models.live_models import LiveModels
from aai_jupyter.local.streaming.websocket_route import Live

from ..conftest import run_engine
from .sockets import RATE, ScriptedModels, quiet, spoken, talk, turns

CLIPS = Path(__file__).parents[3] / "tests" / "data"
PATIENT = {"min_turn_silence": 2000, "max_turn_silence": 2000}
ANSWERED = 2.0
"""Seconds after the beginning of the first turn at which the scripted answer begins."""


class Answered(ScriptedModels):
    """One answer, heard as soon as two and a half seconds of a turn are there."""

    answered = False

    def speaker_change(self, samples: np.ndarray, since: int) -> int | None:
        if self.answered or len(samples) - since < (ANSWERED + 0.5) * RATE:
            return None
        self.answered = True
        return since + round(ANSWERED * RATE)


@pytest.mark.parametrize("labels", ["false", "true"])
async def test_a_turn_ends_where_another_speaker_begins_and_no_sound_is_lost(tmp_path, labels):
    with run_engine(tmp_path, routes=Live(Answered("base", tmp_path)).routes()) as engine:
        found = await talk(engine, quiet(1.0), spoken(5.0), quiet(1.0), speaker_labels=labels, **PATIENT)
    first, second = turns(found)
    begun = [one["timestamp"] for one in found if one["type"] == "SpeechStarted"]
    # Each turn begins 0.3 s before its voice; one that answers begins with its voice, at a frame of 32 ms.
    answer = begun[0] - 300 + 1000 * ANSWERED
    assert len(begun) == 2
    assert answer - 64 <= begun[1] <= answer
    assert first["words"][-1]["end"] <= begun[1]
    assert begun[1] <= second["words"][0]["start"] <= begun[1] + 300
    assert ("speaker_label" in second) == (labels == "true")


class RealVoices(ScriptedModels):
    def speaker_change(self, samples: np.ndarray, since: int) -> int | None:
        return LiveModels.speaker_change(self, samples, since)


async def test_a_telephone_call_has_the_turns_of_its_speakers(tmp_path):
    with decode(CLIPS / "pyannote_sample.flac") as audio:
        sound = (audio.read(9 * RATE, 24 * RATE) * 32767).astype("<i2")
    with run_engine(tmp_path, routes=Live(RealVoices("base", tmp_path)).routes()) as engine:
        found = await talk(engine, sound, include_partial_turns="false", **PATIENT)
    starts: list[Any] = [turn["words"][0]["start"] / 1000 + 9 for turn in turns(found)]
    # Who speaks in turn, by the reference: 9.92, 10.57, 14.49, 18.05 and 21.78 s.
    for change in (14.5, 18.0, 21.7):
        assert min(abs(start - change) for start in starts) < 0.5
    assert len(starts) <= 6
